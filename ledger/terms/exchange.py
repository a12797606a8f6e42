"""Foreign currencies: at which rate an entry counts, and who bears it when the rate moves afterwards.

An entry in a foreign currency counts with what it is worth at a recorded rate, in whole minor units of the
agreement's currency. What a rate changes after that is a gain or loss on exchange, a line of the pool of its own.
As in IAS 21 (paragraphs 23 and 28) it arises on monetary items: on liabilities that are owed in a foreign currency,
and on foreign money that a party holds for the venture where the terms share that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from ledger.terms.context import MEMORY, Foreign, Inputs, PerParty
from ledger.terms.problems import Found, Problem
from ledger.values.figures import Figure, Op, add, derive, lesser, multiply, negate, subtract, term

CLAUSE = "exchange"


class RateRule(StrEnum):
    """Which recorded rate an entry counts with: of its own day, of the period's last day, or the period's mean."""

    ON_THE_DAY = "on the day"
    PERIOD_END = "period end"
    PERIOD_AVERAGE = "period average"


class Differences(StrEnum):
    """Whose it is when foreign money that a party holds for the venture gains or loses: the pool's, or its own."""

    SHARED = "shared"
    WITH_HOLDER = "with the holder"


class Exchange(msgspec.Struct, frozen=True):
    """How one foreign currency is exchanged."""

    rate: RateRule
    differences: Differences

    @property
    def shared(self) -> bool:
        """Whether the parties share what holding the currency gains or loses."""
        return self.differences is Differences.SHARED


#: What holds for entries in a currency that the terms do not name any more.
UNNAMED = Exchange(RateRule.ON_THE_DAY, Differences.WITH_HOLDER)


# --- how it is written --------------------------------------------------------------------------------------


def problems(exchange: Mapping[str, Exchange], own: str) -> Iterator[Found]:
    """What is contradictory: the agreement's own currency is exchanged for nothing."""
    if own in exchange:
        yield (CLAUSE, own), Problem(f"the agreement is kept in {own} itself", "name foreign currencies only")


_RATES = {
    RateRule.ON_THE_DAY: "at the rate of its day",
    RateRule.PERIOD_END: "at the rate of the last day of its period",
    RateRule.PERIOD_AVERAGE: "at the mean of the rates of its period",
}
_DIFFERENCES = {
    Differences.SHARED: "what {code} that a party holds for the venture gains or loses is shared",
    Differences.WITH_HOLDER: "what {code} that a party collected gains or loses after that is its own",
}


def reading(exchange: Mapping[str, Exchange]) -> list[tuple[str, str]]:
    """The clause in plain sentences: (clause, sentence)."""
    return [
        (
            f"{CLAUSE}.{code}",
            f"An entry in {code} counts {_RATES[how.rate]}; {_DIFFERENCES[how.differences].format(code=code)}. "
            f"What is owed in {code} is valued anew at the end of each period.",
        )
        for code, how in exchange.items()
    ]


# --- gain and loss ------------------------------------------------------------------------------------------

Revalue = Callable[[str, Figure, str, str], Figure]
"""What an amount of a currency is worth at the end of the period: (currency, amount, label, name)."""

Brought = Callable[[str, str], Figure | None]
"""A figure that the period before handed on, by name and label."""


class ExchangeFigures(msgspec.Struct, frozen=True):
    """What exchange gains (positive) and loses in a period.

    `lines` are those of the pool, one per currency. `held` is the part of each party that holds foreign money,
    `owed` that of each category of liabilities: what is owed less than before. `forward` is handed on.
    """

    lines: tuple[Figure, ...] = ()
    held: PerParty = msgspec.field(default_factory=dict)
    owed: PerParty = msgspec.field(default_factory=dict)
    forward: tuple[Figure, ...] = ()


NOTHING = ExchangeFigures()


class AtEnd(msgspec.Struct, frozen=True):
    """What the settlement lends: what the period before left, and the rates at the end of this one."""

    brought: Brought
    revalue: Revalue


class Shared(msgspec.Struct, frozen=True):
    """What of the entries belongs to the venture: metrics, categories of costs, categories of liabilities."""

    results: tuple[str, ...]
    costs: tuple[str, ...]
    liabilities: tuple[str, ...]


def exchange_figures(
    exchange: Mapping[str, Exchange], shared: Shared, inputs: Inputs, memory: Sequence[str], at_end: AtEnd
) -> ExchangeFigures:
    """The gains and losses of a period; `memory` are the names of all that the period before handed on."""
    remembered = {name.split(".")[1] for name in memory if name.startswith(f"{MEMORY}/{CLAUSE}.")}
    codes = remembered | {each.currency for parts in inputs.foreign.values() for each in parts}
    codes |= {name for kind, name in inputs.amounts if kind == "currency_sold"}
    lines: list[Figure] = []
    held: dict[str, list[Figure]] = {}
    owed: dict[str, list[Figure]] = {}
    forward: list[Figure] = []
    for code in sorted(codes):
        made = _Currency(code, exchange.get(code, UNNAMED), shared, inputs, at_end, tuple(memory))
        gains = made.gains()
        if gains:
            clause = f"{CLAUSE}.{code}"
            unit = inputs.currency.code
            lines.append(add(gains, f"gain on exchange of {code}", clause, f"pool/exchange.{code}", unit))
        for party, gain in made.held.items():
            held.setdefault(party, []).append(gain)
        for category, gain in made.owed.items():
            owed.setdefault(category, []).append(gain)
        forward += made.forward
    return ExchangeFigures(tuple(lines), _sums(held, "held"), _sums(owed, "owed"), tuple(forward))


def _sums(found: dict[str, list[Figure]], what: str) -> PerParty:
    label = {"held": "gain on exchange of money held by {}", "owed": "gain on exchange of {} owed"}[what]
    return {
        name: add(gains, label.format(name), CLAUSE, f"pool/exchange.{what}.{name}") for name, gains in found.items()
    }


class _Currency(msgspec.Struct):
    """The gains and losses of one currency."""

    code: str
    how: Exchange
    shared: Shared
    inputs: Inputs
    at_end: AtEnd
    memory: tuple[str, ...]
    held: PerParty = msgspec.field(default_factory=dict)
    owed: PerParty = msgspec.field(default_factory=dict)
    forward: list[Figure] = msgspec.field(default_factory=list)

    @property
    def _clause(self) -> str:
        return f"{CLAUSE}.{self.code}"

    def gains(self) -> list[Figure]:
        """The gain of each category owed and each party that holds something; their memory is put aside."""
        for category in self.shared.liabilities:
            self._owe(category)
        for party in self._holders() if self.how.shared else ():
            self._hold(party)
        if not self.how.shared:
            self._forget()
        return [*self.owed.values(), *self.held.values()]

    # --- what is owed ---------------------------------------------------------------------------------------

    def _owe(self, category: str) -> None:
        """A liability is worth what it takes to pay it at the end of the period."""
        before, booked = self._before(f"owed.{category}", f"{category} owed in {self.code}")
        parts = {kind: self._all(kind, category) for kind in ("liability", "liability_released", "liability_settled")}
        if not any(parts.values()) and not before.value:
            return
        come, *gone = parts.values()
        left = [each for listed in gone for each in listed]
        label, name = f"{category} owed in {self.code}", self._name(f"owed.{category}")
        owed = subtract(
            (self._sum([before, *(each.amount for each in come)], "owed before and new", self.code),
             *(each.amount for each in left)),
            label, self._clause, name,
        )  # fmt: skip
        book = subtract(
            (self._sum([booked, *(each.converted for each in come)], "at the rates of its days", self._own),
             *(each.converted for each in left)),
            f"{label}, at the rates when it came and went", self._clause,
        )  # fmt: skip
        worth = self.at_end.revalue(self.code, owed, f"{label}, at the end of the period", f"{name}.worth")
        gain = f"pool/exchange.{self.code}.owed.{category}"
        self.owed[category] = subtract((book, worth), f"gain on exchange of {label}", self._clause, gain)
        self.forward += [owed, worth]

    # --- what is held ---------------------------------------------------------------------------------------

    def _held_before(self) -> set[str]:
        mark = self._name("held.")
        return {name.removeprefix(mark).removesuffix(".worth") for name in self.memory if name.startswith(mark)}

    def _holders(self) -> list[str]:
        """Every party that collected, paid or sold some of the currency, or held some before."""
        found = self._held_before() | {party for _, _, party, _ in self._cash()}
        return sorted(found | set(self.inputs.of("currency_sold", self.code)))

    def _forget(self) -> None:
        """What is its holder's own is not followed: shared again, only what is collected from then on is.

        Nobody reports what becomes of money that is no longer held for all, so it cannot be valued anew later.
        """
        for party in sorted(self._held_before()):
            if any(figure.value for figure in self._before(f"held.{party}", f"{self.code} held by {party}")):
                name, label = self._name(f"held.{party}"), f"{self.code} held by {party} is its own"
                self.forward += [
                    term(0, self.code, label, self._clause, name),
                    term(0, self._own, label, self._clause, f"{name}.worth"),
                ]

    def _cash(self) -> Iterator[tuple[str, str, str, Foreign]]:
        names = {
            "result": self.shared.results,
            "cost": self.shared.costs,
            "liability_settled": self.shared.liabilities,
        }
        for (kind, name, party), parts in self.inputs.foreign.items():
            if party and name in names.get(kind, ()):
                yield from ((kind, name, party, each) for each in parts if each.currency == self.code)

    def _hold(self, party: str) -> None:
        """Foreign money is worth what it brings at the end of the period; what was spent went at its day's rate.

        What a party spends beyond what it holds is its own money, so it never holds less than nothing.
        """
        before, booked = self._before(f"held.{party}", f"{self.code} held by {party}")
        come, came_for = [before], [booked]
        went: list[Figure] = []
        went_for: list[Figure] = []
        for kind, _, who, each in self._cash():
            if who == party and each.amount.value:
                into = (each.amount.value > 0) is (kind == "result")
                amount, worth = (each.amount, each.converted) if each.amount.value > 0 else _turned(each)
                (come if into else went).append(amount)
                (came_for if into else went_for).append(worth)
        sold = self.inputs.of("currency_sold", self.code).get(party)
        if sold is not None:
            went.append(sold)
            went_for.append(self.inputs.of("currency_proceeds", self.code)[party])
        if not before.value and len(come) == 1:
            return
        self._worth(party, self._sum(come, "held before and collected", self.code), went, came_for, went_for)

    def _worth(
        self, party: str, come: Figure, went: list[Figure], came_for: list[Figure], went_for: list[Figure]
    ) -> None:
        label, name = f"{self.code} held by {party}", self._name(f"held.{party}")
        spent = self._sum(went, f"{self.code} spent and sold by {party}", self.code)
        used = lesser((come, spent), "of it, out of what it held", self._clause)
        held = subtract((come, used), label, self._clause, name)
        brought = self._sum(went_for, "what that was worth", self._own)
        if used.value != spent.value:
            part = derive(Op.QUOTIENT, (used, spent), "part out of what it held", self._clause)
            exact = multiply((brought, part), "what that part was worth", self._clause)
            brought = derive(Op.ROUND, (exact,), "what that part was worth, in whole minor units", self._clause)
        worth = self.at_end.revalue(self.code, held, f"{label}, at the end of the period", f"{name}.worth")
        now = self._sum([worth, brought], "worth now, and what was spent and sold", self._own)
        then = self._sum(came_for, "worth before, and what was collected", self._own)
        gain = f"pool/exchange.{self.code}.held.{party}"
        self.held[party] = subtract((now, then), f"gain on exchange of {label}", self._clause, gain)
        self.forward += [held, worth]

    # --- helpers --------------------------------------------------------------------------------------------

    @property
    def _own(self) -> str:
        return self.inputs.currency.code

    def _name(self, what: str) -> str:
        return f"{MEMORY}/{CLAUSE}.{self.code}.{what}"

    def _before(self, what: str, label: str) -> tuple[Figure, Figure]:
        """What there was at the end of the period before, and what it was worth then."""
        found = self.at_end.brought(self._name(what), f"{label} before")
        worth = self.at_end.brought(self._name(f"{what}.worth"), f"{label} before, and what it was worth")
        nothing = "nothing before"
        return (
            found or term(0, self.code, nothing, self._clause),
            worth or term(0, self._own, nothing, self._clause),
        )

    def _all(self, kind: str, name: str) -> list[Foreign]:
        return [
            each
            for (of, called, _), parts in self.inputs.foreign.items()
            if (of, called) == (kind, name)
            for each in parts
            if each.currency == self.code
        ]

    def _sum(self, parts: list[Figure], label: str, unit: str) -> Figure:
        return add(parts, label, self._clause, unit=unit)


def _turned(each: Foreign) -> tuple[Figure, Figure]:
    """A refund or a credit note: money that goes the other way."""
    amount = negate(each.amount, f"{each.amount.label}, the other way", each.amount.clause)
    return amount, negate(each.converted, f"{each.converted.label}, the other way", each.converted.clause)
