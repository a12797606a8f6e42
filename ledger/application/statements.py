"""Closing periods, and the questions about statements and figures."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.application.core import Core, anew
from ledger.application.issued import FigureAt, figure_at, issued, parse_figure_id
from ledger.application.silence import accept_silent
from ledger.book import closing
from ledger.settlement import canonical
from ledger.settlement.closing import closing_statement, statement_of
from ledger.settlement.statement import Statement
from ledger.values.errors import Stale
from ledger.values.periods import Period, period_of


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
        return issued(self._core.facts(book), period, known_at, self._core.today)

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
        book = parse_figure_id(figure_id)[0]
        return figure_at(self._core.facts(book), figure_id, self._core.today)
