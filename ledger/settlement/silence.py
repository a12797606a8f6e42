"""Which entries silence accepts: those that wait for an answer, by the terms of when they were recorded."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from ledger.book.silence import accepts_at
from ledger.settlement.knowledge import Awaiting, Facts, Knowledge


def term_of(known: Knowledge, waiting: Awaiting) -> int | None:
    """After how many full days silence accepts an entry, by the terms that it was recorded under; None: never.

    They are those of its effective date, among the versions that were in force when it (or its last correction)
    was recorded. What was agreed on later changes nothing.
    """
    then = tuple(version for version in known.versions if version.since_seq <= waiting.seq)
    return replace(known, versions=then).terms_on(waiting.entry.contents[-1].effective_on).silence


def run_out(facts: Facts, now: datetime) -> list[tuple[Awaiting, int]]:
    """The entries whose term has run out by an instant, by reference, each with its days."""
    found = []
    for waiting in facts.awaiting():
        days = term_of(facts.knowledge(), waiting)
        when = accepts_at(waiting.entry, days)
        if days is not None and when is not None and when <= now:
            found.append((waiting, days))
    return found
