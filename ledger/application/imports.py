"""Importing: all facts of a file in one transaction, or nothing of it, and everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Protocol

import msgspec

from ledger.application.core import Core, Decision
from ledger.application.together import BATCH, batches, entry_states
from ledger.book import agreement, entry
from ledger.book.events import EntryEvent, Fact, Stamp
from ledger.book.rules import kind_of
from ledger.book.wording import contrast, name_of
from ledger.store.appender import Appender
from ledger.terms.document import Terms
from ledger.terms.written.document import read_canonical
from ledger.values.errors import FINDINGS_LIMIT, Finding, PactbookError, Rejected


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


class Tally(msgspec.Struct):
    """Entries of one kind and name: how many are new, there already, voided, waiting; sums of the new ones."""

    recorded: int = 0
    repeated: int = 0
    voided: int = 0
    awaiting: int = 0
    amount_minor: int = 0
    quantity_micro: int = 0


class Imported(msgspec.Struct):
    """What an import recorded, by kind, name and currency ("": no money)."""

    tallies: dict[tuple[str, str, str], Tally] = msgspec.field(default_factory=dict)

    @property
    def recorded(self) -> int:
        """How many entries are new."""
        return sum(tally.recorded for tally in self.tallies.values())

    @property
    def repeated(self) -> int:
        """How many entries were on record already, with the same content."""
        return sum(tally.repeated for tally in self.tallies.values())

    @property
    def voided(self) -> int:
        """How many entries were recorded with the same content and voided since; they stay so."""
        return sum(tally.voided for tally in self.tallies.values())

    @property
    def awaiting(self) -> int:
        """How many of the new entries count only when another party has confirmed them."""
        return sum(tally.awaiting for tally in self.tallies.values())


def record_all(
    core: Core,
    book: str,
    rows: Iterable[Incoming | Finding],
    file: str,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Record all facts of a file, or nothing. Raises `Rejected` with every finding.

    Facts that are on record with the same content are counted and skipped, those that were voided since apart from
    the others. Memory does not grow with the file.
    """
    importing = _Importing(core, book, file)
    with core.books.appending() as appender:
        for batch in batches(rows, BATCH):
            importing.take(batch, appender)
            progress(len(batch))
        appender.require_versions(importing.based_on)
        if importing.findings:
            appender.rollback()
            raise Rejected(importing.findings, more=importing.more)
        if dry_run or core.dry_run:
            appender.rollback()
    return importing.report


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
        self._lines: dict[str, int] = {}
        self._salts = core.salts()

    @property
    def based_on(self) -> dict[str, int]:
        """The agreement's stream and version: all decisions stand on it."""
        return {agreement.stream(self._book): self._agreement.version}

    def take(self, batch: list[Incoming | Finding], appender: Appender) -> None:
        """Decide on a batch and append what comes of it, so that later rows are compared with it too."""
        incoming = []
        for row in batch:
            if isinstance(row, Finding):
                self._note(row)
            else:
                incoming.append(row)
        names = [entry.stream(self._book, row.reference) for row in incoming]
        states = entry_states(self._core, appender, names)
        self._lines.clear()
        decided: Decision = []
        for name, row in zip(names, incoming, strict=True):
            decided += self._decide(name, row, states, appender)
        appender.append([self._core.mapper.to_stored_event(event) for event in decided])

    def _decide(self, name: str, row: Incoming, states: dict[str, entry.Entry], appender: Appender) -> Decision:
        state = states[name]
        tally = self._tally(row.fact)
        if state.version and row.fact not in state.contents:
            self._note(self._conflict(name, row, state, appender))
            return []
        if state.status is entry.Status.VOIDED:
            tally.voided += 1
            return []
        stamp = Stamp(self._stamp.actor, self._stamp.recorded_at, next(self._salts))
        try:
            events = entry.record(
                state, row.reference, row.fact, self._on(row.fact.effective_on), stamp,
                note=row.note, source=row.source, original=row.original,
            )  # fmt: skip
        except PactbookError as error:
            self._note(Finding(f"{row.reference}: {error.message}", error.hint, self._file, row.line))
            return []
        if not events:
            tally.repeated += 1
            return []
        states[name] = after = entry.evolve(state, events[0])
        self._lines[name] = row.line
        tally.recorded += 1
        tally.awaiting += not entry.is_counted(after)
        tally.amount_minor += row.fact.amount_minor or 0
        tally.quantity_micro += getattr(row.fact, "quantity_micro", None) or 0
        return events

    def _tally(self, fact: Fact) -> Tally:
        key = kind_of(fact), name_of(fact), fact.currency or ""
        tally = self.report.tallies.get(key)
        if tally is None:
            tally = self.report.tallies[key] = Tally()
        return tally

    def _conflict(self, name: str, row: Incoming, state: entry.Entry, appender: Appender) -> Finding:
        """The finding that a reference is taken: by another row of the file, or by what is on record."""
        differ = contrast(state.contents[-1], row.fact)
        line = self._lines.get(name) or self._line_of(name, row, appender)
        if line not in (None, row.line):
            hint = "rows of one file need references that differ; make them of more columns in the mapping"
            return Finding(
                f"{row.reference}: line {line} has this reference with other content ({differ})",
                hint, self._file, row.line,
            )  # fmt: skip
        what = "was voided" if state.status is entry.Status.VOIDED else "is already recorded"
        hint = (
            f"to change what is recorded: pactbook correct {self._book} REFERENCE; another fact needs its own reference"
        )
        return Finding(
            f"{row.reference}: {what}, with other content ({differ})",
            hint, self._file, row.line,
        )  # fmt: skip

    def _line_of(self, name: str, row: Incoming, appender: Appender) -> int | None:
        """The line of this same file that an entry on record came from, None if it came from elsewhere."""
        first = self._core.mapper.to_domain_event(appender.streams([name])[name][0])
        assert isinstance(first, EntryEvent)
        digest, _, line = (first.source or "").rpartition(":")
        mine = (row.source or "").rpartition(":")[0]
        return int(line) if mine and digest == mine and line.isdecimal() else None

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
