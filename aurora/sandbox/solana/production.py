"""Who leads which slot, which slots have a block, and what its leader earned: one epoch at a time."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate
from math import isqrt

from aurora.sandbox.keys import Hasher
from aurora.sandbox.solana.accounts import Accounts
from aurora.sandbox.solana.scale import Scale

SLOTS_PER_LEADER = 4
_BEYOND_FLOAT = 2**53


class Slots:
    """What is known of a slot by its number alone."""

    def __init__(self, hasher: Hasher, scale: Scale) -> None:
        self._hasher = hasher
        self._scale = scale
        self._epoch_time = lru_cache(maxsize=1_000)(self._epoch_start)

    def first_slot(self, epoch: int) -> int:
        """The first slot of an epoch."""
        return epoch * self._scale.slots_per_epoch

    def epoch_of(self, slot: int) -> int:
        """The epoch of a slot."""
        return slot // self._scale.slots_per_epoch

    def is_produced(self, slot: int) -> bool:
        """Whether the slot has a block. Some epochs begin with skipped slots, as on mainnet."""
        epoch, index = divmod(slot, self._scale.slots_per_epoch)
        if index < 4:
            return not (epoch % 2 == self._scale.running_epoch % 2 and index < 3)
        return self._hasher.number(b"skip", slot) % 1000 >= self._scale.skipped_per_mille

    def parent(self, slot: int) -> int:
        """The slot of the block before."""
        slot -= 1
        while not self.is_produced(slot):
            slot -= 1
        return slot

    def first_block(self, epoch: int, *, after_index: int = 0) -> int:
        """The first slot with a block, from an index within the epoch on."""
        slot = self.first_slot(epoch) + after_index
        while not self.is_produced(slot):
            slot += 1
        return slot

    def time(self, slot: int) -> int:
        """The block time, in unix seconds: epochs of about two days, of slightly different lengths."""
        epoch, index = divmod(slot, self._scale.slots_per_epoch)
        start, end = self._epoch_time(epoch), self._epoch_time(epoch + 1)
        return start + (end - start) * index // self._scale.slots_per_epoch

    def _epoch_start(self, epoch: int) -> int:
        # Mainnet's epoch 837 began around 2025-08-21T17:00Z.
        nominal = 1_755_795_600 + (epoch - 837) * self._scale.seconds_per_epoch
        return nominal + self._hasher.number(b"drift", epoch) % 3_600

    def height(self, slot: int) -> int:
        """The block height at a slot: it rises with every block; how far it lies behind the slot nobody asks."""
        return slot - self._scale.first_epoch

    def plain_fee(self, slot: int) -> int:
        """What an ordinary block earns its leader, in lamports."""
        return 8_000_000 + self._hasher.number(b"fee", slot) % 55_000_000


class Production:
    """The leader schedule and the blocks of one epoch, without amendments.

    The schedule is fixed from vote accounts and stake at the start of the epoch before (PROVIDERS-SOLANA.md, 5).
    """

    def __init__(self, hasher: Hasher, scale: Scale, accounts: Accounts, slots: Slots, epoch: int) -> None:
        self._hasher, self._scale, self._accounts, self._slots = hasher, scale, accounts, slots
        self.epoch = epoch
        self.first_slot = slots.first_slot(epoch)
        self.last_slot = self.first_slot + scale.slots_per_epoch - 1

    @cached_property
    def leaders(self) -> list[int]:
        """The leading validator of each group of four slots."""
        candidates = [index for index, traits in enumerate(self._accounts.traits) if self._may_lead(index)]
        weights = list(accumulate(isqrt(self._accounts.traits[index].nominal_sol) for index in candidates))
        groups = -(-self._scale.slots_per_epoch // SLOTS_PER_LEADER)
        draws = (self._hasher.number(b"leader", self.epoch, group) % weights[-1] for group in range(groups))
        return [candidates[bisect_right(weights, draw)] for draw in draws]

    def _may_lead(self, validator: int) -> bool:
        before = self.epoch - 1
        traits = self._accounts.traits[validator]
        if not traits.leads or not self._accounts.is_alive(validator, before):
            return False
        has_joined = traits.first_epoch is None or before > traits.first_epoch
        return has_joined and (traits.last_staked_epoch is None or before <= traits.last_staked_epoch)

    def leader(self, slot: int) -> int:
        """The validator that leads a slot."""
        return self.leaders[(slot - self.first_slot) // SLOTS_PER_LEADER]

    def identity(self, validator: int) -> str:
        """The identity under which a validator stands in this epoch's schedule."""
        return self._accounts.identity(validator, self.epoch - 1)

    @cached_property
    def slots_of(self) -> dict[int, list[int]]:
        """Every leader's slots, ascending."""
        slots: dict[int, list[int]] = {}
        for group, validator in enumerate(self.leaders):
            first = self.first_slot + group * SLOTS_PER_LEADER
            slots.setdefault(validator, []).extend(range(first, min(first + SLOTS_PER_LEADER, self.last_slot + 1)))
        return slots

    @cached_property
    def produced(self) -> list[int]:
        """The slots that have a block, ascending."""
        return [slot for slot in range(self.first_slot, self.last_slot + 1) if self._slots.is_produced(slot)]

    @cached_property
    def produced_by(self) -> dict[int, int]:
        """How many blocks each leader produced."""
        counts: dict[int, int] = {}
        for slot in self.produced:
            validator = self.leader(slot)
            counts[validator] = counts.get(validator, 0) + 1
        return counts

    def fee(self, slot: int) -> int | None:
        """The ``Fee`` of a produced block in lamports; None where it was burned whole and there is no entry."""
        if slot == self.burned_slot:
            return None
        if slot == self.whale_slot:
            return _BEYOND_FLOAT + 1 + 2 * (self._slots.plain_fee(slot) // 2)
        return self._slots.plain_fee(slot)

    @cached_property
    def burned_slot(self) -> int:
        """The block whose fees were burned."""
        return self._slots.first_block(self.epoch, after_index=self._scale.slots_per_epoch * 2 // 5)

    @cached_property
    def whale_slot(self) -> int | None:
        """A block whose fee a double cannot hold, once, in the third epoch before the running one."""
        if self.epoch != self._scale.running_epoch - 3:
            return None
        whales = [index for index, traits in enumerate(self._accounts.traits) if traits.is_whale]
        slots = self.slots_of.get(whales[0], []) if whales else []
        return next((slot for slot in slots if self._slots.is_produced(slot) and slot != self.burned_slot), None)

    @cached_property
    def unknown_reward(self) -> tuple[int, int] | None:
        """Slot and lamports of a reward of a type nobody knows yet, once, in the epoch before the last one."""
        if self.epoch != self._scale.running_epoch - 2:
            return None
        middle = self.first_slot + self._scale.slots_per_epoch // 2
        slot = next((s for s in self.slots_of.get(0, []) if s >= middle and self._slots.is_produced(s)), None)
        return None if slot is None else (slot, 1_234_567_891)

    @cached_property
    def rent_slot(self) -> int | None:
        """A block that also holds a negative ``Rent`` entry of somebody else's account."""
        if self.epoch != self._scale.running_epoch - 2:
            return None
        return self._slots.first_block(self.epoch, after_index=self._scale.slots_per_epoch * 3 // 5)
