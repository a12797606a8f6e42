"""Where tests keep stores: in SQLite files, or in databases of a PostgreSQL server.

A story that several tests begin with is told once and its store copied from then on: a file in no time, a database in
a twentieth of a second. Which kind a test is given: `tests.conftest`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, make_url

from ledger.store.engine import make_engine

Make = Callable[[str], object]
"""Makes a store at a URL and leaves no connection behind."""


def hexed(data: bytes) -> str:
    """Bytes as a statement has them."""
    return f"'\\x{data.hex()}'::bytea"


NOUGHT = hexed(bytes(32))


def rewriting(before: str, after: str, where: str) -> str:
    """A statement that puts one text in the place of another in the stored bytes of some events."""
    return (
        f"UPDATE events SET state = convert_to(replace(convert_from(state, 'UTF8'), '{before}', '{after}'), 'UTF8')"
        f" WHERE {where}"
    )


def unguard(connection: Connection) -> None:
    """Take off what keeps events from being changed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")
        return
    for name in ("events_are_not_changed", "events_are_not_deleted"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


class Store(ABC):
    """A place for a store of one test; at first there is none, nor a database for it."""

    url: str

    @property
    @abstractmethod
    def path(self) -> Path:
        """Its file. A test that asks for it is marked `sqlite`."""

    @abstractmethod
    def fill(self, make: Make) -> None:
        """Put a copy of a story's store here, in the place of whatever was here."""

    @abstractmethod
    def clear(self) -> None:
        """From here on there is no store, but a database where one can be made."""

    def tamper(self, *statements: str) -> None:
        """Change rows, events too, their guards taken off."""
        engine = make_engine(self.url)
        with engine.begin() as connection:
            unguard(connection)
        engine.dispose()
        self.change(*statements)

    def change(self, *statements: str) -> None:
        """Change rows behind the ledger's back; each statement, in the SQL of PostgreSQL, must change some."""
        engine = make_engine(self.url)
        with engine.begin() as connection:
            for statement in statements:
                changed = connection.exec_driver_sql(self.dialect(statement))
                assert changed.rowcount != 0, statement
        engine.dispose()

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Rows as they lie in the database."""
        engine = make_engine(self.url)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.exec_driver_sql(query)]
        engine.dispose()
        return rows

    def dialect(self, statement: str) -> str:
        """A statement as this kind of database takes it."""
        return statement


class Stores(ABC):
    """A kind of database, and the stories that are kept in it."""

    @abstractmethod
    def place(self, path: Path) -> Store:
        """A place for a store: this file, where it is to be one."""

    @abstractmethod
    def drop(self, store: Store) -> None:
        """The test is over."""

    @contextmanager
    def new(self) -> Iterator[str]:
        """The URL of a store that does not exist yet, for a while."""
        with tempfile.TemporaryDirectory(prefix="pactbook-") as folder:
            store = self.place(Path(folder) / "book.db")
            store.clear()
            try:
                yield store.url
            finally:
                self.drop(store)


# --- files ------------------------------------------------------------------------------------------------


class Files(Stores):
    """SQLite files; stories are kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[Make, Path] = {}

    def place(self, path: Path) -> File:
        return File(path, self)

    def drop(self, store: Store) -> None:
        store.clear()

    def story(self, make: Make) -> Path:
        """The store of a story, told when first asked for."""
        if make not in self.told:
            path = self.folder / f"{len(self.told)}.db"
            make(f"sqlite:///{path}")
            self.told[make] = path
        return self.told[make]


class File(Store):
    """A SQLite file."""

    def __init__(self, path: Path, files: Files) -> None:
        self.url = f"sqlite:///{path}"
        self._path = path
        self._files = files

    @property
    def path(self) -> Path:
        return self._path

    def fill(self, make: Make) -> None:
        self.clear()
        shutil.copy(self._files.story(make), self._path)

    def clear(self) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(f"{self._path}{ending}").unlink(missing_ok=True)

    def dialect(self, statement: str) -> str:
        statement = statement.replace("convert_from(state, 'UTF8')", "CAST(state AS TEXT)")
        statement = re.sub(r"convert_to\((.*), 'UTF8'\)", r"CAST(\1 AS BLOB)", statement)
        return re.sub(r"'\\x([0-9a-f]*)'::bytea", r"x'\1'", statement)


# --- a server ---------------------------------------------------------------------------------------------


class Server(Stores):
    """Databases of a PostgreSQL server; stories are kept as databases that others are copied from."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.told: dict[Make, str] = {}
        self.connection = psycopg.connect(url, autocommit=True)

    def place(self, path: Path) -> Database:
        return Database(self.name(), self)

    def drop(self, store: Store) -> None:
        self.remove(store.url)

    def name(self) -> str:
        """The URL of a database that does not exist yet."""
        return make_url(self.url).set(database=f"pactbook_{uuid4().hex}").render_as_string(hide_password=False)

    def create(self, url: str, copied: str | None = None) -> str:
        """Make a database, empty or a copy of another one."""
        new, old = make_url(url).database, make_url(copied).database if copied else "template1"
        self.connection.execute(f"CREATE DATABASE {new} TEMPLATE {old} STRATEGY file_copy")
        return url

    def remove(self, url: str) -> None:
        """Drop a database, if there is one, whoever still is in it."""
        self.connection.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def story(self, make: Make) -> str:
        """The database of a story, told when first asked for."""
        if make not in self.told:
            url = self.create(self.name())
            make(url)
            self.told[make] = url
        return self.told[make]

    def close(self) -> None:
        """Drop the stories, too."""
        for url in self.told.values():
            self.remove(url)
        self.connection.close()


class Database(Store):
    """A database of a PostgreSQL server; where there is no store any more, it is there but empty."""

    def __init__(self, url: str, server: Server) -> None:
        self.url = url
        self._server = server

    @property
    def path(self) -> Path:
        raise AssertionError("a database is no file: mark the test `sqlite`")

    def fill(self, make: Make) -> None:
        self._again(self._server.story(make))

    def clear(self) -> None:
        self._again(None)

    def _again(self, copied: str | None) -> None:
        self._server.remove(self.url)
        self._server.create(self.url, copied)
