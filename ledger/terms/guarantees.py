"""Guarantees: the least that a party gets in a period, in a year, over the life, or by instalments.

A yearly guarantee gathers as the periods of the year go by, each its part of the amount, and the year's last period
adds what the shares of these periods fall short of it. So a year that began late, or ends early with the agreement,
guarantees a part of the amount. A minimum that is paid in instalments is an advance on earnings that is never given
back: at any time the party has got the greater of the instalments due and its earnings.

A guarantee beyond the period counts the periods whose terms have one over that time. What it counted stays while the
terms have none, so that terms that have it again go on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from ledger.terms.context import Context, Over, PerParty
from ledger.terms.problems import Found, Problem
from ledger.terms.protections import Cap, moved, whose
from ledger.terms.shares.step import said_rates
from ledger.values.figures import RATE, Figure, add, multiply, positive, subtract, term
from ledger.values.money import Currency, format_money
from ledger.values.periods import Every, Period, every, parse_period, periods_in_year

_MEMORY = "/guarantee."  #: what is between the party and the word in the name of a figure that is remembered


class Guarantee(msgspec.Struct, frozen=True):
    """At least `at_least` minor units over a time, or `instalments` by the key of the period in which each is due.

    What is missing is borne by others, by `borne_by`.
    """

    borne_by: Mapping[str, Fraction]
    at_least: int | None = None
    over: Over = Over.PERIOD
    instalments: Mapping[str, int] = msgspec.field(default_factory=dict)


class Guaranteed(msgspec.Struct, frozen=True):
    """What guarantees move between parties, each movement adding up to nothing, and what they hand on."""

    lines: list[PerParty]
    forward: tuple[Figure, ...]


def stays(name: str, period: Period) -> bool:
    """Whether a figure is what a guarantee remembers, and one that a period after this one may ask for."""
    _, _, what = name.partition(_MEMORY)
    _, _, year = what.partition(".")
    return bool(what) and (not year or (year == str(period.year) and not _ends_year(period)))


def _ends_year(period: Period) -> bool:
    return period.last == date.max or period.next().year != period.year


# --- what it yields -----------------------------------------------------------------------------------------


def guaranteed(shares: Mapping[str, Figure], guarantees: Mapping[str, Guarantee], ctx: Context) -> Guaranteed:
    """What each guarantee moves to the guaranteed party from those who bear it, and what it has to remember."""
    lines: list[PerParty] = []
    forward: list[Figure] = []
    for party, guarantee in guarantees.items():
        clause = f"guarantee.{party}"
        share = shares.get(party) or term(0, ctx.currency.code, f"no share of {party}", clause)
        missing, remembered = _missing(_Reckoning(party, guarantee, share, ctx, clause))
        lines.append(moved(party, missing, guarantee.borne_by, "guarantee", 1) if missing is not None else {})
        forward += remembered
    return Guaranteed(lines, tuple(forward))


class _Reckoning(msgspec.Struct, frozen=True):
    """A guarantee at work: the party's share of the period, and figures by what it remembers."""

    party: str
    guarantee: Guarantee
    share: Figure
    ctx: Context
    clause: str

    @property
    def at_least(self) -> Figure:
        """The amount of the guarantee."""
        assert self.guarantee.at_least is not None, "the document was checked"
        return term(self.guarantee.at_least, self.ctx.currency.code, "at least", self.clause)

    def so_far(self, this: Figure, what: str, label: str) -> Figure:
        """A figure of this period, and all that was remembered of it before."""
        name = f"{self.party}{_MEMORY}{what}"
        before = self.ctx.brought(name, f"{label}, before this period")
        return add((this,) if before is None else (before, this), label, self.clause, name)


def _missing(at: _Reckoning) -> tuple[Figure | None, tuple[Figure, ...]]:
    """What is missing in this period (None where it is not yet asked for), and what later periods start from."""
    if at.guarantee.instalments:
        return _of_instalments(at)
    match at.guarantee.over:
        case Over.PERIOD:
            return _short_of(at.at_least, at.share, at), ()
        case Over.YEAR:
            return _of_year(at)
        case Over.LIFE:
            return _of_life(at)


def _of_life(at: _Reckoning) -> tuple[Figure | None, tuple[Figure, ...]]:
    """What the party earned, and what instalments of earlier terms gave it ahead of that, counts."""
    earned = at.so_far(at.share, "earned", f"earned by {at.party} so far")
    if not at.ctx.final:
        return None, (earned,)
    ahead = at.ctx.brought(f"{at.party}{_MEMORY}ahead", "paid ahead of earnings before")
    got = earned if ahead is None else add((earned, ahead), f"all that {at.party} got", at.clause)
    return _short_of(at.at_least, got, at), ()


def _of_year(at: _Reckoning) -> tuple[Figure | None, tuple[Figure, ...]]:
    """Each period adds its part of the year's amount; the last one of the year, or of the agreement, asks for it."""
    period = at.ctx.period
    part = term(Fraction(1, periods_in_year(period)), RATE, "part of the year", at.clause)
    this = multiply((part, at.at_least), "guaranteed for this period", at.clause)
    due = at.so_far(this, f"due.{period.year}", f"guaranteed to {at.party} this year")
    earned = at.so_far(at.share, f"earned.{period.year}", f"earned by {at.party} this year")
    if at.ctx.final or _ends_year(period):
        return _short_of(due, earned, at), ()
    return None, (due, earned)


def _of_instalments(at: _Reckoning) -> tuple[Figure, tuple[Figure, ...]]:
    """What the instalments due so far are ahead of earnings, less what they were ahead before."""
    due_now = [
        term(minor, at.ctx.currency.code, f"instalment of {key}", at.clause)
        for key, minor in at.guarantee.instalments.items()
        if parse_period(key).first <= at.ctx.period.first
    ]
    due = add(due_now, "instalments due so far", at.clause, unit=at.ctx.currency.code)
    earned = at.so_far(at.share, "earned", f"earned by {at.party} so far")
    ahead = positive(
        subtract((due, earned), "instalments less earnings", at.clause), "paid ahead of earnings", at.clause,
        f"{at.party}{_MEMORY}ahead",
    )  # fmt: skip
    before = at.ctx.brought(ahead.name, "paid ahead of earnings before")
    missing = ahead if before is None else subtract((ahead, before), "paid ahead in this period", at.clause)
    return missing, (earned, ahead)


def _short_of(least: Figure, got: Figure, at: _Reckoning) -> Figure:
    return positive(subtract((least, got), "short of the guarantee", at.clause), "missing", at.clause)


# --- how it is written --------------------------------------------------------------------------------------


# --- what is contradictory ----------------------------------------------------------------------------------


def problems(
    guarantees: Mapping[str, Guarantee], caps: Mapping[str, Cap], length: Every, first: Period
) -> Iterator[Found]:
    """Guarantees that cannot be kept beside others, beside caps, or in the periods of the agreement."""
    for party, guarantee in guarantees.items():
        for other in guarantee.borne_by:
            if other in guarantees:
                said = f"{other} cannot bear {whose(party, other, 'guarantee', 'one')}"
                yield ("guarantee", party, "borne by"), Problem(said, "let somebody without a guarantee bear it")
        least = guarantee.at_least if guarantee.over is Over.PERIOD else None
        if party in caps and least is not None and caps[party].at_most < least:
            said = f"{party} is guaranteed more than its cap"
            yield ("guarantee", party, "at least"), Problem(said, "raise the cap or lower the guarantee")
        for key in guarantee.instalments:
            path = ("guarantee", party, "instalments", key)
            if every(key) is not length:
                yield path, Problem(f"{key} is no {length}", f"name periods as the agreement has them, such as {first}")
            elif parse_period(key) < first:
                yield path, Problem(f"{key} is before the agreement begins", f"the first period is {first}")


def named_parties(guarantees: Mapping[str, Guarantee]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Who is guaranteed something, and who bears it, with their paths."""
    for party, guarantee in guarantees.items():
        yield ("guarantee", party), party
        yield from ((("guarantee", party, "borne by", name), name) for name in guarantee.borne_by)


# --- how it reads -------------------------------------------------------------------------------------------


def reading(guarantees: Mapping[str, Guarantee], currency: Currency) -> list[tuple[str, str]]:
    """Guarantees as sentences: (clause, sentence)."""
    return [(f"guarantee.{party}", _sentence(party, floor, currency)) for party, floor in guarantees.items()]


def _sentence(party: str, floor: Guarantee, currency: Currency) -> str:
    rest = f"is borne by: {said_rates(floor.borne_by)}."
    if floor.instalments:
        listed = ", ".join(f"{format_money(minor, currency)} in {key}" for key, minor in floor.instalments.items())
        return f"{party} gets, ahead of what it earns: {listed}; what is ahead of its earnings {rest}"
    assert floor.at_least is not None
    amount = format_money(floor.at_least, currency)
    match floor.over:
        case Over.PERIOD:
            return f"{party} gets at least {amount} in each period; what is missing {rest}"
        case Over.YEAR:
            return (
                f"{party} gets at least {amount} in each year, and in part of a year that part of it; what is missing "
                f"when the year is over {rest}"
            )
        case Over.LIFE:
            return f"{party} gets at least {amount} in all; what is missing when the agreement ends {rest}"
