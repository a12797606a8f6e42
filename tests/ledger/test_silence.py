"""Silence: the term for an answer runs out after full days, by the terms of when an entry was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from ledger.book import entry
from ledger.book.entry import Entry, Status
from ledger.book.events import Cost, EntryAcceptedBySilence, Event, Stamp
from ledger.book.silence import accept_by_silence, accepts_at
from tests.ledger.book_examples import TERMS, after

CAUTIOUS = replace(TERMS, confirm={"cost": 10_000})
MEDIA = Cost(category="media", effective_on=date(2026, 10, 5), amount_minor=20_000, currency="EUR", paid_by="jot")
RECORDED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def at(actor: str, when: datetime) -> Stamp:
    """A stamp of an actor at a moment."""
    return Stamp(actor, when, "0" * 32)


def waiting() -> Entry:
    """A cost that awaits Acme's answer."""
    return then(entry.initial(), entry.record(entry.initial(), "M-7", MEDIA, CAUTIOUS, at("jot/ana", RECORDED)))


def then(state: Entry, events: list[Event]) -> Entry:
    """The entry after a decision."""
    return after(entry.evolve, state, events)


@pytest.mark.parametrize(
    ("later", "accepted"),
    [
        (timedelta(days=9, hours=23, minutes=59, seconds=59), False),
        (timedelta(days=10), True),
        (timedelta(days=400), True),
    ],
)
def test_silence_accepts_when_full_days_have_passed(later: timedelta, accepted: bool) -> None:
    """Days are counted from the instant of recording, not by the calendar."""
    state = waiting()
    events = accept_by_silence(state, 10, at("acme/ben", RECORDED + later))
    assert [type(each) for each in events] == ([EntryAcceptedBySilence] if accepted else [])
    assert entry.is_counted(then(state, events)) is accepted


def test_the_event_says_how_long_nobody_answered_and_by_which_clause() -> None:
    """Who recorded it, the days and the clause stand in the event, and in the reason that is shown."""
    [event] = accept_by_silence(waiting(), 10, at("acme/ben", RECORDED + timedelta(days=11)))
    assert isinstance(event, EntryAcceptedBySilence)
    assert (event.actor, event.days, event.clause) == ("acme/ben", 10, "confirm.silence")
    assert event.reason == "no answer for 10 days (confirm.silence)"


def test_the_entry_moves_totals_as_if_it_were_confirmed() -> None:
    """From there on it counts with all its content."""
    state = waiting()
    [event] = accept_by_silence(state, 1, at("acme/ben", RECORDED + timedelta(days=1)))
    _, moved = entry.evolve_with_movements(state, event)
    assert [(each.name, each.amount_minor) for each in moved] == [("media", 20_000)]


def test_a_correction_begins_the_term_anew() -> None:
    """What is to be answered is the new content."""
    more = msgspec.structs.replace(MEDIA, amount_minor=25_000)
    corrected = RECORDED + timedelta(days=8)
    state = then(waiting(), entry.correct(waiting(), more, "a slip", CAUTIOUS, at("jot/ana", corrected)))
    assert accepts_at(state, 10) == corrected + timedelta(days=10)
    assert accept_by_silence(state, 10, at("acme/ben", RECORDED + timedelta(days=12))) == []


def test_who_said_no_is_not_silent() -> None:
    """A rejected entry does not lapse, nor any correction of it until one is confirmed."""
    later = at("acme/ben", RECORDED + timedelta(days=100))
    rejected = then(waiting(), entry.reject(waiting(), "not ours", CAUTIOUS, at("acme/ben", RECORDED)))
    assert accept_by_silence(rejected, 10, later) == []
    more = msgspec.structs.replace(MEDIA, amount_minor=25_000)
    contested = then(rejected, entry.correct(rejected, more, "a slip", CAUTIOUS, at("jot/ana", RECORDED)))
    assert (contested.status, accept_by_silence(contested, 10, later)) == (Status.AWAITING, [])


def test_what_does_not_wait_is_left_alone() -> None:
    """Neither what counts nor what was voided, nor anything where silence never accepts."""
    later = at("acme/ben", RECORDED + timedelta(days=100))
    confirmed = then(waiting(), entry.confirm(waiting(), CAUTIOUS, at("acme/ben", RECORDED)))
    voided = then(waiting(), entry.void(waiting(), "twice", at("jot/ana", RECORDED)))
    assert [accept_by_silence(each, 10, later) for each in (confirmed, voided, entry.initial())] == [[], [], []]
    assert accept_by_silence(waiting(), None, later) == []


def test_after_silence_it_is_an_entry_that_counts() -> None:
    """It can be corrected and voided by who recorded it, and no longer be rejected."""
    state = waiting()
    state = then(state, accept_by_silence(state, 10, at("acme/ben", RECORDED + timedelta(days=10))))
    assert entry.confirm(state, CAUTIOUS, at("acme/ben", RECORDED)) == []
    assert entry.is_counted(then(state, entry.void(state, "twice", at("jot/ana", RECORDED)))) is False
