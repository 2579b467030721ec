"""Serving the application with uvicorn."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from api import migrations
from api.app import create_app
from aurora.errors import AuroraError
from aurora.settings import load_settings
from aurora.warehouse.connection import warehouse_url


def serve(host: str, port: int, *, say: Callable[[str], object]) -> None:
    """Serve until interrupted; ``say`` is told the address, and what is still to be done.

    Raises:
        AuroraError: the address cannot be listened on.
        SettingsError: production lacks a secret.
        WarehouseError: the database is not reached.
    """
    settings = load_settings()
    settings.require_production_secrets()
    url = warehouse_url(settings)
    app = create_app(settings, url=url)
    if migrations.pending(url):
        say("the app schema is not up to date: run `aurora migrate`; until then no key is accepted")
    with _listener(host, port) as listener:
        address = f"[{host}]" if ":" in host else host
        say(f"The API is at http://{address}:{listener.getsockname()[1]}, its documentation at /docs")
        # The application logs each request itself: uvicorn's line would hold the query string.
        config = uvicorn.Config(
            app, log_level=settings.log_level.lower(), access_log=False, server_header=False, lifespan="on"
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        said = error.strerror or str(error)
        raise AuroraError(f"cannot listen on {host} port {port}: {said}; take another --host or --port") from None
