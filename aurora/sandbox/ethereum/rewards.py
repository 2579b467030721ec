"""Consensus rewards in gwei: attestations by epoch, sync committee seats and proposals by slot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from aurora.sandbox.ethereum.amendments import EthereumAmendments
from aurora.sandbox.ethereum.scale import EPOCHS_PER_SYNC_PERIOD, Calendar
from aurora.sandbox.ethereum.validators import GWEI_PER_ETH, Validator, Validators
from aurora.sandbox.keys import Hasher

SEAT_REWARD_GWEI = 22_456
SLASHING_QUOTIENT = 4_096  # Electra's MIN_SLASHING_PENALTY_QUOTIENT_ELECTRA and WHISTLEBLOWER_REWARD_QUOTIENT_ELECTRA
# Gwei for each whole ETH of effective balance, times 100: mainnet's epoch 335909 (fixtures/ethereum/beacon_node).
_HEAD, _TARGET, _SOURCE, _INACTIVITY = 7_525, 14_143, 7_615, 3_700


class AttestationReward(NamedTuple):
    """The parts of an epoch's attestation reward, signed. Head is never negative."""

    head: int
    target: int
    source: int
    inactivity: int

    @property
    def total(self) -> int:
        """Their sum."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class ProposalReward:
    """What a block earns its proposer on the consensus side."""

    attestations: int
    sync_aggregate: int
    proposer_slashings: int

    @property
    def total(self) -> int:
        """Their sum."""
        return self.attestations + self.sync_aggregate + self.proposer_slashings


def ideal_reward(effective_gwei: int) -> AttestationReward:
    """What perfect attestations of an epoch earn."""
    ether = effective_gwei // GWEI_PER_ETH
    return AttestationReward(ether * _HEAD // 100, ether * _TARGET // 100, ether * _SOURCE // 100, 0)


class Rewards:
    """What duties earn, whether or not there is a block is the caller's to know."""

    def __init__(
        self, hasher: Hasher, calendar: Calendar, validators: Validators, amendments: EthereumAmendments
    ) -> None:
        self._hasher, self._calendar, self._amendments = hasher, calendar, amendments
        self._validators = validators
        self.seats = lru_cache(maxsize=64)(validators.seats)
        third = calendar.epochs(calendar.day_of_number(3))
        self._leak = third[len(third) // 6 : len(third) // 3]

    def attestation(self, validator: Validator, epoch: int) -> AttestationReward | None:
        """The reward of an epoch; None where the validator is not judged in it."""
        if epoch < self._calendar.origin_epoch or not validator.is_judged(epoch):
            return None
        reward = self._as_it_was(validator, epoch)
        amended = self._amendments.rewards.get((epoch, validator.public_key))
        if amended is not None:
            reward = reward._replace(target=reward.target + amended - reward.total)
        return reward

    def _as_it_was(self, validator: Validator, epoch: int) -> AttestationReward:
        ideal = ideal_reward(validator.effective_gwei)
        has_source, has_target, has_head = self.participation(validator, epoch)
        ether = validator.effective_gwei // GWEI_PER_ETH
        return AttestationReward(
            head=ideal.head if has_head else 0,
            target=ideal.target if has_target else -ideal.target,
            source=ideal.source if has_source else -ideal.source,
            inactivity=0 if has_target or epoch not in self._leak else -(ether * _INACTIVITY // 100),
        )

    def participation(self, validator: Validator, epoch: int) -> tuple[bool, bool, bool]:
        """Whether (source, target, head) were attested in time."""
        role = validator.member.role if validator.member is not None else ""
        is_slashed = validator.slashed_epoch is not None and epoch >= validator.slashed_epoch
        if role == "offline" or is_slashed:
            return False, False, False
        draw = self._hasher.number(b"attestation", validator.number, epoch) % 100
        return draw >= 2, draw >= 5, draw >= 10

    def seat_rewards(self, validator: Validator, slot: int) -> tuple[int, ...]:
        """One amount a seat for a slot that holds a block; none without a seat."""
        seats = self.seats(self._calendar.epoch_of(slot) // EPOCHS_PER_SYNC_PERIOD).get(validator.number, 0)
        if not seats:
            return ()
        # An exited validator never misses: a balance of 0 could not pay for it.
        has_left = validator.exit_epoch is not None and self._calendar.epoch_of(slot) >= validator.exit_epoch
        takes_part = has_left or self._hasher.number(b"sync", slot, validator.number) % 100 >= 4
        return (SEAT_REWARD_GWEI if takes_part else -SEAT_REWARD_GWEI,) * seats

    def proposal(self, slot: int, *, slashed: Validator | None) -> ProposalReward:
        """The reward of a block, which may hold the slashing of a validator."""
        draw = self._hasher.number(b"proposal", slot)
        return ProposalReward(
            attestations=38_000_000 + draw % 6_000_000,
            sync_aggregate=1_500_000 + draw // 7 % 117_000,
            proposer_slashings=0 if slashed is None else slashed.effective_gwei // SLASHING_QUOTIENT,
        )
