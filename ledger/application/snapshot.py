"""A store in a SQLite file as it is at one moment, for what only reads: without the library of databases.

Loading SQLAlchemy and `eventsourcing` takes longer than most answers. A command that only reads asks here first, and
goes the long way where anything at all is unusual: another database, a store that is missing, damaged, of another
version, or locked. That way tells what is wrong.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ledger.store.version import SCHEMA_VERSION

_PREFIX = "sqlite:///"

#: How many seconds to wait for a file that is locked: less than the engine's 30, since the long way waits once more.
_PATIENCE = 5


def snapshot(url: str) -> sqlite3.Connection | None:
    """A transaction that only reads, on a store of this version; None where the long way has to be gone."""
    path = Path(url.removeprefix(_PREFIX))
    plain = url.startswith(_PREFIX) and not set(url) & set("?#%") and path.is_file()
    if not plain:
        return None
    try:
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        [(version,)] = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
        if version == str(SCHEMA_VERSION):
            return connection
    except (sqlite3.Error, ValueError):
        pass
    connection.close()
    return None
