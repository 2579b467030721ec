"""What a load of an Ethereum chain asks, of whom, and in which order.

The views of now first: who the validators are. Then day by day: which slots they were to propose in; the blocks, what
was paid for them, and the rewards for duties, providers side by side. Who serves a data type as fallback is asked only
for days in which the others left it open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aurora.errors import ProviderError
from aurora.periods import PeriodRange
from aurora.registry import DayChain
from loaders.beacon_node import BeaconNode
from loaders.beaconchain import Beaconchain, planned_epochs, planned_requests
from loaders.endpoints import FEES, META, MEV, REWARDS
from loaders.eth_rpc import EthRpc
from loaders.ethereum_days import BeaconDays, BeaconHead, days_of
from loaders.ethereum_tracked import Proposal, Tracked, tracked_validators, with_lives
from loaders.mev_relay import MevRelay
from loaders.session import LoadContext, ProviderSession

CLOCK_APIS = ("beacon_node", "beaconchain", "eth_rpc")
"""Who tells how far the chain is, the most exact first."""

_NO_PERIOD = PeriodRange(0, 0)
_LONG_SECONDS = 60
_NOBODY_SAYS = (
    "nobody says which slots the validators proposed in; map a provider of api beacon_node or beaconchain to the chain,"
    " or load it again once that one answers"
)

Teller = BeaconNode | Beaconchain
Told = list[Proposal] | None


@dataclass(slots=True)
class _Tier:
    """Who is asked together, each for the data types it serves then."""

    nodes: list[tuple[BeaconNode, frozenset[str]]] = field(default_factory=list)
    explorers: list[tuple[Beaconchain, frozenset[str]]] = field(default_factory=list)
    executions: list[tuple[EthRpc, frozenset[str]]] = field(default_factory=list)
    relays: list[tuple[MevRelay, frozenset[str]]] = field(default_factory=list)
    # Who is only compared in a data type: an answer of theirs leaves it open.
    compared: set[tuple[object, str]] = field(default_factory=set)

    @property
    def tellers(self) -> list[Teller]:
        """Those who tell of validators and their slots."""
        return [*(node for node, _ in self.nodes), *(explorer for explorer, _ in self.explorers)]


async def ethereum_head(context: LoadContext, sessions: Sequence[ProviderSession], chain: DayChain) -> BeaconHead:
    """Ask the providers, in the order given, how far the chain is; the first that answers counts.

    Raises:
        ProviderError: none answers; the message gives the first one's reason.
    """
    days = BeaconDays.of(chain)
    tracked = tracked_validators(chain)
    for session in sessions:
        head: BeaconHead | None = None
        if session.provider.api == "beacon_node":
            head = await BeaconNode(session, days, _NO_PERIOD).head()
        elif session.provider.api == "beaconchain" and tracked:
            head = await Beaconchain(session, days, _NO_PERIOD).head(tracked)
        elif session.provider.api == "eth_rpc":
            head = await EthRpc(session, days, _NO_PERIOD).head()
        if head is not None:
            return head
    await context.flush()
    reasons = [run.error_message for run in context.run_log.runs if run.error_message]
    context.run_log.finish()
    raise ProviderError(
        f"{reasons[0] if reasons else 'no provider answers'}; nothing was loaded: check the provider's address"
    )


class EthereumLoad:
    """One load of an Ethereum chain."""

    def __init__(
        self,
        context: LoadContext,
        chain: DayChain,
        head: BeaconHead,
        periods: PeriodRange,
        *,
        data_types: Sequence[str],
        named: Sequence[str],
    ) -> None:
        """``named``: providers that are asked whatever their role, as the caller named them."""
        self._context = context
        self._chain = chain
        self._head = head
        self._periods = periods
        self._days = BeaconDays.of(chain)
        self._data_types = frozenset(data_types)
        self._named = frozenset(named)
        self._apis: dict[str, BeaconNode | Beaconchain | EthRpc | MevRelay] = {}
        self._session_of: dict[object, ProviderSession] = {}

    async def run(self, sessions: Sequence[ProviderSession], others: Sequence[ProviderSession]) -> None:
        """Ask ``sessions``; ``others`` are mapped too, and asked only for slots that nobody else tells."""
        first, *rest = self._tiers(sessions)
        tracked = await self._validators(first, rest, tracked_validators(self._chain))
        spare = [
            teller
            for session in (*sessions, *others)
            if isinstance(teller := self._api(session), BeaconNode | Beaconchain)
        ]
        wanted = list(days_of(self._periods))
        for line in self._plan(first, tracked):
            self._context.progress.say(line)
        with self._context.progress.step("days", len(wanted)) as step:
            for day in wanted:
                async with self._context.asking_about([day]):
                    await self._load_day(first, rest, spare, tracked, day)
                step.advance()

    def _plan(self, first: _Tier, tracked: Sequence[Tracked]) -> Iterator[str]:
        """About how many requests the rewards take, and how long that is under the provider's limits."""
        for session, requests in (
            *((self._session_of[node], 2 * planned_epochs(self._periods, self._days)) for node, _ in first.nodes),
            *(
                (self._session_of[explorer], planned_requests(tracked, self._periods, self._days))
                for explorer, serves in first.explorers
                if REWARDS in serves
            ),
        ):
            limit = session.provider.rate_limit
            seconds = int(requests / limit.requests_per_second)
            if seconds < _LONG_SECONDS:
                continue
            line = (
                f"about {requests:,} requests to {session.provider.provider}, {seconds // 3600} h"
                f" {seconds % 3600 // 60} min at {limit.requests_per_second:f} a second"
            )
            if limit.monthly_budget is not None and requests > limit.monthly_budget:
                months = -(-requests // limit.monthly_budget)
                line += f"; its budget of {limit.monthly_budget:,} a month makes that {months} months"
            yield line

    def _tiers(self, sessions: Sequence[ProviderSession]) -> list[_Tier]:
        """Primary, compared and named providers together; then each further one alone, in order of priority."""
        first: dict[ProviderSession, set[str]] = {}
        later: dict[int, dict[ProviderSession, set[str]]] = {}
        compared: set[tuple[object, str]] = set()
        by_name = {session.provider.provider: session for session in sessions}
        mappings = [
            mapping
            for mapping in self._context.registry.mappings_for(self._chain.chain_id)
            if mapping.data_type in self._data_types and mapping.provider in by_name
        ]
        for data_type in self._data_types:
            served = sorted(
                (mapping for mapping in mappings if mapping.data_type == data_type), key=lambda item: item.priority
            )
            serving = [item for item in served if item.role != "reconcile"]
            for place, mapping in enumerate(serving):
                session = by_name[mapping.provider]
                if place == 0 or mapping.role == "primary" or mapping.provider in self._named:
                    first.setdefault(session, set()).add(data_type)
                else:
                    later.setdefault(place, {}).setdefault(session, set()).add(data_type)
            for mapping in served:
                if mapping.role == "reconcile":
                    session = by_name[mapping.provider]
                    first.setdefault(session, set()).add(data_type)
                    compared.add((self._api(session), data_type))
        tiers = [self._tier(first), *(self._tier(later[place]) for place in sorted(later))]
        tiers[0].compared = compared
        return tiers

    def _tier(self, serving: dict[ProviderSession, set[str]]) -> _Tier:
        tier = _Tier()
        for session, data_types in serving.items():
            api, serves = self._api(session), frozenset(data_types)
            if isinstance(api, BeaconNode):
                tier.nodes.append((api, serves))
            elif isinstance(api, Beaconchain):
                tier.explorers.append((api, serves))
            elif isinstance(api, EthRpc) and serves & {FEES, MEV}:
                tier.executions.append((api, serves))
            elif isinstance(api, MevRelay) and MEV in serves:
                tier.relays.append((api, serves))
        return tier

    def _api(self, session: ProviderSession) -> BeaconNode | Beaconchain | EthRpc | MevRelay | None:
        name = session.provider.provider
        if name not in self._apis:
            match session.provider.api:
                case "beacon_node":
                    self._apis[name] = BeaconNode(session, self._days, self._periods)
                case "beaconchain":
                    self._apis[name] = Beaconchain(session, self._days, self._periods)
                case "eth_rpc":
                    self._apis[name] = EthRpc(session, self._days, self._periods)
                case "mev_relay":
                    self._apis[name] = MevRelay(session, self._periods)
                case _:
                    return None
            self._session_of[self._apis[name]] = session
        return self._apis[name]

    async def _validators(
        self, first: _Tier, rest: Sequence[_Tier], tracked: tuple[Tracked, ...]
    ) -> tuple[Tracked, ...]:
        """Who the tracked validators are; further providers are asked while somebody was not shown."""
        asked: set[Teller] = set()
        for tier in (first, *rest):
            tellers = [teller for teller in tier.tellers if teller not in asked]
            if not tracked or all(item.is_seen for item in tracked):
                break
            asked.update(tellers)
            running_day = self._days.day_of_epoch(self._head.epoch)
            async with asyncio.TaskGroup() as group:
                views = [group.create_task(teller.validators(tracked, running_day)) for teller in tellers]
            tracked = with_lives(tracked, [seen for view in views for seen in view.result()])
        return tracked

    async def _load_day(
        self,
        first: _Tier,
        rest: Sequence[_Tier],
        spare: Sequence[Teller],
        tracked: Sequence[Tracked],
        day: int,
    ) -> None:
        told: list[Told] = []
        open_types = await self._ask(first, self._data_types, told, spare, tracked, day)
        are_blocks_asked = bool(first.executions)
        for tier in rest:
            if not open_types:
                break
            are_blocks_asked |= any(serves & open_types & {FEES, MEV} for _, serves in tier.executions)
            open_types &= await self._ask(tier, open_types, told, spare, tracked, day)
        if not are_blocks_asked:
            await self._last_transactions(rest, told, day)

    async def _last_transactions(self, rest: Sequence[_Tier], told: Sequence[Told], day: int) -> None:
        """Ask for blocks that only an explorer told: who was paid by a block's last transaction is not in its answer.

        Without a relay that is how a stranger who took the fees pays; with one it stands above the relay's claim.
        """
        numbers = self._final_blocks(told)
        for tier in rest if numbers else ():
            for execution, _ in tier.executions:
                if await execution.transactions(numbers, day):
                    return

    def _final_blocks(self, told: Sequence[Told]) -> list[int]:
        return sorted({item.block_number for item in self._final(told) if item.block_number is not None})

    def _final(self, told: Sequence[Told]) -> list[Proposal]:
        """What is not final yet is asked for once it is."""
        return [item for item in _merged(told) if self._days.epoch_of_slot(item.slot) <= self._head.finalized_epoch]

    async def _ask(
        self,
        tier: _Tier,
        wanted: frozenset[str],
        told: list[Told],
        spare: Sequence[Teller],
        tracked: Sequence[Tracked],
        day: int,
    ) -> frozenset[str]:
        """Ask one tier for a day; gives the data types that it leaves open, or has nobody for."""
        async with asyncio.TaskGroup() as group:
            from_nodes = {
                node: group.create_task(node.proposals(tracked, day, self._head))
                for node, serves in tier.nodes
                if serves & wanted & {FEES, MEV, REWARDS}
            }
            from_explorers = {
                explorer: group.create_task(explorer.proposals(tracked, day))
                for explorer, serves in tier.explorers
                if serves & wanted & {FEES, MEV}
            }
        told.extend(task.result() for task in (*from_nodes.values(), *from_explorers.values()))
        executions = [execution for execution, serves in tier.executions if serves & wanted & {FEES, MEV}]
        relays = [relay for relay, serves in tier.relays if MEV in serves & wanted]
        if (executions or relays) and all(proposals is None for proposals in told):
            unasked = [teller for teller in spare if teller not in (*from_nodes, *from_explorers)]
            told.append(await self._first_told(unasked, tracked, day))
        is_told = any(proposals is not None for proposals in told)
        numbers = self._final_blocks(told)
        slots = sorted({item.slot for item in self._final(told) if item.block_number is not None})
        async with asyncio.TaskGroup() as group:
            asked: list[tuple[object, str, asyncio.Task[bool]]] = []
            for execution in executions:
                if is_told:
                    asked.append((execution, FEES, group.create_task(execution.blocks(numbers, day))))
                else:
                    self._say_nobody_knows(execution, "get_block_by_number")
            for relay in relays:
                if is_told:
                    asked.append((relay, MEV, group.create_task(relay.payloads_delivered(slots, day))))
                else:
                    self._say_nobody_knows(relay, "proposer_payload_delivered")
            for node, serves in tier.nodes:
                proposals = from_nodes[node].result() if node in from_nodes else None
                if META in serves & wanted:
                    group.create_task(node.day_validators(tracked, day, self._head))
                if REWARDS in serves & wanted:
                    rewards = node.rewards.of_day(tracked, proposals, day, self._head)
                    asked.append((node, REWARDS, group.create_task(rewards)))
            for explorer, serves in tier.explorers:
                if serves & wanted & {FEES, MEV}:
                    blocks = group.create_task(explorer.blocks(numbers, day))
                    asked.extend((explorer, data_type, blocks) for data_type in serves & {FEES, MEV})
                if REWARDS in serves & wanted:
                    asked.append((explorer, REWARDS, group.create_task(explorer.rewards(tracked, day, self._head))))
        answered = {
            data_type
            for api, data_type, task in asked
            if task.result() and (api, data_type) not in tier.compared and (is_told or data_type == REWARDS)
        }
        return wanted - answered - {META}

    async def _first_told(self, spare: Sequence[Teller], tracked: Sequence[Tracked], day: int) -> Told:
        for teller in spare:
            if isinstance(teller, BeaconNode):
                proposals = await teller.proposals(tracked, day, self._head)
            else:
                proposals = await teller.proposals(tracked, day)
            if proposals is not None:
                return proposals
        return None

    def _say_nobody_knows(self, api: EthRpc | MevRelay, endpoint: str) -> None:
        session = self._session_of[api]
        with session.run(endpoint, self._periods) as run:
            run.fail("nobody_says", f"{session.provider.provider}: {_NOBODY_SAYS}")


def _merged(told: Sequence[Told]) -> list[Proposal]:
    """Each slot once; a block that one of several names is there."""
    merged: dict[int, Proposal] = {}
    for proposal in (item for proposals in told for item in proposals or ()):
        if proposal.slot not in merged or merged[proposal.slot].block_number is None:
            merged[proposal.slot] = proposal
    return list(merged.values())
