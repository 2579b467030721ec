"""What a load of a Solana chain asks, of whom, and in which order.

The views of now first, since they cannot be asked for later; then Jito's lists, which name accounts; then what rests
on both: the tracked validators' leader slots and inflation rewards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aurora.errors import ProviderError
from aurora.periods import PeriodRange
from aurora.registry import EpochChain
from aurora.warehouse.connection import connect
from loaders import known
from loaders.endpoints import FEES, META, MEV, REWARDS
from loaders.jito import Jito
from loaders.session import LoadContext, ProviderSession
from loaders.solana_beach import SolanaBeach, epochs_over
from loaders.solana_epochs import EpochSchedule, Head
from loaders.solana_rpc import Leaders, SolanaRpc
from loaders.stakewiz import Stakewiz


@dataclass(frozen=True, slots=True)
class Clock:
    """How far the chain is, and which node says so."""

    head: Head
    schedule: EpochSchedule


@dataclass(frozen=True, slots=True)
class _Tracked:
    """The vote accounts that are followed; ``votes`` None stands for all."""

    votes: tuple[str, ...] | None
    own_stake_accounts: dict[str, tuple[str, ...]]


async def solana_head(sessions: Sequence[ProviderSession]) -> Clock:
    """Ask the nodes, in order of priority, how far the chain is; the first that answers counts.

    Raises:
        ProviderError: none answers; the message gives the first one's reason.
    """
    for session in sessions:
        rpc = SolanaRpc(session)
        head = await rpc.head()
        schedule = await rpc.epoch_schedule() if head is not None else None
        if head is not None and schedule is not None:
            return Clock(head, schedule)
    runs = [run for run in sessions[0].context.run_log.runs if run.error_message]
    await sessions[0].context.flush()
    sessions[0].context.run_log.finish()
    raise ProviderError(
        f"{runs[0].error_message if runs else 'no node answers'}; nothing was loaded: check the provider's address"
    )


async def load_solana(
    context: LoadContext,
    clock: Clock,
    sessions: Sequence[ProviderSession],
    periods: PeriodRange,
    data_types: Sequence[str],
    *,
    url: str,
    named: Sequence[str] = (),
) -> None:
    """Ask ``sessions`` for ``periods``; buffered payloads are the caller's to flush.

    Who serves a data type as fallback is asked only for the epochs that the others left open, unless it is ``named``.
    """
    epochs = range(periods.first, periods.last + 1)
    tracked = _tracked(context)
    by_api = {
        api: [session for session in sessions if session.provider.api == api]
        for api in ("solana_rpc", "jito", "stakewiz", "solana_beach")
    }
    async with asyncio.TaskGroup() as group:
        for session in by_api["solana_rpc"]:
            group.create_task(SolanaRpc(session, periods).present_views(clock.head, tracked.votes))
        for session in by_api["jito"]:
            group.create_task(_jito(Jito(session, periods), clock, epochs, tracked, data_types))
        if META in data_types:
            for session in by_api["stakewiz"]:
                group.create_task(Stakewiz(session).validators(clock.head.epoch))
    await context.flush()
    roles = _Roles(context, named)
    left = {data_type: set(epochs) for data_type in (FEES, REWARDS)}
    tellers = [*by_api["solana_rpc"], *by_api["solana_beach"]]
    for place, session in enumerate(sorted(tellers, key=roles.order)):
        asked = {
            data_type: sorted(left[data_type] if roles.is_fallback(session, data_type) else epochs)
            for data_type in (FEES, REWARDS)
            if data_type in data_types and roles.serves(session, data_type)
        }
        if session.provider.api == "solana_beach":
            fees = asked.get(FEES, [])
            await _beach(SolanaBeach(session, periods), context, clock, fees, tracked, url=url)
            continue
        # The first node says where epochs begin, whatever else it is asked for.
        if place > 0 and not any(asked.values()):
            continue
        node = SolanaRpc(session, periods)
        unanswered = await _chain_facts(node, context, clock, epochs, tracked, asked, url=url)
        for data_type, asked_epochs in asked.items():
            left[data_type] -= set(asked_epochs) - unanswered[data_type]


class _Roles:
    """What the mappings of a chain say of its providers."""

    def __init__(self, context: LoadContext, named: Sequence[str]) -> None:
        self._mappings = context.registry.mappings_for(context.chain_id)
        self._named = frozenset(named)

    def serves(self, session: ProviderSession, data_type: str) -> bool:
        return any(
            mapping.provider == session.provider.provider and mapping.data_type == data_type
            for mapping in self._mappings
        )

    def is_fallback(self, session: ProviderSession, data_type: str) -> bool:
        """Whether it is asked only for what others left open."""
        name = session.provider.provider
        roles = {
            mapping.role for mapping in self._mappings if mapping.provider == name and mapping.data_type == data_type
        }
        return roles == {"fallback"} and name not in self._named

    def order(self, session: ProviderSession) -> tuple[bool, int]:
        """Those that serve something as primary first; then by priority."""
        own = [mapping for mapping in self._mappings if mapping.provider == session.provider.provider]
        primary = [mapping.priority for mapping in own if mapping.role == "primary"]
        return not primary, min(primary or [mapping.priority for mapping in own])


async def _beach(
    beach: SolanaBeach,
    context: LoadContext,
    clock: Clock,
    epochs: Sequence[int],
    tracked: _Tracked,
    *,
    url: str,
) -> None:
    nodes: dict[int, dict[str, str]] = {}
    with connect(url, autocommit=True) as connection:
        for epoch in epochs_over(epochs, clock.head.epoch):
            votes = (
                list(tracked.votes)
                if tracked.votes is not None
                else known.vote_accounts_of(connection, context.chain_id, epoch=epoch)
            )
            nodes[epoch] = known.identity_of_each(connection, context.chain_id, votes, epoch=epoch)
    await beach.block_rewards(nodes)


async def _jito(jito: Jito, clock: Clock, epochs: range, tracked: _Tracked, data_types: Sequence[str]) -> None:
    # Of a past epoch only this list tells whose an identity was, and fees rest on that. The epoch before the first
    # tells who led in it; the running one is asked for as a view of now.
    before = [epochs.start - 1] if epochs.start > 0 else []
    await jito.validators(dict.fromkeys([*before, *epochs, clock.head.epoch]))
    # Rewards rest on the stake accounts that a payout names, and a payout is asked for by vote account.
    if MEV in data_types or REWARDS in data_types:
        listed = await jito.validator_rewards(epochs)
        finished = [epoch for epoch in epochs if epoch < clock.head.epoch]
        await jito.staker_rewards({epoch: tracked.votes or listed[epoch] for epoch in finished})


async def _chain_facts(
    node: SolanaRpc,
    context: LoadContext,
    clock: Clock,
    epochs: range,
    tracked: _Tracked,
    asked: Mapping[str, Sequence[int]],
    *,
    url: str,
) -> dict[str, set[int]]:
    """Ask a node for the epochs ``asked`` of each data type; gives those that it leaves open."""
    head, schedule = clock.head, clock.schedule
    unanswered: dict[str, set[int]] = {FEES: set(), REWARDS: set()}
    starts = await node.first_blocks(
        [epoch for epoch in range(epochs.start, epochs.stop + 1) if epoch <= head.epoch], schedule
    )
    # The schedules of the running and the next epoch are gone a few epochs on: every load lands them.
    leaders = await node.leader_schedules(dict.fromkeys([*epochs, head.epoch, head.epoch + 1]), schedule)
    slots: dict[int, dict[int, None]] = {epoch: {slot: None} for epoch, slot in starts.items()}
    fee_epochs = asked.get(FEES, ())
    if fee_epochs:
        lists = await node.block_lists(fee_epochs, schedule, head)
        for epoch in fee_epochs:
            led = _led_slots(context, clock, epoch, leaders.get(epoch), lists.get(epoch), tracked, url=url)
            slots.setdefault(epoch, {}).update(dict.fromkeys(led))
            if epoch not in lists or (leaders.get(epoch) is None and tracked.votes is not None):
                unanswered[FEES].add(epoch)
    unanswered[FEES] |= await node.blocks(slots, total=sum(len(of_epoch) for of_epoch in slots.values()))
    # An epoch's rewards exist once the next one has begun.
    finished = [epoch for epoch in asked.get(REWARDS, ()) if epoch < head.epoch]
    if finished:
        votes, stakers = _reward_addresses(context, finished, tracked, url=url)
        unanswered[REWARDS] |= await node.rewards(finished, votes, stakers)
    return unanswered


def _led_slots(
    context: LoadContext,
    clock: Clock,
    epoch: int,
    leaders: Leaders | None,
    block_slots: Sequence[int] | None,
    tracked: _Tracked,
    *,
    url: str,
) -> list[int]:
    """The slots whose blocks are asked for: the tracked validators', or all; none beyond the head."""
    if leaders is None:
        # Only where all are tracked do the blocks' own fee entries stand in for the schedule.
        return list(block_slots or []) if tracked.votes is None else []
    first = clock.schedule.first_slot(epoch)
    if tracked.votes is None:
        indexes = sorted(index for of_leader in leaders.values() for index in of_leader)
    else:
        with connect(url, autocommit=True) as connection:
            identities = known.identities_of(connection, context.chain_id, tracked.votes, epoch=epoch)
        # A schedule can also name vote accounts.
        wanted = identities | set(tracked.votes)
        indexes = sorted(index for leader, of_leader in leaders.items() if leader in wanted for index in of_leader)
    return [first + index for index in indexes if first + index <= clock.head.slot]


def _reward_addresses(
    context: LoadContext, epochs: Sequence[int], tracked: _Tracked, *, url: str
) -> tuple[dict[int, list[str]], dict[int, dict[str, list[str]]]]:
    votes: dict[int, list[str]] = {}
    stakers: dict[int, dict[str, list[str]]] = {}
    with connect(url, autocommit=True) as connection:
        for epoch in epochs:
            followed = (
                list(tracked.votes)
                if tracked.votes is not None
                else known.vote_accounts_of(connection, context.chain_id, epoch=epoch)
            )
            accounts = known.stake_accounts_of(connection, context.chain_id, followed, epoch=epoch)
            for vote, own in tracked.own_stake_accounts.items():
                accounts.setdefault(vote, set()).update(own)
            votes[epoch] = followed
            stakers[epoch] = {vote: sorted(of_vote) for vote, of_vote in accounts.items()}
    return votes, stakers


def _tracked(context: LoadContext) -> _Tracked:
    chain = context.registry.chain(context.chain_id)
    if not isinstance(chain, EpochChain):
        raise TypeError(f"{context.chain_id} is no chain of epochs")
    if chain.validators == "all":
        return _Tracked(None, {})
    return _Tracked(
        tuple(validator.vote_pubkey for validator in chain.validators),
        {
            validator.vote_pubkey: validator.own_stake_accounts
            for validator in chain.validators
            if validator.own_stake_accounts
        },
    )
