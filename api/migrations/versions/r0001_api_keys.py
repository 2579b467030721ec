"""API keys: who may read, as which role."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_CREATE = """
create table app.api_keys (
    key_id uuid primary key default gen_random_uuid(),
    name text not null,
    key_hash bytea not null,
    role text not null,
    partner text,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint api_keys_key_hash_unique unique (key_hash),
    constraint api_keys_name_not_blank check (btrim(name) <> ''),
    constraint api_keys_key_hash_sha256 check (octet_length(key_hash) = 32),
    constraint api_keys_role_known check (role in ('OPERATOR', 'PARTNER')),
    constraint api_keys_partner_by_role check ((role = 'PARTNER') = (partner is not null)),
    constraint api_keys_partner_not_blank check (btrim(partner) <> ''),
    constraint api_keys_revoked_after_created check (revoked_at >= created_at)
);

-- A name can be given again once the key that had it is revoked.
create unique index api_keys_active_name on app.api_keys (name) where revoked_at is null;

comment on table app.api_keys is 'One row per API key ever issued; the key itself is nowhere, only its SHA-256.';
comment on column app.api_keys.key_id is 'Names the key in lists and logs; no secret.';
comment on column app.api_keys.name is 'For people; unique among the keys that are not revoked.';
comment on column app.api_keys.key_hash is 'SHA-256 of the whole key, prefix included.';
comment on column app.api_keys.role is 'OPERATOR reads every P&L; PARTNER only what is the partner''s own.';
comment on column app.api_keys.partner is 'Whose key it is: the partner''s name, for the role PARTNER alone.';
comment on column app.api_keys.created_at is 'When the key was issued.';
comment on column app.api_keys.revoked_at is 'From when on it opens nothing; null while it does.';
"""


def upgrade() -> None:
    """Create ``app.api_keys``."""
    op.execute(_CREATE)


def downgrade() -> None:
    """Drop ``app.api_keys``; every key is lost."""
    op.execute("drop table app.api_keys")
