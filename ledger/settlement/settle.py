"""One period, settled: from totals and terms to what every party gained, bore, paid and received.

`settle` is pure. What one period leaves to the next (a loss carried forward, shortfalls of rounding, bases
counted over a year or a life) is read from the settlement before, as figures that say where they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import msgspec

from ledger.book.movements import Kind
from ledger.settlement.capital import Capital, stakes_of
from ledger.settlement.knowledge import Knowledge
from ledger.settlement.leaves import inputs_of
from ledger.settlement.rates import Fixing, Missing, Rates, until
from ledger.settlement.withholding import Rows, Withheld, withheld
from ledger.terms.borne import Borne, borne, changing
from ledger.terms.comparing import Compared, compare
from ledger.terms.context import MEMORY, Context, Counter, Inputs, Over, PerParty
from ledger.terms.document import Terms
from ledger.terms.exchange import CLAUSE as EXCHANGE
from ledger.terms.exchange import AtEnd, exchange_figures
from ledger.terms.guarantees import stays
from ledger.terms.pool import PoolFigures, pool_figures
from ledger.terms.retention import off_the_account, retained
from ledger.terms.sharing import Shared, loss_rates, share_out, wind_up
from ledger.values.figures import Figure, add, apportioned, carried, cut, negate, positive, subtract, term
from ledger.values.periods import Period, periods_between

LOSS = "pool/loss"
LOSS_CLAUSE = "losses"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a period yields under one state of knowledge.

    `borne` is what the pool bears of liabilities. `shares` are whole minor units and add up to `distributed`.
    `accounts` holds, per party, the figures that change its current account, and `net` their sum. `capital` is the
    change of each party's stake, `retained` what of its share becomes a part of it, and `withheld` what is held of
    shares in reserve, or recouped for advances.
    `forward` are the figures that the next period starts from, by name. `compared` are metrics that not
    only the party reported whose number counts. `rates` are the recorded rates that
    were used, `missing` those that were not there: with any of them this is a draft.
    """

    agreement: str
    period: Period
    known_at: int
    terms: Terms
    borne: Borne
    pool: PoolFigures
    available: Figure
    shared: Shared
    shares: PerParty
    accounts: dict[str, tuple[Figure, ...]]
    net: PerParty
    capital: dict[str, tuple[Figure, ...]]
    retained: PerParty
    withheld: Withheld
    loss: Figure
    forward: dict[str, Figure]
    compared: tuple[Compared, ...] = ()
    loss_rates: Callable[[], dict[str, Fraction]] = field(default=dict, compare=False, repr=False)
    rates: tuple[Fixing, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def id(self) -> str:
        """How figures of this settlement are addressed: agreement, period and state of knowledge."""
        return f"{self.agreement}/{self.period}@{self.known_at}"


def fold(
    knowledge: Knowledge, upto: Period, like: tuple[Knowledge, tuple[Settlement, ...]] | None = None
) -> tuple[Settlement, ...]:
    """Every period's settlement from the first to `upto`, all under one state of knowledge.

    `like` is another state of knowledge with its fold: the periods up to the first on which the two differ
    are taken over from it, as they come out the same.
    """
    counters = _counters(knowledge)
    settlements = list(_shared(knowledge, upto, like))
    previous = settlements[-1] if settlements else None
    following = previous.period.next() if previous is not None else knowledge.first_period
    for period in periods_between(following, upto):
        previous = settle(knowledge, period, previous, counters)
        settlements.append(previous)
    return tuple(settlements)


def _shared(
    knowledge: Knowledge, upto: Period, like: tuple[Knowledge, tuple[Settlement, ...]] | None
) -> Iterator[Settlement]:
    """The settlements of another fold for as long as both read the same."""
    if like is None or _counters(knowledge) != _counters(like[0]) or _changing(knowledge) != _changing(like[0]):
        return
    other, settlements = like
    for settled in settlements:
        key = settled.period.key
        last = settled.period.last
        same = knowledge.totals.get(key) == other.totals.get(key) and knowledge.ended_on == other.ended_on
        same = same and until(knowledge.fixings, last) == until(other.fixings, last)
        if settled.period > upto or not same or knowledge.terms_on(last) is not settled.terms:
            return
        yield settled


def _changing(knowledge: Knowledge) -> frozenset[str]:
    return changing(version.terms.pool for version in knowledge.versions)


def _counters(knowledge: Knowledge) -> frozenset[Counter]:
    return frozenset(counter for version in knowledge.versions for counter in version.terms.counters())


def settle(
    knowledge: Knowledge, period: Period, previous: Settlement | None, counters: frozenset[Counter] = frozenset()
) -> Settlement:
    """Settle one period, given the settlement of the period before it (None for the first)."""
    terms = knowledge.terms_on(period.last)
    before = _Before(period, previous)
    rates = Rates(knowledge.agreement, period, terms.unit, terms.exchange, knowledge.fixings)
    inputs, compared = compare(inputs_of(knowledge, period, rates), terms.authorities)
    at_end = AtEnd(before.figure, rates.revalue)
    bears = borne(terms.pool, _changing(knowledge), inputs, tuple(before.names()), before.figure)
    exchange = exchange_figures(terms.exchange, bears.pool.shared(), bears.inputs, tuple(before.names()), at_end)
    pool = pool_figures(bears.pool, bears.inputs, terms.unit, exchange)
    ctx = _context(knowledge, terms, inputs, pool, before)
    shared = (
        wind_up(ctx, terms.shares, terms.losses)
        if ctx.over
        else share_out(ctx, terms.shares, terms.short, terms.losses, terms.caps, terms.guarantees)
    )
    shares, shortfalls = _post(shared.entitlements, terms, before)
    loss = _loss(shares, ctx.remaining, terms)
    kept = {} if ctx.over else retained(shares, terms.retain)
    by_deal = any(True for step in terms.shares for _ in step.deals())
    capital = Capital(ctx.stakes, inputs, shared.returned, kept, before, terms.currency, by_deal=by_deal)
    stakes = capital.lines()
    was = {} if previous is None else previous.terms.advances
    aside = withheld(terms, shared, inputs, before, period, was, over=ctx.over)
    accounts = dict(_accounts(terms, pool, shares, kept, aside.rows, inputs))
    counted = _counted(counters, inputs, pool, shared.residual, before)
    passed_on = (*bears.forward, *shared.forward, *capital.forward(stakes), *exchange.forward, *aside.forward)
    return Settlement(
        agreement=knowledge.agreement,
        period=period,
        known_at=knowledge.known_at,
        terms=terms,
        borne=bears,
        pool=pool,
        available=ctx.remaining,
        shared=shared,
        shares=shares,
        accounts=accounts,
        net={
            party: add(lines, f"change of {party}'s account in {period}", "", f"{party}/net", terms.currency)
            for party, lines in accounts.items()
        },
        capital=stakes,
        retained=kept,
        withheld=aside,
        loss=loss,
        forward=_forward(before, (loss, *shortfalls, *counted, *passed_on), going_on=not (ctx.final or ctx.over)),
        compared=compared,
        loss_rates=lambda: loss_rates(ctx, terms.shares, terms.losses),
        rates=tuple(rates.used.values()),
        missing=tuple(rates.missing.values()),
    )


def _context(knowledge: Knowledge, terms: Terms, inputs: Inputs, pool: PoolFigures, before: _Before) -> Context:
    """What the steps of the period can see at the start: all that is available remains."""
    period = before.period
    return Context(
        currency=terms.unit,
        inputs=inputs,
        counted=before.counter,
        results=pool.results,
        pool=pool.pool,
        remaining=_available(pool, before),
        period=period,
        first=max(period.first, knowledge.versions[0].terms.starts_on),
        last=_last_day(knowledge, period),
        parties=frozenset(terms.parties),
        stakes=stakes_of(inputs, before, terms.currency),
        brought=before.figure,
        over=_is_over(knowledge, period),
        final=knowledge.ended_on is not None and knowledge.ended_on in period,
        short=terms.short,
        carries_losses=terms.losses.carried_forward,
    )


def _is_over(knowledge: Knowledge, period: Period) -> bool:
    return knowledge.ended_on is not None and knowledge.ended_on < period.first


def _last_day(knowledge: Knowledge, period: Period) -> date:
    """The last day of the period that belongs to the agreement; of one after its end, the last day of all."""
    if knowledge.ended_on is None or _is_over(knowledge, period):
        return period.last
    return min(period.last, knowledge.ended_on)


class _Before(msgspec.Struct, frozen=True):
    """What the settlement of the period before left."""

    period: Period
    previous: Settlement | None
    _made: dict[str, Figure] = msgspec.field(default_factory=dict)

    def figure(self, name: str, label: str) -> Figure | None:
        """A figure carried over (one object however often it is asked for), or None where there was none.

        It is cut to the finest part of a unit, so that no figure grows from period to period without bound.
        """
        if self.previous is None or name not in self.previous.forward:
            return None
        if name not in self._made:
            source = self.previous.forward[name]
            self._made[name] = cut(carried(source, self.previous.id, label, f"{name}.before"), source.clause)
        return self._made[name]

    def names(self) -> Iterator[str]:
        """The names of all that is carried over."""
        return iter(() if self.previous is None else self.previous.forward)

    def counter(self, counter: Counter) -> Figure | None:
        """A base counted to the end of the period before; a new year starts a new count of the year."""
        if counter.over is Over.YEAR and self.previous is not None and self.previous.period.year != self.period.year:
            return None
        span = {Over.YEAR: "this year", Over.LIFE: "since the beginning", Over.PERIOD: ""}[counter.over]
        return self.figure(counter.name, f"{counter.base} {span}, before this period")


def _forward(before: _Before, handed_on: Iterable[Figure], *, going_on: bool) -> dict[str, Figure]:
    """What the next period starts from. What a step once remembered and does not hand on anew stays as it was, and what
    a guarantee did as long as the agreement is `going_on`.
    """
    forward = {figure.name: figure for figure in handed_on}
    for name in before.previous.forward if before.previous else ():
        lasts = name.startswith(f"{MEMORY}/") or (going_on and stays(name, before.period))
        if lasts and name not in forward:
            kept = before.figure(name, "kept from before")
            assert kept is not None
            forward[name] = add((kept,), kept.label, kept.clause, name, kept.unit)
    return forward


def _available(pool: PoolFigures, before: _Before) -> Figure:
    loss = before.figure(LOSS, "loss brought forward")
    if loss is None or not loss.value:
        return pool.pool
    return subtract((pool.pool, loss), "pool after the loss brought forward", LOSS_CLAUSE, "pool/available")


def _post(entitlements: PerParty, terms: Terms, before: _Before) -> tuple[PerParty, list[Figure]]:
    """Whole minor units, and the shortfall that each party carries on."""
    unit = terms.currency
    named = terms.rounding.rule.party
    if named is not None and named not in entitlements:  # it gets what is left over though it shares nothing
        nothing = add((), f"entitlement of {named}", "shares", f"{named}/entitlement", unit)
        entitlements = {**entitlements, named: nothing}
    owed = {
        party: before.figure(f"{party}/shortfall", f"rounding owes {party}")
        or term(0, unit, f"rounding owes {party}", "rounding")
        for party in entitlements
    }
    shares = apportioned(
        entitlements,
        owed,
        terms.rounding,
        lambda party: f"total share of {party}",
        "rounding",
        lambda party: f"{party}/share",
    )
    shortfalls = []
    for party, share in shares.items():
        exact = add((owed[party], entitlements[party]), "owed exactly", "rounding")
        shortfalls.append(subtract((exact, share), f"rounding still owes {party}", "rounding", f"{party}/shortfall"))
    shortfalls += _kept(before, {figure.name for figure in shortfalls}, unit)
    return shares, shortfalls


def _kept(before: _Before, named: set[str], unit: str) -> Iterator[Figure]:
    """Shortfalls of parties that have no entitlement in this period."""
    for name in before.previous.forward if before.previous else ():
        if name.endswith("/shortfall") and name not in named:
            kept = before.figure(name, "rounding owes")
            assert kept is not None
            yield add((kept,), kept.label, "rounding", name, unit)


def _loss(shares: PerParty, available: Figure, terms: Terms) -> Figure:
    """What is distributed beyond what was available: the loss that later pools make good."""
    distributed = add(list(shares.values()), "shares of all parties", "shares", "pool/distributed", terms.currency)
    return subtract((distributed, available), "loss carried forward", LOSS_CLAUSE, LOSS)


def _counted(
    counters: Iterable[Counter], inputs: Inputs, pool: PoolFigures, residual: Figure, before: _Before
) -> Iterator[Figure]:
    for counter in sorted(counters, key=lambda counter: counter.name):
        match counter.base:
            case base if counter.units:
                this = inputs.quantity(base)
            case "pool":
                this = positive(pool.pool, "pool", "pool")
            case "remaining":
                this = positive(residual, "what remained of the pool", "shares")
            case "results":
                this = pool.results
            case metric:
                this = inputs.money(metric)
        earlier = before.counter(counter)
        parts = (this,) if earlier is None else (earlier, this)
        yield add(parts, f"{counter.base} counted over the {counter.over}", "", counter.name, this.unit)


_PAYMENTS = (
    (Kind.ADVANCE_PAID, "advances paid", 1),
    (Kind.ADVANCE_RECEIVED, "advances received", -1),
    (Kind.PAYOUT_PAID, "payouts paid", 1),
    (Kind.PAYOUT_RECEIVED, "payouts received", -1),
)


def _accounts(
    terms: Terms, pool: PoolFigures, shares: PerParty, kept: PerParty, aside: Rows, inputs: Inputs
) -> Iterator[tuple[str, tuple[Figure, ...]]]:
    """What changes each party's current account: what the venture owes it."""
    involved = {*terms.parties, *shares, *aside, *pool.collected, *pool.reimbursed, *pool.settled}
    involved |= pool.exchange.held.keys()
    involved |= {party for kind, _, _ in _PAYMENTS for party in inputs.of(kind, "")}
    for party in sorted(involved):
        yield party, tuple(_lines(party, pool, shares, kept, aside, inputs))


def _lines(
    party: str, pool: PoolFigures, shares: PerParty, kept: PerParty, aside: Rows, inputs: Inputs
) -> Iterator[Figure]:
    if party in shares:
        yield shares[party]
    if party in kept:
        yield off_the_account(party, kept[party])
    yield from aside.get(party, ())
    if party in pool.reimbursed:
        yield pool.reimbursed[party]
    if party in pool.collected:
        yield negate(pool.collected[party], "results collected, held for all", "pool.results", f"{party}/held")
    if party in pool.settled:
        yield pool.settled[party]
    if party in pool.exchange.held:
        label = "gain on exchange of money held for all"
        yield negate(pool.exchange.held[party], label, EXCHANGE, f"{party}/exchange")
    for kind, label, sign in _PAYMENTS:
        leaf = inputs.of(kind, "").get(party)
        if leaf is not None:
            name = f"{party}/{label.replace(' ', '.')}"
            yield add((leaf,), label, "", name) if sign > 0 else negate(leaf, label, "", name)
