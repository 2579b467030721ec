"""What a file may hold: small modules, finished work, no floats, nothing of the machine it was written on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("aurora", "loaders", "api", "dagster_defs")
FOLDERS = (*CODE, "dbt_project", "tests", "docs", ".ci")
SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".toml", ".md", ".txt", ".ini", ".cfg", ".sh", ""}
SKIPPED = {"__pycache__", "target", "logs", ".venv", ".aurora", "node_modules"}
LINES = 400

# A call of float() in the loaders, and why the number is none that money rests on.
FLOATS = {
    "loaders/client_limits.py": "seconds: waits, a time limit and a budget of time",
    "loaders/http.py": "requests a second, from the registry",
    "loaders/rate_headers.py": "seconds and counts in headers about rate limits",
}


def _files() -> Iterator[Path]:
    candidates = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    candidates += [path for path in ROOT.iterdir() if path.suffix != ".lock"]
    for path in sorted(candidates):
        inside = path.relative_to(ROOT).parts
        is_hidden_state = path.parent == ROOT and path.name in {".env", ".git"}
        if path.is_file() and path.suffix in SUFFIXES and not SKIPPED & set(inside) and not is_hidden_state:
            yield path


def _found(pattern: str, *, without: Path | None = None) -> list[str]:
    expression = re.compile(pattern, re.IGNORECASE)
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in _files()
        if path != without
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := expression.search(line))
    ]


def test_no_module_is_too_long_to_read() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for package in CODE
        for path in (ROOT / package).rglob("*.py")
    }
    assert lengths
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_nothing_is_left_for_later() -> None:
    words = r"\b(to-?do|fix-?me|xxx|hack|tbd|wip|stub|placeholder|for now|not implemented)\b"
    assert _found(words, without=Path(__file__)) == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert _found(r"(?<![\w.\-])/(work|root|home/\w+|Users/\w+)/", without=Path(__file__)) == []


def test_no_file_names_a_package_index() -> None:
    hosts = r"--(extra-)?index-url|--trusted-host"
    assert _found(hosts, without=Path(__file__)) == []
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(rf"{hosts}|https?://", lock) is None


def test_no_amount_becomes_a_float_on_its_way_in() -> None:
    calls = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "loaders").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    }
    assert calls == set(FLOATS)


def test_json_is_read_without_floats() -> None:
    """`json.loads` makes floats of decimals unless it is told otherwise; bodies are landed as text."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "loaders").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"json.loads", "json.load"}
        and not any(keyword.arg == "parse_float" for keyword in node.keywords)
    ]
    assert wrong == []


def test_no_sql_counts_in_floats() -> None:
    """`10^18` is double precision, and so is whatever it multiplies; a cast to a float loses digits for good."""
    casts = re.compile(
        r"::\s*(float\d*|real|double precision)\b|\bas\s+(float\d*|real|double precision)\b|\d\s*\^\s*\d"
    )
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "dbt_project").rglob("*.sql")
        if not SKIPPED & set(path.relative_to(ROOT).parts)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if casts.search(line)
    ]
    assert wrong == []


def test_workers_see_which_tests_belong_together(request: pytest.FixtureRequest) -> None:
    # Where they do not, each makes every world, and the suite is only slower: of pytest 9.2 pytest-xdist 3.8 does not.
    is_grouped = request.config.getoption("loadgroup", False)
    assert not is_grouped or "@" in request.node.nodeid, "see pytest in docs/decisions.md"
