"""The sealed account of one period, for all parties alike.

A statement of period P, closed at cut-off c, stands on two folds of the book: under what is known at c, and
under what was known at the cut-off before. For the periods before P, the difference between the two is the
adjustment that late entries, corrections, voids and retroactive terms make; it is posted here, and what was
issued earlier stays as it was. By induction a party's closing balance is the sum of all that is now known.

Opening balance + every row + rounding = closing balance, for every party, by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

import msgspec

from ledger.settlement import sides
from ledger.settlement.knowledge import Change, Knowledge, new_versions
from ledger.settlement.rates import Missing
from ledger.settlement.settle import Settlement, fold
from ledger.settlement.sides import Side
from ledger.terms.context import PerParty
from ledger.terms.document import Terms
from ledger.values.figures import Figure, Op, add, derive, subtract, term
from ledger.values.periods import Period

#: What stands for the period of an adjustment that only moves units of rounding.
ROUNDING = "rounding"

#: The address of what the shares so far have added to the stakes.
RETAINED = "venture/retained"


class RowKind(StrEnum):
    """How a row counts: opening and closing frame the account, lines and adjustments add up, subtotals repeat."""

    OPENING = "opening"
    LINE = "line"
    SUBTOTAL = "subtotal"
    ADJUSTMENT = "adjustment"
    CLOSING = "closing"


class Row(msgspec.Struct, frozen=True):
    """One row of a statement. All its figures are whole minor units."""

    kind: RowKind
    figure: Figure


class Account(msgspec.Struct, frozen=True):
    """An account of one party: its rows from opening to closing. `name` is that of an account of advances."""

    party: str
    rows: tuple[Row, ...]
    name: str = ""

    @property
    def opening(self) -> Figure:
        """What the venture owed the party before."""
        return self.rows[0].figure

    @property
    def closing(self) -> Figure:
        """What the venture owes the party now (negative: what it owes the venture)."""
        return self.rows[-1].figure


class Adjustment(msgspec.Struct, frozen=True):
    """What later knowledge changes in a period that was closed, and the events that did it.

    Where `causes` is empty the change follows from an earlier adjusted period: a loss carried forward, or a
    band counted over the year. Units of rounding that move between parties in later periods, because the
    shortfall they carried is another, are one adjustment with `rounding` for its period.
    """

    period: str
    net: PerParty
    causes: tuple[Change, ...]


class Statement(msgspec.Struct, frozen=True):
    """The account of one period. `sealed` tells whether the period was closed at this cut-off.

    `stopped` says what keeps the period from being closed.
    `liabilities` is what the venture owes outsiders, `loss` what later pools must make good, `retained` what of all
    shares so far has become capital (None where no terms ever said so); with the parties' current accounts and
    `reserves` they add up to nothing. `advances` are what is not recouped yet, which nobody owes. `missing` are the
    rates of exchange without which neither this period nor those before it can be closed.
    """

    agreement: str
    title: str
    period: Period
    known_at: int
    sealed: bool
    settlement: Settlement
    accounts: tuple[Account, ...]
    capital: tuple[Account, ...]
    reserves: tuple[Account, ...]
    advances: tuple[Account, ...]
    adjustments: tuple[Adjustment, ...]
    liabilities: Figure
    loss: Figure
    retained: Figure | None = None
    stopped: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def id(self) -> str:
        """How the statement's figures are addressed; without a state of knowledge once it is sealed."""
        return statement_id(self.agreement, self.period, None if self.sealed else self.known_at)

    @property
    def terms(self) -> Terms:
        """The terms that govern the period."""
        return self.settlement.terms

    def account(self, party: str) -> Account:
        """The current account of a party. Raises `KeyError` for a party without one."""
        return {account.party: account for account in self.accounts}[party]

    def roots(self) -> Iterator[Figure]:
        """The figures that everything else of the statement hangs from, in reading order."""
        yield from self.settlement.pool.lines
        yield self.settlement.available
        for line in self.settlement.shared.lines:
            yield from line.values()
        for account in (*self.accounts, *self.capital, *self.reserves, *self.advances):
            yield from (row.figure for row in account.rows)
        for adjustment in self.adjustments:
            yield from adjustment.net.values()
        yield self.liabilities
        yield self.loss
        if self.retained is not None:
            yield self.retained
        yield from self.settlement.net.values()
        yield from self.settlement.forward.values()
        yield from (line for compared in self.settlement.compared for line in compared.lines)


def statement_id(agreement: str, period: Period | str, known_at: int | None) -> str:
    """The address of a statement: `acme-jot/2026-10` once sealed, `acme-jot/2026-10@1200` as known at a seq."""
    return f"{agreement}/{period}" if known_at is None else f"{agreement}/{period}@{known_at}"


def statement(
    period: Period,
    now: Knowledge,
    before: Knowledge | None,
    changes: tuple[Change, ...] = (),
    *,
    sealed: bool = False,
) -> Statement:
    """The statement of a period under what is known `now`.

    `before` is what was known when the period before was closed; None where this period is not the one that
    follows the last close (or nothing was closed yet): then earlier periods are taken as known now, and there
    is nothing to adjust. `changes` are the events between the two that touched earlier periods.
    """
    folded = fold(now, period)
    earlier, current = folded[:-1], folded[-1]
    issued = fold(before, earlier[-1].period, (now, earlier)) if before is not None and earlier else earlier
    adjustments = _adjustments(issued, earlier, changes, before, now) if before is not None else ()
    draft = None if before is not None else now.known_at
    frame = _Frame(current, issued, adjustments, draft)
    unit = current.terms.currency
    return Statement(
        agreement=now.agreement,
        title=current.terms.title,
        period=period,
        known_at=now.known_at,
        sealed=sealed,
        settlement=current,
        accounts=tuple(_current_account(party, frame) for party in _parties(folded, issued)),
        capital=tuple(_side_account(side, frame, earlier) for side in sides.stakes(folded, issued)),
        reserves=tuple(_side_account(side, frame, earlier) for side in sides.reserves(folded, issued)),
        advances=tuple(_side_account(side, frame, earlier) for side in sides.advances(folded, issued)),
        adjustments=adjustments,
        liabilities=_running(earlier, current, "liabilities outstanding", "venture/liabilities", unit),
        loss=current.loss,
        retained=_retained(earlier, current, unit),
        stopped=tuple(f"{each.period}: {why}" for each in folded for found in each.compared if (why := found.stopped)),
        missing=tuple({str(each): each for settled in folded for each in settled.missing}.values()),
    )


class _Frame(msgspec.Struct, frozen=True):
    """What the accounts of a statement are built from; `draft` is the seq when earlier periods are not issued."""

    current: Settlement
    issued: tuple[Settlement, ...]
    adjustments: tuple[Adjustment, ...]
    draft: int | None

    def opening(self, name: str, value: Fraction | None, label: str, own: str) -> Figure:
        """The closing balance of the statement before, or nothing where it has no such account (None)."""
        unit = self.current.terms.currency
        if value is None:
            return Figure(Fraction(0), unit, label, "", Op.TERM, name=own)
        source = f"{statement_id(self.current.agreement, self.issued[-1].period, self.draft)}/{name}"
        return Figure(value, unit, label, "", Op.CARRIED, name=own, reference=source)


def _current_account(party: str, frame: _Frame) -> Account:
    changes = [settled.net[party].value for settled in frame.issued if party in settled.net]
    balance = sum(changes, Fraction(0)) if changes else None
    rows = [Row(RowKind.OPENING, frame.opening(f"{party}/closing", balance, "opening balance", f"{party}/opening"))]
    share = frame.current.shares.get(party)
    if share is not None:
        rows += [Row(RowKind.LINE, figure) for figure in _share_lines(party, share, frame.current)]
        rows.append(Row(RowKind.SUBTOTAL, share))
    rows += [Row(RowKind.LINE, figure) for figure in frame.current.accounts.get(party, ()) if figure is not share]
    for adjustment in frame.adjustments:
        if party in adjustment.net:
            rows.append(Row(RowKind.ADJUSTMENT, adjustment.net[party]))
    return Account(party, (*rows, Row(RowKind.CLOSING, _closing(party, rows, frame))))


def _closing(party: str, rows: list[Row], frame: _Frame) -> Figure:
    """Opening balance, the change that the period makes, and adjustments: so it follows from the posted share.

    The lines of the share, in whole minor units, only show how it came about; with their rounding they are the share.
    """
    change = [frame.current.net[party]] if party in frame.current.net else []
    adjustments = [row.figure for row in rows if row.kind is RowKind.ADJUSTMENT]
    return add([rows[0].figure, *change, *adjustments], "closing balance", "", f"{party}/closing")


def _share_lines(party: str, share: Figure, settled: Settlement) -> Iterator[Figure]:
    """The parts of a party's share in whole minor units, and a row of rounding, so that the rows add up."""
    parts = [line[party] for line in settled.shared.lines if party in line]
    shown = [part if part.value.denominator == 1 else _rounded(part) for part in parts]
    yield from shown
    if sum((part.value for part in shown), Fraction(0)) != share.value:
        yield subtract((share, *shown), "rounding", "rounding", f"{party}/rounding")


def _rounded(figure: Figure) -> Figure:
    return derive(Op.ROUND, (figure,), figure.label, figure.clause, f"{figure.name}.rounded")


def _side_account(side: Side, frame: _Frame, earlier: tuple[Settlement, ...]) -> Account:
    """From opening to closing; what later knowledge changes in earlier periods is one row."""
    unit, own = frame.current.terms.currency, side.own
    opening = frame.opening(f"{own}.closing", side.balance(frame.issued), side.opening, f"{own}.opening")
    rows = [Row(RowKind.OPENING, opening)]
    rows += [Row(RowKind.LINE, line) for line in side.lines(frame.current)]
    known, label = side.balance(earlier), f"{side.opening.removeprefix('opening ')} as now known"
    if opening.value != (known or 0):
        source = f"{earlier[-1].id}/{own}.closing"
        now = term(0, unit, label, "")
        if known is not None:
            now = Figure(known, unit, label, "", Op.CARRIED, reference=source)
        rows.append(Row(RowKind.ADJUSTMENT, subtract((now, opening), side.late, "", f"{own}.adjustment")))
    closing = add([row.figure for row in rows], side.closing, "", f"{own}.closing")
    return Account(side.party, (*rows, Row(RowKind.CLOSING, closing)), side.name)


def _adjustments(
    issued: tuple[Settlement, ...],
    restated: tuple[Settlement, ...],
    changes: tuple[Change, ...],
    before: Knowledge,
    now: Knowledge,
) -> tuple[Adjustment, ...]:
    """The periods that later knowledge changes, oldest first; units of rounding that moved come last, as one."""
    found, moved = [], []
    for old, new in zip(issued, restated, strict=True):
        causes = (
            *_new_terms(before, now, new.period),
            *(change for change in changes if change.period == new.period.key),
            *_new_rates(before, old, new),
        )
        net = _changed(old, new)
        if not causes and net and _only_rounding(old, new):
            moved.append(net)
        elif net or causes:
            found.append(Adjustment(new.period.key, net, causes))
    return (*found, *_rounding_moved(moved))


def _changed(old: Settlement, new: Settlement) -> PerParty:
    return {
        party: _difference(party, old, new)
        for party in sorted({*old.net, *new.net})
        if _value(old.net, party) != _value(new.net, party)
    }


def _only_rounding(old: Settlement, new: Settlement) -> bool:
    """Whether the exact entitlements and all else are the same, and only the carried shortfall went elsewhere."""

    def exact(settled: Settlement) -> dict[str, Fraction]:
        parties = {*settled.net, *settled.shared.entitlements}
        return {
            party: _value(settled.net, party)
            - _value(settled.shares, party)
            + _value(settled.shared.entitlements, party)
            for party in parties
        }

    return exact(old) == exact(new)


def _rounding_moved(moved: list[PerParty]) -> Iterator[Adjustment]:
    """Units of rounding that an earlier adjustment moved between parties in periods that are otherwise unchanged."""
    net = {}
    for party in sorted({party for each in moved for party in each}):
        parts = [each[party] for each in moved if party in each]
        total = add(parts, "rounding of periods after an adjusted one", "rounding", f"{party}/adjustment.{ROUNDING}")
        if total.value:
            net[party] = total
    if net:
        yield Adjustment(ROUNDING, net, ())


def _value(figures: Mapping[str, Figure], party: str) -> Fraction:
    return figures[party].value if party in figures else Fraction(0)


def _difference(party: str, old: Settlement, new: Settlement) -> Figure:
    period, unit = new.period, new.terms.currency

    def known(settled: Settlement) -> Figure:
        label = f"{period} as known at {settled.known_at}"
        if party not in settled.net:
            return term(0, unit, label, "")
        return Figure(settled.net[party].value, unit, label, "", Op.CARRIED, reference=f"{settled.id}/{party}/net")

    return subtract((known(new), known(old)), f"adjustment of {period}", "", f"{party}/adjustment.{period}")


def _new_terms(before: Knowledge, now: Knowledge, period: Period) -> Iterator[Change]:
    for version in new_versions(before, now):
        if version.effective_on <= period.last:
            yield Change(
                version.since_seq, "AmendmentAccepted", "agreement", period.key, version.effective_on, "",
                f"new terms {version.terms.digest[:12]} from {version.effective_on}",
            )  # fmt: skip


def _new_rates(before: Knowledge, old: Settlement, new: Settlement) -> Iterator[Change]:
    """The rates that count now, were recorded since, and did not count then."""
    for each in new.rates:
        if each.seq > before.known_at and each not in old.rates:
            key = new.period.key
            yield Change(each.seq, "RateFixed", f"rate/{each.currency}", key, each.day, each.actor, each.reason)


def _parties(*folds: tuple[Settlement, ...]) -> list[str]:
    return sorted({party for folded in folds for settled in folded for party in settled.accounts})


def _running(earlier: tuple[Settlement, ...], current: Settlement, label: str, name: str, unit: str) -> Figure:
    """What the venture owes outsiders at the end of the period."""
    start = sum((settled.pool.outstanding.value for settled in earlier), Fraction(0))
    parts = [current.pool.outstanding]
    if earlier:
        source = f"{earlier[-1].id}/{name}"
        parts.insert(0, Figure(start, unit, f"{label} before", "", Op.CARRIED, reference=source))
    return add(parts, label, "pool.liabilities", name, unit)


def _retained(earlier: tuple[Settlement, ...], current: Settlement, unit: str) -> Figure | None:
    """What of all shares up to the end of the period has become capital; it is nobody's to be paid out."""
    kept = [figure.value for each in earlier for figure in each.retained.values()]
    if not kept and not current.retained:
        return None
    parts = list(current.retained.values())
    if kept:
        source = f"{earlier[-1].id}/{RETAINED}"
        parts.insert(0, Figure(sum(kept, Fraction(0)), unit, "retained before", "", Op.CARRIED, reference=source))
    return add(parts, "retained as capital", "retain", RETAINED, unit)
