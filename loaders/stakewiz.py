"""Stakewiz: its current view of all validators, for display and reconciliation only (PROVIDERS-SOLANA.md, 4)."""

from __future__ import annotations

from aurora.periods import PeriodRange
from loaders import shapes
from loaders.http import Request
from loaders.session import Ask, ProviderSession


class Stakewiz:
    """One provider that speaks Stakewiz's API, within one load."""

    def __init__(self, session: ProviderSession) -> None:
        self._session = session

    async def validators(self, running_epoch: int) -> None:
        """The view of now, landed for the running epoch."""
        with self._session.run("validators", PeriodRange(running_epoch, running_epoch)) as run:
            request = Request("GET", "validators")
            await self._session.ask(
                run, Ask(request, running_epoch, shapes.stakewiz_validators, present_period=running_epoch)
            )
