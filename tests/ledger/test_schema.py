"""A store is made once, recognised, and everything that keeps it from working is said plainly."""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent
from sqlalchemy import Engine, event, make_url, text

from ledger.store import engine as engine_module
from ledger.store.engine import make_engine, reading, writing
from ledger.store.failures import StoreBusy, StoreDamaged, StoreUnavailable
from ledger.store.recorder import BookRecorder
from ledger.store.schema import check_schema, create_schema, documents, flaws, nodes
from ledger.values.errors import Broken, PactbookError, Refused, Stale

EVENT = StoredEvent("a/x", 1, "Topic.v1", b"{}")


def refusal(url: str, act: Callable[[Engine], object], kind: type[PactbookError] = StoreUnavailable) -> PactbookError:
    """The error that an act on a store's URL ends with."""
    engine = make_engine(url)
    try:
        with pytest.raises(kind) as caught:
            act(engine)
    finally:
        engine.dispose()
    return caught.value


def test_making_a_store_twice_changes_nothing(engine: Engine, recorder: BookRecorder) -> None:
    """A store that is there already is left as it is."""
    recorder.insert_events([EVENT])
    create_schema(engine)
    check_schema(engine)
    assert recorder.select_events("a/x") == [EVENT]


def test_many_may_make_a_store_at_once(store_url: str) -> None:
    """Whoever comes second while a store is being made finds it made."""

    def make(_: int) -> None:
        engine = make_engine(store_url)
        create_schema(engine)
        check_schema(engine)
        engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(make, range(6))) == [None] * 6


def test_a_store_that_is_not_there(tmp_path: Path, postgres_url: str) -> None:
    """Looking for a store that is not there says how to make one, and makes no file."""
    path = tmp_path / "book.db"
    error = refusal(f"sqlite:///{path}", check_schema)
    assert error.message == f"there is no store at {path}"
    assert "pactbook init" in str(error.hint)
    assert not path.exists()
    error = refusal(postgres_url, check_schema)
    assert error.message == "there is no store here yet"
    assert "pactbook init" in str(error.hint)


def test_a_database_without_a_store(tmp_path: Path) -> None:
    """Recording in a database that is no store says how to make one."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    sqlite3.connect(tmp_path / "other.db").close()
    for act in (check_schema, lambda engine: BookRecorder(engine).insert_events([EVENT])):
        assert refusal(url, act).message == "there is no store here yet"


@pytest.mark.parametrize(("version", "message"), [("4", "newer than this pactbook"), ("x", "does not say its version")])
def test_a_store_of_another_version(engine: Engine, version: str, message: str) -> None:
    """A store that a newer pactbook made is left alone."""
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE meta SET value = '{version}'"))
    for act in (check_schema, create_schema):
        with pytest.raises(Broken, match=message):
            act(engine)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("book.db", "not a URL"),
        ("", "not a URL"),
        ("sqlite://host/book.db", "no host"),
        ("mysql://host/book", "'mysql'"),
        ("postgresql+psycopg2://host/book", "'postgresql\\+psycopg2'"),
    ],
)
def test_a_url_of_no_store(url: str, message: str) -> None:
    """An address that is no store's says which addresses are."""
    with pytest.raises(Refused, match=message) as caught:
        make_engine(url)
    assert "sqlite:///book.db" in str(caught.value.hint)


def test_a_password_is_not_repeated() -> None:
    """No error about a URL shows the password that is in it."""
    with pytest.raises(Refused) as caught:
        make_engine("postgresql://ana:secret@host:port/book")
    assert "secret" not in str(caught.value) + str(caught.value.hint)
    assert "secret" not in refusal("postgresql://ana:secret@127.0.0.1:1/book", check_schema).message


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PostgreSQL's driver, the way to install it is told."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Refused) as caught:
        make_engine("postgresql://host/book")
    assert caught.value.hint == "pip install 'pactbook[postgres]'"


def test_a_file_that_cannot_be_a_store(tmp_path: Path) -> None:
    """Why a file cannot be opened is said, where SQLite only says that it cannot."""
    (tmp_path / "notes.txt").write_text("not a database" * 100)
    assert "not a pactbook store" in refusal(f"sqlite:///{tmp_path / 'notes.txt'}", create_schema).message
    assert refusal(f"sqlite:///{tmp_path}", create_schema).message == f"{tmp_path} is a directory, not a store"
    missing = tmp_path / "no" / "book.db"
    error = refusal(f"sqlite:///{missing}", create_schema)
    assert (error.message, error.hint) == (
        f"the directory {missing.parent} does not exist",
        f"make it first: mkdir -p {missing.parent}",
    )
    assert "cannot be opened" in refusal("sqlite:////proc/book.db", create_schema).message


def test_a_file_that_may_not_be_written(sqlite_engine: Engine) -> None:
    """Recording in a file that may only be read is refused; reading it is not."""
    path = sqlite_engine.url.database
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    error = refusal(url, lambda engine: BookRecorder(engine).insert_events([EVENT]))
    assert error.message == "the store may not be written to"
    engine = make_engine(url)
    assert BookRecorder(engine).books() == []
    engine.dispose()


def test_a_full_disk(sqlite_engine: Engine) -> None:
    """When the disk is full, nothing is recorded, and that is said."""

    @event.listens_for(sqlite_engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 20")

    sqlite_engine.dispose()
    recorder = BookRecorder(sqlite_engine)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        recorder.insert_events([StoredEvent("a/x", version, "Topic.v1", b"x" * 4000) for version in range(1, 100)])
    assert recorder.max_notification_id() is None


def test_a_damaged_file(sqlite_engine: Engine) -> None:
    """A file whose pages were overwritten is reported as broken."""
    recorder = BookRecorder(sqlite_engine)
    recorder.insert_events([StoredEvent("a/x", version, "Topic.v1", b"x" * 1000) for version in range(1, 100)])
    sqlite_engine.dispose()
    path = Path(str(sqlite_engine.url.database))
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xaa" * (len(data) - 4096))
    with pytest.raises(StoreDamaged):
        recorder.select_book("a")


def test_a_server_that_does_not_answer(tmp_path: Path, postgres_url: str) -> None:
    """A server that is not there, or has no such database, is named in the message."""
    error = refusal("postgresql://ana@127.0.0.1:1/book", check_schema)
    assert "127.0.0.1" in error.message
    url = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    error = refusal(url, check_schema)
    assert error.message == 'the server says no: database "nowhere" does not exist'
    assert error.hint is not None
    assert "createdb" in error.hint


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name(postgres_url: str, encoding: str) -> None:
    """It is refused before anything is made in it, with the way to make another."""
    other = make_url(postgres_url).set(database=f"other_{uuid4().hex}")
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            f"CREATE DATABASE {other.database} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        refused = refusal(other.render_as_string(hide_password=False), create_schema, Refused)
        server.execute(f"DROP DATABASE {other.database}")
    assert refused.message == f"the database keeps its text in {encoding}, not in UTF8"
    assert "createdb --encoding UTF8" in (refused.hint or "")


def test_a_user_without_rights(postgres_engine: Engine) -> None:
    """A user who may only read is told so when recording."""

    @event.listens_for(postgres_engine, "connect")
    def only_read(connection: Any, _record: object) -> None:
        connection.execute("SET default_transaction_read_only = on")

    postgres_engine.dispose()
    recorder = BookRecorder(postgres_engine)
    with pytest.raises(StoreUnavailable, match="may not be written to"):
        recorder.insert_events([EVENT])
    assert recorder.books() == []


def test_waiting_for_another_writer_has_an_end(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for another writer is told to try again, and neither is harmed."""
    monkeypatch.setattr(engine_module, "PATIENCE", 0.01)
    engine = make_engine(store_url)
    create_schema(engine)
    recorder = BookRecorder(engine)
    with recorder.appending() as turn:
        turn.append([EVENT])
        with pytest.raises(StoreBusy) as caught:
            recorder.insert_events([EVENT])
    assert isinstance(caught.value, Stale)
    assert isinstance(caught.value, OperationalError)
    assert recorder.select_events("a/x") == [EVENT]
    engine.dispose()


def test_a_server_that_ends_a_connection(postgres_engine: Engine) -> None:
    """A connection that the server has ended in the meantime is replaced without a word."""
    recorder = BookRecorder(postgres_engine)
    recorder.insert_events([EVENT])
    with postgres_engine.connect() as connection, postgres_engine.connect() as other:
        pid = other.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        connection.execute(text(f"SELECT pg_terminate_backend({pid})"))
    assert recorder.select_events("a/x") == [EVENT]


def test_sqlite_keeps_what_it_has_recorded(sqlite_engine: Engine) -> None:
    """A SQLite file is set so that a power failure takes nothing, and reading does not wait for writing."""
    for begin in (reading, writing):
        with begin(sqlite_engine) as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert settings == ["wal", 2, 1, 30_000]


def test_an_index_that_says_something_else_than_its_table(sqlite_engine: Engine) -> None:
    """Questions are answered from an index where it has all that is asked for, so it has to agree with its table."""
    BookRecorder(sqlite_engine).insert_events([StoredEvent("zebra/x", 1, "Topic.v1", b"{}")])
    assert list(flaws(sqlite_engine)) == []
    sqlite_engine.dispose()
    file = Path(str(sqlite_engine.url.database))
    row = b"zebra" + b"zebra/x"  # book and stream, as they stand in the table; the index by book is left as it is
    assert file.read_bytes().count(row) == 1
    file.write_bytes(file.read_bytes().replace(row, b"zebro" + b"zebra/x"))
    assert any("the file contradicts itself in the table events" in flaw for flaw in flaws(sqlite_engine))


def test_a_scratch_store_ends_with_its_engine() -> None:
    """A store that nobody keeps is a file of its own, and gone when its engine is."""
    engines = [make_engine("sqlite://"), make_engine("sqlite:///:memory:")]
    paths = [Path(str(engine.url.database)) for engine in engines]
    for engine in engines:
        create_schema(engine)
    BookRecorder(engines[0]).insert_events([EVENT])
    assert [BookRecorder(engine).books() for engine in engines] == [["a"], []]
    for engine in engines:
        engine.dispose()
    del engine, engines
    gc.collect()
    assert [path.parent.exists() for path in paths] == [False, False]


def test_a_store_from_before_documents_were_kept_is_brought_up_to_date(engine: Engine, recorder: BookRecorder) -> None:
    """Its events and what proofs need of them stay as they are."""
    recorder.insert_events([StoredEvent("a/x", version, "Topic.v1", b"{}") for version in range(1, 600)])
    with engine.begin() as connection:
        documents.drop(connection)
        connection.execute(text("UPDATE meta SET value = '2'"))
        before = connection.execute(nodes.select()).all()
    create_schema(engine)
    check_schema(engine)
    with engine.begin() as connection:
        assert connection.execute(nodes.select()).all() == before
        assert connection.execute(documents.select()).all() == []
