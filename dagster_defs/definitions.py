"""All definitions, assembled. Loading them needs no database, no network and no PATH."""

from __future__ import annotations

from dagster import Definitions, in_process_executor
from dagster_dbt.dbt_manifest import validate_manifest

from aurora.registry import Registry, load_registry
from dagster_defs.jobs import load_and_transform
from dagster_defs.landing.assets import landing_assets, registry
from dagster_defs.landing.schedules import keeping_up
from dagster_defs.lib.chains import shared_periods, tables_beside
from dagster_defs.transform.assets import dbt_models, dbt_resource, other_sources
from dagster_defs.transform.checks import CHECKS
from dagster_defs.transform.manifest import manifest_path
from dagster_defs.transform.translator import WarehouseTranslator


def definitions(registered: Registry) -> Definitions:
    """The graph of these chains.

    Raises:
        TransformError: the dbt project does not parse.
    """
    chains = registered.chains
    landings = {chain.chain_id: landing_assets(chain, chains) for chain in chains}
    translator = WarehouseTranslator(tables_beside(landings.values()))
    models = dbt_models(translator, shared_periods(chains))
    jobs = {
        chain.chain_id: load_and_transform(chain, landing=landings[chain.chain_id], shared=[registry, models])
        for chain in chains
    }
    landed = {key for assets in (registry, *landings.values()) for key in assets.keys}
    return Definitions(
        assets=[registry, *landings.values(), models, *other_sources(validate_manifest(manifest_path()), landed)],
        asset_checks=list(CHECKS),
        jobs=list(jobs.values()),
        schedules=[keeping_up(chain, jobs[chain.chain_id]) for chain in chains],
        resources={"dbt": dbt_resource()},
        # The warehouse is one, and so is dbt's target folder: steps run one after the other.
        executor=in_process_executor,
    )


defs = definitions(load_registry())
