"""Some of dbt's models built beside the warehouse, from tables read elsewhere: the same SQL, other relations.

The manifest says where each node's relation is. A copy of it in which some lie in other schemas compiles to the very
SQL of the models, with other names in it; nothing is parsed again, and no second text of a rule is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aurora.errors import TransformError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Apart:
    """What is read elsewhere, and what is wanted of it.

    The ``tables`` of the schema ``source`` are read from the schema of that name behind ``prefix``. Every model that
    rests on one of them and that a model of ``wanted`` rests on, or is, is built in its own schema's name behind it.
    """

    prefix: str
    source: str
    tables: tuple[str, ...]
    wanted: tuple[str, ...]


def manifest_apart(manifest: Manifest, apart: Apart) -> tuple[Manifest, list[str]]:
    """A copy of the manifest with the relations of these sources and models apart, and the names of the models.

    Raises:
        TransformError: a source table or a wanted model is not in the project, or rests on none of the tables.
    """
    copy: Any = manifest.deepcopy()  # type: ignore[no-untyped-call]  # dbt has no types
    copy.build_parent_and_child_maps()
    tables = {
        unique_id
        for unique_id, table in copy.sources.items()
        if table.schema == apart.source and table.identifier in apart.tables
    }
    models = {unique_id: node for unique_id, node in copy.nodes.items() if node.resource_type == "model"}
    wanted = {unique_id for unique_id, node in models.items() if node.name in apart.wanted}
    built = models.keys() & _reached(tables, copy.child_map) & (wanted | _reached(wanted, copy.parent_map))
    if len(tables) < len(apart.tables) or not wanted <= built or len(wanted) < len(apart.wanted):
        raise TransformError(
            f"the dbt project has not all of {', '.join((*apart.tables, *apart.wanted))}, each resting on the other:"
            " the project and the code are of two versions"
        )
    for unique_id in tables:
        _move(copy.sources[unique_id], apart.prefix)
    for unique_id in built:
        node = copy.nodes[unique_id]
        _move(node, apart.prefix)
        # For macros/scope.sql: what is built beside the warehouse neither reads nor keeps a scope.
        node.config.meta = {**node.config.meta, "is_apart": True}
    copy.build_flat_graph()
    return copy, sorted(models[unique_id].name for unique_id in built)


def _reached(starts: Iterable[str], edges: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        for unique_id in edges.get(waiting.pop(), []):
            if unique_id not in found:
                found.add(unique_id)
                waiting.append(unique_id)
    return found


def _move(node: Any, prefix: str) -> None:
    moved = f"{prefix}{node.schema}"
    if node.relation_name is not None:
        node.relation_name = node.relation_name.replace(f'."{node.schema}".', f'."{moved}".', 1)
    node.schema = moved
