"""The events of a liquidation in a line of plain words each."""

from __future__ import annotations

from ledger.book import liquidation_events as e
from ledger.book.events import Event
from ledger.values.money import currency, format_money


def liquidation_summary(event: Event, code: str) -> str | None:
    """What the event says, in a line; None for one of another stream. `code` is the currency of the liquidation."""
    match event:
        case e.LiquidationOpened():
            parties = ", ".join(sorted(event.ratio))
            return f"proposed to wind up {parties} from {event.effective_on}; {event.liquidator} is the liquidator"
        case e.LiquidationAccepted():
            return "accepted the liquidation"
        case e.LiquidationDeclined():
            return "declined the liquidation"
        case e.LiquidationStepVoided():
            return f"voided {event.reference} of the liquidation"
        case e.Step():
            return f"recorded {event.reference}: {_step(event, code)} on {event.effective_on}"
        case _:
            return None


def _step(event: e.Step, code: str) -> str:
    def money(minor: int) -> str:
        return format_money(minor, currency(code))

    match event:
        case e.AssetRealised():
            return f"{event.asset} of {money(event.book_minor)} realised for {money(event.proceeds_minor)}"
        case e.LiquidationExpensePaid():
            return f"{money(event.amount_minor)} of {event.category} paid"
        case e.CreditorPaid():
            return f"{event.creditor} paid {money(event.paid_minor)} for {money(event.owed_minor)} owed"
        case e.DeficiencyPaid():
            return f"{event.party} paid in {money(event.amount_minor)} that it was short of"
        case e.DeficiencyShared():
            return f"what {event.party} is short of is borne by the others"
        case e.LiquidationDistributed():
            paid = ", ".join(f"{party} {money(minor)}" for party, minor in sorted(event.payments_minor.items()))
            return f"paid out {paid}"
        case _:
            raise NotImplementedError(f"{type(event).__name__} has no words yet")
