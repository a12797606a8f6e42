"""One writer's turn: all of it is recorded or nothing, whatever happens meanwhile and whoever else writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, Engine

from ledger.store.engine import make_engine, reading, writing
from ledger.store.failures import Conflict, StoreUnavailable
from ledger.store.proof import Head, leaf_hash, root
from ledger.store.recorder import BookRecorder
from tests.ledger import store_process


def stored(stream: str, *versions: int) -> list[StoredEvent]:
    """Stored events of a stream, each with bytes of its own."""
    return [StoredEvent(stream, version, "Topic.v1", f"{stream} {version}".encode()) for version in versions]


def test_a_whole_import_is_one_save(recorder: BookRecorder) -> None:
    """What is appended bit by bit is seen by the writer at once, and by others when all of it is recorded."""
    recorder.insert_events(stored("a/x", 1))
    with recorder.appending() as turn:
        assert turn.append(stored("a/x", 2)) == [2]
        assert turn.append([*stored("a/y", 1), *stored("b/x", 1)]) == [3, 4]
        assert turn.append([]) == []
        assert turn.streams(["a/x", "a/y", "a/z"]) == {"a/x": stored("a/x", 1, 2), "a/y": stored("a/y", 1), "a/z": []}
        assert recorder.select_streams(["a/x", "a/y"]) == {"a/x": stored("a/x", 1), "a/y": []}
        assert recorder.head("a").size == 1
    assert [each.id for each in recorder.select_notifications(None, 10)] == [1, 2, 3, 4]
    book = recorder.select_book("a")
    assert [seq for seq, _ in book] == [1, 2, 3]
    assert recorder.head("a") == Head(3, root(leaf_hash(each.state) for _, each in book))


def test_a_dry_run_records_nothing(recorder: BookRecorder) -> None:
    """A turn that is rolled back has shown what would happen, and nothing of it has happened."""
    with recorder.appending() as turn:
        turn.append(stored("a/x", 1, 2))
        assert turn.streams(["a/x"]) == {"a/x": stored("a/x", 1, 2)}
        turn.rollback()
        with pytest.raises(RuntimeError, match="it was rolled back"):
            turn.append(stored("a/x", 3))
    assert recorder.max_notification_id() is None
    assert recorder.insert_events(stored("a/x", 1)) == [1]


def test_an_error_records_nothing(recorder: BookRecorder) -> None:
    """When anything goes wrong in the middle of an import, nothing of it is recorded."""

    def broken_import() -> Iterator[list[StoredEvent]]:
        yield stored("a/x", 1)
        yield stored("a/y", 1)
        raise ZeroDivisionError

    def run() -> None:
        with recorder.appending() as turn:
            for page in broken_import():
                turn.append(page)

    with pytest.raises(ZeroDivisionError):
        run()
    assert recorder.max_notification_id() is None
    assert recorder.books() == []


def test_a_failed_append_cannot_be_passed_over(recorder: BookRecorder) -> None:
    """After one append has failed, the others of its turn cannot be recorded as if nothing had happened."""

    def careless_import() -> None:
        with recorder.appending() as turn:
            turn.append(stored("a/x", 1))
            with pytest.raises(Conflict):
                turn.append([*stored("a/y", 1), *stored("a/x", 1)])
            for call in (lambda: turn.append(stored("a/z", 1)), lambda: turn.streams(["a/x"])):
                with pytest.raises(RuntimeError, match="an append failed"):
                    call()

    with pytest.raises(RuntimeError, match="an append failed"):
        careless_import()
    assert recorder.max_notification_id() is None


def test_reading_does_not_wait_for_a_writer(recorder: BookRecorder) -> None:
    """While somebody imports, others read what was recorded before."""
    recorder.insert_events(stored("a/x", 1))
    with recorder.appending() as turn:
        turn.append(stored("a/x", 2))
        assert recorder.select_events("a/x") == stored("a/x", 1)
        assert recorder.head("a").size == len(recorder.select_book("a")) == 1


@pytest.mark.slow
def test_a_killed_import_leaves_nothing(engine: Engine, store_url: str) -> None:
    """A process that is killed in the middle of an import has recorded nothing, and blocks nobody."""
    recorder = BookRecorder(engine)
    recorder.insert_events(stored("a/x", 1))
    process = store_process.start("hold", store_url, 20_000)
    assert process.stdout is not None
    assert process.stdout.readline() == "appended\n"
    process.kill()
    process.communicate()
    assert recorder.books() == ["a"]
    assert recorder.max_notification_id() == 1
    assert recorder.insert_events(stored("held/1", 1)) == [2]


@pytest.mark.slow
def test_many_processes_write_to_one_store(store_url: str) -> None:
    """Eight processes that make the store and write to it at once lose nothing and refuse nothing."""
    processes, saves = 8, 25
    names = [f"p{number}" for number in range(processes)]
    store_process.finish(*(store_process.start("append", store_url, name, saves) for name in names))
    engine = make_engine(store_url)
    recorder = BookRecorder(engine)
    try:
        log = recorder.select_notifications(None, 10_000)
        assert [each.id for each in log] == list(range(1, 2 * processes * saves + 1))
        assert recorder.books() == sorted([*names, "shared"])
        shared = recorder.select_book("shared")
        assert [seq for seq, _ in shared] == list(range(1, processes * saves + 1))
        assert recorder.head("shared") == Head(len(shared), root(leaf_hash(each.state) for _, each in shared))
        for name in names:
            assert [each.originator_version for each in recorder.select_events(f"shared/{name}")] == [
                *range(1, saves + 1)
            ]
            assert [seq for seq, _ in recorder.select_book(name)] == [*range(1, saves + 1)]
    finally:
        engine.dispose()


def test_a_connection_lost_after_the_commit(postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the answer to a commit gets lost, the user is told to repeat, and repeating records nothing twice."""
    recorder = BookRecorder(postgres_engine)
    recorder.insert_events(stored("a/x", 1))
    dialect = postgres_engine.dialect
    commit = dialect.do_commit

    def lose_the_answer(connection: Any) -> None:
        commit(connection)
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(dialect, "do_commit", lose_the_answer)
    with pytest.raises(StoreUnavailable) as caught:
        recorder.insert_events(stored("a/x", 2))
    assert "not recorded twice" in str(caught.value.hint)
    monkeypatch.setattr(dialect, "do_commit", commit)
    with pytest.raises(Conflict):
        recorder.insert_events(stored("a/x", 2))
    assert recorder.select_events("a/x") == stored("a/x", 1, 2)


@pytest.mark.parametrize("work", [writing, reading])
def test_an_interruption_in_the_middle_of_a_statement(
    postgres_engine: Engine, work: Callable[[Engine], AbstractContextManager[Connection]]
) -> None:
    """It is told as what it is, though the driver can do no more with its connection; nothing is recorded."""

    def interrupted() -> None:
        with work(postgres_engine) as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.pgconn.send_query(b"SELECT pg_sleep(60)")  # its answer is still to come
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert BookRecorder(postgres_engine).insert_events(stored("a/x", 1)) == [1]
