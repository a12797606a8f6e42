"""Advances: accounts of money paid ahead, which are recouped out of later shares.

A recoupable advance is no debt. What is not recouped yet is a balance of its own, beside the current accounts; it gets
smaller only as shares are earned. Accounts recoup in the order in which they are written, so the canonical form keeps
it: as a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import msgspec

from ledger.terms.out_of import out_of_problems, said_out_of
from ledger.terms.problems import Found, Problem
from ledger.terms.shares.step import Step
from ledger.values.money import format_rate


class AdvanceAccount(msgspec.Struct, frozen=True):
    """What `payer` pays ahead to `payee`, recouped at `rate` of what the payee gets by the steps `out_of` (of all of
    its share, where it names none).
    """

    payer: str
    payee: str
    rate: Fraction
    out_of: tuple[str, ...] = ()


def problems(accounts: Mapping[str, AdvanceAccount], steps: Sequence[Step]) -> Iterator[Found]:
    """Accounts that nothing can be paid into, or out of."""
    for place, (name, account) in enumerate(accounts.items()):
        if account.payer == account.payee:
            said = f"{account.payer} cannot pay an advance to itself"
            yield ("advances", place, name, "to"), Problem(said, "name the two parties")
        for path, problem in out_of_problems(account.out_of, account.payee, steps):
            yield ("advances", place, name, *path), problem


def named_parties(accounts: Mapping[str, AdvanceAccount]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The parties of the accounts, with their paths."""
    for place, (name, account) in enumerate(accounts.items()):
        yield ("advances", place, name, "from"), account.payer
        yield ("advances", place, name, "to"), account.payee


def reading(accounts: Mapping[str, AdvanceAccount]) -> list[tuple[str, str]]:
    """The accounts as sentences: (clause, sentence), in the order in which they recoup."""
    said = []
    for name, account in accounts.items():
        part = said_out_of(account.out_of, account.payee)
        sentence = f"What {account.payer} advances to {account.payee} on {name} is recouped, and is no debt: "
        said.append((f"advances.{name}", f"{sentence}{format_rate(account.rate)} of {part} goes to {account.payer}."))
    return said
