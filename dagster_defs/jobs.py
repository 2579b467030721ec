"""What is run as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import AssetsDefinition, AssetSelection, define_asset_job

from dagster_defs.lib.chains import Chain, named_after, period_word

if TYPE_CHECKING:
    # Dagster gives its type no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def load_and_transform(
    chain: Chain, *, landing: AssetsDefinition, shared: list[AssetsDefinition]
) -> UnresolvedAssetJobDefinition:
    """Loads periods of a chain and builds what they touch: ``aurora run CHAIN --periods A..B``."""
    return define_asset_job(
        named_after(chain, "load_and_transform"),
        selection=AssetSelection.assets(landing, *shared),
        description=f"Load {period_word(chain)}s of {chain.name}, then build and test what they touch.",
    )
