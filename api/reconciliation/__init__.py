"""Differences between providers that somebody accepts, with a reason."""
