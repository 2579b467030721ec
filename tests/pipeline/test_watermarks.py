"""A period whose test failed, or was never run, comes back in the next build."""

from __future__ import annotations

import pytest

from aurora.errors import TransformError
from tests.worlds import Warehouse

pytestmark = pytest.mark.slow

MODEL = "stg_solana_rpc__vote_accounts"


def _is_tested(warehouse: Warehouse) -> bool:
    return bool(
        warehouse.value(
            "select tested_through = built_through from ops.model_watermark where model = %s", f"stg.{MODEL}"
        )
    )


def _touch(warehouse: Warehouse) -> None:
    warehouse.execute(
        "insert into ops.touched_periods (chain_id, data_type, period_id, run_id)"
        " values ('solana', 'META', 845, 'test')"
    )


def test_what_was_not_tested_or_failed_is_not_forgotten(fresh_world: Warehouse) -> None:
    assert _is_tested(fresh_world)
    _touch(fresh_world)
    fresh_world.build(select=[MODEL], command="run")
    assert not _is_tested(fresh_world)

    # A stake below zero, which no loader would land.
    fresh_world.execute(
        "update staging_solana_rpc.get_vote_accounts"
        " set payload = regexp_replace(payload, '\"activatedStake\": ?', '\"activatedStake\":-', '')"
    )
    with pytest.raises(TransformError, match=rf"keeps_{MODEL}: not_negative \w+ \(\d+ rows, one is "):
        fresh_world.build(select=[MODEL])
    assert not _is_tested(fresh_world)

    # Nothing was touched since, and yet the test still sees the period.
    with pytest.raises(TransformError, match=MODEL):
        fresh_world.build(select=[MODEL])
    fresh_world.execute(
        "update staging_solana_rpc.get_vote_accounts"
        " set payload = replace(payload, '\"activatedStake\":-', '\"activatedStake\":')"
    )
    fresh_world.build(select=[MODEL])
    assert _is_tested(fresh_world)
