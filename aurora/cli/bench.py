"""``aurora bench``: the figures of DESIGN.md's budgets, as ratios within one run."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Benchmarks: ratios within one run, against the design's budgets.", no_args_is_help=True)


@app.command()
def land(
    rows: Annotated[int, typer.Option("--rows", min=1000, help="Payloads to land.")] = 100_000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds; medians are printed.")] = 3,
    epoch_rows: Annotated[
        int,
        typer.Option("--epoch-rows", min=0, help="Payloads of the epoch that memory is measured on; 0 leaves it out."),
    ] = 432_000,
) -> None:
    """Landing through dlt against a bare COPY into the same keyed table, and its memory."""
    from aurora.cli.bench_land import bench_land

    bench_land(rows=rows, rounds=rounds, epoch_rows=epoch_rows)


@app.command()
def grow(
    history: Annotated[str, typer.Option("--history", help="Epochs of history, rising.")] = "2,20,200",
    blocks: Annotated[int, typer.Option("--blocks", min=10, help="Blocks an epoch.")] = 1_000,
    rewards: Annotated[int, typer.Option("--rewards", min=10, help="Inflation rewards an epoch.")] = 3_000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="New epochs at each length of history.")] = 3,
) -> None:
    """A new epoch's build on a short and on a long history."""
    from aurora.cli.bench_grow import bench_grow

    bench_grow(history=[int(part) for part in history.split(",")], blocks=blocks, rewards=rewards, rounds=rounds)


@app.command()
def fetch(
    limits: Annotated[str, typer.Option("--limits", help="Providers' limits, calls a second.")] = "20,100",
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="Seconds of a case, after its first burst.")] = 5,
) -> None:
    """Calls a second against a provider's limit, and the 429s."""
    from aurora.cli.bench_fetch import bench_fetch

    bench_fetch(limits=[int(part) for part in limits.split(",")], seconds=seconds)


@app.command()
def commissions(
    epochs: Annotated[int, typer.Option(help="Epochs of the month.")] = 15,
    stakers: Annotated[int, typer.Option(help="Stake accounts of the validator.")] = 100_000,
    partners: Annotated[int, typer.Option(help="Partners, an agreement each.")] = 200,
    wallets: Annotated[int, typer.Option(help="Wallets of all partners.")] = 20_000,
) -> None:
    """Compute a month's commissions of a mainnet-size validator, and again for a late wallet."""
    from aurora.cli.bench_commissions import bench_commissions

    bench_commissions(epochs=epochs, stakers=stakers, partners=partners, wallets=wallets)
