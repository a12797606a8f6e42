"""How the clause `pool` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from ledger.terms.numbers import PortionOf
from ledger.terms.pool import Pool, SharedCost
from ledger.terms.written.fields import Clause, Names, PortionOrAmount, Slug, Word, read_one, refuse


class _CapSchema(Clause):
    cap = PortionOrAmount(required=True)


class _Costs(fields.Field[tuple[SharedCost, ...]]):
    """`[media, tracking]`, or a mapping from category to `all` or `{cap: 30% of sales}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[SharedCost, ...]:
        if not isinstance(value, dict):
            return tuple(SharedCost(name) for name in Names().deserialize(value) or ())
        costs, errors = [], {}
        for category, how in value.items():
            try:
                costs.append(SharedCost(read_one(Slug(), category), self._cap(how)))
            except ValidationError as error:
                errors[category] = error.messages
        if errors:
            raise ValidationError(errors)
        return tuple(sorted(costs, key=lambda cost: cost.category))

    def _cap(self, how: Any) -> PortionOf | int | None:
        if how == "all":
            return None
        if isinstance(how, dict):
            loaded: PortionOf | int = _CapSchema().load(how)["cap"]
            return loaded
        raise refuse("must be `all` or a cap", "write `all`, or `{cap: 30% of sales}`, or `{cap: 500.00}`")

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, Any] | None:
        if not value:
            return None
        return {cost.category: "all" if cost.cap is None else _CapSchema().dump({"cap": cost.cap}) for cost in value}


class PoolSchema(Clause):
    """How a pool is written."""

    makes = Pool

    results = Names(required=True)
    costs = _Costs(data_key="less costs", load_default=())
    liabilities = Names(data_key="less liabilities", load_default=())
