"""A YAML document, walked so that a problem is noted with its line and the rest is still read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from api.inputs.problems import Problems, WrongValueError
from aurora.errors import InputError, RegistryError
from aurora.registry.document import Document, read_document, shown
from aurora.registry.fields import Path as Place
from aurora.registry.fields import render_path

T = TypeVar("T")


class Node:
    """A part of the document, and where it stands."""

    def __init__(self, document: Document, problems: Problems, place: Place, content: Any) -> None:
        self.place = place
        self.content = content
        self._document = document
        self._problems = problems

    def wrong(self, reason: str, *below: str | int) -> None:
        """Note a problem of this part, or of something below it."""
        place = (*self.place, *below)
        where = f"{render_path(place)}: " if place else ""
        self._problems.add(self._document.line(place), f"{where}{reason}")

    @property
    def where(self) -> str:
        """The line, as another problem's reason names it."""
        return f"line {self._document.line(self.place)}"

    def child(self, part: str | int, content: Any) -> Node:
        """What stands below."""
        return Node(self._document, self._problems, (*self.place, part), content)

    def mapping(self, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """The entries of a mapping with these keys and no others; an optional key without a value is left out."""
        if not isinstance(self.content, dict):
            self.wrong("must be a mapping of key: value")
            return {}
        known = (*required, *optional)
        for key in self.content:
            if key not in known:
                close = get_close_matches(key, known, n=1)
                self.wrong(f"unknown key; {f'did you mean {close[0]}?' if close else known_here(known)}", key)
        for key in required:
            if key not in self.content:
                self.wrong(f"{key} is missing; add it")
            elif self.content[key] is None:
                self.wrong("is empty; give it a value", key)
        return {key: self.child(key, self.content[key]) for key in known if self.content.get(key) is not None}

    def entries(self) -> dict[str, Node]:
        """The entries of a mapping with any keys."""
        if not isinstance(self.content, dict):
            self.wrong("must be a mapping of key: value")
            return {}
        return {key: self.child(key, content) for key, content in self.content.items()}

    def items(self) -> Iterator[Node]:
        """The items of a list."""
        if not isinstance(self.content, list):
            self.wrong("must be a list")
            return
        for place, content in enumerate(self.content):
            yield self.child(place, content)

    def read(self, reader: Callable[[object], T]) -> T | None:
        """The value, as ``reader`` makes it; None where that refuses, which is noted."""
        try:
            return reader(self.content)
        except WrongValueError as error:
            self.wrong(str(error))
            return None


def known_here(keys: tuple[str, ...]) -> str:
    """The keys a mapping can have, for people."""
    return f"known here: {', '.join(keys)}"


def open_document(path: Path) -> tuple[Node, Problems]:
    """The top of a YAML file, and where its problems go.

    Raises:
        InputError: the file is not there, or is no YAML.
    """
    if not path.exists():
        raise InputError([f"{shown(path)}: no such file; correct the path"])
    try:
        document = read_document(path)
    except RegistryError as error:
        raise InputError([str(error)]) from None
    problems = Problems(path)
    return Node(document, problems, (), document.content), problems
