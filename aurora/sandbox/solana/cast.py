"""The cast: who the validators are and what happens to them, as data. The first sixteen carry the special cases."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from aurora.sandbox.keys import Hasher

Steps = tuple[tuple[int, int | None], ...]
_SINCE_EVER = 0


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is special about one validator.

    Attributes:
        commission_bps: (from epoch, rate) steps of the inflation commission.
        mev_bps: (from epoch, rate) steps; None where it does not run Jito.
        identities: (from epoch, number of the identity) steps; a number used twice is an identity that moved.
        first_epoch, last_epoch: when its vote account is on chain; None: always.
        last_staked_epoch: the last epoch with active stake; None: always.
        says_bps_only: its reward entries carry ``commissionBps`` and a null ``commission`` (SIMD-0291).
        has_collector: its ``Fee`` entries go to a pubkey that is not its identity (SIMD-0232).
        priority_fee_percent: how much of its fees it passes on through Jito's priority-fee distribution.
    """

    label: str | None
    commission_bps: Steps
    mev_bps: Steps
    identities: tuple[tuple[int, int], ...]
    nominal_sol: int
    own_stake_accounts: int = 0
    first_epoch: int | None = None
    last_epoch: int | None = None
    last_staked_epoch: int | None = None
    says_bps_only: bool = False
    has_collector: bool = False
    priority_fee_percent: int = 0
    is_whale: bool = False
    leads: bool = True
    delinquent_from: int | None = None


def at(steps: Steps, epoch: int) -> int | None:
    """The value of a step function in an epoch."""
    return steps[bisect_right(steps, epoch, key=lambda step: step[0]) - 1][1]


def _always(value: int | None) -> Steps:
    return ((_SINCE_EVER, value),)


def cast(running_epoch: int) -> tuple[Traits, ...]:
    """The sixteen validators of the demo; the events lie just before ``running_epoch``, so that a short load sees them.

    The last two are strangers: on the cluster, but not the operator's.
    """
    r = running_epoch
    return (
        Traits(
            label="Aurora One",
            nominal_sol=180_000,
            own_stake_accounts=2,
            priority_fee_percent=30,
            commission_bps=_always(500),
            mev_bps=((0, 800), (r - 1, 1000)),
            identities=((0, 0),),
        ),
        Traits(  # changes its identity
            label="Aurora Two",
            nominal_sol=150_000,
            own_stake_accounts=1,
            commission_bps=_always(700),
            mev_bps=_always(500),
            identities=((0, 1), (r - 2, 101)),
        ),
        Traits(
            label="Aurora Three",
            nominal_sol=220_000,
            commission_bps=_always(0),
            mev_bps=_always(0),
            identities=((0, 2),),
        ),
        Traits(
            label="Aurora Four",
            nominal_sol=90_000,
            own_stake_accounts=1,
            commission_bps=_always(10_000),
            mev_bps=_always(10_000),
            identities=((0, 3),),
        ),
        Traits(
            label="Aurora Five",
            nominal_sol=2_000_000,
            own_stake_accounts=1,
            is_whale=True,
            commission_bps=_always(500),
            mev_bps=_always(600),
            identities=((0, 4),),
        ),
        Traits(
            label="Aurora Six",
            nominal_sol=70_000,
            commission_bps=_always(1000),
            mev_bps=_always(None),
            identities=((0, 5),),
        ),
        Traits(
            label="Aurora Seven",
            nominal_sol=110_000,
            has_collector=True,
            commission_bps=_always(600),
            mev_bps=_always(800),
            identities=((0, 6),),
        ),
        Traits(
            label="Aurora Eight",
            nominal_sol=130_000,
            own_stake_accounts=2,
            says_bps_only=True,
            priority_fee_percent=50,
            commission_bps=_always(750),
            mev_bps=_always(900),
            identities=((0, 7),),
        ),
        Traits(  # appears: stake is active from the epoch after
            label="Aurora Nine",
            nominal_sol=60_000,
            first_epoch=r - 4,
            commission_bps=_always(500),
            mev_bps=_always(800),
            identities=((0, 8),),
        ),
        Traits(  # disappears
            label="Aurora Ten",
            nominal_sol=60_000,
            last_staked_epoch=r - 3,
            last_epoch=r - 2,
            commission_bps=_always(800),
            mev_bps=_always(800),
            identities=((0, 9),),
        ),
        Traits(  # gives its identity to the next one
            label="Aurora Eleven",
            nominal_sol=120_000,
            priority_fee_percent=10,
            commission_bps=_always(500),
            mev_bps=_always(700),
            identities=((0, 10), (r - 3, 110)),
        ),
        Traits(
            label="Aurora Twelve",
            nominal_sol=115_000,
            commission_bps=_always(400),
            mev_bps=_always(700),
            identities=((0, 11), (r - 3, 10)),
        ),
        Traits(  # raises its commission, and stops running Jito
            label="Aurora Thirteen",
            nominal_sol=95_000,
            commission_bps=((0, 500), (r - 2, 800)),
            mev_bps=((0, 1000), (r - 2, None)),
            identities=((0, 12),),
        ),
        Traits(  # too small to lead a slot, and behind
            label="Aurora Fourteen",
            nominal_sol=5_000,
            leads=False,
            delinquent_from=r,
            commission_bps=_always(500),
            mev_bps=_always(800),
            identities=((0, 13),),
        ),
        Traits(
            label=None,
            nominal_sol=400_000,
            says_bps_only=True,
            commission_bps=_always(333),
            mev_bps=_always(800),
            identities=((0, 14),),
        ),
        Traits(
            label=None,
            nominal_sol=300_000,
            commission_bps=_always(500),
            mev_bps=_always(1000),
            identities=((0, 15),),
        ),
    )


def crowd_member(hasher: Hasher, index: int) -> Traits:
    """A validator beyond the cast: ordinary, its rates from the seed."""
    draw = hasher.number(b"crowd", index)
    runs_jito = draw % 20 != 0
    return Traits(
        label=None,
        nominal_sol=40_000 + draw % 900_000,
        commission_bps=_always((0, 500, 500, 700, 1000, 10_000)[draw // 7 % 6]),
        mev_bps=_always((0, 800, 800, 1000, 10_000)[draw // 11 % 5] if runs_jito else None),
        identities=((0, index),),
        priority_fee_percent=20 if draw // 13 % 10 == 0 else 0,
    )
