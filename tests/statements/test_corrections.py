"""What a frozen statement says never changes; what is computed differently afterwards is an adjustment, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.shared_files import shared_path
from tests.statements.desk import AGREEMENT, PARTNER, VALIDATOR, Cell, Desk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def vectors() -> dict[str, dict[str, Any]]:
    document = json.loads(shared_path("vectors/commissions.json").read_text())
    return {vector["id"]: vector for vector in document["vectors"]}


def _share(amount: str, rate_bps: str) -> int:
    return int(amount) * int(rate_bps) // 10000


def test_r01_a_correction_is_adjusted_once_and_again_when_it_is_corrected_again(
    desk: Desk, vectors: dict[str, dict[str, Any]]
) -> None:
    given, expected = vectors["R01"]["inputs"], vectors["R01"]["expected"]
    desk.compute({202501: _share(given["first"], given["rate_bps"])})
    desk.freeze("2025-01")
    [stated] = desk.lines("2025-01")
    assert stated["amount"] == int(expected["stated"])

    desk.compute({202501: _share(given["corrected"], given["rate_bps"])}, with_tests=True)
    [first] = desk.adjustments()
    assert (first["amount"], first["adjustment_type"]) == (int(expected["adjustment_1"]), "ADJUSTMENT")
    assert first["corrects_line_id"] == stated["line_id"]
    assert first["posted_statement_id"] == desk.statement("2025-02")["statement_id"]
    assert desk.lines("2025-01") == [stated]

    desk.freeze("2025-02")
    desk.build(with_tests=True)
    assert desk.adjustments(frozen=False) == []
    assert int(expected["rerun_adjustment"]) == 0

    desk.compute({202501: _share(given["corrected_again"], given["rate_bps"])}, with_tests=True)
    [second] = desk.adjustments(frozen=False)
    assert second["amount"] == int(expected["adjustment_2"])
    assert second["posted_month"].isoformat() == "2025-03-01"
    desk.freeze("2025-03")
    totals = [statement["total_commission"] for statement in desk.statements().values()]
    assert sum(totals) == int(expected["sum_stated"]) == _share(given["corrected_again"], given["rate_bps"])


def test_r02_a_correction_before_approval_changes_the_line_itself(
    desk: Desk, vectors: dict[str, dict[str, Any]]
) -> None:
    given, expected = vectors["R02"]["inputs"], vectors["R02"]["expected"]
    desk.compute({202501: _share(given["first"], given["rate_bps"])})
    desk.submit("2025-01")
    assert desk.statement("2025-01")["status"] == given["status"]
    desk.build()
    assert desk.statement("2025-01")["status"] == "PENDING_APPROVAL"
    desk.compute({202501: _share(given["corrected"], given["rate_bps"])}, with_tests=True)
    [line] = desk.lines("2025-01")
    assert line["amount"] == int(expected["line"])
    assert desk.adjustments() == []
    assert desk.statement("2025-01")["status"] == expected["status"]


def test_r05_late_data_of_a_period_without_a_line_is_the_whole_amount(
    desk: Desk, vectors: dict[str, dict[str, Any]]
) -> None:
    expected = vectors["R05"]["expected"]
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    late = Cell(20250102)
    desk.compute({202501: 1000, late: vectors["R05"]["inputs"]["new"]}, with_tests=True)
    [adjustment] = desk.adjustments()
    assert adjustment["amount"] == int(expected["adjustment"])
    assert adjustment["adjustment_type"] == expected["adjustment_type"]
    assert adjustment["reason_code"] == expected["reason_code"]
    assert (adjustment["period_id"], adjustment["corrects_line_id"]) == (late.period_id, None)
    assert [line["line_kind"] for line in desk.lines("2025-02")] == ["ADJUSTMENT"]


def test_late_data_of_a_month_that_had_no_statement_is_posted_after_the_frozen_one(desk: Desk) -> None:
    desk.compute({202502: 1000})
    desk.freeze("2025-02")
    desk.compute({202501: 77, 202502: 1000}, with_tests=True)
    [adjustment] = desk.adjustments()
    assert (adjustment["amount"], adjustment["reason_code"]) == (77, "LATE_DATA")
    assert adjustment["posted_month"].isoformat() == "2025-03-01"


def test_r06_a_claim_beyond_the_clawback_months_is_written_off(desk: Desk, vectors: dict[str, dict[str, Any]]) -> None:
    given, expected = vectors["R06"]["inputs"], vectors["R06"]["expected"]
    desk.execute("alter table app.agreement_versions disable trigger user")
    desk.execute("update app.agreement_versions set clawback_months = %s", int(given["clawback_months"]))
    old, recent, old_too = Cell(1), Cell(2), Cell(3)
    for cell, case in zip((old, recent, old_too), given["cases"], strict=True):
        end = f"{case['period_end']}T00:00:00Z"
        desk.period(cell.period_id, "2024-12-01T00:00:00Z", end)
    desk.compute({old: 1000, old_too: 1000, recent: 1000, 202602: 1})
    desk.freeze("2024-12", "2025-12", "2026-02")
    changed = {
        cell: 1000 + int(case["delta"]) for cell, case in zip((old, recent, old_too), given["cases"], strict=True)
    }
    desk.compute({**changed, 202602: 1}, with_tests=True)
    adjustments = desk.adjustments()
    assert {f"{one['posted_month']:%Y-%m}" for one in adjustments} == {given["posting_month"]}
    assert [one["amount"] for one in adjustments] == [int(amount) for amount in expected["amounts"]]
    assert [one["memo"] or 0 for one in adjustments] == [int(memo) for memo in expected["memo_written_off"]]
    assert [one["adjustment_type"] for one in adjustments] == ["WRITE_OFF", "ADJUSTMENT", "ADJUSTMENT"]

    # It is recorded once; while the amount stands no further one is made.
    desk.freeze("2026-03")
    desk.build(with_tests=True)
    assert desk.adjustments(frozen=False) == []
    desk.compute({**changed, old: 400, 202602: 1}, with_tests=True)
    [again] = desk.adjustments(frozen=False)
    assert (again["adjustment_type"], again["memo"], again["recomputed_amount"]) == ("WRITE_OFF", -600, 400)
    # What goes up again pays only what exceeds what was stated.
    desk.compute({**changed, old: 1100, 202602: 1}, with_tests=True)
    [up] = desk.adjustments(frozen=False)
    assert (up["adjustment_type"], up["amount"]) == ("ADJUSTMENT", 100)


def test_the_last_period_that_can_be_claimed_back_ends_when_the_months_begin(desk: Desk) -> None:
    desk.execute("alter table app.agreement_versions disable trigger user")
    desk.execute("update app.agreement_versions set clawback_months = 1")
    desk.period(1, "2024-12-28T00:00:00Z", "2024-12-31T23:59:59.999999Z")
    desk.period(2, "2024-12-28T00:00:00Z", "2025-01-01T00:00:00Z")
    desk.compute({1: 100, 2: 100, 202501: 1})
    desk.freeze("2024-12", "2025-01")
    desk.compute({1: 90, 2: 90, 202501: 1})
    assert [one["adjustment_type"] for one in desk.adjustments()] == ["WRITE_OFF", "ADJUSTMENT"]


def test_a_line_that_vanished_is_taken_back_whole(desk: Desk) -> None:
    desk.compute({202501: 1000, Cell(202501, "Vote2"): 500})
    desk.freeze("2025-01")
    desk.compute({202501: 1000}, with_tests=True)
    [adjustment] = desk.adjustments()
    assert (adjustment["validator_key"], adjustment["amount"], adjustment["recomputed_amount"]) == ("Vote2", -500, 0)


def test_a_line_that_is_not_known_any_more_is_not_taken_for_zero(desk: Desk) -> None:
    desk.compute({202501: 1000, Cell(202501, "Vote2"): 500})
    desk.freeze("2025-01")
    desk.diagnose("MISSING_DATA", 202501, validator="Vote2")
    desk.compute({202501: 1000}, with_tests=True)
    assert desk.adjustments() == []


def test_a_zero_line_that_comes_late_makes_no_adjustment(desk: Desk) -> None:
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    desk.compute({202501: 1000, Cell(202501, "Vote2"): 0}, with_tests=True)
    assert desk.adjustments() == []


def test_corrections_go_to_the_earliest_open_statement(desk: Desk) -> None:
    desk.compute({202501: 1000, 202504: 1})
    desk.freeze("2025-01")
    desk.compute({202501: 1001, 202504: 1})
    assert [f"{one['posted_month']:%Y-%m}" for one in desk.adjustments()] == ["2025-04"]
    # A month that opens before it takes them over.
    desk.compute({202501: 1001, 202503: 1, 202504: 1}, with_tests=True)
    assert [f"{one['posted_month']:%Y-%m}" for one in desk.adjustments()] == ["2025-03"]


def test_a_period_whose_end_moved_to_another_month_is_not_stated_twice(desk: Desk) -> None:
    desk.period(7, "2025-01-29T00:00:00Z", "2025-01-31T23:59:00Z")
    desk.compute({7: 1000})
    desk.freeze("2025-01")
    desk.period(7, "2025-01-29T00:00:00Z", "2025-02-01T00:01:00Z")
    desk.compute({7: 1000, 202502: 5}, with_tests=True)
    assert desk.adjustments() == []
    assert [line["period_id"] for line in desk.lines("2025-02")] == [202502]
    desk.compute({7: 1010, 202502: 5}, with_tests=True)
    assert [one["amount"] for one in desk.adjustments()] == [10]


def test_a_void_statement_states_nothing_and_its_next_revision_everything(desk: Desk) -> None:
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    desk.compute({202501: 1200})
    assert [one["amount"] for one in desk.adjustments()] == [200]
    desk.void("2025-01")
    desk.compute({202501: 1200}, with_tests=True)
    assert desk.adjustments() == []
    assert {key: one["status"] for key, one in desk.statements().items()} == {
        ("2025-01", 1): "VOID",
        ("2025-01", 2): "DRAFT",
    }
    assert desk.statement("2025-01", revision=2)["total_commission"] == 1200
    assert desk.statement("2025-01")["total_commission"] == 1000
    desk.freeze("2025-01")
    assert desk.statement("2025-01", revision=2)["status"] == "APPROVED"


def test_a05_an_amendment_of_the_past_is_an_adjustment_for_that_reason(
    desk: Desk, vectors: dict[str, dict[str, Any]]
) -> None:
    given, expected = vectors["A05"]["inputs"], vectors["A05"]["expected"]
    desk.compute({202502: given["stated"]})
    desk.freeze("2025-02")
    desk.execute(
        "update app.agreement_versions set superseded_at = now() where agreement_id = %s;".replace(
            "%s", f"'{AGREEMENT}'"
        )
        + "insert into app.agreement_versions (agreement_id, agreement_version, effective_from, effective_until) values"
        f" ('{AGREEMENT}', 2, '2024-01-01T00:00:00Z', '2025-02-01T00:00:00Z'),"
        f" ('{AGREEMENT}', 3, '2025-02-01T00:00:00Z', null)"
    )
    desk.compute({202502: _share(given["component_amount"], given["new_rate_bps"])}, with_tests=True)
    [adjustment] = desk.adjustments()
    assert adjustment["amount"] == int(expected["adjustment"])
    assert adjustment["reason_code"] == expected["reason_code"]
    assert adjustment["posted_month"].isoformat() == "2025-03-01"


def test_the_reason_is_an_override_before_anything_else(desk: Desk) -> None:
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    desk.execute(
        "insert into app.commission_overrides (agreement_id, rule_key, chain_id, period_id, validator_key,"
        " revenue_component, override_amount_native, computed_amount_native, reason, recorded_by)"
        " values (%s, 'solana/*/EXEC_FEES/FIXED_SHARE', 'solana', 202501, %s, 'EXEC_FEES', 0.000002, 0.000001,"
        " 'agreed', 'ann')",
        AGREEMENT,
        VALIDATOR,
    )
    desk.execute("update app.agreement_versions set superseded_at = now() where agreement_id = %s", AGREEMENT)
    desk.compute({202501: 2000}, with_tests=True)
    assert [one["reason_code"] for one in desk.adjustments()] == ["OVERRIDE"]


@pytest.mark.parametrize(
    ("method", "reason"), [("CLIENT_REVENUE", "MAPPING_CHANGED"), ("FIXED_SHARE", "MODEL_CHANGED")]
)
def test_a_wallet_is_a_reason_only_where_clients_matter(desk: Desk, method: str, reason: str) -> None:
    desk.methods[Cell(202501)] = method
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    desk.execute(
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)"
        " values (%s, 'solana', 'Stake1', 'stake_account', '2024-01-01T00:00:00Z')",
        PARTNER,
    )
    desk.compute({202501: 1500}, with_tests=True)
    assert [one["reason_code"] for one in desk.adjustments()] == [reason]


def test_a_wallet_of_another_time_is_no_reason(desk: Desk) -> None:
    desk.methods[Cell(202501)] = "CLIENT_REVENUE"
    desk.compute({202501: 1000})
    desk.freeze("2025-01")
    desk.execute(
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)"
        " values (%s, 'solana', 'Stake1', 'stake_account', '2025-03-01T00:00:00Z')",
        PARTNER,
    )
    desk.compute({202501: 1500})
    assert [one["reason_code"] for one in desk.adjustments()] == ["MODEL_CHANGED"]


def test_partners_do_not_touch_each_others_statements(desk: Desk) -> None:
    from tests.statements.desk import OTHER_AGREEMENT

    other = Cell(202501, agreement=OTHER_AGREEMENT)
    desk.compute({202501: 1000, other: 700})
    desk.freeze("2025-01")
    desk.compute({202501: 1000, other: 900}, with_tests=True)
    assert desk.adjustments() == []
    assert [one["total_commission"] for one in desk.statements(partner="Bolt").values()] == [900]
