"""What a change touches: whose lines are computed anew, and for which periods; written by triggers, whoever changes."""

from __future__ import annotations

import pytest

from aurora.warehouse.connection import connect
from tests.agreements.conftest import Office
from tests.agreements.samples import OTHER_VOTE, STAKE, VOTE, file_of, partner, versions

TOUCHES = """
    select name, chain_id, to_char(touches.effective_from, 'YYYY-MM-DD'),
        to_char(touches.effective_until, 'YYYY-MM-DD'), period_id, touches.effective_from = '-infinity'
    from app.touched_agreements as touches inner join app.agreements using (agreement_id)
    where touches.xid::text::bigint >= %s
"""

BOOKS = """
partners:
  - name: A
    agreements: [{name: of A, versions: [{effective_from: 2026-01-01T00:00:00Z, rules: []}]}]
  - name: B
    agreements: [{name: of B, versions: [{effective_from: 2026-01-01T00:00:00Z, rules: []}]}]
"""


@pytest.fixture
def books(office: Office) -> Office:
    office.apply(BOOKS)
    return office


class Mark:
    """What was touched since."""

    def __init__(self, office: Office) -> None:
        self.office = office
        [(self.xid,)] = office.rows("select pg_current_xact_id()::text::bigint")

    def touched(self) -> set[tuple[object, ...]]:
        return {
            (name, chain, "ever" if always else start, end, period)
            for name, chain, start, end, period, always in self.office.rows(TOUCHES, self.xid)
        }


def test_a_version_touches_its_agreement_for_its_time(office: Office) -> None:
    mark = Mark(office)
    office.apply(versions("2025-01-01 500"))
    assert mark.touched() == {("A", None, "2025-01-01", None, None)}
    mark = Mark(office)
    office.apply(versions("2025-01-01 500", "2025-02-01 600"))
    assert mark.touched() == {("A", None, "2025-01-01", None, None), ("A", None, "2025-02-01", None, None)}
    mark = Mark(office)
    office.apply(versions("2025-01-01 500", "2025-02-01 600"))
    assert mark.touched() == set()


def test_a_version_that_ends_touches_the_gap_behind_it_up_to_the_next_one(books: Office) -> None:
    first = "effective_from: 2026-01-01T00:00:00Z"
    mark = Mark(books)
    ended = BOOKS.replace(first, f"{first}, effective_until: 2026-02-01T00:00:00Z", 1)
    books.apply(ended)
    assert mark.touched() == {("of A", None, "2026-01-01", None, None)}
    books.apply(ended.replace("rules: []}]", "rules: []}, {effective_from: 2026-03-01T00:00:00Z, rules: []}]", 1))
    mark = Mark(books)
    books.execute(
        "update app.agreement_versions set superseded_at = now() where superseded_at is null and effective_until ="
        " '2026-02-01T00:00:00Z'"
    )
    assert mark.touched() == {("of A", None, "2026-01-01", "2026-03-01", None)}


def test_a_version_in_a_pool_touches_whoever_shares_it(office: Office) -> None:
    text = """
partners:
  - name: A
    agreements:
      - {{name: of A, versions: [{{effective_from: 2026-01-01T00:00:00Z, allocation_mode: POOL_SPLIT, pool: p, rules: [
          {{revenue_component: ALL, attribution_method: FIXED_SHARE, commission_rate_bps: {rate}}}]}}]}}
      - {{name: other of A, versions: [{{effective_from: 2026-01-01T00:00:00Z, rules: []}}]}}
  - name: B
    agreements:
      - {{name: of B, versions: [{{effective_from: 2026-01-01T00:00:00Z, allocation_mode: POOL_SPLIT, pool: p, rules: [
          {{revenue_component: ALL, attribution_method: FIXED_SHARE, commission_rate_bps: 5000}}]}}]}}
"""
    office.apply(text.format(rate=5000))
    mark = Mark(office)
    office.apply(text.format(rate=4000))
    assert {row[0] for row in mark.touched()} == {"of A", "of B"}
    mark = Mark(office)
    office.execute(
        "insert into app.agreement_statuses (agreement_id, status, effective_from)"
        " select agreement_id, 'SUSPENDED', '2026-05-01' from app.agreements where name = 'of B'"
    )
    assert {row[0] for row in mark.touched()} == {"of A", "of B"}


def test_a_status_touches_from_its_beginning_and_the_first_one_touches_all_before(books: Office) -> None:
    text = BOOKS.replace("name: of A, ", "name: of A, statuses: [{status: ACTIVE, from: 2026-02-01T00:00:00Z}], ")
    mark = Mark(books)
    books.apply(text)
    assert mark.touched() == {("of A", None, "ever", None, None)}, "before its first status an agreement is a draft"
    mark = Mark(books)
    books.apply(text.replace("}], ", "}, {status: SUSPENDED, from: 2026-03-01T00:00:00Z}], "))
    assert mark.touched() == {("of A", None, "2026-03-01", None, None)}


def test_a_wallet_touches_its_partners_agreements_on_its_chain_for_its_time(books: Office) -> None:
    mark = Mark(books)
    books.apply(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01 2026-06-01")))
    assert mark.touched() == {("of A", "solana", "2026-01-01", "2026-06-01", None)}
    mark = Mark(books)
    books.apply(file_of(partner("A")))
    assert mark.touched() == {("of A", "solana", "2026-01-01", "2026-06-01", None)}


def test_a_stake_account_touches_whoever_has_a_withdraw_authority(books: Office) -> None:
    books.apply(file_of(partner("B", f"{OTHER_VOTE} withdrawer 2026-01-01")))
    mark = Mark(books)
    books.apply(file_of(partner("A", f"{STAKE} stake_account 2026-02-01")))
    assert mark.touched() == {
        ("of A", "solana", "2026-02-01", None, None),
        ("of B", "solana", "2026-02-01", None, None),
    }


def test_an_override_touches_its_period_alone(books: Office) -> None:
    mark = Mark(books)
    books.execute(
        "insert into app.commission_overrides (agreement_id, rule_key, chain_id, period_id, validator_key,"
        " revenue_component, override_amount_native, reason, recorded_by)"
        " select agreement_id, 'k', 'solana', 840, 'v', 'MEV_TIPS', 1, 'r', 'ada' from app.agreements"
        " where name = 'of A'"
    )
    assert mark.touched() == {("of A", "solana", "ever", None, 840)}


def test_costs_and_acceptances_touch_their_periods_where_there_is_a_warehouse(books: Office) -> None:
    cost = (
        "insert into app.operating_costs (chain_id, validator_key, period_id, line_type, amount_native)"
        " values ('solana', 'v', %s, 'INFRA_COSTS', 1)"
    )
    books.execute(cost, 840)
    with connect(books.url) as connection:
        connection.execute("create schema ops")
        connection.execute(
            "create table ops.touched_periods (chain_id text not null, data_type text not null,"
            " period_id bigint not null, run_id text not null, xid xid8 not null default pg_current_xact_id())"
        )
    books.execute(cost, 841)
    books.execute("update app.operating_costs set superseded_at = now() where period_id = 840")
    books.execute(
        "insert into app.reconciliation_acceptances (chain_id, period_id, validator_key, metric, provider_a,"
        " provider_b, value_a, value_b, reason, recorded_by) values ('solana', 842, 'v', 'm', 'a', 'b', 1, 2, 'r', 'a')"
    )
    assert books.rows("select chain_id, data_type, period_id from ops.touched_periods order by period_id") == [
        ("solana", "COSTS", 840),
        ("solana", "COSTS", 841),
        ("solana", "RECONCILIATION", 842),
    ]
