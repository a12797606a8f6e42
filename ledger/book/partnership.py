"""What a change among partners does to their capital: admission, retirement, another ratio, assets revalued.

Pure sums on figures, so that each result carries its derivation. Amounts are in minor units, ratios exact. Whatever is
posted is whole minor units that add up to what was shared: nothing is created or lost.

Sources: the bonus and goodwill methods of partnership accounting, as in the cases AD, RE, RA and GW of
`tests/cases/life-cycle.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import assert_never

import msgspec

from ledger.book.partner_facts import Admission, CapitalFact, RatioChange, Retirement, Revaluation, Valuation
from ledger.values.figures import (
    RATE,
    Figure,
    Op,
    Rounding,
    add,
    apportioned,
    derive,
    multiply,
    negate,
    subtract,
    term,
)

PerParty = dict[str, Figure]
Amounts = Mapping[str, int]
Ratios = Mapping[str, Fraction]

PARTS = "parts"  #: the unit of a ratio


class Change(msgspec.Struct, frozen=True):
    """What a change does: `steps` on the way (a bonus, a goodwill), and each party's capital.

    `change` is what is posted, in whole minor units; `before` and `after` are there where the capital is known.
    """

    steps: tuple[Figure, ...]
    change: PerParty
    before: PerParty = msgspec.field(default_factory=dict)
    after: PerParty = msgspec.field(default_factory=dict)

    def minor(self) -> dict[str, int]:
        """The change of each party, in minor units."""
        return {party: figure.minor for party, figure in sorted(self.change.items())}


class Given(msgspec.Struct, frozen=True):
    """Makes figures of what was agreed: the unit of amounts, and what it was agreed in (empty: nothing on record)."""

    unit: str
    source: str = ""

    def amount(self, value: int | Fraction, label: str, name: str = "") -> Figure:
        """An amount in minor units."""
        return self._leaf(Fraction(value), self.unit, label, name)

    def plain(self, value: int | Fraction, label: str, name: str = "", unit: str = RATE) -> Figure:
        """A plain number, or one of something else than money."""
        return self._leaf(Fraction(value), unit, label, name)

    def parts(self, value: int | Fraction, label: str) -> Figure:
        """A party's parts in a ratio, such as the 7 of 7 to 3."""
        return self._leaf(Fraction(value), PARTS, label, "")

    def _leaf(self, value: Fraction, unit: str, label: str, name: str) -> Figure:
        if not self.source:
            return Figure(value, unit, label, "", Op.TERM, name=name)
        return Figure(value, unit, label, "", Op.CARRIED, name=name, reference=self.source)


def ratios(written: Mapping[str, str]) -> dict[str, Fraction]:
    """Ratios as an event holds them, as numbers."""
    return {party: Fraction(text) for party, text in written.items()}


def change_of(fact: CapitalFact, source: str = "") -> Change:
    """What a fact does to the capital of everybody concerned, worked out from what it says was agreed.

    `source` names the entry for the derivation. What the fact itself says of the change is not looked at.
    """
    given = Given(fact.currency, source)
    match fact:
        case Admission():
            whole = admission if fact.method == "bonus" else admission_with_goodwill
            return whole(
                given, fact.capital_minor, ratios(fact.ratio), fact.party, fact.amount_minor, Fraction(fact.interest)
            )
        case Retirement():
            leaving = retirement if fact.method == "bonus" else retirement_with_goodwill
            return leaving(given, fact.capital_minor, ratios(fact.ratio), fact.party, fact.amount_minor)
        case RatioChange():
            goodwill = _goodwill(given, fact.amount_minor, fact.valuation)
            return ratio_change(given, ratios(fact.old), ratios(fact.new), goodwill)
        case Revaluation():
            assets = [(each.name, each.before_minor, each.after_minor) for each in fact.assets]
            return revaluation(given, assets, ratios(fact.ratio))
        case _:
            assert_never(fact)


def with_change(fact: CapitalFact) -> CapitalFact:
    """The fact, saying of the change what follows from the rest of it."""
    return msgspec.structs.replace(fact, change_minor=change_of(fact).minor())


# --- admission --------------------------------------------------------------------------------------------


def admission(given: Given, capital: Amounts, ratio: Ratios, new: str, invested: int, interest: Fraction) -> Change:
    """The bonus method: the new partner's capital is its interest in the old capital and what it pays in together.

    What it gets beyond its payment is a bonus from the old partners by their ratio; what it gets less is one to them.
    """
    before, paid, total = _with_payment(given, capital, new, invested)
    part = given.plain(interest, f"interest of {new}", "interest")
    exact = multiply((part, total), f"{new}'s interest in it", "", "capital.exact")
    own = derive(Op.ROUND, (exact,), f"capital of {new}", "", f"{new}/change")
    bonus = subtract((own, paid), f"bonus to {new}", "", "bonus")
    cost = negate(bonus, f"bonus to the old partners (borne by them where negative), for {new}", "", "bonus.old")
    change = _shared(given, cost, ratio, "bonus", "change")
    return _closed((total, bonus), before, {**change, new: own})


def admission_with_goodwill(
    given: Given, capital: Amounts, ratio: Ratios, new: str, invested: int, interest: Fraction
) -> Change:
    """The goodwill method: the payment says what the whole is worth, and what is missing is recorded as goodwill.

    Where the payment is worth more than the interest in what is there, the goodwill is the old partners'; else
    the new one brings it: so much that its capital is its interest in everything.
    """
    before, paid, total = _with_payment(given, capital, new, invested)
    part = given.plain(interest, f"interest of {new}", "interest")
    implied = derive(Op.QUOTIENT, (paid, part), f"worth of the whole by {new}'s payment", "", "implied", given.unit)
    if implied.value >= total.value:
        exact = subtract((implied, total), "goodwill of the old partners", "", "goodwill.exact")
        goodwill = derive(Op.ROUND, (exact,), "goodwill of the old partners", "", "goodwill")
        own = add((paid,), f"capital of {new}", "", f"{new}/change")
        return _closed((total, goodwill), before, {**_shared(given, goodwill, ratio, "goodwill", "change"), new: own})
    due = multiply((part, total), f"{new}'s interest in what is there", "", "capital.exact")
    short = subtract((due, paid), f"what {new} gets beyond its payment", "", "goodwill.short")
    rest = subtract((given.plain(1, "the whole"), part), "interest of the others", "", "interest.others")
    exact = derive(Op.QUOTIENT, (short, rest), f"goodwill that {new} brings", "", "goodwill.exact", given.unit)
    goodwill = derive(Op.ROUND, (exact,), f"goodwill that {new} brings", "", "goodwill")
    own = add((paid, goodwill), f"capital of {new}", "", f"{new}/change")
    return _closed((total, goodwill), before, {**_nothing(before, given.unit), new: own})


def _with_payment(given: Given, capital: Amounts, new: str, invested: int) -> tuple[PerParty, Figure, Figure]:
    before = _before(given, capital)
    paid = given.amount(invested, f"paid in by {new}", "payment")
    return before, paid, add((*before.values(), paid), "capital of all with the payment", "", "total", given.unit)


# --- retirement -------------------------------------------------------------------------------------------


def retirement(given: Given, capital: Amounts, ratio: Ratios, leaver: str, paid: int) -> Change:
    """The bonus method: what the leaver is paid beyond its capital comes from the others, by their ratio.

    What it is paid less is a bonus to them.
    """
    before, excess, own = _leaving(given, capital, leaver, paid)
    bonus = negate(excess, f"bonus to the others (borne by them where negative), from {leaver}", "", "bonus")
    staying = {party: part for party, part in ratio.items() if party != leaver}
    return _closed((excess,), before, {**_shared(given, bonus, staying, "bonus", "change"), leaver: own})


def retirement_with_goodwill(given: Given, capital: Amounts, ratio: Ratios, leaver: str, paid: int) -> Change:
    """The goodwill method: what the leaver is paid beyond its capital is its part of a goodwill recorded for all."""
    before, excess, own = _leaving(given, capital, leaver, paid)
    staying = {party: part for party, part in ratio.items() if party != leaver}
    others = add([given.parts(part, f"ratio of {party}") for party, part in staying.items()], "ratio of the others", "")
    leaving = given.parts(ratio[leaver], f"ratio of {leaver}")
    times = derive(Op.QUOTIENT, (others, leaving), "the others' ratio to it", "")
    exact = multiply((excess, times), "the others' part of the goodwill", "", "goodwill.exact")
    goodwill = derive(Op.ROUND, (exact,), "the others' part of the goodwill", "", "goodwill.others")
    whole = add((excess, goodwill), "goodwill of all", "", "goodwill")
    return _closed((excess, whole), before, {**_shared(given, goodwill, staying, "goodwill", "change"), leaver: own})


def _leaving(given: Given, capital: Amounts, leaver: str, paid: int) -> tuple[PerParty, Figure, Figure]:
    before = _before(given, capital)
    payment = given.amount(paid, f"paid to {leaver}", "payment")
    excess = subtract((payment, before[leaver]), f"paid to {leaver} beyond its capital", "", "excess")
    return before, excess, negate(before[leaver], f"capital of {leaver} paid out", "", f"{leaver}/change")


# --- another ratio, other values --------------------------------------------------------------------------


def gains(given: Given, old: Ratios, new: Ratios) -> PerParty:
    """What part of the profits each party gains (or, negative, gives up): its new share less its old one."""
    before, after = shares_of(given, old, "old share"), shares_of(given, new, "new share")
    none = given.plain(0, "no share")
    return {
        party: subtract((after.get(party, none), before.get(party, none)), f"gain of {party}", "", f"{party}/gain")
        for party in sorted({*old, *new})
    }


def after_transfers(given: Given, old: Ratios, transfers: Iterable[tuple[str, str, Fraction]]) -> PerParty:
    """New shares, where parties hand parts of the profits to others: (who gives, who gets, which part)."""
    found = shares_of(given, old, "old share")
    none = given.plain(0, "no share")
    for giver, taker, part in transfers:
        moved = given.plain(part, f"from {giver} to {taker}")
        found[giver] = subtract((found.get(giver, none), moved), f"share of {giver}", "")
        found[taker] = add((found.get(taker, none), moved), f"share of {taker}", "")
    return found


def ratio_change(given: Given, old: Ratios, new: Ratios, goodwill: Figure) -> Change:
    """Who gains a part of the profits pays who gives it up: the goodwill, times what each gains."""
    gain = gains(given, old, new)
    exact = {
        party: negate(
            multiply((goodwill, part), f"goodwill for the gain of {party}", ""), f"goodwill due to {party}", ""
        )
        for party, part in gain.items()
    }
    return _closed((goodwill,), {}, _posted(given, exact, "change"))


def revaluation(given: Given, assets: Iterable[tuple[str, int, int]], ratio: Ratios) -> Change:
    """The gain or loss on assets (name, what each stood at, what it is worth) shared by the ratio."""
    found = [
        subtract(
            (given.amount(after, f"{name} is worth"), given.amount(before, f"{name} stood at")),
            f"gain on {name}", "",
        )
        for name, before, after in assets
    ]  # fmt: skip
    gain = add(found, "gain on revaluation", "", "gain", given.unit)
    return _closed((gain,), {}, _shared(given, gain, ratio, "gain", "change"))


# --- goodwill ---------------------------------------------------------------------------------------------


def value_of(given: Given, valuation: Valuation) -> tuple[Figure, ...]:
    """A goodwill by its valuation: the average profit, what of it is super profit (if asked), and the goodwill."""
    profits = [given.amount(value, f"profit of year {place}") for place, value in enumerate(valuation.profits_minor, 1)]
    count = given.plain(len(profits), "number of profits", unit="years")
    average = derive(
        Op.QUOTIENT, (add(profits, "profits of all years", ""), count), "average profit", "", "average", given.unit
    )
    steps, base = [average], average
    if valuation.capital_minor is not None and valuation.rate is not None:
        employed = given.amount(valuation.capital_minor, "capital employed")
        normal = multiply((employed, given.plain(Fraction(valuation.rate), "normal rate")), "normal profit", "")
        base = subtract((average, normal), "super profit", "", "super_profit")
        steps.append(base)
    bought = given.plain(Fraction(valuation.years), "years' purchase", unit="years")
    exact = multiply((base, bought), "goodwill, exactly", "", "goodwill.exact")
    return (*steps, derive(Op.ROUND, (exact,), "goodwill", "", "goodwill"))


def _goodwill(given: Given, amount_minor: int, valuation: Valuation | None) -> Figure:
    if valuation is None:
        return given.amount(amount_minor, "goodwill as agreed", "goodwill")
    return value_of(given, valuation)[-1]


# --- sharing ----------------------------------------------------------------------------------------------


def _before(given: Given, capital: Amounts) -> PerParty:
    return {
        party: given.amount(minor, f"capital of {party} before", f"{party}/before")
        for party, minor in sorted(capital.items())
    }


def shares_of(given: Given, ratio: Ratios, label: str) -> PerParty:
    """Each party's part of the whole, by a ratio."""
    parts = {party: given.parts(part, f"ratio of {party}") for party, part in sorted(ratio.items())}
    whole = add(list(parts.values()), "ratio of all", "", "", PARTS)
    return {
        party: derive(Op.QUOTIENT, (part, whole), f"{label} of {party}", "", unit=RATE) for party, part in parts.items()
    }


def _shared(given: Given, amount: Figure, ratio: Ratios, what: str, word: str) -> PerParty:
    """An amount by a ratio, in whole minor units."""
    exact = {
        party: multiply((amount, part), f"{what} for {party}, exactly", "")
        for party, part in shares_of(given, ratio, "share").items()
    }
    return _posted(given, exact, word)


def _posted(given: Given, exact: PerParty, word: str) -> PerParty:
    nothing = term(0, given.unit, "nothing", "")
    return apportioned(
        exact,
        dict.fromkeys(exact, nothing),
        Rounding(),
        lambda party: f"{word} of {party}'s capital",
        "",
        lambda party: f"{party}/{word}",
    )


def _nothing(parties: Iterable[str], unit: str) -> PerParty:
    return {
        party: Figure(Fraction(0), unit, f"change of {party}'s capital", "", Op.TERM, name=f"{party}/change")
        for party in parties
    }


def _closed(steps: tuple[Figure, ...], before: PerParty, change: PerParty) -> Change:
    """The change, with the capital after it where the capital before is known (that of a newcomer is nothing)."""
    after = {
        party: add(
            (before[party], figure) if party in before else (figure,),
            f"capital of {party} after", "", f"{party}/after",
        )
        for party, figure in sorted(change.items())
    }  # fmt: skip
    return Change(steps, dict(sorted(change.items())), before, after if before else {})
