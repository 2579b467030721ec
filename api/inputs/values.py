"""Values as files have them: addresses, amounts, instants, periods; each refusal says what would be right.

The forms of keys and amounts are the registry's (``aurora.registry.fields``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from api.inputs.problems import WrongValueError
from aurora.amounts import number_text
from aurora.errors import PeriodError
from aurora.periods import parse_periods
from aurora.registry.chains import Chain
from aurora.registry.fields import Amount, EthereumAddress, EthereumPublicKey, SolanaKey

T = TypeVar("T")

PeriodType = Literal["EPOCH", "DAY"]

WALLET_KINDS = {"withdrawer": "EPOCH", "stake_account": "EPOCH", "withdrawal_address": "DAY"}
"""The kinds of wallets, and the type of the chains that have them."""

MAX_INTEGER = 2**31 - 1

_AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
_SOLANA_KEY: TypeAdapter[str] = TypeAdapter(SolanaKey)
_ETHEREUM_ADDRESS: TypeAdapter[str] = TypeAdapter(EthereumAddress)
_ETHEREUM_KEY: TypeAdapter[str] = TypeAdapter(EthereumPublicKey)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(\s?(?:[Zz]|[+-]\d{2}:\d{2}))?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def text(value: object) -> str:
    """One line of text.

    Raises:
        WrongValueError: it is none, or is blank, too long, or padded.
    """
    if not isinstance(value, str):
        raise WrongValueError("must be text; put it in quotes")
    if not value.strip():
        raise WrongValueError("must not be empty")
    if value != value.strip():
        raise WrongValueError("begins or ends with a space; remove it")
    if len(value) > 200 or not value.isprintable():
        raise WrongValueError("must be one line of at most 200 printable characters")
    return value


def choice(value: object, allowed: Collection[str]) -> str:
    """One of several words.

    Raises:
        WrongValueError: it is none of them.
    """
    if not isinstance(value, str) or value not in allowed:
        close = get_close_matches(str(value).upper(), allowed, n=1) if isinstance(value, str) else []
        hint = f"; did you mean {close[0]}?" if close else ""
        raise WrongValueError(f"must be one of {', '.join(allowed)}{hint}")
    return value


def whole_number(value: object, *, at_most: int = MAX_INTEGER) -> int:
    """A whole number from 0 on.

    Raises:
        WrongValueError: it is another, or no number.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError("must be a whole number, without quotes")
    if not 0 <= value <= at_most:
        raise WrongValueError(f"must be from 0 to {at_most}")
    return value


def instant(value: object) -> datetime:
    """An instant in UTC. It must say its zone: what holds from when is money.

    Raises:
        WrongValueError: it has no zone, or is no instant.
    """
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and _DATE.fullmatch(value):
            raise WrongValueError(f"has no time and no zone; write {value}T00:00:00Z")
        raise WrongValueError("must be an instant such as 2026-01-01T00:00:00Z")
    if found[1] is None:
        raise WrongValueError("has no time zone; end it with Z for UTC, as in 2026-01-01T00:00:00Z")
    try:
        return datetime.fromisoformat(found[0].upper().replace(" ", "T", 1).replace(" ", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongValueError("is an instant that no calendar has") from None


def amount(value: object, *, chain: Chain | None) -> Decimal:
    """A quoted amount in the native unit, zero or more, in whole base units where the chain is known.

    Raises:
        WrongValueError: it is unquoted, negative, too large, or finer than the chain counts.
    """
    exact = _checked(_AMOUNT, value)
    if chain is not None:
        _refuse_fractions(exact, chain)
    return exact


def signed_amount(value: str, *, chain: Chain) -> Decimal:
    """As `amount`, below zero too.

    Raises:
        WrongValueError: it is too large, or finer than the chain counts.
    """
    return -amount(value[1:], chain=chain) if value.startswith("-") else amount(value, chain=chain)


def wallet_kind(value: object, *, chain: Chain | None) -> str:
    """A kind of wallet that the chain has.

    Raises:
        WrongValueError: there is no such kind, or it is another chain's.
    """
    kind = choice(value, WALLET_KINDS)
    if chain is not None and WALLET_KINDS[kind] != chain.period_type:
        fitting = " or ".join(name for name, period_type in WALLET_KINDS.items() if period_type == chain.period_type)
        raise WrongValueError(f"{kind} is no kind of wallet of {chain.chain_id}; there it is {fitting}")
    return kind


def wallet_address(value: object, *, chain: Chain) -> str:
    """An address of a client, as the chain writes it.

    Raises:
        WrongValueError: it is none.
    """
    return _checked(_SOLANA_KEY if chain.period_type == "EPOCH" else _ETHEREUM_ADDRESS, value)


def validator_key(value: object, *, chain: Chain | None) -> str:
    """A validator's key: a vote account, or a public key in lower case; of whatever chain where none is given.

    Raises:
        WrongValueError: it is none.
    """
    if chain is None:
        is_hex = isinstance(value, str) and value.startswith("0x")
        return _checked(_ETHEREUM_KEY if is_hex else _SOLANA_KEY, value)
    return _checked(_SOLANA_KEY if chain.period_type == "EPOCH" else _ETHEREUM_KEY, value)


def period(value: str, *, chain: Chain) -> int:
    """A period of the chain: an epoch's number, or a day.

    Raises:
        WrongValueError: it is none.
    """
    try:
        found = parse_periods(value, period_type=chain.period_type)
    except PeriodError:
        found = None
    if found is None or found.first != found.last or ".." in value:
        form = "an epoch's number" if chain.period_type == "EPOCH" else "a day as YYYYMMDD"
        raise WrongValueError(f"must be {form} on {chain.chain_id}")
    return found.first


def _refuse_fractions(exact: Decimal, chain: Chain) -> None:
    if len(number_text(exact).partition(".")[2]) > chain.native_decimals:
        raise WrongValueError(
            f"has more than {chain.native_decimals} decimals: {chain.chain_id} counts in {chain.base_unit}"
        )


def _checked(adapter: TypeAdapter[T], value: object) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        reason = str(error.errors(include_url=False)[0].get("ctx", {}).get("reason", "is not right"))
    raise WrongValueError(reason)
