"""A finance desk in a few lines: what is computed for one partner, and the moves of its statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from api.statements import lifecycle
from api.statements.models import Reference, Statement
from aurora.warehouse.connection import connect
from tests.worlds import Warehouse

PARTNER = UUID("00000000-0000-4000-8000-0000000000a1")
OTHER_PARTNER = UUID("00000000-0000-4000-8000-0000000000b1")
AGREEMENT = UUID("00000000-0000-4000-8000-0000000000a2")
OTHER_AGREEMENT = UUID("00000000-0000-4000-8000-0000000000b2")
VALIDATOR = "Vote1"
RULE = "solana/*/EXEC_FEES/FIXED_SHARE"

MODELS = (
    "statement_revisions",
    "statement_blockers",
    "stated_commissions",
    "commission_differences",
    "partner_commission_adjustments",
    "statement_draft_lines",
    "open_statements",
    "statement_findings",
    "statement_drafts",
    "partner_commission_statements",
    "partner_commission_statement_lines",
    "api_v1__partner_statements",
    "api_v1__partner_statement_lines",
)

TABLES = {
    "commission_differences",
    "partner_commission_adjustments",
    "statement_draft_lines",
    "statement_findings",
    "statement_drafts",
}

PEOPLE = f"""
insert into app.partners (partner_id, name) values ('{PARTNER}', 'Acme'), ('{OTHER_PARTNER}', 'Bolt');
insert into app.agreements (agreement_id, partner_id, name) values
    ('{AGREEMENT}', '{PARTNER}', 'Acme 2025'), ('{OTHER_AGREEMENT}', '{OTHER_PARTNER}', 'Bolt 2025');
insert into app.agreement_versions (agreement_id, agreement_version, effective_from, recorded_at)
values
    ('{AGREEMENT}', 1, '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'),
    ('{OTHER_AGREEMENT}', 1, '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z');
"""
"""Whoever has statements in the tests; one agreement each, since 2024."""


def month_of(period_id: int) -> date:
    """Period 202501 is the only one of January 2025; 20250102 would be its second."""
    text = str(period_id)
    return date(int(text[:4]), int(text[4:6]), 1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def sol(lamports: int | str | None) -> Decimal | None:
    """Lamports in SOL, exactly."""
    return None if lamports is None else Decimal(int(lamports)).scaleb(-9)


def lamports(amount: Decimal | None) -> int | None:
    """SOL in lamports; a fraction fails."""
    if amount is None:
        return None
    scaled = amount.scaleb(9)
    assert scaled == scaled.to_integral_value(), amount
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Cell:
    """Which line is meant."""

    period_id: int
    validator: str = VALIDATOR
    component: str = "EXEC_FEES"
    agreement: UUID = AGREEMENT
    rule: str = RULE


@dataclass(frozen=True, slots=True)
class Compiled:
    """The models of statements, and every data test of them, as dbt compiles them: in milliseconds, not seconds."""

    database: str
    tables: dict[str, str]
    tests: dict[str, str]


def compiled_statements(warehouse: Warehouse, database: str) -> Compiled:
    """Compile them for a database; ``warehouse.target`` is a folder of their own."""
    warehouse.build(select=MODELS, command="compile")
    folder = warehouse.target / "compiled" / "aurora"
    models = folder / "models" / "computation"
    tests = {
        path.stem: path.read_text()
        for path in folder.rglob("*.sql")
        if path.parent.suffix == ".yml" or "tests" in path.parts
    }
    untested = {f"keeps_{model}" for model in MODELS} - set(tests)
    assert not untested, f"not compiled: {untested}"
    return Compiled(
        database=database,
        tables={name: (models / f"{name}.sql").read_text() for name in MODELS if name in TABLES},
        tests=tests,
    )


@dataclass(slots=True)
class Desk:
    """A warehouse in which lines are written by hand and statements are computed and moved."""

    warehouse: Warehouse = field(repr=False)
    compiled: Compiled = field(repr=False)
    methods: dict[Cell, str] = field(default_factory=dict)

    def compute(self, amounts: Mapping[Cell | int, int | str], *, with_tests: bool = False) -> None:
        """Let these be all the lines that commissions come to, in lamports, and build the statements.

        A number stands for the cell of that period; each period lies in the month that it begins with.
        """
        lines = {Cell(key) if isinstance(key, int) else key: int(amount) for key, amount in amounts.items()}
        with connect(self.warehouse.url) as connection:
            connection.execute("truncate computation.partner_commission_lines")
            for cell, amount in lines.items():
                method = self.methods.get(cell, "FIXED_SHARE")
                partner = PARTNER if cell.agreement == AGREEMENT else OTHER_PARTNER
                connection.execute(
                    "insert into computation.partner_commission_lines (line_id, partner_id, agreement_id,"
                    " agreement_version, rule_key, chain_id, period_id, validator_key, revenue_component,"
                    " attribution_method, base_amount_native, attributed_amount_native, commission_rate_bps,"
                    " pre_override_amount_native, final_amount_native, is_finalized) values (encode(sha256(convert_to("
                    "%(key)s, 'UTF8')), 'hex'), %(partner)s, %(agreement)s, 1, %(rule)s, 'solana', %(period)s,"
                    " %(validator)s, %(component)s, %(method)s, 1, 1, 500, %(amount)s, %(amount)s, true)",
                    {
                        "key": f"{cell.agreement}|{cell.rule}|solana|{cell.period_id}|{cell.validator}"
                        f"|{cell.component}",
                        "partner": str(partner),
                        "agreement": str(cell.agreement),
                        "rule": cell.rule,
                        "period": cell.period_id,
                        "validator": cell.validator,
                        "component": cell.component,
                        "method": method,
                        "amount": sol(amount),
                    },
                )
                self._period(connection, cell.period_id)
        self.build(with_tests=with_tests)

    def _period(self, connection: Any, period_id: int) -> None:
        if connection.execute("select 1 from canonical.periods where period_id = %s", (period_id,)).fetchone():
            return
        month = month_of(period_id)
        connection.execute(
            "insert into canonical.periods (chain_id, period_id, period_type, starts_at, ends_at, is_finalized)"
            " values ('solana', %s, 'EPOCH', %s, %s, true)",
            (
                period_id,
                datetime(month.year, month.month, 10, tzinfo=UTC),
                datetime(month.year, month.month, 12, tzinfo=UTC),
            ),
        )

    def period(self, period_id: int, starts_at: str, ends_at: str | None, *, is_finalized: bool = True) -> None:
        """A period with bounds of its own."""
        self.execute("delete from canonical.periods where period_id = %s", period_id)
        self.execute(
            "insert into canonical.periods (chain_id, period_id, period_type, starts_at, ends_at, is_finalized)"
            " values ('solana', %s, 'EPOCH', %s, %s, %s)",
            period_id,
            starts_at,
            ends_at,
            is_finalized,
        )

    def diagnose(self, code: str, period_id: int, *, validator: str | None = VALIDATOR, blocks: bool = True) -> None:
        """A diagnostic of the partner's agreement."""
        self.execute(
            "insert into computation.commission_diagnostics (diagnostic_id, code, severity, is_blocking, partner_id,"
            " agreement_id, chain_id, period_id, validator_key, detail)"
            " values (%s, %s, %s, %s, %s, %s, 'solana', %s, %s, 'as it is')",
            f"{code}{period_id}{validator}",
            code,
            "BLOCKING" if blocks else "INFO",
            blocks,
            str(PARTNER),
            str(AGREEMENT),
            period_id,
            validator,
        )

    def build(self, *, with_tests: bool = False) -> None:
        """Build the statements, and do what follows a transform."""
        with connect(self.warehouse.url) as connection:
            for table, query in self.compiled.tables.items():
                connection.execute(f"truncate computation.{table}")
                connection.execute(f"insert into computation.{table} {self._own(connection, query)}".encode())
            # Lines are written by hand, so they are as new as anything else.
            connection.execute("update ops.model_watermark set built_through = pg_current_xact_id()")
        if with_tests:
            self.check()
        lifecycle.refresh(self.warehouse.url, actor="transform")

    def begin_anew(self) -> None:
        """As if nothing had ever been computed or stated."""
        self.execute(
            "alter table app.statements disable trigger user; alter table app.statement_lines disable trigger user;"
            " truncate app.statements, app.statement_lines;"
            " alter table app.statements enable always trigger keep_statement;"
            " alter table app.statements enable always trigger keep_statements;"
            " alter table app.statement_lines enable always trigger only_at_approval;"
            " alter table app.statement_lines enable always trigger only_append;"
            " alter table app.statement_lines enable always trigger only_append_whole;"
            " truncate canonical.periods"
        )

    def check(self) -> None:
        """Every data test of the models finds nothing."""
        with connect(self.warehouse.url) as connection:
            for name, query in self.compiled.tests.items():
                assert connection.execute(self._own(connection, query).encode()).fetchall() == [], name

    def _own(self, connection: psycopg.Connection[Any], query: str) -> str:
        return query.replace(f'"{self.compiled.database}".', f'"{connection.info.dbname}".')

    def execute(self, statement: str, *parameters: object) -> None:
        """Run a statement and commit it."""
        self.warehouse.execute(statement, *parameters)

    def reference(self, month: str, *, partner: str = "Acme") -> Reference:
        """The statement of a month, ``YYYY-MM``."""
        return Reference(partner=partner, chain_id="solana", month=date.fromisoformat(f"{month}-01"))

    def submit(self, month: str, *, actor: str = "ann", partner: str = "Acme") -> Statement:
        """Submit a month."""
        return lifecycle.submit(self.warehouse.url, self.reference(month, partner=partner), actor=actor)

    def approve(self, month: str, *, actor: str = "ben", partner: str = "Acme") -> Statement:
        """Approve a month that was submitted."""
        return lifecycle.approve(self.warehouse.url, self.reference(month, partner=partner), actor=actor)

    def freeze(self, *months: str, partner: str = "Acme") -> None:
        """Submit and approve months in their order."""
        for month in months:
            self.submit(month, partner=partner)
            self.approve(month, partner=partner)

    def release(self, month: str, *, actor: str = "cay", two_person: bool = False) -> Statement:
        """Release a month."""
        return lifecycle.release(self.warehouse.url, self.reference(month), actor=actor, two_person=two_person)

    def pay(self, month: str, *, reference: str = "tx 1", actor: str = "cay") -> Statement:
        """Mark a month as paid."""
        return lifecycle.pay(self.warehouse.url, self.reference(month), payment_reference=reference, actor=actor)

    def void(self, month: str, *, reason: str = "a mistake", actor: str = "cay") -> Statement:
        """Void a month."""
        return lifecycle.void(self.warehouse.url, self.reference(month), reason=reason, actor=actor)

    def statements(self, *, partner: str = "Acme") -> dict[tuple[str, int], dict[str, Any]]:
        """Statements by month and revision; amounts in lamports, without their suffix."""
        rows = self.warehouse.rows(
            "select * from computation.partner_commission_statements where partner_name = %s"
            " order by statement_month, revision",
            partner,
        )
        return {(f"{row['statement_month']:%Y-%m}", row["revision"]): _whole(row) for row in rows}

    def statement(self, month: str, *, revision: int = 1) -> dict[str, Any]:
        """One statement."""
        return self.statements()[month, revision]

    def lines(self, month: str, *, revision: int = 1) -> list[dict[str, Any]]:
        """The lines of a statement, by number."""
        rows = self.warehouse.rows(
            "select * from computation.partner_commission_statement_lines where statement_id = %s order by line_number",
            self.statement(month, revision=revision)["statement_id"],
        )
        return [_whole(row) for row in rows]

    def adjustments(self, *, frozen: bool | None = None) -> list[dict[str, Any]]:
        """Corrections, open or frozen ones or all."""
        rows = self.warehouse.rows(
            "select * from computation.partner_commission_adjustments"
            " order by posted_month, period_id, validator_key, rule_key"
        )
        return [_whole(row) for row in rows if frozen is None or row["is_frozen"] == frozen]


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_native"): lamports(value) if name.endswith("_native") else value
        for name, value in row.items()
    }
