"""Goals: what the parties want a metric to reach in each month, quarter or year. They are accepted with the terms.

A goal settles nothing. How results stand against it: `ledger.settlement.scorecard`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

import msgspec

from ledger.terms.metrics import Metrics
from ledger.terms.numbers import said_level
from ledger.terms.problems import Found, Problem
from ledger.values.money import Currency, format_money, format_number


class Span(StrEnum):
    """The time in which a goal is to be reached, again and again: a settlement period, or one of the calendar."""

    PERIOD = "period"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Of(StrEnum):
    """What of a metric a goal is about."""

    AMOUNT = "amount"
    QUANTITY = "quantity"


class Target(msgspec.Struct, frozen=True):
    """A number to reach, in major units of money or in units. `of` is None where only the number was written."""

    number: Fraction
    of: Of | None = None


class Goal(msgspec.Struct, frozen=True):
    """What a metric is to reach in each span: in minor units of money, or in units."""

    metric: str
    span: Span
    target: Fraction
    is_money: bool


Goals = Mapping[str, Mapping[Span, Target]]
"""Targets by metric and span, as they are written."""


def goals_of(written: Goals, results: tuple[str, ...], unit: Currency) -> list[Goal]:
    """The goals. A number alone is money for a metric that the pool is made of (`results`), and units for any other."""
    found = []
    for metric, spans in written.items():
        for span, target in spans.items():
            is_money = _is_money(target, metric, results)
            found.append(Goal(metric, span, target.number * unit.scale if is_money else target.number, is_money))
    return found


def _is_money(target: Target, metric: str, results: tuple[str, ...]) -> bool:
    return metric in results if target.of is None else target.of is Of.AMOUNT


# --- how it is written --------------------------------------------------------------------------------------


# --- what is wrong, and how it reads ------------------------------------------------------------------------


def goal_problems(written: Goals, metrics: Metrics, unit: Currency) -> Iterator[Found]:
    """Goals for what no metric is, or for money that the currency does not have."""
    for metric, spans in written.items():
        path = ("goals", metric)
        if (problem := metrics.problem(metric)) is not None:
            yield path, problem
        for span, target in spans.items():
            if _is_money(target, metric, metrics.results) and (target.number * unit.scale).denominator != 1:
                number = said_level(target.number)
                said = f"{number!r} has more decimals than {unit.code} has ({unit.digits})"
                yield (*path, span.value), Problem(said, "for units write `{quantity: ...}`")


def goals_reading(goals: list[Goal], unit: Currency) -> list[tuple[str, str]]:
    """Goals as sentences: (clause, sentence)."""
    return [(f"goals.{goal.metric}", _reading(goal, unit)) for goal in goals]


def _reading(goal: Goal, unit: Currency) -> str:
    span = "settlement period" if goal.span is Span.PERIOD else goal.span
    return f"The goal for {goal.metric} is {goal_text(goal.target, goal.is_money, unit)} in each {span}."


def goal_text(value: Fraction, is_money: bool, unit: Currency) -> str:
    """An amount with its currency, or a number of units, as people read it."""
    if is_money:
        return format_money(value, unit)
    return format_number(value, grouped=True)
