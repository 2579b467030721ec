"""The truth about a simulated cluster: what an operator earned, to the lamport, computed without any SQL.

The rules are COMMISSIONS.md's. An amount is None where nobody who asks now could know it: "missing" is not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.solana.jito import Jito
from aurora.sandbox.solana.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorTruth:
    """One validator and epoch. Amounts are lamports; None where the epoch does not tell yet.

    ``gross_tips = protocol_fee + mev_tips + stakers_tips``;
    ``total_revenue = exec_fees + mev_tips + vote_rewards + commission + other_income``;
    ``total_cost = priority_fees_shared``; ``net = total_revenue - total_cost``.
    ``missing_data_types`` names what a component needs and has not got: FEES, MEV, REWARDS.
    """

    epoch: int
    vote_account: str
    label: str | None
    exec_fees: int | None
    fee_count: int
    leader_slots: int
    produced: int
    gross_tips: int | None
    mev_commission_bps: int | None
    protocol_fee: int | None
    mev_tips: int | None
    stakers_tips: int | None
    priority_fees_shared: int | None
    commission: int | None
    vote_rewards: int | None
    other_income: int
    total_revenue: int | None
    total_cost: int | None
    net: int | None
    commission_bps: int
    active_stake: int
    is_finalized: bool
    is_complete: bool
    missing_data_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StakerTruth:
    """One stake account and epoch. ``commission`` is its share of the vote account's observed commission."""

    epoch: int
    vote_account: str
    address: str
    withdrawer: str
    rewards: int
    commission: int
    active_stake: int
    is_self_stake: bool


class Ledger:
    """Answers what was earned, as of where the clock stands."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._world = view.world
        self._jito = Jito(view)

    def bounds(self, epoch: int) -> tuple[int, int | None]:
        """(starts_at, ends_at) in unix seconds: block times of the first blocks of the epoch and of the next.

        Raises:
            SandboxError: the epoch has no block yet.
        """
        first = self._view.first_block(epoch)
        if first is None:
            raise SandboxError(f"sandbox epoch {epoch} has no block; choose one up to {self._view.clock.epoch}")
        after = self._view.first_block(epoch + 1)
        return self._world.slots.time(first), None if after is None else self._world.slots.time(after)

    def epoch(self, epoch: int, *, tracked_only: bool = False) -> dict[str, ValidatorTruth]:
        """The truth about every vote account on chain in an epoch, by vote account."""
        accounts = self._world.accounts
        return {
            vote: self.validator(epoch, vote)
            for index, vote in enumerate(accounts.votes)
            if accounts.is_alive(index, epoch) and not (tracked_only and accounts.traits[index].label is None)
        }

    def validator(self, epoch: int, vote_account: str) -> ValidatorTruth:
        """The truth about one vote account.

        Raises:
            SandboxError: no such vote account in that epoch.
        """
        world, accounts = self._world, self._world.accounts
        index = self._index(vote_account)
        if epoch > self._view.clock.epoch or not accounts.is_alive(index, epoch):
            raise SandboxError(f"sandbox vote account {vote_account} is not on chain in epoch {epoch}")
        exec_fees, fee_count, leader_slots, produced, other_income = self._fees(epoch, index)
        split = self._tips(epoch, index)
        gross, protocol, own_tips, stakers = split if split is not None else (None, None, None, None)
        state = self._view.reward_state(epoch)
        commission = (world.commission(index, epoch) or 0) if state != "before" else None
        vote_rewards = self._vote_rewards(epoch, index, is_paid=state == "paid")
        shared = world.priority_fees_shared(index, epoch) if self._view.is_tree_published(epoch) else None
        if split == (0, 0, 0, 0):
            shared = 0
        parts = (exec_fees, own_tips, vote_rewards, commission, other_income)
        known = [part for part in parts if part is not None]
        revenue = sum(known) if len(known) == len(parts) else None
        missing = tuple(
            name
            for name, values in (
                ("FEES", (exec_fees,)),
                ("MEV", (own_tips, shared)),
                ("REWARDS", (commission, vote_rewards)),
            )
            if None in values
        )
        return ValidatorTruth(
            epoch=epoch,
            vote_account=vote_account,
            label=accounts.traits[index].label,
            exec_fees=exec_fees,
            fee_count=fee_count,
            leader_slots=leader_slots,
            produced=produced,
            gross_tips=gross,
            mev_commission_bps=world.mev_bps(index, epoch),
            protocol_fee=protocol,
            mev_tips=own_tips,
            stakers_tips=stakers,
            priority_fees_shared=shared,
            commission=commission,
            vote_rewards=vote_rewards,
            other_income=other_income,
            total_revenue=revenue,
            total_cost=shared,
            net=None if revenue is None or shared is None else revenue - shared,
            commission_bps=world.commission_bps(index, epoch),
            active_stake=world.active_stake(index, epoch),
            is_finalized=epoch < self._view.clock.epoch and state == "paid",
            is_complete=not missing,
            missing_data_types=missing,
        )

    def stakers(self, epoch: int, vote_account: str) -> dict[str, StakerTruth]:
        """The truth about every stake account active under a vote account in an epoch, by address.

        Raises:
            SandboxError: no such vote account, or the epoch's rewards are not paid out.
        """
        world, accounts, index = self._world, self._world.accounts, self._index(vote_account)
        if self._view.reward_state(epoch) != "paid":
            raise SandboxError(f"sandbox epoch {epoch} is not paid out; move the clock on")
        active = [account for account in accounts.accounts_of(index) if account.is_active(epoch)]
        addresses = {account.number: accounts.address(account.number) for account in active}
        rewards = {addresses[account.number]: world.split_reward(account, epoch)[1] for account in active}
        stakes = {addresses[account.number]: accounts.stake(account, epoch) for account in active}
        weights = rewards if any(rewards.values()) else stakes
        shares = largest_remainder(world.commission(index, epoch) or 0, weights)
        return {
            address: StakerTruth(
                epoch=epoch,
                vote_account=vote_account,
                address=address,
                withdrawer=accounts.withdrawer(account),
                rewards=rewards[address],
                commission=shares[address],
                active_stake=stakes[address],
                is_self_stake=account.is_own,
            )
            for account in active
            for address in (addresses[account.number],)
        }

    def own_stake_accounts(self, vote_account: str) -> list[str]:
        """The operator's own stake accounts under a vote account: what ``chains.yaml`` lists."""
        accounts = self._world.accounts
        return [accounts.address(a.number) for a in accounts.accounts_of(self._index(vote_account)) if a.is_own]

    def _index(self, vote_account: str) -> int:
        index = self._world.accounts.index_of_vote.get(vote_account)
        if index is None:
            raise SandboxError(f"sandbox vote account {vote_account} does not exist in this world")
        return index

    def _fees(self, epoch: int, validator: int) -> tuple[int | None, int, int, int, int]:
        """(fees, entries, leader slots, blocks, income of unknown types): of the slots that have passed."""
        world, production = self._world, self._world.production(epoch)
        slots = production.slots_of.get(validator, [])
        passed = [slot for slot in slots if slot <= self._view.clock.head_slot]
        produced = [slot for slot in passed if world.slots.is_produced(slot)]
        fees = [fee for fee in map(world.fee, produced) if fee is not None]
        unknown = production.unknown_reward
        other_income = unknown[1] if unknown is not None and unknown[0] in produced else 0
        is_known = self._view.schedule(epoch) is not None and len(passed) == len(slots)
        return sum(fees) if is_known else None, len(fees), len(slots), len(produced), other_income

    def _tips(self, epoch: int, validator: int) -> tuple[int, int, int, int] | None:
        """(gross, protocol, validator, stakers); None while the epoch's list is not in, unless no Jito was run."""
        if self._view.is_tree_published(epoch):
            return self._world.tips(validator, epoch), *self._world.split_tips(validator, epoch)
        is_known = self._world.scale.first_epoch <= epoch and not self._jito.is_listed(validator, epoch)
        return (0, 0, 0, 0) if is_known else None

    def _vote_rewards(self, epoch: int, validator: int, *, is_paid: bool) -> int | None:
        own = [account for account in self._world.accounts.accounts_of(validator) if account.is_own]
        if not own:
            return 0
        return sum(self._world.split_reward(account, epoch)[1] for account in own) if is_paid else None


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share out ``total`` in proportion to ``weights``, whole units, nothing lost; ties by key in byte order.

    All weights zero: nobody gets anything.
    """
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {key: total * weight // whole for key, weight in weights.items()}
    rest = total - sum(shares.values())
    ranked = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key.encode()))
    for key in ranked[:rest]:
        shares[key] += 1
    return shares
