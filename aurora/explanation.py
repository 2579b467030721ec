"""How a commission line comes about, as the warehouse tells it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import psycopg

from aurora.errors import AuroraError, WarehouseError
from aurora.warehouse.connection import connect
from aurora.warehouse.urls import parse_url

_LINE = """
    select
        format(
            '%%s, %%s: rule %%s on %%s of %%s %%s, %%s %%s',
            partners.partner_name, agreements.agreement_name, explained.rule_key, explained.revenue_component,
            explained.chain_id, explained.validator_key, lower(chains.period_type), explained.period_id
        ),
        explained.explanation
    from computation.explain_line as explained
    inner join stg.stg_app__agreements as agreements on explained.agreement_id = agreements.agreement_id
    inner join stg.stg_app__partners as partners on agreements.partner_id = partners.partner_id
    inner join canonical.chains as chains on explained.chain_id = chains.chain_id
    where explained.line_id = %s
"""
_PARTS = """
    select staker_key, wallet_address, lower(replace(weight_kind, '_', ' ')), weight_base_units,
        trim_scale(final_amount_native)
    from computation.partner_commission_line_wallets
    where line_id = %s
    order by abs(final_amount_native) desc, staker_key collate "C"
"""


class Part(NamedTuple):
    """What of a line comes from an account, and what made it a client's."""

    staker: str
    wallet: str
    weight_kind: str
    weight: Decimal
    amount_native: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line in words, and its parts where they were asked for."""

    about: str
    text: str
    parts: tuple[Part, ...]


def explain_line(url: str, line_id: str, *, with_wallets: bool = False) -> Explanation:
    """Read what is said of a line.

    Raises:
        AuroraError: there is no such line.
        WarehouseError: the database is not reached, or was not built.
    """
    wanted = line_id.strip().lower()
    try:
        with connect(url) as connection:
            row = connection.execute(_LINE, (wanted,)).fetchone()
            if row is None:
                raise AuroraError(
                    f"no line {line_id}: take a line_id of computation.partner_commission_lines, 64 hexadecimal digits"
                )
            parts = connection.execute(_PARTS, (wanted,)).fetchall() if with_wallets else []
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        said = error.diag.message_primary or "a table is missing"
        raise WarehouseError(f"{parse_url(url).place}: {said}: run `aurora transform` first") from None
    return Explanation(row[0], row[1], tuple(Part(*part) for part in parts))
