"""Who proposes each slot of a day, whether there is a block, its number, and what is planned to happen at it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

from aurora.sandbox.ethereum.scale import Calendar
from aurora.sandbox.ethereum.validators import Validator, Validators
from aurora.sandbox.keys import Hasher

_MISSED_PER_MILLE = 40
# Blocks of validators that nobody tracks: most are a builder's, as on mainnet.
_CROWD_PLANS = ("builder_high own", "builder_low own", "several own", "builder_high own", "same own", "vanilla own")
NOT_PRODUCED = frozenset({"missed", "undelivered"})


class Production:
    """One day. Slots are absolute; ``first_number`` is the execution number of the day's first block."""

    def __init__(
        self, hasher: Hasher, calendar: Calendar, validators: Validators, *, day: int, first_number: int
    ) -> None:
        self._hasher, self._calendar, self._validators = hasher, calendar, validators
        self.day = day
        self.slots = calendar.slots(day)
        self.proposers = self._proposers()
        self.plans = self._plans()
        self.produced = [slot for slot, plan in zip(self.slots, self.plans, strict=True) if not _is_missed(plan)]
        self.first_number = first_number
        self.number_of = {slot: first_number + place for place, slot in enumerate(self.produced)}

    @property
    def next_number(self) -> int:
        """The number of the next day's first block."""
        return self.first_number + len(self.produced)

    def proposer(self, slot: int) -> int:
        """The number of the validator whose turn it is."""
        return self.proposers[slot - self.slots.start]

    def plan(self, slot: int) -> str:
        """What happens at the slot."""
        return self.plans[slot - self.slots.start]

    @cached_property
    def proposals(self) -> dict[int, list[int]]:
        """Slots by the number of their proposer, blocks or not."""
        slots: dict[int, list[int]] = defaultdict(list)
        for slot, number in zip(self.slots, self.proposers, strict=True):
            slots[number].append(slot)
        return slots

    def next_block(self, slot: int) -> int | None:
        """The day's first slot with a block, from one on."""
        place = bisect_left(self.produced, slot)
        return self.produced[place] if place < len(self.produced) else None

    @cached_property
    def sweeps(self) -> dict[int, list[Validator]]:
        """The validators whose withdrawals a block may hold, by slot: each one's turn comes once a day."""
        sweeps: dict[int, list[Validator]] = defaultdict(list)
        for validator in self._validators.all:
            offset = self._hasher.number(b"sweep", validator.number) % len(self.slots)
            slot = self.next_block(self.slots.start + offset)
            if slot is not None:
                sweeps[slot].append(validator)
        return sweeps

    @cached_property
    def sweep_of(self) -> dict[int, int]:
        """The slot of each validator's turn, by its number."""
        return {validator.number: slot for slot, swept in self.sweeps.items() for validator in swept}

    def _proposers(self) -> list[int]:
        """Everybody in turn, in an order of its own each round: so nobody is left without a proposal for a day."""
        everybody, chosen = self._validators.all, []
        crowd = everybody[len(self._validators.tracked) :]
        order: list[Validator] = []
        for place, slot in enumerate(self.slots):
            turn, place_in_turn = divmod(place, len(everybody))
            if place_in_turn == 0:
                order = sorted(
                    everybody, key=lambda one: self._hasher.number(b"turn", self.day * 100 + turn, one.number)
                )
            candidate = order[place_in_turn]
            if not candidate.may_propose(self._calendar.epoch_of(slot)):
                candidate = crowd[self._hasher.number(b"stand-in", slot) % len(crowd)]
            chosen.append(candidate.number)
        return chosen

    def _plans(self) -> list[str]:
        seen: dict[int, int] = defaultdict(int)
        number_of_day = self._calendar.number_of_day(self.day)
        plans = []
        for slot, number in zip(self.slots, self.proposers, strict=True):
            member = self._validators.all[number].member
            if member is None:
                draw = self._hasher.number(b"plan", slot)
                missed = draw % 1_000 < _MISSED_PER_MILLE
                plans.append("missed" if missed else _CROWD_PLANS[draw // 1_000 % len(_CROWD_PLANS)])
                continue
            plan = member.later_plan if member.later_plan is not None and number_of_day >= 3 else member.plan
            plans.append(plan[(seen[number] + 5 * number_of_day) % len(plan)])
            seen[number] += 1
        return plans


def _is_missed(plan: str) -> bool:
    return plan.partition(" ")[0] in NOT_PRODUCED
