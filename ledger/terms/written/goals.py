"""How the clause `goals` is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from marshmallow import ValidationError, fields

from ledger.terms.goals import Of, Span, Target
from ledger.terms.problems import did_you_mean
from ledger.terms.written.fields import Amount, Clause, Level, Word, refuse
from ledger.values.errors import Rejected


class _Number(Level):
    """A number above zero, with up to nine decimals."""

    def parse(self, text: str) -> Fraction:
        number = Fraction(super().parse(text))
        if number <= 0:
            raise Rejected(f"{text!r} is no goal", "goals are above zero")
        return number


class _AmountAboveZero(Amount):
    def parse(self, text: str) -> int:
        minor = super().parse(text)
        if not minor:
            raise Rejected(f"{text!r} is no goal", "goals are above zero")
        return minor


class _SaidSchema(Clause):
    amount = _AmountAboveZero()
    quantity = _Number()


class SpansField(fields.Field[dict[Span, Target]]):
    """`{month: 4000}`, or with what the number is of: `{year: {amount: "1200000.00"}}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[Span, Target]:
        if not isinstance(value, dict) or not value:
            raise refuse("must say in which time it is to be reached", "write `{month: 4000}`")
        found: dict[Span, Target] = {}
        errors: dict[str, Any] = {}
        for word, target in value.items():
            try:
                found[_span(word)] = self._target(target)
            except ValidationError as error:
                errors[word] = error.messages
        if errors:
            raise ValidationError(errors)
        return dict(sorted(found.items(), key=lambda item: list(Span).index(item[0])))

    def _target(self, value: Any) -> Target:
        if not isinstance(value, dict):
            return Target(_Number().deserialize(value))
        said = _SaidSchema().load(value)
        if len(said) != 1:
            raise refuse(
                "must be one number", "write a number, or `{amount: ...}` for money, or `{quantity: ...}` for units"
            )
        if "amount" in said:
            return Target(Fraction(value["amount"]), Of.AMOUNT)
        return Target(said["quantity"], Of.QUANTITY)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:
        if value is None:
            return None
        return {span.value: _written(target) for span, target in value.items()}


def _span(word: str) -> Span:
    try:
        return Span(word)
    except ValueError:
        raise refuse(f"{word!r} is no span of time", did_you_mean(word, list(Span))) from None


def _written(target: Target) -> Any:
    number = _Number().write(target.number)
    return number if target.of is None else {target.of.value: number}
