"""The registry as the rest of Aurora asks it."""

from __future__ import annotations

from collections.abc import Mapping as Environment
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from aurora.errors import UnknownChainError, UnknownDataTypeError, UnknownProviderError
from aurora.registry import rows
from aurora.registry.chains import Chain
from aurora.registry.credential import Credential, find_credential
from aurora.registry.document import Document, shown
from aurora.registry.providers import DataType, Mapping, Provider, Tolerance


@dataclass(frozen=True, repr=False, eq=False)
class Registry:
    """Chains, providers, who serves what, and how far two may differ; in the order of the files."""

    chains: tuple[Chain, ...]
    providers: tuple[Provider, ...]
    mappings: tuple[Mapping, ...]
    tolerances: tuple[Tolerance, ...]
    chains_document: Document
    providers_document: Document
    resolved_urls: Environment[str, tuple[str, ...]]
    environment: Environment[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        chains = ", ".join(chain.chain_id for chain in self.chains)
        providers = ", ".join(provider.provider for provider in self.providers)
        return f"Registry(chains=[{chains}], providers=[{providers}])"

    def chain(self, chain_id: str) -> Chain:
        """The chain of this id.

        Raises:
            UnknownChainError: lists the chains there are.
        """
        for chain in self.chains:
            if chain.chain_id == chain_id:
                return chain
        known = ", ".join(sorted(chain.chain_id for chain in self.chains))
        raise UnknownChainError(f"unknown chain {_quoted(chain_id)}; {shown(self.source('chains'))} has: {known}")

    def provider(self, name: str) -> Provider:
        """The provider of this name.

        Raises:
            UnknownProviderError: lists the providers there are.
        """
        for provider in self.providers:
            if provider.provider == name:
                return provider
        known = ", ".join(sorted(provider.provider for provider in self.providers))
        raise UnknownProviderError(f"unknown provider {_quoted(name)}; {shown(self.source('providers'))} has: {known}")

    def mappings_for(self, chain_id: str, data_type: DataType | None = None) -> tuple[Mapping, ...]:
        """Who serves a chain, by data type and in the order in which they are asked; empty where nobody does.

        Raises:
            UnknownChainError: the registry has no such chain.
            UnknownDataTypeError: there is no such data type.
        """
        chain = self.chain(chain_id)
        order = get_args(DataType)
        if data_type is not None and data_type not in order:
            raise UnknownDataTypeError(f"unknown data type {_quoted(data_type)}; there are: {', '.join(order)}")
        found = (entry for entry in self.mappings if entry.chain == chain.chain_id)
        return tuple(
            sorted(
                (entry for entry in found if data_type in (None, entry.data_type)),
                key=lambda entry: (order.index(entry.data_type), entry.priority),
            )
        )

    def tolerance(self, chain_id: str, metric: str) -> Tolerance | None:
        """The tolerance of one metric; None: the registry sets none."""
        matching = (entry for entry in self.tolerances if (entry.chain, entry.metric) == (chain_id, metric))
        return next(matching, None)

    def base_urls(self, provider_name: str) -> tuple[str, ...]:
        """What to call, after the environment's overrides; no trailing slashes, several for relays only.

        Treat it as secret: an RPC URL may hold a key.

        Raises:
            UnknownProviderError: the registry has no such provider.
        """
        return self.resolved_urls[self.provider(provider_name).provider]

    def credential(self, provider_name: str) -> Credential | None:
        """The provider's key as it goes out; None where none is sent.

        Raises:
            UnknownProviderError: the registry has no such provider.
            SettingsError: the declared variable is not set, or cannot be a key.
        """
        provider = self.provider(provider_name)
        place = self.providers.index(provider)
        line = self.providers_document.line(("providers", place, "auth", "env"))
        declared_at = f"{shown(self.source('providers'))}:{line}"
        return find_credential(provider, self.environment, declared_at=declared_at)

    def source(self, kind: Literal["chains", "providers"]) -> Path:
        """The file that the chains, or the providers, were read from."""
        return self.chains_document.path if kind == "chains" else self.providers_document.path

    def rows(self) -> dict[str, list[rows.Row]]:
        """Plain data for landing: ``chains``, ``chain_parameters``, ``validators``, ``providers``, ``mappings``,
        ``tolerances``; JSON-safe, amounts and rates as strings, instants as ISO 8601 UTC, no secrets."""
        return {
            "chains": [rows.chain_row(chain) for chain in self.chains],
            "chain_parameters": [row for chain in self.chains for row in rows.parameter_rows(chain)],
            "validators": [row for chain in self.chains for row in rows.validator_rows(chain)],
            "providers": [
                rows.provider_row(provider, host_count=len(self.base_urls(provider.provider)))
                for provider in self.providers
            ],
            "mappings": [rows.mapping_row(mapping) for mapping in self.mappings],
            "tolerances": [rows.tolerance_row(tolerance) for tolerance in self.tolerances],
        }


def _quoted(name: object) -> str:
    return repr(str(name)[:60])
