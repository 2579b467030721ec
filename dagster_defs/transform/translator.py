"""How dbt's nodes become assets: keys as dbt names them, a group per provider or layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from dagster_defs.lib.owners import ENGINEERS

_BY_PROVIDER = "staging"


class WarehouseTranslator(DagsterDbtTranslator):
    """dbt's sources are the loaders' assets: ``[source, table]``; models ``[schema, model]``; tests are checks."""

    def __init__(self, also_landed: Mapping[AssetKey, Sequence[AssetKey]]) -> None:
        """``also_landed``: what further chains land in a source's table, by the source's key."""
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))
        self._also_landed = also_landed

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> AssetSpec:
        """The asset, with every chain's landing among what it is made of."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        more = [AssetDep(key) for dep in spec.deps for key in self._also_landed.get(dep.asset_key, ())]
        return spec.merge_attributes(deps=more) if more else spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Typed staging is beside what was landed, in the group of its API; other models in that of their layer."""
        _, layer, *folders = dbt_resource_props["fqn"]
        return str(folders[0] if layer == _BY_PROVIDER else layer)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """dbt's own where it names one."""
        return super().get_owners(dbt_resource_props) or [ENGINEERS]
