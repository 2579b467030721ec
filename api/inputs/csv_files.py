"""A CSV with a fixed header, read so that every bad line is noted with its number and the rest is still read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

from api.inputs.problems import Problems, WrongValueError
from aurora.errors import InputError
from aurora.registry.chains import Chain
from aurora.registry.document import shown
from aurora.registry.registry import Registry

T = TypeVar("T")

_MAX_BYTES = 256 * 1024 * 1024


class Imported(NamedTuple):
    """What an import did with the lines of its file."""

    added: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.added} added, {self.changed} changed, {self.unchanged} as they were"


class Line:
    """A line of the file: its number, and its fields by the header's names."""

    def __init__(self, number: int, fields: dict[str, str], problems: Problems) -> None:
        self.number = number
        self.fields = fields
        self._problems = problems

    def wrong(self, reason: str) -> None:
        """Note a problem of this line."""
        self._problems.add(self.number, reason)

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """A field as ``reader`` makes it; None where that refuses, which is noted."""
        try:
            return reader(self.fields[name])
        except WrongValueError as error:
            # Quotes are YAML's matter: a CSV has no unquoted numbers to lose digits of.
            self.wrong(f"{name} {str(error).replace('a quoted decimal', 'a decimal')}")
            return None

    def chain(self, registry: Registry) -> Chain | None:
        """The chain that the line names."""
        for chain in registry.chains:
            if chain.chain_id == self.fields["chain"]:
                return chain
        known = ", ".join(sorted(chain.chain_id for chain in registry.chains))
        self.wrong(f"chain {self.fields['chain']!r} is none of the registry's; there are {known}")
        return None


def read_csv(path: Path, header: tuple[str, ...]) -> tuple[list[Line], Problems]:
    """The lines below the header, without blank ones; a line with too many or too few fields is noted, and left out.

    Raises:
        InputError: the file is not there, is no UTF-8 text, or has another header.
    """
    problems = Problems(path)
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    lines: list[Line] = []
    try:
        first = next(reader, [])
        if tuple(name.strip() for name in first) != header:
            problems.add(1, f"the header must be {','.join(header)}, with commas between")
            problems.refuse()
        before = reader.line_num
        for fields in reader:
            number, before = before + 1, reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if len(fields) != len(header):
                problems.add(number, f"has {len(fields)} fields, and the header {len(header)}")
                continue
            stripped = (field.strip() for field in fields)
            lines.append(Line(number, dict(zip(header, stripped, strict=True)), problems))
    except csv.Error as error:
        problems.add(reader.line_num, f"is no CSV: {error}")
        problems.refuse()
    return lines, problems


def refuse_repeats(lines: Iterable[tuple[Line, Hashable]], what: str) -> None:
    """Note each line whose key an earlier one has."""
    seen: dict[Hashable, Line] = {}
    for line, key in lines:
        if key in seen:
            line.wrong(f"is the second one of this {what}, after line {seen[key].number}; keep one of them")
        seen.setdefault(key, line)


def _text(path: Path) -> str:
    name = shown(path)
    try:
        with path.open("rb") as file:
            body = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError([f"{name}: no such file; correct the path"]) from None
    except IsADirectoryError:
        raise InputError([f"{name}: is a directory; name the CSV in it"]) from None
    except OSError as error:
        raise InputError([f"{name}: cannot be read ({error.strerror}); correct the path or its rights"]) from None
    if len(body) > _MAX_BYTES:
        raise InputError([f"{name}: is larger than 256 MiB; split it"])
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InputError([f"{name}:{line}: is not UTF-8 text; save it as UTF-8"]) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError([f"{name}:{line}: holds a NUL character, so it is no text file; remove it"])
    return text
