"""What each endpoint promises: checks of a parsed answer before it may be landed.

Lenient where a provider adds fields; strict where a field that money depends on is missing, of the wrong type, or
cannot be (PROVIDERS.md). What passes here casts without error in typed staging. Each check raises ``NotAcceptable``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loaders.http_errors import NotAcceptable

U64 = 2**64 - 1
I64 = 2**63 - 1

# A block's skip is an answer where a second question agrees; see stg_solana_rpc__block_rewards.
SKIPPED_SLOT_CODES = frozenset({-32007, -32009})


def refuse(reason: str) -> NotAcceptable:
    """A verdict on a well-formed answer of the wrong shape: another try may bring the right one."""
    return NotAcceptable(reason, retry=True)


def epoch_info(result: object) -> None:
    """``getEpochInfo``."""
    info = _object(result, "result")
    for name in ("epoch", "absoluteSlot"):
        _integer(info, name)


def epoch_schedule(result: object) -> None:
    """``getEpochSchedule``."""
    schedule = _object(result, "result")
    for name in ("slotsPerEpoch", "firstNormalEpoch", "firstNormalSlot"):
        _integer(schedule, name)
    if schedule["slotsPerEpoch"] < 1:
        raise refuse("has no slots in an epoch")


def slots(result: object) -> None:
    """``getBlocks`` and ``getBlocksWithLimit``: slots that hold a block."""
    if not isinstance(result, list) or not all(_is_integer(slot) for slot in result):
        raise refuse("is no list of slots")


def leader_schedule(result: object) -> None:
    """``getLeaderSchedule``: slot indexes by leader, or null where the node no longer knows the epoch."""
    if result is None:
        return
    for indexes in _object(result, "result").values():
        if not isinstance(indexes, list) or not all(_is_integer(index) for index in indexes):
            raise refuse("holds a leader whose slots are no list of integers")


def block(result: object) -> None:
    """``getBlock`` with rewards; without the key ``rewards`` the question stays unanswered."""
    found = _object(result, "result")
    rewards = found.get("rewards")
    if not isinstance(rewards, list):
        raise refuse("lacks rewards")
    if found.get("blockTime") is not None:
        _integer(found, "blockTime", maximum=32_503_680_000)
    for reward in rewards:
        entry = _object(reward, "a reward")
        _text(entry, "pubkey")
        _integer(entry, "lamports", minimum=-I64)
        kind = entry.get("rewardType")
        if kind is not None and not isinstance(kind, str):
            raise refuse("holds a reward whose type is no text")
        if kind in ("Fee", "Voting", "Staking") and entry["lamports"] < 0:
            raise refuse(f"holds a negative {kind} reward")


def inflation_rewards(result: object, *, addresses: int, epoch: int) -> None:
    """``getInflationReward``: one entry or null for each address, in their order, of the epoch that was asked for."""
    if not isinstance(result, list) or len(result) != addresses:
        raise refuse(f"is no list of {addresses} rewards")
    for reward in result:
        if reward is None:
            continue
        entry = _object(reward, "a reward")
        _integer(entry, "amount")
        _integer(entry, "epoch")
        if entry["epoch"] != epoch:
            raise refuse(f"speaks of epoch {entry['epoch']}, not {epoch}")
        for name in ("commission", "commissionBps", "effectiveSlot", "postBalance"):
            if entry.get(name) is not None:
                _integer(entry, name)
        balance = entry.get("postBalance")
        # An account holds its rent beside the reward: one as large as the balance after it was misread somewhere.
        if balance and entry["amount"] >= balance:
            raise refuse("holds a reward of the size of the balance")


def vote_accounts(result: object) -> None:
    """``getVoteAccounts``."""
    found = _object(result, "result")
    for standing in ("current", "delinquent"):
        accounts = found.get(standing)
        if not isinstance(accounts, list):
            raise refuse(f"lacks the list {standing}")
        for account in accounts:
            entry = _object(account, "a vote account")
            _text(entry, "votePubkey")
            _text(entry, "nodePubkey")
            _integer(entry, "activatedStake")
            for name in ("commission", "inflationRewardsCommissionBps"):
                if entry.get(name) is not None:
                    _integer(entry, name)


def stake_accounts(result: object) -> None:
    """``getProgramAccounts`` of the stake program, ``jsonParsed``."""
    if not isinstance(result, list):
        raise refuse("is no list of accounts")
    for account in result:
        entry = _object(account, "an account")
        _text(entry, "pubkey")
        info = _object(_path(entry, "account", "data", "parsed", "info"), "an account's info")
        delegation = _path(info, "stake", "delegation")
        if delegation is None:
            continue
        for name in ("stake", "activationEpoch", "deactivationEpoch"):
            _digits(_object(delegation, "a delegation"), name)
        _text(delegation, "voter")


def jito_validator_rewards(body: object, *, epoch: int) -> None:
    """Jito ``validator_rewards``: one page of tip distribution accounts."""
    page = _object(body, "the page")
    for entry in _rows(page, "rewards"):
        _text(entry, "vote_account")
        _digits(entry, "mev_revenue")
        _optional_digits(entry, "mev_commission", "priority_fee_revenue")
        _same_epoch(entry, epoch)
    if page.get("total_count") is not None:
        _integer(page, "total_count")


def jito_staker_rewards(body: object, *, epoch: int) -> None:
    """Jito ``staker_rewards``: one page of claimants."""
    page = _object(body, "the page")
    for entry in _rows(page, "rewards"):
        _text(entry, "claimant")
        _digits(entry, "amount")
        for name in ("stake_authority", "withdraw_authority"):
            if entry.get(name) is not None:
                _text(entry, name)
        _same_epoch(entry, epoch)


def jito_validators(body: object) -> None:
    """Jito ``validators`` of an epoch."""
    for entry in _rows(_object(body, "the answer"), "validators"):
        _text(entry, "vote_account")
        if entry.get("identity_account") is not None:
            _text(entry, "identity_account")
        _optional_digits(entry, "mev_commission_bps")


def stakewiz_validators(body: object) -> None:
    """Stakewiz ``validators``: shown and compared, never counted, so its numbers are read leniently in SQL."""
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise refuse("is no list of validators")


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise refuse(f"holds no object where {name} belongs")
    return value


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise refuse(f"lacks the list {name}")
    return [_object(row, f"a row of {name}") for row in rows]


def _path(value: Mapping[str, Any], *names: str) -> Any:
    found: Any = value
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _is_integer(value: object, minimum: int = 0, maximum: int = U64) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum


def _integer(entry: Mapping[str, Any], name: str, *, minimum: int = 0, maximum: int = U64) -> None:
    if not _is_integer(entry.get(name), minimum, maximum):
        raise refuse(f"lacks {name} as an integer from {minimum} to {maximum}")


def _digits(entry: Mapping[str, Any], name: str) -> None:
    value = entry.get(name)
    is_text = isinstance(value, str) and value.isascii() and value.isdigit() and int(value) <= U64
    if not is_text and not _is_integer(value):
        raise refuse(f"lacks {name} as a whole number")


def _optional_digits(entry: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if entry.get(name) is not None:
            _digits(entry, name)


def _text(entry: Mapping[str, Any], name: str) -> None:
    if not isinstance(entry.get(name), str) or not entry[name]:
        raise refuse(f"lacks {name}")


def _same_epoch(entry: Mapping[str, Any], epoch: int) -> None:
    if entry.get("epoch") is not None and entry["epoch"] != epoch:
        raise refuse(f"speaks of epoch {entry['epoch']}, not {epoch}")
