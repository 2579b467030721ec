"""Growth: what a new epoch costs on a short and on a long history, dbt around it and the SQL alone."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import typer

from aurora.cli.bench_support import median, scratch_database
from aurora.periods import PeriodRange

_BUDGET = 1.2


def bench_grow(*, history: list[int], blocks: int, rewards: int, rounds: int) -> None:
    """Load and build ``rounds`` new epochs after each length of history; print medians and ratios."""
    from api.migrations import upgrade
    from aurora.registry import read_registry
    from aurora.sandbox import SandboxServer, Scale, url_overrides, write_registry
    from aurora.transform import Transformer
    from aurora.warehouse.connection import connect
    from loaders.load import LoadRequest, run_load, summary
    from loaders.prepare import prepare_warehouse

    scale = Scale(
        name="bench",
        validators=12,
        # Some 45 slots of a thousand hold no block.
        slots_per_epoch=blocks * 1000 // 955,
        stake_accounts=rewards,
        first_epoch=0,
        running_epoch=2,
        schedule_epochs_back=100_000,
    )
    figures: dict[int, list[tuple[float, float]]] = {}
    with (
        scratch_database("aurora_bench_grow") as url,
        tempfile.TemporaryDirectory(prefix="aurora-bench-") as folder,
        SandboxServer(scale=scale, seed=1) as server,
    ):
        chains, providers = write_registry(Path(folder), server)
        text = chains.read_text()
        chains.write_text(text[: text.index("  validators:")] + "  validators: all\n")
        registry = read_registry(chains, providers, environment=url_overrides(server))
        transformer = Transformer(url, target_path=Path(folder) / "dbt")
        transformer.manifest()

        def load(first: int, last: int) -> None:
            server.clock.move_to(last + 1, slot_index=scale.slots_per_epoch // 2)
            report = run_load(registry, url, LoadRequest("solana", PeriodRange(first, last)))
            if report.failed_runs:
                typer.echo(summary(report), err=True)

        def build() -> tuple[float, float]:
            models: list[float] = []
            start = time.perf_counter()
            report = transformer.build()
            models.append(report.model_seconds)
            return time.perf_counter() - start, sum(models)

        upgrade(url)
        prepare_warehouse(url, registry)
        following = 1
        for length in history:
            if following <= length:
                typer.echo(f"loading history up to {length} epochs", err=True)
                load(following, length)
                build()
                following = length + 1
            with connect(url, autocommit=True) as connection:
                connection.execute("vacuum analyze")
            figures[length] = []
            for _ in range(rounds):
                load(following, following)
                figures[length].append(build())
                following += 1
    typer.echo(f"a new epoch of about {blocks} blocks and {rewards} rewards, medians of {rounds}:")
    for length, measured in figures.items():
        whole, models = (median([pair[place] for pair in measured]) for place in (0, 1))
        typer.echo(f"  on {length:4d} epochs of history: build with tests {whole:6.2f} s, models alone {models:6.2f} s")
    first, last = history[0], history[-1]
    for name, place in (("build with tests", 0), ("models alone", 1)):
        ratio = median([pair[place] for pair in figures[last]]) / median([pair[place] for pair in figures[first]])
        verdict = "ok" if ratio <= _BUDGET else "MISSED"
        typer.echo(f"  {name}: {last} against {first} epochs: {ratio:.2f} (budget: at most {_BUDGET}) {verdict}")
