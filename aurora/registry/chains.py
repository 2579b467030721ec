"""``chains.yaml``: the chains, their protocol parameters, and the validators whose income counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from aurora.registry.base import ListOf, Model
from aurora.registry.fields import (
    BasisPoints,
    EthereumAddress,
    EthereumPublicKey,
    Identifier,
    Name,
    NonNegativeInt,
    PositiveInt,
    SolanaKey,
    Text,
    UtcInstant,
    refuse_repeats,
    wrong,
)

_T = TypeVar("_T")

_UNITS = {"SOL": ("lamport", 9), "ETH": ("wei", 18)}
_KNOWN_PARAMETERS = ("mev_protocol_fee_bps", "priority_fee_protocol_bps", "delayed_commission")


class Parameter(Model):
    """A protocol fact that holds from a period on, until the next entry of the same name."""

    name: Identifier
    from_period: NonNegativeInt
    value: NonNegativeInt

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.name not in _KNOWN_PARAMETERS:
            close = get_close_matches(self.name, _KNOWN_PARAMETERS, n=1, cutoff=0.85)
            if close:
                raise wrong(f"is not a parameter; did you mean {close[0]}?", "name")
        if self.name.endswith("_bps") and self.value > 10_000:
            raise wrong("must be at most 10000 basis points", "value")
        if self.name == "delayed_commission" and self.value > 1:
            raise wrong("must be 1 (active from this period on) or 0", "value")
        return self


class SolanaValidator(Model):
    """A vote account, and the operator's own stake with it."""

    vote_pubkey: SolanaKey
    label: Text | None = None
    own_stake_accounts: ListOf[SolanaKey] = ()

    @property
    def key(self) -> str:
        """The ``validator_key`` of the warehouse."""
        return self.vote_pubkey


class Ownership(Model):
    """Who owns a validator from an instant on. Fees are the operator's, on a client's validator."""

    effective_from: UtcInstant = Field(alias="from")
    owner: Literal["OPERATOR", "CLIENT"]
    fee_bps: BasisPoints | None = None
    execution_fee_bps: BasisPoints = 0

    @model_validator(mode="after")
    def _fees_are_a_clients(self) -> Self:
        if self.owner == "CLIENT" and self.fee_bps is None:
            raise wrong("is missing; a CLIENT's validator needs the operator's share, 0 if there is none", "fee_bps")
        if self.owner == "OPERATOR":
            for key in ("fee_bps", "execution_fee_bps"):
                if getattr(self, key):
                    raise wrong("is for owner: CLIENT only; remove it, or correct the owner", key)
        return self


@dataclass(frozen=True)
class OwnershipRange:
    """One owner over ``[effective_from, effective_until)``; None is without beginning or end."""

    effective_from: datetime | None
    effective_until: datetime | None
    owner: Literal["OPERATOR", "CLIENT"] = "OPERATOR"
    fee_bps: int = 0
    execution_fee_bps: int = 0


class EthereumValidator(Model):
    """A validator by its public key, with the addresses that are the owner's own."""

    public_key: EthereumPublicKey
    validator_index: NonNegativeInt | None = None
    label: Text | None = None
    fee_recipients: ListOf[EthereumAddress] = ()
    withdrawal_address: EthereumAddress | None = None
    ownership: ListOf[Ownership] = ()

    @property
    def key(self) -> str:
        """The ``validator_key`` of the warehouse."""
        return self.public_key

    @model_validator(mode="after")
    def _each_range_once(self) -> Self:
        refuse_repeats(
            "this address", ((address, ("fee_recipients", place)) for place, address in enumerate(self.fee_recipients))
        )
        for place in range(1, len(self.ownership)):
            before, here = self.ownership[place - 1].effective_from, self.ownership[place].effective_from
            if here == before:
                raise wrong("is the instant of the entry above it; keep one of the two", "ownership", place, "from")
            if here < before:
                raise wrong("lies before the entry above it; order them, oldest first", "ownership", place, "from")
        return self

    def ownership_ranges(self) -> tuple[OwnershipRange, ...]:
        """Ranges without gap or overlap, over all time; the OPERATOR's before the first entry."""
        starts = [entry.effective_from for entry in self.ownership]
        ranges = [OwnershipRange(effective_from=None, effective_until=starts[0] if starts else None)]
        for entry, until in zip(self.ownership, [*starts[1:], None], strict=False):
            ranges.append(
                OwnershipRange(
                    effective_from=entry.effective_from,
                    effective_until=until,
                    owner=entry.owner,
                    fee_bps=entry.fee_bps or 0,
                    execution_fee_bps=entry.execution_fee_bps,
                )
            )
        return tuple(ranges)


def _all_or_list(validators: object) -> str:
    return "all" if isinstance(validators, str) else "list"


_Validators = Annotated[
    Annotated[Literal["all"], Tag("all")] | Annotated[ListOf[_T], Tag("list")], Discriminator(_all_or_list)
]


class _Chain(Model):
    chain_id: Name
    name: Text
    native_unit: Text
    base_unit: Text
    native_decimals: Annotated[int, Field(ge=0, le=18)]
    finality_lag: NonNegativeInt = 1
    slots_per_epoch: PositiveInt
    parameters: ListOf[Parameter] = ()

    @model_validator(mode="after")
    def _units_and_parameters(self) -> Self:
        if self.native_unit in _UNITS:
            base_unit, decimals = _UNITS[self.native_unit]
            if self.native_decimals != decimals:
                raise wrong(f"must be {decimals} for {self.native_unit}", "native_decimals")
            if self.base_unit != base_unit:
                raise wrong(f"must be {base_unit} for {self.native_unit}", "base_unit")
        refuse_repeats(
            "this parameter with this from_period",
            (
                ((entry.name, entry.from_period), ("parameters", place, "from_period"))
                for place, entry in enumerate(self.parameters)
            ),
        )
        return self


class EpochChain(_Chain):
    """A chain whose period is its epoch: Solana. ``period_id`` is the epoch's number."""

    period_type: Literal["EPOCH"]
    validators: _Validators[SolanaValidator]

    @property
    def tracked(self) -> tuple[SolanaValidator, ...]:
        """The validators listed; none where the file says ``all``."""
        return () if self.validators == "all" else self.validators

    @model_validator(mode="after")
    def _each_account_once(self) -> Self:
        listed = list(enumerate(self.tracked))
        votes = [(entry.key, ("validators", place, "vote_pubkey")) for place, entry in listed]
        refuse_repeats("this vote account", votes)
        stakes = [
            (account, ("validators", place, "own_stake_accounts", nth))
            for place, entry in listed
            for nth, account in enumerate(entry.own_stake_accounts)
        ]
        refuse_repeats("this account", [*votes, *stakes])
        return self


class DayChain(_Chain):
    """A chain whose period is the UTC day: Ethereum. ``period_id`` is YYYYMMDD."""

    period_type: Literal["DAY"]
    seconds_per_slot: PositiveInt
    genesis_at: UtcInstant
    operator_addresses: ListOf[EthereumAddress] = ()
    validators: _Validators[EthereumValidator]

    @property
    def tracked(self) -> tuple[EthereumValidator, ...]:
        """The validators listed; none where the file says ``all``."""
        return () if self.validators == "all" else self.validators

    @model_validator(mode="after")
    def _each_validator_once(self) -> Self:
        listed = list(enumerate(self.tracked))
        refuse_repeats("this validator", ((entry.key, ("validators", place, "public_key")) for place, entry in listed))
        refuse_repeats(
            "this validator_index",
            (
                (entry.validator_index, ("validators", place, "validator_index"))
                for place, entry in listed
                if entry.validator_index is not None
            ),
        )
        refuse_repeats(
            "this address",
            ((address, ("operator_addresses", place)) for place, address in enumerate(self.operator_addresses)),
        )
        for place, parameter in enumerate(self.parameters):
            if parameter.from_period and not _is_day(parameter.from_period):
                raise wrong("must be a day as YYYYMMDD, or 0", "parameters", place, "from_period")
        return self


def _is_day(period_id: int) -> bool:
    try:
        datetime.strptime(f"{period_id:08d}", "%Y%m%d")
    except ValueError:
        return False
    return True


Chain = Annotated[EpochChain | DayChain, Field(discriminator="period_type")]


class ChainsFile(Model):
    """``chains.yaml``."""

    chains: Annotated[ListOf[Chain], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_chain_once(self) -> Self:
        refuse_repeats(
            "this chain_id",
            ((chain.chain_id, ("chains", place, "chain_id")) for place, chain in enumerate(self.chains)),
        )
        return self
