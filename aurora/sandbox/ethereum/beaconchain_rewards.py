"""A validator's row of beaconcha.in's rewards list: one epoch, in wei as strings."""

from __future__ import annotations

from typing import Any

from aurora.sandbox.ethereum.rewards import ideal_reward
from aurora.sandbox.ethereum.validators import Validator
from aurora.sandbox.ethereum.world import EthereumWorld

_WEI_PER_GWEI = 10**9


def rewards_row(world: EthereumWorld, one: Validator, epoch: int) -> dict[str, Any] | None:
    """The row; None where the validator had no duty in the epoch. A slashing's penalty is in none of its parts."""
    slots = world.calendar.slots_of(epoch)
    attestation = world.rewards.attestation(one, epoch)
    production = world.production_of(slots.start)
    proposals = [slot for slot in production.proposals.get(one.number, ()) if slot in slots]
    seats = [
        amount for slot in slots if slot in production.number_of for amount in world.rewards.seat_rewards(one, slot)
    ]
    if attestation is None and not proposals and not seats:
        return None
    parts, ideal = attestation or (0, 0, 0, 0), ideal_reward(one.effective_gwei)
    head, target, source, inactivity = (
        _split(parts[place], ideal[place] if attestation is not None else 0) for place in range(4)
    )
    sync_penalty = -sum(amount for amount in seats if amount < 0)
    sync = _parts(sum(amount for amount in seats if amount > 0), sync_penalty, missed=sync_penalty)
    proposal = _proposal(world, proposals, production.number_of)
    totals = [sum(parts), sum(seats), _number(proposal["total"]) // _WEI_PER_GWEI]
    penalty = sync_penalty - sum(part for part in parts if part < 0)
    missed = sum(_number(part["missed_reward"]) for part in (head, target, source, sync))
    missed += _number(proposal["missed_cl_reward"]) + _number(proposal["missed_el_reward"])
    # The execution layer's part of a proposal is no multiple of a gwei.
    total = (totals[0] + totals[1]) * _WEI_PER_GWEI + _number(proposal["total"])
    return {
        "total": str(total),
        "validator": {"index": one.index, "public_key": one.public_key},
        "total_reward": str(total + penalty * _WEI_PER_GWEI),
        "total_penalty": _wei(penalty),
        "total_missed": str(missed),
        "attestation": {
            "total": _wei(totals[0]),
            "head": head,
            "source": source,
            "target": target,
            "inactivity_leak_penalty": inactivity["penalty"],
            "inclusion_delay": None,
        },
        "sync_committee": sync,
        "proposal": proposal,
        "finality": "finalized",
    }


def _wei(gwei: int) -> str:
    return str(gwei * _WEI_PER_GWEI)


def _number(text: str) -> int:
    return int(text)


def _parts(reward: int, penalty: int, *, missed: int) -> dict[str, str]:
    return {
        "total": _wei(reward - penalty),
        "reward": _wei(reward),
        "penalty": _wei(penalty),
        "missed_reward": _wei(missed),
    }


def _split(amount: int, ideal: int) -> dict[str, str]:
    return _parts(max(amount, 0), max(-amount, 0), missed=max(ideal, 0) if amount <= 0 else 0)


def _proposal(world: EthereumWorld, slots: list[int], blocks: dict[int, int]) -> dict[str, str]:
    rewards = [world.proposal_reward(slot) for slot in slots if slot in blocks]
    execution = 0
    for slot in slots:
        if slot in blocks:
            block = world.block(slot)
            execution += block.payload.value if block.payload is not None else block.priority_fees
    gwei = sum(reward.total for reward in rewards)
    missed = 44_000_000 * sum(slot not in blocks for slot in slots)
    return {
        "total": str(execution + gwei * _WEI_PER_GWEI),
        "execution_layer_reward": str(execution),
        "attestation_inclusion_reward": _wei(sum(reward.attestations for reward in rewards)),
        "sync_inclusion_reward": _wei(sum(reward.sync_aggregate for reward in rewards)),
        "slashing_inclusion_reward": _wei(sum(reward.proposer_slashings for reward in rewards)),
        "missed_cl_reward": _wei(missed),
        "missed_el_reward": "0",
    }
