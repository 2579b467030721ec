"""MEV-Boost relays: what each delivered in a slot, a claim and not the chain's word (PROVIDERS-ETHEREUM.md, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.http import Request, RequestFailed
from loaders.session import Answered, Ask, ProviderSession

_PATH = "relay/v1/data/bidtraces/proposer_payload_delivered"


class MevRelay:
    """One provider of one relay or several, within one load."""

    def __init__(self, session: ProviderSession, periods: PeriodRange) -> None:
        self._session = session
        self._periods = periods

    async def payloads_delivered(self, slots: Sequence[int], day: int) -> bool:
        """What every relay delivered in each slot; whether each was answered: by all, or by one that did deliver."""
        listed: set[int] = set()
        failed: set[int] = set()
        with self._session.run("proposer_payload_delivered", self._periods) as run:

            def keep(ask: Ask, outcome: Answered | RequestFailed) -> None:
                slot = int(str(ask.request.params["slot"]))
                if isinstance(outcome, RequestFailed):
                    failed.add(slot)
                elif outcome.value:
                    listed.add(slot)

            asks = (
                Ask(
                    Request("GET", _PATH, params={"slot": slot}),
                    day,
                    partial(shapes.payloads_delivered, slot=slot),
                    host=host,
                )
                for slot in slots
                for host in self._session.clients
            )
            await self._session.ask_many(run, asks, on_outcome=keep)
        return failed <= listed
