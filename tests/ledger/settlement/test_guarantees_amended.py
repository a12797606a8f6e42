"""What a guarantee counts when an amendment adds it, changes it, leaves it out or agrees it again."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.ledger.settlement.books import HALVES, closing, recorded, sales, terms
from tests.settling import document
from tests.world import Book

QUARTERS = {"periods": {"every": "quarter", "from": "2026-01-01"}}
Floor = dict[str, Any]


def quarters(*floors: Floor | None, earned: dict[str, int] | None = None, ends: str = "") -> list[int]:
    """JOT's account after each quarter of 2026, each under a guarantee of its own (None: it has none)."""
    two = {"acme": {"name": "Acme GmbH"}, "jot": {"name": "JOT Media S.L."}}
    made = Book(document(**{"parties": two, **HALVES, **QUARTERS, **_clause(floors[0])}))
    for place, floor in enumerate(floors[1:], 1):
        made.amend(terms(**QUARTERS, **_clause(floor)), date(2026, 1 + 3 * place, 1))
    recorded(made, **{f"S{n}": sales(minor, on) for n, (on, minor) in enumerate((earned or {}).items())})
    if ends:
        made.terminate(date.fromisoformat(ends))
    return [closing(made.close())["jot"] for _ in floors]


def _clause(floor: Floor | None) -> dict[str, Any]:
    return {} if floor is None else {"guarantee": {"jot": {**floor, "borne by": "acme"}}}


def yearly(amount: str) -> Floor:
    """At least so much in a year."""
    return {"at least": amount, "over": "year"}


INSTALMENTS = {"instalments": {"2026-Q1": "1000"}}
LIFE = {"at least": "1500", "over": "life"}


def test_instalments_that_are_agreed_again_are_paid_once() -> None:
    """What was paid ahead is remembered while the terms have no instalments."""
    assert quarters(INSTALMENTS, None, INSTALMENTS, INSTALMENTS) == [100_000] * 4


def test_what_was_paid_ahead_is_made_good_by_what_is_earned_afterwards() -> None:
    """Of the quarters that have instalments; what is earned in one that has none is on top."""
    found = quarters(INSTALMENTS, None, INSTALMENTS, earned={"04-10": 60_000, "07-10": 60_000})
    assert found == [100_000, 130_000, 130_000]


def test_a_yearly_guarantee_adds_the_part_of_each_of_its_quarters() -> None:
    """Under the amount of the quarter's own terms: half of 1,200.00 and half of 2,400.00."""
    assert quarters(*[yearly("1200")] * 2, *[yearly("2400")] * 2) == [0, 0, 0, 180_000]
    assert quarters(None, None, *[yearly("400")] * 2) == [0, 0, 0, 20_000]


def test_a_yearly_guarantee_goes_on_where_it_is_agreed_again() -> None:
    """A quarter without it adds nothing, the others count; what is earned in that quarter does not."""
    floor = yearly("1200")
    assert quarters(floor, None, floor, floor) == [0, 0, 0, 90_000]
    assert quarters(floor, None, floor, floor, earned={"02-10": 40_000, "05-10": 20_000}) == [
        20_000, 30_000, 30_000, 100_000,
    ]  # fmt: skip
    assert quarters(floor, floor, floor, None) == [0, 0, 0, 0]


def test_a_guarantee_over_the_life_counts_from_when_it_was_agreed() -> None:
    """And goes on where it is agreed again."""
    earned = {"01-10": 100_000, "07-10": 20_000}
    assert quarters(None, LIFE, LIFE, earned=earned, ends="2026-09-30") == [50_000, 50_000, 200_000]
    assert quarters(LIFE, None, LIFE, earned=earned, ends="2026-09-30") == [50_000, 50_000, 150_000]


def test_a_guarantee_over_the_life_counts_what_instalments_paid_ahead() -> None:
    """What the party got is its earnings, and what it got beyond them."""
    assert quarters(INSTALMENTS, LIFE, ends="2026-06-30") == [100_000, 150_000]
