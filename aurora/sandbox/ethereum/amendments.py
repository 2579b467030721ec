"""A changed past of the Ethereum chain: facts that a provider corrects after the fact, and can correct back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aurora.sandbox.errors import SandboxError


@dataclass
class EthereumAmendments:
    """The amendments in force: what is served and the ledger follow them at once.

    Attributes:
        gas_prices: by slot, wei a gas that the block's first transaction pays on top (a receipt's gas price).
        relay_values: by slot, the wei that relays claim.
        rewards: by (epoch, public key), what the epoch's attestations come to, in gwei.
    """

    on_change: Callable[[], None] = field(default=lambda: None)
    gas_prices: dict[int, int] = field(default_factory=dict)
    relay_values: dict[int, int] = field(default_factory=dict)
    rewards: dict[tuple[int, str], int] = field(default_factory=dict)

    def set_gas_price(self, slot: int, extra_wei: int) -> None:
        """Change a block's priority fees: its first transaction pays so much more a gas."""
        self.gas_prices[slot] = _not_negative(extra_wei)
        self.on_change()

    def set_relay_value(self, slot: int, wei: int) -> None:
        """Change what the relays claim to have paid for a slot."""
        self.relay_values[slot] = _not_negative(wei)
        self.on_change()

    def set_reward(self, epoch: int, public_key: str, gwei: int) -> None:
        """Change what a validator's attestations of an epoch come to; negative for penalties."""
        self.rewards[epoch, public_key] = gwei
        self.on_change()

    def revert(self) -> None:
        """Go back to the facts as they were."""
        self.gas_prices.clear()
        self.relay_values.clear()
        self.rewards.clear()
        self.on_change()


def _not_negative(amount: int) -> int:
    if amount < 0:
        raise SandboxError(f"sandbox amendment: {amount} is negative; give wei from 0 on")
    return amount
