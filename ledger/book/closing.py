"""The periods that were closed, in order and without gaps.

A close fixes what was known: every event up to its cut-off counts, and everything after belongs to the
next *epoch* of knowledge, whose corrections of closed periods are posted as adjustments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from ledger.book import rules
from ledger.book.events import Event, PeriodClosed, Stamp
from ledger.book.terms_view import TermsView
from ledger.values.errors import Broken, Refused
from ledger.values.periods import Period, parse_period, period_of

# --- state ------------------------------------------------------------------------------------------------


class Closing(msgspec.Struct, frozen=True):
    """One closed period: what was known at its cut-off, and the statement that followed from it.

    `statement` is the statement's digest, `root` the Merkle root of the book at the cut-off,
    `closing_minor` each party's closing balance in minor units of `currency`.
    """

    period: Period
    cutoff_seq: int
    statement: str
    root: str
    currency: str
    closing_minor: Mapping[str, int]
    recorded_at: datetime

    @property
    def seq(self) -> int:
        """The place of the close itself in the book: right after its cut-off."""
        return self.cutoff_seq + 1


class Closings(msgspec.Struct, frozen=True):
    """Every closing of a book, oldest first."""

    closings: tuple[Closing, ...] = ()
    version: int = 0


def initial() -> Closings:
    """A book of which no period is closed."""
    return Closings()


def stream(book: str) -> str:
    """The stream of a book's closings: `acme-jot/closing`."""
    return f"{book}/closing"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Closings, event: Event) -> Closings:
    """The closings after one more. Raises `Broken` for any event but `PeriodClosed`."""
    match event:
        case PeriodClosed():
            closing = Closing(
                period=parse_period(event.period),
                cutoff_seq=event.cutoff_seq,
                statement=event.statement,
                root=event.root,
                currency=event.currency,
                closing_minor=event.closing_minor,
                recorded_at=event.recorded_at,
            )
            return replace(state, closings=(*state.closings, closing), version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to the closings ({event.stream})")


# --- decisions --------------------------------------------------------------------------------------------


def close(
    state: Closings,
    period: Period,
    terms: TermsView,
    stamp: Stamp,
    *,
    today_terms: TermsView | None = None,
    cutoff_seq: int,
    root: str,
    statement: str,
    closing_minor: Mapping[str, int],
    today: date,
) -> list[Event]:
    """Close the next period, once it is over. A period that is closed already is no event.

    `terms` govern the period, `today_terms` the day on which this is decided, which is `today`; `root`, `statement`
    and `closing_minor` are as in `Closing`.
    """
    if closing_of(state, period) is not None:
        return []
    check_closable(state, period, terms, stamp, today, today_terms)
    last = last_closed(state)
    assert last is None or cutoff_seq >= last.seq, "a cut-off counts the closings before it"
    event = PeriodClosed(
        period=period.key,
        cutoff_seq=cutoff_seq,
        root=root,
        statement=statement,
        currency=terms.currency,
        closing_minor=dict(closing_minor),
        **stamp.on(stream(terms.agreement), state.version + 1),
    )
    return [event]


def check_closable(
    state: Closings,
    period: Period,
    terms: TermsView,
    stamp: Stamp,
    today: date,
    today_terms: TermsView | None = None,
) -> None:
    """Refuse a period that is not the next to close or not over, and an actor that may not close.

    Whoever may close by the terms that govern the period, or by those of today (`today_terms`), may close it.
    """
    rules.under_any(lambda each: rules.check_role(each, "close", stamp), terms, today_terms)
    following = next_period(state, first_period(terms))
    if period != following:
        raise Refused(f"{period} is not the next period to close", f"the next one is {following}")
    if period.last >= today:
        after = period.last + timedelta(days=1) if period.last < date.max else period.last
        raise Refused(f"{period} has not ended: its last day is {period.last}", f"close it on {after} or later")


# --- questions --------------------------------------------------------------------------------------------


def first_period(terms: TermsView) -> Period:
    """The period that the agreement starts in."""
    return period_of(terms.starts_on, terms.every)


def last_closed(state: Closings) -> Closing | None:
    """The latest closing, None before the first."""
    return state.closings[-1] if state.closings else None


def next_period(state: Closings, first: Period) -> Period:
    """The period to close next; `first` is the one that the agreement starts in."""
    last = last_closed(state)
    return first if last is None else last.period.next()


def closing_of(state: Closings, period: Period) -> Closing | None:
    """The closing of a period, None while it is open."""
    return next((closing for closing in state.closings if closing.period == period), None)
