"""What makes sense of a change among partners: whatever cannot be worked out is refused, with the reason.

The parties' own yes is another matter: see `ledger.book.entry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from ledger.book.partner_facts import CAPITAL_FACTS, Admission, CapitalFact, RatioChange, Retirement, Revaluation
from ledger.book.partnership import Given, change_of, ratios, value_of, with_change
from ledger.values.errors import Refused


def concerned(fact: object) -> frozenset[str]:
    """The parties that have to say yes: those whose capital it is about; nobody for any other kind of fact."""
    return frozenset(fact.change_minor) if isinstance(fact, CAPITAL_FACTS) else frozenset()


def worked_out(fact: CapitalFact) -> CapitalFact:
    """The fact, saying of the change what follows from the rest of it. Refused where nothing can follow."""
    _check_agreed(fact)
    return with_change(fact)


def check_content(fact: CapitalFact) -> None:
    """What was agreed can be worked out, and what the fact says of the change is what follows from it."""
    _check_agreed(fact)
    if change_of(fact).minor() != dict(sorted(fact.change_minor.items())):
        raise Refused(
            "the change of capital is not what follows from what was agreed",
            "leave it to pactbook to work it out: pactbook partner --help",
        )


def _check_agreed(fact: CapitalFact) -> None:
    if not isinstance(fact, Revaluation) and fact.amount_minor < 0:
        raise Refused("the amount is negative", "give what is paid, or the goodwill, as zero or more")
    match fact:
        case Admission():
            _check_admission(fact)
        case Retirement():
            _check_retirement(fact)
        case RatioChange():
            _check_ratio_change(fact)
        case Revaluation():
            _check_revaluation(fact)
        case _:
            assert_never(fact)


def _check_admission(fact: Admission) -> None:
    if fact.party in fact.capital_minor:
        raise Refused(
            f"{fact.party} has capital already, so it cannot be admitted", "record a contribution, or a change of ratio"
        )
    if not 0 < Fraction(fact.interest) < 1:
        raise Refused(
            f"the interest of {fact.party} is {fact.interest}", "give a part of the whole, such as 1/3 or 25%"
        )
    _check_same(fact.capital_minor, fact.ratio)
    _check_ratio(fact.ratio, "the old partners")
    if fact.method == "goodwill" and not fact.amount_minor:
        raise Refused(f"nothing is paid in by {fact.party}, so there is no goodwill to see", "use the method bonus")


def _check_retirement(fact: Retirement) -> None:
    if fact.party not in fact.capital_minor:
        raise Refused(f"the capital of {fact.party}, who leaves, is not given", "give the capital of every partner")
    _check_same(fact.capital_minor, fact.ratio)
    _check_ratio({party: part for party, part in fact.ratio.items() if party != fact.party}, "the partners who stay")
    if fact.method == "goodwill" and fact.amount_minor <= fact.capital_minor[fact.party]:
        raise Refused(
            f"{fact.party} is not paid more than its capital, so there is no goodwill to record", "use the method bonus"
        )
    if fact.method == "goodwill" and not Fraction(fact.ratio[fact.party]):
        raise Refused(f"{fact.party} has no part of the profits, so none of a goodwill", "use the method bonus")


def _check_ratio_change(fact: RatioChange) -> None:
    _check_ratio(fact.old, "the partners before")
    _check_ratio(fact.new, "the partners after")
    valuation = fact.valuation
    if valuation is None:
        return
    if not valuation.profits_minor:
        raise Refused("the goodwill is valued by no profits", "give the profit of at least one year")
    if (valuation.capital_minor is None) != (valuation.rate is None):
        raise Refused("the normal profit needs both a capital and a rate", "give both, or none of them")
    goodwill = value_of(Given(fact.currency), valuation)[-1].minor
    if goodwill < 0:
        raise Refused("there is no goodwill: the profits are not above normal", "leave the goodwill out")
    if goodwill != fact.amount_minor:
        raise Refused("the goodwill is not what its valuation says", "leave it to pactbook to work it out")


def _check_revaluation(fact: Revaluation) -> None:
    names = [each.name for each in fact.assets]
    if not names or len(set(names)) < len(names):
        raise Refused("nothing is revalued, or an asset twice", "name each asset once")
    _check_ratio(fact.ratio, "the partners")


def _check_same(capital_minor: Mapping[str, int], ratio: Mapping[str, str]) -> None:
    if capital_minor.keys() != ratio.keys():
        odd = ", ".join(sorted(capital_minor.keys() ^ ratio.keys()))
        raise Refused(
            f"either capital or ratio is missing of {odd}", "give both of every partner, 0 where there is none"
        )


def _check_ratio(ratio: Mapping[str, str], whose: str) -> None:
    if not sum(ratios(ratio).values()):
        raise Refused(f"the ratio of {whose} has no part above zero", "give each partner its part, such as 3 or 30%")
