"""``aurora statements render``: what is in the warehouse, as files; frozen statements from what was frozen."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.statements import lifecycle
from api.statements.models import Reference, StatementError
from api.statements.rendering.amounts import exact_sum
from api.statements.rendering.errors import RenderError
from api.statements.rendering.service import FORMATS, render, render_to_file
from aurora.errors import ExportError, WarehouseError
from tests.postgres import PostgresServer
from tests.statements.desk import AGREEMENT, OTHER_AGREEMENT, OTHER_PARTNER, PARTNER, Cell, Compiled, Desk, sol
from tests.statements.renderings import read_csv, read_page, read_parquet, read_pdf
from tests.worlds import Warehouse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, bytes, str]]

NAME = "=Łódź & <b>Šiauliai</b>"
WHALE = 9_007_201_939_513_663_001
"""Lamports of a line: more than a float counts."""


@pytest.fixture(scope="module")
def books(
    server: PostgresServer,
    desk_template: str,
    compiled: Compiled,
    manifest: Manifest,
    dbt_target: Path,
    database_names: Callable[[str], str],
) -> Iterator[Desk]:
    """Statements in every state, to be read only.

    Of Acme: 2024-06 approved without a price, 2025-01 paid, 2025-02 approved with an adjustment and a write-off,
    2025-03 a draft. Of another, whose name is hard to write: 2025-01 void, and its next revision without lines.
    """
    name = database_names("books")
    desk = Desk(Warehouse(server.create(name, template=desk_template), manifest, dbt_target), compiled)
    desk.execute("update app.partners set name = %s where partner_id = %s", NAME, OTHER_PARTNER)
    desk.execute("alter table app.agreement_versions disable trigger user")
    desk.execute("update app.agreement_versions set clawback_months = 3")
    desk.execute(
        "insert into app.prices (chain_id, currency, at, price) values ('solana', 'USD', '2025-01-01', 148.73)"
    )
    tips = Cell(202501, component="MEV_TIPS", rule="solana/*/MEV_TIPS/FIXED_SHARE")
    lines: dict[Cell | int, int] = {
        202406: 5_000_000_000,
        202501: WHALE,
        tips: 1_500_000_000,
        Cell(20250102, validator="Vote2"): -250_000_001,
        202502: 3,
        202503: 4_000_000_000,
        Cell(202501, agreement=OTHER_AGREEMENT): 77,
    }
    desk.compute(lines)
    desk.freeze("2024-06", "2025-01")
    desk.release("2025-01")
    desk.pay("2025-01", reference="tx <5>")
    desk.execute(
        "insert into app.commission_overrides (agreement_id, rule_key, chain_id, period_id, validator_key,"
        " revenue_component, override_amount_native, reason, recorded_by)"
        " values (%s, %s, 'solana', 202501, 'Vote1', 'MEV_TIPS', 1, 'agreed', 'ann')",
        AGREEMENT,
        tips.rule,
    )
    desk.compute({**lines, tips: 1_000_000_000, 202406: 4_000_000_000})
    desk.freeze("2025-02")
    lifecycle.void(desk.warehouse.url, desk.reference("2025-01", partner=NAME), reason="wrong", actor="cay")
    del lines[Cell(202501, agreement=OTHER_AGREEMENT)]
    desk.compute({**lines, tips: 1_000_000_000, 202406: 4_000_000_000})
    yield desk
    server.drop(name)


@pytest.fixture
def command(books: Desk, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run `aurora statements render` in this process; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("DATABASE_URL", books.warehouse.url)

    def run(*arguments: str) -> tuple[int, bytes, str]:
        from aurora.cli import main

        monkeypatch.setattr(sys, "argv", ["aurora", "statements", "render", *arguments])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return int(stopped.value.code or 0), out, err.decode()

    return run


def _named(month: str, *, partner: str = "Acme") -> tuple[str, ...]:
    return "--partner", partner, "--chain", "solana", "--month", month


def _render(books: Desk, month: str, format: str, *, partner: str = "Acme") -> bytes:
    return render(books.warehouse.url, books.reference(month, partner=partner), format=format)


@pytest.mark.parametrize("month", ["2024-06", "2025-01", "2025-02", "2025-03"])
def test_every_format_says_what_the_statement_comes_to(books: Desk, month: str) -> None:
    total = sol(books.statement(month)["total_commission"])
    rows = read_csv(_render(books, month, "csv"))
    assert exact_sum(Decimal(row["amount_native"]) for row in rows) == total
    assert exact_sum(read_parquet(_render(books, month, "parquet"))["amount_native"].to_pylist()) == total
    assert exact_sum(Decimal(value) for value, _ in read_page(_render(books, month, "html")).amounts) == total
    assert [int(row["line_number"]) for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("month", ["2025-02", "2025-03"])
def test_the_same_statement_is_the_same_file(books: Desk, month: str, format: str) -> None:
    assert _render(books, month, format) == _render(books, month, format)


def test_a_paid_statement_says_by_what_and_how_to_check_it(books: Desk) -> None:
    statement = books.statement("2025-01")
    page = " ".join(" ".join(read_page(_render(books, "2025-01", "html")).texts).split())
    pdf = " ".join(read_pdf(_render(books, "2025-01", "pdf")).split())
    assert books.statement("2025-01")["payout"] == 9_007_201_940_763_663_000
    for words in ("Acme", "Solana · January 2025 · revision 1", "9\u202f007\u202f201\u202f940.763663"):
        assert words.replace("\u202f", " ") in page
        assert words.replace("\u202f", " ") in pdf
    for words in ("PAID", "tx <5>", statement["content_hash"], f"aurora statements verify {statement['statement_id']}"):
        assert words in page
        assert words in pdf
    assert "DRAFT" not in page + pdf
    assert "USD" in page


def test_corrections_name_the_line_that_they_correct(books: Desk) -> None:
    page = " ".join(" ".join(read_page(_render(books, "2025-02", "html")).texts).split())
    assert "An amount was set by hand for this line, or such a setting was withdrawn. OVERRIDE" in page
    assert re.search(r"Corrects line \d of 2025-01 .*1.5 1 −0.5", page)
    assert re.search(r"Corrects line 1 of 2024-06 .*5 4 0 −1 ", page)
    assert "Total that is not claimed back −1" in page


def test_a_draft_is_marked_and_has_no_hash(books: Desk) -> None:
    page = " ".join(read_page(_render(books, "2025-03", "html")).texts)
    assert "DRAFT" in page
    assert "Its figures can still change" in page
    assert re.search(r"\b[0-9a-f]{64}\b", page) is None
    assert {row["status"] for row in read_csv(_render(books, "2025-03", "csv"))} == {"DRAFT"}


def test_without_a_price_there_is_no_memo(books: Desk) -> None:
    assert b"Worth" not in _render(books, "2024-06", "html")
    assert {row["fiat"] for row in read_csv(_render(books, "2024-06", "csv"))} == {""}
    assert read_parquet(_render(books, "2024-06", "parquet"))["fiat"].to_pylist() == [None]


def test_a_void_statement_and_the_revision_without_lines_behind_it(books: Desk) -> None:
    revisions = books.statements(partner=NAME)
    void, empty = (revisions["2025-01", revision]["statement_id"] for revision in (1, 2))
    for statement_id, words in ((void, "VOID"), (empty, "DRAFT")):
        for format in FORMATS:
            content = render(books.warehouse.url, Reference(statement_id=statement_id), format=format)
            if format == "html":
                page = read_page(content)
                assert NAME in page.texts
                assert "b" not in page.tags
                assert words in page.texts
            if format == "csv":
                assert read_csv(content) == []


def test_a_frozen_statement_is_rendered_from_what_was_frozen(books: Desk) -> None:
    before = {format: _render(books, "2025-01", format) for format in FORMATS}
    books.execute("update computation.partner_commission_lines set final_amount_native = 1")
    books.build()
    assert {format: _render(books, "2025-01", format) for format in FORMATS} == before


def test_a_statement_is_named_as_everywhere_and_its_path_is_told(
    books: Desk, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command("--format", "html", *_named("2025-01"))
    assert (code, out, err) == (0, b"Acme-solana-2025-01-r1.html\n", "")
    statement_id = books.statement("2025-01")["statement_id"]
    code, out, _ = command(statement_id, "--format", "csv", "--output", "sub.csv")
    assert (code, out) == (0, b"sub.csv\n")
    assert (
        command("--format", "csv", *_named("2025-01", partner=str(PARTNER)), "--output", "-")[1]
        == (tmp_path / "sub.csv").read_bytes()
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Acme-solana-2025-01-r1.html", "sub.csv"]


@pytest.mark.parametrize("format", ["pdf", "parquet"])
def test_bytes_go_to_stdout_as_they_are(books: Desk, command: Command, format: str) -> None:
    code, out, err = command("--format", format, *_named("2025-02"), "--output", "-")
    assert (code, err) == (0, "")
    assert out == _render(books, "2025-02", format)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "docx", *_named("2025-01")), ("'docx'", "html, pdf, csv, parquet")),
        (("--format", "csv", *_named("2019-01")), ("no statement 2019-01 of Acme", "aurora statements list")),
        (("--format", "csv", "no-such-id"), ("no statement no-such-id", "list")),
        (("--format", "csv", "--partner", "Acme"), ("--partner, --chain and --month",)),
        (("--format", "csv", *_named("2025-01"), "--output", "no/such/folder.csv"), ("no folder", "--output")),
        (("--format", "csv", *_named("2025-01"), "--output", "."), ("no file", "--output")),
        (("--format", "pdf", *_named("2025-01"), "--fonts", "no-such-folder"), ("no-such-folder", "--fonts")),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = command(*arguments)
    assert (code, out) == (1, b"")
    assert err.startswith("aurora: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_named(books: Desk, tmp_path: Path) -> None:
    out = tmp_path / ("a" * 300)
    with pytest.raises(ExportError, match="cannot be written"):
        render_to_file(books.warehouse.url, books.reference("2025-01"), format="csv", out=out)
    with pytest.raises(ExportError, match="no file"):
        render_to_file(books.warehouse.url, books.reference("2025-01"), format="csv", out=Path(os.devnull))
    assert list(tmp_path.iterdir()) == []


def test_letters_that_no_font_has_are_refused_by_name(books: Desk) -> None:
    books.execute("update app.partners set name = '株式会社' where partner_id = %s", OTHER_PARTNER)
    with pytest.raises(RenderError, match="--fonts"):
        render(books.warehouse.url, books.reference("2025-01", partner="株式会社"), format="pdf")
    books.execute("update app.partners set name = %s where partner_id = %s", NAME, OTHER_PARTNER)


def test_what_does_not_say_what_was_approved_is_not_rendered(desk: Desk) -> None:
    desk.compute({202501: 1000, 20250102: 500})
    reference = desk.reference("2025-01")
    desk.execute("update computation.statement_draft_lines set amount_native = 2 where line_number = 1")
    with pytest.raises(StatementError, match="aurora transform"):
        render(desk.warehouse.url, reference, format="csv")
    desk.build()
    desk.freeze("2025-01")
    desk.execute("alter table app.statement_lines disable trigger all")
    desk.execute("update app.statement_lines set commission_rate_bps = 1")
    with pytest.raises(StatementError, match="does not say what was approved"):
        render(desk.warehouse.url, reference, format="csv")
    desk.execute("drop schema computation cascade")
    with pytest.raises(WarehouseError, match="aurora transform"):
        render(desk.warehouse.url, reference, format="csv")
