"""Which agreements an amendment, a wallet or an override touches: where the incremental models of commissions begin."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

# What changed about whose lines, by the transaction that changed it: where the incremental models of commissions begin.
_TOUCHES = """
create table app.touched_agreements (
    agreement_id uuid not null,
    chain_id text,
    effective_from timestamptz not null,
    effective_until timestamptz,
    period_id bigint,
    xid xid8 not null default pg_current_xact_id()
);
create index touched_agreements_xid on app.touched_agreements (xid);
comment on table app.touched_agreements is
'Agreements whose lines are to be computed anew, for periods that start in a time, or for one period.';

create function app.touch_by_version() returns trigger language plpgsql as $$
declare
    -- The gap behind it is one because of it.
    gap_until timestamptz := (
        select min(next_versions.effective_from)
        from app.agreement_versions as next_versions
        where
            next_versions.agreement_id = new.agreement_id
            and next_versions.superseded_at is null
            and next_versions.effective_from >= new.effective_until
    );
begin
    insert into app.touched_agreements (agreement_id, effective_from, effective_until)
    values (new.agreement_id, new.effective_from, gap_until);

    insert into app.touched_agreements (agreement_id, effective_from, effective_until)
    -- Who shares a pool with it.
    select distinct others.agreement_id, new.effective_from, new.effective_until
    from app.agreement_versions as others
    where
        others.pool = new.pool
        and others.superseded_at is null
        and others.agreement_id <> new.agreement_id;
    return null;
end
$$;

create function app.touch_by_status() returns trigger language plpgsql as $$
declare
    touched_from timestamptz := new.effective_from;
begin
    -- The first one decides of the time before it too: a draft with it, active without any.
    if not exists (
        select from app.agreement_statuses as earlier
        where
            earlier.agreement_id = new.agreement_id
            and earlier.superseded_at is null
            and earlier.effective_from < new.effective_from
    ) then
        touched_from := '-infinity';
    end if;
    insert into app.touched_agreements (agreement_id, effective_from)
    select new.agreement_id, touched_from
    union
    select others.agreement_id, touched_from
    from app.agreement_versions as own
    inner join app.agreement_versions as others on own.pool = others.pool
    where own.agreement_id = new.agreement_id and own.superseded_at is null and others.superseded_at is null;
    return null;
end
$$;

create function app.touch_by_wallets() returns trigger language plpgsql as $$
begin
    insert into app.touched_agreements (agreement_id, chain_id, effective_from, effective_until)
    select agreements.agreement_id, changed.chain_id, changed.valid_from, changed.valid_until
    from (
        select distinct partner_id, chain_id, valid_from, valid_until from changed_wallets
        union
        -- A stake account named itself is taken from whoever has its withdraw authority.
        -- Distinct before the join: ten thousand wallets on either side are few times and fewer partners.
        select others.partner_id, named.chain_id, named.valid_from, named.valid_until
        from (
            select distinct partner_id, chain_id, valid_from, valid_until
            from changed_wallets
            where kind = 'stake_account'
        ) as named
        inner join (
            select distinct partner_id, chain_id
            from app.partner_wallets
            where kind = 'withdrawer' and superseded_at is null
        ) as others on named.chain_id = others.chain_id and named.partner_id <> others.partner_id
    ) as changed
    inner join app.agreements as agreements on changed.partner_id = agreements.partner_id;
    return null;
end
$$;

create function app.touch_by_override() returns trigger language plpgsql as $$
begin
    insert into app.touched_agreements (agreement_id, chain_id, effective_from, period_id)
    values (new.agreement_id, new.chain_id, '-infinity', new.period_id);
    return null;
end
$$;

create function app.touch_by_cost() returns trigger language plpgsql as $$
begin
    -- Without a warehouse nothing is built yet, and the first build reads everything.
    if to_regclass('ops.touched_periods') is not null then
        insert into ops.touched_periods (chain_id, data_type, period_id, run_id)
        values (new.chain_id, 'COSTS', new.period_id, 'app.operating_costs');
    end if;
    return null;
end
$$;

create function app.touch_by_acceptance() returns trigger language plpgsql as $$
begin
    if to_regclass('ops.touched_periods') is not null then
        insert into ops.touched_periods (chain_id, data_type, period_id, run_id)
        values (new.chain_id, 'RECONCILIATION', new.period_id, 'app.reconciliation_acceptances');
    end if;
    return null;
end
$$;

create trigger touch after insert or update on app.agreement_versions
for each row execute function app.touch_by_version();
create trigger touch after insert or update on app.agreement_statuses
for each row execute function app.touch_by_status();
create trigger touch_added after insert on app.partner_wallets
referencing new table as changed_wallets for each statement execute function app.touch_by_wallets();
create trigger touch_changed after update on app.partner_wallets
referencing new table as changed_wallets for each statement execute function app.touch_by_wallets();
create trigger touch after insert or update on app.commission_overrides
for each row execute function app.touch_by_override();
create trigger touch after insert or update on app.operating_costs
for each row execute function app.touch_by_cost();
create trigger touch after insert or update on app.reconciliation_acceptances
for each row execute function app.touch_by_acceptance();
"""

_TRIGGERS = {
    "agreement_versions": ("touch",),
    "agreement_statuses": ("touch",),
    "partner_wallets": ("touch_added", "touch_changed"),
    "commission_overrides": ("touch",),
    "operating_costs": ("touch",),
    "reconciliation_acceptances": ("touch",),
}
_FUNCTIONS = (
    "touch_by_acceptance",
    "touch_by_cost",
    "touch_by_override",
    "touch_by_wallets",
    "touch_by_status",
    "touch_by_version",
)


def upgrade() -> None:
    """Create ``app.touched_agreements`` and the triggers that fill it."""
    op.execute(_TOUCHES)


def downgrade() -> None:
    """Drop them; the next build of commissions must be a full one."""
    for table, triggers in _TRIGGERS.items():
        for trigger in triggers:
            op.execute(f"drop trigger {trigger} on app.{table}")
    for function in _FUNCTIONS:
        op.execute(f"drop function app.{function}()")
    op.execute("drop table app.touched_agreements")
