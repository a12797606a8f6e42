"""Closing periods, and the questions about statements and figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.application.core import Core, anew
from ledger.application.silence import accept_silent
from ledger.book import closing
from ledger.settlement import canonical
from ledger.settlement.closing import closing_statement, statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.values.errors import Broken, Refused, Rejected, Stale
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


class Statements:
    """What was issued, what would be issued, and where a figure came from."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def close(self, book: str, period: Period | None = None) -> tuple[Statement, bool]:
        """Close a period (the next one if none is named); returns the statement, and whether it is new.

        What nobody answered within its term is recorded as accepted first, where the terms say so.

        Everything known counts: the close is recorded right behind the newest event, or made anew when
        another event came in between. Whoever closes the same period at the same time gets the same statement.
        """
        wanted = period or self.open_period(book)
        return anew(lambda: self._close(book, wanted))

    def _close(self, book: str, wanted: Period) -> tuple[Statement, bool]:
        core = self._core
        today_terms = core.terms(book)
        state = core.load(closing, closing.stream(book))
        facts = core.facts(book)
        if closing.closing_of(state, wanted) is not None:
            return statement_of(facts, wanted), False
        governing = facts.knowledge().terms_on(wanted.last)
        closing.check_closable(state, wanted, governing, core.stamp(), core.today, today_terms)
        if accept_silent(core, book, facts):
            facts = core.facts(book)
        head = core.head(book)
        if facts.head() != head.size:
            raise Stale(f"somebody recorded something in {book} meanwhile", "repeat the command")
        made = closing_statement(facts, wanted)
        events = closing.close(
            state, wanted, made.terms, core.stamp(), today_terms=today_terms,
            cutoff_seq=head.size, root=head.root.hex(), statement=canonical.digest(made),
            closing_minor={account.party: account.closing.minor for account in made.accounts}, today=core.today,
        )  # fmt: skip
        core.save(*events, at_size=(book, head.size))
        return made, True

    def close_through(self, book: str, last: Period) -> Iterator[tuple[Statement, bool]]:
        """Close every open period up to `last`, one after the other."""
        state = self._core.load(closing, closing.stream(book))
        following = closing.next_period(state, self._core.terms(book).first_period)
        if closing.closing_of(state, last) is not None:
            yield self.close(book, last)
        while following.first <= last.first:
            yield self.close(book, following)
            following = following.next()

    def open_period(self, book: str) -> Period:
        """The next period to close."""
        state = self._core.load(closing, closing.stream(book))
        return closing.next_period(state, self._core.terms(book).first_period)

    def statement(self, book: str, period: Period | None = None, known_at: int | None = None) -> Statement:
        """The statement of a period (None: the last closed, else the open one), as issued or as known at a seq.

        Raises `Refused` for a period that has not begun, and `Broken` where a sealed statement no longer has the
        digest that its close recorded.
        """
        facts = self._core.facts(book)
        closings = facts.closings()
        if period is None:
            period = closings[-1].period if closings else facts.knowledge(known_at).first_period
        check_begun(facts, period, self._core.today)
        made = statement_of(facts, period, known_at)
        if made.sealed:
            recorded = next(each.statement for each in closings if each.period == period)
            if canonical.digest(made) != recorded:
                raise Broken(
                    f"the statement of {period} is not the one that was issued (digest {recorded[:12]})",
                    "run `pactbook rebuild`; if it stays so, the book was changed behind the ledger",
                )
        return made

    def draft(self, book: str) -> Statement:
        """The statement of the period that today belongs to, as far as it is known: the present balances."""
        facts = self._core.facts(book)
        first = facts.knowledge().first_period
        closings = facts.closings()
        day = max(self._core.today, first.first)
        period = period_of(day, self._core.terms(book).every)
        following = closings[-1].period.next() if closings else first
        return statement_of(facts, max(period, following), facts.head())

    def figure(self, figure_id: str) -> FigureAt:
        """The figure of an id such as `acme-jot/2026-10/jot/share`. Raises `Rejected` or `Refused` for none."""
        book, period, known_at, address = parse_figure_id(figure_id)
        made = self.statement(book, period, known_at)
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
