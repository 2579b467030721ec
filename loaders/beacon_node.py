"""A beacon node: how far the chain is, who the validators are, and who proposes (PROVIDERS-ETHEREUM.md, 3).

Where a node does not tell duties, the headers of all slots do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.beacon_asks import NO_BLOCK, Outcome, block_ask, chunks, identifiers
from loaders.beacon_rewards import BeaconRewards
from loaders.ethereum_days import BeaconDays, BeaconHead
from loaders.ethereum_tracked import Proposal, Tracked, earning_on
from loaders.http import Request, RequestFailed
from loaders.json_body import parse_json
from loaders.session import Answered, Ask, ProviderSession

_NEVER = 2**64 - 1
_VALIDATORS_A_CALL = 64


class BeaconNode:
    """One provider that speaks the beacon node API, within one load."""

    def __init__(self, session: ProviderSession, days: BeaconDays, periods: PeriodRange) -> None:
        self._session = session
        self._days = days
        self._periods = periods
        self.rewards = BeaconRewards(session, days, periods)
        self._tells_duties = True
        # Who the view of now shows, by public key; None until it was answered whole.
        self._shown: dict[str, Tracked] | None = None

    async def head(self) -> BeaconHead | None:
        """The running epoch and the finalized one; None where the node does not say."""
        ask = Ask(Request("GET", "eth/v1/beacon/states/head/finality_checkpoints"), 0, shapes.checkpoints)
        with self._session.run("finality_checkpoints", PeriodRange(0, 0)) as run:
            answer = await self._session.probe(run, ask)
            if answer is None:
                return None
            finalized = int(answer.value[1]["data"]["finalized"]["epoch"])
            running = await self._running_epoch() or finalized + 2
            day = self._days.day_of_epoch(running)
            run.period_from = run.period_to = day
            self._session.land(run, replace(ask, period_id=day, present_period=day), answer)
        return BeaconHead(running, finalized)

    async def _running_epoch(self) -> int | None:
        """The head's epoch; None where the node does not show its head: two past the finalized one, all being well."""

        def accept(body: bytes) -> int:
            value: Any = parse_json(body)
            shapes.header(value)
            return int(value["data"]["header"]["message"]["slot"])

        try:
            head = await self._session.client.send(Request("GET", "eth/v1/beacon/headers/head"), accept=accept)
        except RequestFailed:
            return None
        return self._days.epoch_of_slot(head.value)

    async def validators(self, tracked: Sequence[Tracked], running_day: int) -> list[Tracked]:
        """Land who the validators are, now; gives what the view shows of them."""
        found: list[Tracked] = []
        with self._session.run("validators", PeriodRange(running_day, running_day)) as run:
            failures = run.failures
            for ids in chunks(identifiers(tracked), _VALIDATORS_A_CALL):
                request = Request("POST", "eth/v1/beacon/states/head/validators", json_body={"ids": ids})
                answered = await self._session.ask(
                    run, Ask(request, running_day, shapes.node_validators, present_period=running_day)
                )
                found.extend(_tracked(row) for row in (answered.value["data"] if answered else ()))
            if run.failures == failures:
                self._shown = {item.public_key: item for item in found}
        return found

    async def day_validators(self, tracked: Sequence[Tracked], day: int, head: BeaconHead) -> None:
        """The validators' state at the day's first slot: their stake of the day."""
        epochs = self._days.epochs(day)
        ids = identifiers(earning_on(tracked, day, self._days))
        if epochs.start > head.epoch:
            return
        with self._session.run("day_validators", self._periods) as run:
            path = f"eth/v1/beacon/states/{self._days.slots(day).start}/validators"
            for chunk in chunks(ids, _VALIDATORS_A_CALL):
                request = Request("POST", path, json_body={"ids": chunk})
                await self._session.ask(run, Ask(request, day, shapes.node_validators))

    async def proposals(self, tracked: Sequence[Tracked], day: int, head: BeaconHead) -> list[Proposal] | None:
        """The slots of a day that the validators were to propose in, with their blocks; None where one is open."""
        epochs = self._days.final_epochs(day, head)
        duties = await self._duties(tracked, epochs, day) if self._tells_duties else None
        if duties is None:
            duties = await self._headers(tracked, epochs, day, head)
        whose = dict(duties or ())
        numbers: dict[int, int | None] = {}
        with self._session.run("blocks", self._periods) as run:

            def keep(ask: Ask, outcome: Outcome) -> None:
                if isinstance(outcome, Answered):
                    numbers[_last_number(ask.request.path)] = _block_number(outcome)

            await self._session.ask_many(run, (block_ask(slot, day) for slot in sorted(whose)), on_outcome=keep)
        found = [Proposal(slot, whose[slot], number) for slot, number in sorted(numbers.items())]
        return found if duties is not None and len(found) == len(whose) else None

    async def _duties(self, tracked: Sequence[Tracked], epochs: range, day: int) -> dict[int, str] | None:
        """Whose each slot was; None where the node does not tell: then headers do, and it is not asked again."""
        keys = {item.public_key for item in tracked}
        found: dict[int, str] = {}
        with self._session.run("proposer_duties", self._periods) as run:

            def asks() -> Iterator[Ask]:
                for epoch in epochs:
                    if not self._tells_duties:
                        return
                    request = Request("GET", f"eth/v1/validator/duties/proposer/{epoch}")
                    slots = self._days.slots_of_epoch(epoch)
                    yield Ask(request, day, partial(shapes.duties, slots=slots))

            def keep(_ask: Ask, outcome: Outcome) -> None:
                if isinstance(outcome, RequestFailed):
                    self._tells_duties = False
                    return
                for row in outcome.value["data"]:
                    if row["pubkey"].lower() in keys:
                        found[int(row["slot"])] = row["pubkey"].lower()

            return found if await self._session.ask_many(run, asks(), on_outcome=keep) else None

    async def _keys_by_index(self, tracked: Sequence[Tracked], head: BeaconHead) -> dict[int, str] | None:
        """The tracked validators by the index that headers name; None where the node does not say who they are.

        One that the node's view does not show has none yet, and cannot have proposed.
        """
        keys = {item.index: item.public_key for item in tracked if item.index is not None}
        if len(keys) == len(tracked):
            return keys
        if self._shown is None:
            await self.validators(tracked, self._days.day_of_epoch(head.epoch))
        if self._shown is None:
            return None
        return keys | {item.index: item.public_key for item in self._shown.values() if item.index is not None}

    async def _headers(
        self, tracked: Sequence[Tracked], epochs: range, day: int, head: BeaconHead
    ) -> dict[int, str] | None:
        """Who proposed each block of the day; a slot without one was nobody's income."""
        keys = await self._keys_by_index(tracked, head)
        if keys is None:
            with self._session.run("headers", self._periods) as run:
                name = self._session.provider.provider
                run.fail("nobody_says", f"{name}: does not say which validators its headers name; load the day again")
            return None
        found: dict[int, str] = {}
        slots = [slot for epoch in epochs for slot in self._days.slots_of_epoch(epoch)]
        with (
            self._session.run("headers", self._periods) as run,
            self._session.context.progress.step("headers", len(slots)) as step,
        ):

            def keep(_ask: Ask, outcome: Outcome) -> None:
                step.advance()
                if isinstance(outcome, Answered) and outcome.payload.http_status == 200:
                    message = outcome.value["data"]["header"]["message"]
                    key = keys.get(int(message["proposer_index"]))
                    if key is not None:
                        found[int(message["slot"])] = key

            asks = (
                Ask(
                    Request("GET", f"eth/v1/beacon/headers/{slot}"),
                    day,
                    partial(shapes.header, slot=slot),
                    answers=NO_BLOCK,
                )
                for slot in slots
            )
            return found if await self._session.ask_many(run, asks, on_outcome=keep) else None


def _last_number(path: str) -> int:
    return int(path.rpartition("/")[2])


def _block_number(answered: Answered) -> int | None:
    if answered.payload.http_status != 200:
        return None
    return int(answered.value["data"]["message"]["body"]["execution_payload"]["block_number"])


def _epoch(text: str) -> int | None:
    return None if int(text) == _NEVER else int(text)


def _tracked(row: dict[str, Any]) -> Tracked:
    validator = row["validator"]
    return Tracked(
        public_key=validator["pubkey"].lower(),
        index=int(row["index"]),
        is_seen=True,
        activation_epoch=_epoch(validator["activation_epoch"]),
        exit_epoch=_epoch(validator["exit_epoch"]),
        withdrawable_epoch=_epoch(validator["withdrawable_epoch"]),
        is_slashed=validator["slashed"],
    )
