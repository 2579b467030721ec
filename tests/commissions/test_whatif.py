"""What-ifs: what a draft shows is what applying it gives, and until then nothing in the warehouse has changed."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.agreements.draft import PREFIX, DraftBusyError
from api.agreements.service import apply_file, export_file
from api.agreements.whatif import BEHIND, MOVED, NOTHING, WhatIf, compare_draft
from aurora.apart import Apart, manifest_apart
from aurora.errors import InputError, TransformError, WarehouseError
from aurora.periods import MonthRange, parse_months
from aurora.registry import Registry, read_registry
from aurora.settings import PROJECT_ROOT
from aurora.transform import Transformer
from aurora.warehouse.connection import connect
from tests.commissions.books import Agreement, Books, Cell, Rule, Staker, Version, epochs, instant
from tests.commissions.conftest import COMMISSIONS, Ledger, Ledgers
from tests.commissions.example_checks import EXAMPLES
from tests.commissions.files import address, validator_key, with_addresses
from tests.commissions.random_books import random_books
from tests.commissions.recording import write_agreements, write_revenue
from tests.commissions.worked_examples import Example
from tests.shared_files import shared_path
from tests.statements.desk import lamports

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow

_LINES = """
    select
        partners.name as partner_name, agreements.name as agreement_name, lines.chain_id, lines.final_amount_native,
        (to_jsonb(lines) - 'line_id' - 'partner_id' - 'agreement_id')::text as line
    from {0}computation.partner_commission_lines as lines
    inner join {0}app.agreements as agreements on lines.agreement_id = agreements.agreement_id::text
    inner join {0}app.partners as partners on lines.partner_id = partners.partner_id::text
    order by 1, 2, 3, 4, 5
"""
_DIAGNOSTICS = """
    select
        partners.name as partner_name, agreements.name as agreement_name,
        found.is_blocking,
        (to_jsonb(found) - 'diagnostic_id' - 'partner_id' - 'agreement_id')::text as diagnostic
    from {0}computation.commission_diagnostics as found
    left join {0}app.agreements as agreements on found.agreement_id = agreements.agreement_id::text
    left join {0}app.partners as partners on found.partner_id = partners.partner_id::text
    order by 1, 2, 3, 4
"""
_CARRIES = """
    select agreements.name as agreement_name, (to_jsonb(carries) - 'agreement_id')::text as carry
    from {0}computation.commission_carries as carries
    inner join {0}app.agreements as agreements on carries.agreement_id = agreements.agreement_id::text
    order by 1, 2
"""
_RELATIONS = """
    select relation.oid::regclass::text as name, relation.relkind::text as kind
    from pg_class as relation
    inner join pg_namespace as namespace on relation.relnamespace = namespace.oid
    where
        namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
        and relation.relkind in ('r', 'S', 'v')
    order by 1
"""


class Office:
    """A ledger, and drafts that are tried on it."""

    def __init__(self, ledger: Ledger, folder: Path, registry: Registry) -> None:
        self.ledger = ledger
        self.warehouse = ledger.warehouse
        self.url = ledger.warehouse.url
        self.folder = folder
        self.registry = registry
        self.transformer = ledger.warehouse.transformer

    def file(self, text: str) -> Path:
        path = self.folder / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def try_out(
        self, text: str, *, months: MonthRange | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> WhatIf:
        """Try a draft; ``meanwhile`` runs while it is built, and can look at it."""

        def build(apart: Apart) -> None:
            self.transformer.build_apart(apart)
            meanwhile()

        return compare_draft(self.url, self.file(text), self.registry, build=build, months=months)

    def apply(self, text: str) -> None:
        """Record the draft for real, and compute what it touches."""
        apply_file(self.url, self.file(text), self.registry, actor="ada")
        self.build()

    def open(self, books: Books) -> None:
        """Write the books in place of others, and build every commission."""
        write_revenue(self.url, books)
        write_agreements(self.url, books)
        self.build(full_refresh=True)

    def build(self, *, full_refresh: bool = False) -> None:
        """Build the models of commissions as after a build whose tests passed: these have tests of their own."""
        self.warehouse.build(select=COMMISSIONS, command="run", full_refresh=full_refresh)
        self.warehouse.execute("update ops.model_watermark set tested_through = built_through")

    def lines(self, prefix: str = "") -> list[list[dict[str, Any]]]:
        """Lines, diagnostics and carries of today, or of the draft that is being tried."""
        return [self.warehouse.rows(query.format(prefix)) for query in (_LINES, _DIAGNOSTICS, _CARRIES)]

    def everything(self) -> dict[str, Any]:
        """Each relation with all its rows, where in its file each is, and the transaction that wrote it."""
        found: dict[str, Any] = {}
        with connect(self.url) as connection:
            for name, kind in connection.execute(_RELATIONS).fetchall():
                if kind == "r":
                    row = "count(*), sum(hashtextextended((ctid, xmin, row)::text, 0)::numeric)"
                    query = f"select {row} from {name} as row"
                elif kind == "S":
                    query = f"select last_value, is_called from {name}"
                else:
                    query = f"select pg_get_viewdef('{name}'::regclass)"
                found[name] = connection.execute(query.encode()).fetchall()
        return found

    def leftovers(self) -> list[str]:
        rows = self.warehouse.rows("select nspname::text as name from pg_namespace where nspname ~ %s", f"^{PREFIX}")
        return sorted(row["name"] for row in rows)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(PROJECT_ROOT / "chains.yaml", PROJECT_ROOT / "providers.yaml", environment={})


@pytest.fixture(scope="module")
def office(ledgers: Ledgers, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with ledgers() as ledger:
        yield Office(ledger, tmp_path_factory.mktemp("whatif"), registry)


def worked_examples() -> Books:
    """Every worked example in one set of books."""
    document = json.loads(shared_path("vectors/commissions.json").read_text(), parse_float=Decimal)
    vectors = {vector["id"]: vector for vector in document["vectors"]}
    books = Books()
    for number, (name, write) in enumerate(sorted(EXAMPLES.items())):
        write(Example(name, number, vectors[name]["inputs"], vectors[name]["expected"], books))
    return books


def amended(books: Books) -> Books:
    """Books with other terms: rates, tiers, floors and statuses moved, some agreements and wallets not there at all."""
    found = deepcopy(books)
    overridden = {override.agreement.agreement_id for override in found.overrides}
    kept = [a for number, a in enumerate(found.agreements) if number % 4 or a.agreement_id in overridden]
    found.agreements = kept
    found.wallets = found.wallets[1:]
    for number, agreement in enumerate(kept):
        if number % 3 == 0:
            agreement.statuses = []
        for version in agreement.versions:
            version.negative_policy = ("PASS_THROUGH", "CARRY_FORWARD", "FLOOR_AT_ZERO")[number % 3]
            for rule in version.rules:
                if rule.rate is not None and version.pool is None:
                    rule.rate = rule.rate // 2
                rule.tiers = [(start, rate // 3) for start, rate in rule.tiers]
                rule.floor = None
    return found


@pytest.mark.parametrize("source", ["worked examples", 8])
def test_a_draft_shows_what_applying_it_gives(office: Office, source: str | int) -> None:
    books = with_addresses(worked_examples() if isinstance(source, str) else random_books(source))
    write_agreements(office.url, books)
    draft = export_file(office.url)
    write_revenue(office.url, books)
    write_agreements(office.url, amended(books))
    office.build(full_refresh=True)

    before, lines_before = office.everything(), office.lines()
    seen: list[list[list[dict[str, Any]]]] = []
    first = office.try_out(draft, meanwhile=lambda: seen.append(office.lines(PREFIX)))
    again = office.try_out(draft)
    assert office.everything() == before
    assert office.leftovers() == []
    assert again == first
    assert not {BEHIND, MOVED} & set(first.notes)

    office.apply(draft)
    assert office.lines() == seen[0]
    assert seen[0] != lines_before
    assert_sums(first, lines_before[0], seen[0][0])
    found = office.try_out(draft)
    assert {entry.change for entry in found.months} == {"SAME"}
    assert (found.findings, NOTHING in found.notes) == ((), True)


def assert_sums(found: WhatIf, today: list[dict[str, Any]], draft: list[dict[str, Any]]) -> None:
    """The totals are the sums of the lines, to the base unit, and those of the months beneath them."""
    for side, lines in (("today_native", today), ("draft_native", draft)):
        sums: dict[tuple[str, str], int] = {}
        for row in lines:
            place = (row["partner_name"], row["chain_id"])
            sums[place] = sums.get(place, 0) + base_units(row["final_amount_native"])
        shown = {(entry.partner_name, entry.chain_id): getattr(entry, side) for entry in found.totals}
        assert {place: base_units(amount) for place, amount in shown.items() if amount is not None} == sums
    for total in found.totals:
        months = [m for m in found.months if (m.partner_name, m.chain_id) == (total.partner_name, total.chain_id)]
        differences = [base_units(month.difference_native) for month in months]
        assert base_units(total.difference_native) == sum(differences)


def base_units(amount: Decimal) -> int:
    # Arithmetic on decimals rounds to 28 digits; writing them out does not.
    return int(f"{amount:.18f}".replace(".", ""))


VOTE, OTHER_VOTE = validator_key("solana", "vote"), validator_key("solana", "other vote")
STAKE, WITHDRAWER = address("solana", "stake"), address("solana", "withdrawer")
RULE = "revenue_component: EXEC_FEES, attribution_method: FIXED_SHARE, commission_rate_bps"


def small_books() -> Books:
    """Three months of two validators; Acme has a tenth of the fees, Bolt a fifth of the tips."""
    books = Books(periods=[*epochs(800, 6, starts_at=instant("2026-01-10"), hours=360)])
    for number, period in enumerate(books.periods):
        for vote in (VOTE, OTHER_VOTE):
            books.cells.append(
                Cell("solana", period.period_id, vote, {"EXEC_FEES": 1_000_000_007 + number, "MEV_TIPS": 503})
            )
            books.stakers.append(Staker("solana", period.period_id, vote, STAKE, WITHDRAWER, 10, 10, 1))
    for cell in books.cells:
        cell.components |= {"VOTE_REWARDS": 0, "COMMISSION": 0}
    books.agreements = [
        Agreement("Acme", "A", [Version(instant("2026-01-01"), [Rule("EXEC_FEES", rate=1000)])]),
        Agreement("Bolt", "B", [Version(instant("2026-01-01"), [Rule("MEV_TIPS", rate=2000)])]),
    ]
    return books


def terms(partner: str, agreement: str, rate: int, *, since: str = "2026-01-01", until: str | None = None) -> str:
    """A partner with a share of the fees, as an item of a file."""
    end = f"effective_until: {until}T00:00:00Z, " if until else ""
    return (
        f"  - {{name: {partner}, agreements: [{{name: {agreement}, versions: [{{effective_from: {since}T00:00:00Z, "
        f"{end}rules: [{{chain: solana, {RULE}: {rate}}}]}}]}}]}}\n"
    )


def file_of(*partners: str) -> str:
    return "partners:\n" + "".join(partners)


@pytest.fixture(scope="module")
def small(ledgers: Ledgers, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A small ledger that no test changes."""
    with ledgers() as ledger:
        office = Office(ledger, tmp_path_factory.mktemp("small"), registry)
        office.open(small_books())
        yield office


@pytest.fixture
def untouched(small: Office) -> Iterator[None]:
    """Nothing in the warehouse is other than before, down to the place of each row, and nothing is left behind."""
    before = small.everything()
    yield
    assert small.leftovers() == []
    assert small.everything() == before


DRAFT = file_of(terms("Acme", "A", 2000, until="2026-02-20"), terms("Cora", "C", 6000, since="2026-03-01"))


@pytest.mark.usefixtures("untouched")
def test_months_and_totals_say_what_is_new_changed_and_gone(small: Office) -> None:
    found = small.try_out(DRAFT)
    shown = {
        (entry.partner_name, f"{entry.month:%Y-%m}"): (
            entry.change,
            *(lamports(amount) for amount in (entry.today_native, entry.draft_native)),
            lamports(entry.difference_native),
            (entry.lines_new, entry.lines_changed, entry.lines_gone, entry.lines_same),
        )
        for entry in found.months
    }
    tenths = [2 * ((1_000_000_007 + number) // 10) for number in range(6)]
    fifths = [2 * ((1_000_000_007 + number) // 5) for number in range(6)]
    # Epochs of 15 days end on 01-25, 02-09, 02-24, 03-11, 03-26 and 04-10.
    february = sum(tenths[1:3]), sum(fifths[1:3])
    assert shown["Acme", "2026-01"] == ("CHANGED", tenths[0], fifths[0], fifths[0] - tenths[0], (0, 2, 0, 0))
    assert shown["Acme", "2026-02"] == ("CHANGED", *february, february[1] - february[0], (0, 4, 0, 0))
    march = sum(tenths[3:5])
    assert shown["Acme", "2026-03"] == ("GONE", march, None, -march, (0, 0, 4, 0))
    sixty = 2 * ((1_000_000_007 + 4) * 6000 // 10000)
    assert shown["Cora", "2026-03"] == ("NEW", None, sixty, sixty, (2, 0, 0, 0))
    assert shown["Bolt", "2026-02"] == ("SAME", 400, 400, 0, (0, 0, 0, 4))
    assert {(total.partner_name, total.change) for total in found.totals} == {
        ("Acme", "CHANGED"), ("Bolt", "SAME"), ("Cora", "NEW"),
    }  # fmt: skip
    [acme] = [total for total in found.totals if total.partner_name == "Acme"]
    assert lamports(acme.today_native) == sum(tenths)
    assert lamports(acme.draft_native) == sum(fifths[:3])
    assert found.notes == ()


@pytest.mark.usefixtures("untouched")
def test_only_the_asked_months_are_shown_of_all_that_are_computed(small: Office) -> None:
    whole = small.try_out(DRAFT)
    found = small.try_out(DRAFT, months=parse_months("2026-02..2026-03"))
    assert {f"{entry.month:%Y-%m}" for entry in found.months} == {"2026-02", "2026-03"}
    assert set(found.months) < set(whole.months)
    [acme] = [total for total in found.totals if total.partner_name == "Acme"]
    assert (acme.lines_changed, acme.lines_gone) == (4, 4)
    assert {entry.month for entry in found.findings} < {entry.month for entry in whole.findings}


@pytest.mark.usefixtures("untouched")
def test_diagnostics_that_the_draft_brings_are_told_and_those_that_block_come_first(small: Office) -> None:
    found = small.try_out(file_of(terms("Acme", "A", 1000, until="2026-02-20"), terms("Cora", "C", 9500)))
    told = [(entry.change, entry.is_blocking, entry.code, entry.partner_name) for entry in found.findings]
    assert told == sorted(told, key=lambda entry: (entry[0] != "NEW", not entry[1]))
    assert ("NEW", True, "POOL_OVER_ALLOCATED", "Cora") in told
    assert ("NEW", False, "NO_ACTIVE_VERSION", "Acme") in told
    [over] = [entry for entry in found.findings if entry.partner_name == "Cora" and f"{entry.month:%m}" == "02"]
    assert (over.finding_count, over.first_period_id, over.agreement_name) == (4, 801, "C")


@pytest.mark.usefixtures("untouched")
def test_months_are_those_of_the_models(small: Office) -> None:
    def look() -> None:
        months.update(
            (row["period_id"], row["statement_month"])
            for row in small.warehouse.rows(f"select * from {PREFIX}intermediate.int_commissions__terms")
        )

    months: set[tuple[int, Any]] = set()
    found = small.try_out(file_of(terms("Cora", "C", 1)), meanwhile=look)
    assert {month for _, month in months} == {entry.month for entry in found.months}
    for month in {month for _, month in months}:
        [cora] = [entry for entry in found.months if (entry.partner_name, entry.month) == ("Cora", month)]
        assert cora.lines_new == 2 * sum(1 for _, other in months if other == month)


@pytest.mark.usefixtures("untouched")
def test_a_file_with_mistakes_is_refused_as_apply_refuses_it(small: Office) -> None:
    texts = [
        file_of(terms("Acme", "A", 10_001), terms("Acme", "A", 1)),
        file_of(terms("Acme", "A", 1)).replace("EXEC_FEES", "LUCK"),
        "partners: 1",
    ]
    for text in texts:
        with pytest.raises(InputError) as by_apply:
            apply_file(small.url, small.file(text), small.registry, actor="ada")
        with pytest.raises(InputError) as by_whatif:
            small.try_out(text)
        assert by_whatif.value.problems == by_apply.value.problems
        assert "draft.yaml:" in by_whatif.value.problems[0]


@pytest.mark.usefixtures("untouched")
def test_a_failure_in_the_middle_leaves_nothing(small: Office) -> None:
    def build(apart: Apart) -> None:
        with connect(small.url) as connection:
            connection.execute(f"drop table {PREFIX}app.agreement_rule_tiers")
        small.transformer.build_apart(apart)

    with pytest.raises(TransformError, match="agreement_rule_tiers"):
        compare_draft(small.url, small.file(DRAFT), small.registry, build=build)


@pytest.mark.usefixtures("untouched")
def test_what_a_killed_one_left_is_removed_by_the_next(small: Office) -> None:
    expected = small.try_out(DRAFT)
    killed = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from api.agreements.whatif import compare_draft\n"
        "from aurora.registry import read_registry\n"
        "from aurora.settings import PROJECT_ROOT as root\n"
        "from aurora.warehouse.connection import connect\n"
        "def build(apart):\n"
        "    with connect(sys.argv[1]) as connection:\n"
        "        connection.execute(f'create schema {apart.prefix}computation')\n"
        "        connection.execute(f'create table {apart.prefix}computation.commission_claims (other text)')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "registry = read_registry(root / 'chains.yaml', root / 'providers.yaml', environment={})\n"
        "compare_draft(sys.argv[1], Path(sys.argv[2]), registry, build=build)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", killed, small.url, str(small.file(DRAFT))], cwd=PROJECT_ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert small.leftovers() == [f"{PREFIX}app", f"{PREFIX}computation"]
    assert small.try_out(DRAFT) == expected


@pytest.mark.usefixtures("untouched")
def test_two_at_once_do_not_mix(small: Office) -> None:
    def second() -> None:
        with pytest.raises(DraftBusyError, match="another what-if"):
            small.try_out(DRAFT)

    assert small.try_out(DRAFT, meanwhile=second).months


def test_it_runs_beside_a_transform_that_has_written_and_not_ended(
    ledger: Ledger, registry: Registry, tmp_path: Path
) -> None:
    office = Office(ledger, tmp_path, registry)
    office.open(small_books())
    expected = office.try_out(DRAFT)
    with connect(office.url) as transform:
        for model in ("partner_commission_lines", "commission_claims", "commission_diagnostics", "validator_revenue"):
            transform.execute(f"delete from computation.{model}".encode())
            transform.execute(
                "update ops.model_watermark set pending = '1' where model = %s", (f"computation.{model}",)
            )
        assert office.try_out(DRAFT) == expected
        transform.rollback()
    moving = office.try_out(DRAFT, meanwhile=office.build)
    assert (moving.months, moving.notes) == (expected.months, (MOVED,))


def test_what_was_recorded_since_the_last_transform_is_told(ledger: Ledger, registry: Registry, tmp_path: Path) -> None:
    office = Office(ledger, tmp_path, registry)
    office.open(small_books())
    apply_file(office.url, office.file(file_of(terms("Bolt", "B2", 1))), registry, actor="ada")
    found = office.try_out(DRAFT)
    assert found.notes == (BEHIND,)
    assert {"Acme", "Bolt", "Cora"} == {entry.partner_name for entry in found.months if entry.change != "SAME"}


def test_a_warehouse_that_was_never_built_says_so(ledger: Ledger, registry: Registry, tmp_path: Path) -> None:
    ledger.warehouse.execute("drop table computation.partner_commission_lines cascade")
    with pytest.raises(WarehouseError, match="aurora transform"):
        Office(ledger, tmp_path, registry).try_out(DRAFT)


def test_models_that_the_draft_does_not_change_are_read_where_they_are(manifest: Manifest) -> None:
    from api.agreements.whatif import APART

    moved, names = manifest_apart(manifest, APART)
    assert {"partner_commission_lines", "commission_diagnostics", "commission_carries"} <= set(names)
    assert not {"int_commissions__stakes", "validator_revenue", "validator_pnl", "stg_app__operating_costs"} & set(
        names
    )
    for unique_id, node in moved.nodes.items():
        before = manifest.nodes[unique_id]
        is_built = node.resource_type == "model" and node.name in names
        assert node.schema == (f"{PREFIX}{before.schema}" if is_built else before.schema)
    with pytest.raises(TransformError, match="two versions"):
        manifest_apart(manifest, Apart(PREFIX, "app", ("partners",), ("validator_revenue",)))


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def aurora(
    small: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Run `aurora agreements whatif` in this process; gives the exit code, stdout and stderr."""
    parsed = small.transformer.manifest()
    monkeypatch.setenv("DATABASE_URL", small.url)
    monkeypatch.setenv("AURORA_HOME", str(tmp_path))
    # The project is parsed already.
    monkeypatch.setattr(Transformer, "manifest", lambda _self: parsed)

    def run(*arguments: str) -> tuple[int, str, str]:
        from aurora.cli import main

        monkeypatch.setattr(sys, "argv", ["aurora", "agreements", "whatif", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return run


@pytest.mark.usefixtures("untouched")
def test_the_command_prints_a_table_csv_or_json_of_the_same(aurora: Command, small: Office) -> None:
    path = str(small.file(DRAFT))
    code, table, err = aurora(path, "--periods", "2026-01..2026-03")
    assert (code, err) == (0, "")
    assert all(
        word in table for word in ("Acme", "Cora", "2026-03", "GONE", "NEW", "total", "SOL", "NO_ACTIVE_VERSION")
    )
    assert "not shown: 3" in table

    code, text, err = aurora(path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert code == 0
    assert "NEW INFO NO_ACTIVE_VERSION: Acme/A solana 2026-03, 2 times, first in 803" in err
    [gone] = [row for row in rows if (row["partner_name"], row["month"]) == ("Acme", "2026-03")]
    assert (gone["change"], gone["draft_native"], gone["lines_gone"]) == ("GONE", "", "4")
    assert gone["difference_native"] == f"-{gone['today_native']}" == "-0.400000004000000000"

    code, text, err = aurora(path, "--format", "json")
    assert (code, err) == (0, "")
    document = json.loads(text)
    assert [row["difference_native"] for row in document["months"]] == [row["difference_native"] for row in rows]
    assert {row["partner_name"] for row in document["totals"]} == {"Acme", "Bolt", "Cora"}
    assert document["diagnostics"][0]["change"] == "NEW"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (file_of(terms("Acme", "A", 10_001)), (), ("draft.yaml:2", "must be from 0 to 10000", "nothing is written")),
        (DRAFT, ("--periods", "840..845"), ("840..845", "not months", "2026-01..2026-03")),
        (DRAFT, ("--periods", "2026-03..2026-01"), ("end before they begin",)),
        (DRAFT, ("--periods", "2026-13"), ("2026-13", "not months")),
        (DRAFT, ("--format", "parquet"), ("parquet", "table, csv, json")),
    ],
)
def test_what_cannot_be_tried_is_refused_in_a_line(
    aurora: Command, small: Office, text: str, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    code, out, err = aurora(str(small.file(text)), *options)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("aurora: ")
    assert all(word in err for word in words), err
