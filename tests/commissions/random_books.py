"""Books at random: validators, clients and agreements of every kind, with what is unknown, negative, zero and moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.commissions.books import COMPONENTS, Books, Cell, Override, Period, Staker, Wallet, days, epochs, instant
from tests.commissions.random_agreements import agreement, pool
from tests.commissions.reference import compute

PARTNERS = ("Acme", "Beta", "acme", "Čeněk")
COSTS = ("VOTE_COSTS", "PRIORITY_FEES_SHARED", "INFRA_COSTS")


def random_books(seed: int) -> Books:
    """The same books for the same seed."""
    chance = Random(seed)
    books = Books()
    books.periods = _periods(chance)
    instants = _instants(books.periods)
    for chain, names in (("solana", "ABCd"), ("ethereum", "XY")):
        validators = [f"{'0x' if chain == 'ethereum' else 'Vote'}{name}" for name in names]
        for period in books.periods:
            if period.chain == chain:
                for validator in validators[: chance.randint(1, len(validators))]:
                    _cell(chance, books, period, validator)
    _wallets(chance, books, instants)
    for number in range(chance.randint(5, 9)):
        books.agreements.append(agreement(chance, chance.choice(PARTNERS), f"agreement {number}", instants))
    for number in range(chance.randint(0, 2)):
        books.agreements.extend(pool(chance, PARTNERS, f"pool {number}", instants))
    _overrides(chance, books)
    return books


def amount(chance: Random, chain: str, *, negative: bool = False) -> int:
    """Nothing, a few base units, or as much as a validator earns."""
    largest = chance.choice([0, 9, 300, 10**6, 10**11 if chain == "solana" else 10**21])
    found = chance.randint(0, largest)
    return -found if negative and chance.random() < 0.3 else found


def _periods(chance: Random) -> list[Period]:
    start = instant("2026-01-20") + timedelta(hours=chance.randint(0, 200))
    found = epochs(800, chance.randint(2, 6), starts_at=start, hours=chance.choice([48, 110, 240]))
    found.extend(days(instant("2026-01-29"), chance.randint(1, 5)))
    for number, period in enumerate(found):
        if chance.random() < 0.1:
            found[number] = replace(period, is_finalized=False)
        elif number and chance.random() < 0.03:
            found[number] = replace(period, starts_at=None)
    if chance.random() < 0.3:
        # It runs, or nobody knows when the next one begins.
        number = max(number for number, period in enumerate(found) if period.chain == "solana")
        found[number] = replace(found[number], ends_at=None, is_finalized=chance.random() < 0.2)
    return found


def _instants(periods: list[Period]) -> list[datetime]:
    """When something may change: where periods start, and just beside."""
    starts = {period.starts_at for period in periods if period.starts_at is not None}
    around = {start + beside for start in starts for beside in (-timedelta(seconds=1), timedelta(seconds=1))}
    return sorted(starts | around)


def _cell(chance: Random, books: Books, period: Period, validator: str) -> None:
    chain = period.chain
    may_lose = {"EXEC_FEES", "MEV_TIPS"} if chain == "solana" else {"VOTE_REWARDS", "COMMISSION"}
    components: dict[str, int | None] = {
        name: None if chance.random() < 0.04 else amount(chance, chain, negative=name in may_lose)
        for name in COMPONENTS
    }
    cell = Cell(chain, period.period_id, validator, components)
    cell.costs = {kind: amount(chance, chain) for kind in COSTS if chance.random() < 0.4}
    books.cells.append(cell)
    if chain == "ethereum":
        _depositor(chance, books, cell)
    else:
        _stakers(chance, books, cell)


def _depositor(chance: Random, books: Books, cell: Cell) -> None:
    cell.active_stake = chance.choice([0, None, 32 * 10**18, 2048 * 10**18])
    address = f"0xdeposit{chance.randint(0, 2)}"
    known = (cell.active_stake, cell.components["VOTE_REWARDS"], cell.components["COMMISSION"])
    books.stakers.append(Staker(cell.chain, cell.period_id, cell.validator, address, address, *known))


def _stakers(chance: Random, books: Books, cell: Cell) -> None:
    accounts = chance.sample(range(6), chance.choice([0, 2, 3, 4, 5]))
    is_zero, is_unrewarded = chance.random() < 0.05, chance.random() < 0.15
    stakes = {account: 0 if is_zero else amount(chance, "solana") for account in accounts}
    cell.is_listed = chance.random() < 0.7
    cell.is_staker_set_complete = chance.random() < 0.85
    cell.are_rewards_known = cell.is_staker_set_complete or chance.random() < 0.8
    cell.active_stake = None if chance.random() < 0.15 else sum(stakes.values())
    if cell.active_stake and chance.random() < 0.15:
        cell.active_stake = max(1, cell.active_stake + chance.choice([-3, -1, 1, 10**6, -cell.active_stake // 2]))
    commissions = _shared_out(chance, cell.components["COMMISSION"], len(accounts))
    for account, commission in zip(accounts, commissions, strict=True):
        reward = None if chance.random() < 0.03 else 0 if is_unrewarded else amount(chance, "solana")
        withdrawer = f"withdrawer{(account + (chance.random() < 0.1)) % 3}"
        stake = stakes[account] if cell.is_listed else None
        place = (cell.chain, cell.period_id, cell.validator, f"{cell.validator}/stake{account}", withdrawer)
        books.stakers.append(Staker(*place, stake, reward, commission))


def _shared_out(chance: Random, whole: int | None, count: int) -> list[int | None]:
    if whole is None or not count or chance.random() < 0.03:
        return [None] * count
    cuts = sorted(chance.randint(0, whole) for _ in range(count - 1))
    return [end - start for start, end in zip([0, *cuts], [*cuts, whole], strict=True)]


def _wallets(chance: Random, books: Books, instants: list[datetime]) -> None:
    addresses = sorted(
        {("solana", staker.staker, "stake_account") for staker in books.stakers if chance.random() < 0.3}
    )
    addresses = [address for address in addresses if not address[1].startswith("0x")]
    addresses += [("solana", f"withdrawer{number}", "withdrawer") for number in range(3)]
    addresses += [("ethereum", f"0xdeposit{number}", "withdrawal_address") for number in range(3)]
    for chain, address, kind in addresses:
        if chance.random() < 0.2:
            continue
        moves = sorted(chance.sample(instants, chance.choice([0, 0, 1, 2])))
        since = instants[0] - timedelta(days=chance.randint(0, 9))
        for until in [*(move for move in moves if move > since), None]:
            if chance.random() < 0.85:
                books.wallets.append(Wallet(chance.choice(PARTNERS), chain, address, kind, since, until))
            since = until or since


def _overrides(chance: Random, books: Books) -> None:
    """On lines, computed as it was or not, and where there is none."""
    reference = compute(books)
    agreements = {str(agreement.agreement_id): agreement for agreement in books.agreements}
    keys = sorted(reference.lines)
    for key in chance.sample(keys, min(len(keys), chance.randint(0, 4))):
        computed = reference.lines[key].computed
        seen = chance.choice([computed, computed, (computed or 0) + 1, None])
        agreed = agreements[key[0]]
        books.overrides.append(Override(agreed, *key[1:], amount(chance, key[2], negative=True), seen))
    for finding in sorted(reference.findings, key=str):
        if chance.random() > 0.05:
            continue
        code, agreement_id, rule_key, chain, period_id, validator, component = finding
        cells = [cell.validator for cell in books.cells if (cell.chain, cell.period_id) == (chain, period_id)]
        if code in {"AGREEMENT_SUSPENDED", "NO_ACTIVE_VERSION", "NOT_FINALIZED"} and cells:
            rule_key, validator, component = "as agreed", chance.choice(cells), chance.choice(COMPONENTS)
        key = (agreement_id, rule_key, chain, period_id, validator, component)
        taken = {(str(o.agreement.agreement_id), *_place(o)) for o in books.overrides} | reference.lines.keys()
        if agreement_id and rule_key and validator and component and key not in taken:
            about = (agreements[agreement_id], rule_key, chain, period_id, validator, component)
            books.overrides.append(Override(*about, 7, chance.choice([None, 7])))


def _place(override: Override) -> tuple[str, str, int, str, str]:
    return override.rule_key, override.chain, override.period_id, override.validator, override.component
