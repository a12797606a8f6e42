"""Goals: what the parties want a metric to reach in each month, quarter or year. They are accepted with the terms.

A goal settles nothing. How results stand against it: `ledger.settlement.scorecard`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec
from marshmallow import ValidationError, fields

from ledger.terms.fields import Amount, Clause, Found, Level, Problem, Word, did_you_mean, refuse
from ledger.terms.metrics import Metrics
from ledger.values.errors import Rejected
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


class _Number(Level):
    """A number above zero, with up to nine decimals."""

    def parse(self, text: str) -> Fraction:
        number = Fraction(super().parse(text))
        if number <= 0:
            raise Rejected(f"{text!r} is no goal", "goals are above zero")
        return number


class _AmountAboveZero(Amount):
    def parse(self, text: str) -> int:
        minor = super().parse(text)
        if not minor:
            raise Rejected(f"{text!r} is no goal", "goals are above zero")
        return minor


class _SaidSchema(Clause):
    amount = _AmountAboveZero()
    quantity = _Number()


class SpansField(fields.Field[dict[Span, Target]]):
    """`{month: 4000}`, or with what the number is of: `{year: {amount: "1200000.00"}}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[Span, Target]:
        if not isinstance(value, dict) or not value:
            raise refuse("must say in which time it is to be reached", "write `{month: 4000}`")
        found: dict[Span, Target] = {}
        errors: dict[str, Any] = {}
        for word, target in value.items():
            try:
                found[_span(word)] = self._target(target)
            except ValidationError as error:
                errors[word] = error.messages
        if errors:
            raise ValidationError(errors)
        return dict(sorted(found.items(), key=lambda item: list(Span).index(item[0])))

    def _target(self, value: Any) -> Target:
        if not isinstance(value, dict):
            return Target(_Number().deserialize(value))
        said = _SaidSchema().load(value)
        if len(said) != 1:
            raise refuse(
                "must be one number", "write a number, or `{amount: ...}` for money, or `{quantity: ...}` for units"
            )
        if "amount" in said:
            return Target(Fraction(value["amount"]), Of.AMOUNT)
        return Target(said["quantity"], Of.QUANTITY)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:
        if value is None:
            return None
        return {span.value: _written(target) for span, target in value.items()}


def _span(word: str) -> Span:
    try:
        return Span(word)
    except ValueError:
        raise refuse(f"{word!r} is no span of time", did_you_mean(word, list(Span))) from None


def _written(target: Target) -> Any:
    number = _Number().write(target.number)
    return number if target.of is None else {target.of.value: number}


# --- what is wrong, and how it reads ------------------------------------------------------------------------


def goal_problems(written: Goals, metrics: Metrics, unit: Currency) -> Iterator[Found]:
    """Goals for what no metric is, or for money that the currency does not have."""
    for metric, spans in written.items():
        path = ("goals", metric)
        if (problem := metrics.problem(metric)) is not None:
            yield path, problem
        for span, target in spans.items():
            if _is_money(target, metric, metrics.results) and (target.number * unit.scale).denominator != 1:
                number = _Number().write(target.number)
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
