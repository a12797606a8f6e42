"""The tables are what the log says, whoever folds it, in whatever pages, and whatever happens on the way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, update

from ledger.application import Ledger
from ledger.book.events import EVENTS, Event
from ledger.store.direct import Direct
from ledger.values.errors import Broken
from projections import bulk, schema, sql, tables
from projections.folding import Frame
from projections.follower import Follower, projected
from tests.projections import following
from tests.projections.dollars import dollars
from tests.projections.sealed import sealed
from tests.projections.story import BOOK, everything, new_ledger, results
from tests.projections.story_life import life
from tests.stores import Stores


def content(follower: Follower) -> list[bytes]:
    """All tables to the byte."""
    with follower.reading() as connection:
        return list(tables.dump(connection))


def expected(ledger: Ledger) -> list[bytes]:
    """What all tables are like after one fold of the whole log."""
    follower = Follower(ledger)
    follower.rebuild()
    return content(follower)


def parts(events: Sequence[Event], sizes: Sequence[int]) -> Iterator[Sequence[Event]]:
    """Events in consecutive parts of these sizes, over and over."""
    start = turn = 0
    while start < len(events):
        size = sizes[turn % len(sizes)]
        yield events[start : start + size]
        start, turn = start + size, turn + 1


# --- the same content, always -----------------------------------------------------------------------------


def test_the_story_has_every_type_of_event() -> None:
    """What is tested on the story, or on the others (`test_life`, `test_dollars`), is tested on every type of event."""
    assert {type(each) for each in (*everything(), *life(), *dollars(), *sealed())} == set(EVENTS)


def test_signatures_and_silence_are_folded_like_all_else(ledger: Ledger) -> None:
    """Dropped and folded anew, the tables are the same; every event stands in the timeline."""
    ledger.save(*sealed())
    follower = Follower(ledger)
    before = content(follower)
    follower.rebuild()
    assert content(follower) == before
    assert len([line for line in before if line.startswith(b'["timeline"')]) == len(sealed())


def test_a_rebuild_gives_the_same_content(ledger: Ledger) -> None:
    """Dropped and folded anew, the tables are the same to the byte."""
    ledger.save(*everything())
    follower = Follower(ledger)
    before = content(follower)
    assert follower.rebuild() == len(everything())
    assert content(follower) == before
    assert len(before) > 2 * len(everything())


def test_both_databases_hold_the_same(sqlite_ledger: Ledger, postgres_ledger: Ledger) -> None:
    """The same log gives the same bytes in the same order on SQLite and on PostgreSQL."""
    found = []
    for ledger in (sqlite_ledger, postgres_ledger):
        ledger.save(*everything())
        found.append(content(Follower(ledger)))
    assert found[0] == found[1]


@pytest.mark.parametrize("page", [1, 2, 7])
def test_the_size_of_a_page_does_not_matter(ledger: Ledger, page: int) -> None:
    """An event alone in a page finds the state before it, as well as one behind others."""
    ledger.save(*everything())
    found = content(Follower(ledger, page=page))
    assert found == expected(ledger)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4), pages=st.lists(st.integers(1, 5), min_size=1, max_size=3)
)
def test_when_somebody_catches_up_does_not_matter(any_stores: Stores, sizes: list[int], pages: list[int]) -> None:
    """Followers that come and go while events are recorded leave the same as one fold of the whole."""
    with any_stores.new() as url, closing(new_ledger(url)) as ledger:
        followers = [Follower(ledger, page=page) for page in pages]
        for turn, some in enumerate(parts(everything(), sizes)):
            ledger.save(*some)
            followers[turn % len(followers)].catch_up()
        found = content(followers[0])
        assert found == expected(ledger)


def test_every_event_has_its_line(ledger: Ledger) -> None:
    """The timeline holds every event once, at its position, its seq and its stream."""
    ledger.save(*everything())
    with Follower(ledger).reading() as connection:
        told = tables.timeline.c
        found = connection.execute(select(told.position, told.seq, told.stream, told.type).order_by(told.seq)).all()
    assert [tuple(row) for row in found] == [
        (place, place, each.stream, type(each).__name__) for place, each in enumerate(everything(), 1)
    ]


# --- cheap when nothing is new ----------------------------------------------------------------------------


def test_nothing_new_is_one_question(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is up to date asks the database once, and writes nothing."""
    ledger.save(*everything())
    follower = Follower(ledger)
    follower.catch_up()
    asked: list[str] = []
    ask = Direct.rows

    def listening(direct: Direct, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        asked.append(statement)
        return ask(direct, statement, parameters)

    monkeypatch.setattr(Direct, "rows", listening)
    event.listen(ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert follower.catch_up() == len(everything())
    assert [statement.partition(" ")[0] for statement in asked] == ["SELECT"]


def test_progress_is_told_page_by_page(sqlite_ledger: Ledger) -> None:
    """Whoever waits for a long catch-up hears how far it is, and how far it goes."""
    sqlite_ledger.save(*everything())
    told: list[tuple[int, int]] = []
    Follower(sqlite_ledger, lambda position, last: told.append((position, last)), page=20).catch_up()
    assert told == [(20, 50), (40, 50), (50, 50)]


# --- several at once, and sudden ends ---------------------------------------------------------------------


def test_processes_that_catch_up_at_once_take_turns(ledger: Ledger, store_url: str) -> None:
    """Four processes on one log write every page once between them, and leave what one of them would have left."""
    ledger.save(*everything(), *results(250, 1))
    processes = [following.start(store_url, 10) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = [process.communicate("go\n")[0] for process in _begun(processes)]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sum(int(pages) for pages in told) == -(-300 // 10)
    assert content(Follower(ledger)) == expected(ledger)


def _begun(processes: list[following.Process]) -> list[following.Process]:
    """All processes, each told to begin before any is waited for."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


@pytest.mark.parametrize("kill", [1, 2, 3, 7, 29])
def test_a_killed_process_leaves_whole_pages(ledger: Ledger, store_url: str, kill: int) -> None:
    """Killed at any write within a page, a process leaves none of that page, and the next one goes on from there."""
    ledger.save(*everything())
    process = following.start(store_url, 5, kill)
    process.communicate("go\n")
    assert process.returncode == -signal.SIGKILL
    with ledger.reading() as connection:
        position = schema.position_seen(connection)
        told = connection.scalar(select(func.max(tables.timeline.c.position)))
    assert position % 5 == 0
    assert position < len(everything())
    assert (told or 0) == position
    found = content(Follower(ledger))
    assert found == expected(ledger)


@pytest.mark.parametrize("page", [bulk.FEW, 2 * bulk.FEW])
def test_pages_of_any_length_leave_the_same(ledger: Ledger, page: int) -> None:
    """Servers are given few rows and many in different ways."""
    ledger.save(*everything(), *results(160, 1))
    assert content(Follower(ledger, page=page)) == expected(ledger)


@pytest.mark.parametrize("page", [bulk.FEW, 2 * bulk.FEW])
def test_events_that_the_tables_hold_already_are_named(ledger: Ledger, page: int) -> None:
    """Where somebody put the position back: nothing is written twice."""
    ledger.save(*everything(), *results(60, 1))
    before = content(Follower(ledger))
    with ledger.writing() as connection:
        connection.execute(tables.position.update().values(position=0))
    with pytest.raises(Broken, match="hold events already that come after position 0") as caught:
        Follower(ledger, page=page).catch_up()
    assert caught.value.hint is not None
    with ledger.writing() as connection:
        connection.execute(tables.position.update().values(position=110))
    assert content(Follower(ledger)) == before


def test_two_may_make_the_tables_at_once(ledger: Ledger) -> None:
    """Who comes second finds the tables made, whether by the other or by itself."""
    ledger.save(*everything())
    together = threading.Barrier(4)

    def begin() -> int:
        together.wait()
        return Follower(ledger, page=7).catch_up()

    with ThreadPoolExecutor(4) as pool:
        found = [each.result() for each in [pool.submit(begin) for _ in range(4)]]
    assert found == [50, 50, 50, 50]
    assert content(Follower(ledger)) == expected(ledger)


def test_threads_may_share_a_follower(ledger: Ledger) -> None:
    """Threads that read through one follower, while events are recorded, see all that was recorded before."""
    follower = Follower(ledger, page=4)
    ledger.save(*everything()[:10])
    together = threading.Barrier(3)

    def read() -> int:
        together.wait()
        return max(_consistent(follower) for _ in range(15))

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        together.wait()
        for some in parts(everything()[10:], [3]):
            ledger.save(*some)
        assert all(each.result() >= 10 for each in readers)
    assert _consistent(follower) == len(everything())


def test_a_reader_never_sees_half_an_event(ledger: Ledger) -> None:
    """Whoever reads while others record and catch up sees the rows of every event that it sees at all."""
    events = [*everything(), *results(20, 1)]
    ledger.save(*events[:4])
    done = threading.Event()

    def record() -> None:
        for each in events[4:]:
            ledger.save(each)
            Follower(ledger, page=3).catch_up()
        done.set()

    def read() -> int:
        seen = 0
        while not done.is_set():
            seen += _consistent(Follower(ledger))
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pool.submit(record).result()
        assert all(each.result() for each in readers)
    assert _consistent(Follower(ledger)) == len(events)


def _consistent(follower: Follower) -> int:
    """The number of events that a reader sees, having checked that it sees each in all tables."""
    moved, sums, told = tables.movements.c, tables.totals.c, tables.timeline.c
    with follower.reading() as connection:
        position = connection.scalar(select(tables.position.c.position))
        events = connection.scalar(select(func.count()).select_from(tables.timeline))
        assert (position, position) == (events, connection.scalar(select(func.max(told.position))))
        added = connection.scalar(select(func.sum(moved.amount_minor)))
        totals = sum(int(minor) for minor in connection.scalars(select(sums.amount_minor)))
        assert int(added or 0) == totals
        about_entries = select(func.count()).where(told.stream.like("%/entry/%"))
        assert connection.scalar(about_entries) == connection.scalar(select(func.count()).select_from(tables.entries))
    return int(events or 0)


# --- dropped and made anew --------------------------------------------------------------------------------


def test_the_version_is_that_of_the_tables() -> None:
    """Who changes a table gives the tables another version: the one that this test says is right."""
    assert tables.checksum() == sql.VERSION


def test_tables_of_another_version_are_made_anew(ledger: Ledger) -> None:
    """Tables that another version of pactbook made are dropped and folded again by whoever reads next."""
    ledger.save(*everything())
    before = content(Follower(ledger))
    with ledger.writing() as connection:
        connection.execute(update(tables.position).values(version=sql.VERSION + 1))
        connection.execute(update(tables.movements).values(amount_minor=7))
    assert content(Follower(ledger)) == before


def test_a_table_that_is_gone_is_made_anew(ledger: Ledger) -> None:
    """Any table may be dropped: who comes next folds the log again."""
    ledger.save(*everything())
    before = content(Follower(ledger))
    with ledger.writing() as connection:
        tables.totals.drop(connection)
    assert content(Follower(ledger)) == before


def test_who_was_up_to_date_notices_a_rebuild(ledger: Ledger) -> None:
    """A reader that believes to be up to date, while others begin anew, helps them before it reads."""
    ledger.save(*everything())
    follower = Follower(ledger)
    before = content(follower)
    with ledger.writing() as connection:
        schema.begin_anew(connection)
    assert content(follower) == before


def test_a_rebuild_disturbs_no_reader(ledger: Ledger) -> None:
    """A reader in the middle of its questions sees everything as it was, while another process begins anew."""
    ledger.save(*everything())
    before = content(Follower(ledger))
    with ThreadPoolExecutor(1) as pool:
        with Follower(ledger).reading() as connection:
            rebuilt = pool.submit(Follower(ledger, page=5).rebuild)
            wait_until_done_or_waiting(rebuilt, ledger)
            assert list(tables.dump(connection)) == before
        assert rebuilt.result() == len(everything())
    assert content(Follower(ledger)) == before


def test_a_reader_that_comes_during_a_rebuild_sees_the_old_or_the_new(ledger: Ledger) -> None:
    """Who begins to read while the tables are dropped sees them as they were, or waits until they are there again."""
    ledger.save(*everything())
    follower = Follower(ledger)
    before = content(follower)
    with ThreadPoolExecutor(1) as pool:
        with ledger.writing() as connection:
            schema.begin_anew(connection)
            found = pool.submit(content, follower)
            wait_until_done_or_waiting(found, ledger)
        assert found.result() == before


def wait_until_done_or_waiting(other: Future[Any], ledger: Ledger) -> None:
    """Until the other one is done, or waits for us: which on SQLite no reader does, and no writer for a reader."""
    waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE NOT granted AND datname = %s"
    while not other.done():
        if ledger.engine.dialect.name == "postgresql":
            with ledger.reading() as connection:
                if connection.exec_driver_sql(waiting, (ledger.engine.url.database,)).scalar():
                    return


def test_a_store_put_back_to_an_earlier_day_is_read_as_it_is(sqlite_ledger: Ledger) -> None:
    """A follower that knows a later position than there is starts over from what is there."""
    sqlite_ledger.save(*everything())
    follower = Follower(sqlite_ledger)
    before = content(follower)
    follower._position = 1_000
    assert content(follower) == before


# --- what cannot be folded --------------------------------------------------------------------------------


def test_a_gap_in_a_stream_is_broken(ledger: Ledger) -> None:
    """An event that does not follow the one before it is not folded, and neither is what comes after it."""
    stream = f"{BOOK}/entry/M-3"
    told = [each for each in everything() if (each.stream, each.version) != (stream, 2)]
    ledger.save(*told)
    with pytest.raises(Broken, match="goes from version 1 to 3"):
        Follower(ledger, page=1).catch_up()
    with ledger.reading() as connection:
        reached = schema.position_seen(connection)
    assert (told[reached].stream, told[reached].version) == (stream, 3)


def test_a_total_may_be_larger_than_any_column(sqlite_ledger: Ledger) -> None:
    """Ten thousand of the largest amounts add up, in the tables as in the replay."""
    largest = 10**15
    sqlite_ledger.save(*everything()[:4], *results(10_000, largest))
    tables_say, replay = projected(sqlite_ledger, BOOK), sqlite_ledger.replay(BOOK)
    for known_at in (None, 9_999):
        assert tables_say.knowledge(known_at) == replay.knowledge(known_at)
    (total,) = replay.knowledge().totals["2026-01"]
    assert total.amount_minor == 10_000 * largest


@pytest.mark.parametrize(("seq", "epoch"), [(1, 0), (10, 0), (11, 1), (12, 1), (20, 1), (21, 2), (900, 2)])
def test_each_close_begins_an_epoch_of_knowledge(seq: int, epoch: int) -> None:
    """What is recorded up to a cut-off belongs to the epoch before; the close itself begins the next."""
    assert Frame(cutoffs=[10, 20]).epoch(seq) == epoch
    assert Frame().epoch(seq) == 0
