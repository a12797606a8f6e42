"""How results stand against goals: what counts on the days of a span, against what was to be reached in it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book.events import Result
from ledger.settlement.scorecard import Score, Scorecard, scorecard
from ledger.terms.goals import Goal, Span
from ledger.values.errors import Refused
from ledger.values.periods import Every, parse_period, period_of
from tests.auditor import facts_of, governing, period_key
from tests.auditor_reports import that_count
from tests.playing import play
from tests.settling import document
from tests.strategies import History, histories
from tests.world import Book

SHARES: list[Any] = [{"split": {"acme": "60%", "jot": "40%"}}]
YEAR_END = date(2026, 12, 31)


def book(**clauses: Any) -> Book:
    """A book under the plain terms with some goals."""
    return Book(document(shares=SHARES, **clauses))


def sales(minor: int, day: date) -> Result:
    """Sales that Acme collected."""
    return Result(metric="sales", effective_on=day, amount_minor=minor, currency="EUR", collected_by="acme")


def signups(number: int, day: date) -> Result:
    """Units of a metric that is no money."""
    return Result(metric="signups", effective_on=day, quantity_micro=number * 1_000_000)


def card(of: Book, period: str, today: date = YEAR_END, known_at: int | None = None) -> Scorecard:
    """The scorecard of a period."""
    return scorecard(of.facts, parse_period(period), today, known_at)


def lines(of: Scorecard) -> list[tuple[str, str, int]]:
    """Metric, span and actual number of each score."""
    return [(each.goal.metric, each.span.key, int(each.actual)) for each in of.scores]


def test_a_number_alone_is_money_for_what_the_pool_is_made_of() -> None:
    """For any other metric it is units, unless the terms say what it is."""
    goals = {
        "sales": {"month": "90.00", "year": {"quantity": "7"}},
        "signups": {"week": "4.5", "quarter": {"amount": "12.00"}},
    }
    assert book(goals=goals).terms.goals == [
        Goal("sales", Span.MONTH, Fraction(9_000), is_money=True),
        Goal("sales", Span.YEAR, Fraction(7), is_money=False),
        Goal("signups", Span.WEEK, Fraction(9, 2), is_money=False),
        Goal("signups", Span.QUARTER, Fraction(1_200), is_money=True),
    ]


def test_a_score_says_what_part_is_reached_what_is_missing_and_what_time_has_gone() -> None:
    """A goal that is passed lacks nothing; the parts are exact."""
    found = book(goals={"sales": {"month": "100.00"}})
    found.record("A-1", sales(2_500, date(2026, 1, 1)))
    [score] = card(found, "2026-01", date(2026, 1, 10)).scores
    assert (score.reached, score.missing, score.gone) == (Fraction(1, 4), Fraction(7_500), Fraction(10, 31))
    found.record("A-2", sales(12_500, date(2026, 1, 10)))
    [score] = card(found, "2026-01", date(2026, 2, 10)).scores
    assert (score.reached, score.missing, score.gone) == (Fraction(3, 2), Fraction(0), Fraction(1))


def test_every_span_that_touches_the_period_has_its_goal() -> None:
    """Months of a quarter; the year of a month, up to its end; settlement periods; none that have not begun."""
    goals = {"sales": {"month": "1", "year": "9"}, "signups": {"period": "5", "week": "2"}}
    found = book(goals=goals)
    for month in range(1, 7):
        found.record(f"A-{month}", sales(100 * month, date(2026, month, 5)))
    found.record("S-1", signups(3, date(2026, 3, 1)))
    assert lines(card(found, "2026-Q2", date(2026, 5, 31)))[:3] == [
        ("sales", "2026-04", 400), ("sales", "2026-05", 500), ("sales", "2026", 1_500),
    ]  # fmt: skip
    march = card(found, "2026-03")
    assert march.as_of == date(2026, 3, 31)
    assert [line for line in lines(march) if line[0] == "sales"] == [("sales", "2026-03", 300), ("sales", "2026", 600)]
    weeks = [line for line in lines(march) if line[0] == "signups"]
    assert weeks[0] == ("signups", "2026-03", 3)
    assert weeks[1:] == [("signups", f"2026-W{number:02}", 3 if number == 9 else 0) for number in range(9, 15)]


def test_only_what_counts_and_was_known_is_in_the_actual_number() -> None:
    """What awaits an answer, was voided or came later is not."""
    found = book(goals={"sales": {"month": "1"}}, confirm={"results over": "50.00"})
    found.record("A-1", sales(5_000, date(2026, 1, 1)))
    known_at = found.head
    found.record("A-2", sales(5_001, date(2026, 1, 1)))
    found.record("A-3", sales(4_000, date(2026, 1, 1)))
    found.void("A-3")
    assert lines(card(found, "2026-01")) == [("sales", "2026-01", 5_000)]
    found.confirm("A-2", "jot")
    assert lines(card(found, "2026-01")) == [("sales", "2026-01", 10_001)]
    assert lines(card(found, "2026-01", known_at=known_at)) == [("sales", "2026-01", 5_000)]


def test_the_number_that_counts_is_the_one_of_the_statements() -> None:
    """Of a metric with an authority each settlement period counts as its number does."""
    authority = {"sales": {"party": "acme", "tolerance": "10%", "beyond": "lower"}}
    found = book(goals={"sales": {"quarter": "100.00"}}, authority=authority)
    for reference, minor, month, party in (
        ("A-1", 1_000, 1, "acme"), ("J-1", 1_050, 1, "jot"), ("A-2", 1_000, 2, "acme"), ("J-2", 700, 2, "jot"),
    ):  # fmt: skip
        found.record(reference, sales(minor, date(2026, month, 5)), party)
    assert lines(card(found, "2026-02")) == [("sales", "2026-Q1", 1_700)]


def test_goals_are_those_of_the_terms_that_govern_the_end_of_their_span() -> None:
    """An amendment brings its goals from its first day on; what was before keeps those that held then."""
    found = book(goals={"sales": {"month": "1"}})
    found.amend(document(shares=SHARES, goals={"sales": {"month": "2"}, "ads": {"month": "3"}}), date(2026, 2, 1))
    assert [(each.span.key, each.goal.metric, int(each.goal.target)) for each in card(found, "2026-Q1").scores] == [
        ("2026-02", "ads", 3), ("2026-03", "ads", 3),
        ("2026-01", "sales", 100), ("2026-02", "sales", 200), ("2026-03", "sales", 200),
    ]  # fmt: skip


def test_what_has_not_begun_or_is_not_known_has_no_scorecard() -> None:
    """Nothing is to be said of it yet."""
    found = book(goals={"sales": {"month": "1"}})
    with pytest.raises(Refused, match="2026-03 has not begun"):
        card(found, "2026-03", date(2026, 2, 28))
    with pytest.raises(Refused, match="nothing is known yet at 99"):
        card(found, "2026-01", known_at=99)


# --- the auditor's numbers ----------------------------------------------------------------------------------


@given(histories(12, amendments=False), st.sampled_from(["week", "month", "quarter", "year"]), st.integers(0, 400))
def test_the_auditor_comes_to_the_same_numbers(history: History, length: str, passed: int) -> None:
    """Day by day, from what people did: what counts of a metric in each span, up to some day."""
    goals = {"sales": {length: "50"}, "signups": {length: "70", "period": "9"}}
    document = {**history.document, "goals": goals}
    played = play(History(document, history.steps), Book)
    first = date.fromisoformat(document["periods"]["from"])
    today = first + timedelta(days=passed)
    found = scorecard(played.book.facts, period_of(today, Every.YEAR), today).scores
    assert {each.goal.metric for each in found} == {"sales", "signups"}
    done = [step for step in played.log if step["seq"] <= played.book.head]
    closes = [place for place, step in enumerate(done) if step["do"] == "close"]
    after_close = done[closes[-1] + 1 :] if closes else []
    assert all(step["do"] in ("dispute", "wait") for step in after_close), "the last step is a close"
    for score in found:
        assert score.actual == expected(document, done, score, today)


def expected(document: Any, log: list[Any], score: Score, today: date) -> Fraction:
    """What counts of a metric on the days of a span, settlement period by settlement period."""
    every, found = document["periods"]["every"], Fraction(0)
    last = min(score.span.last, today).isoformat()
    by_period: dict[str, list[Any]] = {}
    for fact in facts_of(log, document):
        if score.span.first.isoformat() <= fact["day"] <= last:
            by_period.setdefault(period_key(fact["day"], every), []).append(fact)
    terms = governing([(document["periods"]["from"], document)], last)
    for facts in by_period.values():
        for fact in that_count(terms, facts):
            if fact["kind"] == "result" and fact["name"] == score.goal.metric:
                found += fact["amount"] if score.goal.is_money else Fraction(fact["quantity"], 1_000_000)
    return found
