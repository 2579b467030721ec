"""``aurora statements``: a line for each move, a line for each refusal."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.statements.desk import Desk

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, str, str]]

NAMED = ("--partner", "Acme", "--chain", "solana", "--month", "2025-01")


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `aurora statements` in this process; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("DATABASE_URL", desk.warehouse.url)
    monkeypatch.delenv("AURORA_TWO_PERSON_RELEASE", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        from aurora.cli import main

        monkeypatch.setattr(sys, "argv", ["aurora", "statements", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return run


def test_a_statement_goes_from_draft_to_paid(desk: Desk, command: Command) -> None:
    desk.compute({202501: 1_500_000_000})
    code, out, _ = command("list")
    assert code == 0
    assert all(word in out for word in ("Acme", "solana", "2025-01", "DRAFT", "1.5"))
    for arguments, status in (
        (("submit", *NAMED, "--actor", "ann"), "PENDING_APPROVAL"),
        (("approve", *NAMED, "--actor", "ben"), "APPROVED"),
        (("release", *NAMED, "--actor", "ben"), "RELEASED"),
        (("pay", *NAMED, "--reference", "tx 5"), "PAID"),
    ):
        code, out, err = command(*arguments)
        assert (code, err) == (0, "")
        assert f"statement 2025-01 of Acme on solana is {status}" in out
    statement = desk.statement("2025-01")
    assert statement["payment_reference"] == "tx 5"
    code, out, _ = command("show", statement["statement_id"])
    assert code == 0
    assert all(word in out for word in ("PAID", "payout          1.5 SOL", "Vote1", "EXEC_FEES"))
    assert command("verify")[:2] == (0, "1 frozen statements say what was approved\n")
    assert command("verify", *NAMED)[0] == 0
    actor = desk.warehouse.value("select actor from app.audit_log order by entry_number desc limit 1")
    assert actor


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("approve", *NAMED), ("is DRAFT and cannot be approved", "PENDING_APPROVAL")),
        (("submit", "--partner", "Nobody", "--chain", "solana", "--month", "2025-01"), ("no statement", "list")),
        (("submit", "--partner", "Acme"), ("--partner, --chain and --month",)),
        (("list", "--month", "January"), ("no month", "YYYY-MM")),
        (("void", *NAMED, "--reason", " "), ("--reason",)),
        (("verify", *NAMED), ("never approved",)),
    ],
)
def test_a_refusal_is_one_line(
    desk: Desk, command: Command, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    desk.compute({202501: 1})
    code, _, err = command(*arguments)
    assert code == 1
    assert err.startswith("aurora: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err


def test_two_people_are_asked_for_by_a_setting(desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.compute({202501: 1})
    desk.freeze("2025-01")
    monkeypatch.setenv("AURORA_TWO_PERSON_RELEASE", "1")
    code, _, err = command("release", *NAMED, "--actor", "ben")
    assert code == 1
    assert "ben" in err
    assert command("release", *NAMED, "--actor", "cay")[0] == 0


def test_what_is_nothing_or_a_lamport_is_written_out(desk: Desk, command: Command) -> None:
    desk.compute({202501: 1})
    for arguments in (("list",), ("show", *NAMED)):
        _, out, _ = command(*arguments)
        assert "0.000000001" in out
        assert "E-" not in out


def test_refresh_puts_back_what_states_something_else_now(desk: Desk, command: Command) -> None:
    desk.compute({202501: 1_000})
    desk.submit("2025-01")
    assert command("refresh") == (0, "", "")
    desk.execute("update computation.statement_draft_lines set amount_native = amount_native + 0.000000001")
    code, out, err = command("refresh", "--actor", "dagster")
    assert (code, err) == (0, "")
    assert out.startswith("statement 2025-01 of Acme on solana is DRAFT")
    assert desk.statement("2025-01")["status"] == "DRAFT"
    assert desk.warehouse.value("select actor from app.audit_log order by entry_number desc limit 1") == "dagster"


def test_dagster_puts_back_what_states_something_else_now_and_fails_where_it_cannot(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster import Failure, build_asset_context

    from dagster_defs.transform.assets import refresh_statements

    desk.compute({202501: 1_000})
    desk.submit("2025-01")
    desk.execute("update computation.statement_draft_lines set amount_native = amount_native + 0.000000001")
    refresh_statements(build_asset_context())
    assert desk.statement("2025-01")["status"] == "DRAFT"
    assert desk.warehouse.value("select actor from app.audit_log order by entry_number desc limit 1") == "dagster"
    monkeypatch.setenv(
        "DATABASE_URL", f"{desk.warehouse.url.partition('?')[0]}_gone?{desk.warehouse.url.partition('?')[2]}"
    )
    with pytest.raises(Failure, match="statements were not refreshed: aurora: "):
        refresh_statements(build_asset_context())


def test_what_does_not_say_what_was_approved_is_named(desk: Desk, command: Command) -> None:
    desk.compute({202501: 1})
    desk.freeze("2025-01")
    desk.execute("alter table app.statement_lines disable trigger all")
    desk.execute("update app.statement_lines set amount_native = 2")
    code, _, err = command("verify")
    assert code == 1
    assert desk.statement("2025-01")["statement_id"] in err


def test_a_warehouse_without_statements_says_what_to_do(
    command: Command, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.execute("drop schema computation cascade")
    code, _, err = command("list")
    assert code == 1
    assert "aurora transform" in err
