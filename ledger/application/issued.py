"""What was issued and where a figure came from, told by whoever knows the facts of a book; nothing is recorded here."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.values.errors import Broken, Refused, Rejected
from ledger.values.figures import Figure
from ledger.values.periods import Period, every, parse_period, period_of


class FigureAt(msgspec.Struct, frozen=True):
    """A figure within its statement, and the ids of all figures there, by `id(figure)`."""

    statement: Statement
    figure: Figure
    ids: dict[int, str]

    @property
    def id(self) -> str:
        """The figure's own id."""
        return self.ids[id(self.figure)]


def issued(facts: Facts, period: Period | None, known_at: int | None, today: date) -> Statement:
    """The statement of a period (None: the last closed, else the open one), as issued or as known at a seq.

    Raises `Refused` for a period that has not begun by today, and `Broken` where a sealed statement no longer has the
    digest that its close recorded.
    """
    closings = facts.closings()
    if period is None:
        period = closings[-1].period if closings else facts.knowledge(known_at).first_period
    check_begun(facts, period, today)
    made = statement_of(facts, period, known_at)
    if made.sealed:
        recorded = next(each.statement for each in closings if each.period == period)
        if canonical.digest(made) != recorded:
            raise Broken(
                f"the statement of {period} is not the one that was issued (digest {recorded[:12]})",
                "run `pactbook rebuild`; if it stays so, the book was changed behind the ledger",
            )
    return made


def figure_at(facts: Facts, figure_id: str, today: date) -> FigureAt:
    """The figure of an id such as `acme-jot/2026-10/jot/share`. Raises `Rejected` or `Refused` for none."""
    book, period, known_at, address = parse_figure_id(figure_id)
    made = issued(facts, period, known_at, today)
    ids = canonical.figure_ids(made)
    wanted = f"{made.id}/{address}"
    figures = canonical.all_figures(made)
    for key, full in ids.items():
        if full == wanted:
            return FigureAt(made, figures[key], ids)
    raise Refused(
        f"{made.id} has no figure {address!r}",
        f"list them: pactbook statement {book} {period} --format json",
    )


def check_begun(facts: Facts, period: Period, today: date) -> None:
    """Refuse a period that has not begun by today: nothing is to be said of it yet, and it may be far off.

    The period after the last close counts as begun, and so does the first one before the agreement starts.
    """
    if period.first <= today:
        return
    first, closings = facts.knowledge().first_period, facts.closings()
    following = closings[-1].period.next() if closings else first
    current = max(period_of(max(today, first.first), every(first.key)), following)
    if period.first > current.last and every(period.key) is every(first.key):
        raise Refused(f"{period} has not begun", f"the present period is {current}")


_ID_LIMIT = 400


def parse_figure_id(text: str) -> tuple[str, Period, int | None, str]:
    """The parts of a figure id: agreement, period, state of knowledge (None: as issued), address."""
    parts = text.split("/", 2)
    hint = "a figure id looks like acme-jot/2026-10/jot/share; a statement in JSON lists them"
    if len(parts) != 3 or not all(parts) or len(text) > _ID_LIMIT or not text.isprintable():
        raise Rejected(f"{text[:_ID_LIMIT]!r} is not the id of a figure", hint)
    key, at, seq = parts[1].partition("@")
    if at and not (seq.isascii() and seq.isdigit() and len(seq) < 19):
        raise Rejected(f"{text!r} is not the id of a figure: {seq!r} is no seq", hint)
    return parts[0], parse_period(key), int(seq) if at else None, parts[2]
