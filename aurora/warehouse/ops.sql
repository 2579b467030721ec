-- The record of what ran and what was seen. Written by the loaders (runs, sightings, touches) and by the
-- hooks of the dbt project (watermarks, scopes); every statement can be run again.
create schema if not exists ops;

create table if not exists ops.ingestion_runs (
    run_id text primary key,
    chain_id text not null,
    provider text not null,
    endpoint text not null,
    data_type text not null,
    period_from bigint not null,
    period_to bigint not null,
    is_present_view boolean not null default false,
    status text not null check (status in ('PENDING', 'RUNNING', 'SUCCESS', 'PARTIAL', 'FAILED')),
    started_at timestamptz not null,
    finished_at timestamptz,
    requests bigint not null default 0,
    retries bigint not null default 0,
    records_fetched bigint not null default 0,
    records_staged bigint not null default 0,
    records_unchanged bigint not null default 0,
    records_rejected bigint not null default 0,
    error_type text,
    error_message text
);
create index if not exists ingestion_runs_period on ops.ingestion_runs (chain_id, period_from, period_to);
create index if not exists ingestion_runs_running on ops.ingestion_runs (status) where status in ('PENDING', 'RUNNING');
comment on table ops.ingestion_runs is
'One row per endpoint of a provider and load: what was asked, what came back, what failed.';

create table if not exists ops.payload_sightings (
    sighting_id bigint generated always as identity primary key,
    payload_id text not null,
    run_id text not null,
    seen_at timestamptz not null,
    chain_id text not null,
    provider text not null,
    endpoint text not null,
    data_type text not null,
    period_id bigint not null,
    request_id uuid not null
);
create index if not exists payload_sightings_period on ops.payload_sightings (period_id);
comment on table ops.payload_sightings is
'One row each time a payload was fetched, landed or already there: the latest sighting of a request is the answer that counts.';

create table if not exists ops.touched_periods (
    chain_id text not null,
    data_type text not null,
    period_id bigint not null,
    run_id text not null,
    xid xid8 not null default pg_current_xact_id()
);
create index if not exists touched_periods_xid on ops.touched_periods (xid);
comment on table ops.touched_periods is
'Periods whose counting answers changed, by the transaction that changed them: where incremental models begin.';

create table if not exists ops.model_watermark (
    model text primary key,
    built_through xid8 not null,
    tested_through xid8 not null,
    pending xid8
);
comment on table ops.model_watermark is
'Per model the transaction below which every touch is built, and below which it is also tested.';

create table if not exists ops.model_scope (
    model text not null,
    period_id bigint not null,
    primary key (model, period_id)
);
comment on table ops.model_scope is 'Per incremental model the periods that the build under way replaces.';

create table if not exists ops.agreement_scope (
    model text not null,
    agreement_id text not null,
    partner_id text not null,
    period_id bigint not null,
    primary key (model, agreement_id, period_id)
);
comment on table ops.agreement_scope is
'Per incremental model of commissions the agreements and periods that the build under way replaces.';

-- Fractions over different denominators are added and compared over their least common multiple, exactly.
do $$
begin
    if to_regprocedure('ops.least_common_multiple(numeric)') is null then
        create aggregate ops.least_common_multiple (numeric) (sfunc = lcm, stype = numeric, initcond = '1');
    end if;
end
$$;
