"""How the clause `guarantees` is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_dump, validates_schema

from ledger.terms.context import Over
from ledger.terms.guarantees import Guarantee
from ledger.terms.problems import Problem
from ledger.terms.written.fields import Amount, Clause, OneOf, Ratio, Word, read_one, refuse
from ledger.values.errors import Rejected
from ledger.values.periods import parse_period


class Instalments(fields.Field[dict[str, int]]):
    """Amounts by the period in which they are due: `{2026-01: "10000", 2026-04: "10000"}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, int]:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping of periods to amounts", 'write `{2026-01: "10000"}`')
        found: dict[str, int] = {}
        errors: dict[str, Any] = {}
        for key, amount in value.items():
            try:
                found[parse_period(key).key] = read_one(Amount(), amount)
            except Rejected as error:
                errors[key] = [Problem(error.message, error.hint)]
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return dict(sorted(found.items()))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, str] | None:
        return {key: Amount().write(minor) for key, minor in sorted(value.items())} if value else None


class GuaranteeSchema(Clause):
    """How a guarantee is written: `{at least: "5000.00", over: year, borne by: acme}`."""

    makes = Guarantee

    at_least = Amount(data_key="at least")
    over = OneOf(Over)
    instalments = Instalments()
    borne_by = Ratio(data_key="borne by", required=True)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_amount(self, _data: Any, original: Any, **_: Any) -> None:
        if not isinstance(original, Mapping):
            return
        said = original.keys()
        if "at least" not in said and "instalments" not in said:
            hint = 'write `at least: "5000.00"`, or `instalments: {2026-01: "10000"}`'
            raise ValidationError({"at least": [Problem("is missing", hint)]})
        if "at least" in said and "instalments" in said:
            raise ValidationError({"instalments": [Problem("cannot stand beside `at least`", "keep one of them")]})
        if "over" in said and "instalments" in said:
            problem = Problem("says when the amount is asked for, which instalments do themselves", "leave it out")
            raise ValidationError({"over": [problem]})

    @post_dump
    def _leave_out_what_holds_anyway(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {word: value for word, value in data.items() if (word, value) != ("over", Over.PERIOD.value)}
