"""Validators and stake accounts: who they are, and how much of their stake is active in an epoch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from aurora.sandbox.keys import Hasher
from aurora.sandbox.solana.cast import Steps, Traits, at, cast, crowd_member
from aurora.sandbox.solana.scale import Scale

U64_MAX = 2**64 - 1
RENT_EXEMPT_LAMPORTS = 2_282_880
LAMPORTS_PER_SOL = 10**9
_CLIENTS = 8
_DUST_LAMPORTS = 1_000  # earns less than a lamport an epoch: its reward entry is null
_STAKE = b"stake"


class StakeAccount(NamedTuple):
    """A delegation. ``number`` counts over the whole cluster; amounts are lamports.

    A tuple: a mainnet epoch makes more than a million of them.
    """

    number: int
    validator: int
    base_lamports: int
    activation_epoch: int
    deactivation_epoch: int
    is_own: bool

    def is_active(self, epoch: int) -> bool:
        """Whether the delegation is active in an epoch (PROVIDERS-SOLANA.md, 5)."""
        return self.activation_epoch < epoch <= self.deactivation_epoch

    def exists(self, epoch: int) -> bool:
        """Whether the account has been created by an epoch."""
        return self.activation_epoch <= epoch


class Accounts:
    """The vote accounts, identities and stake accounts of a cluster, lazily: nothing is held that can be computed."""

    def __init__(self, hasher: Hasher, scale: Scale) -> None:
        self._hasher = hasher
        self._scale = scale
        self._cast = cast(scale.running_epoch)[: scale.validators]
        self.identity = lru_cache(maxsize=20_000)(self._identity)

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """Every validator's traits, by its index."""
        crowd = (crowd_member(self._hasher, index) for index in range(len(self._cast), self._scale.validators))
        return (*self._cast, *crowd)

    @cached_property
    def votes(self) -> tuple[str, ...]:
        """Every validator's vote account, by its index."""
        return tuple(self._hasher.key(b"vote", index) for index in range(self._scale.validators))

    @cached_property
    def index_of_vote(self) -> dict[str, int]:
        """The index of a vote account."""
        return {vote: index for index, vote in enumerate(self.votes)}

    @cached_property
    def collectors(self) -> tuple[str | None, ...]:
        """The pubkey a validator's fees are credited to, where that is not its identity."""
        return tuple(
            self._hasher.key(b"collector", index) if traits.has_collector else None
            for index, traits in enumerate(self.traits)
        )

    @cached_property
    def clients(self) -> tuple[str, ...]:
        """Withdraw authorities that hold stake accounts at several validators: partners' clients."""
        return tuple(self._hasher.key(b"client", number) for number in range(_CLIENTS))

    def operator(self, validator: int) -> str:
        """The withdraw authority of a validator's own stake accounts."""
        return self._hasher.key(b"operator", validator)

    def _identity(self, validator: int, epoch: int) -> str:
        """The identity that the vote account names in an epoch."""
        steps: Steps = self.traits[validator].identities
        number = at(steps, epoch)
        return self._hasher.key(b"identity", number or 0)

    def is_alive(self, validator: int, epoch: int) -> bool:
        """Whether the vote account is on chain in an epoch."""
        traits = self.traits[validator]
        first, last = traits.first_epoch, traits.last_epoch
        return (first is None or first <= epoch) and (last is None or epoch <= last)

    @cached_property
    def _offsets(self) -> tuple[int, ...]:
        count, total = self._scale.validators, self._scale.stake_accounts
        if total is None:
            sizes = [6 + self._hasher.number(b"accounts", index) % 15 for index in range(count)]
        else:
            sizes = [total // count + (index < total % count) for index in range(count)]
        return (0, *accumulate(sizes))

    @property
    def count(self) -> int:
        """How many stake accounts there are in all."""
        return self._offsets[-1]

    def numbers_of(self, validator: int) -> range:
        """The numbers of a validator's stake accounts."""
        return range(self._offsets[validator], self._offsets[validator + 1])

    def address(self, number: int) -> str:
        """A stake account's address."""
        return self._hasher.numbered_key(_STAKE, number)

    def number_at(self, address: str) -> int | None:
        """The number of the stake account at an address; None where there is none.

        Raises:
            ValueError: not a public key.
        """
        number = self._hasher.number_of(_STAKE, address)
        return number if number is not None and number < self.count else None

    def account(self, number: int) -> StakeAccount:
        """A stake account by its number."""
        validator = bisect_right(self._offsets, number) - 1
        numbers = self.numbers_of(validator)
        return self._account(validator, number, place=number - numbers.start, size=len(numbers))

    def accounts_of(self, validator: int) -> Iterator[StakeAccount]:
        """A validator's stake accounts."""
        numbers = self.numbers_of(validator)
        size = len(numbers)
        return (self._account(validator, number, place=place, size=size) for place, number in enumerate(numbers))

    def _account(self, validator: int, number: int, *, place: int, size: int) -> StakeAccount:
        traits = self.traits[validator]
        draw = self._hasher.number(_STAKE, number)
        lamports = traits.nominal_sol * LAMPORTS_PER_SOL // size * (50 + draw % 101) // 100 + draw // 101 % 10**9
        activation, deactivation = 700 + draw // 103 % 90, U64_MAX
        if validator < len(self._cast):
            lamports, activation, deactivation = self._in_the_cast(
                validator, place, size, lamports=lamports, activation=activation
            )
        elif draw % 50 < 2:
            edge = self._scale.running_epoch - draw // 107 % 45
            activation, deactivation = (activation, edge) if draw % 50 == 0 else (edge, U64_MAX)
        return StakeAccount(number, validator, lamports, activation, deactivation, place < traits.own_stake_accounts)

    def _in_the_cast(
        self, validator: int, place: int, size: int, *, lamports: int, activation: int
    ) -> tuple[int, int, int]:
        """Lamports, activation and deactivation of a stake account of the cast: the last places carry the edges."""
        traits, running = self.traits[validator], self._scale.running_epoch
        deactivation = U64_MAX
        from_the_end = size - place if size >= 6 else 0
        if traits.is_whale and place == 0:
            lamports = 2**53 + 1 + lamports
        elif from_the_end == 1:
            lamports = _DUST_LAMPORTS
        elif from_the_end == 2:
            activation = running - 2
        elif from_the_end == 3:
            deactivation = running - 3
        elif from_the_end == 4 and validator == 2:
            activation = deactivation = running - 5
        if traits.first_epoch is not None:
            activation = max(activation, traits.first_epoch)
            deactivation = U64_MAX
        if traits.last_staked_epoch is not None:
            deactivation = min(deactivation, traits.last_staked_epoch)
            activation = min(activation, traits.last_staked_epoch)
        return lamports, activation, deactivation

    def stake(self, account: StakeAccount, epoch: int) -> int:
        """The delegated lamports in an epoch, active or not: they grow a little with every epoch's rewards."""
        grown = max(0, epoch - self._scale.first_epoch)
        return account.base_lamports + account.base_lamports * 3 * grown // 10_000

    def active_stake(self, account: StakeAccount, epoch: int) -> int:
        """The active lamports in an epoch."""
        return self.stake(account, epoch) if account.is_active(epoch) else 0

    def withdrawer(self, account: StakeAccount) -> str:
        """Who may withdraw: the operator of own stake, one of the clients, or somebody nobody else knows."""
        if account.is_own:
            return self.operator(account.validator)
        draw = self._hasher.number(b"withdrawer", account.number) % 10
        return self.clients[draw] if draw < _CLIENTS else self._hasher.key(b"holder", account.number)

    def staker(self, account: StakeAccount) -> str:
        """The stake authority: often the withdraw authority, as on mainnet."""
        if self._hasher.number(b"staker", account.number) % 3:
            return self.withdrawer(account)
        return self._hasher.key(b"staker", account.number)
