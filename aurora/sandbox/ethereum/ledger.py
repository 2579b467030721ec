"""The truth about a simulated Ethereum chain: what an operator earned, to the wei, computed without any SQL.

The rules are COMMISSIONS.md's. An amount is None where nobody who asks now could know it: "missing" is not zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.ethereum.execution import Block
from aurora.sandbox.ethereum.validators import Validator
from aurora.sandbox.ethereum.view import EthereumView

WEI_PER_GWEI = 10**9
BPS = 10_000
_EPOCHS_AFTER_EXIT = 512
_FINAL_AFTER_EPOCHS = 2

Component = Literal["FEES", "MEV"]


class Ownership(NamedTuple):
    """Who owns a validator on a day, and the operator's share of a client's."""

    owner: str
    fee_bps: int
    execution_fee_bps: int


class Misdirected(NamedTuple):
    """A payment to nobody of ours, in wei."""

    public_key: str
    block_number: int
    component: Component
    recipient: str
    amount: int


class Payment(NamedTuple):
    """What a block paid to somebody, in wei; a builder's own fees are no payment to the proposer."""

    block_number: int
    component: Component
    recipient: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EthereumTruth:
    """One validator and day. Amounts are wei; None where the day does not tell yet.

    ``gross_mev = mev_tips + stakers_mev + misdirected_mev``; ``mev_payment_count`` counts its payments above 0;
    ``consensus_income`` is by duty, less the penalty of a slashing;
    ``total_revenue = exec_fees + mev_tips + vote_rewards + commission = net`` (no costs in this world);
    ``balance_income`` is by the balances of the day's ends, with ``withdrawals`` and ``deposits`` set off.
    """

    day: int
    public_key: str
    validator_index: int
    label: str | None
    owner: str
    exec_fees: int | None
    mev_tips: int | None
    stakers_mev: int | None
    client_fees: int | None
    misdirected_fees: int | None
    misdirected_mev: int | None
    gross_mev: int | None
    mev_payment_count: int | None
    proposals: int
    blocks: int
    consensus_income: int | None
    slashing_penalty: int | None
    vote_rewards: int | None
    commission: int | None
    total_revenue: int | None
    net: int | None
    balance_income: int | None
    withdrawals: int
    deposits: int
    is_finalized: bool
    is_complete: bool
    missing_data_types: tuple[str, ...]


def payments(block: Block, *, own: frozenset[str], by_explorer: bool = False) -> Iterator[Payment]:
    """What a block paid its proposer, by COMMISSIONS.md's rules.

    Args:
        own: addresses whose owner the payment of a silent relay's builder would go to.
        by_explorer: as known without the block's transactions: a relay's value is believed, a silent relay unseen.
    """
    fees, paid_to = block.priority_fees, block.fee_recipient
    last = block.transactions[-1] if block.transactions and not by_explorer else None
    relayed = block.payload
    if relayed is not None and relayed.recipient != paid_to:
        is_seen = last is not None and (last.sender, last.recipient) == (paid_to, relayed.recipient)
        value = last.value if last is not None and is_seen else relayed.value
        yield Payment(block.number, "MEV", relayed.recipient, value)
    elif relayed is not None:
        yield Payment(block.number, "FEES", paid_to, fees)
        yield Payment(block.number, "MEV", paid_to, max(relayed.value - fees, 0))
    elif paid_to not in own and last is not None and last.sender == paid_to and last.recipient in own:
        yield Payment(block.number, "MEV", last.recipient, last.value)
    else:
        yield Payment(block.number, "FEES", paid_to, fees)


class EthereumLedger:
    """Answers what was earned, as of where the clock stands."""

    def __init__(self, view: EthereumView) -> None:
        self._view, self._world = view, view.world

    def ownership(self, validator: Validator, day: int) -> Ownership:
        """What holds when a day starts."""
        held = Ownership("OPERATOR", 0, 0)
        for from_day, owner, fee_bps, execution_fee_bps in (
            validator.member.owners if validator.member is not None else ()
        ):
            if self._world.calendar.number_of_day(day) >= from_day:
                held = Ownership(owner, fee_bps, execution_fee_bps)
        return held

    def has_row(self, validator: Validator, day: int) -> bool:
        """Whether the validator is seen on a day: from its activation to 512 epochs after its exit."""
        calendar = self._world.calendar
        if day < calendar.day_of_epoch(validator.activation_epoch):
            return False
        exit_epoch = validator.exit_epoch
        return exit_epoch is None or day <= calendar.day_of_epoch(exit_epoch + _EPOCHS_AFTER_EXIT)

    def is_over(self, day: int) -> bool:
        """Whether every epoch of a day is finalized, so that all of it can be asked for."""
        return self._world.calendar.epochs(day)[-1] <= self._view.clock.finalized_epoch

    def day(self, period_id: int, tracked_only: bool = True, *, by_explorer: bool = False) -> dict[str, EthereumTruth]:
        """The truth about every validator seen on a day, by public key.

        Args:
            by_explorer: as beaconcha.in alone tells it: relays' values believed, silent relays and slashing
                penalties unseen.

        Raises:
            SandboxError: a day before the world's first, or after the running one.
        """
        self._refuse_unknown(period_id)
        validators = self._world.validators.tracked if tracked_only else self._world.validators.all
        return {
            one.public_key: self._truth(one, period_id, by_explorer=by_explorer)
            for one in validators
            if self.has_row(one, period_id)
        }

    def misdirected(self, period_id: int, *, by_explorer: bool = False) -> list[Misdirected]:
        """Payments of tracked validators' blocks to nobody of ours, of a day that is over; none of 0.

        Raises:
            SandboxError: a day before the world's first, or after the running one.
        """
        self._refuse_unknown(period_id)
        if not self.is_over(period_id):
            return []
        found = []
        for one in self._world.validators.tracked:
            _, operators, clients = self._addresses(one, period_id)
            for payment in self._payments(one, period_id, by_explorer=by_explorer):
                if payment.recipient not in operators | clients and payment.amount:
                    found.append(Misdirected(one.public_key, *payment))
        return found

    def consensus_income(self, validator: Validator, day: int) -> tuple[int, int]:
        """(income by duty, slashing penalty) of a day's epochs in wei; the income is before the penalty."""
        world, calendar = self._world, self._world.calendar
        rewards = (world.rewards.attestation(validator, epoch) for epoch in calendar.epochs(day))
        gwei = sum(reward.total for reward in rewards if reward is not None)
        production = world.production(day)
        for slot in production.produced:
            gwei += sum(world.rewards.seat_rewards(validator, slot))
        blocks = (slot for slot in production.proposals.get(validator.number, ()) if slot in production.number_of)
        gwei += sum(world.proposal_reward(slot).total for slot in blocks)
        penalties = world.movements(validator, "penalties", calendar.slots(day))
        return gwei * WEI_PER_GWEI, sum(one.gwei for one in penalties) * WEI_PER_GWEI

    def _refuse_unknown(self, day: int) -> None:
        calendar, clock = self._world.calendar, self._view.clock
        if not calendar.midnight(calendar.origin_day) <= calendar.midnight(day) <= calendar.midnight(clock.day):
            raise SandboxError(f"sandbox day {day} is not there; choose one from {calendar.origin_day} to {clock.day}")

    def _addresses(self, one: Validator, day: int) -> tuple[Ownership, frozenset[str], frozenset[str]]:
        """(ownership, the operator's addresses, the client's) on a day."""
        held = self.ownership(one, day)
        validators_own = frozenset({one.fee_recipient, one.withdrawal_address})
        if held.owner == "OPERATOR":
            return held, validators_own, frozenset()
        operators = frozenset(self._world.validators.operator_addresses)
        return held, operators, validators_own - operators

    def _payments(self, one: Validator, day: int, *, by_explorer: bool) -> Iterator[Payment]:
        _, operators, clients = self._addresses(one, day)
        production = self._world.production(day)
        for slot in production.proposals.get(one.number, ()):
            if slot in production.number_of:
                yield from payments(self._world.block(slot), own=operators | clients, by_explorer=by_explorer)

    def _truth(self, one: Validator, day: int, *, by_explorer: bool) -> EthereumTruth:
        world, calendar, production = self._world, self._world.calendar, self._world.production(day)
        held, operators, clients = self._addresses(one, day)
        is_over = self.is_over(day)
        paid = list(self._payments(one, day, by_explorer=by_explorer)) if is_over else []

        def total(component: Component, to: frozenset[str] | None) -> int:
            others = operators | clients
            return sum(
                payment.amount
                for payment in paid
                if payment.component == component
                and (payment.recipient in to if to is not None else payment.recipient not in others)
            )

        income, penalty = self.consensus_income(one, day) if is_over else (0, 0)
        if not by_explorer:
            income -= penalty
        of_clients = [payment.amount for payment in paid if payment.recipient in clients]
        execution_fees = sum(trunc0(amount * held.execution_fee_bps, BPS) for amount in of_clients)
        is_own = held.owner == "OPERATOR"
        commission = 0 if is_own else trunc0(income * held.fee_bps, BPS) + execution_fees
        vote_rewards = income if is_own else 0
        exec_fees, mev_tips = total("FEES", operators), total("MEV", operators)
        revenue = exec_fees + mev_tips + vote_rewards + commission
        slots = calendar.slots(day)
        seen = range(slots.start, min(slots.stop, self._view.clock.head_slot + 1))
        moved = {
            kind: sum(m.gwei for m in world.movements(one, kind, seen)) * WEI_PER_GWEI
            for kind in ("withdrawals", "deposits")
        }
        balances = world.balance(one, slots[-1]) - world.balance(one, slots.start - 1)

        def known(amount: int) -> int | None:
            return amount if is_over else None

        proposals = production.proposals.get(one.number, [])
        return EthereumTruth(
            day=day,
            public_key=one.public_key,
            validator_index=one.index,
            label=one.member.label if one.member is not None else None,
            owner=held.owner,
            exec_fees=known(exec_fees),
            mev_tips=known(mev_tips),
            stakers_mev=known(total("MEV", clients)),
            client_fees=known(total("FEES", clients)),
            misdirected_fees=known(total("FEES", None)),
            misdirected_mev=known(total("MEV", None)),
            gross_mev=known(sum(payment.amount for payment in paid if payment.component == "MEV")),
            mev_payment_count=known(sum(payment.component == "MEV" and payment.amount > 0 for payment in paid)),
            proposals=len(proposals),
            blocks=sum(slot in production.number_of for slot in proposals),
            consensus_income=known(income),
            slashing_penalty=known(penalty),
            vote_rewards=known(vote_rewards),
            commission=known(commission),
            total_revenue=known(revenue),
            net=known(revenue),
            balance_income=known(balances * WEI_PER_GWEI + moved["withdrawals"] - moved["deposits"]),
            withdrawals=moved["withdrawals"],
            deposits=moved["deposits"],
            is_finalized=is_over
            and calendar.epochs(day)[-1] + _FINAL_AFTER_EPOCHS <= self._view.clock.finalized_epoch
            and day < self._view.clock.day,
            is_complete=is_over,
            missing_data_types=() if is_over else ("FEES", "MEV", "REWARDS"),
        )


def trunc0(numerator: int, denominator: int) -> int:
    """The quotient truncated toward zero, as Postgres' ``div``."""
    quotient = abs(numerator) // denominator
    return quotient if numerator >= 0 else -quotient
