"""Books at random: the models give what the reference gives, to the base unit, and however they are built."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.commissions.comparison import differences
from tests.commissions.conftest import COMMISSIONS, Ledger, Ledgers
from tests.commissions.random_books import random_books
from tests.commissions.random_changes import change
from tests.commissions.reference import compute

pytestmark = pytest.mark.slow

EXAMPLES = os.environ.get("AURORA_COMMISSION_EXAMPLES")
"""How many books to try instead of the few that are the same in every run."""

# An example costs seconds: nothing is shrunk, a seed says which books failed.
thorough = settings(
    max_examples=int(EXAMPLES or 10),
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
seeds = st.integers(min_value=0, max_value=10**9)


@pytest.fixture(scope="module")
def ledger(ledgers: Ledgers) -> Iterator[Ledger]:
    with ledgers() as opened:
        yield opened


@thorough
@given(seed=seeds)
def test_the_models_give_what_the_reference_gives(ledger: Ledger, seed: int) -> None:
    books = random_books(seed)
    computed = ledger.compute(books)
    assert differences(compute(books), computed) == []
    for key, pool in computed.pools.items():
        finals = [row["final_amount"] for line, row in computed.lines.items() if line[2:] == key]
        assert pool["claims"] == sum(finals)
        assert pool["component"] is None or sum(finals) + pool["house"] == pool["component"]


@settings(thorough, max_examples=int(EXAMPLES or 3))
@given(seed=seeds)
def test_what_was_touched_computed_anew_is_everything_computed_anew(ledger: Ledger, seed: int) -> None:
    books, chance = random_books(seed), Random(seed)
    ledger.compute(books)
    changes = []
    for _ in range(3):
        changes += [change(chance, ledger.warehouse.url, books) for _ in range(chance.randint(1, 3))]
        ledger.warehouse.build(select=COMMISSIONS, command="run")
    incremental = _tables(ledger)
    ledger.warehouse.build(select=COMMISSIONS, command="run", full_refresh=True)
    whole = _tables(ledger)
    assert [(name, rows ^ whole[name]) for name, rows in incremental.items() if rows != whole[name]] == [], changes


def _tables(ledger: Ledger) -> dict[str, set[str]]:
    """What the models hold, row by row."""
    return {
        model: {row["row"] for row in ledger.warehouse.rows(f"select to_jsonb(t)::text as row from {schema}.{model} t")}
        for model in COMMISSIONS
        for schema in ["intermediate" if model.startswith("int_") else "computation"]
    }
