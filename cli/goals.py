"""`pactbook goals`: how results stand against the goals of the terms."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option
from cli.options import PERIOD, global_options
from cli.output import Column, Table, View, show
from cli.session import session

if TYPE_CHECKING:
    from datetime import date

    from ledger.settlement.scorecard import Score, Scorecard
    from ledger.values.money import Currency
    from ledger.values.periods import Period

SCHEMA = "pactbook/goals/1"


@click.command()
@click.argument("agreement")
@click.argument("period", type=PERIOD, required=False)
@known_at_option
@as_of_option
@global_options
def goals(agreement: str, period: Period | None, known_at: int | None, as_of: date | None) -> None:
    """Show how results stand against the goals of AGREEMENT.

    PERIOD is any month, week, quarter or year [default: the settlement period of today]. Every goal is shown that is on
    in it: a goal for a year as far as it was reached by the end of PERIOD (or today), a goal for a month in each month
    of PERIOD. With --as-of that day stands for today.

    \b
    Example:
      pactbook goals acme-jot
      pactbook goals acme-jot 2026-Q4 --format csv
    """
    from ledger.settlement.scorecard import scorecard
    from ledger.values.periods import period_of

    ledger = session().ledger
    facts = ledger.facts(agreement)
    day = as_of or ledger.today
    wanted = period or period_of(day, ledger.terms(agreement).every)
    show(_view(agreement, scorecard(facts, wanted, day, known_at), ledger.terms(agreement).unit))


HEADINGS = (
    "agreement", "as_of", "known_at", "metric", "span", "period", "first", "last", "unit", "target", "actual",
    "reached", "missing", "time_gone",
)  # fmt: skip


def _view(agreement: str, card: Scorecard, unit: Currency) -> View:
    seen = {"agreement": agreement, "as_of": card.as_of.isoformat(), "known_at": card.known_at}
    scores = [_score(each, unit) for each in card.scores]
    records = [{**seen, **score} for score in scores]
    data = {"schema": SCHEMA, **seen, "period": card.period.key, "goals": scores}
    if not scores:
        return View(data, records, [f"the terms of {agreement} name no goals"], HEADINGS)
    known = f", as known at event {card.known_at}"
    title = f"{agreement}, goals up to {card.as_of}{known}"
    columns = (
        Column("Metric"), Column("goal in"), *(Column(word, True) for word in ("goal", "actual", "reached", "missing")),
        Column("time gone", True),
    )  # fmt: skip
    return View(data, records, [Table(columns, [_row(each, unit) for each in card.scores], title)], HEADINGS)


def _score(score: Score, unit: Currency) -> dict[str, Any]:
    goal, span = score.goal, score.span
    return {
        "metric": goal.metric,
        "span": goal.span.value,
        "period": span.key,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "unit": unit.code if goal.is_money else goal.metric,
        "target": _plain(goal.target, score, unit),
        "actual": _plain(score.actual, score, unit),
        "reached": _ratio(score.reached),
        "missing": _plain(score.missing, score, unit),
        "time_gone": _ratio(score.gone),
    }


def _row(score: Score, unit: Currency) -> list[str]:
    from ledger.terms.goals import goal_text

    goal = score.goal
    numbers = (goal_text(value, goal.is_money, unit) for value in (goal.target, score.actual))
    missing = goal_text(score.missing, goal.is_money, unit)
    return [goal.metric, score.span.key, *numbers, _percent(score.reached), missing, _percent(score.gone)]


def _plain(value: Fraction, score: Score, unit: Currency) -> str:
    from ledger.values.money import format_amount, format_number

    if score.goal.is_money:
        return format_amount(value, unit)
    return format_number(value)


def _ratio(value: Fraction) -> str:
    from ledger.values.money import format_decimal

    return format_decimal(value, 4)


def _percent(value: Fraction) -> str:
    from ledger.values.money import format_decimal

    return f"{format_decimal(value * 100, 1)}%"
