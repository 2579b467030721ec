"""Who answers for what (DESIGN.md: who uses Aurora)."""

from __future__ import annotations

OPERATORS = "team:operators"
"""What comes from providers: keys, limits, gaps."""

ENGINEERS = "team:engineers"
"""What is computed from it."""
