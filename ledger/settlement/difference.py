"""What changed between two statements of a period, and what of it each event did.

What a book knew at an event is all that came before it. So the statement is made anew behind every event that can
change it: what each step adds, it owes to the event of that step, and all steps together are the whole difference,
without a remainder. Where there are very many events, the steps are kinds of entries instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Change, Facts, Knowledge, Total, new_versions
from ledger.settlement.statement import Statement, statement
from ledger.values.figures import Figure
from ledger.values.periods import Period

EACH = 200  #: up to so many causes each is a step of its own
ROUNDED = ".rounded"


class Cause(msgspec.Struct, frozen=True):
    """What changed figures: an event, several of one entry in a row, or (`count`) all of a kind; or an input.

    `what` is the type of the (last) event, the kind of entries, or `input` and `terms` between two periods.
    """

    what: str
    reference: str
    first_seq: int = 0
    last_seq: int = 0
    count: int = 1
    effective_on: date | None = None
    actor: str = ""
    reason: str = ""


Effect = tuple[Cause, Fraction]


class Changed(msgspec.Struct, frozen=True):
    """A figure of two statements, and what made the difference: the effects add up to it.

    `section` is the part of the statement that it stands in, `key` its address there, for both statements.
    """

    section: str
    key: str
    then: Figure | None
    now: Figure | None
    effects: tuple[Effect, ...]

    @property
    def shown(self) -> Figure:
        """The figure of the later statement, or of the one that has it."""
        found = self.now or self.then
        assert found is not None
        return found

    @property
    def difference(self) -> Fraction:
        """By how much the figure is more now."""
        return value_of(self.now) - value_of(self.then)


def value_of(figure: Figure | None) -> Fraction:
    """The value of a figure; nothing where there is none."""
    return Fraction(0) if figure is None else figure.value


Lines = dict[str, tuple[str, Figure]]


def lines_of(made: Statement) -> Lines:
    """The figures that a statement shows in its rows, by their address, with the section that each stands in."""
    found: Lines = {}

    def put(section: str, figures: Iterable[Figure]) -> None:
        for figure in figures:
            found.setdefault(figure.name.removesuffix(ROUNDED), (section, figure))

    put("pool", (*made.settlement.pool.lines, made.settlement.available))
    accounts = ("current", made.accounts), ("capital", made.capital), ("reserve", made.reserves)
    for section, each in (*accounts, ("advance", made.advances)):
        put(section, (row.figure for account in each for row in account.rows))
    put("venture", (made.liabilities, made.loss, *(() if made.retained is None else (made.retained,))))
    return found


def between(facts: Facts, then: Statement, now: Statement, each: int = EACH) -> list[Changed]:
    """Every row of two statements of one period, the second of which knows more, with what each event did."""
    causes = causes_of(facts, then.known_at, now.known_at, now.period.last)
    steps = _events(facts, causes, now.period) if len(causes) <= each else _kinds(facts, causes, then, now)
    told: dict[str, list[Effect]] = {}
    before = _values(lines_of(then))
    for cause, made in _until(now, steps):
        after = _values(lines_of(made))
        for key in before.keys() | after.keys():
            effect = after.get(key, Fraction(0)) - before.get(key, Fraction(0))
            if effect:
                told.setdefault(key, []).append((cause, effect))
        before = after
    return pair(then, now, {key: tuple(effects) for key, effects in told.items()})


def backwards(rows: Iterable[Changed]) -> list[Changed]:
    """The same, from the later statement to the earlier one."""
    return [
        Changed(row.section, row.key, row.now, row.then, tuple((cause, -effect) for cause, effect in row.effects))
        for row in rows
    ]


def pair(then: Statement, now: Statement, told: Mapping[str, tuple[Effect, ...]]) -> list[Changed]:
    """The rows of both statements in the order of the later one; one that only the earlier has stands where it did."""
    old, new = lines_of(then), lines_of(now)
    keys = list(new)
    behind = 0
    for key in old:
        if key not in new:
            keys.insert(behind, key)
        behind = keys.index(key) + 1
    return [
        Changed(
            (new.get(key) or old[key])[0],
            key,
            old[key][1] if key in old else None,
            new[key][1] if key in new else None,
            told.get(key, ()),
        )
        for key in keys
    ]


def _values(lines: Lines) -> dict[str, Fraction]:
    return {key: figure.value for key, (_, figure) in lines.items()}


# --- event by event ---------------------------------------------------------------------------------------


def causes_of(facts: Facts, after: int, upto: int, last: date) -> list[Cause]:
    """What can have changed a statement that ends on a day, of the events in (after, upto]; in order.

    Events of one entry that follow each other are one cause.
    """
    following = last + timedelta(days=1) if last < date.max else last
    known = facts.knowledge(upto)
    found = [
        *(_event(change) for change in facts.changes(after, upto, following)),
        *(_event(change) for change in facts.decided(after, upto) if change.effective_on <= last),
        *(
            Cause("AmendmentAccepted", "agreement", version.since_seq, version.since_seq, 1, version.effective_on,
                  reason=f"new terms {version.terms.digest[:12]} from {version.effective_on}")
            for version in known.versions
            if after < version.since_seq <= upto
        ),
        *(
            Cause("PeriodClosed", closing.period.key, closing.seq, closing.seq)
            for closing in facts.closings()
            if after < closing.seq <= upto
        ),
    ]  # fmt: skip
    by_seq = {cause.first_seq: cause for cause in reversed(found)}
    return list(_in_a_row(by_seq[seq] for seq in sorted(by_seq)))


def _event(change: Change) -> Cause:
    return Cause(
        change.event, change.reference, change.seq, change.seq, 1, change.effective_on, change.actor, change.reason
    )


def _in_a_row(causes: Iterable[Cause]) -> Iterator[Cause]:
    """Causes with the same reference, one behind the other, as one."""
    held: Cause | None = None
    for cause in causes:
        if held is not None and held.reference == cause.reference:
            held = replace(cause, first_seq=held.first_seq, count=held.count + 1)
            continue
        if held is not None:
            yield held
        held = cause
    if held is not None:
        yield held


def _until(now: Statement, steps: Iterable[tuple[Cause, Statement]]) -> Iterator[tuple[Cause, Statement]]:
    """The steps, the last of which leads to the later statement itself."""
    held: tuple[Cause, Statement] | None = None
    for step in steps:
        if held is not None:
            yield held
        held = step
    if held is not None:
        yield held[0], now


def _events(facts: Facts, causes: list[Cause], period: Period) -> Iterator[tuple[Cause, Statement]]:
    """Each cause with the statement as known behind it."""
    for cause in causes:
        yield cause, statement_of(facts, period, cause.last_seq)


# --- kind by kind -----------------------------------------------------------------------------------------


def _kinds(facts: Facts, causes: list[Cause], then: Statement, now: Statement) -> Iterator[tuple[Cause, Statement]]:
    """All that is now known of one kind of entries after the other; then terms, rates and the end; then closes."""
    old, new = facts.knowledge(then.known_at), facts.knowledge(now.known_at)
    before = _at_the_close_before(facts, then)
    entered = {"AmendmentAccepted", "PeriodClosed", "RateFixed", "AgreementTerminated"}
    others = [cause for cause in causes if cause.what in entered]
    counts = facts.counts(then.known_at, now.known_at, now.period.next().first)
    closes = [cause for cause in causes if cause.what == "PeriodClosed"]
    closed = [replace(closes[-1], first_seq=closes[0].first_seq, count=len(closes))] if closes else []
    known = old
    if closed and _at_the_close_before(facts, now) is None:  # earlier periods are taken as known from here on
        before = None
        yield closed.pop(), statement(now.period, known, before)
    for kind, name in sorted(_differing(old, new)):
        known = replace(known, totals=_with(known, new, kind, name))
        cause = Cause(kind, name, then.known_at + 1, now.known_at, counts.get((kind, name), 0))
        yield cause, statement(now.period, known, before)
    for cause in others:
        match cause.what:
            case "AmendmentAccepted":
                upto = tuple(each for each in new_versions(old, new) if each.since_seq <= cause.last_seq)
                known = replace(known, versions=(*old.versions, *upto))
            case "RateFixed":
                known = replace(known, fixings=facts.knowledge(cause.last_seq).fixings)
            case "AgreementTerminated":
                known = replace(known, ended_on=facts.knowledge(cause.last_seq).ended_on)
            case _:
                continue
        yield cause, statement(now.period, known, before)
    for cause in closed:
        yield cause, now


def _at_the_close_before(facts: Facts, made: Statement) -> Knowledge | None:
    """What was known at the close that a statement follows; None where it does not follow one."""
    over = [closing for closing in facts.closings() if closing.cutoff_seq < made.known_at]
    follows = bool(over) and over[-1].period.next() == made.period
    return facts.knowledge(over[-1].cutoff_seq) if follows else None


def _differing(old: Knowledge, new: Knowledge) -> set[tuple[str, str]]:
    """The kinds and names of entries whose totals differ."""
    pairs = ((old.totals.get(key, ()), new.totals.get(key, ())) for key in {*old.totals, *new.totals})
    return {(total.kind, total.name) for one, other in pairs for total in set(one) ^ set(other)}


def _with(known: Knowledge, new: Knowledge, kind: str, name: str) -> dict[str, tuple[Total, ...]]:
    """The totals as they are, with those of one kind and name as they are in another state of knowledge."""

    def meant(total: Total) -> bool:
        return (total.kind, total.name) == (kind, name)

    found = {}
    for period in sorted({*known.totals, *new.totals}):
        kept = [total for total in known.totals.get(period, ()) if not meant(total)]
        kept += [total for total in new.totals.get(period, ()) if meant(total)]
        if kept:
            found[period] = tuple(sorted(kept, key=_place))
    return found


def _place(total: Total) -> tuple[str, ...]:
    return total.kind, total.name, total.party, total.currency, total.day, total.reporter
