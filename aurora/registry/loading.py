"""From two YAML files and the environment to a :class:`Registry`, or to one line that says what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping as Environment
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aurora.registry import fields
from aurora.registry.base import Model
from aurora.registry.chains import ChainsFile
from aurora.registry.document import Document, read_document, shown
from aurora.registry.endpoint import refuse_explorer_as_beacon_node, resolve_urls
from aurora.registry.providers import SOLANA_APIS, ProvidersFile
from aurora.registry.registry import Registry
from aurora.settings import Settings, load_settings

_FileModel = TypeVar("_FileModel", bound=Model)

# A default that could not be derived, because the field it is derived from is wrong itself.
_FOLLOWS_FROM_ANOTHER = "default_factory_not_called"
_REASONS = {
    "missing": "is missing; add it",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "string_type": "must be text; put it in quotes",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping of key: value",
    "model_attributes_type": "must be a mapping of key: value",
    "union_tag_not_found": "is missing; add period_type: EPOCH (Solana) or DAY (Ethereum)",
    "union_tag_invalid": "must be EPOCH (Solana) or DAY (Ethereum)",
    "too_short": "is empty; it needs at least one entry",
}


def load_registry(settings: Settings | None = None) -> Registry:
    """Read the registry that the settings name (``AURORA_CHAINS_FILE``, ``AURORA_PROVIDERS_FILE``).

    Raises:
        RegistryError: a file is malformed; one line with file, line, path and the way out.
        SettingsError: a variable that overrides a base URL is malformed.
    """
    settings = settings if settings is not None else load_settings()
    return read_registry(settings.chains_file, settings.providers_file, environment=settings.environment_variables)


def read_registry(chains_file: Path, providers_file: Path, *, environment: Environment[str, str]) -> Registry:
    """Read the registry from two files, with ``environment`` for overrides and keys.

    Raises:
        RegistryError: a file is malformed; one line with file, line, path and the way out.
        SettingsError: a variable that overrides a base URL is malformed.
    """
    chains_document = read_document(chains_file.expanduser())
    chains = _validate(ChainsFile, chains_document)
    providers_document = read_document(providers_file.expanduser())
    providers = _validate(ProvidersFile, providers_document)
    _check_references(chains, providers, chains_document, providers_document)
    refuse_explorer_as_beacon_node(environment)
    return Registry(
        chains=chains.chains,
        providers=providers.providers,
        mappings=providers.mappings,
        tolerances=providers.tolerances,
        chains_document=chains_document,
        providers_document=providers_document,
        resolved_urls={entry.provider: resolve_urls(entry, environment) for entry in providers.providers},
        environment=environment,
    )


def _validate(model: type[_FileModel], document: Document) -> _FileModel:
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        found = [
            (_path(details, document.content), _reason(details))
            for details in error.errors(include_url=False)
            if details["type"] != _FOLLOWS_FROM_ANOTHER
        ]
    # A list whose only entries are wrong is empty once they are left out: the entries are what there is to say.
    found = [
        (path, reason)
        for path, reason in found
        if reason != _REASONS["too_short"]
        or not any(len(other) > len(path) and other[: len(path)] == path for other, _ in found)
    ]
    found.sort(key=lambda entry: document.line(entry[0]))
    path, reason = found[0]
    # Outside the except block: the validation error would hold the file's content, and so perhaps a URL with a key.
    raise document.error(path, reason, more=len(found) - 1)


def _path(details: ErrorDetails, content: Any) -> fields.Path:
    path: list[str | int] = []
    location = details["loc"]
    for place, part in enumerate(location):
        known = part in content if isinstance(content, dict) else isinstance(content, list) and isinstance(part, int)
        if known:
            content = content[part]
        elif details["type"] != "missing" or place < len(location) - 1:
            # A union's tag, which pydantic puts between the parts of the path.
            continue
        path.append(part)
    if details["type"].startswith("union_tag"):
        path.append("period_type")
    return (*path, *details.get("ctx", {}).get("path", ()))


def _reason(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    location = [part for part in details["loc"] if part not in ("all", "list")]
    if kind == "registry":
        return str(context["reason"])
    if location[-1:] == ["validators"] and kind in ("tuple_type", "literal_error"):
        return "must be a list of validators, or the word: all"
    if kind == "literal_error":
        return f"must be one of {str(context['expected']).replace(chr(39), '')}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return f"must be {'at least' if 'ge' in context else 'at most'} {bound}"
    return _REASONS.get(kind, f"is not right: {' '.join(details['msg'].split())}")


def _check_references(
    chains: ChainsFile, providers: ProvidersFile, chains_document: Document, document: Document
) -> None:
    kinds = {chain.chain_id: chain.period_type for chain in chains.chains}
    apis = {provider.provider: provider.api for provider in providers.providers}
    known = ", ".join(sorted(kinds))
    chains_file = shown(chains_document.path)
    for place, mapping in enumerate(providers.mappings):
        if mapping.chain not in kinds:
            raise document.error(
                ("mappings", place, "chain"), f"{mapping.chain} is no chain of {chains_file}; known: {known}"
            )
        api = apis[mapping.provider]
        if (api in SOLANA_APIS) != (kinds[mapping.chain] == "EPOCH"):
            raise document.error(
                ("mappings", place, "provider"),
                f"{mapping.provider} speaks {api}, which knows nothing of {mapping.chain}; name another provider",
            )
    for place, tolerance in enumerate(providers.tolerances):
        if tolerance.chain not in kinds:
            raise document.error(
                ("tolerances", place, "chain"), f"{tolerance.chain} is no chain of {chains_file}; known: {known}"
            )
