"""Which entries count? Every entry of a book at a moment of either axis of time, and those behind a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select, tuple_

from ledger.book.entry import Status
from ledger.values.errors import Rejected
from ledger.values.periods import Period, parse_date
from projections.follower import Follower
from projections.moments import LAST_CHARACTER, holds_at, known_head
from projections.tables import entries, timeline


class Filter(msgspec.Struct, frozen=True):
    """Which entries to list; what is None or empty does not matter.

    `kind` is that of the fact (`result`, `cost`, ...), `name` its metric or category, `party` any side of it,
    `reference` the beginning of the reference. Days are effective dates, both included.
    """

    kind: str | None = None
    name: str | None = None
    party: str | None = None
    status: Status | None = None
    period: Period | None = None
    first: date | None = None
    last: date | None = None
    reference: str | None = None


EVERYTHING = Filter()


class Listed(msgspec.Struct, frozen=True):
    """An entry as it stood at a moment.

    Amounts are in minor units of `currency`, quantities in millionths; None where the entry has none.
    `outstanding_minor` is what of a liability is neither settled nor released. `recorder` is the party that
    recorded it, at `recorded_seq`; `changed_seq` is the event that put it as it stands, its `version`-th.
    """

    reference: str
    kind: str
    name: str
    party: str
    counter: str
    amount_minor: int | None
    quantity_micro: int | None
    outstanding_minor: int | None
    currency: str | None
    effective_on: date
    period: str
    status: Status
    recorder: str
    recorded_seq: int
    recorded_at: datetime
    changed_seq: int
    version: int
    note: str | None


class EntryPage(msgspec.Struct, frozen=True):
    """A page of entries, by effective date and then in the order of knowledge; `next` asks for the following one."""

    entries: tuple[Listed, ...]
    next: str | None


def list_entries(
    follower: Follower,
    book: str,
    wanted: Filter = EVERYTHING,
    known_at: int | None = None,
    *,
    limit: int = 50,
    after: str | None = None,
) -> EntryPage:
    """The entries of a book that pass a filter, as known at a seq (None: as known now), page by page.

    `after` is the `next` of the page before. Raises `Refused` for a book that does not exist, `Rejected` for a
    page that is none.
    """
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        moment = head if known_at is None else known_at
        here = and_(holds_at(entries, book, moment), *_conditions(wanted), *([] if after is None else [_beyond(after)]))
        rows = _page(connection, here, limit + 1)
        openings = _openings(connection, book, rows[:limit])
    following = f"{rows[limit - 1].effective_on}.{rows[limit - 1].since_seq}" if len(rows) > limit else None
    return EntryPage(tuple(_entry(row, openings[row.reference]) for row in rows[:limit]), following)


def count_entries(follower: Follower, book: str, wanted: Filter = EVERYTHING, known_at: int | None = None) -> int:
    """How many entries of a book pass a filter, as known at a seq (None: as known now)."""
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        here = and_(holds_at(entries, book, head if known_at is None else known_at), *_conditions(wanted))
        return int(connection.scalar(select(func.count()).select_from(entries).where(here)) or 0)


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    held = entries.c
    for column, value in ((held.kind, wanted.kind), (held.name, wanted.name)):
        if value is not None:
            yield column == value
    if wanted.party is not None:
        yield or_(held.party == wanted.party, held.counter == wanted.party)
    if wanted.status is not None:
        # Said literally, so that the index of entries that wait can be used.
        yield held.status == literal_column(f"'{wanted.status.value}'")
    spans = [(wanted.first, wanted.last)]
    spans += [] if wanted.period is None else [(wanted.period.first, wanted.period.last)]
    for first, last in spans:
        if first is not None:
            yield held.effective_on >= first.isoformat()
        if last is not None:
            yield held.effective_on <= last.isoformat()
    if wanted.reference is not None:
        yield and_(held.reference >= wanted.reference, held.reference < wanted.reference + LAST_CHARACTER)


def _beyond(token: str) -> ColumnElement[bool]:
    """The rows that come after a page."""
    day, _, seq = token.partition(".")
    if not (seq.isascii() and seq.isdigit() and len(seq) < 19):
        raise Rejected(f"{token!r} is no page of entries", "take it from the page before")
    return tuple_(entries.c.effective_on, entries.c.since_seq) > (parse_date(day).isoformat(), int(seq))


def _page(connection: Connection, here: ColumnElement[bool], limit: int) -> Sequence[Any]:
    """The first rows by effective date, and then in the order of knowledge."""
    order = entries.c.effective_on, entries.c.since_seq
    return connection.execute(select(entries).where(here).order_by(*order).limit(limit)).all()


def _openings(connection: Connection, book: str, page: Sequence[Any]) -> dict[str, Any]:
    """The event that opened each entry."""
    opened = and_(timeline.c.book == entries.c.book, timeline.c.seq == entries.c.since_seq)
    rows = connection.execute(
        select(entries.c.reference, timeline.c.seq, timeline.c.recorded_at, timeline.c.note)
        .join(timeline, opened)
        .where(entries.c.book == book, entries.c.version == 1, entries.c.reference.in_([row.reference for row in page]))
    )
    return {row.reference: row for row in rows}


def _entry(row: Any, opening: Any) -> Listed:
    return Listed(
        reference=row.reference,
        kind=row.kind,
        name=row.name,
        party=row.party,
        counter=row.counter,
        amount_minor=row.amount_minor,
        quantity_micro=row.quantity_micro,
        outstanding_minor=row.outstanding_minor,
        currency=row.currency,
        effective_on=date.fromisoformat(row.effective_on),
        period=row.period,
        status=Status(row.status),
        recorder=row.recorder,
        recorded_seq=opening.seq,
        recorded_at=datetime.fromisoformat(opening.recorded_at),
        changed_seq=row.since_seq,
        version=row.version,
        note=opening.note,
    )


def stream_version(follower: Follower, book: str, stream: str, known_at: int) -> int:
    """How many events a stream of a book had at a seq."""
    told = timeline.c
    here = and_(told.book == book, told.stream == stream, told.seq <= known_at)
    with follower.reading() as connection:
        return int(connection.scalar(select(func.count()).select_from(timeline).where(here)) or 0)
