"""What happened, who did it, when and why: every event of a book in a line of plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from ledger.application import Core
from ledger.book import entry, liquidation
from ledger.book.events import Event, LiabilityReleased, LiabilitySettled
from ledger.book.liquidation_events import Step
from ledger.values.errors import Rejected
from projections.follower import Follower
from projections.moments import known_head
from projections.rows import instant
from projections.summaries import summary
from projections.tables import disputes, entries, payouts, timeline

_AT_ONCE = 500  #: how many events one statement names
_NAMED = (entries.c.reference, payouts.c.payout_id, disputes.c.dispute_id)


class Filter(msgspec.Struct, frozen=True):
    """Which events to tell of; what is None or empty does not matter.

    `actor` is a person (`acme/ann`) or a whole party (`acme`); `types` are names of event types
    (`EntryCorrected`); `reference` names an entry, payout or dispute. `since` and `until` are instants of
    recording, the first included; `upto` is the last seq; `as_of` the last day that events may be about (one
    that is about no day counts to the day on which it was recorded). With `seqs` it is only those.
    """

    actor: str | None = None
    types: tuple[str, ...] = ()
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    upto: int | None = None
    as_of: date | None = None
    seqs: frozenset[int] | None = None


EVERYTHING = Filter()


class Told(msgspec.Struct, frozen=True):
    """One event: its place in the book and in the log, who recorded it when, and what it says.

    `effective_on` is the day that it is about, where it is about one; `note` is what somebody added or answered.
    """

    seq: int
    position: int
    recorded_at: datetime
    actor: str
    type: str
    stream: str
    effective_on: date | None
    reason: str
    note: str | None
    summary: str


class HistoryPage(msgspec.Struct, frozen=True):
    """A page of events; `next` asks for the following one."""

    events: tuple[Told, ...]
    next: str | None


def history(
    follower: Follower,
    book: str,
    wanted: Filter = EVERYTHING,
    *,
    limit: int = 50,
    after: str | None = None,
    newest_first: bool = False,
) -> HistoryPage:
    """The events of a book that pass a filter, in the order in which the book learned them, page by page.

    `after` is the `next` of the page before. Raises `Refused` for a book that does not exist, `Rejected` for a
    page that is none.
    """
    seq = timeline.c.seq
    here = [timeline.c.book == book, *_conditions(book, wanted)]
    if after is not None:
        last = _parse(after)
        here.append(seq < last if newest_first else seq > last)
    order = seq.desc() if newest_first else seq
    rows: list[Any] = []
    with follower.reading() as connection:
        known_head(follower.core, connection, book)
        for among in _portions(wanted.seqs, newest_first):
            if len(rows) <= limit:
                some = select(timeline).where(*here, *among).order_by(order).limit(limit + 1 - len(rows))
                rows += connection.execute(some).all()
    return HistoryPage(
        _told(follower.core, book, rows[:limit]), str(rows[limit - 1].seq) if len(rows) > limit else None
    )


def _portions(seqs: frozenset[int] | None, newest_first: bool) -> Iterator[list[ColumnElement[bool]]]:
    """The conditions on seqs, some at a time in the order of the page: no statement can name very many."""
    if seqs is None:
        yield []
        return
    listed = sorted(seqs, reverse=newest_first)
    for start in range(0, len(listed), _AT_ONCE):
        yield [timeline.c.seq.in_(listed[start : start + _AT_ONCE])]


def _conditions(book: str, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    told = timeline.c
    if wanted.actor is not None:
        if "/" in wanted.actor:
            yield told.actor == wanted.actor
        else:  # a whole party: "0" is the character after "/"
            yield and_(told.actor > f"{wanted.actor}/", told.actor < f"{wanted.actor}0")
    if wanted.types:
        yield told.type.in_(wanted.types)
    if wanted.reference is not None:
        named = (
            select(name.table.c.since_seq).where(name.table.c.book == book, name == wanted.reference) for name in _NAMED
        )
        yield or_(*(told.seq.in_(seqs) for seqs in named))
    if wanted.since is not None:
        yield told.recorded_at >= instant(wanted.since)
    if wanted.until is not None:
        yield told.recorded_at < instant(wanted.until)
    if wanted.upto is not None:
        yield told.seq <= wanted.upto
    if wanted.as_of is not None:
        day = func.coalesce(told.effective_on, func.substr(told.recorded_at, 1, len("2026-10-31")))
        yield day <= wanted.as_of.isoformat()


def _parse(token: str) -> int:
    if not (token.isascii() and token.isdigit() and len(token) < 19):
        raise Rejected(f"{token!r} is no page of a history", "take it from the page before")
    return int(token)


def _told(core: Core, book: str, rows: Sequence[Any]) -> tuple[Told, ...]:
    """The events of some rows; their words are made of the events themselves."""
    events = core.events_at(book, [row.seq for row in rows])
    codes = _currencies(core, events.values())
    return tuple(
        Told(
            seq=row.seq,
            position=row.position,
            recorded_at=datetime.fromisoformat(row.recorded_at),
            actor=row.actor,
            type=row.type,
            stream=row.stream,
            effective_on=None if row.effective_on is None else date.fromisoformat(row.effective_on),
            reason=row.reason,
            note=row.note,
            summary=summary(events[row.seq], codes.get((row.stream, events[row.seq].version), "")),
        )
        for row in rows
    )


def _currencies(core: Core, events: Iterable[Event]) -> dict[tuple[str, int], str]:
    """The currencies of amounts whose events do not name them, by stream and version: of parts and of liquidations."""
    bare = [each for each in events if isinstance(each, LiabilitySettled | LiabilityReleased | Step)]
    streams = core.streams(sorted({each.stream for each in bare})) if bare else {}
    found = {}
    for each in bare:
        before = [other for other in streams[each.stream] if other.version <= each.version]
        if isinstance(each, Step):
            opened = reduce(liquidation.evolve, before, liquidation.initial()).opened
            code = "" if opened is None else opened.currency
        else:
            code = entry.current(reduce(entry.evolve, before, entry.initial())).currency or ""
        found[each.stream, each.version] = code
    return found
