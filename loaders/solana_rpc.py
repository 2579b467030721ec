"""Solana's JSON-RPC: the chain's clock, leader slots and their blocks, inflation rewards, and the views of now.

What each method answers, and when, is in PROVIDERS-SOLANA.md, sections 1 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from aurora.periods import PeriodRange
from loaders import shapes
from loaders.envelope import Payload
from loaders.json_rpc import RpcAnswer, RpcCall, RpcFailure
from loaders.runs import Run
from loaders.session import AcceptResult, ProviderSession
from loaders.solana_epochs import EpochSchedule, Head

STAKE_PROGRAM = "Stake11111111111111111111111111111111111111"
_VOTER_OFFSET = 124
_STAKE_ACCOUNT_BYTES = 200

MOST_ADDRESSES = 1000
MOST_SLOTS = 500_000

_FINALIZED = {"commitment": "finalized"}
_BLOCK = {
    "commitment": "finalized",
    "encoding": "json",
    "maxSupportedTransactionVersion": 0,
    "rewards": True,
    "transactionDetails": "none",
}
# While an epoch's rewards are being paid out, stake accounts answer this, and will for a while.
_STILL_PAYING = -32017
_MOST_VIEW_TRIES = 3
_NO_PERIOD = PeriodRange(0, 0)

Leaders = Mapping[str, Sequence[int]]


class SolanaRpc:
    """One provider that speaks Solana's JSON-RPC, within one load."""

    def __init__(self, session: ProviderSession, periods: PeriodRange | None = None) -> None:
        """``periods`` are those of the load; None where only the clock is asked."""
        self._session = session
        self._periods = periods or _NO_PERIOD

    async def head(self) -> Head | None:
        """The running epoch and its last finalized slot; None where the node does not say."""
        with self._session.run("get_epoch_info", _NO_PERIOD) as run:
            asked = RpcCall("getEpochInfo", [_FINALIZED])
            outcome = await self._gather_one(asked, accept=shapes.epoch_info)
            if isinstance(outcome, RpcFailure):
                self._session.reject_rpc(run, self._session.rpc_question(run, asked, period_id=0), outcome)
                return None
            head = _head(outcome)
            run.period_from = run.period_to = head.epoch
            self._land_view(run, outcome, head.epoch)
            return head

    async def epoch_schedule(self) -> EpochSchedule | None:
        """The cluster's own epoch schedule; None where the node does not say."""
        with self._session.run("get_epoch_schedule", _NO_PERIOD) as run:
            answer = await self._session.call(
                run, RpcCall("getEpochSchedule", []), accept=shapes.epoch_schedule, period_id=0
            )
            if answer is None or not isinstance(answer.result, dict):
                return None
            found = answer.result
            return EpochSchedule(found["slotsPerEpoch"], found["firstNormalEpoch"], found["firstNormalSlot"])

    async def present_views(self, head: Head, stake_lists_of: Sequence[str] | None) -> None:
        """Land vote accounts, and each validator's stake accounts, for the running epoch they speak of.

        ``stake_lists_of``: vote accounts; None stands for all that the view names. Answers that straddle the turn of
        an epoch are asked for again.
        """
        for _ in range(_MOST_VIEW_TRIES):
            with self._session.run("get_vote_accounts", PeriodRange(head.epoch, head.epoch)) as run:
                call = RpcCall("getVoteAccounts", [_FINALIZED])
                outcome = await self._gather_one(call, accept=shapes.vote_accounts)
                now = await self._head_now() or head
                if isinstance(outcome, RpcAnswer) and now.epoch != head.epoch:
                    head = now
                    run.period_from = run.period_to = now.epoch
                    continue
                if isinstance(outcome, RpcFailure):
                    question = self._session.rpc_question(run, call, period_id=head.epoch, present_period=head.epoch)
                    self._session.reject_rpc(run, question, outcome)
                else:
                    self._land_view(run, outcome, head.epoch)
            break
        votes = stake_lists_of if stake_lists_of is not None else _vote_pubkeys(outcome)
        await self._stake_lists(head, votes)

    async def _stake_lists(self, head: Head, votes: Sequence[str]) -> None:
        calls = [_stake_list_call(vote) for vote in votes]
        by_call = {call.id: vote for call, vote in zip(calls, votes, strict=True)}
        with (
            self._session.run("get_program_accounts", PeriodRange(head.epoch, head.epoch)) as run,
            self._session.context.progress.step("stake accounts", len(calls)) as step,
        ):
            async for outcome in self._session.outcomes(calls, accept=shapes.stake_accounts):
                step.advance()
                vote = by_call[outcome.call.id]
                question = self._session.rpc_question(
                    run, outcome.call, period_id=head.epoch, validator_key=vote, present_period=head.epoch
                )
                if isinstance(outcome, RpcFailure):
                    self._session.reject_rpc(run, question, outcome)
                    continue
                self._session.context.landing.add(
                    Payload(question, run.run_id, outcome.http_status, outcome.text, outcome.fetched_at)
                )
                await self._session.context.flush_if_full()

    async def leader_schedules(self, epochs: Iterable[int], schedule: EpochSchedule) -> dict[int, Leaders]:
        """The leaders of each epoch that the node still knows, by identity; the slots are indexes within the epoch."""
        found: dict[int, Leaders] = {}
        with self._session.run("get_leader_schedule", self._periods) as run:
            for epoch in epochs:
                call = RpcCall("getLeaderSchedule", [schedule.first_slot(epoch), _FINALIZED])
                answer = await self._session.call(run, call, accept=shapes.leader_schedule, period_id=epoch)
                if answer is not None and isinstance(answer.result, dict):
                    found[epoch] = answer.result
        return found

    async def first_blocks(self, epochs: Iterable[int], schedule: EpochSchedule) -> dict[int, int]:
        """The slot of each epoch's first block, where it has one."""
        found: dict[int, int] = {}
        with self._session.run("get_blocks_with_limit", self._periods) as run:
            for epoch in epochs:
                call = RpcCall("getBlocksWithLimit", [schedule.first_slot(epoch), 1, _FINALIZED])
                answer = await self._session.call(run, call, accept=shapes.slots, period_id=epoch)
                if answer is not None and isinstance(answer.result, list) and answer.result:
                    slot = answer.result[0]
                    if slot <= schedule.last_slot(epoch):
                        found[epoch] = slot
        return found

    async def block_lists(self, epochs: Iterable[int], schedule: EpochSchedule, head: Head) -> dict[int, list[int]]:
        """The slots that hold a block, by epoch, up to the head; an epoch that is not answered whole is left out."""
        found: dict[int, list[int]] = {}
        with self._session.run("get_blocks", self._periods) as run:
            for epoch in epochs:
                first, last = schedule.first_slot(epoch), min(schedule.last_slot(epoch), head.slot)
                slots: list[int] | None = []
                for start in range(first, last + 1, MOST_SLOTS):
                    call = RpcCall("getBlocks", [start, min(start + MOST_SLOTS - 1, last), _FINALIZED])
                    answer = await self._session.call(run, call, accept=shapes.slots, period_id=epoch)
                    if answer is None or not isinstance(answer.result, list):
                        slots = None
                        break
                    if slots is not None:
                        slots.extend(answer.result)
                if slots is not None:
                    found[epoch] = slots
        return found

    async def blocks(self, slots_by_epoch: Mapping[int, Iterable[int]], *, total: int) -> set[int]:
        """Each slot's block with its rewards, or the node's word that there is none; the epochs that it leaves open."""
        unanswered: set[int] = set()
        if not slots_by_epoch:
            return unanswered

        def calls() -> Iterator[RpcCall]:
            for slots in slots_by_epoch.values():
                for slot in slots:
                    yield RpcCall("getBlock", [slot, _BLOCK])

        epoch_of_slot = _EpochFinder(slots_by_epoch)
        with (
            self._session.run("get_block", self._periods) as run,
            self._session.context.progress.step("blocks", total) as step,
        ):
            async for outcome in self._session.call_many(
                run,
                calls(),
                accept=shapes.block,
                about=lambda call: (epoch_of_slot(call), None),
                answers=shapes.SKIPPED_SLOT_CODES,
            ):
                step.advance()
                if isinstance(outcome, RpcFailure):
                    unanswered.add(epoch_of_slot(outcome.call))
        return unanswered

    async def rewards(
        self,
        epochs: Sequence[int],
        votes: Mapping[int, Sequence[str]],
        stakers: Mapping[int, Mapping[str, Sequence[str]]],
    ) -> set[int]:
        """Inflation rewards of each epoch: of the vote accounts, then of each one's stake accounts; the epochs that it
        leaves open."""
        unanswered: set[int] = set()
        if not epochs:
            return unanswered
        with self._session.run("get_inflation_reward", self._periods) as run:
            total = sum(len(stakers[epoch]) for epoch in epochs)
            with self._session.context.progress.step("inflation rewards", total) as step:
                for epoch in epochs:
                    failures = run.failures
                    for addresses in _chunks(sorted(votes[epoch])):
                        await self._rewards_of(run, epoch, addresses, None, no_retry=frozenset())
                    no_retry: frozenset[int] = frozenset()
                    for vote, accounts in sorted(stakers[epoch].items()):
                        for addresses in _chunks(sorted(accounts)):
                            outcome = await self._rewards_of(run, epoch, addresses, vote, no_retry=no_retry)
                            if isinstance(outcome, RpcFailure) and outcome.code == _STILL_PAYING:
                                no_retry = frozenset({_STILL_PAYING})
                        step.advance()
                    if run.failures > failures:
                        unanswered.add(epoch)
        return unanswered

    async def _rewards_of(
        self, run: Run, epoch: int, addresses: Sequence[str], vote: str | None, *, no_retry: frozenset[int]
    ) -> RpcAnswer | RpcFailure:
        call = RpcCall("getInflationReward", [list(addresses), {**_FINALIZED, "epoch": epoch}])
        outcomes = [
            outcome
            async for outcome in self._session.call_many(
                run,
                [call],
                accept=partial(shapes.inflation_rewards, addresses=len(addresses), epoch=epoch),
                about=lambda _call: (epoch, vote),
                no_retry=no_retry,
            )
        ]
        return outcomes[0]

    async def _head_now(self) -> Head | None:
        outcome = await self._gather_one(RpcCall("getEpochInfo", [_FINALIZED]), accept=shapes.epoch_info)
        return _head(outcome) if isinstance(outcome, RpcAnswer) else None

    async def _gather_one(self, call: RpcCall, *, accept: AcceptResult) -> RpcAnswer | RpcFailure:
        outcomes = [outcome async for outcome in self._session.outcomes([call], accept=accept)]
        return outcomes[0]

    def _land_view(self, run: Run, answer: RpcAnswer, epoch: int) -> None:
        question = self._session.rpc_question(run, answer.call, period_id=epoch, present_period=epoch)
        self._session.context.landing.add(
            Payload(question, run.run_id, answer.http_status, answer.text, answer.fetched_at)
        )


class _EpochFinder:
    """The epoch of a ``getBlock`` call among those asked for, by slot."""

    def __init__(self, slots_by_epoch: Mapping[int, Iterable[int]]) -> None:
        self._epochs = {slot: epoch for epoch, slots in slots_by_epoch.items() for slot in slots}

    def __call__(self, call: RpcCall) -> int:
        slot = call.params[0] if isinstance(call.params, Sequence) else None
        if not isinstance(slot, int):
            raise TypeError("a getBlock call begins with its slot")
        return self._epochs[slot]


def _head(answer: RpcAnswer) -> Head:
    if not isinstance(answer.result, dict):
        raise TypeError("an accepted getEpochInfo is an object")
    return Head(epoch=answer.result["epoch"], slot=answer.result["absoluteSlot"])


def _vote_pubkeys(outcome: RpcAnswer | RpcFailure) -> list[str]:
    if not isinstance(outcome, RpcAnswer) or not isinstance(outcome.result, dict):
        return []
    return sorted(
        {account["votePubkey"] for standing in ("current", "delinquent") for account in outcome.result[standing]}
    )


def _stake_list_call(vote: str) -> RpcCall:
    filters = [{"dataSize": _STAKE_ACCOUNT_BYTES}, {"memcmp": {"bytes": vote, "offset": _VOTER_OFFSET}}]
    return RpcCall("getProgramAccounts", [STAKE_PROGRAM, {**_FINALIZED, "encoding": "jsonParsed", "filters": filters}])


def _chunks(addresses: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(addresses), MOST_ADDRESSES):
        yield addresses[start : start + MOST_ADDRESSES]
