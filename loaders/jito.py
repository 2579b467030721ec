"""Jito's Kobe API: an epoch's tips by validator, their payout by claimant, who ran Jito (PROVIDERS-SOLANA.md, 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from aurora.periods import PeriodRange
from loaders import shapes
from loaders.http import Request
from loaders.runs import Run
from loaders.session import Ask, ProviderSession

PAGE_LIMIT = 10_000
_MOST_PAGES = 1_000


class Jito:
    """One provider that speaks Jito's API, within one load."""

    def __init__(self, session: ProviderSession, periods: PeriodRange) -> None:
        """``periods`` are those of the load."""
        self._session = session
        self._periods = periods

    async def validator_rewards(self, epochs: Iterable[int]) -> dict[int, list[str]]:
        """All pages of each epoch's tip distribution accounts; gives the vote accounts listed."""
        asked = list(epochs)
        listed: dict[int, list[str]] = {}
        with (
            self._session.run("validator_rewards", self._periods) as run,
            self._session.context.progress.step("tips", len(asked)) as step,
        ):
            for epoch in asked:
                rows = await self._pages(
                    run,
                    "validator_rewards",
                    {"epoch": epoch},
                    epoch=epoch,
                    key="vote_account",
                    accept=partial(shapes.jito_validator_rewards, epoch=epoch),
                )
                listed[epoch] = sorted({row["vote_account"] for row in rows})
                step.advance()
        return listed

    async def staker_rewards(self, votes: Mapping[int, Sequence[str]]) -> None:
        """All pages of the epoch's payout of each vote account."""
        epochs = [epoch for epoch, asked in votes.items() if asked]
        if not epochs:
            return
        total = sum(len(votes[epoch]) for epoch in epochs)
        with (
            self._session.run("staker_rewards", self._periods) as run,
            self._session.context.progress.step("claimants", total) as step,
        ):
            for epoch in epochs:
                for vote in votes[epoch]:
                    await self._pages(
                        run,
                        "staker_rewards",
                        {"epoch": epoch, "validator_vote_account": vote},
                        epoch=epoch,
                        key="claimant",
                        accept=partial(shapes.jito_staker_rewards, epoch=epoch),
                        validator_key=vote,
                    )
                    step.advance()

    async def validators(self, epochs: Iterable[int]) -> None:
        """Who ran Jito in each epoch, with identity and commission. The epoch goes in a POST's body."""
        with self._session.run("validators", self._periods) as run:
            for epoch in epochs:
                request = Request("POST", "validators", json_body={"epoch": epoch})
                await self._session.ask(run, Ask(request, epoch, shapes.jito_validators))

    async def _pages(
        self,
        run: Run,
        path: str,
        params: Mapping[str, str | int],
        *,
        epoch: int,
        key: str,
        accept: Callable[[object], None],
        validator_key: str | None = None,
    ) -> list[dict[str, Any]]:
        """Every page until one is short, the total is reached, or a page brings nothing new."""
        rows: list[dict[str, Any]] = []
        seen: set[str] = set()
        for page in range(1, _MOST_PAGES + 1):
            request = Request("GET", path, params={**params, "limit": PAGE_LIMIT, "page": page})
            answered = await self._session.ask(run, Ask(request, epoch, accept, validator_key=validator_key))
            if answered is None:
                break
            page_rows = answered.value["rewards"]
            rows.extend(page_rows)
            new = {row[key] for row in page_rows} - seen
            seen |= new
            total = answered.value.get("total_count") or 0
            is_last = len(seen) >= total if total else len(page_rows) < PAGE_LIMIT
            if is_last or not new:
                break
        return rows
