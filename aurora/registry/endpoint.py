"""Where a provider is reached: ``AURORA_<PROVIDER>_URL`` over the owner's older names over the file (DESIGN.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aurora.errors import SettingsError
from aurora.registry.fields import http_url
from aurora.registry.providers import RPC_APIS, Provider, is_beaconchain_address

_OLDER_NAMES = {"solana_rpc": "SOLANA_RPC_URL", "eth_rpc": "ETH_RPC_URL", "beacon_node": "BEACON_API_URL"}
_BEACON_NODE_VARIABLES = ("AURORA_BEACON_NODE_URL", "BEACON_API_URL")


def url_variable(provider: str) -> str:
    """``solana_rpc`` is overridden by ``AURORA_SOLANA_RPC_URL``."""
    return f"AURORA_{re.sub('[^A-Z0-9]', '_', provider.upper())}_URL"


def resolve_urls(provider: Provider, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The base URLs to call, without trailing slashes; several for relays only.

    Raises:
        SettingsError: a variable that applies holds no such URL; names the variable, not its value.
    """
    for variable in (url_variable(provider.provider), _OLDER_NAMES.get(provider.provider, "")):
        value = environment.get(variable, "").strip()
        if variable and value:
            return _parse(variable, value, provider)
    return provider.urls


def refuse_explorer_as_beacon_node(environment: Mapping[str, str]) -> None:
    """Refuse a beaconcha.in address where a beacon node's belongs, also where another variable would win.

    Raises:
        SettingsError: names the variable that is meant.
    """
    for variable in _BEACON_NODE_VARIABLES:
        if is_beaconchain_address(environment.get(variable, "")):
            raise SettingsError(
                f"environment variable {variable} is for a beacon node, but holds a beaconcha.in address; unset it, "
                "or name a node; beaconcha.in itself is set by AURORA_BEACONCHAIN_URL, its key by BEACONCHAIN_API_KEY"
            )


def _parse(variable: str, value: str, provider: Provider) -> tuple[str, ...]:
    several = provider.api == "mev_relay"
    texts = [part.strip() for part in value.split(",")] if several else [value]
    urls: list[str] = []
    for text in texts:
        if several and not text:
            continue
        try:
            url = http_url(text, with_query=provider.api in RPC_APIS)
        except ValueError as error:
            which = " (a comma-separated list)" if several else ""
            raise SettingsError(
                f"environment variable {variable}{which}, of provider {provider.provider}: {error}; "
                "correct it in the environment or in .env"
            ) from None
        if url in urls:
            raise SettingsError(
                f"environment variable {variable} lists a host twice; keep one: its answers would count twice"
            )
        urls.append(url)
    if not urls:
        raise SettingsError(f"environment variable {variable} holds no URL; set one, or unset it")
    return tuple(urls)
