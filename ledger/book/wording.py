"""Facts in words: how messages, tables and differences name what an entry says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ledger.book.events import Advance, Contribution, Conversion, Cost, Fact, Liability, Result, Withdrawal
from ledger.book.partner_facts import Admission, CapitalFact, RatioChange, Retirement, Revaluation
from ledger.book.rules import kind_of, money
from ledger.values.money import format_quantity


def name_of(fact: Fact) -> str:
    """What a fact is of: the metric of a result, the category of a cost, the account of an advance, else nothing."""
    match fact:
        case Result():
            return fact.metric
        case Cost() | Liability():
            return fact.category
        case Contribution():
            return fact.deal or ""
        case Advance():
            return fact.account or ""
        case Withdrawal() | Conversion() | Admission() | Retirement() | RatioChange() | Revaluation():
            return ""
        case _:
            assert_never(fact)


def words(fact: Fact) -> dict[str, str]:
    """The content of a fact by the words that people type: `{"metric": "sales", "amount": "12.50 EUR", ...}`."""
    said = {}
    match fact:
        case Result():
            said["metric"] = fact.metric
        case Cost() | Liability():
            said["category"] = fact.category
        case Contribution() | Withdrawal() | Conversion() | Admission() | Retirement():
            said["party"] = fact.party
        case Advance() | RatioChange() | Revaluation():
            pass
        case _:
            assert_never(fact)
    if fact.amount_minor is not None and fact.currency is not None:
        said["amount"] = money(fact.amount_minor, fact.currency)
    if isinstance(fact, Result) and fact.quantity_micro is not None:
        said["quantity"] = format_quantity(fact.quantity_micro)
    if isinstance(fact, Conversion):
        said["for"] = money(fact.proceeds_minor, fact.into)
    said["on"] = fact.effective_on.isoformat()
    match fact:
        case Contribution():
            said |= {"deal": fact.deal} if fact.deal is not None else {}
        case Result():
            said |= {"collected by": fact.collected_by} if fact.collected_by is not None else {}
        case Cost():
            said["paid by"] = fact.paid_by
        case Advance():
            said |= {"paid by": fact.paid_by, "paid to": fact.paid_to}
            said |= {"account": fact.account} if fact.account is not None else {}
        case Admission() | Retirement() | RatioChange() | Revaluation():
            said |= _agreed(fact)
        case _:
            pass
    return said


def _agreed(fact: CapitalFact) -> dict[str, str]:
    """What was agreed of a change of capital, and what follows for each party."""
    said: dict[str, str] = {}
    match fact:
        case Admission():
            said |= {"interest": fact.interest, "method": fact.method}
        case Retirement():
            said["method"] = fact.method
        case RatioChange():
            said |= {"old": _by(fact.old), "new": _by(fact.new)}
        case Revaluation():
            said["assets"] = " ".join(each.name for each in fact.assets)
        case _:
            assert_never(fact)
    if not isinstance(fact, RatioChange):
        said["ratio"] = _by(fact.ratio)
    return said | {"capital of": " ".join(f"{p} {_signed(m, fact)}" for p, m in sorted(fact.change_minor.items()))}


def _by(ratio: Mapping[str, str]) -> str:
    return " ".join(f"{party} {part}" for party, part in sorted(ratio.items()))


def _signed(minor: int, fact: CapitalFact) -> str:
    return f"{'+' if minor > 0 else ''}{money(minor, fact.currency).partition(' ')[0]}"


def sentence(fact: Fact) -> str:
    """A fact in a line: `result sales, 1234.50 EUR, quantity 3, on 2026-10-03, collected by acme`."""
    said = words(fact)
    parts = [
        " ".join(
            (
                kind_of(fact).replace("_", " "),
                said.pop("metric", "") or said.pop("category", "") or said.pop("party", ""),
            )
        ).strip()
    ]
    parts += [value if word == "amount" else f"{word} {value}" for word, value in said.items()]
    return ", ".join(parts)


def differences(before: Fact, after: Fact) -> list[tuple[str, str, str]]:
    """Which words of two facts differ: (word, before, after); empty where one does not have it."""
    old, new = {"kind": kind_of(before), **words(before)}, {"kind": kind_of(after), **words(after)}
    return [(word, old.get(word, ""), new.get(word, "")) for word in {**old, **new} if old.get(word) != new.get(word)]


def contrast(there: Fact, here: Fact) -> str:
    """How content on record differs from new content: `amount 12.50 EUR there, 13.00 EUR here`."""
    return ", ".join(
        f"{word} {old or 'nothing'} there, {new or 'nothing'} here" for word, old, new in differences(there, here)
    )
