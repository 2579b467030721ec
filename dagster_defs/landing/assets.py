"""The landing tables as assets: one load fills those of its chain, as ``aurora load`` does."""

# Dagster reads the annotations of what it decorates, so they are not deferred to text here.

from collections.abc import Iterable, Iterator, Sequence

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    multi_asset,
)

from aurora.errors import AuroraError
from aurora.periods import PeriodRange, parse_periods
from aurora.registry import load_registry
from aurora.settings import load_settings
from aurora.warehouse.connection import warehouse_url
from dagster_defs.landing.metadata import Metadata, is_incomplete, of_endpoint
from dagster_defs.lib.chains import Chain, apis_of, named_after, period_word, periods, table_key
from dagster_defs.lib.owners import OPERATORS
from dagster_defs.lib.warehouse import prepared_warehouse
from loaders.endpoints import ENDPOINTS, REGISTRY_API, REJECTED, Endpoint
from loaders.ethereum_days import day_before
from loaders.load import LoadReport, LoadRequest, run_load, summary
from loaders.runs import Run

OPS = "ops"
INGESTION_RUNS = "ingestion_runs"
PAYLOAD_SIGHTINGS = "payload_sightings"

_OPS_TABLES = {
    INGESTION_RUNS: "One row per endpoint of a provider and load: what ran, what came back, what failed.",
    PAYLOAD_SIGHTINGS: "One row each time a payload was fetched, landed or not.",
}


@multi_asset(
    specs=[
        AssetSpec(
            [endpoint.schema, endpoint.name],
            description=f"The registry's {endpoint.name}, one payload per content that it has had.",
            group_name=REGISTRY_API,
            owners=[OPERATORS],
            kinds={"yaml", "postgres"},
        )
        for endpoint in ENDPOINTS
        if endpoint.api == REGISTRY_API
    ]
)
def registry(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
    """``chains.yaml`` and ``providers.yaml``, landed once for each content."""
    try:
        prepared_warehouse()
    except AuroraError as error:
        raise Failure(str(error)) from error
    for key in sorted(context.selected_asset_keys):
        yield MaterializeResult(asset_key=key)


def landing_assets(chain: Chain, chains: Sequence[Chain]) -> AssetsDefinition:
    """What a load of ``chain`` fills: a table per endpoint, one per API for what was refused, and the record of both.

    A range of partitions is one load. A subset asks the providers of its APIs only.
    """

    @multi_asset(
        name=named_after(chain, "load"),
        specs=[*_endpoint_specs(chain, chains), *_rejected_specs(chain, chains), *_ops_specs(chain, chains)],
        can_subset=True,
        partitions_def=periods(chain),
        backfill_policy=BackfillPolicy.single_run(),
    )
    def load(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        selected = context.selected_asset_keys
        apis = {api for api in apis_of(chain) if selected & _keys_of(api, chain, chains)}
        try:
            reports = _load(chain, ranges(chain, context.partition_keys), apis=apis or set(apis_of(chain)))
        except AuroraError as error:
            raise Failure(str(error)) from error
        runs = [run for report in reports for run in report.runs]
        for key, metadata in _results(runs, chain, chains).items():
            if key in selected:
                yield MaterializeResult(asset_key=key, metadata=metadata)
        for report in reports:
            for reason in report.left_out:
                context.log.warning(reason)
            if report.failed_runs:
                raise Failure(summary(report))

    return load


def ranges(chain: Chain, partition_keys: Iterable[str]) -> list[PeriodRange]:
    """A chain's partitions as few ranges without a gap, the oldest first.

    Raises:
        PeriodError: a partition that is no period of the chain.
    """
    found: list[PeriodRange] = []
    for period in sorted(parse_periods(key, period_type=chain.period_type).first for key in partition_keys):
        before = period - 1 if chain.period_type == "EPOCH" else day_before(period)
        if found and found[-1].last == before:
            found[-1] = PeriodRange(found[-1].first, period)
        else:
            found.append(PeriodRange(period, period))
    return found


def _load(chain: Chain, wanted: Sequence[PeriodRange], *, apis: set[str]) -> list[LoadReport]:
    settings = load_settings()
    registry = load_registry(settings)
    # All stands for those of the load; a list of names would ask fallbacks for what nobody left open.
    providers: tuple[str, ...] = ()
    if apis != set(apis_of(chain)):
        served = dict.fromkeys(mapping.provider for mapping in registry.mappings_for(chain.chain_id))
        providers = tuple(name for name in served if registry.provider(name).api in apis)
        if not providers:
            return []
    url = warehouse_url(settings)
    return [run_load(registry, url, LoadRequest(chain.chain_id, each, providers=providers)) for each in wanted]


def _results(runs: list[Run], chain: Chain, chains: Sequence[Chain]) -> dict[AssetKey, Metadata]:
    """Each table's metadata; without the endpoints whose load is incomplete, which are not made."""
    found: dict[AssetKey, Metadata] = {}
    for endpoint in _endpoints(chain):
        of_table = [run for run in runs if run.endpoint == endpoint]
        if not is_incomplete(of_table):
            found[table_key(chains, chain, endpoint.schema, endpoint.name)] = of_endpoint(of_table)
    for api in apis_of(chain):
        rejected = sum(run.records_rejected for run in runs if run.endpoint.api == api)
        found[table_key(chains, chain, f"staging_{api}", REJECTED)] = {"rejected": rejected}
    found[table_key(chains, chain, OPS, INGESTION_RUNS)] = {"runs": len(runs)}
    found[table_key(chains, chain, OPS, PAYLOAD_SIGHTINGS)] = {"seen": sum(run.records_fetched for run in runs)}
    return found


def _endpoints(chain: Chain) -> list[Endpoint]:
    return [endpoint for endpoint in ENDPOINTS if endpoint.api in apis_of(chain)]


def _keys_of(api: str, chain: Chain, chains: Sequence[Chain]) -> set[AssetKey]:
    names = [REJECTED, *(endpoint.name for endpoint in _endpoints(chain) if endpoint.api == api)]
    return {table_key(chains, chain, f"staging_{api}", name) for name in names}


def _endpoint_specs(chain: Chain, chains: Sequence[Chain]) -> Iterator[AssetSpec]:
    now = f" It speaks of now: every load lands it for the running {period_word(chain)}."
    for endpoint in _endpoints(chain):
        when = now if endpoint.is_present_view else ""
        yield AssetSpec(
            table_key(chains, chain, endpoint.schema, endpoint.name),
            description=f"One row per payload of {endpoint.name}, byte for byte, append-only ({chain.name}).{when}",
            group_name=endpoint.api,
            owners=[OPERATORS],
            kinds={"dlt", "postgres"},
            tags={"data_type": endpoint.data_type},
            skippable=True,
        )


def _rejected_specs(chain: Chain, chains: Sequence[Chain]) -> Iterator[AssetSpec]:
    for api in apis_of(chain):
        yield AssetSpec(
            table_key(chains, chain, f"staging_{api}", REJECTED),
            description=f"One row per answer of {api} that was not what its endpoint promises, with the reason.",
            group_name=api,
            owners=[OPERATORS],
            kinds={"dlt", "postgres"},
            skippable=True,
        )


def _ops_specs(chain: Chain, chains: Sequence[Chain]) -> Iterator[AssetSpec]:
    for table, description in _OPS_TABLES.items():
        yield AssetSpec(
            table_key(chains, chain, OPS, table),
            description=description,
            group_name=OPS,
            owners=[OPERATORS],
            kinds={"postgres"},
            skippable=True,
        )
