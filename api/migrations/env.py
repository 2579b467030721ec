"""What Alembic runs: the caller's connection and transaction, and a version table inside the schema it is about."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="alembic_version",
    version_table_schema="app",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
