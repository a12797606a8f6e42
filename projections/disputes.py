"""What is disputed, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import select

from ledger.book.dispute import Dispute, Status
from projections.follower import Follower
from projections.moments import holds_at, known_head
from projections.rows import dispute_of
from projections.tables import disputes


class ListedDispute(msgspec.Struct, frozen=True):
    """A dispute as it stood at a moment; `changed_seq` is the event that put it so."""

    dispute: Dispute
    changed_seq: int


def list_disputes(
    follower: Follower,
    book: str,
    statuses: Collection[Status] = (),
    known_at: int | None = None,
) -> tuple[ListedDispute, ...]:
    """The disputes of a book by period and name, as known at a seq (None: as known now).

    With `statuses`, only those. Raises `Refused` for a book that does not exist.
    """
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        wanted = select(disputes).where(holds_at(disputes, book, head if known_at is None else known_at))
        if statuses:
            wanted = wanted.where(disputes.c.status.in_([status.value for status in statuses]))
        rows = connection.execute(wanted.order_by(disputes.c.period, disputes.c.dispute_id)).all()
    return tuple(ListedDispute(dispute_of(row), row.since_seq) for row in rows)
