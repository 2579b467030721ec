"""What a load of an Ethereum chain asks, of whom, and in which order.

The views of now first: who the validators are. Then day by day: which slots they were to propose in; the blocks, what
was paid for them, and the rewards for duties, providers side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aurora.errors import ProviderError
from aurora.periods import PeriodRange
from aurora.registry import DayChain
from loaders.beacon_node import BeaconNode
from loaders.beaconchain import Beaconchain
from loaders.endpoints import FEES, META, MEV, REWARDS
from loaders.eth_rpc import EthRpc
from loaders.ethereum_days import BeaconDays, BeaconHead, days_of
from loaders.ethereum_tracked import Proposal, Tracked, tracked_validators, with_lives
from loaders.mev_relay import MevRelay
from loaders.session import LoadContext, ProviderSession

CLOCK_APIS = ("beacon_node", "beaconchain", "eth_rpc")
"""Who tells how far the chain is, the most exact first."""
_NO_PERIOD = PeriodRange(0, 0)
_NOBODY_SAYS = (
    "nobody says which slots the validators proposed in; map a provider of api beacon_node or beaconchain to the chain,"
    " or load it again once that one answers"
)


@dataclass(slots=True)
class _Asked:
    """Who is asked for what in this load."""

    days: BeaconDays
    nodes: list[tuple[BeaconNode, frozenset[str]]] = field(default_factory=list)
    explorers: list[tuple[Beaconchain, frozenset[str]]] = field(default_factory=list)
    executions: list[tuple[EthRpc, ProviderSession, frozenset[str]]] = field(default_factory=list)
    relays: list[tuple[MevRelay, ProviderSession]] = field(default_factory=list)


async def ethereum_head(context: LoadContext, sessions: Sequence[ProviderSession], chain: DayChain) -> BeaconHead:
    """Ask the providers, in order of priority, how far the chain is; the first that answers counts.

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


async def load_ethereum(
    context: LoadContext,
    chain: DayChain,
    head: BeaconHead,
    sessions: Sequence[ProviderSession],
    others: Sequence[ProviderSession],
    periods: PeriodRange,
    data_types: Sequence[str],
) -> None:
    """Ask ``sessions`` for ``periods``; ``others`` are mapped too, and asked only for slots that nobody else tells."""
    days = BeaconDays.of(chain)
    asked = _asked(context, chain, sessions, days, periods, data_types)
    running_day = days.day_of_epoch(head.epoch)
    tracked = await _validators(asked, tracked_validators(chain), running_day)
    spare: list[BeaconNode | Beaconchain] = []
    for session in others:
        if session.provider.api == "beacon_node":
            spare.append(BeaconNode(session, days, periods))
        elif session.provider.api == "beaconchain":
            spare.append(Beaconchain(session, days, periods))
    wanted = list(days_of(periods))
    with context.progress.step("days", len(wanted)) as step:
        for day in wanted:
            await _load_day(context, asked, spare, tracked, day, head, periods)
            await context.flush()
            step.advance()


def _asked(
    context: LoadContext,
    chain: DayChain,
    sessions: Sequence[ProviderSession],
    days: BeaconDays,
    periods: PeriodRange,
    data_types: Sequence[str],
) -> _Asked:
    asked = _Asked(days)
    mappings = context.registry.mappings_for(chain.chain_id)
    for session in sessions:
        name = session.provider.provider
        serves: frozenset[str] = frozenset(
            mapping.data_type for mapping in mappings if mapping.provider == name and mapping.data_type in data_types
        )
        match session.provider.api:
            case "beacon_node":
                asked.nodes.append((BeaconNode(session, days, periods), serves))
            case "beaconchain":
                asked.explorers.append((Beaconchain(session, days, periods), serves))
            case "eth_rpc" if serves & {FEES, MEV}:
                asked.executions.append((EthRpc(session, days, periods), session, serves))
            case "mev_relay" if MEV in serves:
                asked.relays.append((MevRelay(session, periods), session))
            case _:
                pass
    return asked


async def _validators(asked: _Asked, tracked: tuple[Tracked, ...], running_day: int) -> tuple[Tracked, ...]:
    if not tracked:
        return tracked
    tellers: list[BeaconNode | Beaconchain] = [teller for teller, _ in asked.nodes]
    tellers.extend(teller for teller, _ in asked.explorers)
    async with asyncio.TaskGroup() as group:
        views = [group.create_task(teller.validators(tracked, running_day)) for teller in tellers]
    return with_lives(tracked, [seen for view in views for seen in view.result()])


async def _load_day(
    context: LoadContext,
    asked: _Asked,
    spare: Sequence[BeaconNode | Beaconchain],
    tracked: Sequence[Tracked],
    day: int,
    head: BeaconHead,
    periods: PeriodRange,
) -> None:
    async with asyncio.TaskGroup() as group:
        from_nodes = [
            (node, serves, group.create_task(node.proposals(tracked, day, head)))
            for node, serves in asked.nodes
            if serves & {FEES, MEV, REWARDS}
        ]
        from_explorers = [
            (explorer, serves, group.create_task(explorer.proposals(tracked, day)))
            for explorer, serves in asked.explorers
            if serves & {FEES, MEV}
        ]
    told = [task.result() for _, _, task in (*from_nodes, *from_explorers)]
    if (asked.executions or asked.relays) and all(proposals is None for proposals in told):
        told = [*told, await _first_told(spare, tracked, day, head)]
    # What is not final yet is asked for once it is.
    known = [item for item in _merged(told) if asked.days.epoch_of_slot(item.slot) <= head.finalized_epoch]
    is_told = any(proposals is not None for proposals in told)
    numbers = sorted({proposal.block_number for proposal in known if proposal.block_number is not None})
    slots = sorted({proposal.slot for proposal in known if proposal.block_number is not None})
    async with asyncio.TaskGroup() as group:
        for execution, session, _ in asked.executions:
            if is_told:
                group.create_task(execution.blocks(numbers, day))
            else:
                _say_nobody_knows(session, "get_block_by_number", periods)
        for relay, session in asked.relays:
            if is_told:
                group.create_task(relay.payloads_delivered(slots, day))
            else:
                _say_nobody_knows(session, "proposer_payload_delivered", periods)
        for node, serves, task in from_nodes:
            group.create_task(_of_node(node, serves, tracked, task.result() or (), day, head))
        for node, serves in asked.nodes:
            if META in serves and not serves & {FEES, MEV, REWARDS}:
                group.create_task(node.day_validators(tracked, day, head))
        for explorer, serves in asked.explorers:
            group.create_task(_of_explorer(explorer, serves, tracked, numbers, day, head))


async def _of_node(
    node: BeaconNode,
    serves: frozenset[str],
    tracked: Sequence[Tracked],
    proposals: Sequence[Proposal],
    day: int,
    head: BeaconHead,
) -> None:
    if META in serves:
        await node.day_validators(tracked, day, head)
    if REWARDS in serves:
        await node.rewards(tracked, proposals, day, head)


async def _of_explorer(
    explorer: Beaconchain,
    serves: frozenset[str],
    tracked: Sequence[Tracked],
    numbers: Sequence[int],
    day: int,
    head: BeaconHead,
) -> None:
    if serves & {FEES, MEV}:
        await explorer.blocks(numbers, day)
    if REWARDS in serves:
        await explorer.rewards(tracked, day, head)


async def _first_told(
    spare: Sequence[BeaconNode | Beaconchain], tracked: Sequence[Tracked], day: int, head: BeaconHead
) -> list[Proposal] | None:
    for teller in spare:
        proposals = (
            await teller.proposals(tracked, day, head)
            if isinstance(teller, BeaconNode)
            else await teller.proposals(tracked, day)
        )
        if proposals is not None:
            return proposals
    return None


def _merged(told: Sequence[list[Proposal] | None]) -> list[Proposal]:
    """Each slot once; a block that one of several names is there."""
    merged: dict[int, Proposal] = {}
    for proposal in (item for proposals in told for item in proposals or ()):
        if proposal.slot not in merged or merged[proposal.slot].block_number is None:
            merged[proposal.slot] = proposal
    return list(merged.values())


def _say_nobody_knows(session: ProviderSession, endpoint: str, periods: PeriodRange) -> None:
    with session.run(endpoint, periods) as run:
        run.fail("nobody_says", f"{session.provider.provider}: {_NOBODY_SAYS}")
