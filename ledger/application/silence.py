"""Time made a fact: what nobody answered is recorded as accepted, where the terms say so."""

from __future__ import annotations

from ledger.application.core import Core, Decision
from ledger.application.together import decide_all
from ledger.book import entry
from ledger.book.silence import accept_by_silence
from ledger.settlement.knowledge import Facts
from ledger.settlement.silence import run_out


def accept_silent(core: Core, book: str, facts: Facts) -> Decision:
    """Record for every entry whose term for an answer has run out that silence accepted it: for all, or none.

    An entry that was answered or corrected meanwhile is left alone.
    """
    due = {waiting.entry.reference: (waiting.entry.version, days) for waiting, days in run_out(facts, core.now())}
    if not due:
        return []

    def decide(state: entry.Entry) -> Decision:
        version, days = due[state.reference]
        return accept_by_silence(state, days, core.stamp()) if state.version == version else []

    return decide_all(core, book, list(due), decide)
