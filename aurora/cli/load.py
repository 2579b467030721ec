"""``aurora load`` and ``aurora run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from loaders.load import LoadReport

Chain = Annotated[str, typer.Argument(metavar="CHAIN", help="A chain of chains.yaml.")]
Periods = Annotated[
    str | None,
    typer.Option("--periods", metavar="A..B", help="Periods, both ends included: epochs, or days as YYYY-MM-DD."),
]
Latest = Annotated[int | None, typer.Option("--latest", min=1, metavar="N", help="The N newest finalized periods.")]
Providers = Annotated[
    list[str] | None, typer.Option("--provider", metavar="P", help="Only this provider; may be given again.")
]
DataTypes = Annotated[
    list[str] | None,
    typer.Option(
        "--data-type", metavar="T", help="Only this data type: FEES, MEV, REWARDS or META; may be given again."
    ),
]
MissingOnly = Annotated[
    bool, typer.Option("--missing-only", help="Leave out periods that an earlier load answered in full.")
]
FinalizedOnly = Annotated[bool, typer.Option("--finalized-only", help="Refuse a period that is not finalized.")]


def load(
    chain: Chain,
    periods: Periods = None,
    latest: Latest = None,
    provider: Providers = None,
    data_type: DataTypes = None,
    finalized_only: FinalizedOnly = False,
    missing_only: MissingOnly = False,
) -> None:
    """Fetch a chain's periods and land them, byte for byte."""
    from aurora.errors import LoadError
    from loaders.load import summary

    report = _load(chain, periods, latest, provider, data_type, finalized_only, missing_only)
    _say(report)
    if report.failed_runs:
        raise LoadError(summary(report))


def run(
    chain: Chain,
    periods: Periods = None,
    latest: Latest = None,
    provider: Providers = None,
    data_type: DataTypes = None,
    finalized_only: FinalizedOnly = False,
    missing_only: MissingOnly = False,
) -> None:
    """Load, then transform. What came of an incomplete load is transformed too, and the exit says that it was."""
    from aurora.cli.transform import transform_warehouse
    from aurora.errors import LoadError
    from loaders.load import summary

    report = _load(chain, periods, latest, provider, data_type, finalized_only, missing_only)
    _say(report)
    transform_warehouse()
    if report.failed_runs:
        raise LoadError(summary(report))


def _load(
    chain: str,
    periods: str | None,
    latest: int | None,
    provider: list[str] | None,
    data_type: list[str] | None,
    finalized_only: bool,
    missing_only: bool,
) -> LoadReport:
    from aurora.cli.progress import progress_bars
    from aurora.errors import PeriodError
    from aurora.periods import parse_periods
    from aurora.registry import load_registry
    from aurora.settings import load_settings
    from aurora.warehouse.connection import warehouse_url
    from loaders.load import LoadRequest, run_load

    settings = load_settings()
    registry = load_registry(settings)
    if (periods is None) == (latest is None):
        raise PeriodError("say which periods: --periods A..B, or --latest N")
    asked = parse_periods(periods, period_type=registry.chain(chain).period_type) if periods is not None else None
    request = LoadRequest(
        chain_id=registry.chain(chain).chain_id,
        periods=asked,
        latest=latest,
        providers=tuple(provider or ()),
        data_types=tuple(name.upper() for name in data_type or ()),
        finalized_only=finalized_only,
        missing_only=missing_only,
    )
    with progress_bars() as progress:
        return run_load(registry, warehouse_url(settings), request, progress=progress)


def _say(report: LoadReport) -> None:
    for failed in report.runs:
        if failed.status != "SUCCESS" and failed.endpoint.is_optional:
            typer.echo(f"{failed.provider} {failed.endpoint.name} {failed.status}: {failed.error_message}", err=True)
    for reason in report.left_out:
        typer.echo(reason, err=True)
    if report.complete_periods:
        typer.echo(f"{report.complete_periods} periods were complete already and not asked about again")
    requests = sum(done.requests for done in report.runs)
    typer.echo(
        f"{report.chain_id} {report.periods}: {report.records_staged} payloads landed,"
        f" {report.records_unchanged} unchanged, {requests} requests"
    )
