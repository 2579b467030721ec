"""The cast: tracked validators, each there for one thing that can happen to a validator's income.

A plan names what happens at a validator's proposals, in turn. The parts of a name: how the proposer is paid
(``vanilla``, ``builder``, ``same``, ``silent``), then who is (``own``, ``withdrawal``, ``operator``, ``contract``, …).
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_COMPOUNDING_ETH = 2048


@dataclass(frozen=True, kw_only=True)
class Member:
    """A tracked validator.

    Attributes:
        role: what it is there for; ``label`` is ``Aurora`` with its words capitalised.
        plan, later_plan: what happens at its proposals; the second from day 3 on.
        owners: (day number from which it holds, owner, fee_bps, execution_fee_bps), the OPERATOR's before.
        is_compounding: withdrawal credentials 0x02 with 2048 ETH.
        is_index_listed: whether ``chains.yaml`` gives its index, and so with its withdrawal address.
    """

    role: str
    plan: tuple[str, ...]
    later_plan: tuple[str, ...] | None = None
    owners: tuple[tuple[int, str, int, int], ...] = ()
    is_compounding: bool = False
    is_index_listed: bool = True

    @property
    def label(self) -> str:
        """The name in ``chains.yaml``."""
        return f"Aurora {self.role.replace('_', ' ').title()}"


_MIXED = ("builder_high own", "vanilla own", "builder_low own", "several own", "same own")

CAST: tuple[Member, ...] = (
    Member(
        role="vanilla",
        plan=("vanilla own", "missed", "vanilla withdrawal", "vanilla own", "late own"),
    ),
    Member(
        role="builder",
        plan=("builder_low own", "builder_high withdrawal", "several own", "claim own", "undelivered own"),
        is_index_listed=False,
    ),
    Member(
        role="same",
        plan=("same own", "same_low own", "same withdrawal", "builder_high own", "vanilla own"),
    ),
    Member(
        role="misdirected",
        plan=("builder_high contract", "builder_low zero", "vanilla foreign", "trap foreign", "builder_high own"),
    ),
    Member(
        role="silent",
        plan=("silent_high own", "silent_low withdrawal", "vanilla own", "builder_high own", "missed"),
        is_index_listed=False,
    ),
    Member(
        role="client",
        plan=(
            *("builder_high operator", "builder_high own", "vanilla operator", "vanilla own", "same operator"),
            *("same withdrawal", "silent_high operator", "silent_low own", "builder_high contract", "missed"),
        ),
        owners=((-400, "CLIENT", 1_000, 250),),
    ),
    Member(
        role="handover",
        plan=("builder_high own", "vanilla own", "builder_low withdrawal", "same own", "missed"),
        later_plan=("builder_high operator", "vanilla own", "builder_low own", "vanilla operator", "same operator"),
        owners=((3, "CLIENT", 1_000, 250),),
    ),
    Member(role="newcomer", plan=_MIXED, is_index_listed=False),
    Member(role="leaver", plan=_MIXED),
    Member(role="slashed", plan=_MIXED),
    Member(role="offline", plan=("missed",)),
    Member(role="compounding", plan=_MIXED, is_compounding=True),
    Member(role="seats", plan=_MIXED, is_index_listed=False),
)
PLACE = {member.role: place for place, member in enumerate(CAST)}
