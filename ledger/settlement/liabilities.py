"""What the venture owes outsiders on a day, and who would bear it: every party's exposure.

A shared liability lessens the pool when it is recognised, so the shares have it in them already. Exposure asks another
question: of what is still owed, how much does each party bear if it comes to be paid? The rule is the one for losses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from ledger.book.movements import Kind
from ledger.settlement.knowledge import Knowledge
from ledger.settlement.leaves import inputs_of
from ledger.settlement.settle import Settlement, fold
from ledger.terms.context import Inputs
from ledger.values.apportionment import Rule, RuleName
from ledger.values.errors import Refused
from ledger.values.figures import RATE, Figure, Op, Rounding, add, apportioned, multiply, subtract, term
from ledger.values.money import Currency
from ledger.values.periods import period_of

_IN_PROPORTION = Rounding(Rule(RuleName.LARGEST_FRACTION))

VENTURE = "venture"
"""Who bears a loss that is carried forward: later pools, which is the venture as a whole."""


class Category(msgspec.Struct, frozen=True):
    """What became of the liabilities of a category; `shared` says that the pool bears any of them."""

    name: str
    shared: bool
    recognised: Figure
    settled: Figure
    released: Figure
    outstanding: Figure


class Bearing(msgspec.Struct, frozen=True):
    """A party's part in shared liabilities, by the rule for losses, in whole minor units.

    `paid` is what it laid out to settle them, `borne` its part of all that was settled, by the terms of the period in
    which that was; `exposure` its part of what is outstanding, by the terms of the day. The party is `venture` where
    losses are carried forward to later pools.
    """

    party: str
    paid: Figure
    borne: Figure
    exposure: Figure


class Liabilities(msgspec.Struct, frozen=True):
    """What the venture owes outsiders at the end of a day, by category and by who would bear it.

    `outstanding` is what is owed of shared liabilities: those of the categories, and beyond them (`exchange`) what
    rates of exchange made of foreign ones, or earlier terms shared; None where there is no such thing. All exposures
    add up to it, and what all have borne to what was settled.
    """

    unit: Currency
    as_of: date
    known_at: int
    categories: tuple[Category, ...]
    exchange: Figure | None
    outstanding: Figure
    settled: Figure
    bearings: tuple[Bearing, ...]

    def roots(self) -> list[Figure]:
        """Every figure that the others hang from."""
        found = [figure for each in self.categories for figure in _of_category(each)]
        found += [self.outstanding, self.settled, *([] if self.exchange is None else [self.exchange])]
        return found + [figure for each in self.bearings for figure in (each.paid, each.borne, each.exposure)]


def _of_category(category: Category) -> tuple[Figure, ...]:
    return category.recognised, category.settled, category.released, category.outstanding


def liabilities_of(known: Knowledge, day: date) -> Liabilities:
    """What is owed at the end of a day, of what is known: the knowledge should hold nothing of later days.

    Raises `Refused` for a day before the agreement began.
    """
    period = period_of(day, known.versions[0].terms.every)
    if period < known.first_period:
        raise Refused(f"{known.agreement} had not begun on {day}", f"its first period is {known.first_period}")
    settlements = fold(known, period)
    made = _Made(known, settlements, tuple(inputs_of(known, each.period) for each in settlements))
    current = settlements[-1]
    categories = tuple(made.category(name) for name in made.names())
    owed = [each.outstanding for each in categories if each.shared]
    unit = current.terms.currency
    exchange = _beyond(settlements, owed, unit)
    if exchange is not None:
        owed.append(exchange)
    total = add(owed, "liabilities outstanding", "pool.liabilities", "venture/liabilities", unit)
    settled = add(made.settled(), "liabilities settled", "pool.liabilities", "venture/settled", unit)
    bearings = _bearings(made, total, unit)
    return Liabilities(
        current.terms.unit, day, known.known_at, categories, exchange, total, settled, tuple(bearings)
    )  # fmt: skip


def _beyond(settlements: tuple[Settlement, ...], owed: list[Figure], unit: str) -> Figure | None:
    """What the pools of all periods bear beyond what is owed of the categories that are shared now, if anything."""
    pooled = sum((each.pool.outstanding.value for each in settlements), Fraction(0))
    if pooled == sum((each.value for each in owed), Fraction(0)):
        return None
    label, source = "liabilities that the pools bear", f"{settlements[-1].id}/venture/liabilities"
    whole = Figure(pooled, unit, label, "pool.liabilities", Op.CARRIED, name="liabilities/pooled", reference=source)
    said = "by exchange, and by terms that shared other categories"
    return subtract((whole, *owed), said, "exchange", "liabilities/exchange")


class _Made(msgspec.Struct, frozen=True):
    """The figures of a book's liabilities, from its settlements."""

    known: Knowledge
    settlements: tuple[Settlement, ...]
    leaves: tuple[Inputs, ...]

    def names(self) -> list[str]:
        """Every category that was recorded, or is shared by the terms of the day."""
        kinds = (Kind.LIABILITY, Kind.LIABILITY_SETTLED, Kind.LIABILITY_RELEASED)
        recorded = {each.name for totals in self.known.totals.values() for each in totals if each.kind in kinds}
        return sorted({*recorded, *self.settlements[-1].terms.pool.liabilities})

    def category(self, name: str) -> Category:
        """A category with all that became of it up to the day."""
        clause = f"pool.liabilities.{name}"
        unit = self.settlements[-1].terms.currency

        def total(kind: Kind, word: str) -> Figure:
            periods = zip(self.settlements, self.leaves, strict=True)
            parts = [part for period in periods for part in self._parts(*period, kind, name, word)]
            return add(parts, f"{name} {word}", clause, f"liabilities/{name}.{word}", unit)

        recognised, released = total(Kind.LIABILITY, "recognised"), total(Kind.LIABILITY_RELEASED, "released")
        settled = total(Kind.LIABILITY_SETTLED, "settled")
        owed = subtract(
            (recognised, settled, released), f"{name} outstanding", clause, f"liabilities/{name}.outstanding"
        )
        shared = name in self.settlements[-1].borne.pool.liabilities
        return Category(name, shared, recognised, settled, released, owed)

    def _parts(self, settled: Settlement, leaves: Inputs, kind: Kind, name: str, word: str) -> Iterable[Figure]:
        """What a period added, if anything, as a figure of that period's settlement."""
        for party, leaf in leaves.of(kind, name).items():
            of = f".{party}" if party else ""
            address, label = f"liabilities/{name}.{word}.{settled.period}{of}", f"{leaf.label} in {settled.period}"
            source = f"{settled.id}/{leaf.name}"
            yield Figure(leaf.value, leaf.unit, label, "", Op.CARRIED, name=address, reference=source)

    def settled(self) -> list[Figure]:
        """What was settled of shared liabilities, by period."""
        return [figure for each in self.settlements for figure in self._settled_in(each).values()]

    def _settled_in(self, settled: Settlement) -> dict[str, Figure]:
        return {
            party: Figure(
                figure.value, figure.unit, f"liabilities settled by {party} in {settled.period}", figure.clause,
                Op.CARRIED, name=f"{party}/paid.{settled.period}", reference=f"{settled.id}/{figure.name}",
            )
            for party, figure in settled.pool.settled.items()
            if figure.value
        }  # fmt: skip

    def paid(self, party: str) -> list[Figure]:
        """What a party laid out, by period."""
        found = (self._settled_in(each).get(party) for each in self.settlements)
        return [figure for figure in found if figure is not None]

    def borne(self, unit: str) -> dict[str, list[Figure]]:
        """Everybody's part of what was settled in each period, in whole minor units."""
        found: dict[str, list[Figure]] = {}
        for each in self.settlements:
            parts = list(self._settled_in(each).values())
            if parts:
                total = add(
                    parts, f"settled in {each.period}", "pool.liabilities", f"liabilities/settled.{each.period}"
                )
                for party, figure in apart(each.loss_rates(), total, f"borne.{each.period}", "borne").items():
                    found.setdefault(party, []).append(figure)
        return found


def apart(rates: Mapping[str, Fraction], total: Figure, name: str, said: str) -> dict[str, Figure]:
    """An amount by the rates in which a loss is borne, in whole minor units; later pools bear what nobody does."""
    if not rates:
        return {VENTURE: add((total,), f"{said} by later pools", "losses", f"{VENTURE}/{name}")}
    parts = {party: term(rate, RATE, f"part of {party} in a loss", "losses") for party, rate in rates.items()}
    exact = {party: multiply((part, total), f"{said} by {party}", "losses") for party, part in parts.items()}
    nothing = {party: term(0, total.unit, "nothing carried", "losses") for party in rates}
    return apportioned(
        exact, nothing, _IN_PROPORTION, lambda party: f"{said} by {party}", "losses", lambda party: f"{party}/{name}"
    )


def _bearings(made: _Made, outstanding: Figure, unit: str) -> Iterable[Bearing]:
    """Everybody who paid, bore or would bear anything, by name; later pools last."""
    borne, exposed = made.borne(unit), apart(made.settlements[-1].loss_rates(), outstanding, "exposure", "to be borne")
    paid = {party for each in made.settlements for party in each.pool.settled}
    for party in sorted({*borne, *exposed, *paid}, key=lambda party: (party == VENTURE, party)):
        nothing = add((), f"to be borne by {party}", "losses", f"{party}/exposure", unit)
        yield Bearing(
            party,
            add(made.paid(party), f"liabilities paid by {party}", "pool.liabilities", f"{party}/paid", unit),
            add(borne.get(party, []), f"borne by {party}", "losses", f"{party}/borne", unit),
            exposed.get(party, nothing),
        )
