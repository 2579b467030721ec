"""One YAML file as plain data that remembers its lines, read so that nothing changes on the way.

YAML 1.1 guesses too much for money and keys: ``0x…`` turns into a number, ``010`` into eight, ``12:30`` into 750,
``no`` into false, ``0.1`` into a float. Here a plain scalar is null, true or false, a decimal whole number (int), a
decimal fraction (Decimal), or text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError

from aurora.errors import RegistryError
from aurora.registry import fields

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without its C extension
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_TAG = "tag:yaml.org,2002:"
_MAX_BYTES = 16 * 1024 * 1024
# Aliases repeat what they name, so a short file can stand for a huge one.
_MAX_VALUES = 2_000_000
_MAX_DEPTH = 50
_MAX_DIGITS = 100
_NOT_TEXT = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Loader(_SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?i:inf)|\.(?i:nan)",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"(?:{_pattern})\Z", re.ASCII), _first)


@dataclass(frozen=True)
class Document:
    """A file's content (dict, list and scalars) and the line of each path in it, counted from 1."""

    path: Path
    content: Any = field(repr=False)
    lines: dict[fields.Path, int] = field(repr=False)

    def line(self, path: fields.Path) -> int:
        """The line of ``path``, or of the nearest thing above it that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: fields.Path, reason: str, *, more: int = 0) -> RegistryError:
        """``chains.yaml:12: chains[0].name: reason``, and how many errors lie behind it."""
        where = f"{fields.render_path(path)}: " if path else ""
        behind = f" (and {more} more)" if more else ""
        return _error(self.path, self.line(path), f"{where}{reason}{behind}")


def read_document(path: Path) -> Document:
    """Read one YAML file whose top is a mapping.

    Raises:
        RegistryError: the file is missing, unreadable, no text, no YAML, empty, or no mapping; a key stands twice.
    """
    text = _read_text(path)
    try:
        # A subclass of the safe loader, and only composed: nothing in the file is constructed.
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, text, error) from None
    except (yaml.YAMLError, ValueError):
        raise RegistryError(f"{shown(path)}: is not YAML; compare it with the sample in the documentation") from None
    except RecursionError:
        raise RegistryError(f"{shown(path)}: is nested too deeply; compare it with the sample") from None
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"):
        raise _error(path, 1, "is empty; fill it in, or name another file")
    if not isinstance(node, yaml.MappingNode):
        raise _error(path, _line(node), "must be a mapping at its top, such as chains: or partners: with a list below")
    reader = _Reader(path)
    content = reader.plain(node, (), ())
    return Document(path=path, content=content, lines=reader.lines)


def shown(path: Path) -> str:
    """The path as messages show it: relative where it lies below the working directory."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _error(path: Path, line: int, reason: str) -> RegistryError:
    return RegistryError(f"{shown(path)}:{line}: {reason}")


def _read_text(path: Path) -> str:
    name = f"{shown(path)}: "
    try:
        with path.open("rb") as file:
            body = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise RegistryError(f"{name}no such file; create it, or correct the variable that names it") from None
    except IsADirectoryError:
        raise RegistryError(f"{name}is a directory; name the YAML file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise RegistryError(f"{name}cannot be read ({reason}); correct the path or its rights") from None
    if len(body) > _MAX_BYTES:
        raise RegistryError(f"{name}is larger than 16 MiB; split it, or name another file")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "is not UTF-8 text; save it as UTF-8") from None
    found = _NOT_TEXT.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise _error(path, line, "holds a control character, so it is no text file; remove it") from None
    return text


def _syntax_error(path: Path, text: str, error: yaml.MarkedYAMLError) -> RegistryError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    # The parser may stop at the end of a construct that begins with the fault, or one line late.
    content = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return _error(path, line, "is indented with a tab, which YAML forbids; use spaces")
    problem = " ".join(str(error.problem or "a syntax error").split())
    if isinstance(error, ComposerError):
        # Names an alias, which may be anything that began with an asterisk.
        problem = problem.split("'")[0].strip()
    return _error(path, line, f"is not YAML: {problem}; check quotes, brackets, colons and indentation")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class _Reader:
    """Turns nodes into plain data and notes where each path begins."""

    def __init__(self, path: Path) -> None:
        self.lines: dict[fields.Path, int] = {}
        self._path = path

    def plain(self, node: yaml.Node, path: fields.Path, above: tuple[int, ...]) -> Any:
        self.lines.setdefault(path, _line(node))
        if id(node) in above:
            raise self._wrong(node, path, "contains itself through an alias; write it out")
        if len(path) > _MAX_DEPTH:
            raise self._wrong(node, path[:1], "is nested too deeply; compare it with the sample")
        if len(self.lines) > _MAX_VALUES:
            raise self._wrong(node, path, "makes the file larger than a registry can be; remove the aliases (*)")
        if not isinstance(node, yaml.ScalarNode) and node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            raise self._wrong(node, path, "has a YAML tag (!), which is not supported; remove it")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, (*above, id(node)))
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, place), (*above, id(node))) for place, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: fields.Path, above: tuple[int, ...]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != f"{_TAG}str":
                raise self._wrong(key_node, path, "has a key that is no word; keys are plain words")
            key = str(key_node.value)
            if key == "<<":
                raise self._wrong(key_node, path, "has a merge key (<<), which is not supported; write its keys out")
            if not fields.is_printable_key(key):
                raise self._wrong(key_node, path, "has a key that is no word; keys are plain words")
            if key in content:
                raise self._wrong(key_node, (*path, key), "stands twice in this mapping; keep one of them")
            self.lines[(*path, key)] = _line(key_node)
            content[key] = self.plain(value_node, (*path, key), above)
        return content

    def _scalar(self, node: yaml.Node, path: fields.Path) -> Any:
        text = str(node.value)
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "str" or kind == "timestamp":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float") and len(text) > _MAX_DIGITS:
            raise self._wrong(node, path, "has more digits than any value here; quote it if it is a key")
        if kind == "int" and re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", text, re.ASCII):
            return int(text)
        if kind == "int":
            raise self._wrong(node, path, "must be a decimal number without leading zeros; quote it if it is text")
        if kind == "float" and re.fullmatch(r"[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]{1,3})?", text, re.ASCII):
            return Decimal(text)
        if kind == "float":
            raise self._wrong(node, path, "must be a finite decimal number")
        raise self._wrong(node, path, "has a YAML tag (!), which is not supported; remove it")

    def _wrong(self, node: yaml.Node, path: fields.Path, reason: str) -> RegistryError:
        where = f"{fields.render_path(path)}: " if path else ""
        return _error(self._path, _line(node), f"{where}{reason}")
