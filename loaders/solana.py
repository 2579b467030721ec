"""What a load of a Solana chain asks, of whom, and in which order.

The views of now first, since they cannot be asked for later; then Jito's lists, which name accounts; then what rests
on both: the tracked validators' leader slots and inflation rewards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aurora.errors import ProviderError
from aurora.periods import PeriodRange
from aurora.registry import EpochChain
from aurora.warehouse.connection import connect
from loaders import known
from loaders.endpoints import FEES, META, MEV, REWARDS
from loaders.jito import Jito
from loaders.session import LoadContext, ProviderSession
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
) -> None:
    """Ask ``sessions`` for ``periods``; buffered payloads are the caller's to flush."""
    epochs = range(periods.first, periods.last + 1)
    tracked = _tracked(context)
    nodes = [SolanaRpc(session, periods) for session in sessions if session.provider.api == "solana_rpc"]
    by_api = {api: [session for session in sessions if session.provider.api == api] for api in ("jito", "stakewiz")}
    async with asyncio.TaskGroup() as group:
        for node in nodes:
            group.create_task(node.present_views(clock.head, tracked.votes))
        for session in by_api["jito"]:
            group.create_task(_jito(Jito(session, periods), clock, epochs, tracked, data_types))
        if META in data_types:
            for session in by_api["stakewiz"]:
                group.create_task(Stakewiz(session).validators(clock.head.epoch))
    await context.flush()
    async with asyncio.TaskGroup() as group:
        for session in sessions:
            if session.provider.api == "solana_rpc":
                group.create_task(
                    _chain_facts(SolanaRpc(session, periods), context, clock, epochs, tracked, data_types, url=url)
                )


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
    data_types: Sequence[str],
    *,
    url: str,
) -> None:
    head, schedule = clock.head, clock.schedule
    starts = await node.first_blocks(
        [epoch for epoch in range(epochs.start, epochs.stop + 1) if epoch <= head.epoch], schedule
    )
    # The schedules of the running and the next epoch are gone a few epochs on: every load lands them.
    leaders = await node.leader_schedules(dict.fromkeys([*epochs, head.epoch, head.epoch + 1]), schedule)
    slots: dict[int, dict[int, None]] = {epoch: {slot: None} for epoch, slot in starts.items()}
    if FEES in data_types:
        lists = await node.block_lists(epochs, schedule, head)
        for epoch in epochs:
            led = _led_slots(context, clock, epoch, leaders.get(epoch), lists.get(epoch), tracked, url=url)
            slots.setdefault(epoch, {}).update(dict.fromkeys(led))
    await node.blocks(slots, total=sum(len(of_epoch) for of_epoch in slots.values()))
    if REWARDS in data_types:
        # An epoch's rewards exist once the next one has begun.
        finished = [epoch for epoch in epochs if epoch < head.epoch]
        votes, stakers = _reward_addresses(context, finished, tracked, url=url)
        await node.rewards(finished, votes, stakers)


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
