"""From a statement's rows to the texts that are laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from api.statements.rendering import wording
from api.statements.rendering.amounts import ABSENT, exact_sum, plain, rate, shown, shown_text
from api.statements.rendering.chart import Series, draw, series_of
from api.statements.rendering.document import (
    Amount,
    ChartRow,
    ChartTable,
    Correction,
    Document,
    Evidence,
    Fact,
    Figure,
    Row,
    RuleGroup,
    ValidatorGroup,
)
from api.statements.rendering.source import Source

Line = Mapping[str, Any]

_MOST_EVIDENCE = 5
_INSTANTS = ("submitted", "approved", "released", "paid", "voided")


def composed(source: Source, *, palette: Mapping[str, str]) -> tuple[Document, str]:
    """The document of a statement, and its chart as SVG in the colours of ``palette``."""
    series = series_of(source.lines)
    document = _document(source, series)
    drawing = draw(
        series,
        period_type=source.period_type,
        title=f"Earned by revenue component, {document.unit}",
        summary=document.chart_summary,
        palette=palette,
    )
    return document, drawing


def _document(source: Source, series: Series) -> Document:
    statement, columns = source.statement, source.statement.columns
    stated = [line for line in source.lines if line["line_kind"] == "LINE"]
    adjustments = [line for line in source.lines if line["line_kind"] == "ADJUSTMENT"]
    write_offs = [line for line in source.lines if line["line_kind"] == "WRITE_OFF"]
    validators = _validators(source, stated)
    return Document(
        title=f"Statement {statement.month:%Y-%m}, {columns['partner_name']}, {source.chain_name}",
        partner=columns["partner_name"],
        chain=source.chain_name,
        month=wording.month_words(statement.month),
        revision=columns["revision"],
        unit=columns["native_unit"],
        status=statement.status,
        marking=wording.marking(statement.status),
        warning=wording.warning(statement.status),
        payout=_amount(columns["payout_native"]),
        totals=_totals(columns),
        memos=[
            Fact(currency, f"{shown_text(amount)} {currency}")
            for currency, amount in sorted((columns["fiat_totals"] or {}).items())
        ],
        facts=_facts(source, stated),
        period_noun="Day" if source.period_type == "DAY" else "Epoch",
        chart_summary=_chart_summary(source, series),
        chart=_chart_table(source, series),
        validators=validators,
        line_letters=_letters(validators),
        adjustments=[_correction(source, line) for line in adjustments],
        adjustments_total=_sum(adjustments),
        write_offs=[_correction(source, line) for line in write_offs],
        written_off_total=shown(exact_sum(line["memo_native"] for line in write_offs)),
        line_count=len(source.lines),
        content_hash=columns["content_hash"] if source.is_frozen else None,
        verify_command=f"aurora statements verify {statement.statement_id}",
    )


def _totals(columns: Mapping[str, Any]) -> list[Figure]:
    def figure(label: str, name: str, note: str = "", *, is_sum: bool = False) -> Figure:
        return Figure(label, _amount(columns[f"{name}_native"]), note, is_sum)

    return [
        figure("Lines", "lines", "what the month's periods earned"),
        figure("Adjustments", "adjustments", "corrections of earlier statements"),
        figure("Total", "total_commission", is_sum=True),
        figure("Brought forward", "carried", "the balance of the month before"),
        figure("Payout", "payout", f"a balance from {shown(columns['minimum_payout_native'])} on is paid as a whole"),
        figure("Carried forward", "balance", "brought forward and total, less payout", is_sum=True),
    ]


def _facts(source: Source, stated: list[dict[str, Any]]) -> list[Fact]:
    statement, columns = source.statement, source.statement.columns
    periods = wording.period_range([line["period_id"] for line in stated], period_type=source.period_type)
    facts = [
        Fact("Month", wording.month_bounds(statement.month)),
        Fact("Periods", periods),
        Fact("Status", wording.status_words(statement.status)),
    ]
    facts += [
        Fact(name.capitalize(), wording.instant(columns[f"{name}_at"])) for name in _INSTANTS if columns[f"{name}_at"]
    ]
    if columns["payment_reference"]:
        facts.append(Fact("Payment", columns["payment_reference"], is_code=True))
    if columns["void_reason"]:
        facts.append(Fact("Reason", columns["void_reason"]))
    facts += [
        Fact("Statement", statement.statement_id, is_code=True),
        Fact("Partner", columns["partner_id"], is_code=True),
    ]
    return facts


def _validators(source: Source, stated: list[dict[str, Any]]) -> list[ValidatorGroup]:
    def rule(line: Line) -> tuple[str, str, int]:
        return line["rule_key"], line["agreement_id"], line["agreement_version"] or 0

    groups = []
    for validator_key, lines in _grouped(stated, lambda line: line["validator_key"]):
        rules = []
        for (rule_key, agreement_id, version), rows in _grouped(lines, rule):
            methods = sorted({wording.method_words(line["attribution_method"]) for line in rows} - {""})
            rules.append(
                RuleGroup(
                    rule_key=rule_key,
                    method="; ".join(methods),
                    agreement=f"agreement {agreement_id}" + (f", version {version}" if version else ""),
                    rows=[_row(source, line) for line in rows],
                    subtotal=_sum(rows),
                )
            )
        groups.append(ValidatorGroup(validator_key, len(lines), rules, _sum(lines)))
    return groups


def _letters(validators: Iterable[ValidatorGroup]) -> list[int]:
    letters = [0, 0, 0, 0]
    for validator in validators:
        for rule in validator.rules:
            # A subtotal is bold, which is wider.
            letters[3] = max(letters[3], len(rule.subtotal.shown) + 1)
            for row in rule.rows:
                texts = (row.base, row.attributed, row.rate, row.amount.shown)
                letters = [max(most, len(text)) for most, text in zip(letters, texts, strict=True)]
    return letters


def _row(source: Source, line: Line) -> Row:
    note = ""
    if line["override_amount_native"] is not None:
        note = f"set by hand; computed: {shown(line['pre_override_amount_native'])}"
    bps = line["commission_rate_bps"]
    return Row(
        number=line["line_number"],
        period=wording.period_label(line["period_id"], period_type=source.period_type),
        component=wording.component_words(line["revenue_component"]),
        base=shown(line["base_amount_native"]),
        attributed=shown(line["attributed_amount_native"]),
        rate=rate(bps) if bps is not None else (ABSENT if line["base_amount_native"] is None else "in tiers"),
        amount=_amount(line["amount_native"]),
        note=note,
    )


def _correction(source: Source, line: Line) -> Correction:
    stated = source.corrected.get(line["corrects_line_id"] or "")
    payload_ids = line["payload_ids"] or []
    more = len(payload_ids) - _MOST_EVIDENCE
    if stated is not None:
        corrects = wording.stated_words(stated)
    else:
        corrects = "a line of an earlier statement" if line["corrects_line_id"] else "nothing that was stated before"
    return Correction(
        number=line["line_number"],
        period=wording.period_words(line["period_id"], period_type=source.period_type),
        validator_key=line["validator_key"],
        component=wording.component_words(line["revenue_component"]),
        rule_key=line["rule_key"],
        reason_code=line["reason_code"],
        reason=wording.reason_words(line["reason_code"]),
        evidence=[
            Evidence(wording.payload_words(source.payloads.get(payload_id)), payload_id)
            for payload_id in payload_ids[:_MOST_EVIDENCE]
        ],
        more_evidence=f"and {more} more, all of them in the CSV and Parquet renderings" if more > 0 else "",
        corrects=corrects,
        corrects_line_id=line["corrects_line_id"] or "",
        first_stated=shown(stated.amount_native) if stated else ABSENT,
        recomputed=shown(line["recomputed_amount_native"]),
        amount=_amount(line["amount_native"]),
        written_off=None if line["memo_native"] is None else _amount(line["memo_native"]),
    )


def _chart_summary(source: Source, series: Series) -> str:
    if not series.period_ids:
        return "There is nothing to draw: the statement has no lines of its own month."
    periods = wording.period_range(series.period_ids, period_type=source.period_type)
    components = ", ".join(wording.component_words(component) for component in series.components)
    return (
        f"Stacked columns, one a period, of what {periods} earned the partner in"
        f" {source.statement.columns['native_unit']}, by revenue component: {components}. The table beside it has the"
        " numbers. Corrections of earlier statements are not drawn."
    )


def _chart_table(source: Source, series: Series) -> ChartTable:
    rows = [
        ChartRow(
            period=wording.period_label(period_id, period_type=source.period_type),
            amounts=[shown(series.amounts.get((period_id, component))) for component in series.components],
            total=shown(series.total(period_ids=[period_id])),
        )
        for period_id in series.period_ids
    ]
    totals = [shown(series.total(components=[component])) for component in series.components]
    total = shown(series.total())
    texts = [total, *totals, *(text for row in rows for text in (row.total, *row.amounts))]
    return ChartTable(
        components=[wording.component_words(component) for component in series.components],
        rows=rows,
        totals=totals,
        total=total,
        letters=max(map(len, texts)),
    )


def _grouped(lines: Iterable[dict[str, Any]], key: Any) -> Iterable[tuple[Any, list[dict[str, Any]]]]:
    # Sorting is stable: within a group lines stay in the order of their numbers.
    return ((name, list(group)) for name, group in groupby(sorted(lines, key=key), key=key))


def _sum(lines: Iterable[Line]) -> Amount:
    return _amount(exact_sum(line["amount_native"] for line in lines))


def _amount(amount: Decimal | None) -> Amount:
    return Amount(shown(amount), plain(amount))
