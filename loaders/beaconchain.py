"""beaconcha.in's v2 API: validators, the slots they proposed in, blocks and their payments, rewards by epoch.

PROVIDERS-ETHEREUM.md, 2. All calls are POST with a JSON body; pages by cursor; how many validators a call may name is
learned from the answer that refuses more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aurora.periods import PeriodRange
from loaders import shapes_ethereum as shapes
from loaders.ethereum_days import BeaconDays, BeaconHead, days_of
from loaders.ethereum_tracked import Proposal, Tracked, earning_on
from loaders.http import Request, RequestFailed
from loaders.json_body import canonical_json
from loaders.runs import Run
from loaders.session import Ask, ProviderSession

_CHAIN = "mainnet"
MOST_PAGES = 1_000
_MOST_VALIDATORS = 100
_DEFAULT_PAGE, _LARGEST_PAGE = 10, 100
_LISTED_BY_TENS = 20
_ALLOWED = re.compile(r"limit of ([0-9]{1,6})")

Identifier = int | str


class Beaconchain:
    """One provider that speaks beaconcha.in's API, within one load."""

    def __init__(self, session: ProviderSession, days: BeaconDays, periods: PeriodRange) -> None:
        self._session = session
        self._days = days
        self._periods = periods
        self._most_validators = _MOST_VALIDATORS

    async def head(self, tracked: Sequence[Tracked]) -> BeaconHead | None:
        """The running epoch, two behind which a healthy chain is final; None where the provider does not say."""
        body = {"chain": _CHAIN, "validator": {"validator_identifiers": [tracked[0].explorer_id]}}
        ask = Ask(Request("POST", "validators", json_body=body), 0, shapes.explorer_range)
        with self._session.run("validators", PeriodRange(0, 0)) as run:
            answer = await self._session.probe(run, ask)
            if answer is None:
                return None
            running = int(answer.value[1]["range"]["epoch"]["end"])
            day = self._days.day_of_epoch(running)
            run.period_from = run.period_to = day
            self._session.land(run, replace(ask, period_id=day, present_period=day), answer)
        return BeaconHead(running, running - 2)

    async def validators(self, tracked: Sequence[Tracked], running_day: int) -> list[Tracked]:
        """Land who the validators are, now; gives what the view shows of them."""
        found: list[Tracked] = []
        with self._session.run("validators", PeriodRange(running_day, running_day)) as run:
            for ids in self._chunks(_identifiers(tracked)):
                rows = await self._pages(
                    run,
                    "validators",
                    ids,
                    page_size=_page_size(len(ids)),
                    accept=shapes.explorer_validators,
                    period_id=running_day,
                    present_period=running_day,
                )
                found.extend(_tracked(row) for row in rows or ())
        return found

    async def proposals(self, tracked: Sequence[Tracked], day: int) -> list[Proposal] | None:
        """The slots of a day that the validators were to propose in; None where a page is missing."""
        slots = self._days.slots(day)
        keys = {item.public_key for item in tracked}
        found: list[Proposal] | None = []
        with self._session.run("proposal_slots", self._periods) as run:
            for ids in self._chunks(_identifiers(earning_on(tracked, day, self._days))):
                rows = await self._pages(
                    run,
                    "validators/proposal-slots",
                    ids,
                    page_size=_DEFAULT_PAGE if len(ids) <= _LISTED_BY_TENS else _LARGEST_PAGE,
                    accept=shapes.explorer_proposals,
                    period_id=day,
                    present_period=day,
                    names_cursor=True,
                    is_enough=lambda page: any(row["slot"] < slots.start for row in page),
                )
                if rows is None:
                    found = None
                elif found is not None:
                    found.extend(
                        Proposal(row["slot"], row["validator"]["public_key"].lower(), row["block"])
                        for row in rows
                        if row["slot"] in slots and row["validator"]["public_key"].lower() in keys
                    )
        return found

    async def blocks(self, numbers: Sequence[int], day: int) -> bool:
        """Each block and what was paid for it; whether all of them were answered."""
        is_whole = True
        for endpoint, path, shape in (
            ("block", "block", shapes.explorer_block),
            ("block_rewards", "block/rewards", shapes.explorer_block_rewards),
        ):
            with self._session.run(endpoint, self._periods) as run:
                asks = (
                    Ask(
                        Request("POST", path, json_body={"chain": _CHAIN, "block": {"number": number}}),
                        day,
                        partial(shape, number=number),
                    )
                    for number in numbers
                )
                is_whole &= await self._session.ask_many(run, asks)
        return is_whole

    async def rewards(self, tracked: Sequence[Tracked], day: int, head: BeaconHead) -> bool:
        """Consensus rewards of each finalized epoch of the day; whether they tell the day's income.

        They do not of a validator that is being slashed: the list has no penalties for it.
        """
        epochs = self._days.final_epochs(day, head)
        earning = earning_on(tracked, day, self._days)
        is_whole = not any(item.is_being_slashed(self._days.epochs(day)) for item in earning)
        ids = _identifiers(earning)
        if not ids:
            return True
        with self._session.run("rewards_list", self._periods) as run:
            failures = run.failures
            asked = [(epoch, chunk) for chunk in self._chunks(ids) for epoch in epochs]
            with self._session.context.progress.step("rewards", len(asked)) as step:
                await self._session.side_by_side(
                    (self._epoch_rewards(run, chunk, epoch, day, step.advance) for epoch, chunk in asked)
                )
            return is_whole and run.failures == failures

    async def _epoch_rewards(
        self, run: Run, ids: Sequence[Identifier], epoch: int, day: int, advance: Callable[[], None]
    ) -> None:
        await self._pages(
            run,
            "validators/rewards-list",
            ids,
            page_size=_page_size(len(ids)),
            accept=partial(shapes.explorer_rewards, epoch=epoch),
            period_id=day,
            more={"epoch": epoch},
        )
        advance()

    async def _pages(
        self,
        run: Run,
        path: str,
        ids: Sequence[Identifier],
        *,
        page_size: int | None,
        accept: Callable[[object], None],
        period_id: int,
        present_period: int | None = None,
        more: Mapping[str, object] | None = None,
        names_cursor: bool = False,
        is_enough: Callable[[list[dict[str, Any]]], bool] = lambda _page: False,
    ) -> list[dict[str, Any]] | None:
        """Every page until one says that none follows, or is enough; None where one is missing."""

        async def in_parts() -> list[dict[str, Any]] | None:
            parts = [
                await self._pages(
                    run,
                    path,
                    part,
                    page_size=page_size if names_cursor else _page_size(len(part)),
                    accept=accept,
                    period_id=period_id,
                    present_period=present_period,
                    more=more,
                    names_cursor=names_cursor,
                    is_enough=is_enough,
                )
                for part in self._chunks(ids)
            ]
            return None if any(part is None for part in parts) else [row for part in parts for row in part or ()]

        # The limit may have been learned after the caller made its chunks.
        if len(ids) > self._most_validators:
            return await in_parts()
        rows: list[dict[str, Any]] = []
        cursor, seen = "", {""}
        shown: set[str] = set()
        while True:
            body: dict[str, object] = {"chain": _CHAIN, "validator": {"validator_identifiers": list(ids)}}
            body |= more or {}
            if page_size is not None:
                body["page_size"] = page_size
            if cursor or names_cursor:
                body["cursor"] = cursor
            ask = Ask(Request("POST", path, json_body=body), period_id, accept, present_period=present_period)
            outcome = await self._session.attempt(run, ask)
            if isinstance(outcome, RequestFailed):
                allowed = _allowed(outcome)
                if allowed is None or allowed >= len(ids):
                    self._session.reject(run, ask, outcome)
                    return None
                # The plan allows fewer: ask in parts from now on.
                self._most_validators = min(self._most_validators, allowed)
                return await in_parts()
            page: list[dict[str, Any]] = outcome.value["data"]
            rows.extend(page)
            paging = outcome.value.get("paging")
            cursor = (paging.get("next_cursor") if isinstance(paging, dict) else None) or ""
            new = {canonical_json(row) for row in page} - shown
            is_repeated = bool(page) and not new
            if (not cursor or is_enough(page)) and not is_repeated:
                return rows
            if is_repeated or cursor in seen or len(seen) >= MOST_PAGES:
                run.fail(
                    "not_the_shape",
                    f"{self._session.provider.provider}: POST /{path}: its pages go round in a circle;"
                    " the list stays unanswered",
                )
                return None
            seen.add(cursor)
            shown |= new

    def _chunks(self, ids: Sequence[Identifier]) -> Iterator[Sequence[Identifier]]:
        start = 0
        while start < len(ids):
            most = self._most_validators
            yield ids[start : start + most]
            start += most


def planned_epochs(periods: PeriodRange, days: BeaconDays) -> int:
    """The epochs of a range of days."""
    return sum(len(days.epochs(day)) for day in days_of(periods))


def planned_requests(tracked: Sequence[Tracked], periods: PeriodRange, days: BeaconDays) -> int:
    """About how many requests the rewards of a range of days take."""
    return sum(
        len(days.epochs(day)) * -(-len(earning_on(tracked, day, days)) // _LISTED_BY_TENS) for day in days_of(periods)
    )


def _allowed(failed: RequestFailed) -> int | None:
    """How many validators a call may name, where that is what was refused."""
    if failed.status != 403 or not failed.body:
        return None
    match = _ALLOWED.search(failed.body.decode(errors="replace"))
    return int(match[1]) if match and int(match[1]) > 0 else None


def _identifiers(tracked: Sequence[Tracked]) -> list[Identifier]:
    indexes = sorted(item.explorer_id for item in tracked if isinstance(item.explorer_id, int))
    keys = sorted(item.explorer_id for item in tracked if isinstance(item.explorer_id, str))
    return [*indexes, *keys]


def _page_size(ids: int) -> int | None:
    return _LARGEST_PAGE if ids > _DEFAULT_PAGE else None


def _tracked(row: Mapping[str, Any]) -> Tracked:
    life = row["life_cycle_epochs"]
    return Tracked(
        public_key=row["validator"]["public_key"].lower(),
        index=row["validator"]["index"],
        is_seen=True,
        activation_epoch=life.get("activation"),
        exit_epoch=life.get("exit"),
        withdrawable_epoch=life.get("withdrawable"),
        is_slashed=row["slashed"],
    )
