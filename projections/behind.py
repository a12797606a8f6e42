"""Which entries are behind a figure? What each of them adds to an input of a statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.movements import Kind
from ledger.values.figures import Entries
from projections.sql import HOLDS_AT, LEARNT, OF_TOTAL, Tables, marks, select


class Counted(msgspec.Struct, frozen=True):
    """What one entry (or payout) adds to an input of a statement.

    Amounts are in minor units of `currency` (None where it has no amount), quantities in millionths. `count` is
    how many facts of it count: an entry is one, each settled part of a liability another. `seq` is the last event
    whose addition still stands, recorded by `actor`, about the day `effective_on`.
    """

    reference: str
    effective_on: date
    amount_minor: int
    quantity_micro: int
    currency: str | None
    count: int
    seq: int
    actor: str


class Behind(msgspec.Struct, frozen=True):
    """A page of what is behind an input, by reference; `next` asks for the following page."""

    entries: tuple[Counted, ...]
    next: str | None


def behind(
    tables: Tables, query: Entries, *, limit: int = 50, after: str | None = None, as_of: date | None = None
) -> Behind:
    """The entries behind an input of a statement, by reference: all pages together add up to its value.

    `query` is that of the figure, as known at its own seq. What was voided or corrected away by then is left
    out, and with `as_of` what belongs to later days. `after` is the `next` of the page before.
    """
    meant = of_query(query)
    if as_of is not None:
        meant = Meant(f"{meant.condition} AND movements.effective_on <= ?", (*meant.given, as_of.isoformat()))
    with tables.reading() as connection:
        found = _that_count(connection, meant, limit + 1, after)
        page, more = found[:limit], len(found) > limit
        moved = _moved(connection, meant, page) if page else {}
        currencies = _currencies(connection, query, page) if page else {}
    counted = tuple(_counted(reference, moved[reference], currencies.get(reference)) for reference in page)
    return Behind(counted, page[-1] if more else None)


def _counted(reference: str, moved: Sequence[Any], currency: str | None) -> Counted:
    last = _still_there(moved)[-1]
    return Counted(
        reference=reference,
        effective_on=date.fromisoformat(last.effective_on),
        amount_minor=sum(each.amount_minor for each in moved),
        quantity_micro=sum(each.quantity_micro for each in moved),
        currency=currency,
        count=sum(each.counted for each in moved),
        seq=last.seq,
        actor=last.actor,
    )


def _still_there(moved: Sequence[Any]) -> list[Any]:
    """The movements that no later one took back."""
    left: list[Any] = []
    for each in moved:
        taken = (each.effective_on, -each.amount_minor, -each.quantity_micro, -each.counted)
        before = [held for held in left if (held.effective_on, *held[-3:]) == taken]
        left = [held for held in left if held is not before[0]] if before and each.counted < 0 else [*left, each]
    return left


class Meant(NamedTuple):
    """A condition on movements in SQL, and what its marks stand for."""

    condition: str
    given: tuple[str | int, ...]


def of_query(query: Entries) -> Meant:
    """Which movements an input of a statement adds up."""
    condition = f"{OF_TOTAL} AND movements.currency = ?"
    given = [query.agreement, query.period, query.kind, query.name, query.party, query.currency]
    for column, value in (("day", query.day), ("reporter", query.reporter)):
        if value:
            condition += f" AND movements.{column} = ?"
            given.append(value)
    return Meant(f"{condition} AND {LEARNT}", (*given, 1, query.known_at))


def _that_count(connection: Any, meant: Meant, limit: int, after: str | None) -> list[str]:
    """The references that add anything at all."""
    wanted = (
        f"SELECT reference FROM movements WHERE {meant.condition} AND reference > ? GROUP BY reference"
        " HAVING sum(amount_minor) <> 0 OR sum(quantity_micro) <> 0 OR sum(counted) <> 0 ORDER BY reference LIMIT ?"
    )
    return [reference for (reference,) in select(connection, wanted, *meant.given, after or "", limit)]


def _moved(connection: Any, meant: Meant, page: Sequence[str]) -> dict[str, list[Any]]:
    """What each reference added and took back, in order, and who did it."""
    wanted = (
        "SELECT movements.reference, movements.seq, movements.effective_on, timeline.actor,"
        " movements.amount_minor, movements.quantity_micro, movements.counted"
        " FROM movements JOIN timeline ON timeline.book = movements.book AND timeline.seq = movements.seq"
        f" WHERE {meant.condition} AND movements.reference IN {marks(page)}"
        " ORDER BY movements.reference, movements.seq, movements.n"
    )
    found: dict[str, list[Any]] = {}
    for row in select(connection, wanted, *meant.given, *page):
        found.setdefault(row.reference, []).append(row)
    return found


def _currencies(connection: Any, query: Entries, page: Sequence[str]) -> dict[str, str]:
    """The currencies of those that have an amount; what foreign money brought is in the agreement's."""
    own = query.kind == Kind.CAPITAL_CHANGED and query.name.startswith("liquidation.")
    if own or query.kind == Kind.CURRENCY_PROCEEDS:
        [(code,)] = select(connection, "SELECT currency FROM agreements WHERE book = ?", query.agreement)
        return dict.fromkeys(page, str(code))
    paid = query.kind in (Kind.PAYOUT_PAID, Kind.PAYOUT_RECEIVED)
    table, name = ("payouts", "payout_id") if paid else ("entries", "reference")
    wanted = (
        f"SELECT {name}, currency FROM {table}"
        f" WHERE {HOLDS_AT} AND {name} IN {marks(page)} AND amount_minor IS NOT NULL"
    )
    return dict(map(tuple, select(connection, wanted, query.agreement, query.known_at, query.known_at, *page)))
