"""Database URLs: read once, strictly, so that every driver is given the same thing and no message holds a password.

libpq, SQLAlchemy, ADBC and dbt differ in what they make of a URL with a missing host, several hosts or an unescaped
character; what they would read differently is refused here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from aurora.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2")
_FORM = "postgresql://user:password@host:5432/database, special characters percent-encoded"
_PORT = 5432


@dataclass(frozen=True, slots=True)
class ConnectionParameters:
    """A database URL taken apart. ``host`` is a name, an address or the folder of a Unix socket (``/…``)."""

    host: str
    port: int
    user: str
    password: SecretStr | None
    database: str
    sslmode: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_socket(self) -> bool:
        """Whether the server is reached through a Unix socket."""
        return self.host.startswith("/")

    @property
    def place(self) -> str:
        """Host, port and database in words, for messages."""
        return f"database {self.database} at {self.host} port {self.port}"

    def url(self, *, with_password: bool = True) -> str:
        """The URL in the one form that libpq, SQLAlchemy, dlt and ADBC all read."""
        user = quote(self.user, safe="")
        if self.password is not None and with_password:
            user = f"{user}:{quote(self.password.get_secret_value(), safe='')}"
        query = dict(self.options)
        if self.sslmode is not None:
            query["sslmode"] = self.sslmode
        if self.is_socket:
            query = {"host": self.host, "port": str(self.port), **query}
            address = "localhost"
        else:
            address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        text = f"postgresql://{user}@{address}/{quote(self.database, safe='')}"
        return f"{text}?{urlencode(query, quote_via=quote, safe='/')}" if query else text


def parse_url(url: str) -> ConnectionParameters:
    """Take a database URL apart: ``postgresql://``, ``postgres://`` or SQLAlchemy's ``postgresql+psycopg://``.

    Raises:
        SettingsError: it is no such URL, or drivers would read it differently; the message never holds a part of it
            that could be a password.
    """
    from pydantic import SecretStr

    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        said = f"begins with {scheme[:20]}://" if separator and scheme.isidentifier() else "is no PostgreSQL URL"
        raise SettingsError(f"DATABASE_URL {said}; it must be {_FORM}")
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise SettingsError(f"DATABASE_URL cannot be read as a URL; it must be {_FORM}") from None
    if parts.fragment or "#" in url:
        raise SettingsError(f"DATABASE_URL holds a bare # (write %23); it must be {_FORM}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    credentials, _, address = parts.netloc.rpartition("@")
    if "@" in credentials + parts.path + parts.query:
        # Behind the host it is the end of a password with a bare slash or question mark.
        raise SettingsError(f"DATABASE_URL holds an @ too many (write %40, / as %2F, ? as %3F); it must be {_FORM}")
    user, _, password = credentials.partition(":")
    host, port = _host_and_port(address)
    host, port = query.pop("host", host), query.pop("port", port)
    user, password = query.pop("user", unquote(user)), query.pop("password", unquote(password))
    database = query.pop("dbname", unquote(parts.path.removeprefix("/")))
    if not host:
        raise SettingsError(f"DATABASE_URL names no host, nor ?host=/the/socket/folder; it must be {_FORM}")
    if "," in host or "," in port:
        raise SettingsError("DATABASE_URL names several hosts, which dbt cannot take: name the primary, or a proxy")
    if not database or "/" in database:
        raise SettingsError(f"DATABASE_URL does not name one database after the host; it must be {_FORM}")
    return ConnectionParameters(
        host=host,
        port=_port_number(port),
        user=user or os.environ.get("PGUSER") or _system_user(),
        password=SecretStr(password) if password else None,
        database=database,
        sslmode=query.pop("sslmode", None),
        options=query,
    )


def redacted(url: str) -> str:
    """The URL without its password, fit for a log; a URL that cannot be read is not shown at all."""
    try:
        parameters = parse_url(url)
    except SettingsError:
        return "<unreadable database URL>"
    text = parameters.url(with_password=False)
    hidden = f"{quote(parameters.user, safe='')}:***@"
    return text if parameters.password is None else text.replace(f"{quote(parameters.user, safe='')}@", hidden, 1)


def _host_and_port(address: str) -> tuple[str, str]:
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = address.partition(":")
    return unquote(host), port


def _port_number(port: str) -> int:
    if not port:
        return _PORT
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        # What stands there may be the tail of a password with an unescaped colon or slash.
        raise SettingsError(f"DATABASE_URL has a port that is no number from 1 to 65535; it must be {_FORM}")
    return int(port)


def _system_user() -> str:
    import getpass

    return getpass.getuser()
