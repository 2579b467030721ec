"""Every move of a statement: the legal ones, and that each other one is refused and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest

from api.audit.service import verify as verify_audit
from api.statements import lifecycle
from api.statements.models import Reference, StatementError
from aurora.warehouse.connection import connect
from tests.statements.desk import Cell, Desk

pytestmark = pytest.mark.slow

MONTH = "2025-01"
PATHS = {
    "DRAFT": (),
    "PENDING_APPROVAL": ("submit",),
    "APPROVED": ("submit", "approve"),
    "RELEASED": ("submit", "approve", "release"),
    "PAID": ("submit", "approve", "release", "pay"),
    "VOID": ("void",),
}
LEGAL = {
    ("DRAFT", "submit"): "PENDING_APPROVAL",
    ("PENDING_APPROVAL", "approve"): "APPROVED",
    ("APPROVED", "release"): "RELEASED",
    ("RELEASED", "pay"): "PAID",
    ("DRAFT", "void"): "VOID",
    ("PENDING_APPROVAL", "void"): "VOID",
    ("APPROVED", "void"): "VOID",
}
MOVES = ("submit", "approve", "release", "pay", "void")

_TOUCH = "insert into ops.touched_periods (chain_id, data_type, period_id, run_id) values ('{}', 'FEES', {}, 'r')"
_ANOTHER_LINE = """
    insert into app.statement_lines (
        statement_id, line_number, line_kind, line_id, agreement_id, rule_key, chain_id, period_id, validator_key,
        revenue_component, amount_native
    )
    select
        statement_id, 2, 'LINE', 'another', agreement_id, rule_key, chain_id, period_id, validator_key,
        revenue_component, 1
    from app.statement_lines
"""


def _refused(move: Callable[[], object]) -> str:
    with pytest.raises(StatementError) as refused:
        move()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def _bring(desk: Desk, status: str) -> None:
    desk.compute({202501: 1000})
    for move in PATHS[status]:
        getattr(desk, move)(MONTH)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("status", PATHS)
def test_a_move_is_legal_or_refused_and_changes_nothing(desk: Desk, status: str, move: str) -> None:
    _bring(desk, status)
    before = desk.statements()
    entries = desk.warehouse.value("select count(*) from app.audit_log")
    expected = LEGAL.get((status, move))
    if expected is None:
        said = _refused(lambda: getattr(desk, move)(MONTH))
        assert all(word in said for word in ("statement 2025-01 of Acme on solana", status, "only one that is"))
        assert desk.statements() == before
        assert desk.warehouse.value("select count(*) from app.audit_log") == entries
    else:
        assert getattr(desk, move)(MONTH).status == expected
        assert desk.statement(MONTH)["status"] == expected
        assert desk.warehouse.value("select count(*) from app.audit_log") == entries + 1


def test_every_move_is_in_the_audit_log_with_the_state_before_and_after(desk: Desk) -> None:
    _bring(desk, "PAID")
    rows = desk.warehouse.rows("select * from app.audit_log order by entry_number")
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("ann", "statement.submit"),
        ("ben", "statement.approve"),
        ("cay", "statement.release"),
        ("cay", "statement.pay"),
    ]
    assert {row["subject_id"] for row in rows} == {desk.statement(MONTH)["statement_id"]}
    states = [(row["state_before"]["status"], row["state_after"]["status"]) for row in rows]
    assert states == [
        ("DRAFT", "PENDING_APPROVAL"),
        ("PENDING_APPROVAL", "APPROVED"),
        ("APPROVED", "RELEASED"),
        ("RELEASED", "PAID"),
    ]
    assert rows[1]["state_after"]["total_commission_native"] == "0.000001000000000000"
    with connect(desk.warehouse.url) as connection:
        assert verify_audit(connection).is_whole


def test_months_are_approved_in_order(desk: Desk) -> None:
    desk.compute({202501: 1, 202502: 2})
    desk.submit("2025-02")
    said = _refused(lambda: desk.approve("2025-02"))
    assert "2025-01 is not approved yet" in said
    desk.freeze("2025-01")
    desk.approve("2025-02")


def test_a_void_month_holds_up_the_later_ones_until_its_next_revision_is_approved(desk: Desk) -> None:
    desk.compute({202501: 1, 202502: 2})
    desk.submit("2025-02")
    desk.void("2025-01")
    assert "2025-01 is not approved yet" in _refused(lambda: desk.approve("2025-02"))
    assert "VOID" in _refused(lambda: desk.submit("2025-01"))
    desk.build()
    assert "2025-01 is not approved yet" in _refused(lambda: desk.approve("2025-02"))
    desk.freeze("2025-01")
    desk.approve("2025-02")


def test_a_month_that_a_later_frozen_one_rests_on_is_not_voided(desk: Desk) -> None:
    desk.compute({202501: 1, 202502: 2})
    desk.freeze("2025-01", "2025-02")
    said = _refused(lambda: desk.void("2025-01"))
    assert "2025-02 is APPROVED and rests on it" in said
    desk.void("2025-02")
    desk.void("2025-01")


def test_other_partners_and_chains_do_not_hold_up_a_month(desk: Desk) -> None:
    from tests.statements.desk import OTHER_AGREEMENT

    desk.compute({202502: 1, Cell(202501, agreement=OTHER_AGREEMENT): 5})
    desk.freeze("2025-02")


def test_a_month_that_is_not_over_is_refused(desk: Desk) -> None:
    now = datetime.now(UTC)
    this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    desk.period(7, f"{this_month:%Y-%m-%dT00:00:00Z}", f"{this_month:%Y-%m-%dT00:00:01Z}")
    desk.compute({7: 1})
    assert "the month is not over" in _refused(lambda: desk.submit(f"{now:%Y-%m}"))


def test_a_period_that_is_not_final_is_refused_and_named(desk: Desk) -> None:
    desk.period(7, "2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z", is_finalized=False)
    desk.compute({7: 1})
    said = _refused(lambda: desk.submit(MONTH))
    assert "NOT_FINALIZED in period 7 (the period is not final)" in said


def test_a_cell_that_is_not_complete_is_refused_and_named(desk: Desk) -> None:
    desk.execute(
        "insert into computation.validator_revenue (chain_id, period_id, validator_key, is_finalized, is_complete,"
        " missing_data_types) values ('solana', 202501, 'Vote1', true, false, '{FEES,MEV}')"
    )
    desk.compute({202501: 1})
    assert "MISSING_DATA in period 202501, validator Vote1 (not answered: FEES, MEV)" in _refused(
        lambda: desk.submit(MONTH)
    )


@pytest.mark.parametrize(
    "code",
    [
        "MISSING_DATA",
        "RECON_BREAK",
        "STAKERS_INCOMPLETE",
        "WEIGHT_GT_ONE",
        "POOL_OVER_ALLOCATED",
        "POOL_SPLIT_NOT_WHOLE",
        "OVERRIDE_STALE",
    ],
)
def test_a_blocking_diagnostic_is_refused_and_named(desk: Desk, code: str) -> None:
    desk.diagnose(code, 202501)
    desk.compute({202501: 1})
    assert f"{code} in period 202501, validator Vote1" in _refused(lambda: desk.submit(MONTH))


def test_a_diagnostic_that_blocks_nothing_blocks_nothing(desk: Desk) -> None:
    desk.diagnose("STAKE_MISMATCH", 202501, blocks=False)
    desk.compute({202501: 1})
    desk.freeze(MONTH)


def test_a_diagnostic_of_another_month_blocks_only_that_one(desk: Desk) -> None:
    desk.diagnose("RECON_BREAK", 202502)
    desk.compute({202501: 1, 202502: 1})
    desk.freeze(MONTH)
    assert "RECON_BREAK" in _refused(lambda: desk.submit("2025-02"))


def test_a_diagnostic_about_what_is_corrected_blocks_the_correction(desk: Desk) -> None:
    desk.compute({202501: 1})
    desk.freeze(MONTH)
    desk.diagnose("RECON_BREAK", 202501)
    desk.compute({202501: 2})
    assert "RECON_BREAK in period 202501" in _refused(lambda: desk.submit("2025-02"))


def test_a_month_of_which_everything_is_withheld_has_a_statement_that_says_so_and_is_not_passed_over(
    desk: Desk,
) -> None:
    desk.compute({202501: 1, 202502: 1, 202503: 1})
    desk.freeze(MONTH)
    desk.diagnose("MISSING_DATA", 202502)
    desk.compute({202501: 1, 202503: 1}, with_tests=True)
    february = desk.statement("2025-02")
    assert (february["status"], february["line_count"], february["is_approvable"]) == ("DRAFT", 0, False)
    assert "MISSING_DATA in period 202502, validator Vote1" in _refused(lambda: desk.submit("2025-02"))
    desk.submit("2025-03")
    assert "2025-02 is not approved yet" in _refused(lambda: desk.approve("2025-03"))


def test_a_diagnostic_that_comes_after_the_submission_stops_the_approval(desk: Desk) -> None:
    desk.compute({202501: 1})
    desk.submit(MONTH)
    desk.diagnose("OVERRIDE_STALE", 202501)
    desk.build()
    assert "OVERRIDE_STALE" in _refused(lambda: desk.approve(MONTH))
    assert desk.statement(MONTH)["status"] == "PENDING_APPROVAL"


def test_an_approval_of_what_was_not_submitted_is_refused_and_the_statement_is_a_draft_again(desk: Desk) -> None:
    desk.compute({202501: 1000})
    desk.submit(MONTH)
    # A build that nobody told the service about.
    desk.execute("update computation.statement_draft_lines set amount_native = amount_native + 0.000000001")
    assert "it is a DRAFT again" in _refused(lambda: desk.approve(MONTH))
    assert desk.statement(MONTH)["status"] == "DRAFT"
    assert desk.warehouse.value("select count(*) from app.statement_lines") == 0


def test_a_draft_that_was_computed_before_another_was_voided_is_refused(desk: Desk) -> None:
    desk.compute({202501: 60, 202502: 2})
    desk.execute(
        "insert into app.partner_minimum_payouts (partner_id, chain_id, minimum_payout_native)"
        " select partner_id, 'solana', 1 from app.partners where name = 'Acme'"
    )
    desk.build()
    desk.freeze(MONTH)
    desk.submit("2025-02")
    desk.execute("update computation.statement_drafts set carried_native = 5 where statement_month = '2025-02-01'")
    said = _refused(lambda: desk.approve("2025-02"))
    assert "DRAFT again" in said


@pytest.mark.parametrize(
    "change",
    [
        _TOUCH.format("solana", 202501),
        "insert into app.agreement_statuses (agreement_id, status, effective_from)"
        " select agreement_id, 'ACTIVE', '2024-01-01' from app.agreements where name = 'Acme 2025'",
    ],
)
def test_what_came_in_since_the_transform_is_computed_before_anything_is_approved(desk: Desk, change: str) -> None:
    desk.compute({202501: 1000})
    desk.submit(MONTH)
    desk.execute(change)
    assert "since it was computed; run `aurora transform`" in _refused(lambda: desk.approve(MONTH))
    assert desk.statement(MONTH)["status"] == "PENDING_APPROVAL"
    desk.build()
    desk.approve(MONTH)


@pytest.mark.parametrize(
    "change",
    [
        _TOUCH.format("solana", 202502),
        _TOUCH.format("other", 202501),
        "insert into app.agreement_statuses (agreement_id, status, effective_from)"
        " select agreement_id, 'ACTIVE', '2024-01-01' from app.agreements where name = 'Bolt 2025'",
    ],
)
def test_what_came_in_for_others_holds_nothing_up(desk: Desk, change: str) -> None:
    desk.compute({202501: 1000})
    desk.submit(MONTH)
    desk.execute(change)
    desk.approve(MONTH)


def test_the_same_person_may_approve_and_release_unless_two_are_asked_for(desk: Desk) -> None:
    _bring(desk, "APPROVED")
    said = _refused(lambda: desk.release(MONTH, actor="ben", two_person=True))
    assert "ben" in said
    assert "AURORA_TWO_PERSON_RELEASE" in said
    desk.release(MONTH, actor="cay", two_person=True)


def test_reasons_references_and_actors_are_asked_for(desk: Desk) -> None:
    _bring(desk, "RELEASED")
    assert "--reference" in _refused(lambda: desk.pay(MONTH, reference=" "))
    assert "--reason" in _refused(lambda: desk.void(MONTH, reason=""))
    assert "--actor" in _refused(lambda: desk.pay(MONTH, actor=" "))


@pytest.mark.parametrize(
    "reference",
    [
        Reference(),
        Reference(partner="Acme", chain_id="solana"),
        Reference(statement_id="no such"),
        Reference(statement_id="\0"),
    ],
)
def test_a_statement_that_is_not_named_or_not_there_is_refused(desk: Desk, reference: Reference) -> None:
    desk.compute({202501: 1})
    _refused(lambda: lifecycle.submit(desk.warehouse.url, reference, actor="ann"))


@pytest.mark.parametrize(
    "change",
    [
        "update app.statement_lines set amount_native = 0",
        "delete from app.statement_lines",
        "truncate app.statement_lines",
        _ANOTHER_LINE,
        "update app.statements set total_commission_native = 0, lines_native = 0, payout_native = 0",
        "update app.statements set content_hash = repeat('0', 64)",
        "update app.statements set approved_by = 'somebody else'",
        "update app.statements set status = 'DRAFT'",
        "update app.statements set status = 'PENDING_APPROVAL'",
        "delete from app.statements",
        "truncate app.statements cascade",
    ],
)
def test_a_frozen_statement_is_not_changed_by_anybody(desk: Desk, change: str) -> None:
    _bring(desk, "APPROVED")
    before = (desk.statements(), desk.lines(MONTH))
    with pytest.raises(psycopg.errors.RestrictViolation):
        desk.execute(change)
    desk.compute({202501: 5})
    assert (desk.statements()[MONTH, 1], desk.lines(MONTH)) == (before[0][MONTH, 1], before[1])


def test_who_released_and_paid_is_recorded_once(desk: Desk) -> None:
    _bring(desk, "PAID")
    for column in ("released_by", "payment_reference"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            desk.execute(f"update app.statements set {column} = 'another'")


def test_what_was_approved_can_be_verified_later(desk: Desk) -> None:
    desk.compute({202501: 1000, Cell(202501, "Vote2"): -3})
    desk.freeze(MONTH)
    desk.compute({202501: 1001})
    desk.freeze("2025-02")
    checked = lifecycle.verify(desk.warehouse.url)
    assert [one.holds for one in checked] == [True, True]
    desk.execute("alter table app.statement_lines disable trigger all")
    desk.execute("update app.statement_lines set amount_native = 0.000001002 where line_number = 1")
    assert [one.holds for one in lifecycle.verify(desk.warehouse.url)] == [False, False]
    assert [one.holds for one in lifecycle.verify(desk.warehouse.url, desk.reference(MONTH))] == [False]


def test_a_draft_has_nothing_to_verify(desk: Desk) -> None:
    desk.compute({202501: 1000})
    assert "never approved" in _refused(lambda: lifecycle.verify(desk.warehouse.url, desk.reference(MONTH)))


def test_a_statement_without_lines_any_more_can_still_be_approved(desk: Desk) -> None:
    desk.compute({202501: 1000})
    desk.submit(MONTH)
    desk.compute({202502: 1}, with_tests=True)
    assert (desk.statement(MONTH)["status"], desk.statement(MONTH)["line_count"]) == ("DRAFT", 0)
    desk.freeze(MONTH, "2025-02")
