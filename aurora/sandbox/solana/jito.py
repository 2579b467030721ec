"""Jito's kobe API, base path ``/jito/api/v1`` (PROVIDERS-SOLANA.md, 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aurora.sandbox.solana.view import View
from aurora.sandbox.solana.world import BPS, PRIORITY_FEE_PROTOCOL_BPS

SYSTEM_PROGRAM = "11111111111111111111111111111111"
MAX_LIMIT = 10_000
_DEFAULT_LIMIT = 100

# What a failing database answers with, HTTP 500: it looks like "no rewards".
EMPTY_BODIES: Mapping[str, Any] = {
    "validators": {"validators": []},
    "validator_rewards": {"rewards": [], "total_count": 0},
    "staker_rewards": {"rewards": [], "total_count": 0},
    "mev_rewards": {
        "epoch": 0,
        "total_network_mev_lamports": 0,
        "jito_stake_weight_lamports": 0,
        "mev_reward_per_lamport": 0.0,
    },
}


class JitoError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class Jito:
    """Answers kobe's endpoints from the world, as far as the trees of the epochs are up."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._world = view.world

    def answer(self, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> Any:
        """The JSON value of an endpoint; ``path`` has no leading slash.

        Raises:
            JitoError: an unknown path, a limit that is too big, a malformed number.
        """
        endpoint, _, rest = path.partition("/")
        if endpoint == "validators":
            return self._history(rest) if rest else self._validators(_number(body, "epoch"))
        if endpoint == "mev_rewards":
            return self._mev_rewards(_number(body, "epoch"))
        if endpoint == "validator_rewards":
            return self._validator_rewards({**body, **query})
        if endpoint == "staker_rewards":
            return self._staker_rewards({**body, **query})
        raise JitoError(404, {"error": {"code": 404, "message": "Not Found"}})

    def _listed_in(self, validator: int, epoch: int) -> int | None:
        """The epoch whose row describes a validator in ``epoch``: kobe looks back by one."""
        accounts = self._world.accounts
        for seen in (epoch, epoch - 1):
            if accounts.is_alive(validator, seen) and self._world.mev_bps(validator, seen) is not None:
                return seen
        return None

    def is_listed(self, validator: int, epoch: int) -> bool:
        """Whether ``POST validators`` names the vote account for the epoch."""
        return self._listed_in(validator, epoch) is not None

    def _validators(self, epoch: int | None) -> dict[str, Any]:
        world, running = self._world, self._view.clock.epoch
        epoch = running if epoch is None else epoch
        rows: list[dict[str, Any]] = []
        if not world.scale.first_epoch <= epoch <= running:
            return {"validators": rows}
        for validator, vote in enumerate(world.accounts.votes):
            seen = self._listed_in(validator, epoch)
            if seen is None:
                continue
            is_up = self._view.is_tree_published(seen) and epoch != running
            shares = world.accounts.traits[validator].priority_fee_percent > 0
            rows.append(
                {
                    "identity_account": world.accounts.identity(validator, seen),
                    "vote_account": vote,
                    "mev_commission_bps": world.mev_bps(validator, seen),
                    "mev_rewards": world.tips(validator, seen) if is_up else 0,
                    "priority_fee_commission_bps": 5_000 if shares else BPS,
                    "priority_fee_rewards": world.priority_fees_shared(validator, seen) if is_up else 0,
                    "running_jito": True,
                    "running_bam": False,
                    "active_stake": world.active_stake(validator, seen),
                    "jito_directed_stake_target": None,
                    "jito_directed_stake_lamports": None,
                }
            )
        return {"validators": rows}

    def _history(self, vote: str) -> list[dict[str, Any]]:
        world, validator = self._world, self._world.accounts.index_of_vote.get(vote)
        rows: list[dict[str, Any]] = []
        if validator is None:
            return rows
        shares = world.accounts.traits[validator].priority_fee_percent > 0
        for epoch in range(self._view.clock.epoch, world.scale.first_epoch - 1, -1):
            bps = world.mev_bps(validator, epoch)
            if bps is None or not world.accounts.is_alive(validator, epoch):
                continue
            is_up = self._view.is_tree_published(epoch)
            rows.append(
                {
                    "epoch": epoch,
                    "mev_commission_bps": bps,
                    "mev_rewards": world.tips(validator, epoch) if is_up else 0,
                    "priority_fee_commission_bps": 5_000 if shares else BPS,
                    "priority_fee_rewards": world.priority_fees_shared(validator, epoch) if is_up else 0,
                }
            )
        return rows

    def _mev_rewards(self, epoch: int | None) -> dict[str, Any]:
        world, running = self._world, self._view.clock.epoch
        epoch = running if epoch is None else epoch
        if not world.scale.first_epoch <= epoch <= running:
            raise JitoError(500, EMPTY_BODIES["mev_rewards"])
        members = [v for v in range(world.scale.validators) if world.mev_bps(v, epoch) is not None]
        total = sum(world.tips(v, epoch) for v in members) if self._view.is_tree_published(epoch) else 0
        stake = sum(world.active_stake(v, epoch) for v in members)
        return {
            "epoch": epoch,
            "total_network_mev_lamports": total,
            "jito_stake_weight_lamports": stake,
            "mev_reward_per_lamport": total / stake if stake else 0.0,
        }

    def _epochs(self, query: Mapping[str, Any]) -> list[int]:
        asked = _number(query, "epoch")
        first, running = self._world.scale.first_epoch, self._view.clock.epoch
        if asked is not None:
            return [asked] if first <= asked <= running else []
        epochs = list(range(first, running + 1))
        return epochs if query.get("sort_order") == "asc" else epochs[::-1]

    def _has_tree(self, validator: int, epoch: int) -> bool:
        return self._world.tips(validator, epoch) > 0

    def _validator_rewards(self, query: Mapping[str, Any]) -> dict[str, Any]:
        first, limit = _page(query)
        rows: list[dict[str, Any]] = []
        for epoch in self._epochs(query):
            rows.extend(self._trees(epoch, query.get("vote_account"), ascending=query.get("sort_order") == "asc"))
        return {"rewards": rows[first : first + limit], "total_count": len(rows)}

    def _trees(self, epoch: int, vote_account: str | None, *, ascending: bool) -> list[dict[str, Any]]:
        """Rows of an epoch, by revenue: zeros for a finished one whose trees are not up, none for the running one."""
        world = self._world
        if epoch >= self._view.clock.epoch:
            return []
        is_up = self._view.is_tree_published(epoch)
        rows = [
            {
                "vote_account": vote,
                "mev_revenue": world.tips(validator, epoch) if is_up else 0,
                "mev_commission": world.mev_bps(validator, epoch),
                "priority_fee_revenue": world.priority_fees_shared(validator, epoch) if is_up else 0,
                "priority_fee_commission": None,
                "num_stakers": 2 + world.delegations(validator, epoch),
                "epoch": epoch,
                "claim_status_account": world.hasher.key(b"claim", validator, epoch),
            }
            for validator, vote in enumerate(world.accounts.votes)
            if vote_account in (None, vote) and self._has_tree(validator, epoch)
        ]
        return sorted(rows, key=lambda row: (row["mev_revenue"], row["vote_account"]), reverse=not ascending)

    def _staker_rewards(self, query: Mapping[str, Any]) -> dict[str, Any]:
        first, limit = _page(query)
        rows: list[dict[str, Any]] = []
        votes = self._world.accounts.index_of_vote
        vote, authority = query.get("validator_vote_account"), query.get("stake_authority")
        validators = range(self._world.scale.validators) if vote is None else [votes[vote]] if vote in votes else []
        is_descending = query.get("sort_order") != "asc"
        for epoch in self._epochs(query):
            if self._view.is_tree_published(epoch):
                nodes = [node for v in validators if self._has_tree(v, epoch) for node in self._nodes(v, epoch)]
                rows.extend(sorted(nodes, key=lambda row: (row["amount"], row["claimant"]), reverse=is_descending))
        if authority is not None:
            rows = [row for row in rows if row["stake_authority"] == authority]
        # kobe counts only where all three filters are set.
        is_counted = vote is not None and authority is not None and query.get("epoch") is not None
        return {"rewards": rows[first : first + limit], "total_count": len(rows) if is_counted else 0}

    def _nodes(self, validator: int, epoch: int) -> Iterator[dict[str, Any]]:
        """The nodes of a validator's trees: the protocol's, the validator's, one for each active delegation."""
        world, accounts = self._world, self._world.accounts
        vote = accounts.votes[validator]
        protocol, own, shared = world.split_tips(validator, epoch)
        fees = world.priority_fees_shared(validator, epoch)
        fees -= fees * PRIORITY_FEE_PROTOCOL_BPS // BPS
        total = world.active_stake(validator, epoch)
        receiver = world.hasher.key(b"base_reward_receiver", epoch)
        for claimant, amount in ((receiver, protocol), (vote, own)):
            claim = world.hasher.key(b"claim", validator, epoch)
            yield _node(claimant, SYSTEM_PROGRAM, SYSTEM_PROGRAM, vote, epoch, amount, claim, None, None)
        for account in accounts.accounts_of(validator):
            stake = accounts.active_stake(account, epoch)
            if stake:
                yield _node(
                    accounts.address(account.number),
                    accounts.staker(account),
                    accounts.withdrawer(account),
                    vote,
                    epoch,
                    stake * shared // total,
                    world.hasher.key(b"staker_claim", account.number, epoch),
                    stake * fees // total if fees else None,
                    world.hasher.key(b"fee_claim", account.number, epoch) if fees else None,
                )


def _node(
    claimant: str,
    stake_authority: str,
    withdraw_authority: str,
    vote: str,
    epoch: int,
    amount: int,
    claim: str,
    fees: int | None,
    fees_claim: str | None,
) -> dict[str, Any]:
    return {
        "claimant": claimant,
        "stake_authority": stake_authority,
        "withdraw_authority": withdraw_authority,
        "validator_vote_account": vote,
        "epoch": epoch,
        "amount": amount,
        "claim_status_account": claim,
        "priority_fee_amount": fees,
        "priority_fee_claim_status_account": fees_claim,
    }


def _number(values: Mapping[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    raise JitoError(400, {"error": f"Failed to deserialize {name}: expected a number"})


def _page(query: Mapping[str, Any]) -> tuple[int, int]:
    """(offset, limit) of a page that counts from 1."""
    limit = _number(query, "limit")
    limit = _DEFAULT_LIMIT if limit is None else limit
    if limit > MAX_LIMIT:
        raise JitoError(400, {"error": f"Limit exceeds maximum allowed value of {MAX_LIMIT}"})
    page = _number(query, "page")
    return max(0, (1 if page is None else page) - 1) * limit, limit
