"""``aurora doctor``: what it says of a warehouse, and of payments that went astray."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from api.migrations import upgrade
from aurora.cli.doctor import doctor
from aurora.errors import AuroraError
from aurora.sandbox import SandboxServer
from tests.dagster.conftest import Built

pytestmark = pytest.mark.slow


def test_payments_that_went_astray_are_a_warning_and_no_problem(
    sandbox: SandboxServer, by_command: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", by_command.url)
    upgrade(by_command.url)
    paid = sandbox.ethereum.ledger.misdirected(by_command.day)
    amount = Decimal(sum(payment.amount for payment in paid)).scaleb(-18)

    with pytest.raises(AuroraError, match=r"^1 problem;"):
        doctor()

    lines = capsys.readouterr().out.splitlines()
    [warning] = [line for line in lines if line.startswith("WARNING")]
    assert f"payments: {len(paid)} on ethereum" in warning
    assert f"{amount:.18f} ETH" in warning
    assert "the last on 2026-01-02" in warning
    assert "Aurora Misdirected" in warning
    assert "correct the fee recipient" in warning
    assert "chains.yaml" in warning
    # What was built here was not tested.
    [problem] = [line for line in lines if line.startswith("PROBLEM")]
    assert "warehouse" in problem


def test_an_empty_warehouse_has_nothing_to_warn_of(
    definitions: object,
    sandbox: SandboxServer,
    new_database: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    upgrade(new_database())

    doctor()

    said = capsys.readouterr().out
    assert "WARNING" not in said
    for provider in ("beacon_node", "beaconchain", "eth_rpc", "mev_relay", "solana_beach"):
        assert f"ok       provider {provider}: " in said
