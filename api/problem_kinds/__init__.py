"""Kinds of problem: what the ``type`` of an error leads to."""
