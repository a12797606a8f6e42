"""Who gets the minor units that are left when exact shares are rounded down: the remainder rule of the terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from marshmallow import fields

from ledger.terms.fields import Found, Problem, Slug, Word, did_you_mean, read_one, refuse
from ledger.values.apportionment import RULES_OF_TERMS, Rule, RuleName
from ledger.values.figures import Rounding

_ORDERED = (RuleName.FIRST, RuleName.LAST, RuleName.LARGEST_FRACTION, RuleName.LARGEST_RATIO, RuleName.MONEYPHP)


class RoundingField(fields.Field[Rounding]):
    """`carried`, another rule by name, `{to: acme}`, or a rule with an order such as `{first: [acme, jot]}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Rounding:
        if isinstance(value, str):
            return Rounding(Rule(_name(value, [rule for rule in RULES_OF_TERMS if rule is not RuleName.TO])))
        if not isinstance(value, dict) or len(value) != 1:
            hint = "write its name, or `{to: acme}`, or a rule with an order such as `{first: [acme, jot]}`"
            raise refuse("must be a rule", hint)
        [(word, content)] = value.items()
        name = _name(word, [RuleName.TO, *_ORDERED])
        if name is RuleName.TO:
            return Rounding(Rule(name, read_one(Slug(), content)))
        if not isinstance(content, list):
            raise refuse("must be followed by the parties in order", f"write `{word}: [acme, jot]`")
        return Rounding(Rule(name), tuple(read_one(Slug(), party) for party in content))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:
        word = value.rule.name.value.replace("_", " ")
        if value.rule.party:
            return {word: value.rule.party}
        return {word: list(value.order)} if value.order else word


def _name(word: str, allowed: list[RuleName]) -> RuleName:
    words = {rule.value.replace("_", " "): rule for rule in allowed}
    if word.replace("_", " ") not in words:
        raise refuse(f"{word!r} is not a remainder rule", did_you_mean(word, words))
    return words[word.replace("_", " ")]


def rounding_problems(rounding: Rounding, parties: Collection[str]) -> Iterator[Found]:
    """An order that leaves out a party, or names one twice."""
    order = rounding.order
    if order and (len(order) != len(set(order)) or not set(parties) <= set(order)):
        hint = f"the parties are {', '.join(parties)}"
        yield ("rounding",), Problem("the order must name every party, once", hint)


def rounding_parties(rounding: Rounding) -> Iterator[tuple[tuple[str, ...], str]]:
    """The parties that the rule names, with their paths."""
    for party in (*rounding.order, *((rounding.rule.party,) if rounding.rule.party else ())):
        yield ("rounding",), party


def rounding_reading(rounding: Rounding) -> str:
    """The rule as a sentence."""
    match rounding.rule.name:
        case RuleName.CARRIED:
            return "Shares are rounded down; the units left over go to whom rounding owes most so far."
        case RuleName.TO:
            return f"Shares are rounded down; the units left over go to {rounding.rule.party}."
        case name:
            order = f", in the order {', '.join(rounding.order)}" if rounding.order else ""
            return f"Shares are rounded by the rule `{name.value.replace('_', ' ')}`{order}."
