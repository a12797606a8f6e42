"""What only time does to an entry: where the terms say so, it is accepted when nobody answers for long enough.

Time alone changes nothing in a book. Somebody has to record that the term has run out, so that everything still
follows from the events: it happens before each close, and whenever a party asks for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.book.entry import Entry, Status
from ledger.book.events import EntryAcceptedBySilence, Event, Stamp
from ledger.book.partner_rules import concerned

CLAUSE = "confirm.silence"


def accepts_at(state: Entry, days: int | None) -> datetime | None:
    """The instant at which silence accepts an entry, by a term of so many full days (None: never).

    The term runs from when the entry, or its last correction, was recorded. None for what does not wait, and for
    what was rejected and not confirmed since: whoever has said no is not silent. Nor does silence ever change the
    capital of several parties: each of them has to say yes.
    """
    if days is None or state.since is None or state.status is not Status.AWAITING or state.contested:
        return None
    if concerned(state.contents[-1]):
        return None
    try:
        return state.since + timedelta(days=days)
    except OverflowError:
        return None  # beyond the calendar, which ends with 9999: that never comes


def accept_by_silence(state: Entry, days: int | None, stamp: Stamp) -> list[Event]:
    """Record that the term for an answer has run out by the stamp's instant; no event where it has not."""
    when = accepts_at(state, days)
    if days is None or when is None or stamp.recorded_at < when:
        return []
    header = stamp.on(state.stream, state.version + 1)
    return [EntryAcceptedBySilence(days=days, clause=CLAUSE, **header)]
