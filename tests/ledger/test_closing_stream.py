"""The periods of a book, closed in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.book import closing
from ledger.book.closing import Closings
from ledger.book.events import Event, PeriodClosed, Stamp
from ledger.values.errors import Refused
from ledger.values.periods import Every, parse_period
from tests.ledger.book_examples import ANA, BEN, EVE, KAI, OF_THREE, TERMS, Terms, after

LATER = date(2027, 1, 1)
ROOT, STATEMENT = "aa" * 32, "bb" * 32
BALANCES = {"acme": -1_200, "jot": 1_200}


def decide(
    state: Closings,
    key: str,
    cutoff_seq: int,
    *,
    stamp: Stamp = ANA,
    terms: Terms = TERMS,
    today: date = LATER,
) -> list[Event]:
    return closing.close(
        state,
        parse_period(key),
        terms,
        stamp,
        cutoff_seq=cutoff_seq,
        root=ROOT,
        statement=STATEMENT,
        closing_minor=BALANCES,
        today=today,
    )


def closed(*cutoffs: int) -> Closings:
    """A book whose periods from 2026-01 on were closed at these cut-offs."""
    state = closing.initial()
    for month, cutoff_seq in enumerate(cutoffs, 1):
        state = after(closing.evolve, state, decide(state, f"2026-{month:02d}", cutoff_seq))
    return state


def test_a_period_is_closed() -> None:
    """A close records the cut-off, the root of the book, the statement's digest and the closing balances."""
    expected = PeriodClosed(
        period="2026-01",
        cutoff_seq=10,
        root=ROOT,
        statement=STATEMENT,
        currency="EUR",
        closing_minor=BALANCES,
        **ANA.on("acme-jot/closing", 1),
    )
    assert decide(closing.initial(), "2026-01", 10) == [expected]
    last = closing.last_closed(closed(10))
    assert last is not None
    assert (last.period.key, last.cutoff_seq, last.seq, last.statement) == ("2026-01", 10, 11, STATEMENT)
    assert last.closing_minor == BALANCES


def test_a_closed_period_is_not_closed_again() -> None:
    """Closing any closed period again gives no event, whoever asks, and whatever is known by now."""
    state = closed(10, 20)
    assert decide(state, "2026-02", 20) == []
    assert decide(state, "2026-01", 99, stamp=BEN) == []


@pytest.mark.parametrize("key", ["2026-02", "2026-04", "2025-12", "2026-Q1", "2026"])
def test_periods_are_closed_in_order(key: str) -> None:
    """No period is left out, and none is of another length; the next one is named."""
    with pytest.raises(Refused, match=f"{key} is not the next period to close") as refused:
        decide(closing.initial(), key, 10)
    assert refused.value.hint == "the next one is 2026-01"


def test_the_first_period_is_the_one_that_the_agreement_starts_in() -> None:
    """An agreement that starts in mid-May and is settled by quarter begins with the second quarter."""
    terms = replace(TERMS, starts_on=date(2026, 5, 15), every=Every.QUARTER)
    assert closing.first_period(terms).key == "2026-Q2"
    assert closing.next_period(closing.initial(), closing.first_period(terms)).key == "2026-Q2"
    assert len(decide(closing.initial(), "2026-Q2", 10, terms=terms)) == 1


def test_a_period_is_closed_once_it_is_over() -> None:
    """The first day on which a period may be closed is the day after its last."""
    with pytest.raises(Refused, match="2026-01 has not ended: its last day is 2026-01-31") as refused:
        decide(closing.initial(), "2026-01", 10, today=date(2026, 1, 31))
    assert refused.value.hint == "close it on 2026-02-01 or later"
    assert len(decide(closing.initial(), "2026-01", 10, today=date(2026, 2, 1))) == 1


def test_the_last_period_of_the_calendar_is_never_over() -> None:
    """There is no day after 9999-12-31 on which it could be closed."""
    terms = replace(TERMS, starts_on=date(9999, 12, 1))
    with pytest.raises(Refused, match="9999-12 has not ended"):
        decide(closing.initial(), "9999-12", 10, terms=terms, today=date.max)


def test_the_terms_may_name_who_closes() -> None:
    """Any party closes, or only those that the terms name; never an outsider."""
    named = replace(TERMS, roles={"close": ("jot/leo", "acme")})
    assert decide(closing.initial(), "2026-01", 10, stamp=BEN, terms=named)
    with pytest.raises(Refused, match="jot/ana may not close in acme-jot"):
        decide(closing.initial(), "2026-01", 10, stamp=ANA, terms=named)
    with pytest.raises(Refused, match="other is no party of acme-jot"):
        decide(closing.initial(), "2026-01", 10, stamp=EVE)


def test_whoever_may_close_by_the_terms_of_the_period_or_of_today_closes() -> None:
    """The party that the period's terms name may have left, or not be there yet: either terms are enough."""
    then, now = replace(TERMS, roles={"close": ("acme",)}), replace(OF_THREE, roles={"close": ("kim/kai",)})
    january = parse_period("2026-01")
    for stamp in (BEN, KAI):
        closing.check_closable(closing.initial(), january, then, stamp, LATER, now)
    for stamp, message in ((ANA, "jot/ana may not close"), (EVE, "other is no party")):
        with pytest.raises(Refused, match=message):
            closing.check_closable(closing.initial(), january, then, stamp, LATER, now)


def test_a_cutoff_counts_the_close_before_it() -> None:
    """A cut-off before the last close would unknow what is known: that is our mistake, not the user's."""
    assert decide(closed(10), "2026-02", 11)
    with pytest.raises(AssertionError):
        decide(closed(10), "2026-02", 10)


def test_the_next_period_follows_the_last_closed() -> None:
    """A book without a close begins with its first period."""
    january, march = parse_period("2026-01"), parse_period("2026-03")
    assert closing.next_period(closed(10, 20), january) == march
    assert closing.next_period(closing.initial(), january) == january
    assert closing.last_closed(closing.initial()) is None
