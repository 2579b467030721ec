"""``aurora bench commissions``: a month of a mainnet-size validator, computed whole, and again for one late wallet."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from aurora.cli.bench_support import PeakMemory, scratch_database, timed

# Amounts are made of hashes, so that nothing divides evenly; the rules are of every kind that a line can come from.
_REVENUE = """
insert into canonical.periods (chain_id, period_id, period_type, starts_at, ends_at, is_finalized)
select 'solana', 900 + n, 'EPOCH', timestamptz '2026-01-01' + n * interval '2 days',
    timestamptz '2026-01-01' + (n + 1) * interval '2 days', true
from generate_series(0, {epochs} - 1) as n;

insert into canonical.stake_rewards (
    chain_id, period_id, validator_key, staker_key, staker_address, withdrawer_address, rewards_native,
    commission_native, active_stake_native, is_self_stake, source_provider
)
select 'solana', 900 + n, 'validator', 'stake' || s, 'stake' || s, 'withdrawer' || (s % {withdrawers}),
    (abs(hashint8(s * 31 + n)::bigint) % 100000000) * 0.000000001,
    (abs(hashint8(s * 31 + n)::bigint) % 100000000 / 20) * 0.000000001,
    (1000000000 + abs(hashint8(s)::bigint)) * 0.000000001, false, 'bench'
from generate_series(0, {epochs} - 1) as n cross join generate_series(1, {stakers}) as s;

insert into canonical.stake_rewards (
    chain_id, period_id, validator_key, staker_key, rewards_native, commission_native, active_stake_native,
    is_self_stake, source_provider
)
select chain_id, period_id, validator_key, '*', sum(rewards_native), sum(commission_native), sum(active_stake_native),
    false, 'bench'
from canonical.stake_rewards group by chain_id, period_id, validator_key;

insert into computation.validator_revenue (
    chain_id, period_id, validator_key, exec_fees_native, mev_tips_native, vote_rewards_native, commission_native,
    other_income_native, total_revenue_native, vote_cost_native, other_cost_native, total_cost_native, is_finalized,
    is_complete, missing_data_types
)
select chain_id, period_id, validator_key, 123.456789123, 45.678912345, 0, commission_native, 0,
    123.456789123 + 45.678912345 + commission_native, 2.155, 0, 2.155, true, true, '{{}}'
from canonical.stake_rewards where staker_key = '*';

insert into intermediate.int_validator_periods (chain_id, period_id, validator_key)
select chain_id, period_id, validator_key from computation.validator_revenue;

insert into computation.validator_other_lines (chain_id, period_id, validator_key, line_type, source, amount_native)
select chain_id, period_id, validator_key, 'VOTE_COSTS', 'bench', -2.155 from computation.validator_revenue;

insert into canonical.validator_meta (
    chain_id, period_id, validator_key, active_stake_native, status, source_provider
)
select chain_id, period_id, validator_key, active_stake_native, 'ACTIVE', 'bench'
from canonical.stake_rewards where staker_key = '*';

insert into canonical.staker_sets (
    chain_id, period_id, validator_key, staker_count, is_complete, listed_stake_native, active_stake_native
)
select chain_id, period_id, validator_key, {stakers}, true, active_stake_native, active_stake_native
from canonical.stake_rewards where staker_key = '*';
"""

_AGREEMENTS = """
insert into app.partners (name) select 'Partner ' || n from generate_series(1, {partners}) as n;

insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)
select partners.partner_id, 'solana', 'withdrawer' || w, 'withdrawer', '2025-01-01'
from generate_series(1, {wallets}) as w
inner join app.partners as partners on partners.name = 'Partner ' || (w % {partners} + 1);

insert into app.agreements (partner_id, name) select partner_id, 'Agreement' from app.partners;

insert into app.agreement_versions (
    agreement_id, agreement_version, effective_from, basis, net_costs, negative_policy
)
select agreements.agreement_id, 1, '2025-01-01',
    case when place % 5 = 0 then 'NET' else 'GROSS' end,
    case when place % 5 = 0 then array['VOTE_COSTS'] else array[]::text[] end,
    case when place % 7 = 0 then 'CARRY_FORWARD' else 'PASS_THROUGH' end
from (
    select agreements.*, row_number() over (order by partners.name)::int as place
    from app.agreements as agreements inner join app.partners as partners using (partner_id)
) as agreements;

insert into app.agreement_rules (
    version_id, rule_number, rule_order, chain_id, revenue_component, attribution_method, commission_rate_bps,
    tier_mode, tier_basis
)
select version_id, 1, 1, 'solana', 'COMMISSION', 'CLIENT_REVENUE',
    case when place % 4 <> 1 then 1000 end,
    case when place % 4 = 1 then 'MARGINAL' end, case when place % 4 = 1 then 'CUMULATIVE_MONTH' end
from (select *, row_number() over (order by version_id)::int as place from app.agreement_versions) as versions
union all
select version_id, 2, 2, 'solana', 'ALL', 'STAKE_WEIGHT', 2000, null, null from app.agreement_versions;

insert into app.agreement_rule_tiers (version_id, rule_number, from_native, commission_rate_bps)
select version_id, rule_number, step.from_native, step.rate
from app.agreement_rules cross join (values (0, 500), (1, 750), (50, 1000)) as step (from_native, rate)
where tier_mode is not null;

analyze;
"""

_LATE_WALLET = """
insert into app.partner_wallets (partner_id, chain_id, address, kind, valid_from)
select partner_id, 'solana', 'withdrawer0', 'withdrawer', '2026-01-01' from app.partners where name = 'Partner 7'
"""

_LARGEST_LINE = """
select line_id from computation.partner_commission_lines where weight_basis is not null order by weight_numerator desc
limit 1
"""

# What comes before a commission is made up here, so that the P&L of it would not pass its tests.
_MODELS = ("int_commissions__terms+", "int_commissions__clients+", "int_commissions__stakes+")
_LEFT_OUT = ("validator_pnl+", "validator_pnl_lines+")


def bench_commissions(*, epochs: int, stakers: int, partners: int, wallets: int) -> None:
    """Build the commissions of a month, then of what a late wallet touches; print seconds and their ratio."""
    from api.migrations import upgrade
    from aurora.explanation import explain_line
    from aurora.registry import load_registry
    from aurora.transform import Transformer
    from aurora.warehouse.connection import connect
    from loaders.prepare import prepare_warehouse

    with (
        scratch_database("aurora_bench_commissions") as url,
        tempfile.TemporaryDirectory(prefix="aurora-bench-") as folder,
    ):
        upgrade(url)
        prepare_warehouse(url, load_registry())
        transformer = Transformer(url, target_path=Path(folder) / "dbt")
        typer.echo("building every table, empty", err=True)
        transformer.build(command="run")
        typer.echo(f"{epochs} epochs of {stakers} stake accounts, {partners} partners with {wallets} wallets", err=True)
        sizes = {
            "epochs": epochs,
            "stakers": stakers,
            "withdrawers": max(stakers // 3, 1),
            "partners": partners,
            "wallets": wallets,
        }
        with connect(url, autocommit=True) as connection:
            for statements in (_REVENUE, _AGREEMENTS):
                connection.execute(statements.format(**sizes).encode())
        with PeakMemory() as memory:
            whole = timed(lambda: transformer.build(select=_MODELS, exclude=_LEFT_OUT, full_refresh=True))
        idle = timed(lambda: transformer.build(select=_MODELS, exclude=_LEFT_OUT))
        with connect(url) as connection:
            connection.execute(_LATE_WALLET)
            lines = connection.execute("select count(*) from computation.partner_commission_lines").fetchone()
            [(line_id,)] = connection.execute(_LARGEST_LINE).fetchall()
        parts = 0

        def break_down() -> None:
            nonlocal parts
            parts = len(explain_line(url, line_id, with_wallets=True).parts)

        explained = timed(lambda: explain_line(url, line_id))
        broken_down = timed(break_down)
        late = timed(lambda: transformer.build(select=_MODELS, exclude=_LEFT_OUT))
    typer.echo(f"lines                  {lines[0] if lines else 0}")
    typer.echo(f"the month, whole       {whole:.1f} s (budget 60), {memory.added / 2**20:.0f} MB added")
    typer.echo(f"nothing to do          {idle:.1f} s: what dbt itself takes")
    typer.echo(
        f"a late wallet          {late:.1f} s ({late / whole:.2f} of the whole, budget 0.1;"
        f" beyond dbt's own {max(late - idle, 0):.1f} of {max(whole - idle, 0):.1f} s)"
    )
    typer.echo(f"a line explained       {explained:.2f} s; with its {parts} accounts {broken_down:.2f} s")
