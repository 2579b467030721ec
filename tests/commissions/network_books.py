"""The books of a warehouse that was loaded and built: what networks earned, with agreements at random on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.commissions.books import COMPONENTS, DECIMALS, Agreement, Books, Cell, Period, Staker, Wallet
from tests.commissions.random_agreements import agreement, pool
from tests.worlds import Warehouse

PARTNERS = ("Acme", "Beta", "Čeněk")
_COLUMNS = {name: f"{name.lower()}_native" for name in COMPONENTS}


def earned(warehouse: Warehouse) -> Books:
    """Periods, cells and stakers as canonical and validator_revenue have them; nothing is agreed yet."""
    books = Books()
    for row in warehouse.rows("select * from canonical.periods"):
        bounds = (row["starts_at"], row["ends_at"])
        books.periods.append(Period(row["chain_id"], row["period_id"], *bounds, row["is_finalized"]))
    other: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for row in warehouse.rows(
        "select chain_id, period_id, validator_key, line_type, sum(amount_native) as amount_native"
        " from computation.validator_other_lines group by 1, 2, 3, 4"
    ):
        amount = _whole(row["amount_native"], row["chain_id"])
        assert amount is not None
        other[row["chain_id"], row["period_id"], row["validator_key"]][row["line_type"]] = amount
    for row in warehouse.rows(
        "select revenue.*, meta.active_stake_native, sets.is_complete as is_set_complete, sets.listed_stake_native,"
        " totals.rewards_native as all_rewards_native"
        " from computation.validator_revenue as revenue"
        " left join canonical.validator_meta as meta using (chain_id, period_id, validator_key)"
        " left join canonical.staker_sets as sets using (chain_id, period_id, validator_key)"
        " left join canonical.stake_rewards as totals on totals.chain_id = revenue.chain_id"
        " and totals.period_id = revenue.period_id and totals.validator_key = revenue.validator_key"
        " and totals.staker_key = '*'"
    ):
        chain = row["chain_id"]
        lines = other[chain, row["period_id"], row["validator_key"]]
        books.cells.append(
            Cell(
                chain,
                row["period_id"],
                row["validator_key"],
                {name: _whole(row[column], chain) for name, column in _COLUMNS.items()},
                {kind: -amount for kind, amount in lines.items() if kind != "OTHER_INCOME"},
                lines.get("OTHER_INCOME", 0),
                _whole(row["active_stake_native"], chain),
                row["listed_stake_native"] is not None,
                bool(row["is_set_complete"]),
                row["all_rewards_native"] is not None,
            )
        )
    for row in warehouse.rows("select * from canonical.stake_rewards where staker_key <> '*'"):
        chain = row["chain_id"]
        amounts = (row["active_stake_native"], row["rewards_native"], row["commission_native"])
        books.stakers.append(
            Staker(
                chain,
                row["period_id"],
                row["validator_key"],
                row["staker_key"],
                row["withdrawer_address"] or "",
                *(_whole(amount, chain) for amount in amounts),
            )
        )
    return books


def agreed(seed: int, books: Books) -> Books:
    """The same revenue with clients and agreements of every kind; the same ones for the same seed."""
    chance = Random(seed)
    starts = sorted({period.starts_at for period in books.periods if period.starts_at is not None})
    named = replace(books, wallets=_wallets(chance, books, starts[0] - timedelta(days=1)), agreements=[])
    for number in range(8):
        named.agreements.append(agreement(chance, chance.choice(PARTNERS), f"agreement {number}", starts))
    named.agreements.extend(pool(chance, PARTNERS, "pool", starts))
    _name_validators(named)
    return named


def _wallets(chance: Random, books: Books, since: Any) -> list[Wallet]:
    withdrawers = sorted({staker.withdrawer for staker in books.stakers if staker.chain == "solana"} - {""})
    found = [
        Wallet(chance.choice(PARTNERS), "solana", address, "withdrawer", since)
        for address in chance.sample(withdrawers, len(withdrawers) // 2)
    ]
    accounts = sorted({staker.staker for staker in books.stakers if staker.chain == "solana"})
    found += [
        Wallet(chance.choice(PARTNERS), "solana", address, "stake_account", since)
        for address in chance.sample(accounts, len(accounts) // 4)
    ]
    owners = sorted({staker.staker for staker in books.stakers if staker.chain == "ethereum"})
    return found + [
        Wallet(chance.choice(PARTNERS), "ethereum", address, "withdrawal_address", since) for address in owners
    ]


def _name_validators(books: Books) -> None:
    """Rules that name a validator name one of the network."""
    keys: dict[str, list[str]] = {
        chain: sorted({cell.validator for cell in books.cells if cell.chain == chain}) for chain in DECIMALS
    }
    for agreed_on in books.agreements:
        for rule in _rules_of(agreed_on):
            if rule.validator is not None:
                assert rule.chain is not None
                known = keys[rule.chain]
                rule.validator = known[sum(rule.validator.encode()) % len(known)]


def _rules_of(agreed_on: Agreement) -> list[Any]:
    return [rule for version in agreed_on.versions for rule in version.rules]


def _whole(native: Decimal | None, chain: str) -> int | None:
    if native is None:
        return None
    # In the text: arithmetic on decimals rounds to 28 digits.
    whole, _, fraction = format(native, "f").partition(".")
    kept, lost = fraction[: DECIMALS[chain]], fraction[DECIMALS[chain] :]
    assert not lost.strip("0"), native
    return int(whole + kept.ljust(DECIMALS[chain], "0"))
