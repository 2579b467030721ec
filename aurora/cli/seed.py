"""``aurora seed``: partners to try statements with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from psycopg import Connection

# The validator with the most clients to be had, and the withdraw authorities of its stake accounts.
_EXAMPLE = """
select validator_key, array_agg(distinct withdrawer_address order by withdrawer_address)
from canonical.stake_rewards
where chain_id = 'solana' and withdrawer_address is not null
group by validator_key
order by count(distinct withdrawer_address) desc, validator_key collate "C"
limit 1
"""
_IS_BUILT = "select to_regclass('canonical.stake_rewards') is not null"
_USERS = """
insert into app.users (email, name, role, partner_id)
values
    ('operator@aurora.example', 'Olga Operator', 'OPERATOR', null),
    (
        'finance@acme.example', 'Pat Partner', 'PARTNER',
        (select partner_id from app.partners where name = %(partner)s)
    )
on conflict (email) do nothing
"""
_MOST_WALLETS = 50


def seed() -> None:
    """Record two example partners with agreements, and users; a second time changes nothing."""
    from api.agreements.service import apply_file
    from api.migrations import upgrade
    from aurora.cli.demo_partners import DELEGATOR, INTRODUCER, agreements_file
    from aurora.errors import AuroraError
    from aurora.registry import load_registry
    from aurora.settings import load_settings
    from aurora.warehouse.connection import connect, warehouse_url

    settings = load_settings()
    if settings.environment == "production":
        raise AuroraError("example partners have no place in production: unset ENVIRONMENT, or name another warehouse")
    registry = load_registry(settings)
    url = warehouse_url(settings)
    upgrade(url)
    with connect(url) as connection:
        is_there = _value(connection, "select exists (select 1 from app.partners where name = %s)", INTRODUCER)
        example = _value(connection, _IS_BUILT) and connection.execute(_EXAMPLE).fetchone()
    if is_there:
        typer.echo(f"{INTRODUCER} is there already: agreements stay as they are")
    elif not example:
        raise AuroraError(
            "no stake account of a validator on solana is known yet, whose owner could be a client: run"
            " `aurora run solana --latest 3`, then this again"
        )
    else:
        validator, withdrawers = example
        folder = settings.home / "seed"
        folder.mkdir(parents=True, exist_ok=True)
        path = agreements_file(folder, validator, withdrawers[: 2 * _MOST_WALLETS : 2])
        apply_file(url, path, registry, actor="seed")
        typer.echo(f"{INTRODUCER} and {DELEGATOR} are recorded, as {path} says")
    with connect(url) as connection:
        added = connection.execute(_USERS, {"partner": INTRODUCER}).rowcount
    typer.echo(f"users added: {added}\nNext: `aurora transform`, then `aurora statements list`")


def _value(connection: Connection[Any], query: str, *parameters: object) -> Any:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return row[0] if row else None
