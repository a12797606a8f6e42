"""What happened is told event by event, in plain words, from any point and through any filter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.application import Ledger
from ledger.book.events import EVENTS
from ledger.values.errors import Refused, Rejected
from projections.follower import Follower
from projections.history import EVERYTHING, Filter, Told, history
from projections.summaries import effective_on, summary
from tests.examples import EXAMPLES
from tests.projections.story import BOOK, everything


@pytest.fixture
def follower(ledger: Ledger) -> Follower:
    """A follower of a store that holds the story."""
    ledger.save(*everything())
    return Follower(ledger)


def told(follower: Follower, wanted: Filter = EVERYTHING, *, newest_first: bool = False) -> list[Told]:
    """All pages of a history, by pages of seven."""
    page = history(follower, BOOK, wanted, limit=7, newest_first=newest_first)
    found = list(page.events)
    while page.next is not None:
        page = history(follower, BOOK, wanted, limit=7, after=page.next, newest_first=newest_first)
        found += page.events
    return found


def seqs(follower: Follower, wanted: Filter) -> list[int]:
    """The seqs of the events that pass a filter."""
    return [each.seq for each in told(follower, wanted)]


def test_the_whole_story_is_told_in_order(follower: Follower) -> None:
    """Every event is there once with its actor, its instant and its reason; newest first is the same backwards."""
    found = told(follower)
    assert [each.seq for each in found] == list(range(1, len(everything()) + 1))
    for each, event in zip(found, everything(), strict=True):
        assert (each.actor, each.recorded_at, each.type) == (event.actor, event.recorded_at, type(event).__name__)
        assert each.reason == getattr(event, "reason", "")
        assert each.effective_on == effective_on(event)
    assert told(follower, newest_first=True) == found[::-1]


def test_what_somebody_added_or_answered_is_told(follower: Follower) -> None:
    """Notes and answers stand beside the line, not in it."""
    notes = {each.seq: each.note for each in told(follower) if each.note is not None}
    assert notes == {5: "as exported", 17: "matches the plan", 31: "go", 35: "we look into it"}


def test_filters_narrow_the_story(follower: Follower) -> None:
    """By person, party, type, name, instants of recording and seq; and by several."""
    assert seqs(follower, Filter(actor="acme/bob")) == [20, 29, 31, 32]
    by_party = seqs(follower, Filter(actor="acme")) + seqs(follower, Filter(actor="jot"))
    assert sorted(by_party) == list(range(1, 51))
    assert seqs(follower, Filter(actor="acm")) == []
    assert seqs(follower, Filter(types=("PeriodClosed", "EntryRejected"))) == [18, 27, 46]
    assert seqs(follower, Filter(reference="M-3")) == [15, 18, 19, 20]
    assert seqs(follower, Filter(reference="2026-01-2")) == [30, 31, 32, 33, 38, 39, 47]
    assert seqs(follower, Filter(reference="2026-01-2", types=("PayoutSent",))) == [32]
    march = Filter(since=datetime(2026, 3, 1, tzinfo=UTC), upto=48)
    assert seqs(follower, march) == [45, 46, 47, 48]
    assert seqs(follower, Filter(until=everything()[2].recorded_at)) == [1, 2]
    assert seqs(follower, Filter(reference="nothing")) == []


def test_pages_must_be_real(follower: Follower) -> None:
    """A page that no history has named is rejected, and so is a book that is not there."""
    for token in ("", "x", "-1", "1.0"):
        with pytest.raises(Rejected):
            history(follower, BOOK, after=token)
    with pytest.raises(Refused, match="there is no agreement 'nobody'"):
        history(follower, "nobody")


# --- words ------------------------------------------------------------------------------------------------


def test_every_type_of_event_has_words() -> None:
    """There is no event that the timeline could not tell in a line."""
    assert {type(each) for each in EXAMPLES} == set(EVENTS)
    for each in EXAMPLES:
        line = summary(each, "EUR")
        assert line
        assert "\n" not in line


@pytest.mark.parametrize(
    ("seq", "line"),
    [
        (5, "recorded S-1: 10,000.01 EUR of sales on 2026-01-05, collected by acme"),
        (8, "recorded N-1: 30.5 signups on 2026-01-31"),
        (15, "recorded M-3: 1,700.00 EUR of media on 2026-01-08, paid by jot, awaits confirmation"),
        (22, "settled 200.00 EUR of CB-1 on 2026-01-10, paid by acme (P-1)"),
        (25, "voided the part P-2 of CB-1"),
        (30, "proposed the payout 2026-01-2: acme pays jot 5,014.67 EUR by 2026-03-02"),
        (34, "disputed acme-jot/2026-01/jot/share (2026-01-1): expects 8,000.00 EUR, not 2,114.67 EUR"),
        (37, "resolved the dispute 2026-01-1 by corrections of S-1"),
        (49, "ended the agreement: its last day is 2026-12-31"),
    ],
)
def test_an_event_in_plain_words(sqlite_ledger: Ledger, seq: int, line: str) -> None:
    """An event reads as somebody would say it."""
    sqlite_ledger.save(*everything())
    assert told(Follower(sqlite_ledger))[seq - 1].summary == line
