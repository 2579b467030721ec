"""Execution blocks: transactions, who is paid for the block, and what relays say about it."""

from __future__ import annotations

from dataclasses import dataclass

from aurora.sandbox.ethereum.amendments import EthereumAmendments
from aurora.sandbox.ethereum.production import Production
from aurora.sandbox.ethereum.validators import Validator, Validators
from aurora.sandbox.keys import Hasher

ZERO_ADDRESS = "0x" + "0" * 40
GAS_LIMIT = 36_000_000
PLAIN_GAS = 21_000
BLOB_GAS = 131_072
RELAYS = 3
_BUILDERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One transaction with its receipt. ``tip`` is what it pays above the base fee per gas, in wei."""

    hash: str
    kind: int
    sender: str
    recipient: str
    value: int
    gas_used: int
    tip: int
    is_successful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What relays say they delivered. ``value`` is a claim, in wei."""

    block_hash: str
    recipient: str
    value: int
    relays: tuple[int, ...]
    builder_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The execution block of a slot; ``payload`` is None where no relay delivered it."""

    slot: int
    number: int
    hash: str
    proposer: Validator
    fee_recipient: str
    base_fee: int
    transactions: tuple[Transaction, ...]
    payload: Payload | None

    @property
    def priority_fees(self) -> int:
        """F: what its transactions pay above the base fee, failed ones too, in wei."""
        return sum(one.tip * one.gas_used for one in self.transactions)

    @property
    def gas_used(self) -> int:
        """Gas of all transactions."""
        return sum(one.gas_used for one in self.transactions)


class Execution:
    """Builds the blocks of a world."""

    def __init__(self, hasher: Hasher, validators: Validators, amendments: EthereumAmendments) -> None:
        self._hasher, self._validators, self._amendments = hasher, validators, amendments
        self.contracts = tuple(hasher.hex(b"contract", number, size=20) for number in range(2))
        self.builders = tuple(hasher.hex(b"builder", number, size=20) for number in range(_BUILDERS))
        self.builder_keys = tuple(hasher.hex(b"builder-key", number, size=48) for number in range(_BUILDERS))

    def hash_of(self, slot: int) -> str:
        """The hash of the execution block of a slot."""
        return self._hasher.hex(b"execution-block", slot)

    def block(self, production: Production, slot: int) -> Block:
        """The block of a produced slot."""
        proposer = self._validators.all[production.proposer(slot)]
        scheme, _, paid = production.plan(slot).partition(" ")
        recipient = self._recipient(proposer, paid)
        builder = self._hasher.number(b"which-builder", slot) % _BUILDERS
        is_a_builders = scheme.partition("_")[0] in ("builder", "several", "claim", "silent")
        fee_recipient = self.builders[builder] if is_a_builders else recipient
        users = self._users(slot, trap_from=fee_recipient if scheme == "trap" else None)
        value = self._value(slot, scheme, sum(one.tip * one.gas_used for one in users))
        if slot in self._amendments.gas_prices:
            users[0] = self._amended(users[0], self._amendments.gas_prices[slot])
        if is_a_builders:
            users.append(self._payment(slot, sender=fee_recipient, recipient=recipient, value=value))
        payload = None
        if scheme.partition("_")[0] in ("builder", "several", "claim", "same"):
            payload = self._payload(slot, scheme, recipient=recipient, value=value, builder=builder)
        return Block(
            slot=slot,
            number=production.number_of[slot],
            hash=self.hash_of(slot),
            proposer=proposer,
            fee_recipient=fee_recipient,
            base_fee=100_000_007 + self._hasher.number(b"base-fee", slot) % 3_000_000_000,
            transactions=tuple(users),
            payload=payload,
        )

    def payloads(self, production: Production, slot: int) -> list[Payload]:
        """What relays delivered for a slot: of the block on chain, or one that never got there."""
        plan = production.plan(slot)
        if plan.partition(" ")[0] in ("late", "undelivered"):
            number = self._hasher.number(b"late", slot)
            lost = self._hasher.hex(b"lost-block", slot)
            recipient = self._validators.all[production.proposer(slot)].fee_recipient
            value = 30_000_000_000_000_000 + number % 10**16
            builder = number % _BUILDERS
            return [self._claimed(slot, value, block_hash=lost, recipient=recipient, relays=(0,), builder=builder)]
        if slot not in production.number_of:
            return []
        payload = self.block(production, slot).payload
        return [] if payload is None else [payload]

    def _recipient(self, proposer: Validator, paid: str) -> str:
        return {
            "own": proposer.fee_recipient,
            "withdrawal": proposer.withdrawal_address,
            "operator": self._validators.operator_addresses[proposer.number % 2],
            "contract": self.contracts[0],
            "zero": ZERO_ADDRESS,
            "foreign": self.contracts[1],
        }[paid]

    def _users(self, slot: int, *, trap_from: str | None) -> list[Transaction]:
        """The users' transactions. ``trap_from``: the last is the fee recipient's own, to nobody of ours."""
        draw = self._hasher.number(b"transactions", slot)
        users = []
        for place in range(3 + draw % 4):
            one = self._hasher.number(b"transaction", slot, place)
            kind = (2, 2, 0, 3, 2, 1)[one % 6]
            users.append(
                Transaction(
                    hash=self._hasher.hex(b"transaction-hash", slot, place),
                    kind=kind,
                    sender=self._hasher.hex(b"user", one % 997, size=20),
                    recipient=self._hasher.hex(b"user", 1_000 + one // 7 % 997, size=20),
                    value=one // 3 % 10**18,
                    gas_used=PLAIN_GAS + one // 11 % 280_000,
                    tip=1 + one // 13 % 9_000_000_000,
                    is_successful=one // 17 % 7 != 0,
                )
            )
        if trap_from is not None:
            somebody = self._hasher.hex(b"user", slot % 997, size=20)
            users.append(self._payment(slot, sender=trap_from, recipient=somebody, value=7 * 10**16 + draw % 10**15))
        return users

    def _payment(self, slot: int, *, sender: str, recipient: str, value: int) -> Transaction:
        return Transaction(
            hash=self._hasher.hex(b"payment-hash", slot),
            kind=2,
            sender=sender,
            recipient=recipient,
            value=value,
            gas_used=PLAIN_GAS,
            tip=0,
            is_successful=True,
        )

    def _value(self, slot: int, scheme: str, fees: int) -> int:
        """V, below F or above: it does not follow an amendment of F."""
        draw = self._hasher.number(b"value", slot)
        if scheme.endswith("_low"):
            return fees * (600 + draw % 300) // 1_000 + 1
        return fees * (1_020 + draw % 2_000) // 1_000 + 1 + draw // 2_000 % 10**15

    def _payload(self, slot: int, scheme: str, *, recipient: str, value: int, builder: int) -> Payload:
        draw = self._hasher.number(b"relay", slot)
        relays: tuple[int, ...] = (draw % RELAYS,)
        if scheme == "several":
            relays = tuple(range(RELAYS)) if draw % 2 else (0, 2)
        claimed = value + 12_345_678_901_234_567 if scheme == "claim" else value
        return self._claimed(
            slot, claimed, block_hash=self.hash_of(slot), recipient=recipient, relays=relays, builder=builder
        )

    def _claimed(
        self, slot: int, value: int, *, block_hash: str, recipient: str, relays: tuple[int, ...], builder: int
    ) -> Payload:
        return Payload(
            block_hash=block_hash,
            recipient=recipient,
            value=self._amendments.relay_values.get(slot, value),
            relays=relays,
            builder_key=self.builder_keys[builder],
        )

    @staticmethod
    def _amended(one: Transaction, extra: int) -> Transaction:
        return Transaction(
            hash=one.hash,
            kind=one.kind,
            sender=one.sender,
            recipient=one.recipient,
            value=one.value,
            gas_used=one.gas_used,
            tip=one.tip + extra,
            is_successful=one.is_successful,
        )
