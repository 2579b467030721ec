"""Changes at random of what is earned, agreed and recorded, made as the commands make them: triggers and all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from aurora.warehouse.connection import connect
from tests.commissions.books import COMPONENTS, Agreement, Books, Override, Wallet
from tests.commissions.random_agreements import STATUSES
from tests.commissions.random_agreements import agreement as random_agreement
from tests.commissions.random_books import amount
from tests.commissions.recording import (
    record_agreement,
    record_overrides,
    record_version,
    record_wallets,
    write_revenue,
)

Connection = psycopg.Connection[Any]


def change(chance: Random, url: str, books: Books) -> str:
    """Change one thing, or a few of one kind, and say what."""
    kinds = (_correct, _move_wallet, _amend, _amend, _suspend, _override, _agree)
    changed = chance.choice(kinds)
    with connect(url) as connection:
        said = changed(chance, connection, books)
    if changed is _correct:
        _write_again(url, books, said)
    return f"{changed.__name__.strip('_')} {said}"


def _correct(chance: Random, connection: Connection, books: Books) -> str:
    """Other amounts in a period's cells."""
    period = chance.choice(books.cells).period_id
    for cell in books.cells:
        if cell.period_id == period and chance.random() < 0.7:
            name = chance.choice(COMPONENTS)
            cell.components[name] = None if chance.random() < 0.2 else amount(chance, cell.chain)
    return str(period)


def _write_again(url: str, books: Books, period: str) -> None:
    write_revenue(url, books)
    with connect(url) as connection:
        connection.execute(
            "insert into ops.touched_periods (chain_id, data_type, period_id, run_id)"
            " select chain_id, 'TEST', period_id, 'test' from canonical.periods where period_id = %s",
            (period,),
        )
    # What comes before commissions is as new as a transform after that would make it.
    with connect(url) as connection:
        connection.execute("update ops.model_watermark set built_through = pg_current_xact_id()")


def _move_wallet(chance: Random, connection: Connection, books: Books) -> str:
    """A client leaves, comes, or goes from one partner to another."""
    partners = sorted({agreement.partner for agreement in books.agreements})
    accounts = sorted({("solana", s.staker, "stake_account") for s in books.stakers if not s.staker.startswith("0x")})
    accounts += [("solana", f"withdrawer{number}", "withdrawer") for number in range(3)]
    chain, address, kind = chance.choice(accounts)
    connection.execute(
        "update app.partner_wallets set superseded_at = now() where chain_id = %s and address = %s"
        " and superseded_at is null",
        (chain, address),
    )
    if chance.random() < 0.8:
        since = chance.choice(_starts(books)) - timedelta(seconds=chance.choice([0, 1]))
        record_wallets(connection, [Wallet(chance.choice(partners), chain, address, kind, since, None)])
    return address


def _amend(chance: Random, connection: Connection, books: Books) -> str:
    """Other terms from an instant on, maybe one that is long past: what was recorded is superseded."""
    agreement = chance.choice(books.agreements)
    since = chance.choice(_starts(books))
    [(last,)] = connection.execute(
        "select max(agreement_version) from app.agreement_versions where agreement_id = %s", (agreement.agreement_id,)
    ).fetchall()
    superseded = {row[0] for row in _supersede(connection, agreement.agreement_id, since)}
    kept = []
    for version in agreement.versions:
        if version.effective_from not in superseded:
            kept.append(version)
            continue
        terms = chance.choice(agreement.versions)
        later = replace(
            terms,
            effective_from=max(since, version.effective_from),
            effective_until=version.effective_until,
            negative_policy=chance.choice(["PASS_THROUGH", "FLOOR_AT_ZERO", "CARRY_FORWARD"]),
        )
        if version.effective_from < since:
            kept.append(replace(version, effective_until=since))
            record_version(connection, agreement, kept[-1], last := last + 1)
        if chance.random() < 0.85:
            kept.append(later)
            record_version(connection, agreement, later, last := last + 1)
    if kept:
        agreement.versions[:] = kept
    return f"{agreement.name} from {since}"


def _supersede(connection: Connection, agreement_id: UUID, since: datetime) -> list[tuple[datetime]]:
    return connection.execute(
        "update app.agreement_versions set superseded_at = now() where agreement_id = %s and superseded_at is null"
        " and (effective_until is null or effective_until > %s) returning effective_from",
        (agreement_id, since),
    ).fetchall()


def _suspend(chance: Random, connection: Connection, books: Books) -> str:
    """Another status from an instant on."""
    agreement, status = chance.choice(books.agreements), chance.choice(STATUSES)
    since = chance.choice(_starts(books))
    connection.execute(
        "update app.agreement_statuses set superseded_at = now()"
        " where agreement_id = %s and effective_from = %s and superseded_at is null",
        (agreement.agreement_id, since),
    )
    connection.execute(
        "insert into app.agreement_statuses (agreement_id, status, effective_from) values (%s, %s, %s)",
        (agreement.agreement_id, status, since),
    )
    return f"{agreement.name}: {status} from {since}"


def _override(chance: Random, connection: Connection, books: Books) -> str:
    """A line is something else, or again what is computed."""
    lines = connection.execute(
        "select agreement_id::uuid, rule_key, chain_id, period_id, validator_key, revenue_component"
        ' from computation.partner_commission_lines order by line_id collate "C"'
    ).fetchall()
    if not lines:
        return "nothing"
    agreement_id, *place = chance.choice(lines)
    [agreement] = [agreement for agreement in books.agreements if agreement.agreement_id == agreement_id]
    connection.execute(
        "update app.commission_overrides set superseded_at = now() where agreement_id = %s and rule_key = %s"
        " and chain_id = %s and period_id = %s and validator_key = %s and revenue_component = %s"
        " and superseded_at is null",
        (agreement_id, *place),
    )
    if chance.random() < 0.7:
        chain = str(place[1])
        record_overrides(connection, [Override(agreement, *place, amount(chance, chain, negative=True), 7)])
    return f"{agreement.name} {place}"


def _agree(chance: Random, connection: Connection, books: Books) -> str:
    """An agreement more."""
    partner = chance.choice(sorted({agreement.partner for agreement in books.agreements}))
    added: Agreement = random_agreement(chance, partner, f"agreement {len(books.agreements)} more", _starts(books))
    record_agreement(connection, added)
    books.agreements.append(added)
    return added.name


def _starts(books: Books) -> list[datetime]:
    return sorted({period.starts_at for period in books.periods if period.starts_at is not None})
