"""Which statement is meant: the one that was issued, or the period as known at some moment."""

from __future__ import annotations

import pytest

from ledger.settlement.canonical import statement_data
from ledger.values.errors import Refused
from tests.ledger.settlement.books import book, closing, recorded, sales, terms


def test_a_closed_period_has_the_statement_that_was_issued() -> None:
    """Asked for without a moment, or at its own cut-off, it is the same; its id has no moment in it."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    january = one.close()
    recorded(one, S2=sales(9_900, "01-31"))
    for again in (one.statement("2026-01"), one.statement("2026-01", january.known_at)):
        assert again.id == "acme-jot/2026-01"
        assert again.sealed
        assert statement_data(again) == statement_data(january)


def test_a_closed_period_as_known_now_is_another_statement() -> None:
    """It counts what came late, says as of when, and is sealed by nobody."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    recorded(one, S2=sales(9_900, "01-31"))
    restated = one.statement("2026-01", one.head)
    assert restated.id == f"acme-jot/2026-01@{one.head}"
    assert not restated.sealed
    assert closing(restated) == {"acme": -54_950, "jot": 54_950}
    assert restated.adjustments == ()


def test_an_open_period_can_be_looked_at() -> None:
    """The next one to close shows the adjustments that a close would post; those after it begin where it ends."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    recorded(one, S2=sales(9_900, "01-31"), S3=sales(10_000, "03-05"))
    february, march = one.statement("2026-02"), one.statement("2026-03")
    assert [each.period for each in february.adjustments] == ["2026-01"]
    assert march.adjustments == ()
    assert closing(february) == {"acme": -54_950, "jot": 54_950}
    assert closing(march) == {"acme": -59_950, "jot": 59_950}
    assert march.account("jot").opening.reference == f"acme-jot/2026-02@{one.head}/jot/closing"


def test_any_moment_in_the_past_can_be_looked_at() -> None:
    """Between two entries only the first was known, and the close that came later was not."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    then = one.head
    recorded(one, S2=sales(9_900, "01-31"))
    one.close()
    assert closing(one.statement("2026-01", then)) == {"acme": -50_000, "jot": 50_000}
    assert closing(one.statement("2026-01")) == {"acme": -54_950, "jot": 54_950}


def test_a_period_before_the_agreement_is_refused() -> None:
    """And so is one of another length."""
    one = book()
    with pytest.raises(Refused, match="2025-12 is not a period of acme-jot") as caught:
        one.statement("2025-12")
    assert caught.value.hint == "its first period is 2026-01"
    for key in ("2026-Q1", "2026", "2026-W05"):
        with pytest.raises(Refused, match=f"{key} is not a period of acme-jot"):
            one.statement(key)


def test_an_agreement_may_begin_within_a_period() -> None:
    """Its first period is the one that its first day is in."""
    one = book(periods={"every": "quarter", "from": "2026-02-10"})
    assert one.close().period.key == "2026-Q1"
    with pytest.raises(Refused, match="2025-Q4 is not a period"):
        one.statement("2025-Q4")


def test_nothing_is_known_at_a_moment_that_is_still_to_come() -> None:
    """A figure of it would change under its own id."""
    one = book()
    with pytest.raises(Refused, match=f"nothing is known yet at {one.head + 1}") as caught:
        one.statement("2026-01", one.head + 1)
    assert caught.value.hint == f"the newest event is {one.head}"


def test_before_all_had_accepted_there_was_nothing_to_settle() -> None:
    """At the first event only the proposer had agreed."""
    one = book()
    with pytest.raises(Refused, match="no terms of acme-jot were in force yet"):
        one.statement("2026-01", 1)


def test_terms_are_those_that_were_known_then() -> None:
    """A retroactive amendment changes no statement as known before it."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    then = one.head
    one.amend(terms(shares=[{"split": {"acme": "75%", "jot": "25%"}}]), one.terms.starts_on)
    before, after = one.statement("2026-01", then), one.statement("2026-01", one.head)
    assert before.terms.digest != after.terms.digest
    assert (closing(before)["jot"], closing(after)["jot"]) == (50_000, 25_000)
