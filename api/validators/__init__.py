"""Validators: which ones a chain's warehouse follows."""
