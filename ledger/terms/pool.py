"""What there is to share: results, less shared costs within their caps, less liabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ledger.terms.context import Inputs, PerParty
from ledger.terms.exchange import CLAUSE as EXCHANGE
from ledger.terms.exchange import NOTHING, ExchangeFigures, Shared
from ledger.terms.numbers import PortionOf
from ledger.terms.problems import Found, Problem
from ledger.values.apportionment import Rule, RuleName
from ledger.values.figures import (
    Figure,
    Op,
    Rounding,
    add,
    apportioned,
    derive,
    lesser,
    multiply,
    negate,
    positive,
    subtract,
    term,
)
from ledger.values.money import Currency, format_money, format_rate
from ledger.values.text import listed

CLAUSE = "pool"

_IN_PROPORTION = Rounding(Rule(RuleName.LARGEST_FRACTION))


class SharedCost(msgspec.Struct, frozen=True):
    """A category of costs that the pool bears: all of them, or up to a cap; the excess stays with who paid it."""

    category: str
    cap: PortionOf | int | None = None


class Pool(msgspec.Struct, frozen=True):
    """Which results count, which costs and liabilities are shared."""

    results: tuple[str, ...]
    costs: tuple[SharedCost, ...] = ()
    liabilities: tuple[str, ...] = ()

    def shared(self) -> Shared:
        """What of the entries belongs to the venture."""
        return Shared(self.results, tuple(cost.category for cost in self.costs), self.liabilities)


def problems(pool: Pool) -> Iterator[Found]:
    """What is contradictory in a pool."""
    if not pool.results:
        yield ("pool", "results"), Problem("a pool needs at least one metric", "write `results: [sales]`")
        return
    for cost in pool.costs:
        if isinstance(cost.cap, PortionOf) and cost.cap.of not in (*pool.results, "results"):
            hint = f"use results or one of: {', '.join(pool.results)}"
            yield (
                ("pool", "less costs", cost.category, "cap"),
                Problem(f"{cost.cap.of!r} is not a result of the pool", hint),
            )


class PoolFigures(msgspec.Struct, frozen=True):
    """What a pool yields: the totals, and who paid and collected what of it."""

    results: Figure
    costs: Figure
    liabilities: Figure
    pool: Figure
    collected: PerParty
    reimbursed: PerParty
    settled: PerParty
    outstanding: Figure
    exchange: ExchangeFigures
    lines: tuple[Figure, ...]


def pool_figures(pool: Pool, inputs: Inputs, currency: Currency, exchange: ExchangeFigures = NOTHING) -> PoolFigures:
    """The pool of a period: results less allowed costs less liabilities, always whole minor units.

    What exchange gains or loses is added to it.

    A cap that is no whole number of minor units is rounded down: it never allows a fraction more.
    """
    unit = currency.code
    results = add([inputs.money(metric) for metric in pool.results], "results", "pool.results", "pool/results", unit)
    allowed, reimbursed = [], []
    for cost in pool.costs:
        total, per_party = _allowed(cost, results, inputs, unit)
        allowed.append(total)
        reimbursed.append(per_party)
    costs = add(allowed, "shared costs", "pool.costs", "pool/costs", unit)
    recognised, outstanding = [], []
    for category in pool.liabilities:
        net, left = _liability(category, inputs, unit)
        recognised.append(net)
        outstanding.append(left)
    liabilities = add(recognised, "liabilities", "pool.liabilities", "pool/liabilities", unit)
    outstanding += [
        negate(gain, f"{category}, less for exchange", EXCHANGE) for category, gain in exchange.owed.items()
    ]
    total = _total(results, costs, liabilities, exchange)
    return PoolFigures(
        results=results,
        costs=costs,
        liabilities=liabilities,
        pool=total,
        collected=_per_party(pool.results, "result", inputs, "results collected", "pool.results", "collected", unit),
        reimbursed=_sum_per_party(reimbursed, "shared costs paid", "pool.costs", "reimbursed", unit),
        settled=_per_party(
            pool.liabilities, "liability_settled", inputs, "liabilities settled", "pool.liabilities", "settled", unit
        ),
        exchange=exchange,
        outstanding=add(outstanding, "change of liabilities outstanding", "pool.liabilities", "pool/outstanding", unit),
        lines=(
            *(inputs.money(metric) for metric in pool.results), results,
            *allowed, *((costs,) if allowed else ()), *recognised, *((liabilities,) if recognised else ()),
            *exchange.lines, total,
        ),
    )  # fmt: skip


def _total(results: Figure, costs: Figure, liabilities: Figure, exchange: ExchangeFigures) -> Figure:
    parts = (results, costs, liabilities)
    if not exchange.lines:
        return subtract(parts, "pool", CLAUSE, "pool/total")
    before = subtract(parts, "pool before gains on exchange", CLAUSE, "pool/before.exchange")
    return add((before, *exchange.lines), "pool", CLAUSE, "pool/total")


def _allowed(cost: SharedCost, results: Figure, inputs: Inputs, unit: str) -> tuple[Figure, PerParty]:
    clause, name = f"pool.costs.{cost.category}", f"pool/costs.{cost.category}"
    paid = inputs.of("cost", cost.category)
    total = add(list(paid.values()), f"{cost.category} paid", clause, f"{name}.paid", unit)
    if cost.cap is None:
        return add((total,), cost.category, clause, name), dict(paid)
    cap = _cap(cost.cap, results, inputs, clause, unit)
    allowed = lesser((total, cap), f"{cost.category}, within its cap", clause, name)
    if allowed.value == total.value:
        return allowed, dict(paid)
    ratio = derive(Op.QUOTIENT, (allowed, total), "part within the cap", clause)
    exact = {
        party: multiply((leaf, ratio), f"{cost.category} of {party} within the cap", clause)
        for party, leaf in paid.items()
    }
    nothing = {party: term(0, unit, "nothing carried", clause) for party in paid}
    return allowed, apportioned(
        exact, nothing, _IN_PROPORTION,
        lambda party: f"{cost.category} paid by {party}, within the cap", clause,
        lambda party: f"{party}/{cost.category}.allowed",
    )  # fmt: skip


def _cap(cap: PortionOf | int, results: Figure, inputs: Inputs, clause: str, unit: str) -> Figure:
    if isinstance(cap, int):
        return term(cap, unit, "cap", f"{clause}.cap")
    base = results if cap.of == "results" else inputs.money(cap.of)
    rate = term(cap.rate, "", f"cap as a rate of {cap.of}", f"{clause}.cap")
    exact = positive(
        multiply((rate, base), f"{format_rate(cap.rate)} of {cap.of}", f"{clause}.cap"), "cap", f"{clause}.cap"
    )
    return derive(Op.FLOOR, (exact,), "cap in whole minor units", f"{clause}.cap")


def _liability(category: str, inputs: Inputs, unit: str) -> tuple[Figure, Figure]:
    clause, name = f"pool.liabilities.{category}", f"pool/liabilities.{category}"
    part = {
        kind: add(
            list(inputs.of(kind, category).values()), f"{category} {kind.removeprefix('liability_')}", clause, "", unit
        )
        for kind in ("liability", "liability_released", "liability_settled")
    }
    net = subtract((part["liability"], part["liability_released"]), category, clause, name)
    return net, subtract((net, part["liability_settled"]), f"{category} still owed", clause, f"{name}.outstanding")


def _per_party(
    names: tuple[str, ...], kind: str, inputs: Inputs, label: str, clause: str, name: str, unit: str
) -> PerParty:
    return _sum_per_party([inputs.of(kind, each) for each in names], label, clause, name, unit)


def _sum_per_party(found: Iterable[Mapping[str, Figure]], label: str, clause: str, name: str, unit: str) -> PerParty:
    parts: dict[str, list[Figure]] = {}
    for per_party in found:
        for party, figure in per_party.items():
            if party:  # a quantity alone is nobody's cash
                parts.setdefault(party, []).append(figure)
    return {party: add(parts[party], label, clause, f"{party}/{name}", unit) for party in sorted(parts)}


def reading(pool: Pool, currency: Currency) -> list[tuple[str, str]]:
    """The pool in plain sentences: (clause, sentence)."""
    said = [("pool.results", f"The pool is made of {listed(pool.results)}.")]
    for cost in pool.costs:
        limit = "" if cost.cap is None else f", up to {_cap_reading(cost.cap, currency)} in each period; {_EXCESS}"
        said.append((f"pool.costs.{cost.category}", f"It bears the costs of {cost.category}{limit}."))
    if pool.liabilities:
        said.append(
            ("pool.liabilities", f"It bears liabilities for {listed(pool.liabilities)} from when they are recognised.")
        )
    return said


_EXCESS = "the excess stays with the party that paid it"


def _cap_reading(cap: PortionOf | int, currency: Currency) -> str:
    if isinstance(cap, PortionOf):
        return f"{format_rate(cap.rate)} of {cap.of}"
    return format_money(cap, currency)
