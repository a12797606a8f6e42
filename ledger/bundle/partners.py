"""What was put on record of the partners' capital, worked out again from what was agreed."""

from __future__ import annotations

from ledger.book import liquidation
from ledger.book.events import Event
from ledger.book.liquidation_events import LiquidationDistributed
from ledger.book.partner_facts import CAPITAL_FACTS
from ledger.book.partnership import change_of
from ledger.bundle.report import Check, many

_LIQUIDATION = liquidation.stream("")  #: how the name of its stream ends


class PartnerAudit:
    """Takes the events of books, each book's in order, and works out changes of capital and payments that were safe."""

    def __init__(self) -> None:
        self.changes = 0
        self._check = Check("partners")
        self._liquidations: dict[str, liquidation.Liquidation] = {}

    def take(self, event: Event, where: str) -> None:
        """Check one event; `where` is how a problem names it."""
        try:
            self._take(event, where)
        except Exception as error:
            self._check.blame(f"{where} cannot be worked out: {type(error).__name__}: {error}")

    def check(self) -> Check:
        """What was found."""
        self._check.tell(_said, self.changes)
        return self._check

    def _take(self, event: Event, where: str) -> None:
        fact = getattr(event, "fact", None)
        if isinstance(fact, CAPITAL_FACTS):
            self.changes += 1
            if change_of(fact).minor() != dict(sorted(fact.change_minor.items())):
                self._check.blame(f"{where} changes capital otherwise than follows from what was agreed")
        if event.stream.endswith(_LIQUIDATION) and event.stream == liquidation.stream(event.book):
            state = self._liquidations.get(event.book, liquidation.initial())
            if isinstance(event, LiquidationDistributed):
                self.changes += 1
                if not liquidation.is_safe(state, event):
                    self._check.blame(f"{where} pays partners otherwise than was safe")
            self._liquidations[event.book] = liquidation.evolve(state, event)


def _said(changes: int) -> str:
    return f"{many(changes, 'change')} among partners: what follows from what was agreed"
