"""Solana Beach: a validator's block fees by epoch, the fallback of Solana's fees (PROVIDERS-SOLANA.md, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.http import Request
from loaders.session import Ask, ProviderSession

PAGE_LIMIT = 1_000
_MOST_PAGES = 1_000


class SolanaBeach:
    """One provider that speaks Solana Beach's v2 API, within one load."""

    def __init__(self, session: ProviderSession, periods: PeriodRange) -> None:
        """``periods`` are those of the load."""
        self._session = session
        self._periods = periods

    async def block_rewards(self, nodes: Mapping[int, Mapping[str, str]]) -> None:
        """Each epoch's fees of each vote account by its identity: ``{epoch: {vote account: identity}}``."""
        asked = [
            (epoch, vote, identity) for epoch, of_epoch in nodes.items() for vote, identity in sorted(of_epoch.items())
        ]
        if not asked:
            return
        with (
            self._session.run("block_rewards_history", self._periods) as run,
            self._session.context.progress.step("fees by epoch", len(asked)) as step,
        ):

            async def history(epoch: int, vote: str, identity: str) -> None:
                """The pages of one identity, newest epoch first, down to the epoch asked about."""
                for page in range(_MOST_PAGES):
                    request = Request(
                        "GET",
                        f"validator/{identity}/block-rewards-history",
                        params={"offset": page * PAGE_LIMIT, "limit": PAGE_LIMIT},
                    )
                    answered = await self._session.ask(
                        run,
                        Ask(request, epoch, shapes.beach_history, validator_key=vote, present_period=epoch),
                    )
                    rows = answered.value["history"] if answered else []
                    if len(rows) < PAGE_LIMIT or min(row["epoch"] for row in rows) <= epoch:
                        break
                step.advance()

            await self._session.side_by_side(history(*item) for item in asked)


def epochs_over(epochs: Iterable[int], running: int) -> list[int]:
    """Those that are over: the running one's fees are still growing."""
    return [epoch for epoch in epochs if epoch < running]
