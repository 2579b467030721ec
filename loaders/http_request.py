"""What is asked of a provider, and how it becomes a request: address, credential, body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import httpx
from pydantic import SecretStr

from aurora.errors import ProviderError
from loaders.json_body import canonical_json

ParameterValue = str | int | bool


@dataclass(frozen=True)
class Request:
    """One request, free of secrets: it can be written down as it is.

    ``path`` is relative to the provider's base URL ("" for the base URL itself); a parameter given a sequence is
    repeated; ``json_body`` is what :func:`~loaders.json_body.canonical_json` can write. ``weight`` is the number of
    calls it counts as against the provider's rate limit, ``label`` a word more for messages.
    """

    method: Literal["GET", "POST"] = "GET"
    path: str = ""
    params: Mapping[str, ParameterValue | Sequence[ParameterValue]] = field(default_factory=dict)
    json_body: object = None
    weight: int = 1
    label: str = ""

    def __post_init__(self) -> None:
        if "?" in self.path or "#" in self.path:
            raise ValueError(f"the path {self.path!r} holds a query; give it as params")

    def __str__(self) -> str:
        line = f"{self.method} /{self.path.lstrip('/')}"
        return f"{line} ({self.label})" if self.label else line


class Credential(Protocol):
    """A key and where it goes: ``Authorization: Bearer``, the header ``name``, or the query parameter ``name``."""

    @property
    def kind(self) -> Literal["bearer", "header", "query"]: ...

    @property
    def name(self) -> str | None: ...

    @property
    def value(self) -> SecretStr: ...


class Address:
    """A provider's base URL with its credential; it shows neither."""

    def __init__(self, provider: str, base_url: str, credential: Credential | None = None) -> None:
        try:
            self._base = httpx.URL(base_url)
        except httpx.InvalidURL:
            self._base = httpx.URL("")
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise ProviderError(f"{provider}: its base URL is no http(s) address; correct it in providers.yaml")
        self._headers: dict[str, str] = {}
        self._query: dict[str, str] = {}
        self._secrets = [secret for secret in (self._base.password, self._base.userinfo.decode()) if secret]
        if credential is not None:
            self._add(provider, credential)

    def __repr__(self) -> str:
        return f"Address({self._base.host!r})"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, which no proxy may stand before."""
        return self._base.host in ("localhost", "::1") or self._base.host.startswith("127.")

    def build(self, request: Request, client: httpx.AsyncClient) -> httpx.Request:
        """``request`` as it goes out: base URL, credential and canonical body added."""
        url = self._base
        if request.path.strip("/"):
            url = url.copy_with(path=f"{self._base.path.rstrip('/')}/{request.path.lstrip('/')}")
        if request.params or self._query:
            url = url.copy_merge_params({**request.params, **self._query})
        headers = dict(self._headers)
        content: bytes | None = None
        if request.json_body is not None:
            headers["Content-Type"] = "application/json"
            content = canonical_json(request.json_body).encode()
        return client.build_request(request.method, url, headers=headers, content=content)

    def redacted(self, text: str) -> str:
        """``text`` in one line and without the secrets of this address."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())

    def points_to(self, location: str) -> str:
        """Where a redirect points: scheme, host and path, without user, query and the base URL's own path.

        The path of a base URL may itself be a key, and a redirect repeats it.
        """
        try:
            target = self._base.join(location)
        except httpx.InvalidURL:
            return "an unreadable address"
        path = target.path
        own = self._base.path.strip("/")
        if own:
            path = path.replace(own, "…")
        port = f":{target.port}" if target.port else ""
        return self.redacted(f"{target.scheme}://{target.host}{port}{path}")

    def _add(self, provider: str, credential: Credential) -> None:
        value = credential.value.get_secret_value()
        # The HTTP library would name the value in its complaint.
        if not value or not value.isascii() or not value.isprintable() or value != value.strip():
            raise ProviderError(
                f"{provider}: its key is empty or holds characters no header can carry; correct the variable it is in"
            )
        self._secrets.append(value)
        if credential.kind == "bearer":
            self._headers["Authorization"] = f"Bearer {value}"
            return
        if not credential.name:
            raise ProviderError(f"{provider}: auth of kind {credential.kind} needs a name; add it in providers.yaml")
        target = self._headers if credential.kind == "header" else self._query
        target[credential.name] = value
