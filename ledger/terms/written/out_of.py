"""How the clause `out of` is written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ledger.terms.written.fields import Names, Rate, refuse
from ledger.values.errors import Rejected


class OutOf(Names):
    """A list of names of steps; their order does not matter."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[str, ...]:
        names: tuple[str, ...] = super()._deserialize(value, attr, data)
        if not names:
            raise refuse("names no step", "leave `out of` out for all of a share")
        return names

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[str] | None:
        return list(value) if value else None


class PartRate(Rate):
    """A rate that takes something, and no more than there is."""

    def parse(self, text: str) -> Fraction:
        rate = super().parse(text)
        if not 0 < rate <= 1:
            raise Rejected(f"{text!r} is not a part of a share", "write a rate above 0%, up to 100%")
        return rate
