"""What settlement reads, from the tables: the same answers as the replay of the book, without folding it.

    ledger = Ledger("sqlite:///pactbook.db", facts=projected)

What a book knew at a seq is the sum of the epochs that were over by then, and of the movements since. So a
statement costs as much as its totals, however many entries are behind them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

from ledger.book import entry
from ledger.book.closing import Closing
from ledger.book.dispute import Dispute
from ledger.book.payout import Payout
from ledger.settlement.knowledge import (
    Awaiting,
    Change,
    Knowledge,
    TermsInForce,
    Total,
    TotalKey,
    Totals,
    currencies_of,
)
from ledger.settlement.rates import MOST_DAYS, Fixings, fixings
from ledger.terms.kept import read_kept
from ledger.values.errors import Refused
from ledger.values.periods import period_of
from projections.rows import closing_of, dispute_of, fixing_of, payout_of
from projections.sql import HOLDS_AT, LEARNT, OF_TOTAL, REFERENCED, Tables, head_of, marks, select

_AT_ONCE = 50  #: how many totals one statement names
_BILLION = 10**9


class ProjectedFacts:
    """What a book knew when this was made; what is recorded later changes none of its answers."""

    as_of: date | None = None  #: all days count

    def __init__(self, tables: Tables, book: str) -> None:
        self.book = book
        self._tables = tables
        self._reached = tables.catch_up()
        self._known: dict[int, Knowledge] = {}
        with tables.reading(self._reached) as connection:
            self._head = head_of(connection, book)
            self._closings = tuple(map(closing_of, _numbered(connection, "closings", book)))
            self._versions = _numbered(connection, "versions", book)
            self._endings = _numbered(connection, "endings", book)

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
        sums = Totals(known.versions[0].terms.every, known.versions[0].terms.currency)
        with self._tables.reading(self._reached) as connection:
            given = self.book, known.known_at, first.isoformat(), last.isoformat()
            for found in sums_of(connection, "book = ? AND seq <= ? AND effective_on BETWEEN ? AND ?", *given):
                sums.add_sums(*found)
        return sums.per_period()

    def changes(self, after_seq: int, upto_seq: int, before: date) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that changed totals of days before `before`, in order."""
        upto = min(upto_seq, self._head)
        with self._tables.reading(self._reached) as connection:
            found = self._moved(connection, after_seq, upto, before)
        changes: dict[tuple[int, str], Change] = {}
        for row in sorted(found, key=lambda row: (row.seq, row.n)):
            day = date.fromisoformat(row.effective_on)
            if day < before:
                change = Change(row.seq, row.type, row.reference, row.period, day, row.actor, row.reason)
                changes.setdefault((row.seq, row.period), change)
        return tuple(changes.values())

    def decided(self, after_seq: int, upto_seq: int) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that fixed a rate or ended the agreement, in order; of no period."""
        wanted = (
            "SELECT * FROM timeline WHERE book = ? AND seq BETWEEN ? AND ?"
            " AND type IN ('RateFixed', 'AgreementTerminated') ORDER BY seq"
        )
        with self._tables.reading(self._reached) as connection:
            rows = select(connection, wanted, self.book, after_seq + 1, min(upto_seq, self._head))
        return tuple(
            Change(
                row.seq, row.type, row.stream.partition("/")[2], "", date.fromisoformat(row.effective_on), row.actor,
                row.reason,
            )
            for row in rows
        )  # fmt: skip

    def counts(self, after_seq: int, upto_seq: int, before: date) -> dict[tuple[str, str], int]:
        """How many events in (after_seq, upto_seq] changed totals of days before `before`, by kind and name."""
        wanted = (
            "SELECT kind, name, count(DISTINCT seq) FROM movements"
            " WHERE book = ? AND effective_on < ? AND seq BETWEEN ? AND ? GROUP BY kind, name"
        )
        with self._tables.reading(self._reached) as connection:
            rows = select(connection, wanted, self.book, before.isoformat(), after_seq + 1, upto_seq)
        return {(kind, name): int(count) for kind, name, count in rows}

    def payouts(self) -> tuple[Payout, ...]:
        """Every payout of the book, by id."""
        return tuple(sorted(map(payout_of, self._states("payouts")), key=lambda state: state.payout_id))

    def disputes(self) -> tuple[Dispute, ...]:
        """Every dispute of the book, by id."""
        return tuple(sorted(map(dispute_of, self._states("disputes")), key=lambda state: state.dispute_id))

    def awaiting(self) -> tuple[Awaiting, ...]:
        """The entries that wait for another party's yes, by reference."""
        waits = "status = 'awaiting'"  # as its index says it
        wanted = f"SELECT reference, version, since_seq FROM entries WHERE {HOLDS_AT} AND {waits}"
        with self._tables.reading(self._reached) as connection:
            found = select(connection, wanted, self.book, self._head, self._head)
        rows = sorted(found, key=lambda row: row.reference)  # asked to sort, SQLite goes through all entries in order
        names = [entry.stream(self.book, row.reference) for row in rows]
        streams = self._tables.streams(names) if names else {}
        waiting = []
        for row, name in zip(rows, names, strict=True):
            upto = (each for each in streams[name] if each.version <= row.version)
            waiting.append(Awaiting(row.since_seq, reduce(entry.evolve, upto, entry.initial())))
        return tuple(waiting)

    # --- from the tables ----------------------------------------------------------------------------------

    def _knowledge(self, upto: int) -> Knowledge:
        known = tuple(
            TermsInForce(read_kept(row.terms), date.fromisoformat(row.effective_on), row.since_seq)
            for row in self._versions
            if row.since_seq <= upto
        )
        if not known:
            raise Refused(f"no terms of {self.book} were in force yet", "all parties must accept them first")
        sums = Totals(known[0].terms.every, known[0].terms.currency)
        with self._tables.reading(self._reached) as connection:
            for key, amount, quantity, count in self._sums(connection, upto):
                sums.add_sums(key, amount, quantity, count)
            fixed = self._fixings(connection, known, upto)
        ended = [date.fromisoformat(row.effective_on) for row in self._endings if row.since_seq <= upto]
        return Knowledge(self.book, upto, known, sums.per_period(), ended[-1] if ended else None, fixed)

    def _fixings(self, connection: Any, known: tuple[TermsInForce, ...], upto: int) -> Fixings:
        """The rates that settlement may need, of the currencies that the terms name."""
        codes, starts_on = currencies_of(known), known[0].terms.starts_on
        if not codes:
            return {}
        first = (starts_on - timedelta(days=MOST_DAYS)).isoformat()
        wanted = f"SELECT * FROM rates WHERE book = ? AND currency IN {marks(codes)} AND effective_on >= ? AND seq <= ?"
        rows = select(connection, wanted, self.book, *sorted(codes), first, upto)
        return fixings(map(fixing_of, rows), codes, starts_on)

    def _sums(self, connection: Any, upto: int) -> list[tuple[TotalKey, int, int, int]]:
        """The sums that make up what was known at a seq: of epochs, and of the movements of the last one."""
        wanted, epochs = "SELECT * FROM totals WHERE book = ?", list[int]()
        since: int | None = None
        if upto < head_of(connection, self.book):
            over = bisect_right(self._closings, upto, key=lambda closing: closing.cutoff_seq)
            since = self._closings[over - 1].cutoff_seq if over else 0
            wanted, epochs = f"{wanted} AND epoch < ?", [over]
        found: list[tuple[TotalKey, int, int, int]] = [
            (key_of(row), int(row.amount_minor), int(row.quantity_micro), row.counted)
            for row in select(connection, wanted, self.book, *epochs)
        ]
        return (
            found
            if since is None
            else found + sums_of(connection, "book = ? AND seq > ? AND seq <= ?", self.book, since, upto)
        )

    def _moved(self, connection: Any, after: int, upto: int, before: date) -> Sequence[Any]:
        """The movements in a span of seqs that may belong to days before `before`, each with its event.

        They are looked for where there is less to look through: in the span, or in the totals that may have changed,
        which are those of the span's epochs in periods up to that day.
        """
        changed, given = "book = ? AND epoch BETWEEN ? AND ?", [self.book, self._epoch(after + 1), self._epoch(upto)]
        if self._versions:
            changed += " AND period <= ?"
            given.append(period_of(before, read_kept(self._versions[0].terms).every).key)
        keys = select(connection, f"SELECT DISTINCT period, kind, name, party FROM totals WHERE {changed}", *given)
        if not keys:
            return ()
        if upto - after <= self._counted({key.period for key in keys}, connection):
            span = f"{_MOVED} WHERE movements.book = ? AND movements.seq BETWEEN ? AND ? AND movements.effective_on < ?"
            return select(connection, span, self.book, after + 1, upto, before.isoformat())
        return [row for some in _portions(keys) for row in _of_totals(connection, self.book, after, upto, some)]

    def _counted(self, periods: Collection[str], connection: Any) -> int:
        """How many entries count in some periods."""
        wanted = f"SELECT sum(counted) FROM totals WHERE book = ? AND period IN {marks(periods)}"
        return int(select(connection, wanted, self.book, *periods)[0][0] or 0)

    def _epoch(self, seq: int) -> int:
        return bisect_left(self._closings, seq, key=lambda closing: closing.cutoff_seq)

    def _states(self, table: str) -> Sequence[Any]:
        """The rows of states that held when this was made."""
        with self._tables.reading(self._reached) as connection:
            return select(connection, f"SELECT * FROM {table} WHERE {HOLDS_AT}", self.book, self._head, self._head)


def _numbered(connection: Any, table: str, book: str) -> Sequence[Any]:
    return select(connection, f"SELECT * FROM {table} WHERE book = ? ORDER BY number", book)


def sums_of(connection: Any, condition: str, *given: str | int) -> list[tuple[TotalKey, int, int, int]]:
    """What the movements that meet a condition add up to, by the total that they belong to.

    Sums are taken in two halves, so that they fit the database.
    """
    found = select(connection, f"{_SUMS} WHERE {condition} GROUP BY {_KEY}", *given)
    return [
        (TotalKey(*total), int(a) * _BILLION + int(b), int(q) * _BILLION + int(r), int(count))
        for *total, a, b, q, r, count in found
    ]


_KEY = ", ".join(TotalKey._fields)
_HALVES = ", ".join(
    f"sum({column} / {_BILLION}), sum({column} % {_BILLION})" for column in ("amount_minor", "quantity_micro")
)
_SUMS = f"SELECT {_KEY}, {_HALVES}, sum(counted) FROM movements"


def key_of(row: Any) -> TotalKey:
    """The total that a row belongs to."""
    return TotalKey(row.period, row.kind, row.name, row.party, row.currency, row.day, row.reporter)


_MOVED = (
    "SELECT movements.seq, movements.n, movements.reference, movements.period, movements.effective_on,"
    " timeline.type, timeline.actor, timeline.reason"
    " FROM movements JOIN timeline ON timeline.book = movements.book AND timeline.seq = movements.seq"
)


def _of_totals(connection: Any, book: str, after: int, upto: int, keys: Sequence[Any]) -> Sequence[Any]:
    """The movements of some totals within a span of seqs, each with its event."""
    totals = " OR ".join([f"({OF_TOTAL} AND {REFERENCED})"] * len(keys))
    named = [value for key in keys for value in (book, *key)]
    return select(connection, f"{_MOVED} WHERE {LEARNT} AND ({totals})", after + 1, upto, *named)


def _portions(keys: Sequence[Any]) -> list[Sequence[Any]]:
    return [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]
