"""The database behind a store, by URL: a SQLite file by default, or a PostgreSQL server."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy import Connection as Connection
from sqlalchemy.exc import ArgumentError

from ledger.store.failures import translate_errors
from ledger.values.errors import Refused

# What goes wrong is raised. Where nobody has set up logging, these would print it too, with a traceback, as when Ctrl-C
# comes while a connection is put back.
for _name in ("sqlalchemy", "psycopg"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

#: How long a process waits for its turn to write, in seconds.
PATIENCE = 30
_READ_ONLY = {"mode": "ro", "uri": "true"}  #: the only options that the URL of a file may have
_URLS = "write sqlite:///book.db for a file, or postgresql://user@host/database"


def make_engine(url: str) -> Engine:
    """The engine of a store's URL; nothing is opened, and nothing made, before it is used.

    `sqlite:///book.db` is a file, `postgresql://user@host/database` a database on a server, and `sqlite://`
    a temporary file that ends with its engine. Raises `Refused` for any other URL.
    """
    try:
        parsed = make_url(url)
        if "\0" in url or not url.encode():  # half a character cannot be encoded
            raise ValueError
    except (ArgumentError, ValueError):
        raise Refused("the store's address is not a URL", _URLS) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            engine = _sqlite(parsed)
        case "postgresql" | "postgresql+psycopg" | "postgres":
            engine = _postgres(parsed)
        case other:
            raise Refused(f"a store cannot be kept in {other!r}", _URLS)
    translate_errors(engine)
    return engine


def address(engine: Engine) -> str:
    """The URL that leads to an engine's database from any folder; a password stands in it."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        url = url.set(database=str(Path(url.database or "").absolute()))
    return url.render_as_string(hide_password=False)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes its turn to write before it reads anything, and commits at the end.

    On SQLite it waits here for other writers; on PostgreSQL, at the first row that it locks. An error
    inside, and nothing is recorded.
    """
    with _begun(engine, _WRITING[engine.dialect.name]) as connection, _left_if_interrupted(connection):
        yield connection
        connection.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, all of it at one moment: it waits for nobody, and nobody waits for it."""
    with _begun(engine, _READING[engine.dialect.name]) as connection, _left_if_interrupted(connection):
        yield connection


@contextmanager
def _left_if_interrupted(connection: Connection) -> Iterator[None]:
    """Close a connection that Ctrl-C may have struck in the middle of a statement: it cannot even be rolled back."""
    try:
        yield
    except (Exception, GeneratorExit):  # a reader that stops early leaves nothing half done
        raise
    except BaseException:
        connection.invalidate()
        raise


_READING = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
_WRITING = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}


def _begun(engine: Engine, begin: str, *, again: bool = True) -> Connection:
    """A connection whose transaction has begun; one that was lost since its last use is replaced."""
    connection = engine.execution_options(begin=begin).connect()
    try:
        connection.begin()
    except BaseException:
        lost = connection.invalidated
        connection.close()
        if not (lost and again):
            raise
        return _begun(engine, begin, again=False)
    return connection


def _sqlite(url: URL) -> Engine:
    if url.username or url.password or url.host or url.port:
        raise Refused("a SQLite URL has no host: three slashes, then the path", _URLS)
    if url.query and dict(url.query) != _READ_ONLY:
        raise Refused("a SQLite URL has no options", _URLS)
    if url.database not in (None, "", ":memory:"):
        return _sqlite_file(url, _prepare)
    folder = tempfile.mkdtemp(prefix="pactbook-")
    engine = _sqlite_file(url.set(database=f"{folder}/book.db"), _prepare_scratch)
    weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)
    return engine


def _sqlite_file(url: URL, prepare: Callable[[sqlite3.Connection, Any], None]) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Settings of each connection; transactions are begun by `_begin`, not by the driver."""
    connection.isolation_level = None
    _log_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _prepare_scratch(connection: sqlite3.Connection, record: Any) -> None:
    """The same, but for what a power failure may take."""
    _prepare(connection, record)
    connection.execute("PRAGMA synchronous = OFF")


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Write to a log first, so that reading never waits; while others switch too, SQLite is busy at once."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except UnicodeDecodeError as error:  # in what SQLite says of a schema that was damaged
            raise sqlite3.DatabaseError("Could not decode to UTF-8") from error
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _postgres(url: URL) -> Engine:
    try:
        engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    except ModuleNotFoundError:
        raise Refused("PostgreSQL needs a driver that is not installed", "pip install 'pactbook[postgres]'") from None
    event.listen(engine, "connect", _require_utf8, insert=True)  # before SQLAlchemy asks the server who it is
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "begin", _begin)
    return engine


def _require_utf8(connection: Any, _record: Any) -> None:
    """Raises `Refused` for a database that cannot hold every text."""
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        connection.close()
        hint = "make one that can hold every name: createdb --encoding UTF8 --template template0 NAME"
        raise Refused(f"the database keeps its text in {encoding}, not in UTF8", hint)


def _prepare_postgres(connection: Any, _record: Any) -> None:
    """A limit to waiting for others: the server's own default is for ever. Transactions are begun by `_begin`."""
    connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
