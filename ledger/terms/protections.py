"""What guards a share: who bears a loss, and caps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec

from ledger.terms.context import PerParty
from ledger.terms.problems import Found, Problem
from ledger.terms.shares.step import Step, said_rates
from ledger.values.figures import RATE, Figure, multiply, positive, subtract, term
from ledger.values.money import Currency, format_money

# --- losses ---------------------------------------------------------------------------------------------


class Losses(msgspec.Struct, frozen=True):
    """Who bears a loss: parties by `rates`, the parties of the split as they share profits, or the next periods.

    `rates` is None both for `as profits` and for `carried forward`.
    """

    rates: Mapping[str, Fraction] | None
    carried_forward: bool = False


AS_PROFITS = "as profits"
CARRIED_FORWARD = "carried forward"


def losses_reading(losses: Losses) -> str:
    """Who bears losses, as a sentence."""
    if losses.carried_forward:
        return "A loss is carried forward: later pools make it good before anything is shared."
    if losses.rates is None:
        return "A loss is borne as profits are shared."
    return f"A loss is borne: {said_rates(losses.rates)}."


def losses_problems(losses: Losses, last: Step) -> Iterator[Found]:
    """Losses that are borne as profits are shared, where the last step shares them by no rates of its own."""
    if losses.rates is None and not losses.carried_forward and not last.bears:
        hint = "name who bears losses, such as `losses: {acme: 50%, jot: 50%}`"
        yield ("losses",), Problem("`as profits` needs a split as the last step", hint)


# --- caps --------------------------------------------------------------------------------


class Cap(msgspec.Struct, frozen=True):
    """At most `at_most` minor units in each period; the excess goes to others, by `excess_to`."""

    at_most: int
    excess_to: Mapping[str, Fraction]


def capped(
    shares: Mapping[str, Figure], caps: Mapping[str, Cap], unit: str, returned: Mapping[str, Figure]
) -> list[PerParty]:
    """What each cap moves from the capped party to others; the movements of one cap add up to nothing.

    Capital that is `returned` is no share of a profit: it comes on top of what a cap allows.
    """
    found = []
    for party, cap in caps.items():
        if party not in shares:
            continue
        clause = f"cap.{party}"
        allowed = [term(cap.at_most, unit, "at most", clause)]
        if party in returned:
            allowed.append(returned[party])
        excess = subtract((shares[party], *allowed), "over the cap", clause)
        found.append(moved(party, positive(excess, "excess over the cap", clause), cap.excess_to, "cap", -1))
    return found


def moved(party: str, amount: Figure, others: Mapping[str, Fraction], word: str, sign: int) -> PerParty:
    """An amount to a party (from it, where the sign is -1), and from the others by their rates: nothing in all."""
    if not amount.value:
        return {}
    clause, name = f"{word}.{party}", f"{word}.{party}"
    moved = {
        party: multiply((term(sign, RATE, "sign", clause), amount), f"{word} of {party}", clause, f"{party}/{name}")
    }
    for other, rate in others.items():
        part = term(-sign * rate, RATE, f"part of {other}", clause)
        moved[other] = multiply((part, amount), f"{word} of {party}, part of {other}", clause, f"{other}/{name}")
    return moved


def caps_problems(caps: Mapping[str, Cap]) -> Iterator[Found]:
    """Caps that cannot all be kept."""
    for party, cap in caps.items():
        for other in cap.excess_to:
            if other in caps:
                said = f"{other} cannot take {whose(party, other, 'excess', 'a cap')}"
                yield ("cap", party, "excess to"), Problem(said, "let somebody without a cap take it")


def parties_of_caps(caps: Mapping[str, Cap]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Who is capped, and who gets the excess, with their paths."""
    for party, cap in caps.items():
        yield ("cap", party), party
        yield from ((("cap", party, "excess to", name), name) for name in cap.excess_to)


def whose(party: str, other: str, what: str, had: str) -> str:
    """Whose duty it is that a party cannot have: its own, or that of another one like it."""
    return f"its own {what}" if party == other else f"{party}'s {what} and have {had} itself"


def caps_reading(caps: Mapping[str, Cap], currency: Currency) -> list[tuple[str, str]]:
    """Caps as sentences: (clause, sentence)."""
    said = []
    for party, cap in caps.items():
        rest = f"the excess goes to: {said_rates(cap.excess_to)}"
        most = format_money(cap.at_most, currency)
        said.append((f"cap.{party}", f"{party} gets at most {most} in each period; {rest}."))
    return said
