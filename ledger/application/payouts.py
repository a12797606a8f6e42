"""Commands on payouts: propose from balances, approve, send, settle, fail, reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from ledger.application.core import ATTEMPTS, Core, Decision
from ledger.book import closing, payout
from ledger.book.events import Event
from ledger.settlement.payable import Payable, payables, transfers
from ledger.values.calendars import public_holidays
from ledger.values.errors import Refused, Stale
from ledger.values.periods import Period, due_date


class Payouts:
    """Payments between parties that settle their balances."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def payables(self, book: str) -> tuple[Payable, ...]:
        """What each party can be paid now, and what is held back."""
        return payables(self._core.facts(book))

    def propose(self, book: str) -> list[Event]:
        """Propose the payments that settle what is payable after the last close; none where nothing is.

        Each payout counts as under way from here on, so that asking twice proposes nothing twice.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._propose(book)
            except Stale:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _propose(self, book: str) -> list[Event]:
        core, terms = self._core, self._core.terms(book)
        facts = core.facts(book)
        head = facts.head()
        wanted = transfers(payables(facts), terms.periods.minimum_payout)
        last = facts.closings()[-1].period
        due_on = self._due_on(book, last)
        numbers = self._numbers(facts.payouts(), last)
        events: list[Event] = []
        for number, transfer in enumerate(wanted, numbers + 1):
            events += payout.propose(
                payout.initial(), f"{last.key}-{number}", period=last.key, payer=transfer.payer, payee=transfer.payee,
                amount_minor=transfer.amount_minor, due_on=due_on, terms=terms, stamp=core.stamp(),
            )  # fmt: skip
        if events:
            core.save(*events, at_size=(book, head))
        return events

    def _due_on(self, book: str, period: Period) -> date:
        rule = self._core.terms(book).periods
        holidays = public_holidays(rule.calendar, period.last.year, min(period.last.year + 4, 9999))
        return due_date(period.last, rule.net_days, rule.business_days, holidays)

    def _numbers(self, payouts: Sequence[payout.Payout], period: Period) -> int:
        """The highest number that a payout of the period has."""
        mine = [state.payout_id for state in payouts if state.order is not None and state.order.period == period.key]
        return max((int(each.rpartition("-")[2]) for each in mine), default=0)

    def approve(self, book: str, payout_id: str, note: str | None = None) -> Decision:
        """Agree to a payment that somebody else proposed."""
        return self._on(
            book, payout_id, lambda state: payout.approve(state, self._core.terms(book), self._core.stamp(), note=note)
        )

    def send(self, book: str, payout_id: str, effective_on: date, reference: str | None = None) -> Decision:
        """The payer ordered the payment."""
        return self._on(
            book, payout_id, lambda state: payout.send(state, effective_on, self._core.stamp(), reference=reference)
        )

    def settle(self, book: str, payout_id: str, effective_on: date, reference: str | None = None) -> Decision:
        """The money arrived."""
        return self._on(
            book, payout_id, lambda state: payout.settle(state, effective_on, self._core.stamp(), reference=reference)
        )

    def fail(self, book: str, payout_id: str, reason: str) -> Decision:
        """The payment will not arrive."""
        return self._on(book, payout_id, lambda state: payout.fail(state, reason, self._core.stamp()))

    def reverse(self, book: str, payout_id: str, effective_on: date, reason: str) -> Decision:
        """The money went back after it had arrived."""
        return self._on(book, payout_id, lambda state: payout.reverse(state, effective_on, reason, self._core.stamp()))

    def _on(self, book: str, payout_id: str, decide: Callable[[payout.Payout], Decision]) -> Decision:
        def decision() -> Decision:
            state = self._core.load(payout, payout.stream(book, payout_id))
            if state.order is None:
                self._core.require_book(book)
                raise Refused(f"{book} has no payout {payout_id!r}", f"list them: pactbook payout list {book}")
            return decide(state)

        return self._core.decide(decision)


def last_closed_period(core: Core, book: str) -> Period | None:
    """The last period that was closed, None before the first."""
    last = closing.last_closed(core.load(closing, closing.stream(book)))
    return None if last is None else last.period
