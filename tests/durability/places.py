"""Where a story is told: a folder with a store in it, or with a database on a server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url


@dataclass(frozen=True)
class Place:
    """A folder and the URL of a store: here a SQLite file in the folder."""

    folder: Path
    url: str
    #: Where it is written down what was said and acknowledged; in the folder itself, unless it is elsewhere.
    elsewhere: Path | None = None

    @property
    def notes(self) -> Path:
        """The folder of what was said and acknowledged."""
        return self.elsewhere or self.folder

    def reached(self) -> int:
        """How many steps were acknowledged."""
        return len(self._note("acknowledged.txt").split())

    def said(self) -> str:
        """What the last process printed."""
        return self._note("said.txt")

    def _note(self, name: str) -> str:
        path = self.notes / name
        return path.read_text() if path.exists() else ""

    def settle(self) -> None:
        """Wait until the transaction of a process that died is over; on a file it ends with its process."""

    def keep(self) -> None:
        """Keep all that is here, to be put back."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept)

    def put_back(self) -> None:
        """Make everything as it was when it was kept."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder)

    @property
    def _kept(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.kept")


@dataclass(frozen=True)
class ServerPlace(Place):
    """A folder, and a database of its own on a PostgreSQL server."""

    server: str = ""

    @property
    def name(self) -> str:
        """The database's name."""
        return str(make_url(self.url).database)

    def settle(self) -> None:
        """Wait until the server has noticed that its client is gone: a commit that it was sent still counts."""
        deadline = time.monotonic() + 60
        with psycopg.connect(self.server, autocommit=True) as connection:
            here = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
            while connection.execute(here, (self.name,)).fetchone() != (0,):
                assert time.monotonic() < deadline, "the server never noticed that its client is gone"
                time.sleep(0.005)

    def keep(self) -> None:
        super().keep()
        self._copy(self.name, f"{self.name}_kept")

    def put_back(self) -> None:
        super().put_back()
        self._copy(f"{self.name}_kept", self.name)

    def _copy(self, source: str, target: str) -> None:
        self.settle()
        _give(self.server, f"DROP DATABASE IF EXISTS {target}")
        _give(self.server, f"CREATE DATABASE {target} TEMPLATE {source}")


def file_places(folder: Path, notes: Path | None = None) -> Generator[Place, None, None]:
    """Empty folders, one after the other; each store is a file in its folder. `notes` is a folder for notes."""
    for number in count(1):
        here, elsewhere = folder / f"{number}", notes and notes / f"{number}"
        for each in (here, elsewhere):
            if each is not None:
                each.mkdir()
        yield Place(here, f"sqlite:///{here / 'pactbook.db'}", elsewhere)


def server_places(folder: Path, server: str) -> Generator[Place, None, None]:
    """Empty folders, each with an empty database on a server; the databases go when the places are closed."""
    names: list[str] = []
    try:
        for number in count(1):
            here = folder / f"{number}"
            here.mkdir()
            names.append(f"pactbook_{uuid4().hex}")
            _give(server, f"CREATE DATABASE {names[-1]}")
            url = make_url(server).set(database=names[-1]).render_as_string(hide_password=False)
            yield ServerPlace(here, url, server=server)
    finally:
        with suppress(psycopg.OperationalError):  # a server that is gone has taken them along
            for name in names:
                _give(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                _give(server, f"DROP DATABASE IF EXISTS {name}_kept WITH (FORCE)")


def _give(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
