"""Partners, and what is agreed with them: wallets, agreements with versions and rules, overrides, costs, prices."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

# An exclusion constraint over text needs no extension where the key is a range of one (PITFALLS.md, embedded server).
_HELPERS = """
create type app.key_range as range (subtype = text, collation = "C");

create function app.keep_recorded() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE'
        and old.superseded_at is null
        and new.superseded_at is not null
        and to_jsonb(new) - 'superseded_at' = to_jsonb(old) - 'superseded_at'
    then
        return new;
    end if;
    raise exception 'app.%: what is recorded is never changed', tg_table_name
        using errcode = 'restrict_violation',
        hint = 'set superseded_at, once, and record another row';
end
$$;

create function app.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'app.% only takes new rows', tg_table_name using errcode = 'restrict_violation';
end
$$;
"""

_PARTNERS = """
create table app.partners (
    partner_id uuid primary key default gen_random_uuid(),
    name text not null,
    email text,
    created_at timestamptz not null default now(),
    constraint partners_name_unique unique (name),
    constraint partners_name_not_blank check (btrim(name) <> '')
);
comment on table app.partners is 'Who is owed a share of the revenue.';

create table app.partner_minimum_payouts (
    minimum_payout_id uuid primary key default gen_random_uuid(),
    partner_id uuid not null references app.partners,
    chain_id text not null,
    minimum_payout_native numeric(38, 18) not null,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint partner_minimum_payouts_not_negative check (minimum_payout_native >= 0),
    constraint partner_minimum_payouts_superseded_after check (superseded_at >= recorded_at)
);
create unique index partner_minimum_payouts_current
on app.partner_minimum_payouts (partner_id, chain_id) where superseded_at is null;
comment on table app.partner_minimum_payouts is
'Below this balance nothing is paid out; what a statement used is frozen with it.';

create table app.partner_wallets (
    wallet_id uuid primary key default gen_random_uuid(),
    partner_id uuid not null references app.partners,
    chain_id text not null,
    address text not null,
    kind text not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    origin text not null default 'CSV',
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint partner_wallets_origin_known check (origin in ('FILE', 'CSV')),
    constraint partner_wallets_kind_known check (kind in ('withdrawer', 'stake_account', 'withdrawal_address')),
    constraint partner_wallets_address_not_blank check (btrim(address) <> ''),
    constraint partner_wallets_valid_for_a_time check (valid_until > valid_from),
    constraint partner_wallets_superseded_after check (superseded_at >= recorded_at),
    constraint partner_wallets_one_partner_at_a_time exclude using gist (
        app.key_range(chain_id, chain_id, '[]') with &&,
        app.key_range(address, address, '[]') with &&,
        tstzrange(valid_from, valid_until) with &&
    ) where (superseded_at is null)
);
create index partner_wallets_partner on app.partner_wallets (partner_id) where superseded_at is null;
create index partner_wallets_address on app.partner_wallets (chain_id, address) where superseded_at is null;
comment on table app.partner_wallets is
'The partners'' clients: an address of a chain belongs to one partner at a time, half-open, UTC.';
comment on column app.partner_wallets.origin is
'What brought it: a file of agreements, whose list is whole for what files brought, or a CSV.';
"""

_AGREEMENTS = """
create table app.agreements (
    agreement_id uuid primary key default gen_random_uuid(),
    partner_id uuid not null references app.partners,
    name text not null,
    created_at timestamptz not null default now(),
    constraint agreements_name_unique unique (partner_id, name),
    constraint agreements_name_not_blank check (btrim(name) <> '')
);
comment on table app.agreements is 'What is agreed with a partner; its terms are in versions.';

create table app.agreement_versions (
    version_id uuid primary key default gen_random_uuid(),
    agreement_id uuid not null references app.agreements,
    agreement_version integer not null,
    effective_from timestamptz not null,
    effective_until timestamptz,
    stacking text not null default 'EXCLUSIVE',
    allocation_mode text not null default 'INDEPENDENT',
    pool text,
    basis text not null default 'GROSS',
    net_costs text[] not null default '{}',
    negative_policy text not null default 'PASS_THROUGH',
    clawback_months integer,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint agreement_versions_number_unique unique (agreement_id, agreement_version),
    constraint agreement_versions_effective_for_a_time check (effective_until > effective_from),
    constraint agreement_versions_stacking_known check (stacking in ('EXCLUSIVE', 'ADDITIVE')),
    constraint agreement_versions_allocation_mode_known check (allocation_mode in ('INDEPENDENT', 'POOL_SPLIT')),
    constraint agreement_versions_pool_by_mode check ((allocation_mode = 'POOL_SPLIT') = (pool is not null)),
    constraint agreement_versions_basis_known check (basis in ('GROSS', 'NET')),
    constraint agreement_versions_net_costs_by_basis check ((basis = 'NET') = (cardinality(net_costs) > 0)),
    constraint agreement_versions_net_costs_known check (
        net_costs <@ array['VOTE_COSTS', 'PRIORITY_FEES_SHARED', 'NETWORK_FEES', 'INFRA_COSTS', 'OTHER_COSTS']
    ),
    constraint agreement_versions_pool_is_gross check (not (basis = 'NET' and allocation_mode = 'POOL_SPLIT')),
    constraint agreement_versions_negative_policy_known check (
        negative_policy in ('PASS_THROUGH', 'FLOOR_AT_ZERO', 'CARRY_FORWARD')
    ),
    constraint agreement_versions_clawback_months_not_negative check (clawback_months >= 0),
    constraint agreement_versions_superseded_after check (superseded_at >= recorded_at),
    constraint agreement_versions_no_overlap exclude using gist (
        app.key_range(agreement_id::text, agreement_id::text, '[]') with &&,
        tstzrange(effective_from, effective_until) with &&
    ) where (superseded_at is null)
);
comment on table app.agreement_versions is
'The terms of an agreement for a time, half-open, UTC: recorded, superseded, never changed; no two in force overlap.';

create table app.agreement_rules (
    version_id uuid not null references app.agreement_versions,
    rule_number integer not null,
    rule_key text,
    rule_order integer not null,
    chain_id text,
    validator_key text,
    revenue_component text not null,
    attribution_method text not null,
    base_source text not null default 'VALIDATOR_REVENUE',
    commission_rate_bps integer,
    tier_mode text,
    tier_basis text,
    floor_amount_native numeric(38, 18),
    cap_amount_native numeric(38, 18),
    primary key (version_id, rule_number),
    constraint agreement_rules_rule_key_not_blank check (btrim(rule_key) <> ''),
    constraint agreement_rules_component_known check (
        revenue_component in ('EXEC_FEES', 'MEV_TIPS', 'VOTE_REWARDS', 'COMMISSION', 'ALL')
    ),
    constraint agreement_rules_method_known check (
        attribution_method in ('FIXED_SHARE', 'STAKE_WEIGHT', 'CLIENT_REVENUE')
    ),
    constraint agreement_rules_base_source_known check (base_source in ('VALIDATOR_REVENUE', 'CLIENT_REWARDS')),
    constraint agreement_rules_base_source_by_method check (
        base_source = 'VALIDATOR_REVENUE'
        or (attribution_method = 'CLIENT_REVENUE' and revenue_component = 'COMMISSION')
    ),
    constraint agreement_rules_rate_is_a_share check (commission_rate_bps between 0 and 10000),
    constraint agreement_rules_rate_or_tiers check ((commission_rate_bps is null) = (tier_mode is not null)),
    constraint agreement_rules_tier_mode_known check (tier_mode in ('MARGINAL', 'WHOLE')),
    constraint agreement_rules_tier_basis_known check (tier_basis in ('PERIOD', 'CUMULATIVE_MONTH')),
    constraint agreement_rules_tiers_whole check ((tier_mode is null) = (tier_basis is null)),
    constraint agreement_rules_amounts_have_a_chain check (
        chain_id is not null
        or (tier_mode is null and floor_amount_native is null and cap_amount_native is null)
    ),
    constraint agreement_rules_floor_not_negative check (floor_amount_native >= 0),
    constraint agreement_rules_cap_not_negative check (cap_amount_native >= 0),
    constraint agreement_rules_floor_below_cap check (floor_amount_native <= cap_amount_native)
);
create unique index agreement_rules_key_unique on app.agreement_rules (version_id, rule_key);
comment on table app.agreement_rules is
'The rules of a version. A null rule_key is chain/validator or */component/method, on each chain the rule is for.';

create table app.agreement_rule_tiers (
    version_id uuid not null,
    rule_number integer not null,
    from_native numeric(38, 18) not null,
    commission_rate_bps integer not null,
    primary key (version_id, rule_number, from_native),
    foreign key (version_id, rule_number) references app.agreement_rules,
    constraint agreement_rule_tiers_from_not_negative check (from_native >= 0),
    constraint agreement_rule_tiers_rate_is_a_share check (commission_rate_bps between 0 and 10000)
);
comment on table app.agreement_rule_tiers is
'The steps of a rule: from this base on, inclusive, this rate; the first step is 0.';

create table app.agreement_statuses (
    status_id uuid primary key default gen_random_uuid(),
    agreement_id uuid not null references app.agreements,
    status text not null,
    effective_from timestamptz not null,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint agreement_statuses_status_known check (status in ('DRAFT', 'ACTIVE', 'SUSPENDED', 'TERMINATED')),
    constraint agreement_statuses_superseded_after check (superseded_at >= recorded_at)
);
create unique index agreement_statuses_current
on app.agreement_statuses (agreement_id, effective_from) where superseded_at is null;
comment on table app.agreement_statuses is
'From when on an agreement is in which status; without a row it is ACTIVE from its first version on.';

create table app.commission_overrides (
    override_id uuid primary key default gen_random_uuid(),
    agreement_id uuid not null references app.agreements,
    rule_key text not null,
    chain_id text not null,
    period_id bigint not null,
    validator_key text not null,
    revenue_component text not null,
    override_amount_native numeric(38, 18) not null,
    computed_amount_native numeric(38, 18),
    reason text not null,
    recorded_by text not null,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint commission_overrides_component_known check (
        revenue_component in ('EXEC_FEES', 'MEV_TIPS', 'VOTE_REWARDS', 'COMMISSION')
    ),
    constraint commission_overrides_reason_not_blank check (btrim(reason) <> ''),
    constraint commission_overrides_superseded_after check (superseded_at >= recorded_at)
);
create unique index commission_overrides_current on app.commission_overrides
(agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component) where superseded_at is null;
comment on table app.commission_overrides is
'What a line is, whatever is computed; computed_amount_native is what was computed when it was set or confirmed.';
"""

_INPUTS = """
create table app.operating_costs (
    cost_id uuid primary key default gen_random_uuid(),
    chain_id text not null,
    validator_key text not null,
    period_id bigint not null,
    line_type text not null,
    amount_native numeric(38, 18) not null,
    note text,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint operating_costs_line_type_known check (
        line_type in (
            'OTHER_INCOME', 'VOTE_COSTS', 'PRIORITY_FEES_SHARED', 'NETWORK_FEES', 'INFRA_COSTS', 'OTHER_COSTS'
        )
    ),
    constraint operating_costs_not_negative check (amount_native >= 0),
    constraint operating_costs_superseded_after check (superseded_at >= recorded_at)
);
create unique index operating_costs_current
on app.operating_costs (chain_id, validator_key, period_id, line_type) where superseded_at is null;
comment on table app.operating_costs is
'What a validator cost, or earned besides, in a period: positive, one row a period and type, never prorated.';

create table app.prices (
    price_id uuid primary key default gen_random_uuid(),
    chain_id text not null,
    currency text not null,
    at timestamptz not null,
    price numeric not null,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint prices_currency_code check (currency ~ '^[A-Z]{3}$'),
    constraint prices_positive check (price > 0),
    constraint prices_superseded_after check (superseded_at >= recorded_at)
);
create unique index prices_current on app.prices (chain_id, currency, at) where superseded_at is null;
comment on table app.prices is 'What one native unit was worth in a currency, from an instant on.';

create table app.reconciliation_acceptances (
    acceptance_id uuid primary key default gen_random_uuid(),
    chain_id text not null,
    period_id bigint not null,
    validator_key text not null,
    metric text not null,
    provider_a text not null,
    provider_b text not null,
    value_a numeric(38, 18) not null,
    value_b numeric(38, 18) not null,
    reason text not null,
    recorded_by text not null,
    recorded_at timestamptz not null default now(),
    superseded_at timestamptz,
    constraint reconciliation_acceptances_reason_not_blank check (btrim(reason) <> ''),
    constraint reconciliation_acceptances_superseded_after check (superseded_at >= recorded_at)
);
create unique index reconciliation_acceptances_current on app.reconciliation_acceptances
(chain_id, period_id, validator_key, metric, provider_a, provider_b) where superseded_at is null;
comment on table app.reconciliation_acceptances is
'A difference between two providers that somebody accepted, with a reason: for these two values and no others.';
"""

_RECORDED = (
    "partner_minimum_payouts",
    "partner_wallets",
    "agreement_versions",
    "agreement_statuses",
    "commission_overrides",
    "operating_costs",
    "prices",
    "reconciliation_acceptances",
)
_APPENDED = ("agreement_rules", "agreement_rule_tiers")

_TABLES = (
    "reconciliation_acceptances",
    "prices",
    "operating_costs",
    "commission_overrides",
    "agreement_statuses",
    "agreement_rule_tiers",
    "agreement_rules",
    "agreement_versions",
    "agreements",
    "partner_wallets",
    "partner_minimum_payouts",
    "partners",
)
_FUNCTIONS = (
    "refuse_change",
    "keep_recorded",
)


def upgrade() -> None:
    """Create partners, wallets, agreements, overrides, costs, prices, and the triggers that keep what is recorded."""
    for statement in (_HELPERS, _PARTNERS, _AGREEMENTS, _INPUTS):
        op.execute(statement)
    for table in _RECORDED:
        op.execute(_guard("keep_recorded", "update or delete", table, "row"))
        op.execute(_guard("keep_recorded_whole", "truncate", table, "statement"))
    for table in _APPENDED:
        op.execute(_guard("only_append", "update or delete", table, "row"))
        op.execute(_guard("only_append_whole", "truncate", table, "statement"))


def downgrade() -> None:
    """Drop them; everything that was agreed is lost."""
    for table in _TABLES:
        op.execute(f"drop table app.{table}")
    for function in _FUNCTIONS:
        op.execute(f"drop function app.{function}()")
    op.execute("drop type app.key_range")


def _guard(name: str, events: str, table: str, level: str) -> str:
    function = "keep_recorded" if name == "keep_recorded" else "refuse_change"
    # Always: also where a session calls itself a replica.
    return f"""
        create trigger {name} before {events} on app.{table} for each {level} execute function app.{function}();
        alter table app.{table} enable always trigger {name};
    """
