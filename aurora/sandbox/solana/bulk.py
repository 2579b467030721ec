"""Payloads by the hundred thousand, for benchmarks: the same bodies as over HTTP, without HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from aurora.sandbox.solana.blocks import Blocks, dump
from aurora.sandbox.solana.rpc_stake import MAX_ADDRESSES
from aurora.sandbox.solana.world import World

_HEAD, _TAIL = b'{"jsonrpc":"2.0","result":', b',"id":'


def block_bodies(
    world: World, epoch: int, *, limit: int | None = None, has_boundary: bool = True, request_id: int = 1
) -> Iterator[tuple[int, bytes]]:
    """``(slot, body)`` of the getBlock responses of an epoch's blocks, in order, at most ``limit``.

    The first blocks hold the rewards of the epoch before, as on mainnet; ``has_boundary=False`` leaves those out.
    """
    blocks, tail = Blocks(world), _TAIL + str(request_id).encode() + b"}"
    first = world.slots.first_slot(epoch)
    slots = filter(world.slots.is_produced, range(first, first + world.scale.slots_per_epoch))
    for slot in islice(slots, limit):
        yield slot, _HEAD + dump(blocks.block(slot, has_boundary=has_boundary)) + tail


def reward_bodies(
    world: World, epoch: int, *, limit: int | None = None, request_id: int = 1
) -> Iterator[tuple[list[str], bytes]]:
    """``(addresses, body)`` of getInflationReward responses of an epoch's stake accounts, 1,000 a call.

    ``limit`` is a number of stake accounts.
    """
    blocks, tail = Blocks(world), _TAIL + str(request_id).encode() + b"}"
    slots = list(world.reward_partitions(epoch))
    numbers = iter(range(world.accounts.count if limit is None else min(limit, world.accounts.count)))
    while chunk := list(islice(numbers, MAX_ADDRESSES)):
        addresses, entries = [], []
        for account in map(world.accounts.account, chunk):
            amount = world.split_reward(account, epoch)[1]
            addresses.append(world.accounts.address(account.number))
            entries.append(
                {
                    "amount": amount,
                    **blocks.rate_fields(account.validator, epoch),
                    "effectiveSlot": slots[world.partition(account)],
                    "epoch": epoch,
                    "postBalance": blocks.stake_balance(account, epoch) + amount,
                }
                if amount
                else None
            )
        yield addresses, _HEAD + dump(entries) + tail
