"""The facts of a simulated cluster, derived from a seed: what happened, whether or not anybody can see it yet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from aurora.sandbox.keys import Hasher
from aurora.sandbox.solana.accounts import Accounts, StakeAccount
from aurora.sandbox.solana.amendments import Amendments
from aurora.sandbox.solana.cast import at
from aurora.sandbox.solana.production import Production, Slots
from aurora.sandbox.solana.scale import Scale

BPS = 10_000
REWARDS_PER_PARTITION = 4_096
_PER_STAKE = 10**7
_PROTOCOL_FEE_STEPS = ((0, 0), (752, 300))
PRIORITY_FEE_PROTOCOL_BPS = 150


def split_commission(reward: int, bps: int) -> tuple[int, int]:
    """A stake account's inflation reward as (the validator's, the staker's) lamports.

    Both sides are floored; where a real split leaves either side nothing, the whole is skipped. The rule is agave's
    ``inflation_rewards``, Tower (fixtures/solana/oracles/agave_commission_split_tower.json).
    """
    rate = min(bps, BPS)
    validator, staker = reward * rate // BPS, reward * (BPS - rate) // BPS
    if 0 < rate < BPS and not (validator and staker):
        return 0, 0
    return validator, staker


def split_tips(gross: int, *, commission_bps: int, protocol_bps: int) -> tuple[int, int, int]:
    """(protocol, validator, stakers) of gross tips in lamports; their sum is the gross.

    Both fees are floored on the gross, the validator gives way where they exceed it: tip-router
    ``generated_merkle_tree.rs`` (fixtures/solana/oracles/jito_tip_distribution_split.json).
    """
    protocol = gross * protocol_bps // BPS
    validator = min(gross * commission_bps // BPS, gross - protocol)
    return protocol, validator, gross - protocol - validator


class World:
    """The facts of one cluster. Amounts are lamports; validators go by their index.

    Facts that change later are amended (:attr:`amendments`); everything else is fixed by the seed and the scale.
    """

    def __init__(self, scale: Scale, *, seed: int) -> None:
        self.scale = scale
        self.seed = seed
        self.hasher = Hasher(seed)
        self.accounts = Accounts(self.hasher, scale)
        self.slots = Slots(self.hasher, scale)
        self.amendments = Amendments()
        self.production = lru_cache(maxsize=64 if scale.slots_per_epoch <= 10_000 else 3)(self._production)
        self._commissions = lru_cache(maxsize=200_000)(self._commission_of)
        self._stakes = lru_cache(maxsize=200_000)(self._active_stake_of)
        self.delegations = lru_cache(maxsize=200_000)(self._delegations)
        self._reward_rate = lru_cache(maxsize=20_000)(self._reward_rate_of)
        self.block_hash = lru_cache(maxsize=16)(self._block_hash)
        self.reward_partitions = lru_cache(maxsize=64)(self._reward_partitions)

    def _production(self, epoch: int) -> Production:
        return Production(self.hasher, self.scale, self.accounts, self.slots, epoch)

    def _block_hash(self, slot: int) -> str:
        return self.hasher.key(b"block", slot)

    def fee(self, slot: int) -> int | None:
        """The ``Fee`` of a produced block; None where there is no entry."""
        amended = self.amendments.fees.get(slot)
        return amended if amended is not None else self.production(self.slots.epoch_of(slot)).fee(slot)

    def commission_bps(self, validator: int, epoch: int) -> int:
        """The inflation commission of an epoch."""
        return at(self.accounts.traits[validator].commission_bps, epoch) or 0

    def mev_bps(self, validator: int, epoch: int) -> int | None:
        """The MEV commission of an epoch; None where the validator does not run Jito."""
        amended = self.amendments.tips.get((epoch, self.accounts.votes[validator]))
        if amended is not None and amended.mev_commission_bps is not None:
            return amended.mev_commission_bps
        return at(self.accounts.traits[validator].mev_bps, epoch)

    def active_stake(self, validator: int, epoch: int) -> int:
        """The active stake of a vote account in an epoch."""
        return self._stakes(validator, epoch)

    def _active_stake_of(self, validator: int, epoch: int) -> int:
        return sum(self.accounts.active_stake(a, epoch) for a in self.accounts.accounts_of(validator))

    def _delegations(self, validator: int, epoch: int) -> int:
        """How many stake accounts are active under a vote account in an epoch."""
        return sum(account.is_active(epoch) for account in self.accounts.accounts_of(validator))

    def gross_reward(self, account: StakeAccount, epoch: int) -> int:
        """A stake account's inflation reward of an epoch before the split: in proportion to its active stake."""
        return self.accounts.active_stake(account, epoch) * self._reward_rate(account.validator, epoch) // _PER_STAKE

    def _reward_rate_of(self, validator: int, epoch: int) -> int:
        """Lamports earned by ten million active ones: the network's rate, less for votes that came late."""
        late = self.hasher.number(b"credits", validator, epoch) % 60
        return 2_900 + self.hasher.number(b"rate", epoch) % 150 - late

    def split_reward(self, account: StakeAccount, epoch: int) -> tuple[int, int]:
        """(the validator's, the staker's) part of a stake account's inflation reward, amendments included."""
        reward = self.gross_reward(account, epoch)
        validator, staker = split_commission(reward, self.commission_bps(account.validator, epoch))
        if self.amendments.rewards:
            staker = self.amendments.rewards.get((epoch, self.accounts.address(account.number)), staker)
        return validator, staker

    def commission(self, validator: int, epoch: int) -> int | None:
        """The inflation reward of a vote account; None where it has no rewarded stake, and so no entry."""
        amended = self.amendments.rewards.get((epoch, self.accounts.votes[validator]))
        return amended if amended is not None else self._commissions(validator, epoch)

    def _commission_of(self, validator: int, epoch: int) -> int | None:
        total, is_rewarded = 0, False
        bps, rate = self.commission_bps(validator, epoch), self._reward_rate(validator, epoch)
        for account in self.accounts.accounts_of(validator):
            stake = self.accounts.active_stake(account, epoch)
            if stake:
                own, others = split_commission(stake * rate // _PER_STAKE, bps)
                is_rewarded = is_rewarded or own + others > 0
                total += own
        return total if is_rewarded else None

    def tips(self, validator: int, epoch: int) -> int:
        """The gross tips of a validator's tip distribution account."""
        amended = self.amendments.tips.get((epoch, self.accounts.votes[validator]))
        if amended is not None and amended.mev_revenue is not None:
            return amended.mev_revenue
        if at(self.accounts.traits[validator].mev_bps, epoch) is None or not self.active_stake(validator, epoch):
            return 0
        blocks = self.production(epoch).produced_by.get(validator, 0)
        draw = self.hasher.number(b"tips", validator, epoch)
        tips = blocks * (4_000_000 + draw % 30_000_000) + (draw // 3 % 1_000_003 if blocks else 0)
        if self.accounts.traits[validator].is_whale and epoch == self.scale.running_epoch - 3:
            tips = (tips + 2**53) | 1  # odd, so that a double cannot hold it
        return tips

    @staticmethod
    def protocol_fee_bps(epoch: int) -> int:
        """The tip router's fee of an epoch."""
        return at(_PROTOCOL_FEE_STEPS, epoch) or 0

    def split_tips(self, validator: int, epoch: int) -> tuple[int, int, int]:
        """(protocol, validator, stakers) of a validator's gross tips."""
        return split_tips(
            self.tips(validator, epoch),
            commission_bps=self.mev_bps(validator, epoch) or 0,
            protocol_bps=self.protocol_fee_bps(epoch),
        )

    def priority_fees_shared(self, validator: int, epoch: int) -> int:
        """What a validator passed on through Jito's priority-fee distribution, the protocol's part included."""
        percent = self.accounts.traits[validator].priority_fee_percent
        if not percent or self.mev_bps(validator, epoch) is None or not self.active_stake(validator, epoch):
            return 0
        blocks = self.production(epoch).produced_by.get(validator, 0)
        return blocks * 8_000_000 * percent // 100 + (1 if blocks else 0)

    @property
    def _partition_count(self) -> int:
        return min(-(-self.accounts.count // REWARDS_PER_PARTITION), self.scale.slots_per_epoch // 10)

    def _reward_partitions(self, epoch: int) -> dict[int, int]:
        """Slot → partition of the blocks that pay stake accounts for ``epoch``: those after the first of the next."""
        slot, found = self.slots.first_block(epoch + 1), dict[int, int]()
        while len(found) < self._partition_count:
            slot += 1
            if self.slots.is_produced(slot):
                found[slot] = len(found)
        return found

    def partition(self, account: StakeAccount) -> int:
        """The partition that a stake account is paid in."""
        return min(account.number // REWARDS_PER_PARTITION, self._partition_count - 1)

    def accounts_in_partition(self, partition: int) -> Iterator[StakeAccount]:
        """The stake accounts of a partition."""
        first = partition * REWARDS_PER_PARTITION
        is_last = partition == self._partition_count - 1
        last = self.accounts.count if is_last else first + REWARDS_PER_PARTITION
        return (self.accounts.account(number) for number in range(first, last))

    def payout_slot(self, account: StakeAccount, epoch: int) -> int:
        """The slot of the block that pays a stake account for an epoch."""
        return list(self.reward_partitions(epoch))[self.partition(account)]

    def last_payout_slot(self, epoch: int) -> int:
        """The slot of the block with which an epoch is paid out."""
        return max(self.reward_partitions(epoch))

    def vote_balance(self, validator: int, epoch: int) -> int:
        """A vote account's balance before the epoch's commission is credited."""
        return 27_000_000 + self.hasher.number(b"balance", validator, epoch) % (900 * 10**9)
