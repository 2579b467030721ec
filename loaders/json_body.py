"""JSON as it was sent: parsed without losing a digit, cut without changing a character, written in one form.

What is accepted here can be cast to ``jsonb`` in Postgres, with one exception that lands all the same: the escape
``\\u0000`` (DESIGN.md, Landing). The bounds of numbers are those of Postgres 18's ``numeric``, measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import NoReturn

from loaders.http_errors import NotAcceptable

MAX_DEPTH = 500
"""Arrays and objects within each other. Providers use some ten; the parser itself ends below a thousand."""

_MAX_WHOLE_DIGITS = 131_072
_MAX_FRACTION_DIGITS = 16_383
# A number no longer than this, and without an exponent, is within the bounds.
_SURELY_SHORT = 1_000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# At each backslash: a whole pair, half a pair (the group), or any other escape.
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
_GAP = re.compile(r"[ \t\n\r]*")


def parse_json(body: bytes) -> object:
    """The value of a JSON body: integers as int, other numbers as Decimal.

    Raises:
        NotAcceptable: kind ``not_json``; with ``retry`` where the body may have been damaged on its way.
    """
    return parse_text(decode_body(body))


def decode_body(body: bytes) -> str:
    """The characters of a JSON body, all of them: encoded as UTF-8 they are ``body`` again.

    Raises:
        NotAcceptable: not strict UTF-8, a NUL, or a byte order mark, which Postgres refuses before JSON.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        raise _refused("begins with a byte order mark")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAcceptable(f"is not UTF-8 at byte {error.start}", retry=True, kind="not_json") from None
    if "\0" in text:
        raise _refused("holds a NUL byte")
    if _SURROGATE.search(body):
        _refuse_half_pairs(text)
    return text


def parse_text(text: str) -> object:
    """As :func:`parse_json`, of characters that :func:`decode_body` gave."""
    value, end = _scan(text, _skip_gap(text, 0))
    if _skip_gap(text, end) != len(text):
        raise _damaged(f"goes on after its JSON value at character {end}")
    _refuse_depth(text, value)
    return value


def split_batch(body: bytes) -> list[tuple[str, object]]:
    """The elements of a JSON array: each one's own characters and its value.

    Raises:
        NotAcceptable: as :func:`parse_json`; or kind ``not_the_shape``, no retry: it is no array.
    """
    return split_text(decode_body(body))


def split_text(text: str) -> list[tuple[str, object]]:
    """As :func:`split_batch`, of characters that :func:`decode_body` gave."""
    position = _skip_gap(text, 0)
    if not text.startswith("[", position):
        parse_text(text)
        raise NotAcceptable("is no array", retry=False)
    elements: list[tuple[str, object]] = []
    position = _skip_gap(text, position + 1)
    closed = text.startswith("]", position)
    while not closed:
        value, end = _scan(text, position)
        element = text[position:end]
        _refuse_depth(element, value)
        elements.append((element, value))
        position = _skip_gap(text, end)
        closed = text.startswith("]", position)
        if not closed and not text.startswith(",", position):
            raise _damaged(f"is not JSON at character {position}: neither comma nor end of the array")
        if not closed:
            position = _skip_gap(text, position + 1)
    if _skip_gap(text, position + 1) != len(text):
        raise _damaged(f"goes on after its array at character {position + 1}")
    return elements


def canonical_json(value: object) -> str:
    """One form for equal values: keys sorted by code point, no spaces, characters as they are, numbers exact.

    Raises:
        TypeError: a float, which has no exact form, or anything else that is not JSON.
        ValueError: a Decimal that is not finite.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int):
        # Decimal has no limit on digits, as str(int) does.
        return f"{Decimal(value):f}"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a JSON number")
        return str(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a JSON object has text keys only")
        return "{" + ",".join(f"{encode_basestring(key)}:{canonical_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no exact JSON form; use int, Decimal or text")


def _scan(text: str, position: int) -> tuple[object, int]:
    try:
        return _scan_with(_DECODER, text, position)
    except ValueError:
        # Python's own limit on the digits of an int, below Postgres's: once more, with a parser that knows none.
        return _scan_with(_WIDE_DECODER, text, position)


def _scan_with(decoder: json.JSONDecoder, text: str, position: int) -> tuple[object, int]:
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            raise _damaged("is cut short" if text.strip() else "is empty") from None
        raise _damaged(f"is not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise _refused("nests too deep") from None


def _skip_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position


def _refuse_half_pairs(text: str) -> None:
    for escape in _ESCAPES.finditer(text):
        if escape[1]:
            raise _refused(f"holds half a surrogate pair ({escape[1]}) at character {escape.start()}")


def _refuse_depth(text: str, value: object) -> None:
    # Far quicker than the walk, and the end of it for nearly every body.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return
    raise _refused("nests too deep")


def _whole(digits: str) -> int:
    if len(digits) - digits.startswith("-") > _MAX_WHOLE_DIGITS:
        raise _refused(f"holds a number of more than {_MAX_WHOLE_DIGITS} digits")
    return int(Decimal(digits)) if len(digits) > _SURELY_SHORT else int(digits)


def _fraction(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise _refused("holds a number with an exponent beyond all bounds") from None
    if len(digits) > _SURELY_SHORT or "e" in digits or "E" in digits:
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > _MAX_FRACTION_DIGITS or number.adjusted() >= _MAX_WHOLE_DIGITS:
            raise _refused(f"holds a number beyond Postgres's numeric ({digits[:20]}…)")
    return number


def _no_number(name: str) -> NoReturn:
    raise _refused(f"holds {name}, which is no JSON number")


def _refused(reason: str) -> NotAcceptable:
    return NotAcceptable(reason, retry=False, kind="not_json")


def _damaged(reason: str) -> NotAcceptable:
    return NotAcceptable(reason, retry=True, kind="not_json")


_DECODER = json.JSONDecoder(parse_float=_fraction, parse_constant=_no_number)
_WIDE_DECODER = json.JSONDecoder(parse_float=_fraction, parse_int=_whole, parse_constant=_no_number)
