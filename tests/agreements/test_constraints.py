"""What the database itself refuses, whoever writes: overlaps, floors above caps, and any change of what is recorded."""

from __future__ import annotations

import psycopg
import pytest

from tests.agreements.conftest import Office
from tests.agreements.samples import SAMPLE, VOTE

RECORDED = (
    "partner_minimum_payouts",
    "partner_wallets",
    "agreement_versions",
    "agreement_statuses",
    "commission_overrides",
    "operating_costs",
    "prices",
    "reconciliation_acceptances",
)
APPENDED = ("agreement_rules", "agreement_rule_tiers")

_EVERYTHING = f"""
    insert into app.commission_overrides (agreement_id, rule_key, chain_id, period_id, validator_key,
        revenue_component, override_amount_native, reason, recorded_by)
    select agreement_id, 'k', 'solana', 1, 'v', 'MEV_TIPS', 1, 'r', 'ada' from app.agreements limit 1;
    insert into app.operating_costs (chain_id, validator_key, period_id, line_type, amount_native)
    values ('solana', '{VOTE}', 1, 'INFRA_COSTS', 1);
    insert into app.prices (chain_id, currency, at, price) values ('solana', 'USD', '2026-01-01', 100);
    insert into app.reconciliation_acceptances (chain_id, period_id, validator_key, metric, provider_a, provider_b,
        value_a, value_b, reason, recorded_by)
    values ('solana', 1, '{VOTE}', 'm', 'a', 'b', 1, 2, 'r', 'ada');
"""


@pytest.fixture
def full(office: Office) -> Office:
    """A row in every table."""
    office.apply(SAMPLE)
    office.execute(_EVERYTHING)
    return office


def version(office: Office, start: str, end: str | None) -> None:
    office.execute(
        "insert into app.agreement_versions (agreement_id, agreement_version, effective_from, effective_until)"
        " select agreement_id, 1 + coalesce((select max(agreement_version) from app.agreement_versions), 0), %s, %s"
        " from app.agreements",
        start,
        end,
    )


def wallet(office: Office, partner: str, start: str, end: str | None, address: str = VOTE) -> None:
    office.execute(
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from, valid_until)"
        " select partner_id, 'solana', %s, 'withdrawer', %s, %s from app.partners where name = %s",
        address,
        start,
        end,
        partner,
    )


def test_no_two_versions_overlap(office: Office) -> None:
    """A04."""
    office.apply("partners: [{name: A, agreements: [{name: X, versions: []}]}]\n")
    version(office, "2025-01-01", "2025-03-02")
    with pytest.raises(psycopg.errors.ExclusionViolation, match="agreement_versions_no_overlap"):
        version(office, "2025-03-01", None)
    version(office, "2025-03-02", None)
    office.execute("update app.agreement_versions set superseded_at = now() where effective_until is null")
    version(office, "2025-03-02", "2025-04-01")


def test_an_address_belongs_to_one_partner_at_a_time(office: Office) -> None:
    """A09."""
    office.apply("partners: [{name: P1}, {name: P2}]\n")
    wallet(office, "P1", "2024-01-01", "2025-01-16")
    for owner in ("P1", "P2"):
        with pytest.raises(psycopg.errors.ExclusionViolation, match="partner_wallets_one_partner_at_a_time"):
            wallet(office, owner, "2025-01-15", None)
    wallet(office, "P2", "2025-01-16", None)
    wallet(office, "P2", "2024-01-01", None, address="another")


def test_a_floor_is_not_above_its_cap(full: Office) -> None:
    """T08."""
    with pytest.raises(psycopg.errors.CheckViolation, match="agreement_rules_floor_below_cap"):
        full.execute(
            "insert into app.agreement_rules (version_id, rule_number, rule_order, chain_id, revenue_component,"
            " attribution_method, commission_rate_bps, floor_amount_native, cap_amount_native)"
            " select version_id, 99, 99, 'solana', 'ALL', 'FIXED_SHARE', 1, 200, 100 from app.agreement_versions"
        )


def test_an_amount_in_wei_does_not_fit_an_amount_in_ether_does(full: Office) -> None:
    """P07."""
    payout = (
        "insert into app.partner_minimum_payouts (partner_id, chain_id, minimum_payout_native)"
        " select partner_id, 'ethereum', %s::numeric from app.partners where name = 'Bolt'"
    )
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        full.execute(payout, "128000000000000000001")
    full.execute(payout, "128.000000000000000001")
    exact = "select minimum_payout_native::text from app.partner_minimum_payouts where minimum_payout_native > 100"
    assert full.rows(exact) == [("128.000000000000000001",)]


@pytest.mark.parametrize("table", [*RECORDED, *APPENDED])
def test_what_is_recorded_is_never_changed_by_nobody(full: Office, table: str) -> None:
    [(column,)] = full.rows(
        "select column_name from information_schema.columns where table_schema = 'app' and table_name = %s"
        " and column_name in ('minimum_payout_native', 'address', 'stacking', 'status', 'reason', 'note', 'price',"
        " 'rule_order', 'commission_rate_bps') and table_name || column_name not in"
        " ('agreement_rulescommission_rate_bps')",
        table,
    )
    statements = (
        f"update app.{table} set {column} = {column}",
        f"delete from app.{table}",
        f"truncate app.{table} cascade",
    )
    before = full.everything()
    for statement in statements:
        for role in ("", "set session_replication_role = replica; "):
            with pytest.raises(psycopg.errors.RestrictViolation):
                full.execute(role + statement)
    assert full.everything() == before


@pytest.mark.parametrize("table", RECORDED)
def test_a_row_is_superseded_once_and_with_nothing_else(full: Office, table: str) -> None:
    full.execute(f"update app.{table} set superseded_at = now()")
    for assignment in ("superseded_at = null", "superseded_at = now()"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            full.execute(f"update app.{table} set {assignment}")


def test_nothing_is_superseded_before_it_was_recorded(full: Office) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="superseded_after"):
        full.execute("update app.prices set superseded_at = recorded_at - interval '1 second'")
