"""``aurora api``: the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer


def api(
    host: Annotated[str, typer.Option("--host", help="The address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
) -> None:
    """Serve the API until interrupted."""
    from api.serve import serve

    serve(host, port, say=typer.echo)
