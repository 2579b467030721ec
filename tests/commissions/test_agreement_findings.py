"""What dbt's tests of agreements find is what `aurora agreements lint` finds in what is recorded, word for word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.agreements.service import apply_file
from api.agreements.service import lint as find
from aurora.registry import Registry, read_registry
from aurora.settings import PROJECT_ROOT
from tests.agreements.samples import SAMPLE, VOTE, file_of, one_rule, partner, versions
from tests.agreements.test_lint import shares
from tests.commissions.books import Books
from tests.commissions.conftest import Ledger, Ledgers
from tests.commissions.random_books import random_books
from tests.commissions.recording import write_agreements

pytestmark = pytest.mark.slow

CODES = {
    "agreements_have_no_gaps": {"VERSION_GAP"},
    "agreement_rules_can_count": {"RULE_UNREACHABLE"},
    "agreement_amounts_are_in_order": {"FLOOR_GT_CAP", "TIERS_UNORDERED"},
    "agreement_shares_fit_the_whole": {"POOL_OVER_ALLOCATED", "POOL_SPLIT_NOT_WHOLE"},
    "client_wallets_are_in_one_place": {"WALLET_OVERLAP"},
}
ALL_CODES = set().union(*CODES.values())
FIXED = "attribution_method: FIXED_SHARE, commission_rate_bps"
TIERED = (
    'revenue_component: MEV_TIPS, attribution_method: FIXED_SHARE, floor_amount_native: "1", cap_amount_native: "2.5",'
    ' tiers: {mode: WHOLE, basis: PERIOD, steps: [{from_native: "0", commission_rate_bps: 1}]}'
)

Found = set[tuple[str, str, str]]


class Judges:
    """Both that judge what is recorded."""

    def __init__(self, ledger: Ledger, folder: Path, registry: Registry) -> None:
        self.warehouse = ledger.warehouse
        self.registry = registry
        self.path = folder / "agreements.yaml"
        transformer = self.warehouse.transformer
        transformer.build(select=tuple(CODES), command="compile")
        nodes = transformer.manifest().nodes
        self.queries = {name: nodes[f"test.aurora.{name}"].compiled_code for name in CODES}

    def record(self, text: str) -> None:
        """Record a file in place of what is there."""
        write_agreements(self.warehouse.url, Books())
        self.path.write_text(text, encoding="utf-8")
        apply_file(self.warehouse.url, self.path, self.registry, actor="ada")

    def by_dbt(self) -> Found:
        found = set()
        for name, query in self.queries.items():
            for row in self.warehouse.rows(f"select broken_rule, tested_row::text as row from ({query}) as found"):
                about = json.loads(row["row"])
                assert row["broken_rule"] in CODES[name]
                place = (row["broken_rule"], about["about"], about["reason"])
                assert place not in found
                found.add(place)
        return found

    def by_lint(self) -> Found:
        findings = find(self.warehouse.url, self.registry)
        return {(finding.code, finding.about, finding.reason) for finding in findings if finding.code in ALL_CODES}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})


@pytest.fixture(scope="module")
def judges(ledgers: Ledgers, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judges]:
    with ledgers() as ledger:
        yield Judges(ledger, tmp_path_factory.mktemp("judges"), registry)


def rules(*rules: str, version: str = "stacking: EXCLUSIVE") -> str:
    """A file with one version of these rules, whatever their chain."""
    return one_rule("}\n              - {".join(rules), chain="", version=version)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (SAMPLE, set()),
        (versions("2025-01-01 2025-03-01 1", "2025-03-10 2025-04-01 2", "2025-04-01 3"), {"VERSION_GAP"}),
        (
            versions("2025-01-01 2025-03-01 1", "2025-03-10 2").replace("03-10T00:00:00Z", "03-10T00:00:00.25Z"),
            {"VERSION_GAP"},
        ),
        (rules(f"revenue_component: ALL, {FIXED}: 1, rule_key: a", f"revenue_component: MEV_TIPS, {FIXED}: 2"), set()),
        (
            rules(
                f"chain: solana, revenue_component: MEV_TIPS, {FIXED}: 1",
                f"chain: ethereum, revenue_component: MEV_TIPS, {FIXED}: 2",
                f"revenue_component: MEV_TIPS, {FIXED}: 3, rule_key: late",
                f"chain: solana, validator: {VOTE}, revenue_component: ALL, {FIXED}: 4",
                f"chain: solana, validator: {VOTE}, revenue_component: ALL, {FIXED}: 5, rule_key: twin",
            ),
            {"RULE_UNREACHABLE"},
        ),
        (
            rules(
                f"revenue_component: MEV_TIPS, {FIXED}: 1, rule_key: a",
                f"revenue_component: MEV_TIPS, {FIXED}: 2, rule_key: b",
                version="stacking: ADDITIVE",
            ),
            set(),
        ),
        (shares(6000, 3000, 1000), set()),
        (shares(6000, 3000, 1001), {"POOL_OVER_ALLOCATED"}),
        (shares(6000, 4000, pool=True), {"POOL_SPLIT_NOT_WHOLE"}),
        (shares(9000, 2000).replace("EXCLUSIVE", "ADDITIVE").replace("chain: solana, ", ""), {"POOL_OVER_ALLOCATED"}),
        (
            shares(6000, 6000).replace(
                "{name: A, versions: [{effective_from: 2026-02",
                "{name: A, statuses: [{status: SUSPENDED, from: 2026-02-01T00:00:00Z}, {status: ACTIVE, from: "
                "2026-05-01T00:00:00Z}], versions: [{effective_from: 2026-02",
            ),
            {"POOL_OVER_ALLOCATED"},
        ),
        (
            shares(6000)
            + "  - {name: V, agreements: [{name: A, versions: [{effective_from: 2026-03-01T00:00:00Z, rules: ["
            f"{{chain: solana, validator: {VOTE}, revenue_component: ALL, {FIXED}: 5000}}]}}]}}]}}\n",
            {"POOL_OVER_ALLOCATED"},
        ),
    ],
)
def test_both_find_the_same_in_what_files_record(judges: Judges, text: str, codes: set[str]) -> None:
    judges.record(text)
    assert judges.by_dbt() == judges.by_lint()
    assert {code for code, _, _ in judges.by_dbt()} == codes


@pytest.mark.parametrize("seed", range(12))
def test_both_find_the_same_in_agreements_at_random(judges: Judges, seed: int) -> None:
    write_agreements(judges.warehouse.url, random_books(seed))
    assert judges.by_dbt() == judges.by_lint()


def test_both_find_what_constraints_refuse_where_they_were_lifted(
    ledger: Ledger, registry: Registry, tmp_path: Path
) -> None:
    judges = Judges(ledger, tmp_path, registry)
    judges.record(file_of(partner("A", f"{VOTE} withdrawer 2026-01-01 2026-07-01"), partner("B")) + _items(TIERED))
    assert judges.by_dbt() == judges.by_lint() == set()
    for statement in (
        "alter table app.partner_wallets drop constraint partner_wallets_one_partner_at_a_time",
        "alter table app.agreement_rules drop constraint agreement_rules_floor_below_cap",
        "alter table app.agreement_rules disable trigger only_append",
        "alter table app.agreement_rule_tiers disable trigger only_append",
        "insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from) select partner_id, 'solana',"
        f" '{VOTE}', 'withdrawer', '2026-02-01' from app.partners where name = 'B'",
        "update app.agreement_rules set floor_amount_native = 3",
        "update app.agreement_rule_tiers set from_native = 0.5",
    ):
        judges.warehouse.execute(statement)
    half_a_year = "from 2026-01-01T00:00:00Z until 2026-07-01T00:00:00Z"
    rule = "the version from 2026-01-01T00:00:00Z: the rule solana/*/MEV_TIPS/FIXED_SHARE"
    assert judges.by_dbt() == judges.by_lint() == {
        ("WALLET_OVERLAP", "B", f"the wallet solana {VOTE} is A's too, {half_a_year}"),
        ("FLOOR_GT_CAP", "Acme/A", f"{rule} has a floor of 3 above its cap of 2.5"),
        ("TIERS_UNORDERED", "Acme/A", f"{rule} has tiers of which none begins at 0"),
    }  # fmt: skip


def _items(rule: str) -> str:
    """The partners of a file with one rule, without its head."""
    return one_rule(rule).partition("partners:\n")[2]


def test_a_build_warns_of_them_says_what_they_are_and_does_not_fail(judges: Judges) -> None:
    judges.record(shares(6000, 3000, 1001))
    report = judges.warehouse.transformer.build(select=tuple(CODES), command="test")
    assert report.succeeded >= len(CODES)
    assert report.failed == []
    [warning] = report.warned
    assert warning.startswith("agreement_shares_fit_the_whole: POOL_OVER_ALLOCATED (4 rows, one is ")
    assert "solana/*/COMMISSION" in warning
