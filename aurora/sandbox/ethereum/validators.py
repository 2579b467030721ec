"""Validators: who they are, where they are paid, and the epochs of their lives."""

from __future__ import annotations

from dataclasses import dataclass

from aurora.sandbox.ethereum.cast import CAST, MAX_COMPOUNDING_ETH, Member
from aurora.sandbox.ethereum.scale import EPOCHS_PER_SYNC_PERIOD, Calendar
from aurora.sandbox.keys import Hasher

GWEI_PER_ETH = 10**9
FAR_FUTURE_EPOCH = 2**64 - 1
SLASHING_DELAY_EPOCHS = 8_192
_EXIT_QUEUE_EPOCHS = 5
_ACTIVATION_QUEUE_EPOCHS = 5
_FIRST_INDEX = 1_200_000
_INDEX_STEP = 37
_CROWD_SEATS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """One validator. ``number`` counts within the world, ``index`` is the chain's; epochs are None for never.

    ``exit_known_epoch`` is when the exit was asked for: before, the chain says that there is none.
    ``deposited_epoch`` is when the validator came to be known; None: before the world began.
    """

    number: int
    index: int
    public_key: str
    member: Member | None
    fee_recipient: str
    withdrawal_address: str
    is_compounding: bool
    effective_gwei: int
    start_gwei: int
    eligibility_epoch: int
    activation_epoch: int
    deposited_epoch: int | None = None
    exit_known_epoch: int | None = None
    exit_epoch: int | None = None
    withdrawable_epoch: int | None = None
    slashed_epoch: int | None = None

    def is_active(self, epoch: int) -> bool:
        """Whether it has duties of attestation, proposals apart."""
        return self.activation_epoch <= epoch and (self.exit_epoch is None or epoch < self.exit_epoch)

    def may_propose(self, epoch: int) -> bool:
        """Whether it can be chosen as a proposer."""
        return self.is_active(epoch) and (self.slashed_epoch is None or epoch < self.slashed_epoch)

    def is_judged(self, epoch: int) -> bool:
        """Whether attestations, or their absence, move its balance: a slashed one pays until it may withdraw."""
        is_paying = (
            self.slashed_epoch is not None
            and self.withdrawable_epoch is not None
            and self.slashed_epoch <= epoch
            and epoch + 1 < self.withdrawable_epoch
        )
        return self.is_active(epoch) or is_paying


class Validators:
    """All validators of a world, the cast first."""

    def __init__(self, hasher: Hasher, calendar: Calendar) -> None:
        self._hasher, self._calendar = hasher, calendar
        self.all = tuple(self._validator(number) for number in range(calendar.scale.validators))
        self.tracked = tuple(one for one in self.all if one.member is not None)
        self.by_key = {one.public_key: one for one in self.all}
        self.by_index = {one.index: one for one in self.all}
        self.operator_addresses = tuple(hasher.hex(b"operator-address", number, size=20) for number in range(2))

    def of_role(self, role: str) -> Validator:
        """The member of the cast with a role."""
        return next(one for one in self.tracked if one.member is not None and one.member.role == role)

    def find(self, identifier: object) -> Validator | None:
        """By index (as a number or in decimal) or by public key; None where there is none."""
        text = str(identifier)
        return self.by_key.get(text.lower()) if text.startswith("0x") else self.by_index.get(_number(text))

    def seats(self, period: int) -> dict[int, int]:
        """Seats in the sync committee of a period, by validator number. The rest are nobody's of this world."""
        seats = {self.of_role("seats").number: 2}
        leaver = self.of_role("leaver")
        if leaver.exit_epoch is not None and leaver.exit_epoch // EPOCHS_PER_SYNC_PERIOD == period:
            seats[leaver.number] = 1
        crowd = self.all[len(CAST) :]
        for place in range(min(_CROWD_SEATS, len(crowd))):
            member = crowd[self._hasher.number(b"seat", period, place) % len(crowd)]
            seats[member.number] = 1
        return seats

    def _validator(self, number: int) -> Validator:
        hasher, calendar = self._hasher, self._calendar
        member = CAST[number] if number < len(CAST) else None
        role = member.role if member is not None else ""
        is_compounding = member is not None and member.is_compounding
        effective = (MAX_COMPOUNDING_ETH if is_compounding else 32) * GWEI_PER_ETH
        life: dict[str, int] = {"activation_epoch": calendar.origin_epoch - 5_000 - number}
        first_day, second_day, third_day = (calendar.epochs(calendar.day_of_number(day)) for day in (1, 2, 3))
        if role == "newcomer":
            life["deposited_epoch"] = first_day[len(first_day) // 3]
            life["activation_epoch"] = second_day[len(second_day) // 2]
        if role == "leaver":
            exit_epoch = second_day[len(second_day) // 3]
            life["exit_known_epoch"] = exit_epoch - _EXIT_QUEUE_EPOCHS
            life["exit_epoch"] = exit_epoch
            life["withdrawable_epoch"] = exit_epoch + calendar.scale.withdrawability_epochs
        if role == "slashed":
            slashed_epoch = third_day[len(third_day) // 2]
            life["exit_known_epoch"] = life["slashed_epoch"] = slashed_epoch
            life["exit_epoch"] = slashed_epoch + _EXIT_QUEUE_EPOCHS
            life["withdrawable_epoch"] = slashed_epoch + SLASHING_DELAY_EPOCHS
        eligibility = life["activation_epoch"] - _ACTIVATION_QUEUE_EPOCHS
        surplus = hasher.number(b"surplus", number) % 12_000_000
        return Validator(
            number=number,
            index=_FIRST_INDEX + _INDEX_STEP * number,
            public_key=hasher.hex(b"bls", number, size=48),
            member=member,
            fee_recipient=hasher.hex(b"fee-recipient", number, size=20),
            withdrawal_address=hasher.hex(b"withdrawal-address", number, size=20),
            is_compounding=is_compounding,
            effective_gwei=effective,
            start_gwei=0 if role == "newcomer" else effective + surplus,
            eligibility_epoch=max(eligibility, life.get("deposited_epoch", 0) + 1),
            **life,
        )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1
