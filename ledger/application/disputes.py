"""Commands on disputes: open against a figure, answer, resolve, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ledger.application.core import Core, Decision, with_former_parties
from ledger.application.issued import FigureAt
from ledger.application.statements import Statements
from ledger.book import dispute, entry
from ledger.terms.document import Terms
from ledger.values.apportionment import round_half_away
from ledger.values.errors import Refused
from ledger.values.figures import Figure, Op, evaluate, walk
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
        found = self._disputable(figure_id)
        unit, book, period = found.statement.terms.unit, found.statement.agreement, found.statement.period.key
        expected_minor = parse_amount(expected, unit)
        effect = self.effect(found, Fraction(expected_minor))
        terms = with_former_parties(self._core.agreement(book), found.statement.terms)

        def decision() -> Decision:
            others = self._core.facts(book).disputes()
            return dispute.open_dispute(
                dispute.initial(), f"{period}-{1 + _highest_number(others, period)}", period=period,
                figure=found.id, stated_minor=round_half_away(found.figure.value), expected_minor=expected_minor,
                effect_minor=effect, reason=reason, terms=terms, stamp=self._core.stamp(), others=others,
            )  # fmt: skip

        return self._core.decide(decision)

    def _disputable(self, figure_id: str) -> FigureAt:
        found = self._statements.figure(figure_id)
        if not found.statement.sealed:
            raise Refused(
                f"{found.statement.id} is not issued yet", "close the period first, then dispute its statement"
            )
        if found.figure.unit != found.statement.terms.unit.code:
            raise Refused(f"{found.id} is not an amount of money", "dispute an amount that follows from it")
        return found

    def effect(self, found: FigureAt, expected: Fraction) -> dict[str, int]:
        """What each party's closing balance would change by, in minor units, if the figure were as expected.

        A row that is rounded stands for the exact figure behind it: the account takes rounding back elsewhere.
        Raises `Refused` where the derivation does not work with that value, or where no account depends on it.
        """
        figure, statement = found.figure, found.statement
        given = {id(figure.operands[0] if figure.op is Op.ROUND else figure): expected}
        try:
            changes = {each.party: _change(each.closing, given) for each in statement.accounts}
            stakes = any(_change(each.closing, given) for each in statement.capital)
            outside = _change(statement.liabilities, given) - _change(statement.loss, given)
            outside += _change(statement.retained, given) if statement.retained is not None else 0
        except ZeroDivisionError:
            raise Refused(
                f"{found.id} cannot be nothing: other figures are divided by it",
                "dispute one of the figures that follow from it",
            ) from None
        if sum(changes.values(), outside) and figure.name.partition("/")[0] not in changes:
            raise Refused(
                f"{found.id} alone does not say whose account holds the difference",
                f"dispute an input behind it: {', '.join(inputs)}"
                if (inputs := _inputs(found))
                else f"dispute {_balances(found)} instead",
            )
        effect = {party: minor for party, change in changes.items() if (minor := round_half_away(change))}
        if not effect and not stakes and expected != round_half_away(figure.value):
            raise Refused(f"another {found.id} changes no account", f"dispute {_balances(found)} instead")
        return effect

    def answer(self, book: str, dispute_id: str, text: str) -> Decision:
        """The other side answers."""
        terms = self._terms(book)
        return self._on(book, dispute_id, lambda state: dispute.answer(state, text, terms, self._core.stamp()))

    def resolve(self, book: str, dispute_id: str, reason: str, corrections: tuple[str, ...] = ()) -> Decision:
        """End the dispute: by entries that were corrected, or (without any) by rejecting it with reasons.

        What the dispute held back stays held until the next close shows the corrections.
        """
        terms, core = self._terms(book), self._core

        def decide(state: dispute.Dispute) -> Decision:
            if dispute.is_open(state):
                self._check_corrected(book, state, corrections)
            return dispute.resolve(state, reason, terms, core.stamp(), corrections=corrections)

        return self._on(book, dispute_id, decide)

    def _check_corrected(self, book: str, state: dispute.Dispute, references: tuple[str, ...]) -> None:
        """What settles a dispute was corrected, voided or recorded since it was opened, and counts as it is now."""
        streams = {reference: entry.stream(book, reference) for reference in references}
        seqs = self._core.books.seqs([state.stream, *streams.values()])
        for reference, stream in streams.items():
            found = self._core.load(entry, stream)
            if not found.contents:
                raise Refused(
                    f"{book} has no entry {reference!r}",
                    "record or correct the entry first, then resolve the dispute by it",
                )
            if found.status not in (entry.Status.COUNTED, entry.Status.VOIDED):
                raise Refused(
                    f"{reference} does not count: it is {found.status}",
                    "resolve the dispute by it once it is confirmed",
                )
            if seqs[stream][1] < seqs[state.stream][0]:
                raise Refused(
                    f"{reference} has not changed since the dispute {state.dispute_id} was opened",
                    "correct or void it first; to reject the dispute, name no correction",
                )

    def withdraw(self, book: str, dispute_id: str, reason: str) -> Decision:
        """The opener gives it up."""
        return self._on(book, dispute_id, lambda state: dispute.withdraw(state, reason, self._core.stamp()))

    def _terms(self, book: str) -> Terms:
        return with_former_parties(self._core.agreement(book), self._core.terms(book))

    def _on(self, book: str, dispute_id: str, decide: Callable[[dispute.Dispute], Decision]) -> Decision:
        def decision() -> Decision:
            state = self._core.load(dispute, dispute.stream(book, dispute_id))
            if state.claim is None:
                self._core.require_book(book)
                raise Refused(f"{book} has no dispute {dispute_id!r}", f"list them: pactbook dispute list {book}")
            return decide(state)

        return self._core.decide(decision)


def _change(figure: Figure, given: dict[int, Fraction]) -> Fraction:
    return evaluate(figure, given) - figure.value


def _inputs(found: FigureAt) -> list[str]:
    """The ids of the inputs that a figure is made of."""
    return [found.ids[id(leaf)] for leaf in walk((found.figure,)) if leaf.entries is not None]


def _balances(found: FigureAt) -> str:
    """The ids of what a balance does follow from: the share of the party that a figure is about, or the balances."""
    statement, party = found.statement, found.figure.name.partition("/")[0]
    share = statement.settlement.shares.get(party)
    if share is not None and share is not found.figure:
        return found.ids[id(share)]
    return " or ".join(found.ids[id(account.closing)] for account in statement.accounts)


def _highest_number(disputes: Sequence[dispute.Dispute], period: str) -> int:
    """The highest number that a dispute of the period has."""
    mine = [state.dispute_id for state in disputes if state.claim is not None and state.claim.period == period]
    return max((int(each.rpartition("-")[2]) for each in mine), default=0)
