"""Commands on entries: record, confirm, reject, correct, void; liabilities settled and released."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec

from ledger.application.core import Core, Decision, terms_on
from ledger.book import agreement, entry, liability
from ledger.book.events import Event, Fact, LiabilityPart
from ledger.store.appender import Appender
from ledger.terms.document import Terms, read_canonical
from ledger.values.errors import Finding, PactbookError, Refused, Rejected

BATCH = 1_000
FINDINGS_LIMIT = 1_000


class Incoming(Protocol):
    """A fact to record, as an import brings it: where it stands in the file, and what it says."""

    @property
    def line(self) -> int: ...

    @property
    def reference(self) -> str: ...

    @property
    def fact(self) -> Fact: ...

    @property
    def note(self) -> str | None: ...

    @property
    def original(self) -> str | None: ...

    @property
    def source(self) -> str | None: ...


@dataclass(slots=True)
class Imported:
    """What an import recorded: how many entries, how many were there already, how many await confirmation."""

    recorded: int = 0
    repeated: int = 0
    awaiting: int = 0
    sums_minor: dict[tuple[str, str], int] = field(default_factory=dict)


class Entries:
    """What happened, and what became of it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def record(self, book: str, reference: str, fact: Fact, **details: Any) -> Decision:
        """Record a fact. The same fact again is no event; other content under the same reference is refused.

        `details` are `note`, `source`, `original` and `evidence` of the event.
        """

        def decision() -> Decision:
            state = self._load(book, reference)
            terms = self._terms_on(book, fact.effective_on)
            return entry.record(state, reference, fact, terms, self._core.stamp(), **details)

        return self._decide(book, decision)

    def confirm(self, book: str, reference: str, note: str | None = None) -> Decision:
        """Say yes to an entry of the counterparty."""
        return self._decide(
            book,
            lambda: entry.confirm(self._existing(book, reference), self._core.terms(book), self._core.stamp(), note=note),
        )

    def reject(self, book: str, reference: str, reason: str) -> Decision:
        """Say no to an entry of the counterparty."""
        return self._decide(
            book,
            lambda: entry.reject(self._existing(book, reference), reason, self._core.terms(book), self._core.stamp()),
        )

    def correct(self, book: str, reference: str, changes: dict[str, Any], reason: str) -> Decision:
        """Replace the content of an entry: `changes` goes from field names of the fact to new values."""

        def decision() -> Decision:
            state = self._existing(book, reference)
            fact = msgspec.structs.replace(entry.current(state), **changes)
            return entry.correct(state, fact, reason, self._terms_on(book, fact.effective_on), self._core.stamp())

        return self._decide(book, decision)

    def void(self, book: str, reference: str, reason: str, part: str | None = None) -> Decision:
        """Take an entry (or one settlement or release of a liability) back; both stay on record."""
        return self._decide(
            book, lambda: entry.void(self._existing(book, reference), reason, self._core.stamp(), part=part)
        )

    def settle_liability(self, book: str, reference: str, part: LiabilityPart) -> Decision:
        """A party paid (a part of) a liability."""
        return self._decide(
            book,
            lambda: liability.settle_liability(
                self._existing(book, reference), part, self._core.terms(book), self._core.stamp()
            ),
        )

    def release_liability(self, book: str, reference: str, part: LiabilityPart, reason: str) -> Decision:
        """(A part of) a liability turned out not to be owed."""
        return self._decide(
            book,
            lambda: liability.release_liability(
                self._existing(book, reference), part, reason, self._core.terms(book), self._core.stamp()
            ),
        )

    def current(self, book: str, reference: str) -> entry.Entry:
        """The present state of an entry. Raises `Refused` where there is none."""
        return self._existing(book, reference)

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
        importing = _Importing(self._core, book, file)
        with self._core.books.appending() as appender:
            for batch in _batches(rows, BATCH):
                importing.take(batch, appender)
                progress(len(batch))
            appender.require_versions(importing.based_on)
            if importing.findings:
                appender.rollback()
                raise Rejected(importing.findings, more=importing.more)
            if dry_run:
                appender.rollback()
        return importing.report

    # --- helpers ------------------------------------------------------------------------------------------

    def _load(self, book: str, reference: str) -> entry.Entry:
        return self._core.load(entry, entry.stream(book, reference))

    def _existing(self, book: str, reference: str) -> entry.Entry:
        state = self._load(book, reference)
        if not state.contents:
            self._core.require_book(book)
            raise Refused(f"{book} has no entry {reference!r}", f"list them: pactbook entries {book}")
        return state

    def _terms_on(self, book: str, day: date) -> Terms | None:
        return terms_on(self._core.agreement(book), day)

    def _decide(self, book: str, decision: Callable[[], Decision]) -> Decision:
        """Decide on the condition that the agreement stays as it was read."""

        def unchanged() -> dict[str, int]:
            return {agreement.stream(book): self._core.agreement(book).version}

        return self._core.decide(decision, unchanged=unchanged)


class _Importing:
    """One import under way: the agreement as it stands, what was found wrong, what was recorded."""

    def __init__(self, core: Core, book: str, file: str) -> None:
        self.report = Imported()
        self.findings: list[Finding] = []
        self.more = 0
        self._core = core
        self._book = book
        self._file = file
        self._agreement = core.agreement(book)
        self._stamp = core.stamp()
        self._terms: dict[date, Terms | None] = {}

    @property
    def based_on(self) -> dict[str, int]:
        """The agreement's stream and version: all decisions stand on it."""
        return {agreement.stream(self._book): self._agreement.version}

    def take(self, batch: list[Incoming | Finding], appender: Appender) -> None:
        """Decide on a batch, and append what comes of it as long as nothing is wrong."""
        incoming = []
        for row in batch:
            if isinstance(row, Finding):
                self._note(row)
            else:
                incoming.append(row)
        states = self._states(incoming, appender)
        decided: list[Event] = []
        for row in incoming:
            decided += self._decide(row, states)
        if decided and not self.findings:
            appender.append([self._core.mapper.to_stored_event(event) for event in decided])

    def _states(self, incoming: list[Incoming], appender: Appender) -> dict[str, entry.Entry]:
        names = []
        for row in incoming:
            try:
                names.append(entry.stream(self._book, row.reference))
            except PactbookError:
                continue  # the decision on the row says what is wrong with the reference
        states = {}
        for name, stored in appender.streams(names).items():
            state = entry.initial()
            for each in stored:
                event = self._core.mapper.to_domain_event(each)
                assert isinstance(event, Event)
                state = entry.evolve(state, event)
            states[name] = state
        return states

    def _decide(self, row: Incoming, states: dict[str, entry.Entry]) -> Decision:
        stamp = self._stamp._replace(salt=self._core.stamp().salt)
        try:
            name = entry.stream(self._book, row.reference)
            state = states[name]
            events = entry.record(
                state, row.reference, row.fact, self._on(row.fact.effective_on), stamp,
                note=row.note, source=row.source, original=row.original,
            )  # fmt: skip
        except PactbookError as error:
            self._note(Finding(f"{row.reference}: {error.message}", error.hint, self._file, row.line))
            return []
        if not events:
            self.report.repeated += 1
            return []
        states[name] = entry.evolve(state, events[0])
        self._count(row.fact, states[name])
        return events

    def _count(self, fact: Fact, state: entry.Entry) -> None:
        self.report.recorded += 1
        self.report.awaiting += not entry.is_counted(state)
        kind = fact.__struct_config__.tag
        name = getattr(fact, "metric", None) or getattr(fact, "category", "")
        key = (str(kind), str(name))
        self.report.sums_minor[key] = self.report.sums_minor.get(key, 0) + (fact.amount_minor or 0)

    def _on(self, day: date) -> Terms | None:
        if day not in self._terms:
            version = agreement.version_on(self._agreement, day)
            self._terms[day] = None if version is None else read_canonical(version.terms)
        return self._terms[day]

    def _note(self, finding: Finding) -> None:
        if len(self.findings) < FINDINGS_LIMIT:
            self.findings.append(finding)
        else:
            self.more += 1


_Item = TypeVar("_Item")


def _batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
