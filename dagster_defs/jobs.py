"""What is run as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import AssetsDefinition, AssetSelection, define_asset_job

from aurora.registry import EpochChain
from dagster_defs.lib.chains import named_after

if TYPE_CHECKING:
    # Dagster gives its type no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def load_and_transform(
    chain: EpochChain, *, landing: AssetsDefinition, shared: list[AssetsDefinition]
) -> UnresolvedAssetJobDefinition:
    """Loads epochs of a chain and builds what they touch: ``aurora run CHAIN --periods A..B``."""
    return define_asset_job(
        named_after(chain, "load_and_transform"),
        selection=AssetSelection.assets(landing, *shared),
        description=f"Load epochs of {chain.name}, then build and test what they touch.",
    )
