"""What was paid, what is on its way, and what should have been paid by now."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import select

from ledger.book.payout import Payout, Status
from projections.follower import Follower
from projections.moments import holds_at, known_head
from projections.rows import payout_of
from projections.tables import payouts

UNDER_WAY = (Status.PROPOSED, Status.APPROVED, Status.SENT)


class ListedPayout(msgspec.Struct, frozen=True):
    """A payout as it stood at a moment; `changed_seq` is the event that put it so."""

    payout: Payout
    changed_seq: int


def list_payouts(
    follower: Follower,
    book: str,
    statuses: Collection[Status] = (),
    party: str | None = None,
    known_at: int | None = None,
) -> tuple[ListedPayout, ...]:
    """The payouts of a book, the earliest due first, as known at a seq (None: as known now).

    With `statuses`, only those; with `party`, only those that it pays or receives. Raises `Refused` for a book
    that does not exist.
    """
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        held = payouts.c
        wanted = select(payouts).where(holds_at(payouts, book, head if known_at is None else known_at))
        if statuses:
            wanted = wanted.where(held.status.in_([status.value for status in statuses]))
        if party is not None:
            wanted = wanted.where((held.payer == party) | (held.payee == party))
        rows = connection.execute(wanted.order_by(held.due_on, held.payout_id)).all()
    return tuple(ListedPayout(payout_of(row), row.since_seq) for row in rows)
