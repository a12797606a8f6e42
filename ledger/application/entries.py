"""Commands on entries: record, confirm, reject, correct, void; liabilities settled and released."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

import msgspec

from ledger.application.core import Core, Decision, governing_terms, terms_on
from ledger.application.imports import Imported, Incoming, record_all
from ledger.application.silence import accept_silent
from ledger.application.together import decide_all
from ledger.book import agreement, entry, liability
from ledger.book.events import Fact, LiabilityPart
from ledger.book.partner_facts import CAPITAL_FACTS
from ledger.book.partner_rules import worked_out
from ledger.settlement.silence import run_out
from ledger.terms.document import Terms
from ledger.values.errors import Finding, Refused


class Entries:
    """What happened, and what became of it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def record(self, book: str, reference: str, fact: Fact, **details: Any) -> Decision:
        """Record a fact. The same fact again is no event; other content under the same reference is refused.

        `details` are `note`, `source`, `original` and `evidence` of the event.
        """

        def decision(agreed: agreement.Agreement, state: entry.Entry) -> Decision:
            terms = terms_on(agreed, fact.effective_on)
            return entry.record(state, reference, fact, terms, self._core.stamp(), **details)

        return self._decide(book, reference, decision)

    def confirm(self, book: str, reference: str, note: str | None = None) -> Decision:
        """Say yes to an entry of the counterparty."""
        return self.confirm_all(book, (reference,), note)

    def confirm_all(self, book: str, references: Sequence[str], note: str | None = None) -> Decision:
        """Say yes to entries of the counterparty: to all of them, or to none when one is refused."""
        core, terms_on = self._core, self._governing(book)

        def decide(state: entry.Entry) -> Decision:
            terms, present = terms_on(entry.current(state).effective_on), terms_on(core.today)
            return entry.confirm(state, terms, core.stamp(), note=note, also=(present,))

        return self._decide_all(book, references, decide)

    def reject(self, book: str, reference: str, reason: str) -> Decision:
        """Say no to an entry of the counterparty."""
        return self.reject_all(book, (reference,), reason)

    def reject_all(self, book: str, references: Sequence[str], reason: str) -> Decision:
        """Say no to entries of the counterparty: to all of them, or to none when one is refused."""
        core, terms_on = self._core, self._governing(book)

        def decide(state: entry.Entry) -> Decision:
            terms, present = terms_on(entry.current(state).effective_on), terms_on(core.today)
            return entry.reject(state, reason, terms, core.stamp(), also=(present,))

        return self._decide_all(book, references, decide)

    def accept_silent(self, book: str) -> Decision:
        """Record that silence accepted every entry whose term for an answer has run out."""
        return accept_silent(self._core, book, self._core.facts(book))

    def accepted_by_silence(self, book: str) -> list[str]:
        """The references of the entries whose term for an answer has run out, and for which this is not recorded."""
        return [waiting.entry.reference for waiting, _ in run_out(self._core.facts(book), self._core.now())]

    def correct(self, book: str, reference: str, changes: dict[str, Any], reason: str, **details: Any) -> Decision:
        """Replace the content of an entry: `changes` goes from field names of the fact to new values.

        `details` are `original` and `evidence` of the event.
        """

        def decision(agreed: agreement.Agreement, state: entry.Entry) -> Decision:
            self._require(book, reference, state)
            fact = msgspec.structs.replace(entry.current(state), **changes)
            if isinstance(fact, CAPITAL_FACTS):
                fact = worked_out(fact)
            terms = terms_on(agreed, fact.effective_on)
            return entry.correct(state, fact, reason, terms, self._core.stamp(), **details)

        return self._decide(book, reference, decision)

    def void(self, book: str, reference: str, reason: str, part: str | None = None) -> Decision:
        """Take an entry (or one settlement or release of a liability) back; both stay on record."""

        def decision(_: agreement.Agreement, state: entry.Entry) -> Decision:
            self._require(book, reference, state)
            return entry.void(state, reason, self._core.stamp(), part=part)

        return self._decide(book, reference, decision)

    def void_all(self, book: str, references: Sequence[str], reason: str) -> Decision:
        """Take entries back: all of them, or none when one is refused."""
        return self._decide_all(book, references, lambda state: entry.void(state, reason, self._core.stamp()))

    def settle_liability(self, book: str, reference: str, part: LiabilityPart) -> Decision:
        """A party paid (a part of) a liability."""

        def decision(agreed: agreement.Agreement, state: entry.Entry) -> Decision:
            self._require(book, reference, state)
            terms, *also = self._terms_of_part(agreed, state, part)
            return liability.settle_liability(state, part, terms, self._core.stamp(), also=also)

        return self._decide(book, reference, decision)

    def release_liability(self, book: str, reference: str, part: LiabilityPart, reason: str) -> Decision:
        """(A part of) a liability turned out not to be owed."""

        def decision(agreed: agreement.Agreement, state: entry.Entry) -> Decision:
            self._require(book, reference, state)
            terms, *also = self._terms_of_part(agreed, state, part)
            return liability.release_liability(state, part, reason, terms, self._core.stamp(), also=also)

        return self._decide(book, reference, decision)

    def current(self, book: str, reference: str) -> entry.Entry:
        """The present state of an entry. Raises `Refused` where there is none."""
        state = self._core.load(entry, entry.stream(book, reference))
        self._require(book, reference, state)
        return state

    def import_all(
        self,
        book: str,
        rows: Iterable[Incoming | Finding],
        file: str,
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Imported:
        """Record all facts of a file in one transaction, or nothing.

        Facts that are on record with the same content are counted and skipped. Raises `Rejected` with
        every finding of the file. Memory does not grow with the file.
        """
        return record_all(self._core, book, rows, file, dry_run=dry_run, progress=progress)

    # --- helpers ------------------------------------------------------------------------------------------

    def _require(self, book: str, reference: str, state: entry.Entry) -> None:
        if not state.contents:
            self._core.require_book(book)
            raise Refused(f"{book} has no entry {reference!r}", f"list them: pactbook entries {book}")

    def _governing(self, book: str) -> Callable[[date], Terms]:
        """The terms that govern a day; the agreement is read once, when they are first asked for."""
        read = cache(lambda: self._core.agreement(book))
        return cache(lambda day: governing_terms(read(), day))

    def _terms_of_part(self, agreed: agreement.Agreement, state: entry.Entry, part: LiabilityPart) -> list[Terms]:
        """The terms that govern the day of a part, the day of its liability, and today."""
        days = (part.effective_on, entry.current(state).effective_on, self._core.today)
        return [governing_terms(agreed, day) for day in days]

    def _decide_all(self, book: str, references: Sequence[str], decide: Callable[[entry.Entry], Decision]) -> Decision:
        self._core.require_book(book)
        return decide_all(self._core, book, references, decide)

    def _decide(
        self, book: str, reference: str, decision: Callable[[agreement.Agreement, entry.Entry], Decision]
    ) -> Decision:
        """Decide on an entry, on the condition that the agreement stays as it was read."""
        read: list[tuple[agreement.Agreement, entry.Entry]] = []

        def unchanged() -> dict[str, int]:
            read[:] = [self._core.agreed(book, entry, entry.stream(book, reference))]
            return {agreement.stream(book): read[0][0].version}

        return self._core.decide(lambda: decision(*read[0]), unchanged=unchanged)
