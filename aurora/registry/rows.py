"""The registry as plain data for SQL: JSON-safe, amounts as strings, nothing secret."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from aurora.registry.chains import Chain, DayChain, EthereumValidator, SolanaValidator
from aurora.registry.providers import Mapping, Provider, Tolerance

Row = dict[str, Any]

# Paid RPC endpoints carry their key as a path segment (/v2/<key>); no path of a known API has a segment this long.
_TOKEN = re.compile(r"[^/]{16,}")


def public_url(url: str) -> str:
    """Scheme, host and path of a URL: no user, password or query, and no path segment long enough to be a key."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{host}{port}{_TOKEN.sub('***', parts.path)}".rstrip("/")


def chain_row(chain: Chain) -> Row:
    """One row a chain; what its kind lacks is null."""
    day = chain if isinstance(chain, DayChain) else None
    return {
        "chain_id": chain.chain_id,
        "name": chain.name,
        "native_unit": chain.native_unit,
        "base_unit": chain.base_unit,
        "native_decimals": chain.native_decimals,
        "period_type": chain.period_type,
        "finality_lag": chain.finality_lag,
        "slots_per_epoch": chain.slots_per_epoch,
        "seconds_per_slot": day.seconds_per_slot if day else None,
        "genesis_at": _instant(day.genesis_at) if day else None,
        "operator_addresses": list(day.operator_addresses) if day else [],
        "tracks_all_validators": chain.validators == "all",
    }


def parameter_rows(chain: Chain) -> list[Row]:
    """One row a chain, parameter and ``from_period``."""
    return [
        {"chain_id": chain.chain_id, "name": entry.name, "from_period": entry.from_period, "value": entry.value}
        for entry in chain.parameters
    ]


def validator_rows(chain: Chain) -> list[Row]:
    """One row a validator listed; ``ownership`` holds ranges that cover all time, half-open."""
    return [_validator_row(chain.chain_id, validator) for validator in chain.tracked]


def _validator_row(chain_id: str, validator: SolanaValidator | EthereumValidator) -> Row:
    solana = validator if isinstance(validator, SolanaValidator) else None
    ethereum = validator if isinstance(validator, EthereumValidator) else None
    return {
        "chain_id": chain_id,
        "validator_key": validator.key,
        "label": validator.label,
        "own_stake_accounts": list(solana.own_stake_accounts) if solana else [],
        "validator_index": ethereum.validator_index if ethereum else None,
        "fee_recipients": list(ethereum.fee_recipients) if ethereum else [],
        "withdrawal_address": ethereum.withdrawal_address if ethereum else None,
        "ownership": [
            {
                "effective_from": _instant(span.effective_from),
                "effective_until": _instant(span.effective_until),
                "owner": span.owner,
                "fee_bps": span.fee_bps,
                "execution_fee_bps": span.execution_fee_bps,
            }
            for span in (ethereum.ownership_ranges() if ethereum else ())
        ],
    }


def provider_row(provider: Provider, *, host_count: int) -> Row:
    """One row a provider, with the file's URLs (overrides are a machine's, not the registry's).

    ``host_count``: hosts that are asked, overrides included: an answer of all relays is one of each.
    """
    limit, retry = provider.rate_limit, provider.retry
    return {
        "provider": provider.provider,
        "api": provider.api,
        "base_urls": [public_url(url) for url in provider.urls],
        "host_count": host_count,
        "auth_kind": provider.auth.kind,
        "auth_env": provider.auth.env,
        "requests_per_second": _plain(limit.requests_per_second),
        "burst": limit.burst,
        "concurrency": limit.concurrency,
        "monthly_budget": limit.monthly_budget,
        "timeout_seconds": _plain(provider.timeout_seconds),
        "retry_attempts": retry.attempts,
        "retry_budget_seconds": _plain(retry.budget_seconds),
        "batch_size": provider.batch_size,
    }


def mapping_row(mapping: Mapping) -> Row:
    """One row a chain, data type and priority."""
    return {
        "chain_id": mapping.chain,
        "data_type": mapping.data_type,
        "provider": mapping.provider,
        "role": mapping.role,
        "priority": mapping.priority,
    }


def tolerance_row(tolerance: Tolerance) -> Row:
    """One row a chain and metric."""
    return {
        "chain_id": tolerance.chain,
        "metric": tolerance.metric,
        "abs_tolerance_native": _plain(tolerance.abs_tolerance_native),
        "rel_tolerance_bps": tolerance.rel_tolerance_bps,
    }


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
