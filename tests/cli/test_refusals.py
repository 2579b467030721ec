"""Bad input: one clear line, a non-zero exit, nothing half-written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aurora.sandbox import SandboxServer, parse_faults, url_overrides, write_registry
from tests.worlds import SHOWN_URL, Warehouse

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def registry_files(network: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    chains, providers = write_registry(tmp_path, network, shown_url=SHOWN_URL)
    monkeypatch.setenv("AURORA_CHAINS_FILE", str(chains))
    monkeypatch.setenv("AURORA_PROVIDERS_FILE", str(providers))
    for name, url in url_overrides(network).items():
        monkeypatch.setenv(name, url)
    return chains, providers


@pytest.fixture
def command(
    registry_files: tuple[Path, Path],
    empty_warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run `aurora` in this process; gives the exit code and stderr."""
    monkeypatch.setenv("DATABASE_URL", empty_warehouse.url)

    def run(*arguments: str) -> tuple[int, str]:
        from aurora.cli import main

        monkeypatch.setattr(sys, "argv", ["aurora", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        return int(stopped.value.code or 0), capsys.readouterr().err

    return run


def _is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("aurora: ") and "Traceback" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("load", "dogecoin", "--periods", "1..2"), ("unknown chain", "dogecoin", "solana")),
        (("load", "solana", "--periods", "844", "--provider", "nobody"), ("unknown provider", "nobody", "jito")),
        (("load", "solana", "--periods", "844", "--data-type", "LUCK"), ("unknown data type", "LUCK", "REWARDS")),
        (("load", "solana", "--periods", "9000"), ("9000", "future", "845")),
        (("load", "solana", "--periods", "845", "--finalized-only"), ("845", "not finalized", "844")),
        (("load", "solana", "--periods", "2026-01-01"), ("2026-01-01", "not epochs")),
        (("load", "solana", "--periods", "844..841"), ("end before they begin",)),
        (("load", "solana"), ("--periods",)),
        (("load", "solana", "--latest", "100000"), ("100000",)),
        (("export", "no.such_table", "--out", "x.csv", "--format", "csv"), ("no.such_table",)),
        (("export", "ops.ingestion_runs", "--out", "/no/such/folder/x", "--format", "csv"), ("/no/such/folder",)),
    ],
)
def test_what_cannot_be_asked_is_refused(
    command: Command, empty_warehouse: Warehouse, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    code, said = command(*arguments)
    assert code != 0
    assert _is_one_line(said), said
    for word in words:
        assert word in said
    exists = empty_warehouse.value("select to_regclass('staging_solana_rpc.get_block') is not null")
    assert not exists or empty_warehouse.value("select count(*) from staging_solana_rpc.get_block") == 0


def test_malformed_yaml_names_file_and_line(command: Command, registry_files: tuple[Path, Path]) -> None:
    chains, _ = registry_files
    chains.write_text(chains.read_text().replace("finality_lag: 1", "finality_lag: -1"))
    code, said = command("load", "solana", "--periods", "844")
    assert code != 0
    assert _is_one_line(said)
    assert "chains.yaml:" in said
    assert "finality_lag" in said


def test_a_missing_key_names_its_variable(command: Command, registry_files: tuple[Path, Path]) -> None:
    _, providers = registry_files
    text = providers.read_text().replace("kind: none", "kind: bearer\n    env: KEY_OF_NOBODY", 1)
    providers.write_text(text)
    code, said = command("load", "solana", "--periods", "844")
    assert code != 0
    assert _is_one_line(said)
    assert "KEY_OF_NOBODY" in said


def test_a_database_that_refuses_is_one_line_without_its_password(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://aurora:verysecret@127.0.0.1:1/aurora")
    for arguments in (("load", "solana", "--periods", "844"), ("transform",), ("migrate",)):
        code, said = command(*arguments)
        assert code != 0
        assert _is_one_line(said), said
        assert "127.0.0.1" in said
        assert "verysecret" not in said


def test_a_provider_that_answers_html_is_one_line(
    command: Command, network: SandboxServer, empty_warehouse: Warehouse
) -> None:
    for fault in parse_faults("html_200:provider=solana_rpc"):
        network.faults.add(fault)
    code, said = command("load", "solana", "--periods", "844")
    assert code != 0
    assert _is_one_line(said), said
    assert "solana_rpc" in said
    assert "JSON" in said
    assert empty_warehouse.value("select count(*) from ops.payload_sightings") == 0
    assert empty_warehouse.value("select count(*) from ops.ingestion_runs where status = 'RUNNING'") == 0


def test_help_names_every_command(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from aurora.cli.app import app

    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for name in (
        "demo",
        "load",
        "transform",
        "run",
        "migrate",
        "db",
        "export",
        "doctor",
        "sandbox",
        "keys",
        "api",
        "bench",
    ):
        assert name in result.output
