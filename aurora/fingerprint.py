"""Whether a run changed anything: the content of the derived tables, without the clock's columns."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from aurora.warehouse.connection import connect

DERIVED_SCHEMAS = ("stg", "intermediate", "canonical", "computation")

# When something was first and last seen is the load's own doing, and differs between two loads of the same answers.
CLOCK_COLUMNS = frozenset(
    {"first_seen_at", "last_seen_at", "fetched_at", "known_at", "finalized_at", "refused_at", "answered_at"}
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Rows and a hash of each derived table, by qualified name."""

    tables: dict[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(count for count, _ in self.tables.values())

    def changed(self, other: Fingerprint) -> list[str]:
        """The tables whose content differs."""
        names = sorted({*self.tables, *other.tables})
        return [name for name in names if self.tables.get(name) != other.tables.get(name)]


def fingerprint(url: str, *, schemas: tuple[str, ...] = DERIVED_SCHEMAS) -> Fingerprint:
    """Read every table of ``schemas`` and hash its rows, whatever their order."""
    tables: dict[str, tuple[int, str]] = {}
    with connect(url) as connection:
        found = connection.execute(
            "select columns.table_schema, columns.table_name,"
            " array_agg(columns.column_name::text order by columns.ordinal_position)"
            " from information_schema.columns as columns"
            " inner join information_schema.tables as tables using (table_schema, table_name)"
            " where tables.table_type = 'BASE TABLE' and columns.table_schema = any(%s)"
            " group by columns.table_schema, columns.table_name",
            (list(schemas),),
        ).fetchall()
        for schema, table, columns in found:
            kept = [sql.Identifier(column) for column in columns if column not in CLOCK_COLUMNS]
            row = connection.execute(
                sql.SQL(
                    "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0)::text from {}"
                ).format(sql.SQL(", ").join(kept), sql.Identifier(schema, table))
            ).fetchone()
            tables[f"{schema}.{table}"] = (row[0], row[1]) if row else (0, "0")
    return Fingerprint(tables)
