"""How one rule of a mapping makes an entry out of a row's cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

import msgspec

from cli.imports.cells import Compiler, Units
from cli.imports.findings import BadValue
from cli.imports.mapping import Kind, Rule
from cli.imports.tables import Cells
from ledger.book.events import Advance, Contribution, Cost, Fact, Liability, Result, Withdrawal


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A fact to record, and where it came from.

    `line` is where its row begins in the file; `source` is the file's SHA-256 and that line; `original`
    is what the file says where a number was rounded.
    """

    line: int
    reference: str
    fact: Fact
    note: str | None
    original: str | None
    source: str


Amounts = tuple[int | None, int | None, str | None]
"""Minor units, millionths of a quantity, and the text before rounding."""

_MakeFact = Callable[[Cells, int, int | None], Fact]

#: These have no opposite: an amount below zero says nothing.
_POSITIVE = (Kind.LIABILITY, Kind.CONTRIBUTION, Kind.WITHDRAWAL, Kind.ADVANCE)


class Maker:
    """One rule, ready for the rows of one file. `zeros` counts the rows that `skip zero` passed over."""

    def __init__(self, rule: Rule, compiler: Compiler, digest: str) -> None:
        self.zeros = 0
        self._source = f"{digest}:"
        self._only = compiler.condition(rule.only) if rule.only else None
        self._skip = compiler.condition(rule.skip) if rule.skip else None
        self._amounts = _amounts(rule, compiler)
        self._reference = compiler.reference(rule.reference)
        self._note = compiler.note(rule.note)
        self._fact = _facts(rule, compiler)
        self._values: list[Callable[[Cells], object]] = [self._reference, *_values(rule, compiler), self._note]

    def make(self, line: int, cells: Cells) -> Entry | None:
        """The entry of a row; None when the rule is not for it, or has nothing to record."""
        if (self._only is not None and not self._only(cells)) or (self._skip is not None and self._skip(cells)):
            return None
        amounts = self._amounts(cells)
        if amounts is None:
            self.zeros += 1
            return None
        minor, micro, original = amounts
        return Entry(
            line,
            self._reference(cells),
            self._fact(cells, minor or 0, micro),
            self._note(cells),
            original,
            f"{self._source}{line}",
        )

    def problems(self, line: int, cells: Cells) -> Iterator[BadValue]:
        """Everything that keeps a row from being an entry, one value after the other."""
        try:
            self.make(line, cells)
        except BadValue:
            for value in (self._amounts, *self._values):
                try:
                    value(cells)
                except BadValue as bad:
                    yield bad


def _values(rule: Rule, compiler: Compiler) -> Iterator[Callable[[Cells], object]]:
    """The functions of a rule's names and date, each by itself."""
    yield compiler.day(rule.on)
    yield compiler.name(rule.name)
    for name in (rule.by, rule.deal, rule.account):
        if name is not None:
            yield compiler.name(name)


def _facts(rule: Rule, compiler: Compiler) -> _MakeFact:
    """The function that makes the fact out of cells, minor units and millionths."""
    name, day = compiler.name(rule.name), compiler.day(rule.on)
    by = compiler.name(rule.by or "")
    code = compiler.currency(rule.currency or "")
    match rule.kind:
        case Kind.RESULT if rule.amount is None:
            return lambda cells, _, micro: Result(metric=name(cells), effective_on=day(cells), quantity_micro=micro)
        case Kind.RESULT:
            return lambda cells, minor, micro: Result(
                metric=name(cells), effective_on=day(cells), amount_minor=minor, currency=code(cells),
                collected_by=by(cells), quantity_micro=micro,
            )  # fmt: skip
        case Kind.COST:
            return lambda cells, minor, _: Cost(
                category=name(cells), effective_on=day(cells), amount_minor=minor, currency=code(cells),
                paid_by=by(cells),
            )  # fmt: skip
        case Kind.LIABILITY:
            return lambda cells, minor, _: Liability(
                category=name(cells), effective_on=day(cells), amount_minor=minor, currency=code(cells)
            )
        case Kind.CONTRIBUTION:
            deal = compiler.name(rule.deal) if rule.deal is not None else lambda _: None
            return lambda cells, minor, _: Contribution(
                party=name(cells), effective_on=day(cells), amount_minor=minor, currency=code(cells), deal=deal(cells)
            )
        case Kind.WITHDRAWAL:
            return lambda cells, minor, _: Withdrawal(
                party=name(cells), effective_on=day(cells), amount_minor=minor, currency=code(cells)
            )
        case Kind.ADVANCE:
            account = compiler.name(rule.account) if rule.account is not None else None
            return lambda cells, minor, _: Advance(
                paid_by=by(cells), paid_to=name(cells), effective_on=day(cells), amount_minor=minor,
                currency=code(cells), account=None if account is None else account(cells),
            )  # fmt: skip
        case _:
            assert_never(rule.kind)


def _amounts(rule: Rule, compiler: Compiler) -> Callable[[Cells], Amounts | None]:
    """The numbers of an entry, with their sign; None for a zero that may be skipped."""
    amount = compiler.amount(rule.amount, rule.currency) if rule.amount and rule.currency else None
    quantity = compiler.quantity(rule.quantity) if rule.quantity else None
    turned = rule.negate if isinstance(rule.negate, bool) else compiler.condition(rule.negate)
    what = " and ".join(total.text for total in (rule.amount, rule.quantity) if total is not None)
    positive, skip_zero = rule.kind in _POSITIVE, rule.skip_zero

    def read(cells: Cells) -> Amounts | None:
        minor, rounded = amount(cells) if amount is not None else _NOTHING
        micro, rounded_quantity = quantity(cells) if quantity is not None else _NOTHING
        if not minor and not micro:
            if skip_zero:
                return None
            raise BadValue("is zero: there is nothing to record", _SKIP_ZERO, column=what)
        if turned is True or (turned is not False and turned(cells)):
            minor, micro = -minor, -micro
        if positive and minor < 0:
            raise BadValue(f"is below zero, which a {rule.kind} cannot be", _NEGATE, column=what)
        if rounded_quantity is not None:
            rounded = f"{rounded}; quantity {rounded_quantity}" if rounded else f"quantity {rounded_quantity}"
        return minor, micro if quantity is not None else None, rounded

    return read


_NOTHING: Units = (0, None)
_SKIP_ZERO = "to leave such rows out, write `skip zero: true` in the entry"
_NEGATE = "to turn the sign, write `negate: true`; to leave such rows out, use `skip where`"
