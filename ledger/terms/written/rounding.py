"""How the clause `rounding` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ledger.terms.problems import did_you_mean
from ledger.terms.written.fields import Slug, Word, read_one, refuse
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
