"""Every event of an honest book is admitted by the rules; what nobody could have recorded is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from ledger.book.events import (
    AgreementAccepted,
    AgreementProposed,
    EntryConfirmed,
    EntryVoided,
    Event,
    PayoutApproved,
    PayoutSettled,
    PeriodClosed,
    ResultReported,
)
from ledger.bundle.rules import Rules
from tests.playing import play
from tests.projections.dollars import dollars
from tests.projections.story import BOOK, LEO, MIA, everything
from tests.projections.story_life import BOOK as LIFE
from tests.projections.story_life import life
from tests.strategies import History, histories
from tests.world import Book


def found(events: Iterable[Event], book: str = BOOK) -> list[str]:
    """What the rules say against a book."""
    rules = Rules(book)
    for seq, event in enumerate(events, 1):
        rules.take(seq, event)
    return rules.check().problems


@pytest.mark.parametrize(("tell", "book"), [(everything, BOOK), (dollars, BOOK), (life, LIFE)])
def test_an_honest_book_is_admitted(tell: Callable[[], tuple[Event, ...]], book: str) -> None:
    """With every type of event that there is."""
    assert found(tell(), book) == []


@settings(max_examples=settings().max_examples // 4)
@given(history=histories())
def test_any_history_is_admitted(history: History) -> None:
    """Whatever people do by the deciders, the same deciders come to it again."""
    played = play(history, Book)
    assert isinstance(played.book, Book)
    assert found(event for _, event in played.book.events) == []


def last(kind: type[Event]) -> int:
    """The place of the last event of a kind in the story."""
    return max(place for place, event in enumerate(everything()) if isinstance(event, kind))


def forged(place: int, **changes: Any) -> list[Event]:
    """The story with another content of one event."""
    events = list(everything())
    events[place] = msgspec.structs.replace(events[place], **changes)
    return events


FORGERIES: dict[str, tuple[int, dict[str, Any]]] = {
    "an acceptance by a stranger": (last(AgreementAccepted), {"actor": "eve/eve"}),
    "terms proposed by a stranger": (last(AgreementProposed), {"actor": "eve/eve"}),
    "terms under another digest": (last(AgreementProposed), {"digest": "0" * 64}),
    "an entry confirmed by who recorded it": (last(EntryConfirmed), {"actor": LEO}),
    "an entry voided by another party": (last(EntryVoided), {"actor": LEO}),
    "a close by a stranger": (last(PeriodClosed), {"actor": "eve/eve"}),
    "a close out of order": (last(PeriodClosed), {"period": "2026-05"}),
    "a close before the period is over": (
        last(PeriodClosed), {"recorded_at": everything()[last(PeriodClosed)].recorded_at - timedelta(days=9)},
    ),
    "a payout approved by who proposed it": (last(PayoutApproved), {"actor": MIA}),
    "money that arrived before it was sent": (last(PayoutSettled), {"effective_on": date(2026, 2, 1)}),
    "money that is still to arrive": (last(PayoutSettled), {"effective_on": date(2026, 9, 1)}),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGERIES)
def test_what_nobody_could_have_recorded_is_named(what: str) -> None:
    """The first problem names the event that was forged."""
    place, changes = FORGERIES[what]
    assert found(forged(place, **changes))[0].startswith(f"event {place + 1}")


def test_a_yes_that_was_not_needed_but_is_said_to_be_missing() -> None:
    """Whether an entry waits for somebody's yes follows from the terms, not from who wrote the file."""
    place = next(n for n, event in enumerate(everything()) if getattr(event, "awaits_confirmation", False))
    assert found(forged(place, awaits_confirmation=False))[0].startswith(f"event {place + 1}")


@pytest.mark.parametrize("stream", [BOOK, f"{BOOK}/", f"{BOOK}/entry", f"{BOOK}/nothing/x", f"{BOOK}/payout/x", "/"])
def test_an_event_in_no_stream_of_its_kind_is_named(stream: str) -> None:
    """Nothing throws, whatever a stream is called."""
    place = last(ResultReported)
    assert any(problem.startswith(f"event {place + 1}") for problem in found(forged(place, stream=stream)))


def test_near_midnight_either_day_will_do() -> None:
    """A command asks for the time more than once."""
    place = last(PeriodClosed)
    on_the_eve = everything()[place].recorded_at.replace(month=2, day=28, hour=23, minute=59)
    assert found(forged(place, recorded_at=on_the_eve))[:1] == []
    assert found(forged(place, recorded_at=on_the_eve - timedelta(minutes=9)))[0].startswith(f"event {place + 1}")
