"""What each party gets under terms, level by level, and what was taken to happen for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import structs

from cli.assumptions import Asked, asked, money_metrics, unit_metrics
from cli.output import Column, Table, View
from ledger.settlement.trial import Assumed, Outcome, Varied, What, collector, payer, tried
from ledger.settlement.turns import Turn, base, levels, round_levels, turns
from ledger.terms.document import Terms
from ledger.terms.numbers import PortionOf
from ledger.values.errors import Refused
from ledger.values.money import Currency, format_amount, format_quantity, format_rate

TRIAL = "pactbook/trial/1"


@dataclass(frozen=True)
class Trial:
    """Terms, what is asked of them, and over how many periods."""

    terms: Terms
    asked: Asked
    periods: int = 1

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Where the shares of one period turn."""
        rough = any(isinstance(cost, PortionOf) for cost in self.asked.assumed.costs.values())
        return turns(lambda level: self.outcome(level, 1), self.varied, self._known(), rough=rough)

    def _known(self) -> tuple[int, ...]:
        """Levels that may matter because of what is taken to happen besides."""
        if self.varied.what is What.UNITS:
            return ()
        assumed = self.asked.assumed
        return (*(cost for cost in assumed.costs.values() if isinstance(cost, int)), *assumed.capital.values())

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The levels asked for, or those that show every turn."""
        chosen = levels if self.periods == 1 else round_levels
        return self.asked.levels or chosen(self.turns, self.varied, self.terms.unit)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """What each level comes to."""
        return [self.outcome(level, self.periods) for level in self.levels]

    def outcome(self, level: int, periods: int) -> Outcome:
        """What a level comes to."""
        return tried(self.terms, self.varied, level, self.asked.assumed, periods)

    @cached_property
    def withheld(self) -> list[str]:
        """The parties that are not paid just their shares."""
        alone = [each.alone(place) for each in self.outcomes for place in range(self.periods)]
        return sorted({party for each in alone for party, due in each.due.items() if due != each.shares.get(party, 0)})

    @property
    def varied(self) -> Varied:
        """What differs from row to row."""
        return self.asked.varied

    @property
    def turning(self) -> dict[int, str]:
        """What turns at a level, where the levels were chosen for it."""
        if self.asked.levels is not None or self.periods > 1:
            return {}
        return {turn.level: ", ".join(turn.clauses) for turn in self.turns}

    def level_text(self, level: int, *, grouped: bool = True) -> str:
        """A level as people write it."""
        if self.varied.what is What.UNITS:
            return format_quantity(level)
        return format_amount(level, self.terms.unit, grouped=grouped)

    def period_text(self, count: int) -> str:
        """A number of periods in words."""
        return f"{count} {self.terms.every}s" if count > 1 else str(self.terms.every)


# --- the trial ------------------------------------------------------------------------------------------


def trial_of(terms: Terms, given: Mapping[str, Any]) -> Trial:
    """The trial that the options ask for."""
    return Trial(terms, asked(terms, given), given["periods"])


def trial_view(trial: Trial) -> View:
    """A trial, level by level, and what was taken to happen."""
    notes = list(_notes(trial))
    by_period = len(trial.levels) == 1 and trial.periods > 1
    tables = [_period_table(trial)] if by_period else list(_level_tables(trial))
    data = {
        "schema": TRIAL,
        "agreement": trial.terms.agreement,
        "terms": trial.terms.digest,
        "currency": trial.terms.currency,
        "periods": trial.periods,
        "varied": {"what": trial.varied.what.value, "name": trial.varied.name},
        "assumed": _assumed_data(trial),
        "levels": [_outcome_data(trial, outcome) for outcome in trial.outcomes],
        "notes": notes,
    }
    return View(data, list(_records(trial)), [*tables, "\n".join(notes)])


def _assumed_data(trial: Trial) -> dict[str, Any]:
    assumed, unit = trial.asked.assumed, trial.terms.unit
    return {
        "results": {name: format_amount(minor, unit) for name, minor in assumed.results.items()},
        "units": {name: format_quantity(micro) for name, micro in assumed.units.items()},
        "costs": {name: _cost_text(cost, unit) for name, cost in assumed.costs.items()},
        "liabilities": {name: format_amount(minor, unit) for name, minor in assumed.liabilities.items()},
        "capital": {party: format_amount(minor, unit) for party, minor in assumed.capital.items()},
        "advances": {way: format_amount(minor, unit) for way, minor in assumed.advances.items()},
    }


def _cost_text(cost: PortionOf | int, unit: Currency) -> str:
    return f"{format_rate(cost.rate)} of {cost.of}" if isinstance(cost, PortionOf) else format_amount(cost, unit)


def _outcome_data(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    data = {"level": trial.level_text(outcome.level, grouped=False), **_amounts_data(trial, outcome)}
    if trial.turning:
        data["turns"] = trial.turning.get(outcome.level, "").split(", ") if outcome.level in trial.turning else []
    if trial.periods > 1:
        data["by_period"] = [
            {"period": settled.period.key, **_amounts_data(trial, outcome.alone(place))}
            for place, settled in enumerate(outcome.settlements)
        ]
    return data


def _amounts_data(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    unit = trial.terms.unit
    return {
        "pool": format_amount(outcome.pool, unit),
        "loss_brought_forward": format_amount(outcome.brought_forward, unit),
        "shares": {party: format_amount(minor, unit) for party, minor in outcome.shares.items()},
        "due": {party: format_amount(minor, unit) for party, minor in outcome.due.items()},
        "loss_carried_on": format_amount(outcome.carried_on, unit),
    }


def _records(trial: Trial) -> Iterator[dict[str, Any]]:
    """A flat row for each level; over several periods one for all of them and one for each."""
    for outcome in trial.outcomes:
        spans = [("all" if trial.periods > 1 else outcome.settlements[0].period.key, outcome)]
        if trial.periods > 1:
            spans += [(each.period.key, outcome.alone(place)) for place, each in enumerate(outcome.settlements)]
        for span, each in spans:
            amounts = _amounts_data(trial, each)
            yield {
                trial.varied.name: trial.level_text(outcome.level, grouped=False),
                "period": span,
                "pool": amounts["pool"],
                "loss brought forward": amounts["loss_brought_forward"],
                **amounts["shares"],
                **{f"{party} paid": amounts["due"][party] for party in trial.withheld},
                "loss carried on": amounts["loss_carried_on"],
            }


# --- tables ---------------------------------------------------------------------------------------------


def _level_tables(trial: Trial) -> Iterator[Table]:
    name = trial.terms.agreement
    if trial.periods == 1:
        title = f"{name}: what each party gets of a {trial.terms.every}, in {trial.terms.currency}"
        yield _level_table(trial, trial.outcomes, title)
        return
    span = trial.period_text(trial.periods)
    alike = f"{span} alike, in {trial.terms.currency}"
    yield _level_table(trial, trial.outcomes, f"{name}: what each party gets of {alike}, together")
    last = [outcome.alone(-1) for outcome in trial.outcomes]
    yield _level_table(trial, last, f"{name}: what each party gets of the last of {alike}")


def _level_table(trial: Trial, outcomes: Sequence[Outcome], title: str) -> Table:
    turning = trial.turning
    rows = [[trial.level_text(each.level)] for each in outcomes]
    columns = [Column(trial.varied.name, True), *_fill(trial, outcomes, rows, [each.level for each in outcomes])]
    if turning:
        columns.append(Column("turns here"))
        for row, outcome in zip(rows, outcomes, strict=True):
            row.append(turning.get(outcome.level, ""))
    return Table(columns, rows, title)


def _period_table(trial: Trial) -> Table:
    """One level, period by period, and all of them together."""
    [outcome] = trial.outcomes
    alone = [outcome.alone(place) for place in range(trial.periods)]
    rows = [[each.settlements[0].period.key] for each in alone] + [["together"]]
    columns = [Column("period"), *_fill(trial, [*alone, outcome], rows, [])]
    level = f"{trial.varied.name} of {trial.level_text(outcome.level)} in each {trial.terms.every}"
    title = f"{trial.terms.agreement}: what each party gets with {level}, in {trial.terms.currency}"
    return Table(columns, rows, title, frozenset({trial.periods - 1}))


def _fill(trial: Trial, outcomes: Sequence[Outcome], rows: list[list[str]], shown: list[int]) -> list[Column]:
    """Put pool, shares and losses carried into the rows; columns that would say nothing are left out."""
    parties = list(dict.fromkeys(party for outcome in outcomes for party in outcome.shares))
    values = {
        "pool": [outcome.pool for outcome in outcomes],
        "loss before": [outcome.brought_forward for outcome in outcomes],
        **{party: [outcome.shares.get(party, 0) for outcome in outcomes] for party in parties},
        **{f"{party} paid": [outcome.due.get(party, 0) for outcome in outcomes] for party in trial.withheld},
        "loss carried on": [outcome.carried_on for outcome in outcomes],
    }
    if values["pool"] == shown:
        del values["pool"]
    always = {"pool", *parties, *(f"{party} paid" for party in trial.withheld)}
    wanted = [name for name, each in values.items() if name in always or any(each)]
    for place, row in enumerate(rows):
        row += [format_amount(values[name][place], trial.terms.unit, grouped=True) for name in wanted]
    return [Column(name, True) for name in wanted]


# --- what is said below the table -----------------------------------------------------------------------


def _notes(trial: Trial) -> Iterator[str]:
    yield from _how_chosen(trial)
    yield from _taken(trial)
    nothing = list(_left_out(trial.terms, trial.asked))
    if nothing:
        flags = ", ".join(flag for _, flag in nothing)
        yield f"Taken as nothing: {', '.join(what for what, _ in nothing)}; say more by {flags}."
    if not trial.asked.assumed.capital and _reads_capital(trial):
        yield "These terms look at capital, and none is taken to be there (--capital PARTY=AMOUNT)."
    if '"interest on withdrawals":' in trial.terms.canonical:
        yield "No withdrawals are taken to be made, so no interest on them is charged."
    if trial.withheld:
        yield "Paid: the share less what stays in as capital, is held in reserve or recouped, plus what is released."
    if '"exchange":' in trial.terms.canonical:
        yield f"All of it is taken to be in {trial.terms.currency}: what rates of exchange do is not known beforehand."


def _how_chosen(trial: Trial) -> Iterator[str]:
    if trial.asked.levels is not None:
        return
    flag = "--pools" if trial.varied.what is What.RESULT else f"--units {trial.varied.name}="
    if trial.periods > 1:
        yield f"Levels: up to beyond the last at which a rule sets in or ends in one {trial.terms.every}."
    else:
        between = "" if any(turn.bends for turn in trial.turns) else "; straight lines between"
        yield f"Levels: a loss, zero, round ones, and each at which a rule sets in or ends{between}."
    yield f"Others: {flag} FROM:TO:STEP."


def _taken(trial: Trial) -> Iterator[str]:
    terms, assumed, unit = trial.terms, trial.asked.assumed, trial.terms.unit
    said = []
    if trial.varied.what is What.RESULT:
        said.append(f"{trial.varied.name} collected by {collector(terms, trial.varied.name)}")
    for name, minor in assumed.results.items():
        if name != trial.varied.name or trial.varied.what is What.UNITS:
            said.append(f"{name} {format_amount(minor, unit, grouped=True)} collected by {collector(terms, name)}")
    said += [f"{format_quantity(micro)} {name}" for name, micro in assumed.units.items()]
    said += [f"{name} {_cost_text(cost, unit)} paid by {payer(terms, name)}" for name, cost in assumed.costs.items()]
    said += [
        f"{name} {format_amount(minor, unit, grouped=True)} recognised" for name, minor in assumed.liabilities.items()
    ]
    if said:
        yield f"In each {terms.every}: {'; '.join(said)}."
    for who, minor in assumed.capital.items():
        party, _, deal = who.partition(":")
        what = f"{format_amount(minor, unit, grouped=True)}{f' for {deal}' if deal else ''}"
        yield f"On the first day {party} contributes {what} (opening capital from the second {terms.every} on)."
    for way, minor in assumed.advances.items():
        paid_by, paid_to, *account = way.split(":")
        what = f"an advance of {format_amount(minor, unit, grouped=True)}{f' on {account[0]}' if account else ''}"
        yield f"On the first day {paid_by} pays {paid_to} {what}."


def _left_out(terms: Terms, what: Asked) -> Iterator[tuple[str, str]]:
    """What these terms look at and nothing was said about, with the option that says it."""
    assumed = what.assumed
    told = {*assumed.results, *([what.varied.name] if what.varied.what is What.RESULT else [])}
    for name in money_metrics(terms):
        if name not in told:
            yield name, f"--metric {name}=AMOUNT"
    told = {*assumed.units, *([what.varied.name] if what.varied.what is What.UNITS else [])}
    for name in unit_metrics(terms):
        if name not in told:
            yield f"the number of {name}", f"--units {name}=NUMBER"
    for cost in terms.pool.costs:
        if cost.category not in assumed.costs:
            yield cost.category, f"--cost {cost.category}=AMOUNT"
    for name in terms.pool.liabilities:
        if name not in assumed.liabilities:
            yield name, f"--liability {name}=AMOUNT"


def _reads_capital(trial: Trial) -> bool:
    """Whether it would make a difference if there were capital."""
    terms = trial.terms
    some = base(Varied(What.RESULT, ""), terms.unit)
    holders = [*terms.parties, *(f"{party}:{deal}" for party in terms.parties for deal in terms.pool.results)]
    with_capital = Assumed(capital={who: some * place for place, who in enumerate(holders, 1)})
    levels = (trial.levels[0], trial.levels[-1])
    try:
        return any(
            tried(terms, trial.varied, level, structs.replace(trial.asked.assumed, capital=with_capital.capital)).shares
            != trial.outcome(level, 1).shares
            for level in levels
        )
    except Refused:
        return True
