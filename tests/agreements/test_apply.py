"""Applying a file: what it states is recorded, what differs is superseded, and a second time changes nothing."""

from __future__ import annotations

import threading

import pytest

from api.agreements.service import apply_file
from api.audit.service import verify
from aurora.errors import InputError
from aurora.warehouse.connection import connect
from tests.agreements.conftest import Office
from tests.agreements.samples import (
    OTHER_STAKE,
    OTHER_VOTE,
    PUBLIC_KEY,
    SAMPLE,
    STAKE,
    VOTE,
    WITHDRAWAL,
    WITHDRAWER,
    file_of,
    partner,
    versions,
)

VERSIONS = """
    select
        agreement_version, to_char(effective_from, 'YYYY-MM-DD'), to_char(effective_until, 'YYYY-MM-DD'),
        commission_rate_bps, superseded_at is null
    from app.agreement_versions inner join app.agreement_rules using (version_id)
    order by agreement_version
"""
WALLETS = """
    select name, address, to_char(valid_from, 'YYYY-MM-DD'), to_char(valid_until, 'YYYY-MM-DD'), superseded_at is null
    from app.partner_wallets inner join app.partners using (partner_id)
    order by recorded_at, name, address, valid_from
"""


def audited(office: Office) -> list[str]:
    return [row[0] for row in office.rows("select action from app.audit_log order by entry_number")]


def test_what_a_file_states_is_recorded_exactly(office: Office) -> None:
    office.apply(SAMPLE)
    assert office.rows("select name, email from app.partners order by name") == [
        ("Acme Introductions", "ops@acme.example"),
        ("Bolt", None),
    ]
    assert office.rows("select chain_id, minimum_payout_native::text from app.partner_minimum_payouts order by 1") == [
        ("ethereum", "0.100000000000000000"),
        ("solana", "1.500000000000000000"),
    ]
    wallets = "select address, kind, valid_from::text, valid_until::text, origin from app.partner_wallets order by 1"
    assert office.rows(wallets) == [
        (WITHDRAWAL.lower(), "withdrawal_address", "2026-01-01 00:00:00.000001+00", None, "FILE"),
        (WITHDRAWER, "withdrawer", "2026-01-01 00:00:00+00", None, "FILE"),
        (STAKE, "stake_account", "2026-01-01 00:00:00+00", "2026-06-01 00:00:00+00", "FILE"),
    ]
    terms = """
        select agreements.name, agreement_version, effective_from::text, effective_until::text, stacking,
            allocation_mode, pool, basis, net_costs, negative_policy, clawback_months
        from app.agreement_versions inner join app.agreements as agreements using (agreement_id) order by 1, 2
    """
    new_year, march, next_year = "2026-01-01 00:00:00+00", "2026-03-01 00:00:00+00", "2027-01-01 00:00:00+00"
    net = ("NET", ["VOTE_COSTS", "INFRA_COSTS"], "CARRY_FORWARD", 12)
    assert office.rows(terms) == [
        ("Acme 2026", 1, new_year, next_year, "EXCLUSIVE", "INDEPENDENT", None, *net),
        ("Acme rewards", 1, new_year, march, "ADDITIVE", "INDEPENDENT", None, "GROSS", [], "PASS_THROUGH", None),
        ("Acme rewards", 2, march, None, "EXCLUSIVE", "INDEPENDENT", None, "GROSS", [], "PASS_THROUGH", None),
        ("Pool", 1, new_year, None, "EXCLUSIVE", "POOL_SPLIT", "house", "GROSS", [], "PASS_THROUGH", None),
    ]
    rules = """
        select agreements.name, rule_number, rule_key, rule_order, chain_id, validator_key, revenue_component,
            attribution_method, base_source, commission_rate_bps, tier_mode, tier_basis, floor_amount_native::text,
            cap_amount_native::text
        from app.agreement_rules inner join app.agreement_versions using (version_id)
        inner join app.agreements as agreements using (agreement_id) order by 1, 2
    """
    none = (None, None, None, None)
    limits = ("MARGINAL", "PERIOD", "0.100000000000000000", "5.000000000000000000")
    of_clients, whole = ("COMMISSION", "CLIENT_REVENUE"), ("ALL", "FIXED_SHARE")
    assert office.rows(rules) == [
        ("Acme 2026", 1, None, 1, "solana", None, *of_clients, "VALIDATOR_REVENUE", 1000, *none),
        ("Acme 2026", 2, "tips", 7, "solana", VOTE, "MEV_TIPS", "STAKE_WEIGHT", "VALIDATOR_REVENUE", None, *limits),
        ("Acme rewards", 1, None, 1, "solana", None, *of_clients, "CLIENT_REWARDS", 10, *none),
        ("Acme rewards", 2, None, 2, "ethereum", PUBLIC_KEY.lower(), *whole, "VALIDATOR_REVENUE", 0, *none),
        ("Pool", 1, None, 1, None, None, *whole, "VALIDATOR_REVENUE", 10000, *none),
    ]
    tiers = "select from_native::text, commission_rate_bps from app.agreement_rule_tiers order by from_native"
    assert office.rows(tiers) == [("0.000000000000000000", 500), ("10.000000000000000000", 700)]
    assert office.rows("select status, effective_from::text from app.agreement_statuses order by 2") == [
        ("ACTIVE", "2026-01-01 00:00:00+00"),
        ("SUSPENDED", "2026-09-01 00:00:00+00"),
    ]


def test_applying_twice_changes_no_row_anywhere(office: Office) -> None:
    assert office.apply(SAMPLE).lines
    before = office.everything()
    again = office.apply(SAMPLE, actor="bob")
    assert (again.lines, again.notes) == ((), ())
    assert office.everything() == before


def test_a_dry_run_says_what_an_apply_does_and_writes_nothing(office: Office) -> None:
    before = office.everything()
    said = office.diff(SAMPLE)
    assert office.everything() == before
    assert office.apply(SAMPLE) == said
    text = "\n".join(said.lines)
    for part in (
        "Acme Introductions: new partner",
        "email: none -> ops@acme.example",
        "minimum payout on solana: none -> 1.5",
        f"+ wallet solana withdrawer {WITHDRAWER} from 2026-01-01T00:00:00Z",
        "+ version 1 from 2026-01-01T00:00:00Z until 2027-01-01T00:00:00Z: EXCLUSIVE, INDEPENDENT,"
        " NET of VOTE_COSTS, INFRA_COSTS, CARRY_FORWARD, clawback 12 months",
        "MARGINAL per PERIOD [0: 500 bps, 10: 700 bps], at least 0.1, at most 5, key tips",
        "+ status SUSPENDED from 2026-09-01T00:00:00Z",
    ):
        assert part in text


def test_a_new_version_ends_the_open_one_before_it(office: Office) -> None:
    """A05: the row in force is superseded, its terms are recorded anew until the amendment, the new ones from it."""
    office.apply(versions("2025-01-01 500"))
    office.apply(versions("2025-01-01 500", "2025-02-01 600"))
    assert office.rows(VERSIONS) == [
        (1, "2025-01-01", None, 500, False),
        (2, "2025-01-01", "2025-02-01", 500, True),
        (3, "2025-02-01", None, 600, True),
    ]
    assert office.apply(versions("2025-01-01 2025-02-01 500", "2025-02-01 600")).is_empty
    [superseded] = office.rows("select superseded_at from app.agreement_versions where agreement_version = 1")
    [recorded] = office.rows("select recorded_at from app.agreement_versions where agreement_version = 2")
    assert superseded == recorded


def test_versions_may_stand_in_any_order(office: Office) -> None:
    office.apply(versions("2025-02-01 600", "2025-01-01 500"))
    assert office.apply(versions("2025-01-01 500", "2025-02-01 600")).is_empty


def test_terms_that_stay_are_left_alone_when_others_change(office: Office) -> None:
    office.apply(versions("2025-01-01 2025-02-01 500", "2025-02-01 600"))
    office.apply(versions("2025-01-01 2025-02-01 500", "2025-02-01 700"))
    assert [row[3:] for row in office.rows(VERSIONS)] == [(500, True), (600, False), (700, True)]


def test_a_version_that_is_no_longer_listed_is_superseded(office: Office) -> None:
    office.apply(versions("2025-01-01 2025-02-01 500", "2025-02-01 600"))
    office.apply(versions("2025-02-01 600"))
    assert [row[4] for row in office.rows(VERSIONS)] == [False, True]


def test_terms_can_come_back(office: Office) -> None:
    for rate in (500, 600, 500):
        office.apply(versions(f"2025-01-01 {rate}"))
    assert [(row[0], row[3], row[4]) for row in office.rows(VERSIONS)] == [
        (1, 500, False),
        (2, 600, False),
        (3, 500, True),
    ]


def test_what_a_file_does_not_name_is_left_as_it_is(office: Office) -> None:
    office.apply(SAMPLE)
    before = office.everything()
    assert office.apply("partners: [{name: Acme Introductions}]\n").is_empty
    assert office.apply("partners: []\n").is_empty
    other = "partners: [{name: Acme Introductions, agreements: []}]\n"
    assert office.apply(other).is_empty, "an agreement ends by its terms or its status, not by being left out"
    assert office.everything() == before


def test_what_a_file_names_empty_is_taken_away(office: Office) -> None:
    office.apply(SAMPLE)
    office.apply(
        'partners: [{name: Acme Introductions, email: "", minimum_payout: {}, wallets: [],'
        " agreements: [{name: Acme 2026, statuses: [], versions: []}]}]\n"
    )
    assert office.rows("select email from app.partners where name like 'Acme%'") == [(None,)]
    for table in ("partner_minimum_payouts", "partner_wallets", "agreement_statuses"):
        assert office.rows(f"select count(*) from app.{table} where superseded_at is null") == [(0,)], table


def test_statuses_and_payouts_change_one_by_one(office: Office) -> None:
    office.apply(SAMPLE)
    text = SAMPLE.replace("status: SUSPENDED", "status: TERMINATED").replace('solana: "1.5"', 'solana: "2"')
    office.apply(text)
    assert office.rows("select status, superseded_at is null from app.agreement_statuses order by recorded_at, 1") == [
        ("ACTIVE", True),
        ("SUSPENDED", False),
        ("TERMINATED", True),
    ]
    payouts = "select chain_id, minimum_payout_native::float, superseded_at is null from app.partner_minimum_payouts"
    assert sorted(office.rows(payouts)) == [("ethereum", 0.1, True), ("solana", 1.5, False), ("solana", 2.0, True)]


def test_a_wallet_moves_between_two_partners_of_a_file(office: Office) -> None:
    office.apply(file_of(partner("A", f"{VOTE} withdrawer 2024-01-01"), partner("B")))
    moved = file_of(
        partner("B", f"{VOTE} withdrawer 2025-01-16"), partner("A", f"{VOTE} withdrawer 2024-01-01 2025-01-16")
    )
    said = "\n".join(office.diff(moved).lines)
    assert f"- wallet solana withdrawer {VOTE} from 2024-01-01T00:00:00Z\n" in said
    assert f"+ wallet solana withdrawer {VOTE} from 2024-01-01T00:00:00Z until 2025-01-16T00:00:00Z" in said
    office.apply(moved)
    assert office.rows(WALLETS) == [
        ("A", VOTE, "2024-01-01", None, False),
        ("A", VOTE, "2024-01-01", "2025-01-16", True),
        ("B", VOTE, "2025-01-16", None, True),
    ]


def test_a_wallet_that_another_partner_has_is_refused_with_the_partner_and_the_line(office: Office) -> None:
    office.apply(file_of(partner("A", f"{VOTE} withdrawer 2024-01-01 2025-01-16")))
    text = file_of(partner("B", f"{OTHER_VOTE} withdrawer 2024-01-01", f"{VOTE} stake_account 2025-01-15"))
    before = office.everything()
    for call in (office.apply, office.diff):
        with pytest.raises(InputError, match=rf"agreements\.yaml:5: .*WALLET_OVERLAP: {VOTE} is A's in that time"):
            call(text)
    assert office.everything() == before
    office.apply(file_of(partner("B", f"{VOTE} stake_account 2025-01-16")))


def test_wallets_from_csv_stay_unless_the_file_names_their_address(office: Office) -> None:
    office.apply(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01")))
    office.execute(
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)"
        " select partner_id, 'solana', unnest(array[%s, %s]), 'stake_account', '2026-01-01' from app.partners",
        STAKE,
        OTHER_STAKE,
    )
    said = office.apply(file_of(partner("A", f"{STAKE} stake_account 2026-01-01 2026-02-01")))
    assert said.notes == ("A: wallets from CSV that the file does not list, and that stay: 1",)
    assert set(office.rows(WALLETS)) == {
        ("A", OTHER_STAKE, "2026-01-01", None, True),
        ("A", STAKE, "2026-01-01", "2026-02-01", True),
        ("A", STAKE, "2026-01-01", None, False),
        ("A", VOTE, "2026-01-01", None, False),
    }


def test_a_failure_half_way_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.apply(SAMPLE)
    before = office.everything()
    office.execute("alter table app.agreement_statuses add constraint not_now check (status <> 'TERMINATED') not valid")
    with pytest.raises(Exception, match="not_now"):
        office.apply(SAMPLE.replace("SUSPENDED", "TERMINATED").replace("ops@", "x@").replace("500}", "600}"))
    assert office.everything() == before


def test_each_change_has_an_audit_entry_with_its_actor_and_states(office: Office) -> None:
    office.apply(versions("2025-01-01 500").replace("name: Acme\n", "name: Acme\n    email: a@b.c\n"))
    office.apply(versions("2025-01-01 600").replace("name: Acme\n", "name: Acme\n    email: d@b.c\n"), actor="bob")
    assert audited(office) == [
        "partner.created",
        "agreement.created",
        "agreement_version.recorded",
        "agreement_version.superseded",
        "partner.changed",
        "agreement_version.recorded",
    ]
    entries = office.rows("select actor, state_before, state_after from app.audit_log order by entry_number")
    assert [row[0] for row in entries] == ["ada"] * 3 + ["bob"] * 3
    assert entries[4][1:] == ({"name": "Acme", "email": "a@b.c"}, {"name": "Acme", "email": "d@b.c"})
    [superseded, recorded] = entries[3][1], entries[5][2]
    assert [state["rules"][0]["commission_rate_bps"] for state in (superseded, recorded)] == [500, 600]
    assert (superseded["agreement_version"], recorded["agreement_version"]) == (1, 2)
    with connect(office.url) as connection:
        assert verify(connection).is_whole


def test_two_applies_at_once_wait_for_each_other(office: Office) -> None:
    office.apply(versions("2025-01-01 1"))
    failures: list[BaseException] = []
    files = [office.file(versions(f"2025-01-01 {rate}"), name=f"{rate}.yaml") for rate in range(2, 8)]

    def run(number: int) -> None:
        try:
            apply_file(office.url, files[number], office.registry, actor="ada")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    rows = office.rows(VERSIONS)
    assert [row[0] for row in rows] == list(range(1, 8))
    assert [row[4] for row in rows] == [False] * 6 + [True]
