"""Histories played: each step of `tests.strategies` becomes a command on a book, and a line of a log.

The log is what `tests.auditor` reads: the steps that the book accepted, each with the seq of its last event, and
nothing that the ledger made of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from ledger.book.events import (
    Advance,
    Contribution,
    Cost,
    Event,
    Fact,
    Liability,
    LiabilityPart,
    Result,
    Withdrawal,
)
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.values.errors import Refused
from ledger.values.periods import Period
from tests.strategies import Document, History, Step

Done = list[Event]


class Book(Protocol):
    """Where a history is played: `tests.world.Book`, or a ledger with a store."""

    @property
    def head(self) -> int: ...
    @property
    def facts(self) -> Facts: ...
    def next_period(self) -> Period: ...
    def amend(self, text: str, effective_on: date) -> Done: ...
    def terminate(self, effective_on: date) -> Done: ...
    def record(self, reference: str, fact: Fact, party: str) -> Done: ...
    def correct(self, reference: str, fact: Fact) -> Done: ...
    def void(self, reference: str, part: str | None) -> Done: ...
    def confirm(self, reference: str, party: str) -> Done: ...
    def reject(self, reference: str, party: str) -> Done: ...
    def settle(self, reference: str, part: LiabilityPart) -> Done: ...
    def release(self, reference: str, part: LiabilityPart) -> Done: ...
    def close(self) -> Statement: ...
    def wait(self, days: int) -> None: ...
    def pay(self, payer: str, payee: str, amount_minor: int, day: date) -> Done: ...
    def reverse(self, name: str, day: date) -> Done: ...
    def dispute(self, party: str, effect_minor: dict[str, int]) -> Done: ...


@dataclass
class Played:
    """A book after a history: what was accepted, and the statement of every close as it was issued."""

    book: Book
    history: History
    log: list[Step] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)


def play(history: History, open_book: Callable[[str], Book]) -> Played:
    """Play a history on a new book; steps that the book refuses are left out."""
    played = Played(open_book(json.dumps(history.document)), history)
    for step in history.steps:
        try:
            done = _do(step, played)
        except Refused:
            continue
        if done:
            played.log.append({**done, "seq": played.book.head})
    return played


def _do(step: Step, played: Played) -> Step | None:
    """The step as it came about; None where it changed nothing."""
    book, unit = played.book, played.history.document["currency"]
    match step["do"]:
        case "record":
            who = _reporter(step, played)
            return {**step, "by": who} if book.record(step["ref"], fact_of(step, unit), who) else None
        case "correct":
            return step if book.correct(step["ref"], fact_of(step, unit)) else None
        case "void":
            return step if book.void(step["ref"], step["part"]) else None
        case "confirm":
            return step if book.confirm(step["ref"], step["party"]) else None
        case "reject":
            return step if book.reject(step["ref"], step["party"]) else None
        case "settle":
            return step if book.settle(step["ref"], _part(step)) else None
        case "release":
            return step if book.release(step["ref"], _part(step)) else None
        case "pay":
            return step if book.pay(step["party"], step["to"], step["amount"], _day(step)) else None
        case "reverse":
            return _reversed(step, played)
        case "dispute":
            book.dispute(step["party"], {step["party"]: step["effect"]})
            return None
        case "amend":
            return _amended(step, played)
        case "terminate":
            return step if book.terminate(_day(step)) else None
        case "wait":
            book.wait(step["days"])
            return step
        case "close":
            period = book.next_period()
            played.statements.append(book.close())
            return {**step, "period": period.key}
        case other:
            raise AssertionError(f"{other!r} is no step of a history")


def _reversed(step: Step, played: Played) -> Step | None:
    payouts = played.book.facts.payouts()
    if step["nth"] >= len(payouts):
        return None
    order = payouts[step["nth"]].order
    assert order is not None
    done = played.book.reverse(payouts[step["nth"]].payout_id, _day(step))
    return {**step, "party": order.payer, "to": order.payee, "amount": order.amount_minor} if done else None


def _amended(step: Step, played: Played) -> Step | None:
    """An amendment from the nth period on: one that is closed already as well as one that is not."""
    period = played.book.facts.knowledge().first_period
    first = date.fromisoformat(played.history.document["periods"]["from"])
    for _ in range(step["nth"]):
        period = period.next()
    effective_on = max(first, period.first)
    done = played.book.amend(json.dumps(step["terms"]), effective_on)
    return {**step, "from": effective_on.isoformat()} if done else None


def _reporter(step: Step, played: Played) -> str:
    """Who may record it: the party that it is about, or the one that reports the metric."""
    document: Document = played.history.document
    reporters = [party for party, who in document["parties"].items() if step["name"] in who.get("reports", [])]
    if step.get("by") in (reporters or document["parties"]):
        return str(step["by"])
    return str(step["party"] if not reporters and step["party"] else min(reporters or document["parties"]))


def fact_of(step: Step, unit: str) -> Fact:
    """The content of an entry, as the ledger takes it."""
    day, minor = _day(step), step["amount"]
    money: dict[str, Any] = {"effective_on": day, "amount_minor": minor, "currency": unit}
    match step["kind"]:
        case "result" if step["quantity"]:
            return Result(metric=step["name"], effective_on=day, quantity_micro=step["quantity"])
        case "result":
            return Result(metric=step["name"], collected_by=step["party"], **money)
        case "cost":
            return Cost(category=step["name"], paid_by=step["party"], **money)
        case "liability":
            return Liability(category=step["name"], **money)
        case "contribution":
            return Contribution(party=step["party"], deal=step.get("deal") or None, **money)
        case "withdrawal":
            return Withdrawal(party=step["party"], **money)
        case _:
            return Advance(paid_by=step["party"], paid_to=step["to"], account=step["name"] or None, **money)


def _part(step: Step) -> LiabilityPart:
    return LiabilityPart(
        reference=step["part"], effective_on=_day(step), amount_minor=step["amount"], paid_by=step["party"] or None
    )


def _day(step: Step) -> date:
    return date.fromisoformat(step["day"])
