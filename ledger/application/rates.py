"""Commands on rates of exchange: fix one, or all of a file in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce

import msgspec
from eventsourcing.persistence import StoredEvent

from ledger.application.core import Core, Decision
from ledger.book import agreement, rate
from ledger.book.events import Event
from ledger.store.appender import Appender
from ledger.values.errors import Finding, PactbookError, Rejected
from ledger.values.money import currency


class Quote(msgspec.Struct, frozen=True):
    """A rate of a file: the line, the foreign currency, and what was quoted."""

    line: int
    currency: str
    quoted: rate.Quoted


class Fixings(msgspec.Struct):
    """What an import of rates recorded, and how many rates of the file were there already, by currency."""

    recorded: dict[str, int] = msgspec.field(default_factory=dict)
    repeated: dict[str, int] = msgspec.field(default_factory=dict)


class RatesOfExchange:
    """What foreign currencies were worth."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def fix(self, book: str, code: str, quoted: rate.Quoted, reason: str | None = None) -> Decision:
        """Fix the rate of a day. The same again is no event; another one needs the reason why it is corrected."""
        core = self._core

        def decision() -> Decision:
            terms = core.terms(book)
            rate.check_currency(code, terms)
            state = core.load(rate, rate.stream(book, code))
            return rate.fix(state, code, quoted, terms, core.stamp(), reason=reason)

        return core.decide(decision, unchanged=lambda: self._based_on(book))

    def import_all(self, book: str, quotes: Sequence[Quote], file: str) -> Fixings:
        """Fix all rates of a file in one transaction, or none. Raises `Rejected` with every finding.

        Rates that are fixed already, and are the same, are counted and skipped.
        """
        importing = _Importing(self._core, book, file)
        with self._core.books.appending() as appender:
            decided = importing.decide(quotes, appender)
            appender.require_versions(self._based_on(book))
            if importing.findings:
                appender.rollback()
                raise Rejected(importing.findings)
            if self._core.dry_run:
                appender.rollback()
            else:
                appender.append([self._core.mapper.to_stored_event(event) for event in decided])
        return importing.report

    def _based_on(self, book: str) -> dict[str, int]:
        """The agreement's stream and version: all decisions stand on it."""
        return {agreement.stream(book): self._core.agreement(book).version}


class _Importing:
    """One import under way: the rates as they stand, what was found wrong, what was fixed."""

    def __init__(self, core: Core, book: str, file: str) -> None:
        self.report = Fixings()
        self.findings: list[Finding] = []
        self._core = core
        self._book = book
        self._file = file
        self._terms = core.terms(book)
        self._stamp = core.stamp()

    def decide(self, quotes: Sequence[Quote], appender: Appender) -> Decision:
        """The events that come of a file's rates."""
        states = self._states(sorted({each.currency for each in quotes}), appender)
        decided: Decision = []
        for each in sorted(quotes, key=lambda quote: (quote.currency, quote.quoted.day)):
            state = states[each.currency]
            try:
                stamp = self._stamp._replace(salt=self._core.salt())
                events = rate.fix(state, each.currency, each.quoted, self._terms, stamp)
            except PactbookError as error:
                self.findings.append(Finding(error.message, error.hint, self._file, each.line))
                continue
            count = self.report.recorded if events else self.report.repeated
            count[each.currency] = count.get(each.currency, 0) + 1
            states[each.currency] = _with(state, each.quoted.day, events)
            decided += events
        return decided

    def _states(self, codes: Iterable[str], appender: Appender) -> dict[str, rate.Rates]:
        names = {rate.stream(self._book, currency(code).code): code for code in codes}
        found = appender.streams(list(names))
        return {names[name]: self._fold(found.get(name, ())) for name in names}

    def _fold(self, stored: Iterable[StoredEvent]) -> rate.Rates:
        events = (self._core.mapper.to_domain_event(each) for each in stored)
        state = reduce(rate.evolve, (event for event in events if isinstance(event, Event)), rate.initial())
        return rate.Rates(dict(state.by_day), state.version)


def _with(state: rate.Rates, day: date, events: Sequence[Event]) -> rate.Rates:
    """The state after a decision. The days are this import's own copy, so thousands of them grow in place."""
    for event in events:
        days = state.by_day
        assert isinstance(days, dict)
        days[day] = rate.evolve(rate.initial(), event).by_day[day]
        state = rate.Rates(days, event.version)
    return state
