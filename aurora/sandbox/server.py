"""The sandbox over HTTP: the simulated providers on loopback, with their clock, their faults and their truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from aurora.sandbox.clock import Clock
from aurora.sandbox.exchange import Answer, Exchange
from aurora.sandbox.faults import Fault, Faults, parse_faults
from aurora.sandbox.loopback import HOST, LoopbackServer
from aurora.sandbox.providers import JITO, SOLANA_RPC, STAKEWIZ, Providers
from aurora.sandbox.request_log import RequestLog
from aurora.sandbox.solana.amendments import Amendments
from aurora.sandbox.solana.ledger import Ledger
from aurora.sandbox.solana.scale import Scale, scale_named
from aurora.sandbox.solana.view import View
from aurora.sandbox.solana.world import World

if TYPE_CHECKING:
    from starlette.requests import Request

_BASE_PATHS: Mapping[str, str] = {SOLANA_RPC: "/solana", JITO: "/jito/api/v1", STAKEWIZ: "/stakewiz"}


class SandboxServer:
    """A simulated cluster and its providers, served while the context manager is open.

    Example:
        >>> with SandboxServer(scale="demo", seed=1) as server:
        ...     server.urls["solana_rpc"]
        ...     server.clock.move_to(846)
        ...     server.ledger.epoch(844)

    Args:
        scale: ``demo``, ``mainnet``, or a :class:`Scale` of one's own.
        seed: the same seed and clock give the same bytes.
        port: 0 takes a free one.
        faults: misbehaviour from the start, as text (:func:`parse_faults`) or as :class:`Fault` values.
        limits: requests a second by provider, beyond which it answers 429.

    Raises:
        SandboxError: an unknown scale or fault; on entering, a port that is taken.
    """

    def __init__(
        self,
        *,
        scale: str | Scale = "demo",
        seed: int = 1,
        port: int = 0,
        faults: str | Iterable[Fault] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        self.scale = scale_named(scale) if isinstance(scale, str) else scale
        self.world = World(self.scale, seed=seed)
        self.clock = Clock(self.scale.running_epoch, self.scale.slot_index, self.scale.slots_per_epoch)
        self.view = View(self.world, self.clock)
        self.ledger = Ledger(self.view)
        self.log = RequestLog()
        self.faults = Faults(seed=seed, faults=parse_faults(faults) if isinstance(faults, str) else faults)
        self._providers = Providers(self.view, self.faults, self.log, limits=limits)
        self._port = port
        self._loopback: LoopbackServer | None = None

    @property
    def amendments(self) -> Amendments:
        """The changed past: what is served and the ledger follow it at once."""
        return self.world.amendments

    @property
    def url(self) -> str:
        """The root, without a slash at the end.

        Raises:
            SandboxError: not started.
        """
        port = self._loopback.port if self._loopback is not None else LoopbackServer(None).port
        return f"http://{HOST}:{port}"

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each provider: ``solana_rpc``, ``jito``, ``stakewiz``."""
        return {provider: self.url + path for provider, path in _BASE_PATHS.items()}

    def requests(self, route: str | None = None) -> int:
        """How often a JSON-RPC method (``getBlock``) or an endpoint (``validator_rewards``) was called."""
        return self.log.calls(route)

    def start(self) -> None:
        """Listen. Entering the context manager does this.

        Raises:
            SandboxError: the port is taken.
        """
        loopback = LoopbackServer(self._app(), port=self._port)
        loopback.start()
        self._loopback = loopback

    def stop(self) -> None:
        """Stop listening."""
        if self._loopback is not None:
            self._loopback.stop()
            self._loopback = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> Any:
        from starlette.applications import Starlette
        from starlette.routing import Route

        from aurora.sandbox.admin import admin_routes

        routes = [
            Route(path, self._endpoint(SOLANA_RPC), methods=["POST"])
            for path in (_BASE_PATHS[SOLANA_RPC], _BASE_PATHS[SOLANA_RPC] + "/")
        ]
        routes += [
            Route(_BASE_PATHS[provider] + "/{path:path}", self._endpoint(provider), methods=["GET", "POST"])
            for provider in (JITO, STAKEWIZ)
        ]
        return Starlette(routes=[*routes, *admin_routes(self)])

    def _endpoint(self, provider: str) -> Any:
        async def endpoint(request: Request) -> Answer:
            return self._providers.answer(
                Exchange(
                    provider=provider,
                    method=request.method,
                    path=str(request.path_params.get("path", "")),
                    query=dict(request.query_params),
                    body=await request.body(),
                    accepts_gzip="gzip" in request.headers.get("accept-encoding", ""),
                )
            )

        return endpoint
