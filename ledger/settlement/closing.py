"""Which statement is asked for: sealed at its cut-off, or as known at any moment."""

from __future__ import annotations

from ledger.book.closing import Closing
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement, statement
from ledger.values.errors import Refused
from ledger.values.periods import Period, every


def statement_of(facts: Facts, period: Period, known_at: int | None = None) -> Statement:
    """The statement of a period: the issued one if it is closed and no moment is named, else as known then.

    Of facts that end on a day it is never the issued one. Raises `Refused` for a period before the agreement began,
    and for a moment that is still to come.
    """
    if known_at is not None and known_at > facts.head():
        raise Refused(f"nothing is known yet at {known_at}", f"the newest event is {facts.head()}")
    closings = facts.closings()
    for place, closing in enumerate(closings):
        if facts.as_of is None and closing.period == period and known_at in (None, closing.cutoff_seq):
            return _at(facts, period, closing.cutoff_seq, closings[:place], sealed=True)
    upto = facts.head() if known_at is None else known_at
    return _at(facts, period, upto, tuple(closing for closing in closings if closing.cutoff_seq < upto), sealed=False)


def closing_statement(facts: Facts, period: Period) -> Statement:
    """The statement that closing a period now would seal: everything that is known counts.

    Raises `Refused` where the terms do not let it be closed: parties report a metric too differently, in this period or
    in one before it; and where a rate of exchange is missing.
    """
    made = _at(facts, period, facts.head(), facts.closings(), sealed=True)
    if made.stopped:
        said = "correct the reports until they agree, or void one of them; or agree on an amendment (`authority`)"
        raise Refused(f"{period} cannot be closed. {'. '.join(made.stopped)}", said)
    if made.missing:
        named, more = made.missing[:_NAMED], len(made.missing) - _NAMED
        said = "; ".join(map(str, named)) + (f"; and {more} more are missing" if more > 0 else "")
        raise Refused(f"{period} cannot be closed: {said}", named[0].hint(made.agreement))
    return made


_NAMED = 5  #: missing rates that are named; the rest are counted


def _at(facts: Facts, period: Period, known_at: int, closed: tuple[Closing, ...], *, sealed: bool) -> Statement:
    now = facts.knowledge(known_at)
    first = now.first_period
    if period.first < first.first or every(period.key) is not every(first.key):
        raise Refused(f"{period} is not a period of {now.agreement}", f"its first period is {first}")
    last = closed[-1] if closed else None
    if last is None or last.period.next() != period:
        return statement(period, now, None, sealed=sealed)
    changes = facts.changes(last.cutoff_seq, known_at, period.first)
    return statement(period, now, facts.knowledge(last.cutoff_seq), changes, sealed=sealed)
