"""The capital accounts: what was paid in, taken out, left in of shares, given back, changed among partners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

import msgspec
from msgspec.structs import replace

from ledger.book.movements import Kind
from ledger.settlement.leaves import capital_words
from ledger.terms.context import Inputs
from ledger.terms.retention import on_the_stake
from ledger.terms.shares.deal_capital import capital_in, paid_in_for, returned_as_one
from ledger.terms.stakes import Dated, Stakes
from ledger.values.figures import Figure, Op, add, cut, derive, lesser, multiply, negate, subtract

HELD = "capital.held"
PAID_IN = "capital.paid-in"
RETURNED = "capital.returned.exact"
RETURNED_LINE = "capital.returned"


class Brought(Protocol):
    """What the settlement of the period before handed on."""

    def figure(self, name: str, label: str) -> Figure | None: ...

    def names(self) -> Iterator[str]: ...


def stakes_of(inputs: Inputs, before: Brought, unit: str) -> Stakes:
    """The capital of every party in a period, from what was brought forward and what was recorded."""
    return Stakes(
        unit=unit,
        brought=_brought(before, HELD, "opening capital of {}"),
        paid_in=_dated(inputs, Kind.CONTRIBUTION),
        taken_out=_dated(inputs, Kind.WITHDRAWAL),
        contributed_before=_brought(before, PAID_IN, "capital contributed before of {}"),
        returned_before=_brought(before, RETURNED, "capital returned to {} before"),
        changed=_dated(inputs, Kind.CAPITAL_CHANGED),
    )


def _dated(inputs: Inputs, kind: Kind) -> dict[str, Dated]:
    """What moved on which day, whatever it was for."""
    found: dict[str, list[tuple[date, Figure]]] = {}
    for each, name, party in inputs.parts:
        if each == kind:
            found.setdefault(party, []).extend(inputs.dated(kind, name, party))
    return {party: tuple(sorted(moves, key=lambda move: move[0])) for party, moves in found.items()}


def _whole(inputs: Inputs, kind: Kind) -> dict[str, list[Figure]]:
    """What moved in the period, party by party."""
    found: dict[str, list[Figure]] = {}
    for (each, _), per_party in inputs.amounts.items():
        for party, figure in per_party.items() if each == kind else ():
            found.setdefault(party, []).append(figure)
    return found


def _brought(before: Brought, what: str, label: str) -> dict[str, Figure]:
    found = {}
    for name in before.names():
        party, _, rest = name.partition("/")
        if rest == what:
            figure = before.figure(name, label.format(party))
            assert figure is not None
            found[party] = figure
    return found


class Capital(msgspec.Struct, frozen=True):
    """What a period does to the capital accounts.

    `returned` is what its steps gave back, exactly (`by_deal`, or for all deals as one); `retained` what of the shares
    becomes capital, in whole units.
    """

    stakes: Stakes
    inputs: Inputs
    returned: Mapping[str, Figure]
    retained: Mapping[str, Figure]
    before: Brought
    unit: str
    by_deal: bool = False
    _made: dict[str, Figure] = msgspec.field(default_factory=dict)

    def lines(self) -> dict[str, tuple[Figure, ...]]:
        """The rows of each party's capital account, in whole minor units."""
        return {party: lines for party in self._parties() if (lines := tuple(self._lines(party)))}

    def forward(self, lines: Mapping[str, tuple[Figure, ...]]) -> Iterator[Figure]:
        """What the next period starts from; `lines` are those of `lines()`, so that each figure is made once."""
        for party in self._parties():
            parts = [*([self.stakes.brought[party]] if party in self.stakes.brought else []), *lines.get(party, ())]
            yield add(parts, f"capital of {party}", "", f"{party}/{HELD}", self.unit)
            before = self.stakes.contributed_before.get(party)
            paid_in = [
                *([before] if before is not None else []),
                *_whole(self.inputs, Kind.CONTRIBUTION).get(party, ()),
            ]
            yield add(paid_in, f"capital contributed by {party} so far", "", f"{party}/{PAID_IN}", self.unit)
            if (exact := self._returned_so_far(party)) is not None:
                yield exact
            for deal in self._deals(party):
                yield from self._in_deal(party, deal)

    def _deals(self, party: str) -> list[str]:
        """The deals for which a party ever paid in capital."""
        prefix = paid_in_for(party)
        known = {name.removeprefix(prefix) for name in self.before.names() if name.startswith(prefix)}
        now = {
            name for (kind, name), moved in self.inputs.amounts.items() if kind == Kind.CONTRIBUTION and party in moved
        }
        return sorted({*known, *now} - {""})

    def _in_deal(self, party: str, deal: str) -> Iterator[Figure]:
        """What was paid in for a deal, and what was given back of it where all deals are one: in proportion."""
        label = f"paid in for {deal} by {party}"
        now = self.inputs.of(Kind.CONTRIBUTION, deal).get(party)
        earlier = self.before.figure(paid_in_for(party, deal), f"{label} before")
        parts = [figure for figure in (earlier, now) if figure is not None]
        yield add(parts, f"{label} so far", "", paid_in_for(party, deal), self.unit)
        name, label = returned_as_one(party, deal), f"returned of {deal} to {party} for all deals as one"
        before = self.before.figure(name, label)
        moved = None if self.by_deal else self._part_of(party, deal, now)
        parts = [figure for figure in (before, moved) if figure is not None]
        if parts:
            yield add(parts, label, "shares", name)

    def _part_of(self, party: str, deal: str, now: Figure | None) -> Figure | None:
        """The part of a deal in what is given back to a party: that of its capital in what was not returned yet."""
        left = capital_in(deal, party, self.before.figure)
        parts = [figure for figure in (left, now) if figure is not None]
        given = self.returned.get(party)
        if given is None or not parts:
            return None
        there = add(parts, f"capital of {party} in {deal}", "")
        whole = self.stakes.contributed(party)
        if party in self.stakes.returned_before:
            whole = subtract((whole, self.stakes.returned_before[party]), f"capital of {party} not returned", "")
        if whole.value <= 0 or there.value <= 0:
            return None
        ratio = derive(Op.QUOTIENT, (there, whole), f"part of {deal}", "shares")
        return lesser(
            (multiply((given, ratio), f"returned of {deal}", "shares"), there), f"returned of {deal}", "shares"
        )

    def _parties(self) -> list[str]:
        return sorted({*self.stakes.parties(), *self.returned, *self.retained})

    def _lines(self, party: str) -> Iterator[Figure]:
        if paid_in := _whole(self.inputs, Kind.CONTRIBUTION).get(party):
            yield add(paid_in, "capital contributed", "", f"{party}/capital.contributed")
        if taken_out := _whole(self.inputs, Kind.WITHDRAWAL).get(party):
            whole = taken_out[0] if len(taken_out) == 1 else add(taken_out, "withdrawals", "")
            yield negate(whole, "capital withdrawn", "", f"{party}/capital.withdrawn")
        for (kind, name), changed in sorted(self.inputs.amounts.items()):
            if kind == Kind.CAPITAL_CHANGED and party in changed:
                yield add((changed[party],), capital_words(name), "", f"{party}/capital.{name}")
        if party in self.returned:
            yield self._given_back(party)
        if party in self.retained:
            yield on_the_stake(party, self.retained[party])

    def _returned_so_far(self, party: str) -> Figure | None:
        """All capital given back up to now: fractions of a minor unit wait until they make a whole one.

        It is cut here, and not only where it is carried on: this period and the next must round the same number.
        """
        earlier = self.before.figure(f"{party}/{RETURNED}", f"capital returned to {party} before")
        parts = [figure for figure in (earlier, self.returned.get(party)) if figure is not None]
        if parts and party not in self._made:
            whole = add(parts, f"capital returned to {party} so far", "shares")
            self._made[party] = replace(cut(whole, "shares"), name=f"{party}/{RETURNED}")
        return self._made.get(party)

    def _given_back(self, party: str) -> Figure:
        """Minus what is given back in this period: all so far in whole minor units, less all before."""
        total = self._returned_so_far(party)
        assert total is not None, "something is returned in this period"
        earlier = self.before.figure(f"{party}/{RETURNED}", f"capital returned to {party} before")
        now = derive(Op.ROUND, (total,), "returned so far, in whole minor units", "shares")
        parts = [now]
        if earlier is not None:
            parts.append(derive(Op.ROUND, (earlier,), "returned before, in whole minor units", "shares"))
        given = subtract(parts, "capital returned in this period", "shares")
        return negate(given, "capital returned", "shares", f"{party}/{RETURNED_LINE}")
