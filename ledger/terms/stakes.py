"""What the parties have put into the venture: their capital, day by day, before a period's own shares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from ledger.values.figures import Figure, Op, add, derive, negate, subtract, term

Dated = tuple[tuple[date, Figure], ...]
"""Amounts with the days to which they belong."""


class Stakes(msgspec.Struct, frozen=True):
    """The capital of each party in one period, in whole minor units of `unit`.

    `brought` is each party's capital at the beginning of the period, `paid_in` and `taken_out` what it put in and took
    out on which day (both above zero), `contributed_before` all that it had paid in before, `changed` what else
    changed it on which day (an admission, a revaluation; of either sign), `returned_before` all that was given back to
    it, exactly. What changes on a day counts from that day on. Capital that the period's own steps give back, or add,
    is not in it.
    """

    unit: str
    brought: Mapping[str, Figure]
    paid_in: Mapping[str, Dated]
    taken_out: Mapping[str, Dated]
    contributed_before: Mapping[str, Figure]
    changed: Mapping[str, Dated] = msgspec.field(default_factory=dict)
    returned_before: Mapping[str, Figure] = msgspec.field(default_factory=dict)

    def parties(self) -> list[str]:
        """Every party that has, or had, capital."""
        return sorted({*self.brought, *self.paid_in, *self.taken_out, *self.contributed_before, *self.changed})

    def opening(self, party: str) -> Figure:
        """The capital at the beginning of the period."""
        return self.brought.get(party) or term(0, self.unit, f"no capital of {party} brought forward", "")

    def unreturned(self, party: str) -> Figure:
        """The capital at the beginning, exactly: accounts show whole minor units of what was given back."""
        opening, returned = self.opening(party), self.returned_before.get(party)
        if returned is None or returned.value.denominator == 1:
            return opening
        shown = derive(Op.ROUND, (returned,), "returned so far, in whole minor units", "")
        paid_in = add((opening, shown), f"capital of {party} before any was returned", "")
        return subtract((paid_in, returned), f"capital of {party}, exactly", "")

    def moves(self, party: str) -> list[tuple[date, Figure]]:
        """What changes the capital within the period, in the order of days; a withdrawal is below zero."""
        out = [(day, negate(figure, figure.label, "")) for day, figure in self.taken_out.get(party, ())]
        return sorted([*self.paid_in.get(party, ()), *out, *self.changed.get(party, ())], key=lambda move: move[0])

    def at(self, party: str, day: date) -> Figure:
        """The capital on a day: what was brought forward, and all that has moved up to it, the day itself included."""
        parts = [self.opening(party), *(figure for moved, figure in self.moves(party) if moved <= day)]
        return add(parts, f"capital of {party} on {day}", "", "", self.unit)

    def closing(self, party: str) -> Figure:
        """The capital at the end of the period, before its shares."""
        parts = [self.opening(party), *(figure for _, figure in self.moves(party))]
        return add(parts, f"capital of {party} at the end", "", "", self.unit)

    def contributed(self, party: str) -> Figure:
        """All that the party has paid in up to the end of the period, whatever it took out or got back."""
        before = self.contributed_before.get(party)
        parts = [*([before] if before is not None else []), *(figure for _, figure in self.paid_in.get(party, ()))]
        return add(parts, f"capital contributed by {party} so far", "", "", self.unit)
