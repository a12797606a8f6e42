"""Commands on the winding up of a partnership."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ledger.application.core import Core, Decision, day_of, with_former_parties
from ledger.book import agreement, liquidation
from ledger.book.liquidation import Liquidation
from ledger.book.liquidation_events import Step
from ledger.settlement.holdings import capital_on


class Liquidations:
    """From the opening balances until all is paid out."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def open(
        self,
        book: str,
        *,
        on: date,
        capital: Mapping[str, int] | None = None,
        cash_minor: int | None = None,
        **opened: Any,
    ) -> Decision:
        """Propose to wind up. `opened` are the other fields of `LiquidationOpened`.

        Without `capital` that of the book on the day is taken; without `cash_minor` what makes it balance.
        """
        terms = with_former_parties(self._core.agreement(book), self._core.terms(book))
        if capital is None:
            held = capital_on(self._core.facts(book).knowledge(), on)
            capital = {party: held.get(party, 0) for party in opened["ratio"]}
        if cash_minor is None:
            owed = sum((*capital.values(), *opened["creditors_minor"].values(), *opened["loans_minor"].values()))
            cash_minor = max(owed - sum(opened["assets_minor"].values()), 0)
        content = {
            **opened, "effective_on": on, "currency": terms.currency, "capital_minor": dict(capital),
            "cash_minor": cash_minor,
        }  # fmt: skip
        return self._decide(book, lambda state: liquidation.open_(state, content, terms, self._core.stamp()))

    def accept(self, book: str) -> Decision:
        """Say yes to the opening."""
        return self._decide(book, lambda state: liquidation.accept(state, self._core.stamp()))

    def decline(self, book: str, reason: str) -> Decision:
        """Say no to the opening."""
        return self._decide(book, lambda state: liquidation.decline(state, reason, self._core.stamp()))

    def record(self, book: str, kind: type[Step], **content: Any) -> Decision:
        """Record a step, by the fields of its kind."""
        return self._decide(book, lambda state: liquidation.record(state, kind, content, self._core.stamp()))

    def distribute(self, book: str, **content: Any) -> Decision:
        """Pay the partners what is safe."""
        return self._decide(book, lambda state: liquidation.distribute(state, content, self._core.stamp()))

    def void(self, book: str, reference: str, reason: str) -> Decision:
        """Take a step back."""
        return self._decide(book, lambda state: liquidation.void(state, reference, reason, self._core.stamp()))

    def state(self, book: str, version: int | None = None, as_of: date | None = None) -> Liquidation:
        """The liquidation as it stands (or stood at a version of its stream, or at the end of a day).

        Steps are recorded in the order of their days. Raises `Refused` for no such book.
        """
        self._core.require_book(book)
        stream = liquidation.stream(book)
        state = liquidation.initial()
        for event in self._core.streams([stream])[stream][:version]:
            if as_of is not None and day_of(event) > as_of:
                break
            state = liquidation.evolve(state, event)
        return state

    def _decide(self, book: str, decision: Callable[[Liquidation], Decision]) -> Decision:
        self._core.require_book(book)

        def unchanged() -> dict[str, int]:
            return {agreement.stream(book): self._core.agreement(book).version}

        return self._core.decide(lambda: decision(self.state(book)), unchanged=unchanged)
