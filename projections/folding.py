"""A page of the log as rows of the tables: a pure fold, so that the same page gives the same rows wherever it is done.

What an event means is said in `ledger.book`; here it is only written down. The fold of most events needs
nothing but the event, since most events open an entry. Any other needs the state that its stream had right
before it, which is folded from the stream's own events: never the newest one, for the log may be further than
the page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table

from ledger.application import Recorded
from ledger.book import agreement, closing, dispute, entry, liquidation, payout
from ledger.book.events import AgreementTerminated, EntryEvent, Event, PeriodClosed, RateFixed
from ledger.book.movements import Movement, dimensions
from ledger.book.signing_events import SIGNING_EVENTS
from ledger.terms.kept import keep
from ledger.terms.written.document import read_canonical
from ledger.values.errors import Broken, PactbookError
from ledger.values.periods import Every, period_of
from projections import tables
from projections.bulk import Row
from projections.rows import (
    agreement_row,
    closing_row,
    dispute_row,
    document_of,
    entry_row,
    instant,
    iso,
    payout_row,
    rate_row,
)
from projections.summaries import effective_on

Streams = Callable[[Sequence[str]], Mapping[str, list[Event]]]
"""The events of several streams, by stream."""

_ROOMS: dict[str, Any] = {
    "entry": entry,
    "payout": payout,
    "dispute": dispute,
    "agreement": agreement,
    "liquidation": liquidation,
}


class Frame(msgspec.Struct):
    """What a book's movements are filed under: its settlement periods, and its epochs of knowledge.

    `every` is None as long as no terms are in force, `currency` that of the agreement, "" until then; `cutoffs` are
    those of the book's closings.
    """

    every: Every | None = None
    currency: str = ""
    cutoffs: list[int] = msgspec.field(default_factory=list)

    def epoch(self, seq: int) -> int:
        """How many closings were made before the book learned this: 0 until the first, which itself begins epoch 1.

        What the n-th closing counted is exactly what belongs to the epochs before n.
        """
        return bisect_left(self.cutoffs, seq)

    def learn_terms(self, state: agreement.Agreement) -> None:
        """The length of a period and the currency, once terms are in force: no amendment changes them."""
        if self.every is None:
            first = next((version for version in state.versions if version.order == 1), None)
            if first is not None:
                document = document_of(first)
                self.every, self.currency = document.periods.every, document.currency

    def learn_closing(self, cutoff: int) -> None:
        """A close, which may be known already."""
        if not self.cutoffs or cutoff > self.cutoffs[-1]:
            self.cutoffs.append(cutoff)


SumKey = tuple[str, int, str, str, str, str, str, str, str]
"""Which total a sum belongs to, the key of a row of `totals`: book, epoch, period, kind, name, party, currency, day,
reporter."""

#: The tables of things whose states have a life of their own.
_LIVES = (tables.entries, tables.payouts, tables.disputes)
_APPENDED = (
    tables.timeline, tables.movements, tables.versions, tables.endings, tables.closings, tables.rates,
    *_LIVES,
)  # fmt: skip
_VERIFY = "run `pactbook doctor`: it checks the whole book"


class Rows(msgspec.Struct):
    """What a page adds: new rows by table, sums to add, and states that ended."""

    new: dict[Table, list[Row]] = msgspec.field(default_factory=lambda: {table: [] for table in _APPENDED})
    sums: dict[SumKey, list[int]] = msgspec.field(default_factory=dict)
    agreements: dict[str, Row] = msgspec.field(default_factory=dict)
    ended: dict[Table, list[tuple[int, str, str, int]]] = msgspec.field(
        default_factory=lambda: {table: [] for table in _LIVES}
    )


def fold(page: Sequence[Recorded], frames: dict[str, Frame], streams: Streams) -> Rows:
    """The rows of a page. `frames` are those known so far, and those of further books are added to it."""
    folding = _Folding(frames, _states_before(page, frames, streams))
    for recorded in page:
        folding.take(recorded)
    return folding.rows


# --- what a page stands on --------------------------------------------------------------------------------


def _states_before(page: Sequence[Recorded], frames: dict[str, Frame], streams: Streams) -> dict[str, Any]:
    """The states right before the page of the streams that it goes on with; the frames of books it begins with."""
    firsts: dict[str, int] = {}
    for recorded in page:
        if recorded.event.version > 1 and _room(recorded.event.stream) in _ROOMS:
            firsts.setdefault(recorded.event.stream, recorded.event.version)
    opened = {recorded.event.stream for recorded in page if recorded.event.version == 1}
    going_on = {stream: version for stream, version in firsts.items() if stream not in opened}
    unknown = {recorded.book for recorded in page} - frames.keys()
    about = [stream for book in unknown for stream in (agreement.stream(book), closing.stream(book))]
    wanted = sorted({*going_on, *about})
    found = streams(wanted) if wanted else {}
    for book in unknown:
        frames[book] = _frame(found[agreement.stream(book)], found[closing.stream(book)])
    return {stream: _fold_before(found[stream], stream, version) for stream, version in going_on.items()}


def _frame(agreed: Iterable[Event], closed: Iterable[Event]) -> Frame:
    """The frame of a book. What the log says beyond the page does no harm: each seq finds its own epoch."""
    frame = Frame(cutoffs=[event.cutoff_seq for event in closed if isinstance(event, PeriodClosed)])
    frame.learn_terms(reduce(agreement.evolve, agreed, agreement.initial()))
    return frame


def _fold_before(events: Iterable[Event], stream: str, version: int) -> Any:
    room = _ROOMS[_room(stream)]
    return reduce(room.evolve, (event for event in events if event.version < version), room.initial())


def _room(stream: str) -> str:
    return stream.split("/", 2)[1]


# --- the fold ---------------------------------------------------------------------------------------------


class _Folding:
    """One pass over a page."""

    def __init__(self, frames: dict[str, Frame], states: dict[str, Any]) -> None:
        self.rows = Rows()
        self._frames = frames
        self._states = states
        self._recorded_at: tuple[datetime | None, str] = (None, "")
        self._told, self._moved = self.rows.new[tables.timeline], self.rows.new[tables.movements]
        self._alike: dict[tuple[Any, ...], _Alike] = {}

    def take(self, recorded: Recorded) -> None:
        """Write one event down everywhere."""
        event = recorded.event
        match _room(event.stream):
            case "entry":
                self._entry(recorded)
            case "payout":
                self._payout(recorded)
            case "dispute":
                self._dispute(recorded)
            case "agreement":
                self._agreement(recorded)
            case "liquidation":
                self._liquidation(recorded)
            case "closing" if isinstance(event, PeriodClosed):
                self._frames[recorded.book].learn_closing(event.cutoff_seq)
                self.rows.new[tables.closings].append(closing_row(event))
            case "rate" if isinstance(event, RateFixed):
                self.rows.new[tables.rates].append(rate_row(recorded.book, recorded.seq, event))
            case "key" | "statement" if isinstance(event, SIGNING_EVENTS):
                pass  # the timeline tells of them; who asks for keys reads their streams
            case _:
                raise Broken(f"{type(event).__name__} stands in a stream of no known kind ({event.stream})")
        self._timeline(recorded)

    def _timeline(self, recorded: Recorded) -> None:
        event, day = recorded.event, effective_on(recorded.event)
        if event.recorded_at != self._recorded_at[0]:
            self._recorded_at = event.recorded_at, instant(event.recorded_at)
        note, reason = _said(event)
        self._told.append((
            recorded.book, recorded.seq, recorded.position, self._recorded_at[1], event.actor,
            type(event).__name__, event.stream, None if day is None else iso(day), reason, note,
        ))  # fmt: skip

    def _entry(self, recorded: Recorded) -> None:
        event = recorded.event
        state, moved = entry.evolve_with_movements(self._before(event, entry), event)
        self._states[event.stream] = state
        self._move(recorded, moved)
        period = _period(state.contents[-1].effective_on, self._every(recorded))
        self._live(tables.entries, recorded, entry_row(recorded.book, recorded.seq, state, period))

    def _payout(self, recorded: Recorded) -> None:
        event = recorded.event
        state, moved = payout.evolve_with_movements(self._before(event, payout), event)
        self._states[event.stream] = state
        self._move(recorded, moved)
        self._live(tables.payouts, recorded, payout_row(recorded.book, recorded.seq, state))

    def _dispute(self, recorded: Recorded) -> None:
        event = recorded.event
        state = dispute.evolve(self._before(event, dispute), event)
        self._states[event.stream] = state
        self._live(tables.disputes, recorded, dispute_row(recorded.book, recorded.seq, state))

    def _liquidation(self, recorded: Recorded) -> None:
        event = recorded.event
        state, moved = liquidation.evolve_with_movements(self._before(event, liquidation), event)
        self._states[event.stream] = state
        self._move(recorded, moved)

    def _agreement(self, recorded: Recorded) -> None:
        event, book, seq = recorded.event, recorded.book, recorded.seq
        before = self._before(event, agreement)
        state = agreement.evolve(before, event)
        self._states[event.stream] = state
        self._frames[book].learn_terms(state)
        known = sum(version.order is not None for version in before.versions)
        self.rows.new[tables.versions] += [
            (book, version.order, seq, version.effective_on.isoformat(), version.digest, _kept(version.terms))
            for version in state.versions
            if version.order is not None and version.order > known
        ]
        if isinstance(event, AgreementTerminated):
            self.rows.new[tables.endings].append((book, event.version, seq, event.effective_on.isoformat()))
        self.rows.agreements[book] = agreement_row(book, seq, state)

    def _before(self, event: Event, room: Any) -> Any:
        """The state that the event changes. Raises `Broken` where the stream has a gap before it."""
        state = room.initial() if event.version == 1 else self._states[event.stream]
        if state.version != event.version - 1:
            raise Broken(f"{event.stream} goes from version {state.version} to {event.version}", _VERIFY)
        return state

    def _every(self, recorded: Recorded) -> Every:
        every = self._frames[recorded.book].every
        if every is None:
            raise Broken(f"{recorded.event.stream} was recorded before any terms of {recorded.book} were in force")
        return every

    def _move(self, recorded: Recorded, moved: Iterable[Movement]) -> None:
        """Write movements down, and add them to the sums of their epoch."""
        book, seq = recorded.book, recorded.seq
        for n, each in enumerate(moved, 1):
            alike = self._alike_of(recorded, each)
            amount, quantity, count = each.amount_minor, each.quantity_micro, each.count
            self._moved.append((book, seq, n, each.reference, *alike.columns, amount, quantity, count))
            alike.sums[0] += amount
            alike.sums[1] += quantity
            alike.sums[2] += count

    def _alike_of(self, recorded: Recorded, each: Movement) -> _Alike:
        """What a movement has in common with others: most of a page differ in reference and amount only."""
        book, frame = recorded.book, self._frames[recorded.book]
        epoch, day = frame.epoch(recorded.seq), each.effective_on
        key = book, epoch, day, each.kind, each.name, each.party, each.currency, each.counter, each.reporter
        found = self._alike.get(key)
        if found is None:
            period = _period(day, self._every(recorded))
            total = str(each.kind), each.name, each.party, *dimensions(each, frame.currency)
            sums = self.rows.sums.setdefault((book, epoch, period, *total), [0, 0, 0])
            found = self._alike[key] = _Alike((period, iso(day), *total, each.counter), sums)
        return found

    def _live(self, table: Table, recorded: Recorded, row: Row) -> None:
        """A new state, which ends the one before it."""
        event = recorded.event
        self.rows.new[table].append(row)
        if event.version > 1:
            self.rows.ended[table].append((recorded.seq, recorded.book, row[1], event.version - 1))


class _Alike(NamedTuple):
    """What the rows of movements have in common from `period` to `counter`, and the sums that they are added to."""

    columns: tuple[str, ...]
    sums: list[int]


def _said(event: Event) -> tuple[str | None, str]:
    """What somebody added or answered, and why it was done."""
    if isinstance(event, EntryEvent):
        return event.note, ""
    note = getattr(event, "note", None) or getattr(event, "answer", None)
    return note, getattr(event, "reason", None) or ""


@lru_cache(maxsize=64)
def _kept(terms: str) -> str:
    """Terms as the tables keep them; nothing where they cannot be read, which stops only those who ask for them."""
    try:
        return keep(read_canonical(terms))
    except (PactbookError, AttributeError, TypeError, ValueError):
        return ""


@lru_cache(maxsize=65_536)
def _period(day: date, every: Every) -> str:
    return period_of(day, every).key
