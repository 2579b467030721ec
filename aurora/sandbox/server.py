"""The sandbox over HTTP: the simulated providers on loopback, with their clock, their faults and their truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from aurora.sandbox.clock import Clock
from aurora.sandbox.ethereum.execution import RELAYS
from aurora.sandbox.ethereum.network import EthereumNetwork
from aurora.sandbox.ethereum.scale import ETHEREUM_DEMO, ETHEREUM_MAINNET, EthereumScale
from aurora.sandbox.exchange import Answer, Exchange
from aurora.sandbox.faults import Fault, Faults, parse_faults
from aurora.sandbox.loopback import HOST, LoopbackServer
from aurora.sandbox.providers import (
    BEACON_NODE,
    BEACONCHAIN,
    ETH_RPC,
    JITO,
    MEV_RELAY,
    RPC_PROVIDERS,
    SOLANA_BEACH,
    SOLANA_RPC,
    STAKEWIZ,
    Providers,
)
from aurora.sandbox.request_log import RequestLog
from aurora.sandbox.solana.amendments import Amendments
from aurora.sandbox.solana.ledger import Ledger
from aurora.sandbox.solana.scale import Scale, scale_named
from aurora.sandbox.solana.view import View
from aurora.sandbox.solana.world import World

if TYPE_CHECKING:
    from starlette.requests import Request

_BASE_PATHS: Mapping[str, str] = {
    SOLANA_RPC: "/solana",
    JITO: "/jito/api/v1",
    STAKEWIZ: "/stakewiz",
    SOLANA_BEACH: "/solana_beach/v2",
    BEACONCHAIN: "/beaconchain/api/v2/ethereum",
    BEACON_NODE: "/beacon_node",
    ETH_RPC: "/eth_rpc",
}
# Relays are told apart by their hosts: each has a port of its own, and no base path.
_RELAY_PATH = "/relay/{path:path}"


class SandboxServer:
    """A simulated Solana cluster, an Ethereum chain and their providers, served while the context manager is open.

    Example:
        >>> with SandboxServer(scale="demo", seed=1) as server:
        ...     server.urls["solana_rpc"]
        ...     server.clock.move_to(846)
        ...     server.ledger.epoch(844)
        ...     server.ethereum.clock.move_to(20260106)
        ...     server.ethereum.ledger.day(20260102)

    Args:
        scale: ``demo``, ``mainnet``, or a :class:`Scale` of one's own.
        seed: the same seed and clock give the same bytes.
        port: 0 takes a free one.
        faults: misbehaviour from the start, as text (:func:`parse_faults`) or as :class:`Fault` values.
        ethereum_scale: the Ethereum chain's sizes; None: mainnet's for ``mainnet``, else the demo's.
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
        ethereum_scale: EthereumScale | None = None,
    ) -> None:
        self.scale = scale_named(scale) if isinstance(scale, str) else scale
        self.world = World(self.scale, seed=seed)
        self.clock = Clock(self.scale.running_epoch, self.scale.slot_index, self.scale.slots_per_epoch)
        self.view = View(self.world, self.clock)
        self.ledger = Ledger(self.view)
        self.log = RequestLog()
        self.faults = Faults(seed=seed, faults=parse_faults(faults) if isinstance(faults, str) else faults)
        default = ETHEREUM_MAINNET if self.scale.name == ETHEREUM_MAINNET.name else ETHEREUM_DEMO
        self.ethereum = EthereumNetwork(ethereum_scale or default, seed=seed)
        self._providers = Providers(self.view, self.ethereum, self.faults, self.log, limits=limits)
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
        """The base URL of each provider; of ``mev_relay``, those of all relays, comma-separated."""
        urls = {provider: self.url + path for provider, path in _BASE_PATHS.items()}
        return {**urls, MEV_RELAY: ",".join(self.relay_urls)}

    @property
    def relay_urls(self) -> tuple[str, ...]:
        """The base URLs of the relays, a host and port each.

        Raises:
            SandboxError: not started.
        """
        ports = self._loopback.more_ports if self._loopback is not None else (LoopbackServer(None).port,)
        return tuple(f"http://{HOST}:{port}" for port in ports)

    def requests(self, route: str | None = None) -> int:
        """How often a JSON-RPC method (``getBlock``) or an endpoint (``validator_rewards``) was called."""
        return self.log.calls(route)

    def start(self) -> None:
        """Listen. Entering the context manager does this.

        Raises:
            SandboxError: the port is taken.
        """
        loopback = LoopbackServer(self._app(), port=self._port, more_ports=RELAYS)
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
            Route(path, self._endpoint(provider), methods=["POST"])
            for provider in sorted(RPC_PROVIDERS)
            for path in (_BASE_PATHS[provider], _BASE_PATHS[provider] + "/")
        ]
        routes += [
            Route(_BASE_PATHS[provider] + "/{path:path}", self._endpoint(provider), methods=["GET", "POST"])
            for provider in _BASE_PATHS
            if provider not in RPC_PROVIDERS
        ]
        routes.append(Route(_RELAY_PATH, self._endpoint(MEV_RELAY, prefix="relay/"), methods=["GET"]))
        return Starlette(routes=[*routes, *admin_routes(self)])

    def _host(self, request: Request) -> int:
        """Which relay a request came to; the first one where it came to the providers' own port."""
        ports = self._loopback.more_ports if self._loopback is not None else ()
        port = request.scope["server"][1]
        return ports.index(port) if port in ports else 0

    def _endpoint(self, provider: str, *, prefix: str = "") -> Any:
        async def endpoint(request: Request) -> Answer:
            return self._providers.answer(
                Exchange(
                    provider=provider,
                    method=request.method,
                    path=prefix + str(request.path_params.get("path", "")),
                    query=dict(request.query_params),
                    body=await request.body(),
                    accepts_gzip="gzip" in request.headers.get("accept-encoding", ""),
                    authorization=request.headers.get("authorization", ""),
                    host=self._host(request),
                )
            )

        return endpoint
