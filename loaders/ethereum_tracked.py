"""The tracked validators of an Ethereum chain: who they are to a provider, and when they live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aurora.errors import UnknownProviderError
from aurora.registry import DayChain
from loaders.ethereum_days import BeaconDays

EPOCHS_PER_COMMITTEE = 256
"""Epochs that a sync committee sits for (consensus specs, EPOCHS_PER_SYNC_COMMITTEE_PERIOD)."""

SEATED_AFTER_EXIT = 2 * EPOCHS_PER_COMMITTEE
"""A validator can sit in a committee, and earn, for so many epochs after its exit."""

SLASHING_EPOCHS = 8192
"""From a slashing to the end of its quarantine (consensus specs, EPOCHS_PER_SLASHINGS_VECTOR)."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """One validator. Its life is unknown (None) until a view of it was answered."""

    public_key: str
    index: int | None = None
    registered_index: int | None = None
    is_seen: bool = False
    activation_epoch: int | None = None
    exit_epoch: int | None = None
    withdrawable_epoch: int | None = None
    is_slashed: bool = False

    @property
    def node_id(self) -> str:
        """What a beacon node is asked by."""
        return str(self.index) if self.index is not None else self.public_key

    @property
    def explorer_id(self) -> int | str:
        """What beaconcha.in is asked by: the index where the registry gives it."""
        return self.registered_index if self.registered_index is not None else self.public_key

    def earns_in(self, epochs: range) -> bool:
        """Whether it can earn or be penalised in one of the epochs."""
        if not self.is_seen:
            return True
        if self.activation_epoch is None or self.activation_epoch >= epochs.stop:
            return False
        end = max((self.exit_epoch or 0) + SEATED_AFTER_EXIT, (self.withdrawable_epoch or 0) if self.is_slashed else 0)
        return self.exit_epoch is None or end >= epochs.start

    def is_being_slashed(self, epochs: range) -> bool:
        """Whether penalties for a slashing may fall in the epochs."""
        if not self.is_slashed or self.withdrawable_epoch is None:
            return False
        first = self.withdrawable_epoch - SLASHING_EPOCHS - 1
        return epochs.stop - 1 >= first and epochs.start <= self.withdrawable_epoch


def tracked_validators(chain: DayChain) -> tuple[Tracked, ...]:
    """Those that the registry lists.

    Raises:
        UnknownProviderError: the registry says ``all``, of which no provider tells the income.
    """
    if chain.validators == "all":
        raise UnknownProviderError(
            f"chain {chain.chain_id}: validators: all cannot be loaded, no provider tells the income of a million"
            " validators; list yours in chains.yaml"
        )
    return tuple(
        Tracked(validator.public_key, validator.validator_index, validator.validator_index)
        for validator in chain.tracked
    )


def with_lives(tracked: Sequence[Tracked], seen: Iterable[Tracked]) -> tuple[Tracked, ...]:
    """The tracked validators with what the first view that shows them says."""
    lives: dict[str, Tracked] = {}
    for view in seen:
        lives.setdefault(view.public_key, view)
    return tuple(
        replace(lives[item.public_key], registered_index=item.registered_index) if item.public_key in lives else item
        for item in tracked
    )


def earning_on(tracked: Sequence[Tracked], day: int, days: BeaconDays) -> tuple[Tracked, ...]:
    """Those whose life overlaps a day."""
    return tuple(item for item in tracked if item.earns_in(days.epochs(day)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A slot that a tracked validator was to propose in; ``block_number`` is None where it holds no block."""

    slot: int
    public_key: str
    block_number: int | None
