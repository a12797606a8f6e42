"""Which liabilities the pool bears where the parties began or ceased to share a category on the way.

A liability lessens the pool when it is recognised, so paying or releasing it concerns the pool only as far as the
pool has borne it. Of a category that not all versions of the terms share, what is settled and released counts up to
what the pool has borne and is not yet settled or released, by amounts and in each currency by itself; within a
period what is settled goes first. What goes beyond that the pool never bore: it is the payer's own affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from ledger.terms.context import MEMORY, Foreign, Inputs, PerParty
from ledger.terms.exchange import CLAUSE as EXCHANGE
from ledger.terms.exchange import Brought
from ledger.terms.pool import Pool
from ledger.values.apportionment import Rule, RuleName
from ledger.values.figures import Figure, Op, Rounding, add, apportioned, derive, lesser, multiply, subtract, term

RECOGNISED, SETTLED, RELEASED = KINDS = ("liability", "liability_settled", "liability_released")

_IN_PROPORTION = Rounding(Rule(RuleName.LARGEST_FRACTION))


class Borne(msgspec.Struct, frozen=True):
    """What the pool bears: it with all categories of which it bears something, and the inputs without the rest.

    `changing` are the categories that only some versions of the terms share; `forward` is handed on.
    """

    pool: Pool
    inputs: Inputs
    changing: frozenset[str] = frozenset()
    forward: tuple[Figure, ...] = ()


def changing(pools: Iterable[Pool]) -> frozenset[str]:
    """The categories of liabilities that some of the pools share and others do not."""
    shared = [frozenset(pool.liabilities) for pool in pools]
    return frozenset().union(*shared) - shared[0].intersection(*shared)


def borne(pool: Pool, categories: frozenset[str], inputs: Inputs, memory: Sequence[str], brought: Brought) -> Borne:
    """What a period's pool bears, of what the period before handed on (`memory` are the names of that)."""
    if not categories:
        return Borne(pool, inputs)
    amounts, foreign = dict(inputs.amounts), dict(inputs.foreign)
    bearing, forward = set(pool.liabilities), []
    for category in sorted(categories):
        made = _Category(category, category in pool.liabilities, inputs, brought, tuple(memory))
        made.cut()
        for kind in KINDS:
            amounts.pop((kind, category), None)
            for party in inputs.of(kind, category):
                foreign.pop((kind, category, party), None)
        amounts |= made.amounts
        foreign |= made.foreign
        forward += made.forward
        if made.bears:
            bearing.add(category)
    left = replace(inputs, amounts=amounts, foreign=foreign)
    return Borne(replace(pool, liabilities=tuple(sorted(bearing))), left, categories, tuple(forward))


class _Item(msgspec.Struct, frozen=True):
    """An amount in one currency, and what it counts in the agreement's: the same where that is the currency."""

    kind: str
    party: str
    currency: str
    amount: Figure
    converted: Figure
    reporter: str = ""


class _Category(msgspec.Struct):
    """What the pool bears of one category in one period."""

    name: str
    shared: bool
    inputs: Inputs
    brought: Brought
    memory: tuple[str, ...]
    bears: bool = False
    amounts: dict[tuple[str, str], PerParty] = msgspec.field(default_factory=dict)
    foreign: dict[tuple[str, str, str], tuple[Foreign, ...]] = msgspec.field(default_factory=dict)
    forward: list[Figure] = msgspec.field(default_factory=list)

    @property
    def _clause(self) -> str:
        return f"pool.liabilities.{self.name}"

    @property
    def _own(self) -> str:
        return self.inputs.currency.code

    def cut(self) -> None:
        """Finds what counts of each currency, and puts it together."""
        items = [item for kind in KINDS for item in self._items(kind)]
        kept: list[_Item] = []
        for code in sorted({*self._remembered(), *(item.currency for item in items)}):
            kept += self._of_currency(code, [item for item in items if item.currency == code])
        for kind in KINDS:
            for party, leaf in self.inputs.of(kind, self.name).items():
                self._put(kind, party, leaf, [item for item in kept if (item.kind, item.party) == (kind, party)])

    def _remembered(self) -> set[str]:
        codes = {name.split(".")[1] for name in self.memory if name.startswith(f"{MEMORY}/{EXCHANGE}.")}
        return {code for code in codes | {self._own} if self._name(code) in self.memory}

    def _name(self, code: str) -> str:
        """Where is kept what is borne: the exchange of a foreign currency remembers it in any case."""
        name = f"pool/liabilities.{self.name}.borne"
        return name if code == self._own else f"{MEMORY}/{EXCHANGE}.{code}.owed.{self.name}"

    def _items(self, kind: str) -> Iterable[_Item]:
        for party, leaf in self.inputs.of(kind, self.name).items():
            others = self.inputs.foreign.get((kind, self.name, party), ())
            own = leaf
            if others:
                converted = [each.converted for each in others]
                own = subtract((leaf, *converted), f"{leaf.label} in {self._own}", self._clause)
            if own.value:
                yield _Item(kind, party, self._own, own, own)
            for each in others:
                yield _Item(kind, party, each.currency, each.amount, each.converted, each.reporter)

    def _of_currency(self, code: str, items: list[_Item]) -> list[_Item]:
        """What counts of the items of one currency."""
        said = self.name if code == self._own else f"{self.name} in {code}"
        before = self.brought(self._name(code), f"{self.name} owed in {code} before")
        before = before or term(0, code, "nothing before", self._clause)
        self.bears = self.bears or before.value != 0
        come = [item for item in items if item.kind == RECOGNISED and self.shared]
        parts = [before, *(item.amount for item in come)]
        left = add(parts, f"{said} that the pool bears, before what is settled", self._clause)
        kept = list(come)
        for kind in (SETTLED, RELEASED):
            counted, left = self._within(left, [item for item in items if item.kind == kind], said)
            kept += counted
        if code == self._own and (before.value or left.value):
            self.forward.append(add((left,), f"{said} that the pool bears", self._clause, self._name(code)))
        return kept

    def _within(self, limit: Figure, items: list[_Item], said: str) -> tuple[list[_Item], Figure]:
        """The items as far as the pool bears them, each the same part of it, and what it bears after them."""
        if not items:
            return [], limit
        items = sorted(items, key=lambda item: item.party)
        kind = items[0].kind.removeprefix("liability_")
        asked = add([item.amount for item in items], f"{said} {kind}", self._clause)
        used = lesser((limit, asked), f"{said} {kind}, as far as the pool bears it", self._clause)
        after = subtract((limit, used), f"{said} that the pool bears, after what is {kind}", self._clause)
        if used.value == asked.value:
            return items, after
        return (self._parts(items, used, asked) if used.value else []), after

    def _parts(self, items: list[_Item], used: Figure, asked: Figure) -> list[_Item]:
        part = derive(Op.QUOTIENT, (used, asked), "part that the pool bears", self._clause)
        exact = {
            f"{number:06}": multiply((item.amount, part), f"{item.amount.label}, the part that the pool bears", "")
            for number, item in enumerate(items)
        }
        nothing = {key: term(0, items[0].currency, "nothing carried", self._clause) for key in exact}
        whole = apportioned(
            exact, nothing, _IN_PROPORTION,
            lambda key: f"{items[int(key)].amount.label}, as far as the pool bears it", self._clause, lambda _: "",
        )  # fmt: skip
        found = []
        for key, amount in whole.items():
            item = items[int(key)]
            worth = amount if item.currency == self._own else self._worth(item, amount)
            found.append(replace(item, amount=amount, converted=worth))
        return found

    def _worth(self, item: _Item, amount: Figure) -> Figure:
        part = derive(Op.QUOTIENT, (amount, item.amount), "part that the pool bears", self._clause)
        exact = multiply((item.converted, part), "what that part counts", self._clause)
        return derive(Op.ROUND, (exact,), f"{amount.label}, in {self._own}", self._clause)

    def _put(self, kind: str, party: str, leaf: Figure, items: list[_Item]) -> None:
        """A party's figure of a kind: the leaf itself where the pool bears all of it, nothing where it bears none."""
        if not items:
            return
        others = tuple(
            Foreign(item.currency, item.amount, item.converted, item.reporter)
            for item in items
            if item.currency != self._own
        )
        whole = leaf
        if sum(item.converted.value for item in items) != leaf.value:
            name = ".".join(each for each in (f"pool/liabilities.{self.name}", kind, party) if each)
            said = f"{leaf.label}, as far as the pool bears it"
            whole = add([item.converted for item in items], said, self._clause, name)
        self.amounts.setdefault((kind, self.name), {})[party] = whole
        if others:
            self.foreign[kind, self.name, party] = others
