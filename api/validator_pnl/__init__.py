"""Profit and loss: what a validator earned, cost and owed, period by period."""
