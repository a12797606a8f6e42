"""What the figures were taken on: they say how costs compare and grow, not what another machine does."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter


def describe() -> str:
    """The machine in a few lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "eventsourcing", "msgspec"))
    return "\n".join([
        f"- {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}",
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}",
        f"- a write of 4 KiB made durable (fsync): {_fsync() * 1e6:,.0f} µs",
    ])  # fmt: skip


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _fsync() -> float:
    """The median seconds that the disk of temporary files takes to keep a page for good."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            file.write(os.urandom(4096))
            file.flush()
            start = perf_counter()
            os.fsync(file.fileno())
            times.append(perf_counter() - start)
    return median(times)
