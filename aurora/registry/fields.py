"""Field types of the registry's models: keys, URLs, instants, exact numbers, each with a reason a reader can act on.

No reason repeats the value it refuses: a URL may hold a key, and a private key may be pasted where a public one
belongs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

Path = tuple[str | int, ...]

MAX_BIGINT = 2**63 - 1

_BASE58 = {
    character: place for place, character in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_BASE58_KEY_BYTES = 32
_BASE58_KEY_LENGTH = 44
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?\s?(?:[Zz]|[+-]\d{2}:\d{2})?)?", re.ASCII
)
_AMOUNT = re.compile(r"\d{1,20}(?:\.\d{1,18})?", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+", re.ASCII)
_NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")


def wrong(reason: str, *path: str | int) -> PydanticCustomError:
    """An error with ``reason``, at ``path`` below the value being validated."""
    return PydanticCustomError("registry", "{reason}", {"reason": reason, "path": path})


def render_path(path: Path) -> str:
    """``("chains", 0, "name")`` as ``chains[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def refuse_repeats(what: str, entries: Iterable[tuple[Hashable, Path]]) -> None:
    """Refuse the second of two entries with one key.

    Raises:
        PydanticCustomError: at the second entry's path; names the first one's.
    """
    seen: dict[Hashable, Path] = {}
    for key, path in entries:
        if key in seen:
            raise wrong(f"{what} is listed twice, first at {render_path(seen[key])}; keep one of them", *path)
        seen[key] = path


def http_url(url: object, *, with_query: bool = False) -> str:
    """A base URL without its trailing slashes.

    Args:
        url: what the file or the environment holds.
        with_query: whether ``?api-key=…`` is right: only where no path is appended to the URL.

    Raises:
        ValueError: it is no such URL; the text is the reason alone, without the URL.
    """
    if not isinstance(url, str):
        raise ValueError("must be a URL that begins with http:// or https://")
    text = url.strip()
    if _NOT_IN_URLS.search(text):
        raise ValueError("must be a URL of plain ASCII without spaces, <…> or {…}; fill in what they stand for")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL, but its host or port is malformed") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must be a URL that begins with http:// or https://")
    if not host or not _HOST.fullmatch(host):
        raise ValueError("must be a URL with a host, such as https://example.org")
    if port == 0:
        raise ValueError("must be a URL with a port between 1 and 65535")
    text = parts.scheme + text[len(parts.scheme) :]
    if "#" in text:
        raise ValueError("must be a URL without a #fragment")
    if "?" in text:
        if not with_query:
            raise ValueError("must be a URL without ?query, because paths are appended to it; a key belongs under auth")
        return text
    return text.rstrip("/")


def _solana_key(key: object) -> str:
    if not isinstance(key, str):
        raise wrong("must be a base58 public key")
    if not key or any(character not in _BASE58 for character in key):
        raise wrong("must be a base58 public key; it is empty or has a character that base58 lacks (0, O, I, l, …)")
    number = 0
    for character in key[: _BASE58_KEY_LENGTH + 1]:
        number = number * 58 + _BASE58[character]
    zero_bytes = len(key) - len(key.lstrip("1"))
    if len(key) > _BASE58_KEY_LENGTH or zero_bytes + (number.bit_length() + 7) // 8 != _BASE58_KEY_BYTES:
        raise wrong("must be a base58 public key of 32 bytes; it is cut off or too long")
    return key


def _hex(digits: int, what: str) -> BeforeValidator:
    pattern = re.compile(rf"0x[0-9a-fA-F]{{{digits}}}", re.ASCII)

    def validate(key: object) -> str:
        if not isinstance(key, str) or not key.startswith("0x"):
            raise wrong(f'must be {what}, quoted: "0x" and {digits} hexadecimal digits')
        if not pattern.fullmatch(key):
            found = f"{len(key) - 2} characters" if len(key) - 2 != digits else "others"
            raise wrong(f'must be {what}: "0x" and {digits} hexadecimal digits; after "0x" it has {found}')
        return key.lower()

    return BeforeValidator(validate)


def _utc(instant: object) -> datetime:
    reason = "must be an instant such as 2026-01-01T00:00:00Z (a bare date is midnight UTC)"
    if isinstance(instant, str) and _INSTANT.fullmatch(instant):
        try:
            instant = datetime.fromisoformat(instant.upper().replace(" ", "T", 1).replace(" ", ""))
        except ValueError:
            raise wrong(f"{reason}; this one is not in the calendar") from None
        if instant.tzinfo is None:
            # YAML's own rule for timestamps: no zone is UTC.
            instant = instant.replace(tzinfo=UTC)
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        raise wrong(reason)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise wrong(f"{reason}; this one is not in the calendar") from None


def _amount(amount: object) -> Decimal:
    if isinstance(amount, Decimal | int | float):
        raise wrong('must be a quoted decimal in the native unit, such as "0.000005"; put it in quotes')
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
        if isinstance(amount, str) and amount.startswith("-"):
            raise wrong('must be a quoted decimal in the native unit, such as "0.000005"; it must not be negative')
        raise wrong(
            'must be a quoted decimal in the native unit, such as "0.000005": at most 20 digits, a point, 18 more'
        )
    return Decimal(amount)


def _positive(number: object) -> Decimal:
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise wrong("must be a number above zero, without quotes")
    exact = Decimal(number)
    if not exact.is_finite() or not 0 < exact <= MAX_BIGINT:
        raise wrong("must be a number above zero; set one, or leave the key out for its default")
    return exact


def _text(text: str) -> str:
    if not text.strip():
        raise wrong("must not be empty")
    if len(text) > 200 or not text.isprintable():
        raise wrong("must be one line of at most 200 printable characters")
    return text


def _pattern(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern, re.ASCII)

    def validate(text: str) -> str:
        if not compiled.fullmatch(text):
            raise wrong(f"must be {what}")
        return text

    return AfterValidator(validate)


SolanaKey = Annotated[str, BeforeValidator(_solana_key)]
EthereumPublicKey = Annotated[str, _hex(96, "a validator's public key")]
EthereumAddress = Annotated[str, _hex(40, "an address")]
UtcInstant = Annotated[datetime, BeforeValidator(_utc)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
PositiveNumber = Annotated[Decimal, BeforeValidator(_positive)]
PositiveInt = Annotated[int, Field(ge=1, le=MAX_BIGINT)]
NonNegativeInt = Annotated[int, Field(ge=0, le=MAX_BIGINT)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Text = Annotated[str, AfterValidator(_text)]
Name = Annotated[
    str, _pattern(r"[a-z][a-z0-9_-]{0,62}", "a lower-case name of letters, digits, _ and -, such as solana_rpc")
]
Identifier = Annotated[str, _pattern(r"[a-z][a-z0-9_]{0,62}", "a lower-case name of letters, digits and _")]
EnvironmentVariable = Annotated[
    str,
    _pattern(r"[A-Z_][A-Z0-9_]*", "the NAME of the environment variable that holds the key, in capitals; not the key"),
]
HeaderName = Annotated[str, _pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", "the name of a header or query parameter")]


def is_printable_key(key: str) -> bool:
    """Whether a mapping's key can stand in a one-line message."""
    return bool(key) and len(key) <= 100 and key.isprintable()
