"""Why a statement cannot be rendered."""

from __future__ import annotations

from aurora.errors import AuroraError


class RenderError(AuroraError):
    """A format that does not exist, or something that it cannot hold; the message names it and the way out."""
