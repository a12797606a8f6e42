"""The log keeps what the `eventsourcing` library asks of a recorder, and what a book asks of its log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, NotSupportedError, StoredEvent, Tracking
from eventsourcing.tests import persistence
from eventsourcing.utils import Environment
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ledger.book.events import AgreementAccepted, AgreementDeclined, AgreementProposed
from ledger.store.encoding import EventMapper, encode
from ledger.store.engine import writing
from ledger.store.factory import BookFactory
from ledger.store.failures import Conflict, StoreDamaged, StoreUnavailable
from ledger.store.log import Log, log_kind
from ledger.store.proof import Head, leaf_hash, root
from ledger.store.recorder import BookNotification, BookRecorder
from ledger.store.tracking import TrackingBookRecorder, delete_tracking, insert_tracking, max_tracking_id
from ledger.values.errors import Broken, Stale
from tests.examples import example
from tests.stores import unguard


def stored(stream: str, *versions: int) -> list[StoredEvent]:
    """Stored events of a stream, each with bytes of its own."""
    return [StoredEvent(stream, version, "Topic.v1", f"{stream} {version}".encode()) for version in versions]


# --- the library's own conformance suites, on both databases ------------------------------------------------


class RecorderCases(persistence.ApplicationRecorderTestCase[BookRecorder]):
    """The library's cases for a recorder of events."""

    __test__ = False
    engine: Engine

    def setUp(self) -> None:
        self.threads = set(threading.enumerate())

    def tearDown(self) -> None:
        """Wait for the readers that the library's cases leave running, before their store goes."""
        for thread in set(threading.enumerate()) - self.threads:
            thread.join()

    def create_recorder(self) -> BookRecorder:
        return BookRecorder(self.engine)

    def new_originator_id(self) -> str:
        return f"book/{uuid4()}"

    def test_insert_subscribe(self) -> None:
        """The library's case for subscriptions, which recorders may leave out."""
        self.optional_test_insert_subscribe()


class NonInterleavingCases(persistence.NonInterleavingNotificationIDsBaseCase):
    """The library's case for two large saves at once."""

    __test__ = False
    engine: Engine

    def create_recorder(self) -> BookRecorder:
        return BookRecorder(self.engine)

    def new_originator_id(self) -> str:
        return f"book/{uuid4()}"


class TrackingCases(persistence.TrackingRecorderTestCase):
    """The library's cases for a recorder of positions."""

    __test__ = False
    engine: Engine

    def create_recorder(self) -> TrackingBookRecorder:
        return TrackingBookRecorder(self.engine)


class OnSQLite:
    @pytest.fixture(autouse=True)
    def _store(self, sqlite_engine: Engine) -> None:
        self.engine = sqlite_engine


class OnPostgres:
    @pytest.fixture(autouse=True)
    def _store(self, postgres_engine: Engine) -> None:
        self.engine = postgres_engine


class TestRecorderOnSQLite(OnSQLite, RecorderCases):
    __test__ = True


class TestRecorderOnPostgres(OnPostgres, RecorderCases):
    __test__ = True


class TestNonInterleavingOnSQLite(OnSQLite, NonInterleavingCases):
    __test__ = True


class TestNonInterleavingOnPostgres(OnPostgres, NonInterleavingCases):
    __test__ = True


class TestTrackingOnSQLite(OnSQLite, TrackingCases):
    __test__ = True


class TestTrackingOnPostgres(OnPostgres, TrackingCases):
    __test__ = True


# --- books ------------------------------------------------------------------------------------------------


def test_a_book_is_numbered_without_gaps(recorder: BookRecorder) -> None:
    """Whatever else is recorded in between, the events of a book have seq 1, 2, 3 and so on."""
    recorder.insert_events([*stored("a/x", 1, 2), *stored("b/x", 1), *stored("a/y", 1)])
    recorder.insert_events(stored("b/x", 2))
    assert recorder.insert_events([*stored("b/y", 1), *stored("a/x", 3)]) == [6, 7]
    assert [(seq, each.originator_id) for seq, each in recorder.select_book("a")] == [
        (1, "a/x"),
        (2, "a/x"),
        (3, "a/y"),
        (4, "a/x"),
    ]
    assert [seq for seq, _ in recorder.select_book("b")] == [1, 2, 3]
    assert recorder.books() == ["a", "b"]


def test_a_page_of_a_book(recorder: BookRecorder) -> None:
    """A book is read in pages: after one seq, up to another, so many at a time."""
    recorder.insert_events(stored("a/x", *range(1, 10)))

    def page(after: int = 0, upto: int | None = None, limit: int | None = None) -> list[int]:
        return [seq for seq, _ in recorder.select_book("a", after=after, upto=upto, limit=limit)]

    assert page() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert page(after=3, upto=6) == [4, 5, 6]
    assert page(after=3, limit=2) == [4, 5]
    assert page(after=7, upto=20, limit=5) == [8, 9]
    assert page(after=9) == page(upto=0) == []


def test_the_head_commits_to_the_stored_bytes(recorder: BookRecorder) -> None:
    """The head of a book is the tree over exactly the bytes that it holds, whatever other books hold."""
    assert recorder.head("a") == Head(0, root([]))
    for number in range(1, 8):
        recorder.insert_events([*stored(f"a/{number}", *range(1, number)), *stored("b/x", number)])
        book = recorder.select_book("a")
        assert recorder.head("a") == Head(len(book), root(leaf_hash(each.state) for _, each in book))


def test_many_streams_at_once(recorder: BookRecorder) -> None:
    """Streams and their versions are read in bulk; one without events is empty, and has version 0."""
    recorder.insert_events([*stored("a/x", 1), *stored("a/y", 1), *stored("a/x", 2), *stored("a/z", 1)])
    assert recorder.select_streams(["a/x", "a/y", "a/no"]) == {
        "a/x": stored("a/x", 1, 2),
        "a/y": stored("a/y", 1),
        "a/no": [],
    }
    assert recorder.stream_versions(["a/x", "a/y", "a/no"]) == {"a/x": 2, "a/y": 1, "a/no": 0}
    assert recorder.select_streams([]) == {}
    assert recorder.stream_versions([]) == {}


def test_a_follower_learns_book_and_seq(recorder: BookRecorder) -> None:
    """A notification says which book it is of, and which seq it has there."""
    recorder.insert_events([*stored("a/x", 1), *stored("b/x", 1), *stored("a/x", 2)])
    [*_, last] = recorder.select_notifications(None, 10)
    assert last == BookNotification("a/x", 2, "Topic.v1", b"a/x 2", 3, "a", 2)


def test_events_of_real_types_come_back(recorder: BookRecorder) -> None:
    """What the mapper writes, the recorder keeps byte for byte."""
    mapper, event = EventMapper(), example(AgreementAccepted)
    recorder.insert_events([mapper.to_stored_event(event)])
    [back] = recorder.select_events(event.stream)
    assert back == mapper.to_stored_event(event)
    assert mapper.to_domain_event(back) == event


# --- what a decision was based on --------------------------------------------------------------------------


def test_a_save_at_the_size_it_was_decided_at(recorder: BookRecorder) -> None:
    """A decision about a whole book is recorded only if the book has as many events as it was made with."""
    recorder.insert_events(stored("a/x", 1), at_size=("a", 0))
    recorder.insert_events(stored("b/x", 1), at_size=("b", 0))
    recorder.insert_events(stored("a/closing", 1), at_size=("a", 1))
    for size in (0, 1, 3):
        with pytest.raises(Stale, match=f"a has 2 events by now, not {size}"):
            recorder.insert_events(stored("a/closing", 2), at_size=("a", size))
    assert recorder.head("a").size == 2


def test_a_save_while_streams_are_unchanged(recorder: BookRecorder) -> None:
    """A decision that read other streams is recorded only if nobody has added to them."""
    recorder.insert_events([*stored("a/x", 1, 2), *stored("a/y", 1)])
    recorder.insert_events(stored("a/z", 1), unchanged={"a/x": 2, "a/y": 1, "a/no": 0})
    for unchanged in ({"a/x": 1}, {"a/x": 2, "a/y": 0}, {"a/no": 1}):
        with pytest.raises(Stale, match="somebody recorded something in a/"):
            recorder.insert_events(stored("a/z", 2), unchanged=unchanged)
    assert recorder.stream_versions(["a/z"]) == {"a/z": 1}


def test_what_is_known_is_not_asked_for_again(recorder: BookRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was the last to write knows trees and versions; the database is asked for others, or when others wrote."""
    asked: list[tuple[list[str], list[str]]] = []
    kind = log_kind(recorder.engine)
    look = kind.standing

    def standing(log: Log, books: Sequence[str], streams: Sequence[str]) -> object:
        asked.append((sorted(books), sorted(streams)))
        return look(log, books, streams)

    monkeypatch.setattr(kind, "standing", standing)
    other = BookRecorder(recorder.engine)
    recorder.insert_events(stored("a/x", 1), unchanged={"a/y": 0})
    recorder.insert_events(stored("a/x", 2), unchanged={"a/y": 0, "a/x": 1})
    assert asked == [(["a"], ["a/y"])]
    recorder.insert_events(stored("b/x", 1), unchanged={"a/y": 0, "a/z": 0})
    assert asked.pop() == (["b"], ["a/z"])
    other.insert_events(stored("a/y", 1))
    with pytest.raises(Stale, match="somebody recorded something in a/y"):
        recorder.insert_events(stored("a/x", 3), unchanged={"a/y": 0})
    with pytest.raises(Conflict):
        other.insert_events([*stored("a/z", 1), *stored("a/x", 2)])
    other.insert_events(stored("a/x", 3), at_size=("a", 3))
    recorder.insert_events(stored("a/x", 4), at_size=("a", 4))
    assert recorder.head("a") == Head(5, root(leaf_hash(each.state) for _, each in recorder.select_book("a")))


def test_a_backup_that_is_restored_is_another_history(engine: Engine, recorder: BookRecorder) -> None:
    """Nothing that was known is held to be true of it, though it has come to as many events by another hand."""
    recorder.insert_events(stored("a/x", 1))
    [(frontier,)] = _rows(engine, "SELECT frontier FROM books")
    recorder.insert_events(stored("a/x", 2))
    with engine.begin() as connection:
        unguard(connection)
        connection.execute(text("DELETE FROM events WHERE seq = 2"))
        connection.execute(text("UPDATE log_head SET position = 1"))
        connection.execute(text("UPDATE books SET size = 1, frontier = :frontier"), {"frontier": frontier})
    BookRecorder(engine).insert_events(stored("a/y", 1))
    recorder.insert_events(stored("a/x", 2), unchanged={"a/y": 1})
    assert [(each.originator_id, seq) for seq, each in recorder.select_book("a")] == [
        ("a/x", 1),
        ("a/y", 2),
        ("a/x", 3),
    ]
    assert recorder.head("a") == Head(3, root(leaf_hash(each.state) for _, each in recorder.select_book("a")))


def _rows(engine: Engine, query: str) -> list[tuple[bytes, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("how", ["at_size", "unchanged", "version"])
def test_one_of_many_wins_a_race(recorder: BookRecorder, how: str) -> None:
    """When many decide at once on the same knowledge, one is recorded and the others are told."""
    recorder.insert_events(stored("a/x", 1))
    racers = 8
    start = threading.Barrier(racers)

    def race(number: int) -> str:
        start.wait()
        try:
            match how:
                case "at_size":
                    recorder.insert_events(stored(f"a/{number}", 1), at_size=("a", 1))
                case "unchanged":
                    recorder.insert_events([*stored("a/x", 2), *stored(f"a/{number}", 1)], unchanged={"a/x": 1})
                case _:
                    recorder.insert_events(stored("a/x", 2))
        except Stale:
            return "stale"
        return "recorded"

    with ThreadPoolExecutor(racers) as pool:
        outcomes = list(pool.map(race, range(racers)))
    assert sorted(outcomes) == ["recorded", *["stale"] * (racers - 1)]


def test_a_lost_race_leaves_nothing(recorder: BookRecorder) -> None:
    """A save that meets a version already taken records none of its events, and uses up no number."""
    recorder.insert_events(stored("a/x", 1))
    before = recorder.head("a")
    with pytest.raises(Conflict, match="somebody else recorded something in one of a/x, a/y") as caught:
        recorder.insert_events([*stored("a/y", 1), *stored("a/x", 1)])
    assert isinstance(caught.value, Stale)
    assert isinstance(caught.value, IntegrityError)
    assert recorder.head("a") == before
    assert recorder.insert_events(stored("a/y", 1)) == [2]
    assert [seq for seq, _ in recorder.select_book("a")] == [1, 2]


# --- nothing is changed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET topic = 'x' WHERE seq = 2", "DELETE FROM events WHERE seq = 2"]
)
def test_events_are_never_changed_or_deleted(engine: Engine, recorder: BookRecorder, statement: str) -> None:
    """The database itself refuses to change or delete an event."""
    recorder.insert_events(stored("a/x", 1, 2, 3))
    with engine.connect() as connection, pytest.raises(StoreUnavailable, match="never changed or deleted"):
        connection.execute(text(statement))
    assert recorder.select_events("a/x") == stored("a/x", 1, 2, 3)


def test_events_are_never_truncated(postgres_engine: Engine) -> None:
    """PostgreSQL refuses to empty the log, which is no deletion to it."""
    with postgres_engine.connect() as connection, pytest.raises(StoreUnavailable, match="never changed or deleted"):
        connection.execute(text("TRUNCATE events"))


def test_bytes_stay_bytes(sqlite_engine: Engine) -> None:
    """SQLite, which would take any value in any column, takes nothing but bytes as the state of an event."""
    with sqlite_engine.connect() as connection, pytest.raises(DBAPIError, match="events_state_is_bytes"):
        connection.exec_driver_sql("INSERT INTO events VALUES (1, 'a', 1, 'a/x', 1, 't', 'text', zeroblob(32))")


@pytest.mark.parametrize("statement", ["UPDATE log_head SET position = 1", "DELETE FROM log_head"])
def test_a_log_that_contradicts_its_head_is_broken(engine: Engine, recorder: BookRecorder, statement: str) -> None:
    """When the counters of the store were tampered with, nothing more is recorded."""
    recorder.insert_events(stored("a/x", 1, 2, 3))
    with engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(StoreDamaged, match="head"):
        recorder.insert_events(stored("b/x", 1))
    assert recorder.books() == ["a"]


@pytest.mark.parametrize(
    "statement", ["UPDATE books SET size = 2", "UPDATE books SET frontier = substr(frontier, 1, 39)"]
)
def test_a_tree_that_contradicts_its_book_is_broken(engine: Engine, recorder: BookRecorder, statement: str) -> None:
    """When a book's tree was tampered with, nothing more is recorded in it by who has to look it up."""
    recorder.insert_events(stored("a/x", 1, 2, 3))
    with engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(Broken, match="tree"):
        BookRecorder(engine).insert_events(stored("a/x", 4))


# --- followers --------------------------------------------------------------------------------------------


def test_a_follower_misses_nothing_that_is_held_back(postgres_engine: Engine) -> None:
    """While one save is held back and others come after it, a follower passes over none of them.

    Those who come after it wait: some in the same process, some in another one.
    """
    recorder, elsewhere = BookRecorder(postgres_engine), BookRecorder(postgres_engine)
    seen: list[BookNotification] = []

    def follow() -> None:
        last = seen[-1].id if seen else None
        seen.extend(recorder.select_notifications(last, 100, inclusive_of_start=False))

    hold = "pg_advisory_xact_lock(42)"
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF new.stream = 'a/slow' THEN PERFORM {hold}; END IF; RETURN new; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER hold_back BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION hold_back()"
        )
    with ThreadPoolExecutor(3) as pool:
        with postgres_engine.begin() as holder:
            holder.exec_driver_sql(f"SELECT {hold}")
            slow = pool.submit(recorder.insert_events, stored("a/slow", 1))
            _wait_until(lambda: _waiting(postgres_engine) == 1)
            others = pool.submit(elsewhere.insert_events, [*stored("a/quick", 1), *stored("b/quick", 1)])
            _wait_until(lambda: others.done() or _waiting(postgres_engine) == 2)
            here = pool.submit(recorder.insert_events, stored("a/quicker", 1))
            follow()
        assert slow.result() == [1]
        assert sorted(others.result() + here.result()) == [2, 3, 4]
    follow()
    assert [each.id for each in seen] == [1, 2, 3, 4]
    assert {each.originator_id for each in seen} == {"a/slow", "a/quick", "b/quick", "a/quicker"}


def _waiting(engine: Engine) -> int:
    """How many connections to the database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def _wait_until(happened: Callable[[], bool]) -> None:
    """Ask again and again; a minute is for ever here, and only a failure waits so long."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "what the test waits for never happened"
        time.sleep(0.01)


def test_two_followers_take_turns(engine: Engine) -> None:
    """A follower's position moves only forwards, together with what it made of the log, and can be forgotten."""

    def follow(position: int, work: Callable[[], object]) -> None:
        with writing(engine) as connection:
            insert_tracking(connection, Tracking("balances", position))
            work()

    tracker = TrackingBookRecorder(engine)
    follow(10, lambda: None)
    with pytest.raises(Conflict, match="balances is already at position 10 or further"):
        follow(10, lambda: None)
    with pytest.raises(ZeroDivisionError):
        follow(20, lambda: 1 // 0)
    assert tracker.max_tracking_id("balances") == 10
    with writing(engine) as connection:
        assert max_tracking_id(connection, "balances") == 10
        delete_tracking(connection, "balances")
    assert tracker.max_tracking_id("balances") is None


# --- the library's application ------------------------------------------------------------------------------


class Agreements(Application[str]):
    """The smallest application on a store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        super().__init__()

    def construct_factory(self, env: Environment) -> BookFactory:
        return BookFactory(env, self._engine)


def test_the_library_application_runs_on_the_store(
    engine: Engine, recorder: BookRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application saves and reads events through the store, whatever the environment says about others."""
    monkeypatch.setenv("IS_SNAPSHOTTING_ENABLED", "y")
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    monkeypatch.setenv("COMPRESSOR_TOPIC", "eventsourcing.compressor:ZlibCompressor")
    proposed, accepted = example(AgreementProposed), example(AgreementAccepted)
    with Agreements(engine) as application:
        application.save(proposed, at_size=("acme-jot", 0))
        [recording] = application.save(accepted, unchanged={proposed.stream: 1})
        assert recording.notification.id == 2
        with pytest.raises(Stale):
            application.save(example(AgreementDeclined), at_size=("acme-jot", 1))
        assert list(application.events.get(proposed.stream)) == [proposed, accepted]
        assert application.notification_log.select(1, 10)[1].state == encode(accepted)
        for refused in (application.factory.aggregate_recorder, application.factory.process_recorder):
            with pytest.raises(NotSupportedError):
                refused()
    assert recorder.head("acme-jot").size == 2
