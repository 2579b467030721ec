"""The facts of a simulated Ethereum chain, derived from a seed, whether or not anybody can see them yet."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from threading import RLock

from aurora.sandbox.errors import SandboxError
from aurora.sandbox.ethereum.accounts import Account, Movement
from aurora.sandbox.ethereum.amendments import EthereumAmendments
from aurora.sandbox.ethereum.execution import Block, Execution, Payload
from aurora.sandbox.ethereum.production import Production
from aurora.sandbox.ethereum.rewards import ProposalReward, Rewards
from aurora.sandbox.ethereum.scale import Calendar, EthereumScale
from aurora.sandbox.ethereum.validators import Validator, Validators
from aurora.sandbox.keys import Hasher

_FIRST_NUMBER = 24_136_001


class EthereumWorld:
    """The facts of one chain. It begins with the day before the scale's first and has no end.

    Facts that change later are amended (:attr:`amendments`); everything else is fixed by the seed and the scale.
    """

    def __init__(self, scale: EthereumScale, *, seed: int) -> None:
        self.scale = scale
        self.hasher = Hasher(seed)
        self.calendar = Calendar(scale)
        self.validators = Validators(self.hasher, self.calendar)
        self.amendments = EthereumAmendments(on_change=self._forget)
        self.rewards = Rewards(self.hasher, self.calendar, self.validators, self.amendments)
        self.execution = Execution(self.hasher, self.validators, self.amendments)
        # The server's thread and whoever reads the ledger share these.
        self._lock = RLock()
        self._days: list[Production] = []
        self._accounts: dict[int, Account] = {}

    def _forget(self) -> None:
        with self._lock:
            self._accounts.clear()

    def production(self, day: int) -> Production:
        """The proposals of a day, not before the world's first."""
        place = self.calendar.number_of_day(day)
        with self._lock:
            while len(self._days) <= place:
                number = self._days[-1].next_number if self._days else _FIRST_NUMBER
                made = self.calendar.day_of_number(len(self._days))
                self._days.append(
                    Production(self.hasher, self.calendar, self.validators, day=made, first_number=number)
                )
            return self._days[place]

    def production_of(self, slot: int) -> Production:
        """The proposals of the day to which a slot belongs."""
        return self.production(self.calendar.day_of_slot(slot))

    def is_produced(self, slot: int) -> bool:
        """Whether the slot has a block."""
        return slot >= self.calendar.origin_slot and slot in self.production_of(slot).number_of

    def block(self, slot: int) -> Block:
        """The execution block of a produced slot."""
        return self.execution.block(self.production_of(slot), slot)

    def payloads(self, slot: int) -> list[Payload]:
        """What relays delivered for a slot."""
        return self.execution.payloads(self.production_of(slot), slot)

    def parent(self, slot: int) -> int:
        """The slot of the block before: of a slot before the world's first where there is none in it."""
        slot -= 1
        while slot >= self.calendar.origin_slot and not self.is_produced(slot):
            slot -= 1
        return slot

    def slot_of_number(self, number: int, *, up_to: int) -> int | None:
        """The slot of an execution block; None where there is none up to a slot."""
        with self._lock:
            self.production_of(up_to)
            place = bisect_left(self._days, number, key=lambda day: day.next_number - 1)
        if number < _FIRST_NUMBER or place >= len(self._days):
            return None
        day = self._days[place]
        slot = day.produced[number - day.first_number]
        return slot if slot <= up_to else None

    def root(self, slot: int) -> str:
        """The root of a slot's beacon block."""
        return self.hasher.hex(b"beacon-block", slot)

    def proposal_reward(self, slot: int) -> ProposalReward:
        """The consensus reward of a block's proposer."""
        slashed = self.validators.of_role("slashed") if slot == self.slashing_slot else None
        return self.rewards.proposal(slot, slashed=slashed)

    @cached_property
    def slashing_slot(self) -> int:
        """The slot whose block holds the slashing."""
        epoch = self.validators.of_role("slashed").slashed_epoch or self.calendar.origin_epoch
        return self._block_from(epoch * self.scale.slots_per_epoch + self.scale.slots_per_epoch // 2)

    @cached_property
    def _deposit_slots(self) -> dict[int, int]:
        newcomer, topped_up = self.validators.of_role("newcomer"), self.validators.of_role("vanilla")
        deposited = newcomer.deposited_epoch or self.calendar.origin_epoch
        second_day = self.calendar.slots(self.calendar.day_of_number(2))
        return {
            newcomer.number: self._block_from(deposited * self.scale.slots_per_epoch),
            topped_up.number: self._block_from(second_day[len(second_day) // 5]),
        }

    def deposit_of(self, validator: Validator) -> int | None:
        """The slot whose block holds a validator's deposit."""
        return self._deposit_slots.get(validator.number)

    def deposits_at(self, slot: int) -> list[tuple[Validator, int]]:
        """The deposits in a block, with their gwei."""
        found = [self.validators.all[number] for number, at in self._deposit_slots.items() if at == slot]
        return [(one, self._account(one).deposit_gwei) for one in found]

    def _block_from(self, slot: int) -> int:
        found = self.production_of(slot).next_block(slot)
        if found is None:
            raise SandboxError(f"sandbox: no block follows slot {slot} on its day; choose another seed or scale")
        return found

    def _account(self, validator: Validator) -> Account:
        return self._accounts.setdefault(validator.number, Account(self, validator))

    def balance(self, validator: Validator, slot: int) -> int:
        """Gwei after the block of a slot."""
        with self._lock:
            return self._account(validator).balance(slot)

    def exists(self, validator: Validator, slot: int) -> bool:
        """Whether the state after a slot knows the validator."""
        return validator.deposited_epoch is None or self._deposit_slots[validator.number] <= slot

    def movements(self, validator: Validator, kind: str, slots: range) -> list[Movement]:
        """The ``withdrawals``, ``deposits`` or ``penalties`` of a validator within slots."""
        if not slots:
            return []
        with self._lock:
            account = self._account(validator)
            account.extend(slots[-1])
            moved: list[Movement] = getattr(account, kind)
            return [one for one in moved if one.slot in slots]

    def withdrawals_at(self, slot: int) -> list[tuple[Validator, int]]:
        """The withdrawals in a block, with their gwei."""
        swept = self.production_of(slot).sweeps.get(slot, [])
        return [
            (one, moved.gwei) for one in swept for moved in self.movements(one, "withdrawals", range(slot, slot + 1))
        ]
