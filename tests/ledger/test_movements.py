"""What must be added to the totals, so that they follow what counts."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger.book.movements import Kind, Movement, difference

MEDIA = Movement(date(2026, 10, 5), Kind.COST, "media", "jot", 200, 0, "INV-7")
SALES = Movement(date(2026, 10, 5), Kind.RESULT, "sales", "acme", 900, 3_000_000, "R-1")
MOVEMENTS = st.lists(st.sampled_from([MEDIA, SALES, -MEDIA]), max_size=5).map(tuple)


def sums(*groups: tuple[Movement, ...]) -> Counter[str]:
    """Amounts, quantities and counts by name."""
    total: Counter[str] = Counter()
    for move in (move for group in groups for move in group):
        total[f"{move.name} minor"] += move.amount_minor
        total[f"{move.name} micro"] += move.quantity_micro
        total[f"{move.name} count"] += move.count
    return total


def test_what_stays_is_not_mentioned() -> None:
    """Only what goes, negated, and what is new is a difference."""
    assert difference((MEDIA, SALES), (SALES,)) == (-MEDIA,)
    assert difference((SALES,), (SALES, MEDIA)) == (MEDIA,)
    assert difference((MEDIA,), (MEDIA,)) == ()
    assert difference((), (MEDIA,)) == (MEDIA,)
    assert difference((MEDIA, MEDIA), (MEDIA,)) == (-MEDIA,)


def test_taking_back_twice_is_as_it_was() -> None:
    """The negative of the negative is the movement itself: amount, quantity and count."""
    back = -SALES
    assert -back == SALES
    assert ((-SALES).amount_minor, (-SALES).quantity_micro, (-SALES).count) == (-900, -3_000_000, -1)


@given(MOVEMENTS, MOVEMENTS)
def test_before_and_the_difference_make_after(before: tuple[Movement, ...], after: tuple[Movement, ...]) -> None:
    """Totals that held what was before hold what is after, once the difference is added."""
    assert sums(before, difference(before, after)) == sums(after)
