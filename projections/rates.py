"""What was a foreign currency worth? Every rate of a book that was fixed, those that were replaced included."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import select

from projections.follower import Follower
from projections.moments import known_head
from projections.tables import rates


class Listed(msgspec.Struct, frozen=True):
    """A rate that was fixed: units of the agreement's currency for one of `currency` on a day.

    `counts` is False for one that another of the same day replaced; `reason` says why this one replaced another.
    """

    currency: str
    day: date
    rate: Fraction
    quote: str | None
    source: str | None
    seq: int
    actor: str
    reason: str
    counts: bool


def list_rates(
    follower: Follower,
    book: str,
    code: str | None = None,
    first: date | None = None,
    last: date | None = None,
    known_at: int | None = None,
) -> list[Listed]:
    """The rates of a book by currency, day and the order of knowledge, as known at a seq (None: as known now).

    Raises `Refused` for a book that does not exist.
    """
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        here = [rates.c.book == book, rates.c.seq <= (head if known_at is None else known_at)]
        here += [] if code is None else [rates.c.currency == code]
        here += [] if first is None else [rates.c.effective_on >= first.isoformat()]
        here += [] if last is None else [rates.c.effective_on <= last.isoformat()]
        order = rates.c.currency, rates.c.effective_on, rates.c.seq
        rows = connection.execute(select(rates).where(*here).order_by(*order)).all()
    return [_listed(row, following) for row, following in zip_longest(rows, rows[1:])]


def _listed(row: Any, following: Any) -> Listed:
    """A row, and whether the one after it replaces it."""
    replaced = following is not None and (following.currency, following.effective_on) == (
        row.currency,
        row.effective_on,
    )
    return Listed(
        currency=row.currency,
        day=date.fromisoformat(row.effective_on),
        rate=Fraction(row.rate),
        quote=row.quote,
        source=row.source,
        seq=row.seq,
        actor=row.actor,
        reason=row.reason,
        counts=not replaced,
    )
