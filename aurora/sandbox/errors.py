"""What can go wrong when a sandbox or a replay is started or told to change."""

from __future__ import annotations

from aurora.errors import AuroraError


class SandboxError(AuroraError):
    """A sandbox or a replay cannot start, or was asked for what it does not have."""
