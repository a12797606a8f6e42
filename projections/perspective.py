"""Both axes of time in one: what a book knew at an event, of all days up to a day.

Settlement asks nothing about days: a period counts whole. Whoever asks for the balance of the 17th wants to see
what belongs to the 17th and before, and of the rest nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from ledger.settlement.knowledge import Change, Knowledge, TotalKey, Totals
from ledger.settlement.rates import until
from ledger.values.periods import Perspective, period_of
from projections.facts import ProjectedFacts, sums_of
from projections.sql import LEARNT, Tables


class FactsSeen(ProjectedFacts):
    """What a book knew at `seen.known_at` (None: all that it knows) of the days up to `seen.as_of` (None: of all)."""

    def __init__(self, tables: Tables, book: str, seen: Perspective) -> None:
        super().__init__(tables, book)
        self.as_of = seen.as_of
        self.newest = self._head
        if seen.known_at is not None:
            self._head = min(self._head, seen.known_at)
            self._closings = tuple(closing for closing in self._closings if closing.seq <= self._head)
            self._versions = tuple(version for version in self._versions if version.since_seq <= self._head)

    def knowledge(self, known_at: int | None = None) -> Knowledge:
        """What was known at a seq. Raises `Refused` where no terms were in force yet."""
        known = super().knowledge(self._head if known_at is None else min(known_at, self._head))
        return known if self.as_of is None else self._without_later_days(known, self.as_of)

    def changes(self, after_seq: int, upto_seq: int, before: date) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that changed totals of days before `before`, in order."""
        return super().changes(after_seq, upto_seq, self._until(before))

    def counts(self, after_seq: int, upto_seq: int, before: date) -> dict[tuple[str, str], int]:
        """How many events in (after_seq, upto_seq] changed totals of days before `before`, by kind and name."""
        return super().counts(after_seq, min(upto_seq, self._head), self._until(before))

    def decided(self, after_seq: int, upto_seq: int) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that fixed a rate or ended the agreement, in order."""
        found = super().decided(after_seq, upto_seq)
        return tuple(each for each in found if self.as_of is None or each.effective_on <= self.as_of)

    def _until(self, before: date) -> date:
        """The first day that does not count."""
        return before if self.as_of is None or self.as_of >= before else self.as_of + timedelta(days=1)

    def _without_later_days(self, known: Knowledge, last: date) -> Knowledge:
        """The totals up to a day: later periods are left out, and of its own period what belongs to later days."""
        every = known.versions[0].terms.every
        period = period_of(last, every).key
        sums = Totals(every, known.versions[0].terms.currency)
        for key in known.totals:
            for each in known.totals[key] if key <= period else ():
                total = TotalKey(key, each.kind, each.name, each.party, each.currency, each.day, each.reporter)
                sums.add_sums(total, each.amount_minor, each.quantity_micro, each.count)
        # What of the period belongs to later days.
        later = f"book = ? AND period = ? AND {LEARNT} AND effective_on > ?"
        with self._tables.reading(self._reached) as connection:
            for found in sums_of(connection, later, self.book, period, 1, known.known_at, last.isoformat()):
                total, amount, quantity, count = found
                sums.add_sums(total, -amount, -quantity, -count)
        return replace(known, totals=sums.per_period(), fixings=until(known.fixings, last))
