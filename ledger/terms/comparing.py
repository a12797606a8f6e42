"""The numbers that several parties report of a metric in a period, compared; and the one that counts (`authority`)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from ledger.terms.authority import Authority, Beyond
from ledger.terms.context import Foreign, Inputs, PerParty
from ledger.values.apportionment import Rule, RuleName
from ledger.values.figures import (
    RATE,
    Figure,
    Op,
    Rounding,
    add,
    apportioned,
    derive,
    greater,
    lesser,
    multiply,
    subtract,
    term,
)
from ledger.values.money import Currency, format_money, format_number, format_rate

_IN_PROPORTION = Rounding(Rule(RuleName.LARGEST_FRACTION))

AVERAGE = "average"


class Compared(msgspec.Struct, frozen=True):
    """What several parties reported of a metric in a period, and what became of it.

    `counts` is the party whose number counts, or `average`. `lines` are the totals of the reporters, the authority's
    first, then how far each other one lies from it. `beyond` says that they lie further apart than is tolerated;
    `stopped` what keeps the period from being closed, if anything.
    """

    metric: str
    authority: str
    counts: str
    beyond: bool
    lines: tuple[Figure, ...]
    stopped: str | None = None


def compare(inputs: Inputs, authorities: Mapping[str, Authority]) -> tuple[Inputs, tuple[Compared, ...]]:
    """The inputs with the numbers that count, and what was compared. A metric that only its authority reports stays."""
    found: list[Compared] = []
    amounts, quantities, made = dict(inputs.amounts), dict(inputs.quantities), {}
    for metric, authority in authorities.items():
        money, units = _reports(inputs, metric)
        for by, is_money in ((money, True), (units, False)):
            if not by or by.keys() == {authority.party}:
                continue
            side = _Side(metric, authority, by, inputs.currency, is_money)
            compared, total, per_holder = side.judged()
            found.append(compared)
            made[total.name] = total
            (amounts if is_money else quantities)["result", metric] = per_holder
    if not found:
        return inputs, ()
    foreign = _foreign(inputs, found)
    return replace(inputs, amounts=amounts, quantities=quantities, foreign=foreign, _made=made), tuple(found)


def _foreign(inputs: Inputs, compared: list[Compared]) -> dict[tuple[str, str, str], tuple[Foreign, ...]]:
    """The foreign money that counts: of a metric that was compared, what the party reported whose number counts.

    Of an average there is none: nobody holds half of another one's report.
    """
    counts = {each.metric: each.counts for each in compared if each.lines[0].name.startswith("results/")}
    found = {}
    for (kind, name, holder), parts in inputs.foreign.items():
        whose = counts.get(name) if kind == "result" else None
        found[kind, name, holder] = tuple(each for each in parts if whose in (None, each.reporter))
    return found


def _reports(inputs: Inputs, metric: str) -> tuple[dict[str, PerParty], dict[str, PerParty]]:
    """Money and units of a metric, per reporter and holder. A report without money (or units) is none of money."""
    money: dict[str, PerParty] = {}
    units: dict[str, PerParty] = {}
    reporters = {
        part.reporter
        for (kind, name, _), parts in inputs.parts.items()
        for part in parts
        if (kind, name) == ("result", metric) and part.reporter
    }
    for reporter in sorted(reporters):
        amounts, quantities = inputs.reported(metric, reporter)
        if held := {holder: figure for holder, figure in amounts.items() if holder or figure.value}:
            money[reporter] = held
        if quantities:
            units[reporter] = quantities
    return money, units


class _Side(msgspec.Struct, frozen=True):
    """The money, or the units, that parties report of a metric: figures by reporter and holder."""

    metric: str
    authority: Authority
    by: dict[str, PerParty]
    currency: Currency
    is_money: bool

    @property
    def clause(self) -> str:
        return f"authority.{self.metric}"

    @property
    def name(self) -> str:
        return f"{'results' if self.is_money else 'quantities'}/{self.metric}"

    @property
    def what(self) -> str:
        return self.metric if self.is_money else f"number of {self.metric}"

    def judged(self) -> tuple[Compared, Figure, PerParty]:
        """What was compared, the total that counts, and what of it each holder has."""
        party, totals = self.authority.party, self._totals()
        lines = list(totals.values())
        beyond = False
        if party in totals:
            for other in totals.keys() - {party}:
                beyond |= self._is_beyond(totals[party], totals[other])
            lines += [line for other in totals if other != party for line in self._apart(totals[party], other, totals)]
        else:
            beyond = len({total.value for total in totals.values()}) > 1
        rule = self.authority.beyond if beyond else None
        stopped = None
        if beyond and (rule is Beyond.STOP or (rule is None and party not in totals)):
            stopped, rule = self._why_stopped(totals), None
        counts, total, per_holder = self._that_counts(totals, rule)
        return Compared(self.metric, party, counts, beyond, tuple(lines), stopped), total, per_holder

    def _totals(self) -> dict[str, Figure]:
        """The total of each reporter, the authority's first."""
        party = self.authority.party
        order = sorted(self.by, key=lambda reporter: (reporter != party, reporter))
        return {
            reporter: add(
                list(self.by[reporter].values()), f"{self.what} as {reporter} reports", self.clause,
                f"{self.name}.by.{reporter}",
            )
            for reporter in order
        }  # fmt: skip

    def _is_beyond(self, own: Figure, other: Figure) -> bool:
        tolerance = self.authority.tolerance
        return tolerance is not None and abs(other.value - own.value) > tolerance * abs(own.value)

    def _apart(self, own: Figure, other: str, totals: Mapping[str, Figure]) -> list[Figure]:
        """How far a number lies from the authority's: the difference, and what part of it that is, where it is any."""
        name = f"{self.name}.apart.{other}"
        said = f"{self.what}: {other} less {self.authority.party}"
        apart = subtract((totals[other], own), said, self.clause, name)
        if not own.value:
            return [apart]
        rate = derive(Op.QUOTIENT, (apart, own), f"{said}, in proportion", self.clause, f"{name}.rate")
        return [apart, rate]

    def _that_counts(self, totals: Mapping[str, Figure], rule: Beyond | None) -> tuple[str, Figure, PerParty]:
        if rule is Beyond.AVERAGE:
            return self._average()
        label, clause, name = self.what, self.clause, self.name
        first = next(iter(totals))
        if rule is None:
            return first, add((totals[first],), label, clause, name), self.by[first]
        choose, derived = (min, lesser) if rule is Beyond.LOWER else (max, greater)
        chosen = choose(totals, key=lambda reporter: totals[reporter].value)
        return chosen, derived(list(totals.values()), label, clause, name), self.by[chosen]

    def _average(self) -> tuple[str, Figure, PerParty]:
        """The average of all reporters; money in whole minor units, as each holder has it on average."""
        part = term(Fraction(1, len(self.by)), RATE, "part of each reporter", self.clause)
        holders = sorted({holder for held in self.by.values() for holder in held})
        exact = {}
        for holder in holders:
            reported = [held[holder] for held in self.by.values() if holder in held]
            summed = add(reported, f"{self._held(holder)}, as all report", self.clause)
            exact[holder] = multiply((part, summed), f"{self._held(holder)} on average", self.clause)
        if self.is_money:
            nothing = {holder: term(0, self.currency.code, "nothing carried", self.clause) for holder in holders}
            per_holder = apportioned(
                exact, nothing, _IN_PROPORTION, lambda holder: f"{self._held(holder)}, the average", self.clause,
                lambda holder: f"{self.name}.average.{holder or 'nobody'}",
            )  # fmt: skip
        else:
            per_holder = exact
        return AVERAGE, add(list(per_holder.values()), self.what, self.clause, self.name), per_holder

    def _held(self, holder: str) -> str:
        return f"{self.what} collected by {holder}" if holder else self.what

    def _why_stopped(self, totals: Mapping[str, Figure]) -> str:
        reported = ", ".join(f"{reporter} reports {self._text(total)}" for reporter, total in totals.items())
        tolerance = self.authority.tolerance
        if self.authority.party not in totals:
            return f"{reported} of {self.metric}, and {self.authority.party}, whose number counts, reports none"
        allowed = "" if tolerance is None else f"; by the terms they may lie {format_rate(tolerance)} apart"
        return f"{reported} of {self.metric}{allowed}"

    def _text(self, figure: Figure) -> str:
        if self.is_money:
            return format_money(figure.value, self.currency)
        return format_number(figure.value)
