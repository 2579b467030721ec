"""dbt and ADBC, without what they do again in every build and load of a suite that makes hundreds in one process.

dbt compiles a node's template anew at each call and writes each of its thousands of events as a message, whether
somebody listens or not: together a third of its time. ADBC reads the types and columns of the whole database before it
connects, which takes longer than to land what tests land. Here templates stay compiled, events are written where there
is somebody to read them, and the types of a database are read once. What is built and landed is the same; processes of
their own, which the tests of commands and of Dagster start, know nothing of this. tests/dagster/test_runs.py holds
every table of such a build against one of plain dbt, and tests/cli/test_demo.py plain loads and builds against ledgers.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

_compiled: dict[tuple[Any, ...], CodeType] = {}


def quicken_dbt() -> None:
    """Do so in this process."""
    _keep_compiled_templates()
    _write_events_for_readers()


def quicken_adbc() -> None:
    """Do so in this process. What is kept of a database are the types that every PostgreSQL has, and no connection."""
    from adbc_driver_manager import _lib, dbapi

    connect_anew = dbapi.connect
    databases: dict[tuple[str, str], Any] = {}

    def connect(driver: Any = None, uri: Any = None, *, db_kwargs: Any = None, **options: Any) -> Any:
        if uri is not None or options or set(db_kwargs or ()) != {"uri"}:
            return connect_anew(driver, uri, db_kwargs=db_kwargs, **options)
        key = (str(driver), str(db_kwargs["uri"]))
        if key not in databases:
            databases[key] = dbapi._SharedDatabase(_lib.AdbcDatabase(driver=driver, **db_kwargs))
        return dbapi.Connection(databases[key], _lib.AdbcConnection(databases[key]._db))

    dbapi.connect = connect


def _keep_compiled_templates() -> None:
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    compile_anew = MacroFuzzEnvironment.compile

    def compile_once(
        self: Any, source: Any, name: Any = None, filename: Any = None, raw: bool = False, defer_init: bool = False
    ) -> Any:
        if raw or not isinstance(source, str):
            return compile_anew(self, source, name, filename, raw, defer_init)
        key = (type(self), *self.extensions, source, name, filename, defer_init)
        if key not in _compiled:
            _compiled[key] = compile_anew(self, source, name, filename, raw, defer_init)
        return _compiled[key]

    MacroFuzzEnvironment.compile = compile_once


def _write_events_for_readers() -> None:
    from dbt.tracking import track_behavior_change_warn
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager

    write: Any = BaseEvent.__init__
    fire: Any = EventManager.fire_event

    def keep(self: Any, *args: Any, **kwargs: Any) -> None:
        object.__setattr__(self, "_given", (args, kwargs))

    def read(self: Any, key: str) -> Any:
        if key != "pb_msg":
            return getattr(self.pb_msg, key)
        args, kwargs = object.__getattribute__(self, "_given")
        write(self, *args, **kwargs)
        return object.__getattribute__(self, "pb_msg")

    def set_field(self: Any, key: str, value: Any) -> None:
        if key == "pb_msg":
            object.__setattr__(self, key, value)
        else:
            setattr(self.pb_msg, key, value)

    def fire_if_heard(
        self: Any, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False
    ) -> None:
        is_judged = force_warn_or_error_handling or self.require_warn_or_error_handling
        readers = [reader for reader in (*self.loggers, *self.callbacks) if reader is not track_behavior_change_warn]
        if readers or is_judged:
            fire(self, e, level, node, force_warn_or_error_handling)

    BaseEvent.__init__ = keep
    BaseEvent.__getattr__ = read
    BaseEvent.__setattr__ = set_field
    EventManager.fire_event = fire_if_heard
