"""Rows with one value a key: a value that is as recorded is left alone, another one supersedes it and is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.audit.service import Entry, record_entries
from api.inputs.csv_files import Imported
from api.kit.writing import Writing


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A table of the app schema: its id, the columns of a row's key, and those of its value."""

    subject: str
    name: str
    id_column: str
    key: tuple[str, ...]
    value: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Key and value."""
        return (*self.key, *self.value)


def record_rows(transaction: Writing, table: KeyedTable, rows: Sequence[tuple[Any, ...]]) -> Imported:
    """Record rows of the table's columns, whose keys are distinct."""
    columns = ", ".join(table.columns)
    same_key = " and ".join(f"held.{column} = incoming.{column}" for column in table.key)
    values = tuple(", ".join(f"{side}.{column}" for column in table.value) for side in ("held", "incoming"))
    statements = {
        "stage": f"create temp table incoming on commit drop as select {columns} from app.{table.name} with no data",
        "copy": f"copy incoming ({columns}) from stdin",
        "analyze": "analyze incoming",
        "supersede": (
            f"update app.{table.name} as held set superseded_at = %s from incoming"
            f" where held.superseded_at is null and {same_key} and ({values[0]}) is distinct from ({values[1]})"
            f" returning held.{table.id_column}, {', '.join(f'held.{column}' for column in table.columns)}"
        ),
        "record": (
            f"insert into app.{table.name} ({columns}, recorded_at) select {columns}, %s from incoming"
            f" where not exists (select from app.{table.name} as held where held.superseded_at is null and {same_key})"
            f" returning {table.id_column}, {columns}"
        ),
    }
    with transaction.connection.cursor() as cursor:
        cursor.execute(statements["stage"].encode())
        with cursor.copy(statements["copy"].encode()) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(statements["analyze"].encode())
        superseded = cursor.execute(statements["supersede"].encode(), (transaction.at,)).fetchall()
        recorded = cursor.execute(statements["record"].encode(), (transaction.at,)).fetchall()
        cursor.execute("drop table incoming")
    record_entries(
        transaction.connection,
        actor=transaction.actor,
        entries=[
            *(
                Entry(f"{table.subject}.superseded", table.subject, key, before=state)
                for key, state in _states(table, superseded)
            ),
            *(
                Entry(f"{table.subject}.recorded", table.subject, key, after=state)
                for key, state in _states(table, recorded)
            ),
        ],
    )
    changed = len(superseded)
    return Imported(added=len(recorded) - changed, changed=changed, unchanged=len(rows) - len(recorded))


def _states(table: KeyedTable, rows: Iterable[tuple[Any, ...]]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[UUID, dict[str, Any]]] = [
        (row[0], dict(zip(table.columns, row[1:], strict=True))) for row in rows
    ]
    return sorted(((str(row_id), state) for row_id, state in found), key=lambda pair: str(list(pair[1].values())))
