"""How the clause `exchange` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from ledger.terms.exchange import Differences, Exchange, RateRule
from ledger.terms.problems import Problem
from ledger.terms.written.fields import Clause, OneOf, Word, refuse
from ledger.values.errors import Rejected
from ledger.values.money import currency


class ExchangeSchema(Clause):
    """How the exchange of one currency is written: `{rate: on the day, differences: shared}`."""

    makes = Exchange

    rate = OneOf(RateRule, required=True)
    differences = OneOf(Differences, required=True)


_WRITE = "write `{USD: {rate: on the day, differences: shared}}`"


class ExchangeField(fields.Field[dict[str, Exchange]]):
    """A mapping from foreign currencies to how each is exchanged."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Exchange]:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping from currencies to how they are exchanged", _WRITE)
        found: dict[str, Exchange] = {}
        errors: dict[str, Any] = {}
        for code, how in value.items():
            try:
                found[currency(code).code] = ExchangeSchema().load(how)
            except Rejected as error:
                errors[code] = [Problem(error.message, error.hint)]
            except ValidationError as error:
                errors[code] = error.messages
        if errors:
            raise ValidationError(errors)
        return dict(sorted(found.items()))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, Any] | None:
        return {code: ExchangeSchema().dump(how) for code, how in sorted(value.items())} if value else None
