"""Threads that save at once share one transaction, and each of them gets the answer that it would get alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Engine, event

from ledger.store import sharing
from ledger.store.direct import Direct
from ledger.store.failures import Conflict, StoreUnavailable
from ledger.store.proof import Head, leaf_hash, root
from ledger.store.recorder import BookRecorder
from ledger.store.sharing import Save, Saver
from ledger.values.errors import Broken, Stale


def stored(stream: str, *versions: int) -> list[StoredEvent]:
    """Stored events of a stream, each with bytes of its own."""
    return [StoredEvent(stream, version, "Topic.v1", f"{stream} {version}".encode()) for version in versions]


class Together:
    """Saves that come while the turn is somebody else's, and so are recorded by one transaction."""

    def __init__(self, recorder: BookRecorder, pool: ThreadPoolExecutor) -> None:
        self._recorder = recorder
        self._pool = pool
        self._saver = recorder._saver
        self.made: list[Future[list[int]]] = []

    def save(self, *events: StoredEvent, **conditions: Any) -> Future[list[int]]:
        """Bring one more save; it waits behind those that were brought before."""
        before = len(self._saver._waiting)
        self.made.append(self._pool.submit(self._recorder.insert_events, events, **conditions))
        wait_until(lambda: len(self._saver._waiting) > before)
        return self.made[-1]


@contextmanager
def together(recorder: BookRecorder) -> Iterator[Together]:
    """Whatever is saved inside is recorded at its end, in one transaction if all goes well."""
    with ThreadPoolExecutor(20) as pool:
        with turn(recorder._saver):
            bringing = Together(recorder, pool)
            yield bringing
        for each in bringing.made:
            each.exception()


@contextmanager
def turn(saver: Saver) -> Iterator[None]:
    """Nobody else has the turn inside; those who come wait for it."""
    mine = take_turn(saver)
    yield
    saver._pass_on(mine)


def take_turn(saver: Saver) -> Save:
    """As a thread has it that is at work on what it took along."""
    mine = Save([], None, {})
    saver._line_up(mine)
    assert mine.leads
    saver._waiting.clear()
    return mine


def wait_until(happened: Callable[[], bool]) -> None:
    """Ask again and again; a minute is for ever here, and only a failure waits so long."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "what the test waits for never happened"
        time.sleep(0.001)


@pytest.fixture
def commits(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One item for every transaction of the log that was committed."""
    counted: list[None] = []
    commit = engine.dialect.do_commit

    def counting(connection: Any) -> None:
        commit(connection)
        counted.append(None)

    monkeypatch.setattr(engine.dialect, "do_commit", counting)
    return counted


def test_those_who_wait_share_a_transaction(recorder: BookRecorder, commits: list[None]) -> None:
    """Ten saves that wait are one commit, in the order in which they came; each is told its own positions."""
    with together(recorder) as at_once:
        saves = [at_once.save(*stored(f"a/{number}", 1, 2)) for number in range(10)]
    assert [save.result() for save in saves] == [[2 * number + 1, 2 * number + 2] for number in range(10)]
    assert len(commits) == 1
    book = recorder.select_book("a")
    assert [seq for seq, _ in book] == list(range(1, 21))
    assert recorder.head("a") == Head(20, root(leaf_hash(each.state) for _, each in book))


def test_who_comes_alone_waits_for_nobody(recorder: BookRecorder, commits: list[None]) -> None:
    """A save that nobody else waits beside is a transaction of its own."""
    for number in range(3):
        recorder.insert_events(stored(f"a/{number}", 1))
    assert len(commits) == 3


def test_each_is_answered_by_itself(recorder: BookRecorder, commits: list[None]) -> None:
    """In one transaction, a save whose conditions do not hold is refused, and the others are recorded."""
    recorder.insert_events([*stored("a/x", 1), *stored("b/x", 1)])
    commits.clear()
    with together(recorder) as at_once:
        first = at_once.save(*stored("a/x", 2))
        conflict = at_once.save(*stored("a/y", 1), *stored("a/x", 2))
        stale = at_once.save(*stored("a/z", 1), unchanged={"a/x": 1})
        outdated = at_once.save(*stored("a/z", 1), at_size=("a", 1))
        in_time = at_once.save(*stored("a/z", 1), at_size=("a", 2), unchanged={"a/x": 2, "a/no": 0})
        elsewhere = at_once.save(*stored("b/y", 1), at_size=("b", 1))
    assert len(commits) == 1
    assert (first.result(), in_time.result(), elsewhere.result()) == ([3], [4], [5])
    with pytest.raises(Conflict, match="somebody else recorded something in one of a/x, a/y"):
        conflict.result()
    with pytest.raises(Stale, match="somebody recorded something in a/x meanwhile"):
        stale.result()
    with pytest.raises(Stale, match="a has 2 events by now, not 1"):
        outdated.result()
    assert [each.originator_id for _, each in recorder.select_book("a")] == ["a/x", "a/x", "a/z"]
    assert recorder.select_streams(["a/y"]) == {"a/y": []}


def test_a_version_goes_to_whoever_came_first(recorder: BookRecorder) -> None:
    """Of those who want the same version of a stream, the first gets it, also within one transaction."""
    with together(recorder) as at_once:
        saves = [at_once.save(*stored("a/x", 1)) for _ in range(5)]
    assert saves[0].result() == [1]
    assert all(isinstance(save.exception(), Conflict) for save in saves[1:])
    assert recorder.select_streams(["a/x"]) == {"a/x": stored("a/x", 1)}


def test_when_all_are_refused_nothing_is_written(recorder: BookRecorder, commits: list[None]) -> None:
    """Where no save of a transaction can be recorded, it leaves no trace."""
    recorder.insert_events(stored("a/x", 1))
    commits.clear()
    with together(recorder) as at_once:
        saves = [at_once.save(*stored(f"a/{number}", 1), at_size=("a", 0)) for number in range(3)]
    assert [type(save.exception()) for save in saves] == [Stale] * 3
    assert (commits, recorder.head("a").size) == ([], 1)


def test_what_one_brings_does_no_harm_to_others(recorder: BookRecorder, engine: Engine) -> None:
    """An event that cannot be written, or whose book is damaged, fails alone."""
    recorder.insert_events(stored("damaged/x", 1))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE books SET size = 7")
    with together(recorder) as at_once:
        good = at_once.save(*stored("a/x", 1))
        unwritable = at_once.save(StoredEvent("a/y", 1, "Topic.v1", None))  # type: ignore[arg-type]
        damaged = at_once.save(*stored("damaged/x", 2))
        also_good = at_once.save(*stored("a/z", 1))
    assert sorted(good.result() + also_good.result()) == [2, 3]
    assert isinstance(unwritable.exception(), TypeError)
    assert isinstance(damaged.exception(), Broken)
    assert [each.originator_id for _, each in recorder.select_book("a")] == ["a/x", "a/z"]


def test_when_the_store_fails_everybody_is_told(
    recorder: BookRecorder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the transaction itself fails, nothing of it is recorded, and nobody believes that it was."""

    def full(_connection: object) -> None:
        raise StoreUnavailable("the disk is full: nothing was recorded", "make space, then repeat the command")

    with monkeypatch.context() as failing:
        with together(recorder) as at_once:
            failing.setattr(engine.dialect, "do_commit", full)
            saves = [at_once.save(*stored(f"a/{number}", 1)) for number in range(4)]
        errors = [save.exception() for save in saves]
    assert [str(error) for error in errors] == ["the disk is full: nothing was recorded"] * 4
    assert len({id(error) for error in errors}) == 4, "threads do not share an error: each adds where it was raised"
    assert recorder.books() == []
    assert recorder.insert_events(stored("a/0", 1)) == [1]


def test_one_transaction_takes_only_so_much(
    recorder: BookRecorder, commits: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When many bring much, nobody waits until all of it is written."""
    monkeypatch.setattr(sharing, "ENOUGH", 4)
    with together(recorder) as at_once:
        saves = [at_once.save(*stored(f"a/{number}", 1, 2, 3)) for number in range(5)]
    assert [save.result()[0] for save in saves] == [1, 4, 7, 10, 13]
    assert len(commits) == 3


def test_whoever_is_interrupted_holds_up_nobody(recorder: BookRecorder, engine: Engine) -> None:
    """When the thread that has the turn is interrupted, those whom it took along are recorded by the next."""
    interruptions = iter([KeyboardInterrupt()])

    def interrupt(*_: object) -> None:
        for error in interruptions:
            raise error

    with together(recorder) as at_once:
        leading = at_once.save(*stored("a/first", 1))
        others = [at_once.save(*stored(f"a/{number}", 1)) for number in range(3)]
        event.listen(engine, "checkout", interrupt)
    interrupted = [save for save in (leading, *others) if save.exception() is not None]
    assert [type(save.exception()) for save in interrupted] == [KeyboardInterrupt]
    recorded = [save.result() for save in (leading, *others) if save not in interrupted]
    assert sorted(recorded) == [[1], [2], [3]]
    assert len(recorder.select_book("a")) == 3
    assert not recorder._saver._waiting


@pytest.mark.parametrize("place", [(Direct, "commit"), (Save, "answer"), (Save, "wake")])
def test_an_interruption_after_a_commit(
    recorder: BookRecorder, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str]
) -> None:
    """Nobody is told of a conflict with the own event: who was taken along is answered, or told to look."""
    real, interruptions = getattr(*place), iter([KeyboardInterrupt()])

    def interrupted(this: Any) -> None:
        real(this)
        for error in interruptions:
            raise error

    monkeypatch.setattr(*place, interrupted)
    with together(recorder) as at_once:
        saves = [at_once.save(*stored(f"a/{number}", 1)) for number in range(4)]
    errors = [save.exception() for save in saves if save.exception() is not None]
    assert sum(isinstance(error, KeyboardInterrupt) for error in errors) == 1
    assert {type(error) for error in errors} <= {KeyboardInterrupt, StoreUnavailable}
    assert all("look whether it was recorded" in str(e.hint) for e in errors if isinstance(e, StoreUnavailable))
    assert len(recorder.select_book("a")) == 4
    recorder.insert_events(stored("a/later", 1))


def test_an_interruption_while_saves_are_tried_one_by_one(
    recorder: BookRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one of a group cannot be written, the others are tried alone; Ctrl-C then loses none of those who wait."""
    saver, tried = recorder._saver, count(1)
    real = saver._together

    def attempt(group: list[Save]) -> None:
        if next(tried) == 2:
            raise KeyboardInterrupt
        real(group)

    monkeypatch.setattr(saver, "_together", attempt)
    with ThreadPoolExecutor(3) as pool, turn(saver):
        bad = pool.submit(recorder.insert_events, [*stored("a/bad", 1), *stored("a/bad", 1)])
        saves = [pool.submit(recorder.insert_events, stored(f"a/{number}", 1)) for number in range(2)]
        wait_until(lambda: len(saver._waiting) == 3)
    assert isinstance(bad.exception(), (Conflict, KeyboardInterrupt))
    assert {type(each.exception()) for each in saves} <= {type(None), KeyboardInterrupt}
    recorder.insert_events(stored("a/later", 1))
    assert not saver._waiting


def test_whoever_stops_waiting_holds_up_nobody(recorder: BookRecorder) -> None:
    """A thread that is interrupted while it waits leaves the line, also when the turn has just come to it."""
    saver = recorder._saver
    for turn_has_come in (False, True):
        gone, next_one = Save(stored("a/gone", 1), None, {}), Save(stored("a/next", 1), None, {})
        mine = take_turn(saver)
        saver._line_up(gone)
        saver._line_up(next_one)
        if turn_has_come:
            saver._pass_on(mine)
        assert gone.leads is turn_has_come
        saver._leave(gone)
        if not turn_has_come:
            saver._pass_on(mine)
        assert (gone.leads, next_one.leads, list(saver._waiting)) == (False, True, [next_one])
        saver._leave(next_one)
        assert not saver._taken
    assert recorder.insert_events(stored("a/x", 1)) == [1]


def test_those_who_come_back_are_waited_for(recorder: BookRecorder, commits: list[None]) -> None:
    """After a turn for several, the next one waits a moment for them; where nobody comes, it goes on."""
    with ThreadPoolExecutor(8) as pool, turn(recorder._saver):
        saves = [pool.submit(recorder.insert_events, stored(f"a/{number}", 1)) for number in range(8)]
        wait_until(lambda: len(recorder._saver._waiting) == 8)
    assert sorted(save.result() for save in saves) == [[number] for number in range(1, 9)]
    assert (len(commits), recorder._saver._shared) == (1, 8)
    assert recorder.insert_events(stored("a/alone", 1)) == [9]
    assert recorder._saver._shared == 1


def test_a_fork_waits_for_nobody_of_its_parent(sqlite_engine: Engine) -> None:
    """A process that is forked while others have the turn, or wait for it, records its own events and no others."""
    recorder = BookRecorder(sqlite_engine)
    take_turn(recorder._saver)
    recorder._saver._waiting.append(Save(stored("a/parent", 1), None, {}))
    child = get_context("fork").Process(target=recorder.insert_events, args=(stored("a/child", 1),))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert [each.originator_id for _, each in recorder.select_book("a")] == ["a/child"]


def test_a_long_turn_beside_short_ones(recorder: BookRecorder) -> None:
    """While one thread imports, others wait to save and go on to read; afterwards each of them has its turn."""
    with ThreadPoolExecutor(4) as pool:
        with recorder.appending() as turn:
            turn.append(stored("a/import", 1))
            saves = [pool.submit(recorder.insert_events, stored(f"a/{number}", 1)) for number in range(4)]
            assert recorder.books() == []
            turn.append(stored("a/import", 2))
        assert sorted(save.result() for save in saves) == [[3], [4], [5], [6]]
    assert [each.id for each in recorder.select_notifications(None, 10)] == [1, 2, 3, 4, 5, 6]


def test_a_dry_run_beside_short_turns(recorder: BookRecorder) -> None:
    """A long turn that is rolled back takes nothing along of what others save."""
    with ThreadPoolExecutor(2) as pool:
        with recorder.appending() as turn:
            turn.append(stored("a/import", 1))
            saves = [pool.submit(recorder.insert_events, stored(f"a/{number}", 1)) for number in range(2)]
            turn.rollback()
        assert sorted(save.result() for save in saves) == [[1], [2]]
    assert {each.originator_id for _, each in recorder.select_book("a")} == {"a/0", "a/1"}


def test_many_threads_race(recorder: BookRecorder) -> None:
    """Threads that all write one stream, and streams of their own: nothing is lost, doubled or out of order."""
    threads, rounds = 12, 8
    start = threading.Barrier(threads)

    def race(name: int) -> int:
        start.wait()
        won = 0
        for number in range(1, rounds + 1):
            recorder.insert_events(stored(f"own/{name}", number))
            version = recorder.stream_versions(["shared/x"])["shared/x"]
            size = recorder.head("shared").size
            try:
                recorder.insert_events(stored("shared/x", version + 1), at_size=("shared", size))
            except Stale:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(threads) as pool:
        won = sum(pool.map(race, range(threads)))
    assert [each.id for each in recorder.select_notifications(None, 1_000)] == list(
        range(1, threads * rounds + won + 1)
    )
    assert [each.originator_version for each in recorder.select_events("shared/x")] == list(range(1, won + 1))
    for name in range(threads):
        versions = [each.originator_version for each in recorder.select_events(f"own/{name}")]
        assert versions == list(range(1, rounds + 1))
    for book in ("own", "shared"):
        events = recorder.select_book(book)
        assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
        assert recorder.head(book) == Head(len(events), root(leaf_hash(each.state) for _, each in events))
