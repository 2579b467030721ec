"""The API over a warehouse that dbt built: each amount equals the simulated network's own ledger, to the lamport."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.migrations import upgrade
from tests.api.conftest import Serve
from tests.api.problem import problem
from tests.api.world import Served
from tests.worlds import PNL_COLUMNS, Warehouse, World

pytestmark = pytest.mark.slow


@pytest.fixture
def built(fresh_world: Warehouse, serve: Serve) -> Iterator[Served]:
    upgrade(fresh_world.url)
    with serve(fresh_world.url) as served:
        yield served


def test_every_amount_equals_the_ledger_and_every_validator_is_listed(world: World, built: Served) -> None:
    problem(built.get("/v1/chains", key=""), 401, "unauthenticated")
    assert built.get("/health/ready", key="").status_code == 200
    validators = [
        item["validator_key"] for item in built.get("/v1/chains/solana/validators?limit=1000").json()["items"]
    ]
    assert {vote for _, vote in world.truth} <= set(validators)
    compared = 0
    for vote in sorted({vote for _, vote in world.truth}):
        items = built.get(f"/v1/chains/solana/validators/{vote}/pnl").json()["items"]
        epochs = {epoch: cell for (epoch, key), (cell, _) in world.truth.items() if key == vote}
        assert {item["period_id"] for item in items} == set(epochs)
        for item in items:
            truth = epochs[item["period_id"]]
            for column, name in PNL_COLUMNS.items():
                expected = getattr(truth, name)
                said = item[column.replace("_native", "_base_units")]
                assert said == (None if expected is None else str(expected)), (vote, item["period_id"], column)
                compared += 1
            assert (item["is_finalized"], item["is_complete"]) == (truth.is_finalized, truth.is_complete)
            assert sorted(item["missing_data_types"]) == sorted(truth.missing_data_types)
    assert compared == len(world.truth) * len(PNL_COLUMNS)
