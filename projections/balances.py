"""Who owes whom, asked of a ledger: its tables catch up first."""

from __future__ import annotations

from ledger.application.core import Core
from ledger.values.periods import Perspective
from projections.follower import Follower
from projections.owing import Balance, Balances, owing

__all__ = ["NOW", "Balance", "Balances", "balances"]

NOW = Perspective()


def balances(core: Core, book: str, seen: Perspective = NOW) -> Balances:
    """Who owes whom in a book, as known at a seq (by default now), on a day (by default today).

    Raises `Refused` for a book that does not exist, and whatever `owing` raises.
    """
    core.require_book(book)
    return owing(Follower(core), book, core.today, seen)
