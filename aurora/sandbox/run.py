"""The blocking entries behind ``aurora sandbox serve`` and ``aurora sandbox replay``: they print nothing themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from threading import Event

from aurora.sandbox.faults import Fault
from aurora.sandbox.loopback import wait_for_stop
from aurora.sandbox.registry_files import write_registry
from aurora.sandbox.replay import ReplayServer
from aurora.sandbox.server import SandboxServer

DEFAULT_PORT = 8899


def run_sandbox(
    *,
    say: Callable[[str], None],
    scale: str = "demo",
    seed: int = 1,
    port: int = DEFAULT_PORT,
    faults: str | Iterable[Fault] = (),
    registry_folder: Path | None = None,
    registry_chains: Collection[str] = ("solana",),
    stop: Event | None = None,
) -> None:
    """Serve the simulated providers until Ctrl-C, SIGTERM or ``stop``.

    Args:
        say: told each line there is to say, once requests are answered.
        registry_folder: where ``chains.yaml`` and ``providers.yaml`` for this sandbox are written; None: nowhere.
        registry_chains: the chains in them.

    Raises:
        SandboxError: an unknown scale or fault, or a port that is taken.
    """
    with SandboxServer(scale=scale, seed=seed, port=port, faults=faults) as server:

        def announce() -> None:
            for provider, url in server.urls.items():
                say(f"{provider}  {url}")
            say(f"admin  {server.url}/sandbox")
            if registry_folder is not None:
                chains, providers = write_registry(registry_folder, server, chains=registry_chains)
                say(f"AURORA_CHAINS_FILE={chains}")
                say(f"AURORA_PROVIDERS_FILE={providers}")

        wait_for_stop(stop, on_ready=announce)


def run_replay(
    folder: Path | str, *, say: Callable[[str], None], port: int = DEFAULT_PORT, stop: Event | None = None
) -> None:
    """Serve recorded responses until Ctrl-C, SIGTERM or ``stop``.

    Raises:
        SandboxError: the folder is missing, malformed or empty, or the port is taken.
    """
    with ReplayServer(folder, port=port) as server:
        wait_for_stop(stop, on_ready=lambda: say(f"{len(server.recordings)} recordings  {server.url}"))
