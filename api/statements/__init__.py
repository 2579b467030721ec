"""Statements: what a partner is owed for a month, from draft to paid: the warehouse's numbers, frozen here."""
