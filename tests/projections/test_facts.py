"""Settlement reads the same from the tables as from the events: whatever happened, and as known at any moment."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.application import Ledger
from ledger.book.events import Event, PeriodClosed
from ledger.settlement.canonical import digest
from ledger.settlement.closing import closing_statement, statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.replay import Replay
from ledger.values.errors import Refused
from ledger.values.periods import parse_period
from projections.facts import ProjectedFacts
from projections.follower import Follower, projected
from tests.projections.histories import followed, some
from tests.projections.story import BOOK, everything, media
from tests.stores import Stores
from tests.strategies import History, histories

LATEST = date(9999, 12, 31)


def replayed(events: list[tuple[int, Event]], upto: int) -> Replay:
    """The definition of what a book knew after some events."""
    return Replay(BOOK, events[:upto])


def agree(tables: Facts, replay: Replay) -> None:
    """Both tell the same of everything but knowledge."""
    assert tables.head() == replay.head()
    assert tables.closings() == replay.closings()
    assert tables.payouts() == replay.payouts()
    assert tables.disputes() == replay.disputes()
    assert tables.awaiting() == replay.awaiting()


def know_the_same(tables: Facts, replay: Replay, known_at: int | None) -> None:
    """Both know the same at a moment, or refuse alike."""
    try:
        expected = replay.knowledge(known_at)
    except Refused as refused:
        with pytest.raises(Refused, match=refused.message):
            tables.knowledge(known_at)
    else:
        assert tables.knowledge(known_at) == expected
        first = expected.first_period.first
        for last in (first + timedelta(days=days) for days in (-1, 0, 17, 400)):
            assert tables.between(first, last, known_at) == replay.between(first, last, known_at)


def change_the_same(tables: Facts, replay: Replay, after: int, upto: int, before: date) -> None:
    """Both name the same events as causes of late changes."""
    assert tables.changes(after, upto, before) == replay.changes(after, upto, before)


# --- everything that can happen, once ---------------------------------------------------------------------


def test_every_moment_of_the_story(ledger: Ledger) -> None:
    """After everything, the tables know what the book knew at each of its events, and what changed in between."""
    ledger.save(*everything())
    tables, replay = projected(ledger, BOOK), ledger.replay(BOOK)
    agree(tables, replay)
    for known_at in (None, *range(len(everything()) + 3)):
        know_the_same(tables, replay, known_at)
    cutoffs = [0, *(closing.cutoff_seq for closing in replay.closings()), 30, len(everything())]
    for after in cutoffs:
        for upto in cutoffs:
            for before in (date(2026, 1, 1), date(2026, 1, 20), date(2026, 2, 1), date(2026, 3, 1), LATEST):
                change_the_same(tables, replay, after, upto, before)


def test_what_was_read_once_stays(ledger: Ledger) -> None:
    """Facts read at a moment answer for that moment, whatever is recorded and followed afterwards."""
    events = list(enumerate(everything(), 1))
    follower = Follower(ledger)
    read = []
    for event in everything():
        ledger.save(event)
        read.append(ProjectedFacts(follower, BOOK))
    for place, tables in enumerate(read, 1):
        replay = replayed(events, place)
        agree(tables, replay)
        for known_at in (None, place // 2, place):
            know_the_same(tables, replay, known_at)
        if replay._versions:
            change_the_same(tables, replay, place // 2, place + 5, date(2026, 2, 1))


def test_statements_are_the_same_to_the_byte(ledger: Ledger) -> None:
    """Issued statements, drafts and past states of knowledge have the same digest from tables as from events."""
    ledger.save(*everything())
    tables, replay = projected(ledger, BOOK), ledger.replay(BOOK)
    sealed = [event.statement for event in everything() if isinstance(event, PeriodClosed)]
    for key, known_at in (("2026-01", None), ("2026-02", None), ("2026-03", None), ("2026-02", 33), ("2026-01", 45)):
        period = parse_period(key)
        assert digest(statement_of(tables, period, known_at)) == digest(statement_of(replay, period, known_at))
    assert [digest(statement_of(tables, closing.period)) for closing in tables.closings()] == sealed
    assert digest(closing_statement(tables, parse_period("2026-03"))) == digest(
        closing_statement(replay, parse_period("2026-03"))
    )


def test_several_books_keep_apart(ledger: Ledger) -> None:
    """Two agreements in one store, recorded alternately, know only of themselves."""
    other = [rebooked(event) for event in everything()]
    for one, two in zip(everything(), other, strict=True):
        ledger.save(one, two)
    for book in (BOOK, "acme-kim"):
        tables, replay = projected(ledger, book), ledger.replay(book)
        agree(tables, replay)
        for known_at in (None, 5, 20, 34, 40):
            know_the_same(tables, replay, known_at)
        change_the_same(tables, replay, 10, 50, date(2026, 3, 1))


def rebooked(event: Event) -> Event:
    """The same event in the book of another agreement."""
    stream = event.stream.replace(BOOK, "acme-kim", 1)
    changes = {"stream": stream}
    if hasattr(event, "terms"):
        changes["terms"] = event.terms.replace(f'"agreement":"{BOOK}"', '"agreement":"acme-kim"')
    return msgspec.structs.replace(event, **changes)


def test_no_such_book(ledger: Ledger) -> None:
    """A book that does not exist knows nothing, and no terms were ever in force in it."""
    ledger.save(*everything())
    tables = projected(ledger, "nobody")
    assert (tables.head(), tables.closings(), tables.payouts(), tables.disputes()) == (0, (), (), ())
    with pytest.raises(Refused, match="no terms of nobody were in force yet"):
        tables.knowledge()


def test_a_close_on_facts_that_are_behind_is_made_anew(sqlite_ledger: Ledger) -> None:
    """Facts that were read before somebody recorded more do not close a period: they are read again."""
    sqlite_ledger.save(*everything())
    late = media(date(2026, 3, 8), 12_345)
    read: list[Facts] = []

    def slow(core: object, book: str) -> Facts:
        """The facts, between whose reading and the close somebody else records something, once."""
        read.append(projected(sqlite_ledger, book))
        if len(read) == 1:
            colleague = Ledger(sqlite_ledger.url, "jot/leo")
            colleague.entries.record(book, "M-9", late)
            colleague.close()
        return read[-1]

    ledger = Ledger(sqlite_ledger.url, "acme/ann", sqlite_ledger.now, slow)
    made, new = ledger.statements.close(BOOK, parse_period("2026-03"))
    assert new
    assert len(read) > 1
    assert made.known_at == read[0].head() + 1
    assert projected(ledger, BOOK).closings() == ledger.replay(BOOK).closings()
    ledger.close()


# --- random histories -------------------------------------------------------------------------------------


@some
@given(history=histories(), sizes=st.lists(st.integers(1, 12), min_size=1, max_size=3), data=st.data())
def test_whatever_happened(any_stores: Stores, history: History, sizes: list[int], data: st.DataObject) -> None:
    """Any history, recorded and followed in any parts, is known alike at any moment, with the same late changes."""
    with followed(history, any_stores, sizes) as (ledger, events):
        tables, replay = projected(ledger, BOOK), Replay(BOOK, events)
        agree(tables, replay)
        moments = st.integers(0, len(events) + 1)
        cutoffs = [closing.cutoff_seq for closing in replay.closings()]
        for known_at in (None, *cutoffs, *data.draw(st.lists(moments, max_size=6))):
            know_the_same(tables, replay, known_at)
        first = replay.knowledge().first_period.first
        for after in (0, *cutoffs[-3:], data.draw(moments)):
            before = first + timedelta(days=data.draw(st.integers(-5, 400)))
            change_the_same(tables, replay, after, data.draw(st.sampled_from([len(events), *cutoffs])), before)
