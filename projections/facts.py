"""What settlement reads, from the tables: the same answers as the replay of the book, without folding it.

    ledger = Ledger("sqlite:///pactbook.db", facts=projected)

What a book knew at a seq is the sum of the epochs that were over by then, and of the movements since. So a
statement costs as much as its totals, however many entries are behind them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, or_, select

from ledger.application import Core
from ledger.book import entry
from ledger.book.closing import Closing
from ledger.book.dispute import Dispute
from ledger.book.payout import Payout
from ledger.settlement.knowledge import (
    Awaiting,
    Change,
    Facts,
    Knowledge,
    TermsInForce,
    Total,
    TotalKey,
    Totals,
    currencies_of,
)
from ledger.settlement.rates import MOST_DAYS, Fixings, fixings
from ledger.terms.document import read_canonical
from ledger.values.errors import Refused
from ledger.values.periods import period_of
from projections.follower import Follower
from projections.moments import REFERENCED, head_of, holds_at, learnt, of_total
from projections.rows import closing_of, dispute_of, fixing_of, payout_of
from projections.tables import (
    closings,
    disputes,
    endings,
    entries,
    movements,
    payouts,
    rates,
    timeline,
    totals,
    versions,
)

_AT_ONCE = 50  #: how many totals one statement names
_BILLION = 10**9


def projected(core: Core, book: str) -> Facts:
    """What a book knows now, for `Ledger(facts=projected)`."""
    return ProjectedFacts(Follower(core), book)


class ProjectedFacts:
    """What a book knew when this was made; what is recorded later changes none of its answers."""

    as_of: date | None = None  #: all days count

    def __init__(self, follower: Follower, book: str) -> None:
        self.book = book
        self._follower = follower
        self._reached = follower.catch_up()
        self._known: dict[int, Knowledge] = {}
        with follower.reading(self._reached) as connection:
            self._head = head_of(connection, book)
            self._closings = tuple(map(closing_of, _numbered(connection, closings, book)))
            self._versions = _numbered(connection, versions, book)
            self._endings = _numbered(connection, endings, book)

    def head(self) -> int:
        """The seq of the newest event."""
        return self._head

    def closings(self) -> tuple[Closing, ...]:
        """The periods closed so far, in order."""
        return self._closings

    def knowledge(self, known_at: int | None = None) -> Knowledge:
        """What the book knew at a seq. Raises `Refused` where no terms were in force yet."""
        upto = self._head if known_at is None else known_at
        if upto not in self._known:
            self._known[upto] = self._knowledge(upto)
        return self._known[upto]

    def between(self, first: date, last: date, known_at: int | None = None) -> dict[str, tuple[Total, ...]]:
        """The totals of the days from `first` to `last`, as known at a seq, by the period that they belong to."""
        known = self.knowledge(known_at)
        day = movements.c.effective_on
        days = day >= first.isoformat(), day <= last.isoformat()
        sums = Totals(known.versions[0].terms.every, known.versions[0].terms.currency)
        with self._follower.reading(self._reached) as connection:
            for found in _sums_between(connection, self.book, 0, known.known_at, *days):
                sums.add_sums(*found)
        return sums.per_period()

    def changes(self, after_seq: int, upto_seq: int, before: date) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that changed totals of days before `before`, in order."""
        upto = min(upto_seq, self._head)
        with self._follower.reading(self._reached) as connection:
            keys = self._keys(connection, after_seq, upto, before)
            found = [row for some in _portions(keys) for row in _moved(connection, self.book, after_seq, upto, some)]
        changes: dict[tuple[int, str], Change] = {}
        for row in sorted(found, key=lambda row: (row.seq, row.n)):
            day = date.fromisoformat(row.effective_on)
            if day < before:
                change = Change(row.seq, row.type, row.reference, row.period, day, row.actor, row.reason)
                changes.setdefault((row.seq, row.period), change)
        return tuple(changes.values())

    def decided(self, after_seq: int, upto_seq: int) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that fixed a rate or ended the agreement, in order; of no period."""
        told = timeline.c
        here = told.book == self.book, told.seq.between(after_seq + 1, min(upto_seq, self._head))
        wanted = select(timeline).where(*here, told.type.in_(("RateFixed", "AgreementTerminated"))).order_by(told.seq)
        with self._follower.reading(self._reached) as connection:
            rows = connection.execute(wanted).all()
        return tuple(
            Change(
                row.seq, row.type, row.stream.partition("/")[2], "", date.fromisoformat(row.effective_on), row.actor,
                row.reason,
            )
            for row in rows
        )  # fmt: skip

    def counts(self, after_seq: int, upto_seq: int, before: date) -> dict[tuple[str, str], int]:
        """How many events in (after_seq, upto_seq] changed totals of days before `before`, by kind and name."""
        moved = movements.c
        here = moved.book == self.book, moved.effective_on < before.isoformat(), learnt(after_seq, upto_seq)
        wanted = select(moved.kind, moved.name, func.count(moved.seq.distinct())).where(*here)
        with self._follower.reading(self._reached) as connection:
            rows = connection.execute(wanted.group_by(moved.kind, moved.name)).all()
        return {(kind, name): int(count) for kind, name, count in rows}

    def payouts(self) -> tuple[Payout, ...]:
        """Every payout of the book, by id."""
        return tuple(sorted(map(payout_of, self._states(payouts)), key=lambda state: state.payout_id))

    def disputes(self) -> tuple[Dispute, ...]:
        """Every dispute of the book, by id."""
        return tuple(sorted(map(dispute_of, self._states(disputes)), key=lambda state: state.dispute_id))

    def awaiting(self) -> tuple[Awaiting, ...]:
        """The entries that wait for another party's yes, by reference."""
        waits = entries.c.status == literal_column(f"'{entry.Status.AWAITING.value}'")  # as its index says it
        with self._follower.reading(self._reached) as connection:
            here = holds_at(entries, self.book, self._head), waits
            rows = connection.execute(select(entries).where(*here).order_by(entries.c.reference)).all()
        names = [entry.stream(self.book, row.reference) for row in rows]
        streams = self._follower.core.streams(names) if names else {}
        found = []
        for row, name in zip(rows, names, strict=True):
            upto = (each for each in streams[name] if each.version <= row.version)
            found.append(Awaiting(row.since_seq, reduce(entry.evolve, upto, entry.initial())))
        return tuple(found)

    # --- from the tables ----------------------------------------------------------------------------------

    def _knowledge(self, upto: int) -> Knowledge:
        known = tuple(
            TermsInForce(read_canonical(row.terms), date.fromisoformat(row.effective_on), row.since_seq)
            for row in self._versions
            if row.since_seq <= upto
        )
        if not known:
            raise Refused(f"no terms of {self.book} were in force yet", "all parties must accept them first")
        sums = Totals(known[0].terms.every, known[0].terms.currency)
        with self._follower.reading(self._reached) as connection:
            for key, amount, quantity, count in self._sums(connection, upto):
                sums.add_sums(key, amount, quantity, count)
            fixed = self._fixings(connection, known, upto)
        ended = [date.fromisoformat(row.effective_on) for row in self._endings if row.since_seq <= upto]
        return Knowledge(self.book, upto, known, sums.per_period(), ended[-1] if ended else None, fixed)

    def _fixings(self, connection: Connection, known: tuple[TermsInForce, ...], upto: int) -> Fixings:
        """The rates that settlement may need, of the currencies that the terms name."""
        codes, starts_on = currencies_of(known), known[0].terms.starts_on
        if not codes:
            return {}
        first = (starts_on - timedelta(days=MOST_DAYS)).isoformat()
        here = rates.c.book == self.book, rates.c.currency.in_(sorted(codes)), rates.c.effective_on >= first
        rows = connection.execute(select(rates).where(*here, rates.c.seq <= upto))
        return fixings(map(fixing_of, rows), codes, starts_on)

    def _sums(self, connection: Connection, upto: int) -> list[tuple[TotalKey, int, int, int]]:
        """The sums that make up what was known at a seq: of epochs, and of the movements of the last one."""
        wanted = select(totals).where(totals.c.book == self.book)
        since: int | None = None
        if upto < head_of(connection, self.book):
            over = bisect_right(self._closings, upto, key=lambda closing: closing.cutoff_seq)
            since = self._closings[over - 1].cutoff_seq if over else 0
            wanted = wanted.where(totals.c.epoch < over)
        found: list[tuple[TotalKey, int, int, int]] = [
            (key_of(row), int(row.amount_minor), int(row.quantity_micro), row.counted)
            for row in connection.execute(wanted)
        ]
        return found if since is None else found + _sums_between(connection, self.book, since, upto)

    def _keys(self, connection: Connection, after: int, upto: int, before: date) -> Sequence[Any]:
        """The totals that may have changed: those of the epochs that the seqs belong to, in periods up to a day."""
        first, last = self._epoch(after + 1), self._epoch(upto)
        columns = totals.c.period, totals.c.kind, totals.c.name, totals.c.party
        wanted = select(*columns).distinct().where(totals.c.book == self.book, totals.c.epoch.between(first, last))
        if self._versions:
            every = read_canonical(self._versions[0].terms).every
            wanted = wanted.where(totals.c.period <= period_of(before, every).key)
        return connection.execute(wanted).all()

    def _epoch(self, seq: int) -> int:
        return bisect_left(self._closings, seq, key=lambda closing: closing.cutoff_seq)

    def _states(self, table: Table) -> Sequence[Any]:
        """The rows of states that held when this was made."""
        with self._follower.reading(self._reached) as connection:
            return connection.execute(select(table).where(holds_at(table, self.book, self._head))).all()


def _numbered(connection: Connection, table: Table, book: str) -> Sequence[Any]:
    return connection.execute(select(table).where(table.c.book == book).order_by(table.c.number)).all()


def _sums_between(
    connection: Connection, book: str, after: int, upto: int, *where: ColumnElement[bool]
) -> list[tuple[TotalKey, int, int, int]]:
    """What the movements of some events add up to, of those that meet a condition.

    Sums are taken in two halves, so that they fit the database.
    """
    halves = [
        func.sum(half)
        for column in (movements.c.amount_minor, movements.c.quantity_micro)
        for half in (column // _BILLION, column % _BILLION)
    ]
    key = [movements.c[part] for part in TotalKey._fields]
    wanted = (
        select(*key, *halves, func.sum(movements.c.counted))
        .where(movements.c.book == book, movements.c.seq > after, movements.c.seq <= upto, *where)
        .group_by(*key)
    )
    found: Sequence[Any] = connection.execute(wanted).all()
    return [
        (TotalKey(*total), int(a) * _BILLION + int(b), int(q) * _BILLION + int(r), int(count))
        for *total, a, b, q, r, count in found
    ]


def key_of(row: Any) -> TotalKey:
    """The total that a row belongs to."""
    return TotalKey(row.period, row.kind, row.name, row.party, row.currency, row.day, row.reporter)


def _moved(connection: Connection, book: str, after: int, upto: int, keys: Sequence[Any]) -> Sequence[Any]:
    """The movements of some totals within a span of seqs, each with its event."""
    moved, event = movements.c, timeline.c
    columns = moved.seq, moved.n, moved.reference, moved.period, moved.effective_on
    return connection.execute(
        select(*columns, event.type, event.actor, event.reason)
        .join(timeline, (event.book == moved.book) & (event.seq == moved.seq))
        .where(learnt(after, upto), or_(*(of_total(book, *key) & REFERENCED for key in keys)))
    ).all()


def _portions(keys: Sequence[Any]) -> list[Sequence[Any]]:
    return [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]
