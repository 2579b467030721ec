"""A changed past: facts that a provider corrects after the fact, and can correct back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aurora.sandbox.errors import SandboxError


@dataclass(frozen=True)
class TipsAmendment:
    """What Jito says differently about one validator and epoch; None leaves the fact as it was."""

    mev_revenue: int | None = None
    mev_commission_bps: int | None = None


@dataclass
class Amendments:
    """The amendments in force: what is served and what the ledger holds follow them at once.

    Attributes:
        fees: lamports by slot.
        tips: by (epoch, vote account).
        rewards: lamports by (epoch, address), of vote and of stake accounts.
    """

    fees: dict[int, int] = field(default_factory=dict)
    tips: dict[tuple[int, str], TipsAmendment] = field(default_factory=dict)
    rewards: dict[tuple[int, str], int] = field(default_factory=dict)

    def set_fee(self, slot: int, lamports: int) -> None:
        """Change a block's fee."""
        self.fees[slot] = _not_negative(lamports)

    def set_tips(
        self, epoch: int, vote_account: str, *, mev_revenue: int | None = None, mev_commission_bps: int | None = None
    ) -> None:
        """Change a validator's gross tips or its MEV commission of an epoch."""
        known = self.tips.get((epoch, vote_account), TipsAmendment())
        if mev_revenue is not None:
            known = replace(known, mev_revenue=_not_negative(mev_revenue))
        if mev_commission_bps is not None:
            known = replace(known, mev_commission_bps=_not_negative(mev_commission_bps))
        self.tips[epoch, vote_account] = known

    def set_reward(self, epoch: int, address: str, lamports: int) -> None:
        """Change the inflation reward of a vote account or a stake account."""
        self.rewards[epoch, address] = _not_negative(lamports)

    def revert(self) -> None:
        """Go back to the facts as they were."""
        self.fees.clear()
        self.tips.clear()
        self.rewards.clear()


def _not_negative(amount: int) -> int:
    if amount < 0:
        raise SandboxError(f"sandbox amendment: {amount} is negative; give lamports or basis points from 0 on")
    return amount
