"""A beacon node's rewards by duty, and the balances beside them (PROVIDERS-ETHEREUM.md, 3).

Where a node does not tell an epoch's rewards, balances and the blocks of the whole day stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.beacon_asks import NO_BLOCK, Outcome, block_ask, chunks, identifiers
from loaders.ethereum_days import BeaconDays, BeaconHead, day_before
from loaders.ethereum_tracked import EPOCHS_PER_COMMITTEE, Proposal, Tracked, earning_on
from loaders.http import Request, RequestFailed
from loaders.runs import Run
from loaders.session import Ask, ProviderSession

_REFUSALS = frozenset({400, 404, 405, 501})
_REWARDED_A_CALL = 1_000


class BeaconRewards:
    """The rewards endpoints of one beacon node, within one load."""

    def __init__(self, session: ProviderSession, days: BeaconDays, periods: PeriodRange) -> None:
        self._session = session
        self._days = days
        self._periods = periods
        # A node that has answered once serves rewards: a refusal is then about one epoch, as where its last slot is
        # empty (Teku 7338), and the others are asked all the same.
        self._has_answered = False
        self._is_refused = False
        # Whether it refused any question about the day at hand.
        self._was_refused = False

    async def of_day(
        self, tracked: Sequence[Tracked], proposals: Sequence[Proposal] | None, day: int, head: BeaconHead
    ) -> bool:
        """Consensus rewards of the day by duty, and the balances beside them; whether all duties were answered.

        ``proposals`` None: it is not known which blocks the validators proposed, so not all can be.
        """
        earning = earning_on(tracked, day, self._days)
        if not earning:
            return True
        epochs = self._days.final_epochs(day, head)
        self._was_refused = self._is_refused
        is_whole = await self._attestations(earning, epochs, day)
        is_whole &= await self._block_rewards(proposals or (), day) and proposals is not None
        is_whole &= await self._sync_rewards(earning, epochs, day)
        slashed = [item for item in earning if item.is_being_slashed(self._days.epochs(day))]
        await self._balances(earning, slashed, epochs, day)
        if slashed:
            before = range(max(0, epochs.start - 2), epochs.start)
            await self._attestations(slashed, before, day_before(day))
        is_over = epochs == self._days.epochs(day)
        if epochs and (slashed or (is_over and self._was_refused)):
            await self._day_blocks(epochs, day)
        return is_whole

    async def _attestations(self, earning: Sequence[Tracked], epochs: range, day: int) -> bool:
        ids = identifiers(earning)
        with (
            self._session.run("attestation_rewards", self._periods) as run,
            self._session.context.progress.step("attestations", len(epochs)) as step,
        ):

            def asks() -> Iterator[Ask]:
                for epoch in epochs:
                    for chunk in chunks(ids, _REWARDED_A_CALL):
                        if self._is_refused:
                            return
                        path = f"eth/v1/beacon/rewards/attestations/{epoch}"
                        request = Request("POST", path, json_body=list(chunk))
                        yield Ask(request, day, shapes.attestation_rewards)

            if self._says_refused(run):
                return False
            return await self._session.ask_many(run, asks(), on_outcome=self._judge(step.advance))

    async def _block_rewards(self, proposals: Sequence[Proposal], day: int) -> bool:
        with self._session.run("block_rewards", self._periods) as run:
            if self._says_refused(run):
                return False

            def asks() -> Iterator[Ask]:
                for proposal in proposals:
                    if proposal.block_number is None:
                        continue
                    request = Request("GET", f"eth/v1/beacon/rewards/blocks/{proposal.slot}")
                    yield Ask(request, day, shapes.block_rewards)

            return await self._session.ask_many(run, asks(), on_outcome=self._judge())

    async def _sync_rewards(self, earning: Sequence[Tracked], epochs: range, day: int) -> bool:
        """One block of each committee's time tells who sits in it; every slot is asked for where somebody does."""
        ids = identifiers(earning)
        with self._session.run("sync_committee_rewards", self._periods) as run:
            if self._says_refused(run):
                return False
            is_whole = True
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
                        is_whole &= await self._session.ask_many(
                            run,
                            (
                                self._sync_ask(slot, chunk, day)
                                for slot in rest
                                for chunk in chunks(ids, _REWARDED_A_CALL)
                            ),
                            on_outcome=self._judge(step.advance),
                        )
            return is_whole

    async def _probe_committee(
        self, run: Run, ids: Sequence[str], slots: Sequence[int], day: int
    ) -> tuple[int, bool | None]:
        """Ask about the first block of ``slots``: how many slots that took, and whether somebody sits (None: open)."""
        for taken, slot in enumerate(slots, start=1):
            is_block, is_seated = True, False
            for chunk in chunks(ids, _REWARDED_A_CALL):
                ask = self._sync_ask(slot, chunk, day)
                outcome = await self._session.attempt(run, ask)
                self._judge()(ask, outcome)
                if isinstance(outcome, RequestFailed):
                    self._session.reject(run, ask, outcome)
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
                for chunk in chunks(identifiers(holders), _REWARDED_A_CALL)
            )
            await self._session.ask_many(run, asks)

    async def _day_blocks(self, epochs: range, day: int) -> None:
        """Every block of the day, for what was withdrawn and deposited."""
        slots = [slot for epoch in epochs for slot in self._days.slots_of_epoch(epoch)]
        with (
            self._session.run("day_blocks", self._periods) as run,
            self._session.context.progress.step("blocks of the day", len(slots)) as step,
        ):
            await self._session.ask_many(
                run, (block_ask(slot, day) for slot in slots), on_outcome=lambda _ask, _outcome: step.advance()
            )

    def _says_refused(self, run: Run) -> bool:
        """Whether the node serves no rewards, which the run then says too."""
        if self._is_refused:
            name = self._session.provider.provider
            run.fail("http_status", f"{name}: serves no rewards, as it said before; it is not asked for more of them")
        return self._is_refused

    def _sync_ask(self, slot: int, ids: Sequence[str], day: int) -> Ask:
        request = Request("POST", f"eth/v1/beacon/rewards/sync_committee/{slot}", json_body=list(ids))
        return Ask(request, day, shapes.sync_rewards, answers=NO_BLOCK)

    def _judge(self, advance: Callable[[], None] = lambda: None) -> Callable[[Ask, Outcome], None]:
        """Remember whether the node serves rewards at all: one that never did is not asked for the rest."""

        def judge(_ask: Ask, outcome: Outcome) -> None:
            advance()
            if isinstance(outcome, RequestFailed):
                if outcome.status in _REFUSALS:
                    self._was_refused = True
                    self._is_refused = self._is_refused or not self._has_answered
            elif outcome.payload.http_status == 200:
                self._has_answered = True

        return judge
