"""Which liabilities are owed? Each entry with what became of it up to a day, as known at a moment."""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy import func, select

from ledger.application import Core
from ledger.book.movements import Kind
from ledger.settlement.liabilities import Liabilities, liabilities_of
from ledger.values.periods import Perspective
from projections.follower import Follower
from projections.moments import learnt
from projections.perspective import FactsSeen
from projections.tables import movements

_KINDS = (Kind.LIABILITY, Kind.LIABILITY_SETTLED, Kind.LIABILITY_RELEASED)


class Owed(msgspec.Struct, frozen=True):
    """One liability: what was recognised, settled and released of it, in minor units.

    `currency` is empty where it is that of the agreement.
    """

    category: str
    reference: str
    currency: str
    recognised_minor: int
    settled_minor: int
    released_minor: int

    @property
    def outstanding_minor(self) -> int:
        """What is still owed."""
        return self.recognised_minor - self.settled_minor - self.released_minor


def liabilities(core: Core, book: str, seen: Perspective) -> Liabilities:
    """What the venture owes at the end of a day (by default today), as known at a seq (by default now)."""
    follower = Follower(core)
    day = seen.as_of or core.today
    core.require_book(book)
    facts = FactsSeen(follower, book, Perspective(day, seen.known_at))
    first = facts.knowledge().first_period.first
    return liabilities_of(facts.knowledge(), max(day, first) if seen.as_of is None else day)


def owed(core: Core, book: str, as_of: date, known_at: int) -> list[Owed]:
    """Every liability that counts, as it stood at the end of a day: by category and reference."""
    moved, kinds = movements.c, [kind.value for kind in _KINDS]
    key = moved.name, moved.reference, moved.currency, moved.kind
    here = moved.book == book, moved.kind.in_(kinds), moved.effective_on <= as_of.isoformat(), learnt(0, known_at)
    wanted = select(*key, func.sum(moved.amount_minor).label("minor")).where(*here).group_by(*key)
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    with Follower(core).reading() as connection:
        for row in connection.execute(wanted):
            found.setdefault((row.name, row.reference, row.currency), {})[row.kind] = int(row.minor)
    entries = (Owed(*key, *(sums.get(kind, 0) for kind in kinds)) for key, sums in sorted(found.items()))
    return [each for each in entries if each.recognised_minor]
