"""A load: a chain's periods, from whoever serves them, landed and tracked; the same for the command and Dagster."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import psycopg

from aurora.errors import (
    AuroraError,
    MissingKeyError,
    PeriodError,
    SettingsError,
    UnknownDataTypeError,
    UnknownProviderError,
    WarehouseError,
)
from aurora.periods import PeriodRange
from aurora.registry import DayChain, Provider, Registry
from aurora.warehouse.connection import connect
from loaders.budget import budget_of
from loaders.completeness import open_ranges, periods_of
from loaders.endpoints import FEES, META, MEV, REWARDS
from loaders.ethereum import CLOCK_APIS, EthereumLoad, ethereum_head
from loaders.ethereum_days import BeaconDays, BeaconHead, day_before
from loaders.ethereum_tracked import tracked_validators
from loaders.http import Backoff
from loaders.landing import Landing
from loaders.progress import Progress, SilentProgress
from loaders.registry import land_registry
from loaders.runs import Run, RunLog
from loaders.schema import ensure_schema
from loaders.session import LoadContext, ProviderSession
from loaders.solana import load_solana, solana_head

DATA_TYPES = (FEES, MEV, REWARDS, META)


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What to load. ``periods`` or ``latest`` is given; empty ``providers`` and ``data_types`` stand for all.

    ``missing_only``: periods that an earlier load answered in full are not asked about again.
    """

    chain_id: str
    periods: PeriodRange | None = None
    latest: int | None = None
    providers: tuple[str, ...] = ()
    data_types: tuple[str, ...] = ()
    finalized_only: bool = False
    missing_only: bool = False


@dataclass(slots=True)
class LoadReport:
    """What came of a load. ``left_out``: why providers were not asked that stand in for others or are compared."""

    chain_id: str
    periods: PeriodRange
    runs: list[Run] = field(default_factory=list)
    complete_periods: int = 0
    left_out: list[str] = field(default_factory=list)

    @property
    def failed_runs(self) -> list[Run]:
        """Runs that leave a question open which nobody else answers."""
        return [run for run in self.runs if run.status != "SUCCESS" and not run.endpoint.is_optional]

    @property
    def records_staged(self) -> int:
        """Payloads that were not in the warehouse before."""
        return sum(run.records_staged for run in self.runs)

    @property
    def records_unchanged(self) -> int:
        """Payloads that were already there."""
        return sum(run.records_unchanged for run in self.runs)


def run_load(
    registry: Registry,
    url: str,
    request: LoadRequest,
    *,
    progress: Progress | None = None,
    backoff: Backoff | None = None,
) -> LoadReport:
    """Load what ``request`` says into the warehouse at ``url``.

    Raises:
        UnknownChainError, UnknownProviderError, UnknownDataTypeError, PeriodError, SettingsError: refused before
            anything is written, but for what was asked to find out how far the chain is.
        ProviderError: no provider says how far the chain is.
        WarehouseError: the database refuses.
    """
    providers, left_out = _with_keys(registry, request, _providers(registry, request))
    with connect(url, autocommit=True) as connection, connect(url, autocommit=True) as landing_connection:
        ensure_schema(connection)
        run_log = RunLog(connection)
        run_log.reap()
        context = LoadContext(
            registry=registry,
            chain_id=request.chain_id,
            landing=Landing(url, landing_connection),
            run_log=run_log,
            progress=progress or SilentProgress(),
        )
        report = LoadReport(request.chain_id, request.periods or PeriodRange(0, 0), left_out=left_out)
        try:
            asyncio.run(_load(context, request, providers, report, connection=connection, url=url, backoff=backoff))
            run_log.finish()
        except BaseException as raised:
            error = _cause(raised)
            # What was fetched until now stays landed; the connection may be what failed.
            with suppress(psycopg.Error):
                run_log.abandon(type(error).__name__, _one_line(error))
            if isinstance(error, psycopg.Error):
                raise WarehouseError(
                    f"the database ended the load: {_one_line(error)}; what was landed is kept, load the periods again"
                ) from raised
            if error is raised:
                raise
            raise error from raised
        finally:
            context.landing_thread.shutdown()
            report.runs = run_log.runs
        context.landing.analyze()
    return report


def summary(report: LoadReport) -> str:
    """One line about what stayed open; empty where nothing did."""
    failed = report.failed_runs
    if not failed:
        return ""
    first = failed[0]
    more = f" (and {len(failed) - 1} more endpoints)" if len(failed) > 1 else ""
    return (
        f"load of {report.chain_id} {report.periods} is incomplete: {first.provider} {first.endpoint.name}"
        f" {first.status}: {first.error_message}{more}; what came is kept, load the periods again"
    )


async def _load(
    context: LoadContext,
    request: LoadRequest,
    providers: Sequence[Provider],
    report: LoadReport,
    *,
    connection: psycopg.Connection,
    url: str,
    backoff: Backoff | None,
) -> None:
    chain = context.registry.chain(request.chain_id)
    mapped = _mapped(context.registry, request.chain_id)
    clock_apis = CLOCK_APIS if isinstance(chain, DayChain) else ("solana_rpc",)
    clocks = sorted((item for item in mapped if item.api in clock_apis), key=lambda item: clock_apis.index(item.api))
    async with AsyncExitStack() as stack:
        sessions: dict[str, ProviderSession] = {}
        for provider in dict.fromkeys([*_usable(context.registry, clocks, providers), *providers]):
            budget = budget_of(connection, provider)
            session = ProviderSession(context, provider, backoff=backoff, budget=budget)
            for client in session.clients.values():
                await stack.enter_async_context(client)
            sessions[provider.provider] = session
        clock_sessions = [sessions[item.provider] for item in clocks if item.provider in sessions]
        asked = [sessions[item.provider] for item in providers]
        data_types = request.data_types or DATA_TYPES
        if isinstance(chain, DayChain):
            beacon_head = await ethereum_head(context, clock_sessions, chain)
            report.periods = _resolve_days(chain, request, beacon_head)
            land_registry(url, connection, context.registry)
            others = [session for session in clock_sessions if session not in asked]
            for periods in _wanted(connection, context.registry, request, providers, report):
                _mark_loaded(connection, request.chain_id, periods_of(chain, periods))
                load = EthereumLoad(
                    context, chain, beacon_head, periods, data_types=data_types, named=request.providers
                )
                await load.run(asked, others)
        else:
            clock = await solana_head(clock_sessions)
            report.periods = _resolve(context.registry, request, head=clock.head.epoch)
            land_registry(url, connection, context.registry)
            for periods in _wanted(connection, context.registry, request, providers, report):
                _mark_loaded(connection, request.chain_id, periods_of(chain, periods))
                async with context.asking_about(periods_of(chain, periods)):
                    await load_solana(context, clock, asked, periods, data_types, url=url, named=request.providers)
        await context.flush()


def _usable(registry: Registry, clocks: Sequence[Provider], chosen: Sequence[Provider]) -> list[Provider]:
    """Who can be asked how far the chain is: a key that is not set matters only where its provider is to be loaded.

    Raises:
        SettingsError: nobody can; the message names the first key.
    """
    usable: list[Provider] = []
    missing: SettingsError | None = None
    for provider in clocks:
        try:
            registry.credential(provider.provider)
        except SettingsError as error:
            if provider in chosen:
                raise
            missing = missing or error
        else:
            usable.append(provider)
    if not usable and missing is not None:
        raise missing
    return usable


def _wanted(
    connection: psycopg.Connection,
    registry: Registry,
    request: LoadRequest,
    providers: Sequence[Provider],
    report: LoadReport,
) -> list[PeriodRange]:
    """The ranges to ask about: all that was asked for, or what of it is still open."""
    if not request.missing_only:
        return [report.periods]
    chain = registry.chain(request.chain_id)
    ranges = open_ranges(
        connection,
        registry,
        chain,
        report.periods,
        providers={provider.provider for provider in providers},
        data_types=request.data_types or DATA_TYPES,
    )
    report.complete_periods = len(periods_of(chain, report.periods)) - sum(
        len(periods_of(chain, periods)) for periods in ranges
    )
    return ranges


def _providers(registry: Registry, request: LoadRequest) -> list[Provider]:
    chain = registry.chain(request.chain_id)
    mapped = _mapped(registry, request.chain_id)
    if isinstance(chain, DayChain):
        tracked_validators(chain)
        clocks: tuple[str, ...] = CLOCK_APIS
    else:
        clocks = ("solana_rpc",)
    if not any(provider.api in clocks for provider in mapped):
        raise UnknownProviderError(
            f"chain {chain.chain_id}: providers.yaml maps no provider of api {' or '.join(clocks)} to it, which alone"
            " tell how far it is; add a mapping"
        )
    for data_type in request.data_types:
        if data_type not in DATA_TYPES:
            raise UnknownDataTypeError(f"unknown data type {data_type!r}; there are: {', '.join(DATA_TYPES)}")
        if not registry.mappings_for(request.chain_id, data_type):  # type: ignore[arg-type]
            raise UnknownDataTypeError(f"nobody serves {data_type} for chain {chain.chain_id}; add a mapping")
    by_name = {provider.provider: provider for provider in mapped}
    for name in request.providers:
        registry.provider(name)
        if name not in by_name:
            raise UnknownProviderError(f"provider {name} serves nothing for chain {chain.chain_id}; add a mapping")
    return [provider for provider in mapped if not request.providers or provider.provider in request.providers]


def _with_keys(
    registry: Registry, request: LoadRequest, providers: Sequence[Provider]
) -> tuple[list[Provider], list[str]]:
    """Who can be asked, and why the others are left out.

    A key that is not set stops a load before anything is asked, where its provider is a primary, comes first for a data
    type, or was named. One that stands in for others, or is compared with them, can be mapped before there is a key.

    Raises:
        SettingsError: as said, or what is set cannot be a key.
    """
    serving = [mapping for mapping in registry.mappings_for(request.chain_id) if mapping.role != "reconcile"]
    relied_on = {mapping.provider for mapping in serving if mapping.role == "primary"} | set(request.providers)
    for data_type in {mapping.data_type for mapping in serving}:
        of_type = [mapping for mapping in serving if mapping.data_type == data_type]
        relied_on.add(min(of_type, key=lambda mapping: mapping.priority).provider)
    askable: list[Provider] = []
    left_out: list[str] = []
    for provider in providers:
        try:
            registry.credential(provider.provider)
        except MissingKeyError as missing:
            if provider.provider in relied_on:
                raise
            left_out.append(f"{provider.provider} was not asked: {missing}")
        else:
            askable.append(provider)
    return askable, left_out


def _mapped(registry: Registry, chain_id: str) -> list[Provider]:
    """The providers of a chain, those of the best priority first."""
    mappings = sorted(registry.mappings_for(chain_id), key=lambda mapping: mapping.priority)
    return [registry.provider(name) for name in dict.fromkeys(mapping.provider for mapping in mappings)]


def _resolve(registry: Registry, request: LoadRequest, *, head: int) -> PeriodRange:
    lag = registry.chain(request.chain_id).finality_lag
    newest_final = head - lag
    if request.periods is None:
        count = request.latest or 1
        if count < 1 or newest_final - count + 1 < 0:
            raise PeriodError(f"--latest {count}: the chain has {newest_final + 1} finalized periods; ask for fewer")
        return PeriodRange(newest_final - count + 1, newest_final)
    if request.periods.last > head:
        raise PeriodError(
            f"period {request.periods.last} of {request.chain_id} is in the future; the running one is {head}"
        )
    if request.finalized_only and request.periods.last > newest_final:
        raise PeriodError(
            f"period {request.periods.last} of {request.chain_id} is not finalized; the newest that is: {newest_final}"
        )
    return request.periods


def _resolve_days(chain: DayChain, request: LoadRequest, head: BeaconHead) -> PeriodRange:
    days = BeaconDays.of(chain)
    running = days.day_of_epoch(head.epoch)
    newest_final = days.newest_final_day(head, finality_lag=chain.finality_lag)
    first = days.day_of_epoch(0)
    if request.periods is None:
        count = request.latest or 1
        if count < 1 or day_before(newest_final, count - 1) < first:
            raise PeriodError(f"--latest {count}: the chain has not so many finalized days; ask for fewer")
        return PeriodRange(day_before(newest_final, count - 1), newest_final)
    if request.periods.last > running:
        raise PeriodError(
            f"day {request.periods.last} of {chain.chain_id} is in the future; the running one is {running}"
        )
    if request.periods.first < first:
        raise PeriodError(f"day {request.periods.first} lies before {chain.chain_id} began, on {first}")
    if request.finalized_only and request.periods.last > newest_final:
        raise PeriodError(
            f"day {request.periods.last} of {chain.chain_id} is not finalized; the newest that is: {newest_final}"
        )
    return request.periods


def _mark_loaded(connection: psycopg.Connection, chain_id: str, periods: Sequence[int]) -> None:
    """Touch the periods that are asked for the first time: a P&L has their rows from now on, whatever comes back."""
    connection.execute(
        "insert into ops.touched_periods (chain_id, data_type, period_id, run_id)"
        " select %(chain_id)s, 'LOAD', asked.period_id, 'load'"
        " from unnest(%(periods)s::bigint[]) as asked (period_id)"
        " where not exists (select 1 from ops.ingestion_runs as runs where runs.chain_id = %(chain_id)s"
        " and not runs.is_present_view and asked.period_id between runs.period_from and runs.period_to)",
        {"chain_id": chain_id, "periods": list(periods)},
    )


def _cause(error: BaseException) -> BaseException:
    """The first thing that went wrong: providers are asked side by side, and their failures come as a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _one_line(error: BaseException) -> str:
    text = str(error) if isinstance(error, AuroraError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
