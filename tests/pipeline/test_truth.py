"""The warehouse against the network's own ledger: every amount equal, to the lamport."""

from __future__ import annotations

import pytest

from tests.worlds import FIRST, LAST, World, lamports, pnl_cells, true_cell

pytestmark = pytest.mark.slow


def test_every_cell_of_the_pnl_equals_the_ledger(world: World) -> None:
    expected = {key: true_cell(cell) for key, (cell, _) in world.truth.items() if key[0] >= FIRST}
    assert pnl_cells(world.warehouse) == expected
    assert len({vote for _, vote in expected}) >= 12


def test_tips_are_split_as_the_ledger_splits_them(world: World) -> None:
    rows = world.warehouse.rows("select * from canonical.validator_mev")
    assert rows
    for row in rows:
        cell, _ = world.truth[row["period_id"], row["validator_key"]]
        assert (
            lamports(row["total_mev_native"]),
            lamports(row["protocol_fee_native"]),
            lamports(row["validator_mev_native"]),
            lamports(row["stakers_mev_native"]),
        ) == (cell.gross_tips, cell.protocol_fee, cell.mev_tips, cell.stakers_tips)


def test_each_stakers_reward_and_share_of_the_commission_equal_the_ledger(world: World) -> None:
    found: dict[tuple[int, str], dict[str, tuple[object, ...]]] = {}
    for row in world.warehouse.rows("select * from canonical.stake_rewards where staker_key <> '*'"):
        found.setdefault((row["period_id"], row["validator_key"]), {})[row["staker_key"]] = (
            lamports(row["rewards_native"]),
            lamports(row["commission_native"]),
            row["is_self_stake"],
            row["withdrawer_address"],
        )
    compared = 0
    for key, (cell, stakers) in world.truth.items():
        if key[0] in (FIRST - 1, LAST):
            continue
        assert set(found.get(key, {})) == set(stakers), cell.label
        for address, truth in stakers.items():
            rewards, commission, is_self_stake, withdrawer = found[key][address]
            assert (rewards, is_self_stake, withdrawer) == (truth.rewards, truth.is_self_stake, truth.withdrawer)
            # At 100 % nothing but stake tells whose rewards the commission came from, and a backfill saw none.
            if cell.commission_bps < 10_000:
                assert commission == truth.commission
                compared += 1
    assert compared > 500


def test_stakers_shares_sum_to_the_commission(world: World) -> None:
    broken = world.warehouse.rows(
        "select aggregates.period_id, aggregates.validator_key from canonical.stake_rewards as aggregates"
        " inner join canonical.stake_rewards as stakers using (chain_id, period_id, validator_key)"
        " where aggregates.staker_key = '*' and stakers.staker_key <> '*'"
        " group by aggregates.period_id, aggregates.validator_key, aggregates.commission_native"
        " having bool_and(stakers.commission_native is not null)"
        " and sum(stakers.commission_native) <> aggregates.commission_native"
    )
    assert broken == []


def test_epochs_are_bounded_by_their_first_blocks(world: World) -> None:
    rows = {row["period_id"]: row for row in world.warehouse.rows("select * from canonical.periods")}
    assert set(rows) == set(range(FIRST, LAST + 1))
    assert rows[LAST]["ends_at"] is None
    assert not rows[LAST]["is_finalized"]
    for epoch in range(FIRST, LAST):
        assert rows[epoch]["ends_at"] == rows[epoch + 1]["starts_at"]
        assert rows[epoch]["is_finalized"]
        assert rows[epoch]["first_slot"] == epoch * 432
        assert rows[epoch]["last_slot"] == epoch * 432 + 431


def test_amounts_beyond_what_a_float_holds_are_there(world: World) -> None:
    largest = world.warehouse.value("select max(total_stake_native) from canonical.validator_meta")
    assert lamports(largest) > 2**53


def test_every_number_names_its_payloads(world: World) -> None:
    untraced = world.warehouse.rows(
        "select fees.period_id, fees.validator_key from canonical.validator_fees as fees"
        " where fees.total_fees_native > 0 and not exists (select 1 from canonical.source_payloads as sources"
        " inner join staging_solana_rpc.get_block as landed using (payload_id)"
        " where sources.data_type = 'FEES' and sources.chain_id = fees.chain_id"
        " and sources.period_id = fees.period_id and sources.validator_key = fees.validator_key)"
    )
    assert untraced == []


def test_the_contract_shows_the_same_pnl(world: World) -> None:
    differing = world.warehouse.value(
        "select count(*) from api_v1.validator_pnl as shown full join computation.validator_pnl as computed"
        " using (chain_id, period_id, validator_key) where shown.net_native is distinct from computed.net_native"
    )
    assert differing == 0
