"""`aurora seed`: partners to try statements with, once, and never in production."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aurora.sandbox import SandboxServer, url_overrides, write_registry
from tests.worlds import SHOWN_URL, Warehouse

pytestmark = pytest.mark.slow

Seed = Callable[[Warehouse], tuple[int, str, str]]


@pytest.fixture
def seed(
    network: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Seed:
    """Run it on a warehouse; gives the exit code, stdout and stderr."""
    chains, providers = write_registry(tmp_path, network, shown_url=SHOWN_URL)
    for name, value in {
        "AURORA_CHAINS_FILE": str(chains),
        "AURORA_PROVIDERS_FILE": str(providers),
        "AURORA_HOME": str(tmp_path),
        **url_overrides(network),
    }.items():
        monkeypatch.setenv(name, value)

    def run(warehouse: Warehouse) -> tuple[int, str, str]:
        from aurora.cli import main

        monkeypatch.setenv("DATABASE_URL", warehouse.url)
        monkeypatch.setattr(sys, "argv", ["aurora", "seed"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return run


def test_two_partners_with_clients_of_a_validator_and_users_are_recorded_once(
    fresh_world: Warehouse, seed: Seed
) -> None:
    code, out, err = seed(fresh_world)
    assert (code, err) == (0, "")
    assert "Acme Introductions and Blue Ridge Custody are recorded" in out
    clients = fresh_world.rows(
        "select distinct rewards.validator_key from canonical.stake_rewards as rewards"
        " inner join app.partner_wallets as wallets on rewards.withdrawer_address = wallets.address"
        " inner join app.agreement_rules as rules on rewards.validator_key = rules.validator_key"
    )
    assert len(clients) == 1
    users = fresh_world.rows("select role, partner_id is not null as is_partners from app.users order by role")
    assert [(user["role"], user["is_partners"]) for user in users] == [("OPERATOR", False), ("PARTNER", True)]

    recorded = fresh_world.value("select count(*) from app.audit_log")
    code, out, err = seed(fresh_world)
    assert (code, err) == (0, "")
    assert "is there already" in out
    assert "users added: 0" in out
    assert fresh_world.value("select count(*) from app.audit_log") == recorded


def test_without_a_known_stake_account_it_says_what_to_load(bare_warehouse: Warehouse, seed: Seed) -> None:
    code, _, err = seed(bare_warehouse)
    assert code == 1
    assert "aurora run solana --latest 3" in err
    assert bare_warehouse.value("select count(*) from app.partners") == 0


def test_in_production_it_refuses(bare_warehouse: Warehouse, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("JWT_SECRET_KEY", "x" * 64)
    code, _, err = seed(bare_warehouse)
    assert code == 1
    assert err.startswith("aurora: ")
    assert bare_warehouse.value("select count(*) from app.users") == 0
