"""Keys: read from the environment when a call needs them, never held in the files, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from aurora.errors import MissingKeyError, SettingsError
from aurora.registry.providers import Provider

# These APIs need no key; the owner's variables for them are optional and go to the provider of that name alone.
_OPTIONAL_BEARER = {"jito": "JITO_API_KEY", "stakewiz": "STAKEWIZ_API_KEY"}


@dataclass(frozen=True)
class Credential:
    """How one provider is told who asks. ``name`` is the header's, or the query parameter's."""

    kind: Literal["bearer", "header", "query"]
    name: str
    value: SecretStr

    def headers(self) -> dict[str, str]:
        """The headers to send: secret, for the HTTP client alone."""
        if self.kind == "query":
            return {}
        secret = self.value.get_secret_value()
        return {self.name: f"Bearer {secret}" if self.kind == "bearer" else secret}

    def params(self) -> dict[str, str]:
        """The query parameters to send: secret, for the HTTP client alone."""
        return {self.name: self.value.get_secret_value()} if self.kind == "query" else {}


def find_credential(provider: Provider, environment: Mapping[str, str], *, declared_at: str) -> Credential | None:
    """The provider's credential, None where it takes none.

    Args:
        provider: the registry's entry.
        environment: where keys are looked up.
        declared_at: file and line of ``auth.env``, for the message.

    Raises:
        MissingKeyError: the variable is not set; names it, the provider and the line.
        SettingsError: its value cannot be a key.
    """
    auth = provider.auth
    if auth.kind == "none" or auth.env is None:
        variable = _OPTIONAL_BEARER.get(provider.provider)
        if variable is None or provider.api != provider.provider or not environment.get(variable, "").strip():
            return None
        return Credential("bearer", "Authorization", _secret(variable, environment, provider))
    if not environment.get(auth.env, "").strip():
        raise MissingKeyError(
            f"environment variable {auth.env} is not set: provider {provider.provider} needs it "
            f"({declared_at}); set it in the environment or in .env"
        )
    value = _secret(auth.env, environment, provider)
    return Credential(auth.kind, auth.name or "Authorization", value)


def _secret(variable: str, environment: Mapping[str, str], provider: Provider) -> SecretStr:
    text = environment[variable].strip()
    if not (text.isascii() and text.isprintable()):
        raise SettingsError(
            f"environment variable {variable}, the key of provider {provider.provider}, "
            "has a line break or a character outside ASCII; copy the key again"
        )
    return SecretStr(text)
