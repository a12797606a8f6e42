"""How the step `bands` is written."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from marshmallow import ValidationError, fields

from ledger.terms.context import Over
from ledger.terms.shares.bands import Bands, Mode
from ledger.terms.written.fields import (
    Clause,
    Level,
    OneOf,
    PerName,
    Price,
    Slug,
    Word,
    read_one,
    read_rates,
    refuse,
    write_rates,
)


class _BandRates(fields.Field[tuple[tuple[Fraction, Mapping[str, Fraction]], ...]]):
    """`{0: {jot: 30%}, 500000: {jot: 35%}}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping from where each band begins to its rates", "write `0: {jot: 30%}`")
        priced = isinstance(data, Mapping) and "each" in data and "of" not in data
        found, errors = {}, {}
        for level, rates in value.items():
            try:
                lower = read_one(Level(), level)
                found[lower] = PerName(Price()).deserialize(rates) if priced else read_rates(rates)
                if lower < 0:
                    raise refuse("a band cannot begin below 0", "the first begins at 0 and goes on below")
            except ValidationError as error:
                errors[level] = error.messages
        if not errors and len(found) != len(value):
            raise refuse("two bands begin at the same level", "keep one of them")
        if errors:
            raise ValidationError(errors)
        return tuple(sorted(found.items()))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, dict[str, str]]:
        write = (
            write_rates if obj.each is None else lambda rates: {p: Price().write(v) for p, v in sorted(rates.items())}
        )
        return {Level().write(lower): write(rates) for lower, rates in value}


class BandsSchema(Clause):
    """How bands are written."""

    makes = Bands

    of = Slug(load_default=None)
    each = Slug(load_default=None)
    over = OneOf(Over, required=True)
    mode = OneOf(Mode, required=True)
    rates = _BandRates(required=True)
