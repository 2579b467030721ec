"""Who is asking: the key of a request, as a dependency; resources build their permissions on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from psycopg.rows import class_row

from api.keys.models import Principal, Role
from api.keys.secret import digest, matches
from api.kit.database import Database, DatabaseDep
from api.kit.problems import AmbiguousCredentials, Forbidden, Problem, Unauthenticated, Unavailable

AUTH_PROBLEMS: tuple[type[Problem], ...] = (AmbiguousCredentials, Unauthenticated, Forbidden, Unavailable)
"""How a request can end before it reaches an endpoint that needs a key."""

_ISSUE = "`aurora keys create` issues one"

_bearer = HTTPBearer(auto_error=False, scheme_name="Bearer", description=f"An API key; {_ISSUE}.")
_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="X-API-Key", description=f"An API key; {_ISSUE}."
)

_FIND = """
    select key_id, key_hash, role, partner
    from app.api_keys
    where key_hash = %(key_hash)s and revoked_at is null
"""

_NO_HASH = bytes(32)


class _KeyRow(NamedTuple):
    key_id: UUID
    key_hash: bytes
    role: str
    partner: str | None


async def find_principal(database: Database, secret: str) -> Principal | None:
    """The holder of this key; None where it is unknown or revoked.

    The index finds the row by the SHA-256 of 256 random bits, whose timing tells nothing about a key; the comparison
    that decides takes the same time for every digest, and is made without a row too.
    """
    presented = digest(secret)
    found = await database.fetch(_FIND, {"key_hash": presented}, rows=class_row(_KeyRow))
    is_valid = matches(presented, found[0].key_hash if found else _NO_HASH)
    if not found or not is_valid:
        return None
    row = found[0]
    return Principal(key_id=row.key_id, role=Role(row.role), partner=row.partner)


async def authenticate(
    request: Request,
    database: DatabaseDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    header: Annotated[str | None, Security(_header)],
) -> Principal:
    """The holder of the request's key.

    Raises:
        Unauthenticated: there is no key, or it is unknown or revoked.
        AmbiguousCredentials: two different keys.
        Unavailable: the database does not answer.
    """
    sent = {secret for secret in (bearer.credentials if bearer else None, header) if secret}
    if len(sent) > 1:
        raise AmbiguousCredentials("Authorization and X-API-Key hold different keys; send one of them")
    if not sent:
        raise Unauthenticated(
            f"no API key was sent: send one as Authorization: Bearer KEY or as X-API-Key; {_ISSUE}",
            headers={"WWW-Authenticate": 'Bearer realm="aurora"'},
        )
    principal = await find_principal(database, sent.pop())
    if principal is None:
        raise Unauthenticated(
            f"the API key is unknown or revoked; {_ISSUE}",
            headers={"WWW-Authenticate": 'Bearer realm="aurora", error="invalid_token"'},
        )
    request.scope["aurora.key_id"] = str(principal.key_id)  # for the log
    return principal


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets the holders of keys of these roles through.

    Raises (when it is called):
        Forbidden: the key has another role.
    """

    async def permitted(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
        if principal.role not in roles:
            raise Forbidden(
                f"a key of role {principal.role} may not read this; it takes one of role {' or '.join(roles)}"
            )
        return principal

    return permitted
