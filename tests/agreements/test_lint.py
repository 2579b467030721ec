"""What is allowed in agreements and looks wrong all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurora.errors import InputError
from tests.agreements.conftest import Office
from tests.agreements.samples import SAMPLE, STAKE, VOTE, WITHDRAWER, file_of, one_rule, partner, versions

FIXED = "revenue_component: COMMISSION, attribution_method: FIXED_SHARE"
NEXT = "}\n              - {chain: solana, "


def shares(*rates: int, pool: bool = False) -> str:
    """Partners with a fixed share of every component each."""
    terms = "allocation_mode: POOL_SPLIT, pool: house, " if pool else ""
    return "partners:\n" + "".join(
        f"  - {{name: P{number}, agreements: [{{name: A, versions: [{{effective_from: 2026-0{number}-01T00:00:00Z, "
        f"{terms}rules: [{{chain: solana, revenue_component: ALL, attribution_method: FIXED_SHARE, "
        f"commission_rate_bps: {rate}}}]}}]}}]}}\n"
        for number, rate in enumerate(rates, start=1)
    )


def test_nothing_looks_wrong_in_nothing(office: Office) -> None:
    assert office.lint() == []


def test_a_gap_between_versions_is_a_warning(office: Office) -> None:
    office.apply(versions("2025-01-01 2025-03-01 1", "2025-03-10 2"))
    assert office.lint() == [
        "warning: VERSION_GAP: Acme/A: no version is in force from 2025-03-01T00:00:00Z until 2025-03-10T00:00:00Z: "
        "nothing is earned in that gap"
    ]


def test_a_rule_that_never_counts_is_a_warning(office: Office) -> None:
    first = f"{FIXED}, commission_rate_bps: 1"
    second = "revenue_component: COMMISSION, attribution_method: FIXED_SHARE, rule_key: late, commission_rate_bps: 2"
    office.apply(one_rule(f"{first}{NEXT}{second}"))
    [found] = office.lint()
    assert "the rule late never counts" in found
    assert office.lint(one_rule(f"{first}{NEXT}{second}", version="stacking: ADDITIVE")) == []
    assert office.lint(one_rule(f"{first}{NEXT}{second}, validator: {VOTE}")) == []


def test_terms_without_rules_or_versions_are_warnings(office: Office) -> None:
    text = (
        "partners: [{name: A, agreements: [{name: X, versions: []},"
        " {name: Y, versions: [{effective_from: 2026-01-01T00:00:00Z, rules: []}]}]}]\n"
    )
    office.apply(text)
    assert [found.partition(": ")[2] for found in office.lint()] == [
        "NO_VERSION: A/X: has no version in force: it earns nothing",
        "NO_RULES: A/Y: the version from 2026-01-01T00:00:00Z has no rules: it earns nothing",
    ]


def test_clients_without_a_wallet_are_a_warning(office: Office) -> None:
    rule = "revenue_component: COMMISSION, attribution_method: CLIENT_REVENUE, commission_rate_bps: 1"
    [found] = office.lint(one_rule(rule))
    assert "counts clients on solana, and the partner has no wallet there" in found
    assert len(office.lint(one_rule(rule, chain=""))) == 2
    office.apply(file_of(partner("Acme", f"{WITHDRAWER} withdrawer 2025-01-01 2026-01-01")))
    assert len(office.lint(one_rule(rule))) == 1, "a wallet of another time is none"
    office.apply(file_of(partner("Acme", f"{WITHDRAWER} withdrawer 2025-01-01")))
    assert office.lint(one_rule(rule)) == []


def test_fixed_shares_above_the_whole_are_an_error(office: Office) -> None:
    office.apply(shares(6000, 3000, 1000))
    assert office.lint() == []
    found = office.lint(shares(6000, 3000, 1001))
    assert len(found) == 4, "each component once, not at every instant"
    assert found[0] == (
        "error: POOL_OVER_ALLOCATED: solana/*/EXEC_FEES: fixed shares are 10001 bps together, more than the whole "
        "(P1/A 6000, P2/A 3000, P3/A 1001), first from 2026-03-01T00:00:00Z"
    )


def test_shares_that_are_never_in_force_together_are_fine(office: Office) -> None:
    text = shares(6000, 6000).replace(
        "effective_from: 2026-01", "effective_until: 2026-02-01T00:00:00Z, effective_from: 2026-01"
    )
    assert office.lint(text) == []
    suspended = shares(6000, 6000).replace(
        "{name: A, versions: [{effective_from: 2026-02",
        "{name: A, statuses: [{status: SUSPENDED, from: 2026-02-01T00:00:00Z}], versions: [{effective_from: 2026-02",
    )
    assert office.lint(suspended) == []


def test_a_pool_that_is_not_whole_is_an_error(office: Office) -> None:
    text = shares(6000, 4000, pool=True)
    found = office.lint(text)
    assert len(found) == 4, "before the second one begins the pool is not whole"
    assert "pool house: its rates on solana/*/EXEC_FEES are 6000 bps together, not 10000 (P1/A 6000)" in found[0]
    assert office.lint(text.replace("2026-02", "2026-01")) == []


def test_a_stake_account_whose_authority_another_has_is_worth_knowing(office: Office) -> None:
    office.execute("create schema canonical")
    office.execute(
        "create table canonical.stake_rewards (chain_id text, period_id bigint, staker_address text,"
        " withdrawer_address text)"
    )
    office.execute("insert into canonical.stake_rewards values ('solana', 840, %s, %s)", STAKE, WITHDRAWER)
    text = file_of(
        partner("A", f"{STAKE} stake_account 2026-01-01"), partner("B", f"{WITHDRAWER} withdrawer 2026-01-01")
    )
    [found] = office.lint(text)
    assert found.startswith(
        f"info: WALLET_AND_AUTHORITY: A: names the stake account {STAKE}, whose withdraw authority {WITHDRAWER} is B's"
    )
    of_another_time = partner("B", f"{WITHDRAWER} withdrawer 2025-01-01 2026-01-01")
    assert office.lint(file_of(partner("A", f"{STAKE} stake_account 2026-01-01"), of_another_time)) == []


def test_a_file_that_could_not_be_applied_is_refused(office: Office, tmp_path: Path) -> None:
    office.apply(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01")))
    with pytest.raises(InputError, match="WALLET_OVERLAP"):
        office.lint(file_of(partner("B", f"{VOTE} withdrawer 2026-01-01")))


def test_wallets_in_two_places_are_found_where_the_constraint_was_lifted(office: Office) -> None:
    office.apply(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01"), partner("B")))
    office.execute("alter table app.partner_wallets drop constraint partner_wallets_one_partner_at_a_time")
    office.execute(
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)"
        " select partner_id, 'solana', %s, 'withdrawer', '2026-02-01' from app.partners where name = 'B'",
        VOTE,
    )
    [found] = office.lint()
    assert found == f"error: WALLET_OVERLAP: B: the wallet solana {VOTE} is A's too, from 2026-01-01T00:00:00Z"


def test_a_file_is_judged_together_with_what_is_recorded(office: Office) -> None:
    office.apply(SAMPLE)
    before = office.everything()
    found = office.lint(shares(1))
    assert any("Acme rewards" in line for line in found)
    assert office.everything() == before


def test_amounts_out_of_order_are_found_where_they_were_written_past_the_file(office: Office) -> None:
    steps = 'tiers: {mode: WHOLE, basis: PERIOD, steps: [{from_native: "0", commission_rate_bps: 1}]}'
    office.apply(one_rule(f'{FIXED}, floor_amount_native: "1", cap_amount_native: "2", {steps}'))
    assert office.lint() == []
    office.execute("alter table app.agreement_rules drop constraint agreement_rules_floor_below_cap")
    for table, change in (("agreement_rules", "floor_amount_native = 3"), ("agreement_rule_tiers", "from_native = 1")):
        office.execute(f"alter table app.{table} disable trigger only_append")
        office.execute(f"update app.{table} set {change}")
    rule = "Acme/A: the version from 2026-01-01T00:00:00Z: the rule solana/*/COMMISSION/FIXED_SHARE"
    assert office.lint() == [
        f"error: FLOOR_GT_CAP: {rule} has a floor of 3 above its cap of 2",
        f"error: TIERS_UNORDERED: {rule} has tiers of which none begins at 0",
    ]


def test_a_validator_is_judged_on_the_chains_that_its_rules_are_for(office: Office) -> None:
    rule = f"chain: solana, validator: {VOTE}, revenue_component: MEV_TIPS, attribution_method: STAKE_WEIGHT"
    version = f"{{effective_from: 2026-01-01T00:00:00Z, rules: [{{{rule}, commission_rate_bps: 1}}]}}"
    both = shares(6000, 6000).replace("chain: solana, ", "")
    text = f"{both}  - {{name: V, agreements: [{{name: A, versions: [{version}]}}]}}\n"
    cells = {found.split(": ")[2] for found in office.lint(text) if "POOL_OVER_ALLOCATED" in found}
    assert f"solana/{VOTE}/MEV_TIPS" in cells
    assert "ethereum/*/MEV_TIPS" in cells
    assert f"ethereum/{VOTE}/MEV_TIPS" not in cells
