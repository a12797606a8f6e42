"""Reserves: a part of a share that is held back for later reversals, and released some periods later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import msgspec

from ledger.terms.advances import AdvanceAccount
from ledger.terms.out_of import out_of_problems, said_out_of
from ledger.terms.problems import Found, Problem
from ledger.terms.shares.step import Step
from ledger.values.money import format_rate


class Reserve(msgspec.Struct, frozen=True):
    """`rate` of what a party gets by the steps `out_of` (of all of its share, where it names none) is held back.

    What is held in a period is released `release_after` periods later. Each step has a reserve of its own.
    """

    rate: Fraction
    release_after: int
    out_of: tuple[str, ...] = ()


def said_after(periods: int) -> str:
    """So many periods, in words."""
    return f"{periods} period{'' if periods == 1 else 's'}"


def problems(
    reserves: Mapping[str, Reserve],
    accounts: Mapping[str, AdvanceAccount],
    retain: Mapping[str, Fraction],
    steps: Sequence[Step],
) -> Iterator[Found]:
    """Reserves of nothing, those that leave open what an advance is recouped out of, and shares used twice."""
    for party, reserve in reserves.items():
        for path, problem in out_of_problems(reserve.out_of, party, steps):
            yield ("reserve", party, *path), problem
        named = [name for name, account in accounts.items() if account.payee == party and account.out_of]
        if named and not reserve.out_of:
            said = f"is held of all of {party}'s share, but {named[0]} is recouped out of some steps only"
            yield ("reserve", party), Problem(said, "say of which steps it is held: `out of: [...]`")
    recouped = {account.payee: f"recouped for {name}" for name, account in accounts.items()}
    for party in retain:
        how = "held in reserve" if party in reserves else recouped.get(party)
        if how is not None:
            said = f"the share of {party} cannot become capital and be {how}"
            yield ("retain", party), Problem(said, "keep one of them")


def reading(reserves: Mapping[str, Reserve]) -> list[tuple[str, str]]:
    """Reserves as sentences: (clause, sentence)."""
    return [
        (
            f"reserve.{party}",
            f"{format_rate(reserve.rate)} of {said_out_of(reserve.out_of, party)} is held back; it covers what is "
            f"reversed later, and the rest is released {said_after(reserve.release_after)} later.",
        )
        for party, reserve in reserves.items()
    ]
