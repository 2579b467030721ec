"""The embedded server's settings, sized from the machine it starts on.

PostgreSQL's defaults are those of a machine of 2005: 128 MB of buffers, 4 MB to sort in, JIT on. The embedded server
shares its machine with Python, dbt and a browser, so it takes an eighth of the memory where a server alone would
take a quarter.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

_MB = 1 << 20
_GB = 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """What the settings are sized from: bytes of memory, free disk and shared memory, and CPUs this process may use."""

    memory: int
    free_disk: int
    shared_memory: int
    cpus: int


def this_machine(folder: Path) -> Machine:
    """This machine, with the free disk of the file system that holds ``folder`` and the limits of its container."""
    import psutil

    memory = int(psutil.virtual_memory().total)
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        if limit.is_file() and (text := limit.read_text().strip()).isdigit():
            memory = min(memory, int(text))
    shm = Path("/dev/shm")  # noqa: S108 - read for its size
    return Machine(
        memory=memory,
        free_disk=shutil.disk_usage(folder).free,
        shared_memory=shutil.disk_usage(shm).total if sys.platform == "linux" and shm.is_dir() else memory,
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1),
    )


def server_settings(machine: Machine) -> dict[str, str]:
    """Settings for ``postgresql.conf`` that hold from PostgreSQL 15 on."""
    work_mem = _clamp(machine.memory // 64, low=16 * _MB, high=256 * _MB)
    return {
        "cluster_name": "aurora",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "listen_addresses": "",
        "max_connections": "100",
        "shared_buffers": _megabytes(_clamp(machine.memory // 8, low=128 * _MB, high=4 * _GB)),
        "effective_cache_size": _megabytes(max(machine.memory // 2, 256 * _MB)),
        "work_mem": _megabytes(work_mem),
        "maintenance_work_mem": _megabytes(_clamp(machine.memory // 16, low=64 * _MB, high=_GB)),
        # A bulk load should be ended by its commit and not by a checkpoint, unless the disk is nearly full.
        "max_wal_size": _megabytes(_clamp(machine.free_disk // 10, low=256 * _MB, high=4 * _GB)),
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        # Amounts that were acknowledged are on disk.
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_worker_processes": str(max(8, machine.cpus + 4)),
        "max_parallel_workers": str(machine.cpus),
        "max_parallel_workers_per_gather": str(_clamp(machine.cpus, low=1, high=4)),
        "max_parallel_maintenance_workers": str(_clamp(machine.cpus, low=1, high=4)),
        # Containers often have 64 MB there; a parallel hash join that outgrows it fails in the middle of a build.
        "dynamic_shared_memory_type": "posix" if machine.shared_memory >= 8 * work_mem else "sysv",
        "random_page_cost": "1.1",
        # The wheel is built without LLVM, so it has no JIT; another server would compile each of dbt's many statements
        # anew, and the plan would depend on how it was built.
        "jit": "off",
        "log_checkpoints": "off",
    }


def render(settings: dict[str, str]) -> str:
    """Settings as the text of a configuration file."""
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "\n".join(["# Written at every start; ALTER SYSTEM overrides it.", *lines, ""])


def _clamp(value: int, *, low: int, high: int) -> int:
    return min(max(value, low), high)


def _megabytes(value: int) -> str:
    return f"{value // _MB}MB"
