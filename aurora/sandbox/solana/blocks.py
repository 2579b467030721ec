"""Blocks as ``getBlock`` gives them with ``transactionDetails: none`` and ``rewards: true``."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from aurora.sandbox.solana.accounts import RENT_EXEMPT_LAMPORTS, StakeAccount
from aurora.sandbox.solana.world import World

_encode = json.JSONEncoder(separators=(",", ":")).encode
UNKNOWN_REWARD_TYPE = "BlockRevenueShare"


def dump(value: object) -> bytes:
    """JSON with exact integers and no blanks, as the real nodes send it."""
    return _encode(value).encode()


class Blocks:
    """Builds the blocks of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._purse = lru_cache(maxsize=20_000)(self._purse_of)

    def _purse_of(self, validator: int) -> int:
        return self._world.hasher.number(b"purse", validator) % (8_000 * 10**9)

    def block(self, slot: int, *, with_rewards: bool = True, has_boundary: bool = True) -> dict[str, Any]:
        """The block of a produced slot."""
        world, parent = self._world, self._world.slots.parent(slot)
        epoch = world.slots.epoch_of(slot)
        block: dict[str, Any] = {
            "blockHeight": world.slots.height(slot),
            "blockTime": world.slots.time(slot),
            "blockhash": world.block_hash(slot),
        }
        if has_boundary and slot == world.slots.first_block(epoch):
            block["numRewardPartitions"] = len(world.reward_partitions(epoch - 1))
        block["parentSlot"] = parent
        block["previousBlockhash"] = world.block_hash(parent)
        if with_rewards:
            block["rewards"] = self.rewards(slot, has_boundary=has_boundary)
        return block

    def rewards(self, slot: int, *, has_boundary: bool = True) -> list[dict[str, Any]]:
        """The reward entries of a produced block: those of the epoch before at an epoch's start, then its own."""
        world, accounts = self._world, self._world.accounts
        epoch = world.slots.epoch_of(slot)
        production = world.production(epoch)
        leader = production.leader(slot)
        entries = self._rewards_of_the_epoch_before(slot, epoch) if has_boundary else []
        fee = world.fee(slot)
        if slot == production.rent_slot:
            entries.append(_entry(world.hasher.key(b"rent"), -11_967, balance=1_476_831, kind="Rent"))
        if production.unknown_reward is not None and slot == production.unknown_reward[0]:
            lamports, vote = production.unknown_reward[1], accounts.votes[leader]
            entries.append(_entry(vote, lamports, balance=10**10, kind=UNKNOWN_REWARD_TYPE))
        if fee is not None:
            pubkey = accounts.collectors[leader] or production.identity(leader)
            balance = self._purse(leader)
            entries.append(_entry(pubkey, fee, balance=balance, kind="Fee"))
        return entries

    def _rewards_of_the_epoch_before(self, slot: int, epoch: int) -> list[dict[str, Any]]:
        first = self._world.slots.first_block(epoch)
        if slot == first:
            return self._voting(epoch - 1)
        # Partitions lie in the first tenth of the epoch: later blocks need not ask.
        if slot - self._world.slots.first_slot(epoch) > self._world.scale.slots_per_epoch // 5 + 8:
            return []
        partition = self._world.reward_partitions(epoch - 1).get(slot)
        return [] if partition is None else self._staking(epoch - 1, partition)

    def _voting(self, epoch: int) -> list[dict[str, Any]]:
        world, entries = self._world, []
        for validator, vote in enumerate(world.accounts.votes):
            amount = world.commission(validator, epoch)
            if amount is not None:
                balance = world.vote_balance(validator, epoch)
                entries.append(
                    _entry(vote, amount, balance=balance, kind="Voting", rate=self.rate_fields(validator, epoch))
                )
        return entries

    def _staking(self, epoch: int, partition: int) -> list[dict[str, Any]]:
        world, entries = self._world, []
        for account in world.accounts_in_partition(partition):
            amount = world.split_reward(account, epoch)[1]
            if amount:
                rate = self.rate_fields(account.validator, epoch)
                balance = self.stake_balance(account, epoch)
                address = world.accounts.address(account.number)
                entries.append(_entry(address, amount, balance=balance, kind="Staking", rate=rate))
        return entries

    def stake_balance(self, account: StakeAccount, epoch: int) -> int:
        """A stake account's balance before the epoch's reward is credited."""
        return self._world.accounts.stake(account, epoch) + RENT_EXEMPT_LAMPORTS

    def rate_fields(self, validator: int, epoch: int) -> dict[str, int | None]:
        """The commission as reward entries give it: in percent, or, for some, in basis points with a null beside."""
        bps = self._world.commission_bps(validator, epoch)
        if self._world.accounts.traits[validator].says_bps_only:
            return {"commission": None, "commissionBps": bps}
        return {"commission": bps // 100}


def _entry(
    pubkey: str, lamports: int, *, balance: int, kind: str, rate: dict[str, int | None] | None = None
) -> dict[str, Any]:
    return {
        **(rate if rate is not None else {"commission": None}),
        "lamports": lamports,
        "postBalance": balance + lamports,
        "pubkey": pubkey,
        "rewardType": kind,
    }
