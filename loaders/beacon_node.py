"""A beacon node: how far the chain is, who proposes, and rewards by duty (PROVIDERS-ETHEREUM.md, 3).

A 404 that says so is an answer about a slot: it holds no block. Where a node does not tell duties, the headers of all
slots do; where it does not tell rewards, balances and the blocks of the whole day stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.ethereum_days import BeaconDays, BeaconHead, day_before
from loaders.ethereum_tracked import EPOCHS_PER_COMMITTEE, Proposal, Tracked, earning_on
from loaders.http import Request, RequestFailed
from loaders.json_body import parse_json
from loaders.runs import Run
from loaders.session import Answered, Ask, ProviderSession

_NEVER = 2**64 - 1
_NO_BLOCK = frozenset({404})
_REFUSALS = frozenset({400, 404, 405, 501})
_VALIDATORS_A_CALL = 64
_REWARDED_A_CALL = 1_000

Outcome = Answered | RequestFailed


class BeaconNode:
    """One provider that speaks the beacon node API, within one load."""

    def __init__(self, session: ProviderSession, days: BeaconDays, periods: PeriodRange) -> None:
        self._session = session
        self._days = days
        self._periods = periods
        self._tells_duties = True
        self._tells_rewards = True
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
            for ids in _chunks(_identifiers(tracked), _VALIDATORS_A_CALL):
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
        ids = _identifiers(earning_on(tracked, day, self._days))
        if epochs.start > head.epoch:
            return
        with self._session.run("day_validators", self._periods) as run:
            path = f"eth/v1/beacon/states/{self._days.slots(day).start}/validators"
            for chunk in _chunks(ids, _VALIDATORS_A_CALL):
                request = Request("POST", path, json_body={"ids": chunk})
                await self._session.ask(run, Ask(request, day, shapes.node_validators))

    async def proposals(self, tracked: Sequence[Tracked], day: int, head: BeaconHead) -> list[Proposal] | None:
        """The slots of a day that the validators were to propose in, with their blocks; None where one is open."""
        epochs = self._finalized(day, head)
        duties = await self._duties(tracked, epochs, day) if self._tells_duties else None
        if duties is None:
            duties = await self._headers(tracked, epochs, day, head)
        whose = dict(duties or ())
        numbers: dict[int, int | None] = {}
        with self._session.run("blocks", self._periods) as run:

            def keep(ask: Ask, outcome: Outcome) -> None:
                if isinstance(outcome, RequestFailed):
                    self._session.reject(run, ask, outcome)
                else:
                    numbers[_last_number(ask.request.path)] = _block_number(outcome)

            await self._session.ask_many(run, (self._block_ask(slot, day) for slot in sorted(whose)), on_outcome=keep)
        found = [Proposal(slot, whose[slot], number) for slot, number in sorted(numbers.items())]
        return found if duties is not None and len(found) == len(whose) else None

    async def _duties(self, tracked: Sequence[Tracked], epochs: range, day: int) -> dict[int, str] | None:
        keys = {item.public_key for item in tracked}
        found: dict[int, str] = {}
        failed = 0
        with self._session.run("proposer_duties", self._periods) as run:

            def asks() -> Iterator[Ask]:
                for epoch in epochs:
                    if not self._tells_duties:
                        return
                    request = Request("GET", f"eth/v1/validator/duties/proposer/{epoch}")
                    slots = self._days.slots_of_epoch(epoch)
                    yield Ask(request, day, partial(shapes.duties, slots=slots))

            def keep(ask: Ask, outcome: Outcome) -> None:
                nonlocal failed
                if isinstance(outcome, RequestFailed):
                    failed += 1
                    self._tells_duties = self._tells_duties and outcome.status not in _REFUSALS
                    self._session.reject(run, ask, outcome)
                    return
                for row in outcome.value["data"]:
                    if row["pubkey"].lower() in keys:
                        found[int(row["slot"])] = row["pubkey"].lower()

            await self._session.ask_many(run, asks(), on_outcome=keep)
        return found if not failed else None

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
        failed = 0
        slots = [slot for epoch in epochs for slot in self._days.slots_of_epoch(epoch)]
        with (
            self._session.run("headers", self._periods) as run,
            self._session.context.progress.step("headers", len(slots)) as step,
        ):

            def keep(ask: Ask, outcome: Outcome) -> None:
                nonlocal failed
                step.advance()
                if isinstance(outcome, RequestFailed):
                    failed += 1
                    self._session.reject(run, ask, outcome)
                elif outcome.payload.http_status == 200:
                    message = outcome.value["data"]["header"]["message"]
                    key = keys.get(int(message["proposer_index"]))
                    if key is not None:
                        found[int(message["slot"])] = key

            asks = (
                Ask(
                    Request("GET", f"eth/v1/beacon/headers/{slot}"),
                    day,
                    partial(shapes.header, slot=slot),
                    answers=_NO_BLOCK,
                )
                for slot in slots
            )
            await self._session.ask_many(run, asks, on_outcome=keep)
        return found if not failed else None

    async def rewards(
        self, tracked: Sequence[Tracked], proposals: Sequence[Proposal] | None, day: int, head: BeaconHead
    ) -> bool:
        """Consensus rewards of the day by duty, and the balances beside them; whether all duties were answered.

        ``proposals`` None: it is not known which blocks the validators proposed, so not all can be.
        """
        earning = earning_on(tracked, day, self._days)
        if not earning:
            return True
        epochs = self._finalized(day, head)
        is_whole = await self._attestations(earning, epochs, day)
        is_whole &= await self._block_rewards(proposals or (), day) and proposals is not None
        is_whole &= await self._sync_rewards(earning, epochs, day)
        slashed = [item for item in earning if item.is_being_slashed(self._days.epochs(day))]
        await self._balances(earning, slashed, epochs, day)
        if slashed:
            before = range(max(0, epochs.start - 2), epochs.start)
            await self._attestations(slashed, before, day_before(day))
        if epochs and (slashed or not self._tells_rewards):
            await self._day_blocks(epochs, day)
        return is_whole

    async def _attestations(self, earning: Sequence[Tracked], epochs: range, day: int) -> bool:
        ids = _identifiers(earning)
        with (
            self._session.run("attestation_rewards", self._periods) as run,
            self._session.context.progress.step("attestations", len(epochs)) as step,
        ):
            failures = run.failures

            def asks() -> Iterator[Ask]:
                for epoch in epochs:
                    for chunk in _chunks(ids, _REWARDED_A_CALL):
                        if not self._tells_rewards:
                            return
                        path = f"eth/v1/beacon/rewards/attestations/{epoch}"
                        request = Request("POST", path, json_body=list(chunk))
                        yield Ask(request, day, shapes.attestation_rewards)

            await self._session.ask_many(run, asks(), on_outcome=self._judge_rewards(run, step.advance))
            return run.failures == failures and self._tells_rewards

    async def _block_rewards(self, proposals: Sequence[Proposal], day: int) -> bool:
        with self._session.run("block_rewards", self._periods) as run:
            failures = run.failures

            def asks() -> Iterator[Ask]:
                for proposal in proposals:
                    if proposal.block_number is None or not self._tells_rewards:
                        continue
                    request = Request("GET", f"eth/v1/beacon/rewards/blocks/{proposal.slot}")
                    yield Ask(request, day, shapes.block_rewards)

            await self._session.ask_many(run, asks(), on_outcome=self._judge_rewards(run, lambda: None))
            return run.failures == failures

    async def _sync_rewards(self, earning: Sequence[Tracked], epochs: range, day: int) -> bool:
        """One block of each committee's time tells who sits in it; every slot is asked for where somebody does."""
        ids = _identifiers(earning)
        with self._session.run("sync_committee_rewards", self._periods) as run:
            failures = run.failures
            for committee in sorted({epoch // EPOCHS_PER_COMMITTEE for epoch in epochs}):
                slots = [
                    slot
                    for epoch in epochs
                    if epoch // EPOCHS_PER_COMMITTEE == committee
                    for slot in self._days.slots_of_epoch(epoch)
                ]
                probed, is_seated = await self._probe_committee(run, ids, slots, day)
                if is_seated is None:
                    return False
                if is_seated:
                    rest = slots[probed:]
                    with self._session.context.progress.step("sync committee", len(rest)) as step:
                        await self._session.ask_many(
                            run,
                            (
                                self._sync_ask(slot, chunk, day)
                                for slot in rest
                                for chunk in _chunks(ids, _REWARDED_A_CALL)
                            ),
                            on_outcome=self._judge_rewards(run, step.advance),
                        )
            return run.failures == failures

    async def _probe_committee(
        self, run: Run, ids: Sequence[str], slots: Sequence[int], day: int
    ) -> tuple[int, bool | None]:
        """Ask about the first block of ``slots``: how many slots that took, and whether somebody sits (None: open)."""
        for taken, slot in enumerate(slots, start=1):
            is_block, is_seated = True, False
            for chunk in _chunks(ids, _REWARDED_A_CALL):
                if not self._tells_rewards:
                    return taken, None
                ask = self._sync_ask(slot, chunk, day)
                outcome = await self._session.attempt(run, ask)
                if isinstance(outcome, RequestFailed):
                    self._judge_rewards(run, lambda: None)(ask, outcome)
                    return taken, None
                is_block = outcome.payload.http_status == 200
                is_seated = is_seated or bool(is_block and outcome.value["data"])
            if is_block:
                return taken, is_seated
        return len(slots), False

    async def _balances(self, earning: Sequence[Tracked], slashed: Sequence[Tracked], epochs: range, day: int) -> None:
        """Balances at the ends of the day and of the day before; of slashed validators at the end of every epoch."""
        if not epochs:
            return
        whole_day = self._days.epochs(day)
        ends = [(whole_day.start - 1, earning)] if whole_day.start > 0 else []
        if epochs.stop == whole_day.stop:
            ends.append((whole_day.stop - 1, earning))
        if slashed:
            ends.extend((epoch, slashed) for epoch in epochs if epoch != whole_day.stop - 1)
        with self._session.run("validator_balances", self._periods) as run:
            asks = (
                Ask(
                    Request(
                        "POST",
                        f"eth/v1/beacon/states/{self._days.last_slot_of_epoch(epoch)}/validator_balances",
                        json_body=list(chunk),
                    ),
                    self._days.day_of_epoch(epoch),
                    shapes.balances,
                )
                for epoch, holders in ends
                for chunk in _chunks(_identifiers(holders), _REWARDED_A_CALL)
            )
            await self._session.ask_many(run, asks, on_outcome=self._keep(run))

    async def _day_blocks(self, epochs: range, day: int) -> None:
        """Every block of the day, for what was withdrawn and deposited."""
        slots = [slot for epoch in epochs for slot in self._days.slots_of_epoch(epoch)]
        with (
            self._session.run("day_blocks", self._periods) as run,
            self._session.context.progress.step("blocks of the day", len(slots)) as step,
        ):
            await self._session.ask_many(
                run, (self._block_ask(slot, day) for slot in slots), on_outcome=self._keep(run, step.advance)
            )

    def _finalized(self, day: int, head: BeaconHead) -> range:
        epochs = self._days.epochs(day)
        return range(epochs.start, max(epochs.start, min(epochs.stop, head.finalized_epoch + 1)))

    def _block_ask(self, slot: int, day: int) -> Ask:
        request = Request("GET", f"eth/v2/beacon/blocks/{slot}")
        return Ask(request, day, partial(shapes.beacon_block, slot=slot), answers=_NO_BLOCK)

    def _sync_ask(self, slot: int, ids: Sequence[str], day: int) -> Ask:
        request = Request("POST", f"eth/v1/beacon/rewards/sync_committee/{slot}", json_body=list(ids))
        return Ask(request, day, shapes.sync_rewards, answers=_NO_BLOCK)

    def _judge_rewards(self, run: Run, advance: Callable[[], None]) -> Callable[[Ask, Outcome], None]:
        """Keep the failure; a node that refuses one of its rewards endpoints is not asked for the rest."""

        def judge(ask: Ask, outcome: Outcome) -> None:
            advance()
            if isinstance(outcome, RequestFailed):
                self._tells_rewards = self._tells_rewards and outcome.status not in _REFUSALS
                self._session.reject(run, ask, outcome)

        return judge

    def _keep(self, run: Run, advance: Callable[[], None] = lambda: None) -> Callable[[Ask, Outcome], None]:
        def keep(ask: Ask, outcome: Outcome) -> None:
            advance()
            if isinstance(outcome, RequestFailed):
                self._session.reject(run, ask, outcome)

        return keep


def _identifiers(tracked: Iterable[Tracked]) -> list[str]:
    listed = list(tracked)
    indexes = sorted(item.index for item in listed if item.index is not None)
    return [*(str(index) for index in indexes), *sorted(item.public_key for item in listed if item.index is None)]


def _chunks(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), most):
        yield list(ids[start : start + most])


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
