"""Terms as people write and sign them: a YAML document, checked whole, with a digest that all parties accept.

The document is read as text with lines, validated by marshmallow schemas (one per clause), and checked for
contradictions between clauses. Its canonical form is JSON: the same terms give the same bytes, whatever the
order of keys or the style of numbers in the file. The SHA-256 of these bytes identifies the terms.

A clause lives in a file of its own. Here it has a field of `Terms` and a row of `_CLAUSES`, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec
from marshmallow import ValidationError, fields
from msgspec.structs import replace

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
    size,
)
from ledger.terms.advances import AdvanceAccount
from ledger.terms.authority import Authority
from ledger.terms.context import Counter
from ledger.terms.exchange import Exchange
from ledger.terms.fields import (
    Block,
    Clause,
    CurrencyContext,
    Found,
    OneOf,
    PerName,
    Problem,
    Rate,
    Slug,
    Title,
    Word,
    did_you_mean,
)
from ledger.terms.goals import Goal, Goals
from ledger.terms.guarantees import Guarantee
from ledger.terms.metrics import Metrics
from ledger.terms.parties import Party
from ledger.terms.periods import Periods
from ledger.terms.pool import Pool
from ledger.terms.protections import Cap, Losses
from ledger.terms.reserves import Reserve
from ledger.terms.shares import checks as steps
from ledger.terms.shares.step import Step, below
from ledger.terms.shares.step_list import Steps
from ledger.terms.short import READING as SHORT_READING
from ledger.terms.short import Short
from ledger.terms.yaml_lines import Lines, findings_of, read_yaml
from ledger.values.errors import Finding, Rejected
from ledger.values.figures import Rounding
from ledger.values.money import Currency, currency
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


class _CurrencyCode(Word):
    def parse(self, text: str) -> Currency:
        return currency(text)

    def write(self, value: Currency) -> str:
        return value.code


_Named = tuple[tuple[str | int, ...], str]
"""A party that a clause names, and where it does."""


def _nothing(_: Terms) -> tuple[()]:
    return ()


class _Clause(msgspec.Struct, frozen=True, kw_only=True):
    """What the document asks of a clause: how it is written and reads, what is contradictory, which parties it names.

    A clause that may be left out loads as what holds then.
    """

    written: fields.Field[Any]
    reading: Callable[[Terms], Iterable[tuple[str, str]]] = _nothing
    problems: Callable[[Terms], Iterable[Found]] = _nothing
    parties: Callable[[Terms], Iterable[_Named]] = _nothing


#: Every clause by its field of `Terms`, in the order of the reading.
_CLAUSES = {
    "agreement": _Clause(written=Slug(required=True)),
    "title": _Clause(written=Title(required=True), problems=lambda terms: _hidden_characters(terms)),
    "unit": _Clause(written=_CurrencyCode(data_key="currency", required=True)),
    "parties": _Clause(
        written=PerName(Block(parties.PartySchema), required=True),
        reading=lambda terms: parties.reading(terms.parties),
        problems=lambda terms: parties.problems(terms.parties),
    ),
    "periods": _Clause(
        written=Block(periods.PeriodsSchema, required=True),
        reading=lambda terms: [("periods", periods.reading(terms.periods, terms.unit))],
        problems=lambda terms: periods.problems(terms.periods),
    ),
    "exchange": _Clause(
        written=exchange.ExchangeField(load_default=dict),
        reading=lambda terms: exchange.reading(terms.exchange),
        problems=lambda terms: exchange.problems(terms.exchange, terms.currency),
    ),
    "pool": _Clause(
        written=Block(pool.PoolSchema, required=True),
        reading=lambda terms: pool.reading(terms.pool, terms.unit),
        problems=lambda terms: (*pool.problems(terms.pool), *metrics.problems(terms.pool.results, terms.parties)),
    ),
    "shares": _Clause(
        written=Steps(required=True),
        reading=lambda terms: steps.reading(terms.shares, terms.unit),
        problems=lambda terms: steps.problems(terms.shares, terms.metrics),
        parties=lambda terms: below(terms.shares, lambda step: step.parties()),
    ),
    "short": _Clause(
        written=OneOf(Short, load_default=None),
        reading=lambda terms: [] if terms.short is None else [("short", SHORT_READING[terms.short])],
        problems=lambda terms: steps.short_problems(terms.short, terms.shares),
    ),
    "losses": _Clause(
        written=protections.LossesField(required=True),
        reading=lambda terms: [("losses", protections.losses_reading(terms.losses))],
        problems=lambda terms: protections.losses_problems(terms.losses, terms.shares[-1]),
        parties=lambda terms: ((("losses", party), party) for party in terms.losses.rates or ()),
    ),
    "caps": _Clause(
        written=PerName(Block(protections.CapSchema), data_key="cap", load_default=dict),
        reading=lambda terms: protections.caps_reading(terms.caps, terms.unit),
        problems=lambda terms: protections.caps_problems(terms.caps),
        parties=lambda terms: protections.parties_of_caps(terms.caps),
    ),
    "guarantees": _Clause(
        written=PerName(Block(guarantees.GuaranteeSchema), data_key="guarantee", load_default=dict),
        reading=lambda terms: guarantees.reading(terms.guarantees, terms.unit),
        problems=lambda terms: guarantees.problems(terms.guarantees, terms.caps, terms.every, terms.first_period),
        parties=lambda terms: guarantees.named_parties(terms.guarantees),
    ),
    "rounding": _Clause(
        written=rounding.RoundingField(load_default=Rounding()),
        reading=lambda terms: [("rounding", rounding.rounding_reading(terms.rounding))],
        problems=lambda terms: rounding.rounding_problems(terms.rounding, terms.parties),
        parties=lambda terms: rounding.rounding_parties(terms.rounding),
    ),
    "retain": _Clause(
        written=PerName(Rate(), load_default=dict),
        reading=lambda terms: retention.retention_reading(terms.retain),
        problems=lambda terms: retention.retention_problems(terms.retain),
        parties=lambda terms: ((("retain", party), party) for party in terms.retain),
    ),
    "reserves": _Clause(
        written=PerName(Block(reserves.ReserveSchema), data_key="reserve", load_default=dict),
        reading=lambda terms: reserves.reading(terms.reserves),
        problems=lambda terms: reserves.problems(terms.reserves, terms.advances, terms.retain, terms.shares),
        parties=lambda terms: ((("reserve", party), party) for party in terms.reserves),
    ),
    "advances": _Clause(
        written=advances.AdvancesField(load_default=dict),
        reading=lambda terms: advances.reading(terms.advances),
        problems=lambda terms: advances.problems(terms.advances, terms.shares),
        parties=lambda terms: advances.named_parties(terms.advances),
    ),
    "confirm": _Clause(
        written=Block(confirm.ConfirmSchema, load_default=dict),
        reading=lambda terms: confirm.confirm_reading(terms.confirm, terms.silence, terms.unit),
        problems=lambda terms: confirm.silence_problems(terms.confirm, terms.silence),
    ),
    "authorities": _Clause(
        written=PerName(Block(authority.AuthoritySchema), data_key="authority", load_default=dict),
        reading=lambda terms: authority.authority_reading(terms.authorities),
        problems=lambda terms: authority.authority_problems(terms.authorities, terms.metrics),
        parties=lambda terms: ((("authority", name, "party"), each.party) for name, each in terms.authorities.items()),
    ),
    "goals_written": _Clause(
        written=PerName(goals.SpansField(), data_key="goals", load_default=dict),
        reading=lambda terms: goals.goals_reading(terms.goals, terms.unit),
        problems=lambda terms: goals.goal_problems(terms.goals_written, terms.metrics, terms.unit),
    ),
    "roles": _Clause(
        written=Block(parties.RolesSchema, load_default=dict),
        reading=lambda terms: parties.roles_reading(terms.roles),
        problems=lambda terms: parties.role_problems(terms.roles),
        parties=lambda terms: parties.parties_of_roles(terms.roles),
    ),
    "signatures": _Clause(
        written=signatures.SignaturesField(load_default=()),
        reading=lambda terms: signatures.signatures_reading(terms.signatures),
    ),
}

TermsSchema = Clause.from_dict({name: clause.written for name, clause in _CLAUSES.items()}, name="TermsSchema")
"""How terms are written."""


# --- reading and writing ------------------------------------------------------------------------------------


def parse_terms(text: str, file: str = "terms") -> Terms:
    """The terms that a YAML document expresses.

    Raises `Rejected` with every finding at once: file, line, path, what is wrong, what is allowed.
    """
    data, lines = read_yaml(text, file)
    terms = _load(data, lines, file)
    # What is too large is not worth the time of the other checks.
    wrong = list(size.problems(terms.parties, terms.shares, terms.pool)) or _problems(terms)
    found = [finding for path, problem in wrong for finding in findings_of(problem, lines, file, path)]
    if found:
        raise Rejected(_in_order(found))
    return terms


@lru_cache(maxsize=256)
def read_canonical(canonical: str) -> Terms:
    """The terms of a canonical form, as an event holds it.

    What was accepted stays as it was: its digest is that of the text itself, and checks that are stricter
    today than they were then are not made again.
    """
    terms = _load(json.loads(canonical), {}, "terms")
    return replace(terms, canonical=canonical, digest=_digest(canonical))


def _load(data: dict[str, Any], lines: Lines, file: str) -> Terms:
    code = data.get("currency")
    try:
        unit = currency(code) if isinstance(code, str) else currency("EUR")
    except Rejected:
        unit = currency("EUR")
    with CurrencyContext(unit):
        try:
            loaded = TermsSchema().load(data)
        except ValidationError as error:
            raise Rejected(_in_order(findings_of(error.messages, lines, file))) from None
        written = TermsSchema().dump({word: value for word, value in loaded.items() if value != {}})
    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    silence = loaded["confirm"].pop("silence", None)
    return Terms(**loaded, silence=silence, canonical=canonical, digest=_digest(canonical))


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.line or 0, finding.path or ""))


# --- what is contradictory ----------------------------------------------------------------------------------


def _problems(terms: Terms) -> Iterator[Found]:
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
