"""Chains: which there are, and in what they count."""
