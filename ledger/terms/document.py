"""Terms: what the parties agreed, how it reads, and what is contradictory between its clauses.

A clause lives in a file of its own. Here it has a field of `Terms` and a row of `_CLAUSES`, and nothing else. How it is
written is told by the file of the same name in `ledger.terms.written`, apart from here: reading what people wrote takes
a large library, and who settles or prints terms needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from ledger.terms import (
    advances,
    authority,
    confirm,
    exchange,
    goals,
    guarantees,
    metrics,
    parties,
    periods,
    pool,
    protections,
    reserves,
    retention,
    rounding,
    signatures,
)
from ledger.terms.advances import AdvanceAccount
from ledger.terms.authority import Authority
from ledger.terms.context import Counter
from ledger.terms.exchange import Exchange
from ledger.terms.goals import Goal, Goals
from ledger.terms.guarantees import Guarantee
from ledger.terms.metrics import Metrics
from ledger.terms.parties import Party
from ledger.terms.periods import Periods
from ledger.terms.pool import Pool
from ledger.terms.problems import Found, Problem, did_you_mean
from ledger.terms.protections import Cap, Losses
from ledger.terms.reserves import Reserve
from ledger.terms.shares import checks as steps
from ledger.terms.shares.step import Step, below
from ledger.terms.short import READING as SHORT_READING
from ledger.terms.short import Short
from ledger.values.figures import Rounding
from ledger.values.money import Currency
from ledger.values.periods import Every, Period, period_of
from ledger.values.text import hidden_character


class Terms(msgspec.Struct, frozen=True):
    """What the parties agreed. Immutable; equal terms have equal digests."""

    agreement: str
    title: str
    parties: Mapping[str, Party]
    unit: Currency
    periods: Periods
    pool: Pool
    shares: tuple[Step, ...]
    short: Short | None
    losses: Losses
    guarantees: Mapping[str, Guarantee]
    caps: Mapping[str, Cap]
    retain: Mapping[str, Fraction]
    rounding: Rounding
    exchange: Mapping[str, Exchange]
    advances: Mapping[str, AdvanceAccount]
    reserves: Mapping[str, Reserve]
    confirm: Mapping[str, int]
    silence: int | None
    authorities: Mapping[str, Authority]
    goals_written: Goals
    roles: Mapping[str, tuple[str, ...]]
    signatures: tuple[str, ...]
    canonical: str
    digest: str

    @property
    def currency(self) -> str:
        """The code of the currency in which the agreement is settled."""
        return self.unit.code

    @property
    def every(self) -> Every:
        """How long a settlement period is."""
        return self.periods.every

    @property
    def starts_on(self) -> date:
        """The first day of the agreement."""
        return self.periods.first_day

    @property
    def first_period(self) -> Period:
        """The period in which the agreement begins."""
        return period_of(self.starts_on, self.every)

    @property
    def goals(self) -> list[Goal]:
        """What metrics are to reach."""
        return goals.goals_of(self.goals_written, self.pool.results, self.unit)

    @property
    def metrics(self) -> Metrics:
        """The metrics that the terms name."""
        return Metrics.of(self.pool.results, self.parties)

    @property
    def deals(self) -> tuple[str, ...]:
        """The deals whose results a step shares out one by one."""
        return tuple(dict.fromkeys(deal for step in self.shares for _, deal in step.deals()))

    def counters(self) -> frozenset[Counter]:
        """What must be counted beyond a period."""
        return frozenset(counter for step in self.shares for counter in step.counters())

    def reading(self) -> list[tuple[str, str]]:
        """The terms in plain sentences, in the order in which money flows: (clause, sentence)."""
        return [said for clause in _CLAUSES.values() for said in clause.reading(self)]


# --- the clauses --------------------------------------------------------------------------------------------


_Named = tuple[tuple[str | int, ...], str]
"""A party that a clause names, and where it does."""


def _nothing(_: Terms) -> tuple[()]:
    return ()


class _Clause(msgspec.Struct, frozen=True, kw_only=True):
    """What the document asks of a clause: how it is written and reads, what is contradictory, which parties it names.

    A clause that may be left out loads as what holds then.
    """

    reading: Callable[[Terms], Iterable[tuple[str, str]]] = _nothing
    problems: Callable[[Terms], Iterable[Found]] = _nothing
    parties: Callable[[Terms], Iterable[_Named]] = _nothing


#: Every clause by its field of `Terms`, in the order of the reading.
_CLAUSES = {
    "agreement": _Clause(),
    "title": _Clause(problems=lambda terms: _hidden_characters(terms)),
    "unit": _Clause(),
    "parties": _Clause(
        reading=lambda terms: parties.reading(terms.parties),
        problems=lambda terms: parties.problems(terms.parties),
    ),
    "periods": _Clause(
        reading=lambda terms: [("periods", periods.reading(terms.periods, terms.unit))],
        problems=lambda terms: periods.problems(terms.periods),
    ),
    "exchange": _Clause(
        reading=lambda terms: exchange.reading(terms.exchange),
        problems=lambda terms: exchange.problems(terms.exchange, terms.currency),
    ),
    "pool": _Clause(
        reading=lambda terms: pool.reading(terms.pool, terms.unit),
        problems=lambda terms: (*pool.problems(terms.pool), *metrics.problems(terms.pool.results, terms.parties)),
    ),
    "shares": _Clause(
        reading=lambda terms: steps.reading(terms.shares, terms.unit),
        problems=lambda terms: steps.problems(terms.shares, terms.metrics),
        parties=lambda terms: below(terms.shares, lambda step: step.parties()),
    ),
    "short": _Clause(
        reading=lambda terms: [] if terms.short is None else [("short", SHORT_READING[terms.short])],
        problems=lambda terms: steps.short_problems(terms.short, terms.shares),
    ),
    "losses": _Clause(
        reading=lambda terms: [("losses", protections.losses_reading(terms.losses))],
        problems=lambda terms: protections.losses_problems(terms.losses, terms.shares[-1]),
        parties=lambda terms: ((("losses", party), party) for party in terms.losses.rates or ()),
    ),
    "caps": _Clause(
        reading=lambda terms: protections.caps_reading(terms.caps, terms.unit),
        problems=lambda terms: protections.caps_problems(terms.caps),
        parties=lambda terms: protections.parties_of_caps(terms.caps),
    ),
    "guarantees": _Clause(
        reading=lambda terms: guarantees.reading(terms.guarantees, terms.unit),
        problems=lambda terms: guarantees.problems(terms.guarantees, terms.caps, terms.every, terms.first_period),
        parties=lambda terms: guarantees.named_parties(terms.guarantees),
    ),
    "rounding": _Clause(
        reading=lambda terms: [("rounding", rounding.rounding_reading(terms.rounding))],
        problems=lambda terms: rounding.rounding_problems(terms.rounding, terms.parties),
        parties=lambda terms: rounding.rounding_parties(terms.rounding),
    ),
    "retain": _Clause(
        reading=lambda terms: retention.retention_reading(terms.retain),
        problems=lambda terms: retention.retention_problems(terms.retain),
        parties=lambda terms: ((("retain", party), party) for party in terms.retain),
    ),
    "reserves": _Clause(
        reading=lambda terms: reserves.reading(terms.reserves),
        problems=lambda terms: reserves.problems(terms.reserves, terms.advances, terms.retain, terms.shares),
        parties=lambda terms: ((("reserve", party), party) for party in terms.reserves),
    ),
    "advances": _Clause(
        reading=lambda terms: advances.reading(terms.advances),
        problems=lambda terms: advances.problems(terms.advances, terms.shares),
        parties=lambda terms: advances.named_parties(terms.advances),
    ),
    "confirm": _Clause(
        reading=lambda terms: confirm.confirm_reading(terms.confirm, terms.silence, terms.unit),
        problems=lambda terms: confirm.silence_problems(terms.confirm, terms.silence),
    ),
    "authorities": _Clause(
        reading=lambda terms: authority.authority_reading(terms.authorities),
        problems=lambda terms: authority.authority_problems(terms.authorities, terms.metrics),
        parties=lambda terms: ((("authority", name, "party"), each.party) for name, each in terms.authorities.items()),
    ),
    "goals_written": _Clause(
        reading=lambda terms: goals.goals_reading(terms.goals, terms.unit),
        problems=lambda terms: goals.goal_problems(terms.goals_written, terms.metrics, terms.unit),
    ),
    "roles": _Clause(
        reading=lambda terms: parties.roles_reading(terms.roles),
        problems=lambda terms: parties.role_problems(terms.roles),
        parties=lambda terms: parties.parties_of_roles(terms.roles),
    ),
    "signatures": _Clause(
        reading=lambda terms: signatures.signatures_reading(terms.signatures),
    ),
}

# --- what is contradictory ----------------------------------------------------------------------------------


def problems(terms: Terms) -> Iterator[Found]:
    """Everything that is contradictory in terms, with its place."""
    for path, party in (named for clause in _CLAUSES.values() for named in clause.parties(terms)):
        if party not in terms.parties:
            yield path, Problem(f"{party!r} is not a party", did_you_mean(party, terms.parties))
    for clause in _CLAUSES.values():
        yield from clause.problems(terms)


def _hidden_characters(terms: Terms) -> Iterator[Found]:
    texts: list[tuple[tuple[str, ...], str]] = [(("title",), terms.title)]
    texts += [(("parties", party, "name"), who.name) for party, who in terms.parties.items()]
    texts += [(("roles", role), actor) for role, actors in terms.roles.items() for actor in actors]
    for path, text in texts:
        if hidden := hidden_character(text):
            said = f"contains {hidden}, which cannot be seen or changes how others are shown"
            yield path, Problem(said, "leave it out")
