"""dbt, run in this process on the warehouse: what `aurora transform`, the demo, the tests and the benchmarks share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aurora.apart import Apart, manifest_apart
from aurora.errors import TransformError
from aurora.settings import PROJECT_ROOT
from aurora.warehouse.urls import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

DBT_PROJECT = PROJECT_ROOT / "dbt_project"

_FAILED = frozenset({"error", "fail", "runtime error"})


@dataclass(slots=True)
class TransformReport:
    """What a build did, by node; of one that warns also what it found."""

    succeeded: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: int = 0
    warned: list[str] = field(default_factory=list)
    seconds: float = 0.0
    model_seconds: float = 0.0


def dbt_environment(url: str) -> dict[str, str]:
    """The variables that ``dbt_project/profiles.yml`` reads, for the warehouse at ``url``.

    Raises:
        SettingsError: the URL is not a Postgres one.
    """
    parameters = parse_url(url)
    password = parameters.password.get_secret_value() if parameters.password else ""
    return {
        "AURORA_DBT_HOST": parameters.host,
        "AURORA_DBT_PORT": str(parameters.port),
        "AURORA_DBT_USER": parameters.user,
        "DBT_ENV_SECRET_AURORA_PASSWORD": password,
        "AURORA_DBT_DATABASE": parameters.database,
        "AURORA_DBT_SSLMODE": parameters.sslmode or "prefer",
        "DO_NOT_TRACK": "1",
    }


def dbt_arguments(command: str, *, target_path: Path, project_dir: Path = DBT_PROJECT) -> list[str]:
    """The arguments every call of dbt begins with."""
    return [
        command,
        "--project-dir",
        str(project_dir),
        "--profiles-dir",
        str(project_dir),
        "--target-path",
        str(target_path),
        "--log-path",
        str(target_path / "logs"),
        "--no-use-colors",
    ]


class Transformer:
    """dbt on one warehouse. The project is parsed once; each call builds with that manifest."""

    def __init__(self, url: str, *, target_path: Path, manifest: Manifest | None = None) -> None:
        """``target_path`` is a writable folder for dbt's artifacts; ``manifest`` one that another warehouse parsed."""
        self._url = url
        self._target_path = target_path
        self._manifest = _for_database(manifest, parse_url(url).database) if manifest is not None else None

    def manifest(self) -> Manifest:
        """The parsed project.

        Raises:
            TransformError: the project does not parse.
        """
        if self._manifest is None:
            from dbt.cli.main import dbtRunner

            with environment(dbt_environment(self._url)):
                parsed = dbtRunner().invoke(
                    [*dbt_arguments("parse", target_path=self._target_path), "--quiet", "--log-level", "none"]
                )
            if not parsed.success or parsed.result is None:
                raise TransformError(f"the dbt project does not parse: {_one_line(parsed.exception)}")
            self._manifest = cast("Manifest", parsed.result)
        return self._manifest

    def build(
        self,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        full_refresh: bool = False,
        command: str = "build",
        unit_tests: bool = False,
        on_node: Callable[[str, str], None] | None = None,
    ) -> TransformReport:
        """Build models and run their tests; ``on_node`` hears of each node's end (name, status).

        Unit tests read no data and are left to the project's own tests, unless asked for.

        Raises:
            TransformError: a model or a test failed; the message names the first one.
        """
        options: list[str] = []
        if select:
            options += ["--select", *select]
        if exclude:
            options += ["--exclude", *exclude]
        if full_refresh:
            options.append("--full-refresh")
        if command == "build" and not unit_tests:
            options += ["--exclude-resource-type", "unit_test"]
        return self._run(self.manifest(), command, options, on_node)

    def build_apart(self, apart: Apart, *, on_node: Callable[[str, str], None] | None = None) -> TransformReport:
        """Build, in full and in schemas of their own, the models between tables read elsewhere and what is wanted.

        Every other model and source is read where it is. No watermark, scope or table of the warehouse is written, and
        no test runs: the SQL is that of the models that were tested.

        Raises:
            TransformError: a model failed; the message names the first one.
        """
        manifest, names = manifest_apart(self.manifest(), apart)
        return self._run(manifest, "run", ["--select", *names, "--full-refresh"], on_node)

    def _run(
        self, manifest: Manifest, command: str, options: list[str], on_node: Callable[[str, str], None] | None
    ) -> TransformReport:
        from dbt.cli.main import dbtRunner

        arguments = [*dbt_arguments(command, target_path=self._target_path), "--quiet", "--log-level", "none"]
        # Nobody reads the manifest and results as files, which take dbt an eighth of its time to write.
        arguments += ["--no-write-json", *options]

        callbacks = [] if on_node is None else [_hearing(on_node)]
        with environment(dbt_environment(self._url)), _collecting_less():
            outcome = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(arguments)
        return _report(outcome, self._url)


def _hearing(on_node: Callable[[str, str], None]) -> Callable[[Any], None]:
    def hear(event: Any) -> None:
        if event.info.name == "NodeFinished":
            info = event.data.node_info
            on_node(info.node_name, info.node_status)

    return hear


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Leave what is there already, which is a whole project, out of Python's search for cycles, and search less.

    It takes a fifth of dbt's time otherwise, and finds next to nothing.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextmanager
def parsed_meanwhile(url: str, *, target_path: Path) -> Iterator[None]:
    """Parse the project in a process of its own while the caller does something else.

    What it finds lies in ``target_path``, where the next parse takes it up instead of beginning anew; if it fails, that
    one says why.
    """
    if (target_path / "partial_parse.msgpack").exists():
        yield
        return
    process = multiprocessing.get_context("spawn").Process(target=_parse, args=(url, target_path), daemon=True)
    process.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()


def _parse(url: str, target_path: Path) -> None:
    # An interrupt at the terminal reaches this process too, and is the caller's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(TransformError):
        Transformer(url, target_path=target_path).manifest()


def _report(outcome: Any, url: str) -> TransformReport:
    report = TransformReport()
    if outcome.result is None:
        raise TransformError(f"dbt did not run: {_one_line(outcome.exception)}")
    report.seconds = float(getattr(outcome.result, "elapsed_time", 0.0))
    first = ""
    for result in outcome.result:
        status = str(result.status)
        if status in _FAILED:
            report.failed.append(result.node.name)
            first = first or f"{result.node.resource_type} {result.node.name}: {_why(result, url)}"
        elif status == "skipped":
            report.skipped += 1
        else:
            report.succeeded += 1
            if result.node.resource_type == "model":
                report.model_seconds += float(result.execution_time)
            if status == "warn":
                report.warned.append(f"{result.node.name}: {_why(result, url)}")
    if report.failed:
        more = f" (and {len(report.failed) - 1} more)" if len(report.failed) > 1 else ""
        raise TransformError(
            f"{first}{more}; {report.succeeded} nodes were built, {report.skipped} skipped:"
            " mend it, then transform again"
        )
    if not outcome.success:
        raise TransformError(f"dbt failed: {_one_line(outcome.exception)}")
    return report


def _why(result: Any, url: str) -> str:
    """What dbt says; of a test also which rules were broken, by how many rows, and one of those."""
    said = _one_line(result.message)
    query = getattr(result.node, "compiled_code", None)
    if str(result.status) not in {"fail", "warn"} or not query:
        return said
    import psycopg

    from aurora.errors import WarehouseError
    from aurora.warehouse.connection import connect

    broken = (
        'select broken_rule, count(*), min(tested_row::text collate "C") from (' + query + ") as found"
        ' group by broken_rule order by broken_rule collate "C" limit 3'
    )
    try:
        with connect(url) as connection:
            rules = connection.execute(broken.encode()).fetchall()
    except (psycopg.Error, WarehouseError):
        return said  # a test of another form: its rows name no rule
    return "; ".join(f"{rule} ({count} rows, one is {row[:160]})" for rule, count, row in rules) or said


def _for_database(manifest: Manifest, database: str) -> Manifest:
    """The manifest with another database's name in its relations; parsing again would take seconds."""
    manifest = manifest.deepcopy()  # type: ignore[no-untyped-call]  # dbt has no types
    for node in [*manifest.nodes.values(), *manifest.sources.values(), *manifest.unit_tests.values()]:
        own = getattr(node, "database", None)
        if own is None:
            continue
        node.database = database  # type: ignore[union-attr]
        relation = getattr(node, "relation_name", None)
        if relation is not None:
            node.relation_name = relation.replace(f'"{own}".', f'"{database}".', 1)  # type: ignore[union-attr]
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Variables that dbt, or a child started meanwhile, has."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_line(message: object) -> str:
    return " ".join(str(message).split())[:500]
