"""Costs from CSV: what ``aurora costs import`` does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from api.inputs import values
from api.inputs.csv_files import Imported, Line, read_csv, refuse_repeats
from api.inputs.keyed_rows import KeyedTable, record_rows
from api.inputs.problems import WrongValueError
from api.kit.writing import writing
from aurora.registry.chains import Chain
from aurora.registry.registry import Registry

HEADER = ("chain", "validator", "period_id", "line_type", "amount_native", "note")
LINE_TYPES = ("OTHER_INCOME", "VOTE_COSTS", "PRIORITY_FEES_SHARED", "NETWORK_FEES", "INFRA_COSTS", "OTHER_COSTS")

_TABLE = KeyedTable(
    subject="operating_cost",
    name="operating_costs",
    id_column="cost_id",
    key=("chain_id", "validator_key", "period_id", "line_type"),
    value=("amount_native", "note"),
)


def import_costs(url: str, path: Path, registry: Registry, *, actor: str) -> Imported:
    """Record the costs and other income of a CSV: all of it, or nothing.

    Raises:
        InputError: lines are wrong; every one of them, with its number and reason.
        WarehouseError: the database is not reached or not migrated.
    """
    lines, problems = read_csv(path, HEADER)
    found = [(line, _row(line, registry)) for line in lines]
    rows = [(line, row) for line, row in found if row is not None]
    refuse_repeats(((line, row[:4]) for line, row in rows), "validator, period and line type")
    problems.refuse()
    with writing(url, actor=actor) as transaction:
        return record_rows(transaction, _TABLE, [row for _, row in rows])


def _row(line: Line, registry: Registry) -> tuple[Any, ...] | None:
    line_type = line.read("line_type", lambda text: values.choice(text, LINE_TYPES))
    note = line.read("note", values.text) if line.fields["note"] else None
    chain = line.chain(registry)
    if chain is None:
        return None
    validator = line.read("validator", lambda text: values.validator_key(text, chain=chain))
    period = line.read("period_id", lambda text: values.period(text, chain=chain))
    amount = line.read("amount_native", lambda text: _amount(text, chain))
    if validator is None or period is None or line_type is None or amount is None:
        return None
    return (chain.chain_id, validator, period, line_type, amount, note)


def _amount(text: str, chain: Chain) -> Decimal:
    if text.startswith("-"):
        raise WrongValueError("is negative; costs and income are positive, the line type says which it is")
    return values.amount(text, chain=chain)
