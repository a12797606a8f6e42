"""What a database can do wrong, said plainly: the one place where its errors become ours.

Each kind is at the same time what the `eventsourcing` library expects of a recorder, so that neither
side has to know the other's family.

    Conflict          Stale    and the library's IntegrityError      somebody else was first
    StoreBusy         Stale    and the library's OperationalError    somebody else takes too long
    StoreUnavailable  Refused  and the library's OperationalError    no store, no server, no space, no right
    StoreDamaged      Broken   and the library's DatabaseError       the store contradicts itself
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError
from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext

from ledger.values.errors import Broken, PactbookError, Refused, Stale

NOT_A_STORE = "run `pactbook init` to make one, or name another with --store"


class Conflict(Stale, IntegrityError):
    """Somebody else recorded the same version of a stream, or followed the log further, meanwhile."""


class StoreBusy(Stale, OperationalError):
    """Another process has been writing for longer than is worth waiting."""


class StoreUnavailable(Refused, OperationalError):
    """The database cannot be used as it is: it says no, or does not answer."""


class StoreReadOnly(StoreUnavailable):
    """The store may be read by this user, but not written to."""


class StoreDamaged(Broken, DatabaseError):
    """The database's own files or counters contradict each other."""


def translate_errors(engine: Engine) -> None:
    """Make everything that runs on the engine raise our errors instead of the driver's."""
    event.listen(engine, "handle_error", _translate)


class _Case(NamedTuple):
    kind: type[PactbookError]
    message: str
    hint: str


_NOT_TWICE = "what is already recorded is not recorded twice"
_REPEAT = f"repeat the command: {_NOT_TWICE}"
_REACH = "check the store's URL and whether the server runs, then repeat the command"
_BUSY = _Case(StoreBusy, "another process has been writing to the store for half a minute", "try again a little later")
_FULL = _Case(StoreUnavailable, "the disk is full", f"make space, then {_REPEAT}")
_READ_ONLY = _Case(
    StoreReadOnly, "the store may not be written to", "check the permissions of its file and folder, or of its user"
)
_NO_STORE = _Case(StoreUnavailable, "there is no store here yet", NOT_A_STORE)
_FROZEN = _Case(StoreUnavailable, "events are never changed or deleted", "record a correction or a void instead")
_DAMAGED = _Case(StoreDamaged, "the database file is damaged", "restore a backup; `pactbook doctor` checks it")
_CONFLICT = _Case(Conflict, "somebody else recorded something in the same stream meanwhile", "look again and repeat")
_HEAD = _Case(
    StoreDamaged, "the log's head does not agree with its events: nothing was recorded", "run `pactbook doctor`"
)

#: By the beginning of the name that SQLite gives an error; the first that fits.
_SQLITE: dict[str, _Case] = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_AUTH": _READ_ONLY,
    "SQLITE_CONSTRAINT_TRIGGER": _FROZEN,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_IOERR_SHMSIZE": _FULL,
    "SQLITE_IOERR": _Case(
        StoreUnavailable,
        "the disk failed to read or write the store",
        f"check its space, limits and health, then {_REPEAT}",
    ),
}

_MAKE_IT = "create it with `createdb` first, then run `pactbook init`"
_CHECK_USER = "check the user and the password in the store's URL"

#: What to do where a server refuses a connection, which it does without a SQLSTATE; the first that fits its words.
_REFUSED_CONNECTION = {
    r'FATAL:\s+(database ".*" does not exist)': _MAKE_IT,
    r'FATAL:\s+(role ".*" does not exist|.*authentication failed.*|no pg_hba\.conf entry.*)': _CHECK_USER,
    r"(no password supplied)": _CHECK_USER,
}

#: By the beginning of PostgreSQL's SQLSTATE (appendix A of its manual); the first that fits.
_POSTGRES: dict[str, _Case] = {
    "55P03": _BUSY,
    "40": _BUSY,
    "53100": _FULL,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY._replace(hint="name a user who may; docs/postgresql.md says how to make one"),
    "42P01": _NO_STORE,
    "3F000": _NO_STORE,
    "3D000": _Case(StoreUnavailable, "the database does not exist", _MAKE_IT),
    "28": _Case(StoreUnavailable, "the server does not accept this user or password", _CHECK_USER),
    "53": _Case(StoreUnavailable, "the server has no resources left", "try again a little later"),
    "57014": _Case(StoreUnavailable, "the server stopped the statement", _REPEAT),
    "57": _Case(StoreUnavailable, "the server ended the connection, or is only starting", _REPEAT),
    "08": _Case(StoreUnavailable, "the connection to the server was lost", _REPEAT),
    "23001": _FROZEN,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def translated(error: BaseException, dialect: str, url: URL | None, *, lost: bool) -> PactbookError | None:
    """Our error for a driver's, or None for one that only a mistake in our own SQL can cause.

    `lost` says that there is no connection, or that it broke.
    """
    case = _sqlite_case(error, url) if dialect == "sqlite" else _postgres_case(error, lost=lost)
    return None if case is None else case.kind(case.message, case.hint)


def _translate(context: ExceptionContext) -> PactbookError | None:
    if not isinstance(context.original_exception, Exception):
        return None  # somebody asked this process to end while it waited for the database
    url = context.engine.url if context.engine is not None else None
    lost = context.connection is None or context.is_disconnect
    return translated(context.original_exception, context.dialect.name, url, lost=lost)


def _sqlite_case(error: BaseException, url: URL | None) -> _Case | None:
    name, text = str(getattr(error, "sqlite_errorname", "")), str(error)
    path = Path(url.database or "") if url is not None else Path()
    if name == "SQLITE_CANTOPEN":
        return _cannot_open(path)
    if name == "SQLITE_NOTADB":
        return _Case(StoreUnavailable, f"{path} is not a pactbook store, nor any SQLite database", NOT_A_STORE)
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return _violated("events.stream, events.version" in text, "failed: events." in text)
    if name == "SQLITE_ERROR" and text.startswith("no such table: "):
        return _NO_STORE
    if text.startswith(("Could not decode to UTF-8", "unsupported file format")):
        return _DAMAGED
    return next((case for start, case in _SQLITE.items() if name.startswith(start)), None)


def _postgres_case(error: BaseException, *, lost: bool) -> _Case | None:
    state = getattr(error, "sqlstate", None) or ""
    if state == "23505":
        diagnosis = getattr(error, "diag", None)
        name = str(getattr(diagnosis, "constraint_name", ""))
        return _violated(name == "events_stream_version", name.startswith("events_"))
    if not state and lost:
        for words, hint in _REFUSED_CONNECTION.items():
            if said := re.search(words, str(error)):
                return _Case(StoreUnavailable, f"the server says no: {said[1]}", hint)
        reason = str(error).strip().partition("\n")[0]
        return _Case(StoreUnavailable, f"the server does not answer: {reason}", f"{_REACH}: {_NOT_TWICE}")
    return next((case for start, case in _POSTGRES.items() if state.startswith(start)), None)


def _violated(by_version: bool, by_events: bool) -> _Case | None:
    """What a violated uniqueness means: a race for a version, or a log that contradicts its head."""
    return _CONFLICT if by_version else _HEAD if by_events else None


def _cannot_open(path: Path) -> _Case:
    """Why SQLite could not open its file: it says no more than that it could not."""
    if path.is_dir():
        return _Case(StoreUnavailable, f"{path} is a directory, not a store", "name a file in it")
    if not path.parent.is_dir():
        return _Case(
            StoreUnavailable, f"the directory {path.parent} does not exist", f"make it first: mkdir -p {path.parent}"
        )
    return _Case(StoreUnavailable, f"{path} cannot be opened", "check the permissions of the file and its directory")
