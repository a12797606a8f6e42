"""Acme and JOT, and how little it takes to say what happened to them."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.book.events import Advance, Contribution, Cost, Fact, Liability, LiabilityPart, Result, Withdrawal
from ledger.settlement.statement import RowKind, Statement
from tests.settling import document
from tests.world import Book

HALVES: dict[str, Any] = {"shares": [{"split": {"acme": "50%", "jot": "50%"}}]}


def book(**clauses: Any) -> Book:
    """A book of Acme and JOT from January 2026 on, who share equally where nothing else is said."""
    two = {"acme": {"name": "Acme GmbH"}, "jot": {"name": "JOT Media S.L."}}
    return Book(document(**{"parties": two, **HALVES, **clauses}))


def terms(**clauses: Any) -> str:
    """The document of such a book, with other clauses."""
    two = {"acme": {"name": "Acme GmbH"}, "jot": {"name": "JOT Media S.L."}}
    return document(**{"parties": two, **HALVES, **clauses})


def day(text: str) -> date:
    """A day of 2026, as `03-15`."""
    return date.fromisoformat(f"2026-{text}")


def sales(minor: int, on: str, party: str = "acme", metric: str = "sales") -> Result:
    """A result that a party collected."""
    return Result(metric=metric, effective_on=day(on), amount_minor=minor, currency="EUR", collected_by=party)


def cost(minor: int, on: str, party: str = "jot", category: str = "media") -> Cost:
    """A cost that a party paid."""
    return Cost(category=category, effective_on=day(on), amount_minor=minor, currency="EUR", paid_by=party)


def owed(minor: int, on: str, category: str = "chargebacks") -> Liability:
    """A liability of the venture."""
    return Liability(category=category, effective_on=day(on), amount_minor=minor, currency="EUR")


def part(reference: str, minor: int, on: str, party: str | None = None) -> LiabilityPart:
    """A part of a liability that a party settled, or that is released."""
    return LiabilityPart(reference=reference, effective_on=day(on), amount_minor=minor, paid_by=party)


def stake(minor: int, on: str, party: str = "acme") -> Contribution:
    """Capital paid in."""
    return Contribution(party=party, effective_on=day(on), amount_minor=minor, currency="EUR")


def unstake(minor: int, on: str, party: str = "acme") -> Withdrawal:
    """Capital taken out."""
    return Withdrawal(party=party, effective_on=day(on), amount_minor=minor, currency="EUR")


def advance(minor: int, on: str, payer: str = "acme", payee: str = "jot") -> Advance:
    """Money paid ahead."""
    return Advance(paid_by=payer, paid_to=payee, effective_on=day(on), amount_minor=minor, currency="EUR")


def recorded(into: Book, **facts: Fact) -> Book:
    """A book after some facts were recorded under their references."""
    for reference, fact in facts.items():
        into.record(reference, fact)
    return into


def closing(made: Statement) -> dict[str, int]:
    """The balances that a statement closes with, in minor units."""
    return {account.party: account.closing.minor for account in made.accounts}


def rows(made: Statement, party: str, *, capital: bool = False) -> list[tuple[str, str, int]]:
    """The rows of an account: kind, clause, minor units; without the subtotal, which repeats."""
    accounts = {account.party: account for account in (made.capital if capital else made.accounts)}
    return [
        (row.kind.value, row.figure.clause, row.figure.minor)
        for row in accounts[party].rows
        if row.kind is not RowKind.SUBTOTAL
    ]


def adjusted(made: Statement) -> list[tuple[str, dict[str, int], list[str]]]:
    """What a statement adjusts: the period, the change per party, the references of the events that did it."""
    return [
        (each.period, {party: figure.minor for party, figure in each.net.items()}, [c.reference for c in each.causes])
        for each in made.adjustments
    ]
