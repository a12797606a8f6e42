"""Terms as people write and sign them: a YAML document, checked whole, with a digest that all parties accept.

The document is read as text with lines, validated by marshmallow schemas (one per clause), and checked for
contradictions between clauses. Its canonical form is JSON: the same terms give the same bytes, whatever the
order of keys or the style of numbers in the file. The SHA-256 of these bytes identifies the terms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields, post_load

from ledger.terms import advances, protections, reserves
from ledger.terms import exchange as exchanges
from ledger.terms import guarantees as floors
from ledger.terms import pool as pools
from ledger.terms.advances import AdvanceAccount, AdvancesField
from ledger.terms.authority import Authority, AuthoritySchema, authority_problems, authority_reading
from ledger.terms.confirm import ConfirmSchema, confirm_reading, silence_problem
from ledger.terms.context import MEMORY, RESERVED_BASES, Counter
from ledger.terms.exchange import Exchange, ExchangeField
from ledger.terms.fields import (
    Amount,
    Block,
    Clause,
    CurrencyContext,
    Day,
    Names,
    OneOf,
    PerName,
    Problem,
    Rate,
    Slug,
    Title,
    Word,
    did_you_mean,
    refuse,
)
from ledger.terms.goals import Goal, Goals, SpansField, goal_problems, goals_of, goals_reading
from ledger.terms.guarantees import Guarantee, GuaranteeSchema
from ledger.terms.pool import Pool, PoolSchema
from ledger.terms.protections import Cap, CapSchema, Losses, LossesField, caps_reading, losses_reading
from ledger.terms.reserves import Reserve, ReserveSchema
from ledger.terms.retention import retention_problems, retention_reading
from ledger.terms.rounding import RoundingField, rounding_reading
from ledger.terms.shares.step import Step, below
from ledger.terms.shares.step_list import Steps
from ledger.terms.short import Short
from ledger.terms.signatures import SignaturesField, signatures_reading
from ledger.terms.yaml_lines import Lines, findings_of, read_yaml
from ledger.values.errors import Finding, Rejected
from ledger.values.figures import Rounding
from ledger.values.money import Currency, currency, format_money
from ledger.values.periods import BusinessDays, Every, Period, period_of
from ledger.values.text import hidden_character, listed

#: First parts of figure names, which therefore cannot name a party.
RESERVED_PARTIES = frozenset({"pool", "results", "quantities", "inputs", "counted", "venture", "all", MEMORY})


@dataclass(frozen=True, slots=True)
class Party:
    """A legal person in the agreement: its name, the metrics it may report, the costs it may pay."""

    name: str
    reports: tuple[str, ...] = ()
    pays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Periods:
    """Settlement periods and payment terms.

    `first_day` is the first day of the agreement. Payouts are due `net_days` after they are proposed from a
    closed period's last day, moved by `business_days` on the calendar of a country (ISO 3166) or `ECB`;
    balances below `minimum_payout` (minor units) are carried.
    """

    every: Every
    first_day: date
    net_days: int = 30
    business_days: BusinessDays = BusinessDays.UNADJUSTED
    calendar: str | None = None
    minimum_payout: int = 0


@dataclass(frozen=True)
class Terms:
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
        return goals_of(self.goals_written, self.pool.results, self.unit)

    def counters(self) -> frozenset[Counter]:
        """What must be counted beyond a period."""
        return frozenset(counter for step in self.shares for counter in step.counters())

    def reading(self) -> list[tuple[str, str]]:
        """The terms in plain sentences, in the order in which money flows: (clause, sentence)."""
        said = [("parties", _party_reading(party, who)) for party, who in self.parties.items()]
        said.append(("periods", _periods_reading(self.periods, self.unit)))
        said += exchanges.reading(self.exchange)
        said += pools.reading(self.pool, self.unit)
        for place, step in enumerate(self.shares, 1):
            said.append((f"shares[{place}]", step.reading(self.unit)))
            if step.label:
                said.append((f"shares[{place}]", f"This is {step.label}."))
        if self.short is not None:
            said.append(("short", _SHORT[self.short]))
        said.append(("losses", losses_reading(self.losses)))
        said += caps_reading(self.caps, self.unit)
        said += floors.reading(self.guarantees, self.unit)
        said.append(("rounding", rounding_reading(self.rounding)))
        said += retention_reading(self.retain)
        said += reserves.reading(self.reserves)
        said += advances.reading(self.advances)
        said += confirm_reading(self.confirm, self.silence, self.unit)
        said += authority_reading(self.authorities)
        said += goals_reading(self.goals, self.unit)
        said += [(f"roles.{role}", f"To {role}: {', '.join(who)}.") for role, who in self.roles.items()]
        said += signatures_reading(self.signatures)
        return said


_SHORT = {
    Short.IN_FULL: "If the pool is short, every step takes what it is due in full, and what is missing is a loss.",
    Short.IN_ORDER: "If the pool is short, each step in its turn takes at most what is left.",
    Short.PRO_RATA: "If the pool is short, what all steps are due is cut in proportion.",
}


def _party_reading(party: str, who: Party) -> str:
    """Who a party is, and for which facts it is answerable."""
    does = [f"{verb} {listed(names)}" for verb, names in (("reports", who.reports), ("pays", who.pays)) if names]
    said = f"{party} is {who.name}; it {', and '.join(does)}" if does else f"{party} is {who.name.removesuffix('.')}"
    return f"{said}."


def _periods_reading(periods: Periods, unit: Currency) -> str:
    parts = [f"The agreement begins on {periods.first_day} and is settled every {periods.every}"]
    parts.append(f"payouts are due {periods.net_days} days after the period ends")
    if periods.calendar:
        parts.append(f"on business days of {periods.calendar} ({periods.business_days})")
    if periods.minimum_payout:
        parts.append(f"less than {format_money(periods.minimum_payout, unit)} is not paid but carried")
    return "; ".join(parts) + "."


# --- how it is written --------------------------------------------------------------------------------------


class PartySchema(Clause):
    """How a party is written: `{name: Acme GmbH, reports: [sales], pays: [tracking]}`."""

    name = Title(required=True)
    reports = Names(load_default=())
    pays = Names(load_default=())

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Party:
        return Party(**data)


class _Net(Word):
    """`net 30`: so many days."""

    def parse(self, text: str) -> int:
        word, _, days = text.partition(" ")
        if word != "net" or not days.isascii() or not days.isdigit() or len(days) > 3:
            raise Rejected(f"{text!r} does not say when payouts are due", "write `net 30` for 30 days")
        return int(days)

    def write(self, value: int) -> str:
        return f"net {value}"


class _Calendar(Word):
    """A holiday calendar by country, such as `ES`, or `ECB`."""

    def parse(self, text: str) -> str:
        from ledger.values.calendars import calendars  # noqa: PLC0415  (the library is large, and few terms need it)

        if text not in calendars():
            raise Rejected(f"{text!r} is not a known calendar", "use a country such as ES or US, or ECB")
        return text


class PeriodsSchema(Clause):
    """How periods and payment terms are written."""

    every = OneOf(Every, required=True)
    first_day = Day(data_key="from", required=True)
    net_days = _Net(data_key="due", load_default=30)
    business_days = OneOf(BusinessDays, data_key="business days", load_default=None)
    calendar = _Calendar(load_default=None)
    minimum_payout = Amount(data_key="minimum payout", load_default=0)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Periods:
        if data["business_days"] is None:
            data["business_days"] = BusinessDays.FOLLOWING if data["calendar"] else BusinessDays.UNADJUSTED
        return Periods(**data)


class _CurrencyCode(Word):
    def parse(self, text: str) -> Currency:
        return currency(text)

    def write(self, value: Currency) -> str:
        return value.code


class _Actors(fields.Field[tuple[str, ...]]):
    """Parties, or persons of a party: `[acme, jot/ana]`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(item, str) for item in listed):
            raise refuse("must be a list of parties or persons", "write [acme, jot/ana]")
        return tuple(sorted(set(listed)))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[str] | None:
        return None if value is None else list(value)


class RolesSchema(Clause):
    """Who may close periods, approve payouts and confirm entries; any party where nothing is said."""

    close = _Actors()
    approve = _Actors()
    confirm = _Actors()


class TermsSchema(Clause):
    """How terms are written."""

    agreement = Slug(required=True)
    title = Title(required=True)
    parties = PerName(Block(PartySchema), required=True)
    unit = _CurrencyCode(data_key="currency", required=True)
    periods = Block(PeriodsSchema, required=True)
    pool = Block(PoolSchema, required=True)
    shares = Steps(required=True)
    short = OneOf(Short, load_default=None)
    losses = LossesField(required=True)
    guarantees = PerName(Block(GuaranteeSchema), data_key="guarantee")
    caps = PerName(Block(CapSchema), data_key="cap")
    retain = PerName(Rate())
    rounding = RoundingField(load_default=Rounding())
    exchange = ExchangeField()
    advances = AdvancesField()
    reserves = PerName(Block(ReserveSchema), data_key="reserve")
    confirm = Block(ConfirmSchema)
    authorities = PerName(Block(AuthoritySchema), data_key="authority")
    goals_written = PerName(SpansField(), data_key="goals")
    roles = Block(RolesSchema)
    signatures = SignaturesField(load_default=())


def parse_terms(text: str, file: str = "terms") -> Terms:
    """The terms that a YAML document expresses.

    Raises `Rejected` with every finding at once: file, line, path, what is wrong, what is allowed.
    """
    data, lines = read_yaml(text, file)
    terms = _load(data, lines, file)
    found = [finding for path, problem in _contradictions(terms) for finding in findings_of(problem, lines, file, path)]
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


_OPTIONAL = (
    "guarantees", "caps", "retain", "advances", "reserves", "exchange", "confirm", "authorities", "goals_written",
    "roles",
)  # fmt: skip


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
        for optional in _OPTIONAL:
            loaded.setdefault(optional, {})
        confirm, silence = loaded["confirm"], loaded["confirm"].pop("silence", None)
        said = {**loaded, "confirm": confirm if silence is None else {**confirm, "silence": silence}}
        written = TermsSchema().dump({word: value for word, value in said.items() if value != {}})
    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Terms(**loaded, silence=silence, canonical=canonical, digest=_digest(canonical))


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.line or 0, finding.path or ""))


# --- what is contradictory ----------------------------------------------------------------------------------


def _contradictions(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    yield from _hidden_characters(terms)
    yield from _party_problems(terms)
    for pool_path, message, hint in pools.problems(terms.pool):
        yield pool_path, Problem(message, hint)
    yield from _step_problems(terms)
    yield from floors.contradictions(terms.guarantees, terms.caps, terms.every, terms.first_period)
    yield from protections.contradictions(terms.caps)
    yield from retention_problems(terms.retain)
    yield from exchanges.problems(terms.exchange, terms.currency)
    yield from advances.contradictions(terms.advances, terms.shares)
    yield from reserves.contradictions(terms.reserves, terms.advances, terms.retain, terms.shares)
    order = terms.rounding.order
    if order and (len(order) != len(set(order)) or not terms.parties.keys() <= set(order)):
        hint = f"the parties are {', '.join(terms.parties)}"
        yield ("rounding",), Problem("the order must name every party, once", hint)
    if terms.losses.rates is None and not terms.losses.carried_forward and not terms.shares[-1].bears:
        hint = "name who bears losses, such as `losses: {acme: 50%, jot: 50%}`"
        yield ("losses",), Problem("`as profits` needs a split as the last step", hint)
    yield from _short_problems(terms)
    if (problem := silence_problem(terms.confirm, terms.silence)) is not None:
        yield ("confirm", "silence"), problem
    if terms.periods.business_days is not BusinessDays.UNADJUSTED and terms.periods.calendar is None:
        yield ("periods", "business days"), Problem("needs a calendar", "add `calendar: ES`")


def _short_problems(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """Steps that may ask for more than there is need a rule, and one that fits those that never do."""
    asking = [step for step in terms.shares[:-1] if not step.limited]
    if terms.short is None and asking:
        allowed = " | ".join(Short)
        said = "must say what happens when the pool is short of what the steps before the last ask for"
        yield ("short",), Problem(said, f"write `short: in order`; allowed: {allowed}")
    tier = next((step for step in terms.shares[:-1] if step.limited), None)
    if terms.short is Short.PRO_RATA and tier is not None:
        said = f"{tier.word!r} takes in its turn, and cannot be cut in proportion with others"
        yield ("short",), Problem(said, "write `short: in order` or `short: in full`")


def _hidden_characters(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    texts: list[tuple[tuple[str, ...], str]] = [(("title",), terms.title)]
    texts += [(("parties", party, "name"), who.name) for party, who in terms.parties.items()]
    texts += [(("roles", role), actor) for role, actors in terms.roles.items() for actor in actors]
    for path, text in texts:
        if hidden := hidden_character(text):
            said = f"contains {hidden}, which cannot be seen or changes how others are shown"
            yield path, Problem(said, "leave it out")


def _party_problems(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    if len(terms.parties) < 2:
        yield ("parties",), Problem("an agreement has two or more parties", "add a line for each of them")
    for party in terms.parties:
        if party in RESERVED_PARTIES:
            yield ("parties", party), Problem(f"{party!r} cannot name a party", "choose another short name")
    for path, party in _named_parties(terms):
        if party not in terms.parties:
            yield path, Problem(f"{party!r} is not a party", did_you_mean(party, terms.parties))
    for role, actors in terms.roles.items():
        for actor in actors:
            party, slash, person = actor.partition("/")
            if not party or (slash and not person.strip()):
                said = f"{actor!r} is neither a party nor a person"
                yield ("roles", role), Problem(said, "write a party, acme, or a person, jot/ana")


def _named_parties(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from below(terms.shares, lambda step: step.parties())
    for party in terms.losses.rates or ():
        yield ("losses", party), party
    for party, guarantee in terms.guarantees.items():
        yield ("guarantee", party), party
        yield from ((("guarantee", party, "borne by", name), name) for name in guarantee.borne_by)
    for party, cap in terms.caps.items():
        yield ("cap", party), party
        yield from ((("cap", party, "excess to", name), name) for name in cap.excess_to)
    yield from ((("retain", party), party) for party in terms.retain)
    yield from ((("authority", metric, "party"), each.party) for metric, each in terms.authorities.items())
    yield from ((("rounding",), party) for party in _rounding_parties(terms.rounding))
    yield from advances.named_parties(terms.advances)
    yield from ((("reserve", party), party) for party in terms.reserves)
    for role, actors in terms.roles.items():
        parties = (actor.partition("/")[0] for actor in actors)
        yield from ((("roles", role), party) for party in parties if party)


def _rounding_parties(rounding: Rounding) -> Iterable[str]:
    return (*rounding.order, *((rounding.rule.party,) if rounding.rule.party else ()))


def _step_problems(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    for place, step in enumerate(terms.shares):
        base = ("shares", place, step.word)
        last = place == len(terms.shares) - 1
        for path, message, hint in (*step.troubles(last), *step.troubles_after(terms.shares[:place])):
            yield (*base, *path), Problem(message, hint)
    yield from _label_problems(terms.shares, ())
    yield from _metric_problems(terms)


def _label_problems(
    steps: Iterable[Step], above: tuple[str | int, ...], known: set[str] | None = None
) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """Names of steps that are given twice."""
    found = set() if known is None else known
    for place, step in enumerate(steps):
        if step.label in found:
            yield (
                (*above, "shares", place, "as"),
                Problem(f"{step.label!r} names another step, too", "choose another name"),
            )
        found |= {step.label} - {""}
        yield from _label_problems(step.inner(), (*above, "shares", place, step.word), found)


def _metric_problems(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """Names of metrics that are reserved, or that no result of the agreement can have."""
    reporters = {
        metric: tuple(party for party, who in terms.parties.items() if metric in who.reports)
        for metric in sorted({metric for who in terms.parties.values() for metric in who.reports})
    }
    reported = reporters.keys()
    metrics = {*terms.pool.results, *reported}
    listed: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(("pool", "results"), terms.pool.results)]
    listed += [(("parties", party, "reports"), who.reports) for party, who in terms.parties.items()]
    for place, names in listed:
        for metric in RESERVED_BASES:
            if metric in names:
                hint = f"{', '.join(RESERVED_BASES)} have a meaning of their own"
                yield place, Problem(f"{metric!r} cannot name a metric", hint)
    yield from authority_problems(terms.authorities, reporters, frozenset(metrics))
    yield from goal_problems(terms.goals_written, terms.pool.results, terms.unit, frozenset(reported))
    for path, of in below(terms.shares, lambda step: step.bases()):
        if of not in {*metrics, *RESERVED_BASES}:
            yield path, Problem(f"{of!r} is not a known base", did_you_mean(of, {*metrics, *RESERVED_BASES}))
    for path, deal in below(terms.shares, lambda step: step.deals()):
        if deal not in terms.pool.results:
            hint = did_you_mean(deal, terms.pool.results)
            yield path, Problem(f"{deal!r} is not one of the results of the pool", hint)
    for path, each in below(terms.shares, lambda step: step.metrics()):
        if reported and each not in metrics:
            yield path, Problem(f"no party reports {each!r}", did_you_mean(each, metrics))
