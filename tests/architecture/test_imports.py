"""Who may import whom (DESIGN.md, Layout), read from the syntax trees: nothing is imported to find out."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("aurora", "loaders", "api", "dagster_defs")

MAY_IMPORT = {
    "aurora": {"aurora"},
    "loaders": {"loaders", "aurora"},
    "api": {"api", "aurora"},
    "dagster_defs": {"dagster_defs", "aurora", "loaders"},
}
NEVER = {
    "loaders": {"dagster", "dagster_dbt", "dbt", "fastapi"},
    "api": {"dlt", "dbt", "dagster", "dagster_dbt"},
    "dagster_defs": {"fastapi"},
}
"""Frameworks that a part must not pull in, however late."""

HEAVY = {"dagster", "dagster_dbt", "dbt", "dlt", "fastapi", "pyarrow", "uvicorn"}
"""What the foundation loads inside functions only, so that `aurora --help` answers at once."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the dotted module it names, where it stands, and whether it waits.

    It waits until a function is called, or for good where only a type checker reads it.
    """

    file: str
    line: int
    module: str
    waits: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def imports_of(source: str, *, file: str) -> list[Import]:
    """Every import of a module, also those by name through `import_module`."""
    package = file.removesuffix(".py").removesuffix("/__init__").split("/")
    if not file.endswith("/__init__.py"):
        package = package[:-1]
    found: list[Import] = []

    def visit(node: ast.AST, waits: bool) -> None:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            names = [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        found.extend(Import(file, getattr(node, "lineno", 0), name, waits) for name in names)
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        inside = waits or is_function or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(ast.parse(source), False)
    return found


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _imports(package: str) -> list[Import]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"{package} has no modules"
    return [found for file in files for found in imports_of(file.read_text(), file=str(file.relative_to(ROOT)))]


def _ours(package: str) -> list[Import]:
    return [found for found in _imports(package) if found.top in PACKAGES]


@pytest.mark.parametrize("package", ["loaders", "api", "dagster_defs"])
def test_a_package_imports_only_those_below_it(package: str) -> None:
    wrong = [str(found) for found in _ours(package) if found.top not in MAY_IMPORT[package]]
    assert wrong == []


def test_the_foundation_imports_none_of_the_others_but_lazily_in_commands() -> None:
    wrong = [
        str(found)
        for found in _ours("aurora")
        if found.top != "aurora" and not (found.file.startswith("aurora/cli/") and found.waits)
    ]
    assert wrong == []


def test_nothing_imports_the_command_line() -> None:
    wrong = [
        str(found)
        for package in PACKAGES
        for found in _ours(package)
        if f"{found.module}.".startswith("aurora.cli.")
        and not found.file.startswith("aurora/cli/")
        and found.file != "aurora/__main__.py"
    ]
    assert wrong == []


def test_nothing_imports_the_api_or_the_definitions_but_commands() -> None:
    wrong = [
        str(found)
        for package in PACKAGES
        for found in _ours(package)
        if found.top in {"api", "dagster_defs"} and found.top != package and not found.file.startswith("aurora/cli/")
    ]
    assert wrong == []


@pytest.mark.parametrize("package", sorted(NEVER))
def test_a_package_keeps_out_of_the_frameworks_of_others(package: str) -> None:
    assert [str(found) for found in _imports(package) if found.top in NEVER[package]] == []


def test_the_foundation_loads_what_is_heavy_inside_functions_only() -> None:
    assert [str(found) for found in _imports("aurora") if found.top in HEAVY and not found.waits] == []


def test_imports_are_read_in_every_form() -> None:
    source = (
        "import loaders.http\n"
        "from api import kit\n"
        "def command():\n"
        "    from dagster_defs.definitions import defs\n"
        "    import_module('loaders.load')\n"
        "from .. import errors\n"
        "from . import app\n"
        "if TYPE_CHECKING:\n"
        "    from loaders.runs import Run\n"
    )
    found = {(item.module, item.waits) for item in imports_of(source, file="aurora/cli/load.py")}
    assert found == {
        ("loaders.http", False),
        ("api.kit", False),
        ("dagster_defs.definitions.defs", True),
        ("loaders.load", True),
        ("aurora.errors", False),
        ("aurora.cli.app", False),
        ("loaders.runs.Run", True),
    }
