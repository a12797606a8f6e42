"""Commands on disputes: open against a figure, answer, resolve, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ledger.application.core import Core, Decision
from ledger.application.statements import FigureAt, Statements
from ledger.book import dispute
from ledger.values.errors import Refused
from ledger.values.figures import evaluate
from ledger.values.money import parse_amount


class Disputes:
    """A party says that a figure of an issued statement should be another one."""

    def __init__(self, core: Core, statements: Statements) -> None:
        self._core = core
        self._statements = statements

    def open(self, figure_id: str, expected: str, reason: str) -> Decision:
        """Dispute a figure; `expected` is what it should be, a decimal amount of the agreement's currency.

        The effect on each party's account follows from the figure's own derivation: every balance is worked
        out anew as if the figure had the expected value.
        """
        found = self._statements.figure(figure_id)
        unit = found.statement.terms.unit
        if not found.statement.sealed:
            raise Refused(f"{found.statement.id} is not issued yet", "close the period first, then dispute its statement")
        if found.figure.unit != unit.code:
            raise Refused(f"{found.id} is not an amount of money", "dispute an amount that follows from it")
        expected_minor = parse_amount(expected, unit)
        effect = self.effect(found, Fraction(expected_minor))
        book, terms = found.statement.agreement, found.statement.terms

        def decision() -> Decision:
            others = self._core.facts(book).disputes()
            number = 1 + max((int(each.dispute_id.rpartition("-")[2]) for each in others), default=0)
            return dispute.open_dispute(
                dispute.initial(), f"{found.statement.period.key}-{number}", period=found.statement.period.key,
                figure=found.id, stated_minor=round(found.figure.value), expected_minor=expected_minor,
                effect_minor=effect, reason=reason, terms=terms, stamp=self._core.stamp(), others=others,
            )  # fmt: skip

        return self._core.decide(decision)

    def effect(self, found: FigureAt, expected: Fraction) -> dict[str, int]:
        """What each party's closing balance would change by, in minor units, if the figure were as expected."""
        changed = {}
        for account in found.statement.accounts:
            new = evaluate(account.closing, {id(found.figure): expected})
            if new != account.closing.value:
                changed[account.party] = round(new - account.closing.value)
        return changed

    def answer(self, book: str, dispute_id: str, text: str) -> Decision:
        """The other side answers."""
        return self._on(
            book, dispute_id, lambda state: dispute.answer(state, text, self._core.terms(book), self._core.stamp())
        )

    def resolve(self, book: str, dispute_id: str, reason: str, corrections: tuple[str, ...] = ()) -> Decision:
        """End the dispute: by entries that were corrected, or (without any) by rejecting it with reasons."""
        return self._on(
            book,
            dispute_id,
            lambda state: dispute.resolve(
                state, reason, self._core.terms(book), self._core.stamp(), corrections=corrections
            ),
        )

    def withdraw(self, book: str, dispute_id: str, reason: str) -> Decision:
        """The opener gives it up."""
        return self._on(book, dispute_id, lambda state: dispute.withdraw(state, reason, self._core.stamp()))

    def _on(self, book: str, dispute_id: str, decide: Callable[[dispute.Dispute], Decision]) -> Decision:
        def decision() -> Decision:
            state = self._core.load(dispute, dispute.stream(book, dispute_id))
            if state.claim is None:
                self._core.require_book(book)
                raise Refused(f"{book} has no dispute {dispute_id!r}", f"list them: pactbook dispute list {book}")
            return decide(state)

        return self._core.decide(decision)
