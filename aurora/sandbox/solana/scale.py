"""How big a simulated cluster is, and where on the calendar of epochs it stands."""

from __future__ import annotations

from dataclasses import dataclass

from aurora.sandbox.errors import SandboxError


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Sizes of a cluster.

    Attributes:
        stake_accounts: how many in all; None gives each validator 6 to 20.
        first_epoch: the oldest epoch whose blocks the node still has.
        running_epoch, slot_index: where the clock starts; the special events lie in the epochs before.
        schedule_epochs_back: how many epochs back the leader schedule is still answered.
    """

    name: str
    validators: int
    slots_per_epoch: int
    stake_accounts: int | None = None
    first_epoch: int = 800
    running_epoch: int = 845
    slot_index: int = 0
    skipped_per_mille: int = 45
    schedule_epochs_back: int = 12

    @property
    def seconds_per_epoch(self) -> int:
        """Two days, as on mainnet, whatever the number of slots: periods then fall into months as they do there."""
        return 172_800


DEMO = Scale(name="demo", validators=16, slots_per_epoch=432, slot_index=260)
MAINNET = Scale(name="mainnet", validators=1_400, slots_per_epoch=432_000, stake_accounts=1_200_000, slot_index=260_000)
_SCALES = {scale.name: scale for scale in (DEMO, MAINNET)}


def scale_named(name: str) -> Scale:
    """A scale by its name.

    Raises:
        SandboxError: there is none of that name.
    """
    try:
        return _SCALES[name]
    except KeyError:
        raise SandboxError(f"sandbox scale {name!r} is unknown; choose one of {', '.join(_SCALES)}") from None
