"""Statements with their frozen lines, users, jobs, and the audit log."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_STATEMENTS = """
create table app.statements (
    statement_id uuid primary key,
    partner_id uuid not null references app.partners,
    chain_id text not null,
    statement_month date not null,
    revision integer not null,
    status text not null,
    content_hash text,
    line_count bigint,
    lines_native numeric(38, 18),
    adjustments_native numeric(38, 18),
    total_commission_native numeric(38, 18),
    carried_native numeric(38, 18),
    minimum_payout_native numeric(38, 18),
    payout_native numeric(38, 18),
    balance_native numeric(38, 18),
    fiat_totals jsonb,
    submitted_by text,
    submitted_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    released_by text,
    released_at timestamptz,
    paid_by text,
    paid_at timestamptz,
    payment_reference text,
    voided_by text,
    voided_at timestamptz,
    void_reason text,
    constraint statements_revision_unique unique (partner_id, chain_id, statement_month, revision),
    constraint statements_month_first_day check (extract(day from statement_month) = 1),
    constraint statements_revision_from_one check (revision >= 1),
    constraint statements_status_known check (
        status in ('DRAFT', 'PENDING_APPROVAL', 'APPROVED', 'RELEASED', 'PAID', 'VOID')
    ),
    constraint statements_pending_has_hash check (status in ('DRAFT', 'VOID') or content_hash is not null),
    constraint statements_frozen_has_figures check (
        status in ('DRAFT', 'PENDING_APPROVAL', 'VOID')
        or (
            line_count is not null and lines_native is not null and adjustments_native is not null
            and total_commission_native is not null and carried_native is not null
            and minimum_payout_native is not null and payout_native is not null and balance_native is not null
            and approved_by is not null and approved_at is not null
        )
    ),
    constraint statements_total_is_the_sum check (total_commission_native = lines_native + adjustments_native),
    constraint statements_balance_is_the_rest check (
        balance_native = carried_native + total_commission_native - payout_native
    ),
    constraint statements_payout_not_negative check (payout_native >= 0),
    constraint statements_released_by_somebody check (
        status not in ('RELEASED', 'PAID') or (released_by is not null and released_at is not null)
    ),
    constraint statements_paid_with_reference check (
        status <> 'PAID' or (paid_by is not null and paid_at is not null and btrim(payment_reference) <> '')
    ),
    constraint statements_void_with_reason check (
        status <> 'VOID' or (voided_by is not null and voided_at is not null and btrim(void_reason) <> '')
    )
);
create unique index statements_current
on app.statements (partner_id, chain_id, statement_month) where status <> 'VOID';
comment on table app.statements is
'The status of a statement, and from APPROVED on its frozen figures. A statement without a row is a DRAFT.';

create table app.statement_lines (
    statement_id uuid not null references app.statements,
    line_number integer not null,
    line_kind text not null,
    line_id text not null,
    agreement_id uuid not null references app.agreements,
    agreement_version integer,
    rule_key text not null,
    chain_id text not null,
    period_id bigint not null,
    validator_key text not null,
    revenue_component text not null,
    attribution_method text,
    attribution_basis text,
    weight_basis text,
    base_amount_native numeric(38, 18),
    weight_numerator numeric,
    weight_denominator numeric,
    attributed_amount_native numeric(38, 18),
    commission_rate_bps integer,
    pre_override_amount_native numeric(38, 18),
    override_amount_native numeric(38, 18),
    amount_native numeric(38, 18) not null,
    recomputed_amount_native numeric(38, 18),
    memo_native numeric(38, 18),
    reason_code text,
    corrects_line_id text,
    payload_ids text[],
    fiat jsonb,
    primary key (statement_id, line_number),
    constraint statement_lines_line_unique unique (statement_id, line_id),
    constraint statement_lines_kind_known check (line_kind in ('LINE', 'ADJUSTMENT', 'WRITE_OFF')),
    constraint statement_lines_reason_by_kind check ((line_kind = 'LINE') = (reason_code is null)),
    constraint statement_lines_reason_known check (
        reason_code in (
            'LATE_DATA', 'PROVIDER_CORRECTION', 'AGREEMENT_AMENDED', 'MAPPING_CHANGED', 'OVERRIDE', 'MODEL_CHANGED'
        )
    ),
    constraint statement_lines_write_off_is_a_memo check (
        line_kind <> 'WRITE_OFF' or (amount_native = 0 and memo_native is not null)
    )
);
create index statement_lines_key on app.statement_lines
(agreement_id, rule_key, chain_id, period_id, validator_key, revenue_component);
comment on table app.statement_lines is
'What an approved statement states, line by line: copied once, never changed.';

create function app.keep_statement() returns trigger language plpgsql as $$
declare
    figures constant text[] := array[
        'statement_id', 'partner_id', 'chain_id', 'statement_month', 'revision', 'content_hash', 'line_count',
        'lines_native', 'adjustments_native', 'total_commission_native', 'carried_native', 'minimum_payout_native',
        'payout_native', 'balance_native', 'fiat_totals', 'submitted_by', 'submitted_at', 'approved_by', 'approved_at'
    ];
    once constant text[] := array[
        'released_by', 'released_at', 'paid_by', 'paid_at', 'payment_reference', 'voided_by', 'voided_at', 'void_reason'
    ];
    moves constant text[] := array[
        'DRAFT>PENDING_APPROVAL', 'PENDING_APPROVAL>DRAFT', 'PENDING_APPROVAL>APPROVED', 'APPROVED>RELEASED',
        'RELEASED>PAID', 'DRAFT>VOID', 'PENDING_APPROVAL>VOID', 'APPROVED>VOID'
    ];
    name text;
begin
    if tg_op = 'DELETE' then
        raise exception 'statement %: a statement is never deleted', old.statement_id
            using errcode = 'restrict_violation', hint = 'void it';
    end if;
    if new.status <> old.status and not (old.status || '>' || new.status) = any(moves) then
        raise exception 'statement %: % cannot become %', old.statement_id, old.status, new.status
            using errcode = 'restrict_violation';
    end if;
    if old.status in ('APPROVED', 'RELEASED', 'PAID', 'VOID') then
        foreach name in array figures loop
            if to_jsonb(new) -> name is distinct from to_jsonb(old) -> name then
                raise exception 'statement %: % is frozen since its approval', old.statement_id, name
                    using errcode = 'restrict_violation';
            end if;
        end loop;
        foreach name in array once loop
            if to_jsonb(old) -> name <> 'null' and to_jsonb(new) -> name is distinct from to_jsonb(old) -> name then
                raise exception 'statement %: % is recorded once', old.statement_id, name
                    using errcode = 'restrict_violation';
            end if;
        end loop;
    end if;
    return new;
end
$$;

create function app.keep_statement_lines() returns trigger language plpgsql as $$
declare
    status_now text;
begin
    select status into status_now from app.statements where statement_id = new.statement_id;
    if status_now <> 'PENDING_APPROVAL' then
        raise exception 'statement %: % takes no lines', new.statement_id, status_now
            using errcode = 'restrict_violation', hint = 'lines are copied when a statement is approved';
    end if;
    return new;
end
$$;

create trigger keep_statement before update or delete on app.statements
for each row execute function app.keep_statement();
alter table app.statements enable always trigger keep_statement;
create trigger keep_statements before truncate on app.statements
for each statement execute function app.refuse_change();
alter table app.statements enable always trigger keep_statements;
create trigger only_at_approval before insert on app.statement_lines
for each row execute function app.keep_statement_lines();
alter table app.statement_lines enable always trigger only_at_approval;
create trigger only_append before update or delete on app.statement_lines
for each row execute function app.refuse_change();
alter table app.statement_lines enable always trigger only_append;
create trigger only_append_whole before truncate on app.statement_lines
for each statement execute function app.refuse_change();
alter table app.statement_lines enable always trigger only_append_whole;
"""

_PEOPLE = """
create table app.users (
    user_id uuid primary key default gen_random_uuid(),
    email text not null,
    name text,
    role text not null,
    partner_id uuid references app.partners,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint users_email_unique unique (email),
    constraint users_email_not_blank check (btrim(email) <> ''),
    constraint users_role_known check (role in ('OPERATOR', 'PARTNER')),
    constraint users_partner_by_role check ((role = 'PARTNER') = (partner_id is not null))
);
comment on table app.users is 'People who act on statements and agreements.';

create table app.jobs (
    job_id uuid primary key default gen_random_uuid(),
    kind text not null,
    arguments jsonb not null default '{}',
    status text not null default 'PENDING',
    created_by text not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    error_message text,
    constraint jobs_status_known check (status in ('PENDING', 'RUNNING', 'SUCCESS', 'FAILED'))
);
comment on table app.jobs is 'Work that somebody asked for and that runs apart from the request.';
"""

_AUDIT_LOG = """
create table app.audit_log (
    entry_number bigint primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    subject_type text not null,
    subject_id text not null,
    state_before jsonb,
    state_after jsonb,
    previous_hash text not null,
    entry_hash text not null,
    constraint audit_log_previous_hash_unique unique (previous_hash),
    constraint audit_log_entry_hash_unique unique (entry_hash)
);
comment on table app.audit_log is
'Who did what, and when: append-only, each entry''s SHA-256 over its own content and the entry before it.';

create function app.audit_entry_hash(entry app.audit_log) returns text language sql immutable as $$
    select encode(sha256(convert_to(jsonb_build_array(
        entry.previous_hash, entry.entry_number,
        to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.actor, entry.action, entry.subject_type, entry.subject_id, entry.state_before, entry.state_after
    )::text, 'UTF8')), 'hex')
$$;

create function app.chain_audit_entry() returns trigger language plpgsql as $$
begin
    -- One after the other, so that each entry knows the one before it.
    perform pg_advisory_xact_lock(hashtext('app.audit_log'));
    select coalesce(max(entry_number), 0) + 1 into new.entry_number from app.audit_log;
    new.at := clock_timestamp();
    new.previous_hash := coalesce(
        (select entry_hash from app.audit_log where entry_number = new.entry_number - 1), repeat('0', 64)
    );
    new.entry_hash := '';
    new.entry_hash := app.audit_entry_hash(new);
    return new;
end
$$;

create trigger chain_entry before insert on app.audit_log
for each row execute function app.chain_audit_entry();
alter table app.audit_log enable always trigger chain_entry;
create trigger only_append before update or delete on app.audit_log
for each row execute function app.refuse_change();
alter table app.audit_log enable always trigger only_append;
create trigger only_append_whole before truncate on app.audit_log
for each statement execute function app.refuse_change();
alter table app.audit_log enable always trigger only_append_whole;
"""


def upgrade() -> None:
    """Create statements and their lines, users, jobs and the audit log, with the triggers that keep them."""
    for statement in (_STATEMENTS, _PEOPLE, _AUDIT_LOG):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; what was stated, and who did it, is lost."""
    op.execute("drop function app.audit_entry_hash(app.audit_log)")
    for table in ("audit_log", "jobs", "users", "statement_lines", "statements"):
        op.execute(f"drop table app.{table}")
    op.execute("drop function app.chain_audit_entry()")
    op.execute("drop function app.keep_statement_lines()")
    op.execute("drop function app.keep_statement()")
