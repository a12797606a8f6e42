"""What a clause can see when it yields figures: the leaves of a period, the pool, what remains of it.

The settlement fills it in; clauses only read it. `name` and `clause` address the clause at work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from ledger.terms.short import Short
from ledger.terms.stakes import Stakes
from ledger.values.figures import Figure, add, positive
from ledger.values.money import Currency
from ledger.values.periods import Period

PerParty = dict[str, Figure]
"""A figure for each party that has one."""

#: The first part of the names of figures that steps hand on from period to period.
MEMORY = "carry"

#: Words that name a base without naming a metric.
RESERVED_BASES = ("pool", "remaining", "results")


class Over(StrEnum):
    """Over what time a base is counted: the period alone, the year to date, or the life of the agreement."""

    PERIOD = "period"
    YEAR = "year"
    LIFE = "life"


class Counter(msgspec.Struct, frozen=True):
    """A base counted beyond the period: `units` tells a quantity from an amount of money."""

    base: str
    units: bool
    over: Over

    @property
    def name(self) -> str:
        """The address of the counter within a settlement."""
        return f"counted/{self.base}{'.units' if self.units else ''}.{self.over}"


class Part(msgspec.Struct, frozen=True):
    """What a party's figure is made of, where that matters: of one day (ISO), or from one reporter ("": any)."""

    day: str
    reporter: str
    amount: Figure
    quantity: Figure | None = None


class Foreign(msgspec.Struct, frozen=True):
    """Entries in a foreign currency: their amount in its minor units, and what it counts in the agreement's."""

    currency: str
    amount: Figure
    converted: Figure
    reporter: str = ""


class Inputs(msgspec.Struct, frozen=True):
    """The leaves of one period, as figures: totals of the entries that count.

    `amounts` (in minor units) and `quantities` (in units) go from (kind, name) to a figure per party; kinds
    are the words of `ledger.book.movements.Kind`. `parts` are the same entries told apart by day and reporter, of
    each (kind, name, party): capital by day, results by reporter. `foreign` are those of them in other currencies,
    which the amounts hold converted; foreign money that was sold is the one amount in a currency of its own.
    """

    currency: Currency
    amounts: Mapping[tuple[str, str], Mapping[str, Figure]]
    quantities: Mapping[tuple[str, str], Mapping[str, Figure]]
    parts: Mapping[tuple[str, str, str], tuple[Part, ...]] = msgspec.field(default_factory=dict)
    foreign: Mapping[tuple[str, str, str], tuple[Foreign, ...]] = msgspec.field(default_factory=dict)
    _made: dict[str, Figure] = msgspec.field(default_factory=dict)

    def of(self, kind: str, name: str) -> Mapping[str, Figure]:
        """The amounts of a kind and name, per party."""
        return self.amounts.get((kind, name), {})

    def dated(self, kind: str, name: str, party: str) -> list[tuple[date, Figure]]:
        """A party's capital moves of a kind, day by day in order; together they are its figure of the kind."""
        found = [(date.fromisoformat(part.day), part.amount) for part in self._parts(kind, name, party) if part.day]
        return sorted(found, key=lambda each: each[0])

    def reported(self, metric: str, reporter: str) -> tuple[PerParty, PerParty]:
        """What one party reported of a metric, by who collected it: amounts, and quantities."""
        amounts: dict[str, list[Figure]] = {}
        quantities: dict[str, list[Figure]] = {}
        for (kind, name, holder), parts in self.parts.items():
            for part in parts if (kind, name) == ("result", metric) else ():
                if part.reporter == reporter:
                    amounts.setdefault(holder, []).append(part.amount)
                    if part.quantity is not None:
                        quantities.setdefault(holder, []).append(part.quantity)
        said = f"as {reporter} reports"
        return (
            {holder: _one(found, f"{metric}, {said}") for holder, found in amounts.items()},
            {holder: _one(found, f"number of {metric}, {said}") for holder, found in quantities.items()},
        )

    def _parts(self, kind: str, name: str, party: str) -> tuple[Part, ...]:
        return self.parts.get((kind, name, party), ())

    def money(self, metric: str) -> Figure:
        """The amount of a metric in this period, whoever collected it."""
        leaves = self.of("result", metric).values()
        return self._once(f"results/{metric}", list(leaves), metric, self.currency.code)

    def quantity(self, metric: str) -> Figure:
        """The quantity of a metric in this period, in units."""
        leaves = self.quantities.get(("result", metric), {}).values()
        return self._once(f"quantities/{metric}", list(leaves), f"number of {metric}", metric)

    def _once(self, name: str, leaves: list[Figure], label: str, unit: str) -> Figure:
        if name not in self._made:
            self._made[name] = add(leaves, label, "", name, unit)
        return self._made[name]


def _one(parts: list[Figure], label: str) -> Figure:
    """The figure itself where there is one, else the sum of the parts."""
    return parts[0] if len(parts) == 1 else add(parts, label, "")


class Earlier(msgspec.Struct, frozen=True):
    """A step that had its turn before in the same list: its word, what its memory is filed under, what it took."""

    word: str
    key: str
    taken: PerParty


class Context(msgspec.Struct, frozen=True):
    """All that the clause at work may look at.

    `period` is the one that is settled, and `first` and `last` are its days that belong to the agreement; `final` tells
    that the agreement ends in it. `parties` are those of the terms, and `stakes` is the capital of all that ever had
    any, before this period's shares. `brought` finds a figure that an earlier period handed on.
    `clause` and `name` address the clause at work and its figures; `key` is what its memory is filed under.
    `earlier` are the steps before it in its list. `over` says that the agreement ended before this period.
    `short` is the rule where there is less than the steps ask for. `carries_losses` says that nobody bears a
    loss: later pools make it good.
    """

    currency: Currency
    inputs: Inputs
    counted: Callable[[Counter], Figure | None]
    results: Figure
    pool: Figure
    remaining: Figure
    period: Period
    first: date
    last: date
    parties: frozenset[str]
    stakes: Stakes
    brought: Callable[[str, str], Figure | None]
    final: bool = False
    short: Short | None = None
    clause: str = ""
    name: str = ""
    key: str = ""
    earlier: tuple[Earlier, ...] = ()
    over: bool = False
    carries_losses: bool = False

    @property
    def end(self) -> date:
        """The day after the last one, up to which interest runs; on the last day of the calendar, that day itself."""
        return self.last + timedelta(days=1) if self.last < date.max else self.last

    def at(self, clause: str, name: str, key: str = "") -> Context:
        """The same, for the clause of this address."""
        return replace(self, clause=clause, name=name, key=key)

    def within(self, place: int, key: str) -> Context:
        """The same, for a step inside the clause at work: the `place`-th, counted from 1."""
        return self.at(f"{self.clause}.shares[{place}]", f"{self.name}.{place}", f"{self.key}.{key}")

    def carry(self, what: str) -> str:
        """The name of a figure that the clause at work hands on to the next period, such as `unpaid.lp`."""
        return f"{MEMORY}/{self.key}.{what}"

    def before(self, what: str, label: str) -> Figure | None:
        """What the clause at work handed on from the period before under this name; None where it did not."""
        return self.brought(self.carry(what), label)

    def left(self, remaining: Figure) -> Context:
        """The same, with less (or more) remaining."""
        return replace(self, remaining=remaining)

    def after(self, word: str, key: str, taken: PerParty) -> Context:
        """The same, for the steps after one that took this."""
        return replace(self, earlier=(*self.earlier, Earlier(word, key, taken)))

    def base(self, name: str) -> Figure:
        """The amount that a rate is taken of: the pool, what remains of it, all results, or a metric.

        A rate of the pool or of what remains is a share of profit: there is none when there is no profit.
        """
        match name:
            case "pool":
                return positive(self.pool, "pool, if there is one", self.clause)
            case "remaining":
                return positive(self.remaining, "what remains of the pool, if anything", self.clause)
            case "results":
                return self.results
            case metric:
                return self.inputs.money(metric)
