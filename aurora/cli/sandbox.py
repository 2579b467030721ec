"""``aurora sandbox``: the simulated providers, or recorded responses, on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Providers on loopback: a simulated network, or recorded responses.", no_args_is_help=True)

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on loopback; 0 takes a free one.")]


@app.command()
def serve(
    scale: Annotated[str, typer.Option("--scale", help="demo or mainnet.")] = "demo",
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another network.")] = 1,
    port: Port = 8899,
    faults: Annotated[
        str, typer.Option("--faults", help="Misbehaviour, as in: http_429:provider=jito,count=3;cut:route=getBlock")
    ] = "",
    registry: Annotated[
        Path | None, typer.Option("--registry", metavar="DIR", help="Write chains.yaml and providers.yaml for it here.")
    ] = None,
) -> None:
    """Serve a simulated Solana cluster and Ethereum chain behind the providers' own APIs."""
    from aurora.sandbox import run_sandbox

    run_sandbox(
        say=typer.echo,
        scale=scale,
        seed=seed,
        port=port,
        faults=faults,
        registry_folder=registry,
        registry_chains=("solana", "ethereum"),
    )


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Recorded responses with an index.json or cassettes.")],
    port: Port = 8899,
) -> None:
    """Serve recorded responses by method, path and body."""
    from aurora.sandbox import run_replay

    run_replay(folder, say=typer.echo, port=port)
