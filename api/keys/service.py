"""Issuing, listing and revoking keys: what ``aurora keys`` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import kwargs_row

from api.keys.models import ApiKey, IssuedKey, Role
from api.keys.secret import digest, new_secret
from aurora.errors import AuroraError, WarehouseError
from aurora.warehouse.connection import connect, parse_url

_LONGEST_NAME = 100

_COLUMNS = "key_id, name, role, partner, created_at, revoked_at"
_INSERT = f"insert into app.api_keys (name, key_hash, role, partner) values (%s, %s, %s, %s) returning {_COLUMNS}"
_LIST = f'select {_COLUMNS} from app.api_keys order by created_at, name collate "C", key_id'
_REVOKE = f"""
    update app.api_keys
    set revoked_at = now()
    where revoked_at is null and (key_id::text = %(key)s or name = %(key)s)
    returning {_COLUMNS}
"""


def create_key(url: str, *, name: str, role: Role, partner: str | None = None) -> IssuedKey:
    """Issue a key. Its secret is in what this gives and nowhere else.

    Raises:
        AuroraError: the name is blank, too long, an id's or another active key's; or the partner does not fit the role.
        WarehouseError: the database is not reached or not migrated.
    """
    name = _name(name)
    partner = _partner(role, partner)
    secret = new_secret()
    with _keys(url) as connection:
        try:
            rows = _rows(connection, _INSERT, (name, digest(secret), role, partner))
        except psycopg.errors.UniqueViolation:
            raise AuroraError(
                f"an active API key is named {name!r} already: take another name, or revoke it (`aurora keys revoke`)"
            ) from None
    return IssuedKey(key=rows[0], secret=secret)


def list_keys(url: str) -> list[ApiKey]:
    """Every key ever issued, oldest first.

    Raises:
        WarehouseError: the database is not reached or not migrated.
    """
    with _keys(url) as connection:
        return _rows(connection, _LIST, ())


def revoke_key(url: str, key: str) -> ApiKey:
    """Revoke the active key with this name or id: the next request with it is refused.

    Raises:
        AuroraError: no active key has that name or id.
        WarehouseError: the database is not reached or not migrated.
    """
    with _keys(url) as connection:
        rows = [] if "\0" in key else _rows(connection, _REVOKE, {"key": key})
    if not rows:
        raise AuroraError(f"no active API key has the name or id {key!r}; `aurora keys list` shows them")
    return rows[0]


@contextmanager
def _keys(url: str) -> Iterator[psycopg.Connection[Any]]:
    place = parse_url(url).place
    try:
        with connect(url) as connection:
            yield connection
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise WarehouseError(f"{place} has no app.api_keys: run `aurora migrate` first") from None
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(f"{place}: the user of DATABASE_URL may not write app.api_keys: take its owner") from None


def _rows(
    connection: psycopg.Connection[Any], statement: str, parameters: Sequence[object] | dict[str, object]
) -> list[ApiKey]:
    with connection.cursor(row_factory=kwargs_row(_api_key)) as cursor:
        return cursor.execute(statement.encode(), parameters).fetchall()


def _api_key(*, role: str, **columns: Any) -> ApiKey:
    return ApiKey(role=Role(role), **columns)


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise AuroraError(f"the name of an API key is 1 to {_LONGEST_NAME} printable characters; give another --name")
    try:
        UUID(name)
    except ValueError:
        return name
    raise AuroraError("the name of an API key cannot have the form of a key's id; give another --name")


def _partner(role: Role, partner: str | None) -> str | None:
    if role is Role.OPERATOR:
        if partner is not None:
            raise AuroraError("an OPERATOR key belongs to no partner: leave --partner out, or take --role PARTNER")
        return None
    partner = (partner or "").strip()
    if not partner or not partner.isprintable():
        raise AuroraError("a PARTNER key needs the partner's name: add --partner")
    return partner
