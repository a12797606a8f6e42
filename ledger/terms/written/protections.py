"""How the clause `protections` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ledger.terms.problems import Problem
from ledger.terms.protections import AS_PROFITS, CARRIED_FORWARD, Cap, Losses
from ledger.terms.written.fields import Amount, Clause, Ratio, refuse, write_rates

_LOSSES_ALLOWED = f"write `{AS_PROFITS}`, `{CARRIED_FORWARD}`, or rates such as `{{acme: 75%, jot: 25%}}`"


class LossesField(fields.Field[Losses]):
    """`as profits`, `carried forward`, or rates per party that add up to the whole."""

    default_error_messages = {  # noqa: RUF012
        "required": Problem("is missing", _LOSSES_ALLOWED),
        "null": Problem("must not be empty", _LOSSES_ALLOWED),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Losses:
        if value == AS_PROFITS:
            return Losses(None)
        if value == CARRIED_FORWARD:
            return Losses(None, carried_forward=True)
        if isinstance(value, str) and " " in value:
            raise refuse(f"{value!r} does not say who bears losses", _LOSSES_ALLOWED)
        return Losses(Ratio().deserialize(value))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> Any:
        if value.rates is not None:
            return write_rates(value.rates)
        return CARRIED_FORWARD if value.carried_forward else AS_PROFITS


class CapSchema(Clause):
    """How a cap is written: `{at most: "9000.00", excess to: acme}`."""

    makes = Cap

    at_most = Amount(data_key="at most", required=True)
    excess_to = Ratio(data_key="excess to", required=True)
