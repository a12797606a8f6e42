"""The chart of a trial: a line for each party over the levels, with marks where the terms turn."""

from __future__ import annotations

from cli.chart import Axis, Line, line_chart
from cli.trying import Trial
from ledger.settlement.trial import What
from ledger.settlement.turns import NEAR
from ledger.values.errors import Refused
from ledger.values.money import Currency, format_amount

BENDS = 96  #: points of a line that is not straight between the turns


def chart_of(trial: Trial) -> str:
    """The chart. Raises `Refused` where there is only one level, which makes no line."""
    terms = trial.terms
    if len(trial.levels) < 2 and trial.periods < 2:
        raise Refused("a chart needs two levels or more", "name a range, such as --pools 0:100000:10000")
    if len(trial.levels) < 2:
        return _over_time(trial)
    turned = {turn.level for turn in trial.turns} if trial.periods == 1 else set()
    low, high = trial.levels[0], trial.levels[-1]
    # Just below a turn there may be another value: a rate for all of it changes at once.
    places = {
        *trial.levels,
        *(place for turn in turned for place in (turn - NEAR, turn - 1, turn, turn + NEAR) if low <= place <= high),
    }
    if trial.periods == 1 and any(turn.bends for turn in trial.turns):
        places |= set(range(low, high, max((high - low) // BENDS, 1)))
    shares = {place: trial.outcome(place, trial.periods).shares for place in sorted(places)}
    marked = frozenset(place for place in places if place in (turned or trial.levels))
    lines = [
        Line(party, [(place, each.get(party, 0)) for place, each in shares.items()], marked) for party in terms.parties
    ]
    span = f"of {trial.period_text(trial.periods)} alike" if trial.periods > 1 else f"of a {terms.every}"
    unit = "" if trial.varied.what is What.UNITS else f" in {terms.currency}"
    subtitle = f"{terms.agreement}: what each party gets {span}" + (
        "; marks show where the terms turn" if turned else ""
    )
    x = Axis(f"{trial.varied.name}{unit} in each {terms.every}", lambda level: _short(trial.level_text(level)))
    y = Axis(f"share in {terms.currency}", lambda minor: _amount(minor, terms.unit))
    return line_chart(terms.title, subtitle, x, y, lines)


def _over_time(trial: Trial) -> str:
    """One level, period by period."""
    terms, [outcome] = trial.terms, trial.outcomes
    shares = [outcome.alone(place).shares for place in range(trial.periods)]
    marked = frozenset(range(1, trial.periods + 1)) if trial.periods <= 40 else frozenset()
    lines = [
        Line(party, [(place, each.get(party, 0)) for place, each in enumerate(shares, 1)], marked)
        for party in terms.parties
    ]
    level = f"{trial.varied.name} of {trial.level_text(outcome.level)} in each {terms.every}"
    y = Axis(f"share in {terms.currency}", lambda minor: _amount(minor, terms.unit))
    return line_chart(terms.title, f"{terms.agreement}: {level}", Axis(f"{terms.every}", str), y, lines)


def _amount(minor: int, unit: Currency) -> str:
    return _short(format_amount(minor, unit, grouped=True))


def _short(text: str) -> str:
    """A number without decimals that are all zero."""
    whole, _, decimals = text.partition(".")
    return text if decimals.strip("0") else whole
