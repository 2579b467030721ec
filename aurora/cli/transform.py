"""``aurora transform``."""

from __future__ import annotations

from typing import Annotated

import typer


def transform(
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="MODELS", help="Only these models, in dbt's selection syntax."),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every table from the payloads.")
    ] = False,
) -> None:
    """Build the warehouse's tables from what was landed, and test them."""
    transform_warehouse(select=tuple(select or ()), full_refresh=full_refresh)


def transform_warehouse(*, select: tuple[str, ...] = (), full_refresh: bool = False) -> None:
    """Bring the app schema up to date, land the registry, run dbt, and say in a line what was built.

    Statements that were submitted and state something else now are drafts again.

    Raises:
        WarehouseError: the database refuses, or a newer version migrated it.
        TransformError: a model or a test failed.
    """
    from api.migrations import upgrade
    from api.statements.lifecycle import refresh
    from aurora.cli.progress import progress_bars
    from aurora.registry import load_registry
    from aurora.settings import load_settings
    from aurora.transform import Transformer
    from aurora.warehouse.connection import warehouse_url
    from loaders.prepare import prepare_warehouse

    settings = load_settings()
    registry = load_registry(settings)
    url = warehouse_url(settings)
    upgrade(url)
    prepare_warehouse(url, registry)
    transformer = Transformer(url, target_path=settings.home / "dbt")
    with progress_bars() as progress, progress.step("dbt") as step:
        report = transformer.build(
            select=select, full_refresh=full_refresh, on_node=lambda _name, _status: step.advance()
        )
    typer.echo(f"dbt: {report.succeeded} nodes built and tested in {report.seconds:.1f} s")
    for found in report.warned:
        typer.echo(f"dbt warns: {found}", err=True)
    for statement in refresh(url, actor="aurora transform"):
        typer.echo(f"{statement} states something else than was submitted: it is a DRAFT again", err=True)
