"""``aurora doctor``: what is wrong on this machine, and what to do about each thing."""

from __future__ import annotations

from collections.abc import Callable

import typer

_ASTRAY = """
select
    paid.chain_id,
    count(*),
    sum(paid.amount_native),
    min(chains.native_unit),
    case
        when min(chains.period_type) = 'DAY' then to_char(to_date(max(paid.period_id)::text, 'YYYYMMDD'), 'YYYY-MM-DD')
        else max(paid.period_id)::text
    end,
    string_agg(distinct coalesce(validators.label, paid.validator_key), ', ')
from canonical.misdirected_payments as paid
inner join canonical.chains as chains on paid.chain_id = chains.chain_id
left join canonical.validators as validators
    on paid.chain_id = validators.chain_id and paid.validator_key = validators.validator_key
group by paid.chain_id
order by paid.chain_id
"""


def doctor() -> None:
    """Check configuration, database, migrations and providers; say what to do about each problem."""
    from aurora.errors import AuroraError

    problems = 0
    for name, check in (
        ("settings", _settings),
        ("registry", _registry),
        ("database", _database),
        ("warehouse", _warehouse),
        ("migrations", _migrations),
    ):
        problems += _report(name, check)
    for warning in _astray():
        typer.echo(f"WARNING  payments: {warning}")
    try:
        for name, check in _providers():
            problems += _report(name, check)
    except AuroraError:
        pass  # the registry's own line says why
    if problems:
        raise AuroraError(f"{problems} problem{'s' if problems > 1 else ''}; each line above says what to do")


def _report(name: str, check: Callable[[], str]) -> int:
    from aurora.errors import AuroraError

    try:
        typer.echo(f"ok       {name}: {check()}")
    except AuroraError as error:
        typer.echo(f"PROBLEM  {name}: {' '.join(str(error).split())}")
        return 1
    return 0


def _settings() -> str:
    from aurora.settings import load_settings

    settings = load_settings()
    settings.require_production_secrets()
    return f"environment {settings.environment}, data in {settings.home}"


def _registry() -> str:
    from aurora.registry import load_registry

    registry = load_registry()
    chains = ", ".join(chain.chain_id for chain in registry.chains)
    return f"chains {chains}; {len(registry.providers)} providers"


def _database() -> str:
    from aurora.settings import load_settings
    from aurora.warehouse.connection import connect, parse_url, warehouse_url

    url = warehouse_url(load_settings())
    with connect(url) as connection:
        return f"PostgreSQL {connection.info.server_version // 10000} at {parse_url(url).place}"


def _warehouse() -> str:
    from aurora.errors import WarehouseError
    from aurora.settings import load_settings
    from aurora.warehouse.connection import connect, warehouse_url

    with connect(warehouse_url(load_settings())) as connection:
        exists = connection.execute("select to_regclass('ops.model_watermark') is not null").fetchone()
        if exists is None or not exists[0]:
            return "empty; `aurora demo` fills it with a simulation, `aurora run` with your chain"
        ahead = connection.execute(
            "select count(*) from ops.model_watermark where built_through > pg_snapshot_xmax(pg_current_snapshot())"
        ).fetchone()
        if ahead is not None and ahead[0]:
            raise WarehouseError(
                "its watermarks are ahead of this server's transactions: it was restored from another one; run"
                " `aurora db psql -c 'delete from ops.model_watermark' -c 'update ops.touched_periods set xid ="
                " pg_current_xact_id()'`, then `aurora transform --full-refresh`"
            )
        running = connection.execute("select count(*) from ops.ingestion_runs where status = 'RUNNING'").fetchone()
        untested = connection.execute(
            "select count(*) from ops.model_watermark where tested_through < built_through"
        ).fetchone()
        if untested is not None and untested[0]:
            raise WarehouseError(
                f"{untested[0]} models are built and not tested: a test failed or a build was cut off;"
                " run `aurora transform`"
            )
        return f"built and tested; {running[0] if running else 0} runs under way"


def _migrations() -> str:
    from api.migrations import pending
    from aurora.errors import WarehouseError
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url

    missing = pending(warehouse_url(load_settings()))
    if missing:
        raise WarehouseError(f"{len(missing)} migrations of the app schema are not applied; run `aurora migrate`")
    return "the app schema is up to date"


def _astray() -> list[str]:
    """What was paid for blocks to nobody's own address, a line per chain; none where that was never computed."""
    from aurora.errors import AuroraError
    from aurora.settings import load_settings
    from aurora.warehouse.connection import connect, warehouse_url

    try:
        with connect(warehouse_url(load_settings())) as connection:
            exists = connection.execute(
                "select to_regclass('canonical.misdirected_payments') is not null"
                " and to_regclass('canonical.chains') is not null and to_regclass('canonical.validators') is not null"
            ).fetchone()
            if exists is None or not exists[0]:
                return []
            rows = connection.execute(_ASTRAY).fetchall()
    except AuroraError:
        return []  # the database's own line says why
    return [
        f"{count} on {chain_id} went to nobody's own address: {amount:f} {unit}, the last on {newest}, for blocks of"
        f" {validators}; correct the fee recipient of that validator, or list the address in chains.yaml if it is"
        " yours (canonical.misdirected_payments has each)"
        for chain_id, count, amount, unit, newest, validators in rows
    ]


def _providers() -> list[tuple[str, Callable[[], str]]]:
    from aurora.registry import load_registry
    from loaders.reach import reach

    registry = load_registry()
    return [
        (f"provider {provider.provider}", lambda name=provider.provider: reach(registry, name))  # type: ignore[misc]
        for provider in registry.providers
    ]
