"""How results stand against the goals of the terms, at the end of a day.

The number of a metric is the one that statements use: where the terms give a party authority over it, each settlement
period (or as much of it as lies in the span of a goal) counts as its number does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from ledger.settlement.knowledge import Facts, Knowledge
from ledger.settlement.leaves import inputs_of
from ledger.terms.comparing import compare
from ledger.terms.goals import Goal, Span
from ledger.values.errors import Refused
from ledger.values.periods import Every, Period, parse_period, period_of


class Score(msgspec.Struct, frozen=True):
    """A goal in one of its spans, and what was reached of it by a day.

    `actual` and the goal's target are in minor units of money or in units. `reached` and `gone` are the parts of the
    target and of the span's days; `missing` is what is left to reach, zero where the goal is reached.
    """

    goal: Goal
    span: Period
    actual: Fraction
    gone: Fraction

    @property
    def reached(self) -> Fraction:
        """What part of the target was reached; more than the whole where it was passed."""
        return self.actual / self.goal.target

    @property
    def missing(self) -> Fraction:
        """What is left to reach."""
        return max(Fraction(0), self.goal.target - self.actual)


class Scorecard(msgspec.Struct, frozen=True):
    """Every goal that is on in a period, as far as it was reached by the end of a day (`as_of`)."""

    period: Period
    as_of: date
    known_at: int
    scores: tuple[Score, ...]


def scorecard(facts: Facts, period: Period, today: date, known_at: int | None = None) -> Scorecard:
    """How results stand against all goals whose spans touch a period, up to its last day or today.

    The goals are those of the terms that govern a span's last day up to then. Raises `Refused` for a period that has
    not begun, and for a moment that is still to come.
    """
    if period.first > today:
        raise Refused(f"{period} has not begun", f"today is {today}")
    if known_at is not None and known_at > facts.head():
        raise Refused(f"nothing is known yet at {known_at}", f"the newest event is {facts.head()}")
    known = facts.knowledge(known_at)
    as_of = min(period.last, today)
    scores = [
        Score(goal, span, _actual(facts, known, goal, span.first, min(span.last, as_of)), _gone(span, as_of))
        for span, goal in _in_force(known, period, as_of)
    ]
    return Scorecard(period, as_of, known.known_at, tuple(scores))


def _in_force(known: Knowledge, period: Period, as_of: date) -> list[tuple[Period, Goal]]:
    """The spans that touch a period up to a day, each with the goals that are on in it; by metric and length."""
    found = []
    for length in dict.fromkeys(goal.span for version in known.versions for goal in version.terms.goals):
        for span in _spans(length, known.versions[0].terms.every, max(period.first, _begins(known, length)), as_of):
            terms = known.terms_on(min(span.last, as_of))
            found += [(span, goal) for goal in terms.goals if goal.span is length]
    lengths = list(Span)
    return sorted(found, key=lambda each: (each[1].metric, not each[1].is_money, lengths.index(each[1].span), each[0]))


def _begins(known: Knowledge, length: Span) -> date:
    """The first day of the span in which the agreement began: before that there was nothing to reach."""
    terms = known.versions[0].terms
    return period_of(terms.starts_on, _length(length, terms.every)).first


def _spans(length: Span, every: Every, first: date, last: date) -> Iterator[Period]:
    """The spans of a length that touch some days."""
    span = period_of(first, _length(length, every))
    while span.first <= last:
        yield span
        span = span.next()


def _length(length: Span, every: Every) -> Every:
    return every if length is Span.PERIOD else Every(length.value)


def _actual(facts: Facts, known: Knowledge, goal: Goal, first: date, last: date) -> Fraction:
    """What a metric came to on some days, settlement period by settlement period."""
    found = Fraction(0)
    for key, totals in facts.between(first, last, known.known_at).items():
        settled = parse_period(key)
        some = inputs_of(replace(known, totals={key: totals}), settled)
        inputs, _ = compare(some, known.terms_on(settled.last).authorities)
        found += (inputs.money if goal.is_money else inputs.quantity)(goal.metric).value
    return found


def _gone(span: Period, as_of: date) -> Fraction:
    days = (span.last - span.first).days + 1
    return Fraction((min(span.last, as_of) - span.first).days + 1, days)
