"""Commands on payouts: propose from balances, approve, send, settle, fail, reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import takewhile

import msgspec

from ledger.application.core import Core, Decision, anew, day_of, with_former_parties
from ledger.application.together import ManyRefused
from ledger.book import agreement, payout
from ledger.book.events import Event
from ledger.settlement.payable import Payable, Plan, payables, plan
from ledger.terms.document import Terms
from ledger.values.errors import Finding, Refused
from ledger.values.periods import Period, due_date

Ids = str | tuple[str, ...]
"""One payout or several of a book: what is decided about several is recorded for all of them, or for none."""


class Standing(msgspec.Struct, frozen=True):
    """Where a payout stands on a day: how many days it is overdue, the step that is next, and who may take it.

    `step` is `approve`, `send` or `settle`, and empty once the payout is over; `by` are parties or actors.
    """

    state: payout.Payout
    order: payout.Order
    overdue_days: int
    step: str
    by: tuple[str, ...]


class Payouts:
    """Payments between parties that settle their balances."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def payables(self, book: str, claims: Sequence[Mapping[str, int]] = ()) -> tuple[Payable, ...]:
        """What each party can be paid now, and what is held back. Raises `Refused` before the first close.

        `claims` are what further disputes may change, besides those on record.
        """
        return payables(self._core.facts(book), claims)

    def plan(self, book: str) -> Plan:
        """The payments that proposing now would propose, and why. Raises `Refused` before the first close."""
        return plan(self.payables(book), self._core.terms(book).periods.minimum_payout)

    def standings(self, book: str, as_of: date | None = None) -> list[Standing]:
        """Every payout of a book, oldest first, with what has to happen next; as of the end of a day (None: now)."""
        found = self._core.facts(book).payouts()
        if as_of is not None:
            found = tuple(self._stood(state, as_of) for state in found)
        roles = self._terms(book).roles if found else {}
        day = as_of or self._core.today
        standings = (self._standing(state, state.order, roles, day) for state in found if state.order is not None)
        return sorted(standings, key=lambda each: (each.order.period, _number(each.state)))

    def _stood(self, state: payout.Payout, as_of: date) -> payout.Payout:
        """A payout as it stood at the end of a day."""
        events = self._core.streams([state.stream])[state.stream]
        return reduce(payout.evolve, takewhile(lambda event: day_of(event) <= as_of, events), payout.initial())

    def _standing(
        self, state: payout.Payout, order: payout.Order, roles: Mapping[str, Sequence[str]], today: date
    ) -> Standing:
        late = (today - order.due_on).days if payout.in_flight_minor(state) else 0
        return Standing(state, order, max(0, late), *_next_step(state, order, roles))

    def propose(self, book: str) -> list[Event]:
        """Propose the payments that settle what is payable after the last close; none where nothing is.

        Each payout counts as under way from here on, so that asking twice proposes nothing twice. The proposal is
        recorded right behind the newest event that it was worked out from, or worked out anew.
        """
        return anew(lambda: self._propose(book))

    def _propose(self, book: str) -> list[Event]:
        core = self._core
        facts = core.facts(book)
        head = facts.head()
        terms = self._terms(book)
        wanted = plan(payables(facts), terms.periods.minimum_payout).transfers
        last = facts.closings()[-1].period
        due_on = _due_on(terms, last)
        events: list[Event] = []
        for number, transfer in enumerate(wanted, 1 + _highest_number(facts.payouts(), last)):
            events += payout.propose(
                payout.initial(), f"{last.key}-{number}", period=last.key, payer=transfer.payer, payee=transfer.payee,
                amount_minor=transfer.amount_minor, due_on=due_on, terms=terms, stamp=core.stamp(),
            )  # fmt: skip
        if events:
            core.save(*events, at_size=(book, head))
        return events

    def approve(self, book: str, ids: Ids, note: str | None = None) -> Decision:
        """Agree to payments that somebody else proposed."""
        core, terms = self._core, self._terms(book)
        return self._on(book, ids, lambda state: payout.approve(state, terms, core.stamp(), note=note))

    def send(self, book: str, ids: Ids, effective_on: date, reference: str | None = None) -> Decision:
        """The payer ordered the payments."""
        core = self._core
        self._check_day(book, effective_on)
        return self._on(book, ids, lambda state: payout.send(state, effective_on, core.stamp(), reference=reference))

    def settle(self, book: str, ids: Ids, effective_on: date, reference: str | None = None) -> Decision:
        """The money arrived."""
        core = self._core
        self._check_day(book, effective_on)
        return self._on(book, ids, lambda state: payout.settle(state, effective_on, core.stamp(), reference=reference))

    def fail(self, book: str, ids: Ids, reason: str) -> Decision:
        """The payments will not arrive."""
        return self._on(book, ids, lambda state: payout.fail(state, reason, self._core.stamp()))

    def reverse(self, book: str, ids: Ids, effective_on: date, reason: str) -> Decision:
        """The money went back after it had arrived."""
        core = self._core
        self._check_day(book, effective_on)
        return self._on(book, ids, lambda state: payout.reverse(state, effective_on, reason, core.stamp()))

    def _check_day(self, book: str, day: date) -> None:
        """Money moves on a day that has come, and that belongs to a period of the agreement."""
        if agreement.last_version_on(self._core.agreement(book), day) is None:
            raise Refused(f"{book} was not in force on {day}", "check the date on the bank statement")
        # East of Greenwich the day begins before it does in UTC.
        if day > self._core.today + timedelta(days=1):
            raise Refused(f"{day} has not come yet", "say so on the day, when the money has moved")

    def _terms(self, book: str) -> Terms:
        return with_former_parties(self._core.agreement(book), self._core.terms(book))

    def _on(self, book: str, ids: Ids, decide: Callable[[payout.Payout], Decision]) -> Decision:
        self._core.require_book(book)
        wanted = (ids,) if isinstance(ids, str) else tuple(dict.fromkeys(ids))

        def decision() -> Decision:
            decided: Decision = []
            findings: list[Finding] = []
            for each in wanted:
                try:
                    decided += decide(self._existing(book, each))
                except Refused as error:
                    findings += error.findings
            if findings:
                raise ManyRefused(findings)
            return decided

        return self._core.decide(decision)

    def _existing(self, book: str, payout_id: str) -> payout.Payout:
        state = self._core.load(payout, payout.stream(book, payout_id))
        if state.order is None:
            raise Refused(f"{book} has no payout {payout_id!r}", f"list them: pactbook payout list {book}")
        return state


def _next_step(
    state: payout.Payout, order: payout.Order, roles: Mapping[str, Sequence[str]]
) -> tuple[str, tuple[str, ...]]:
    """What has to happen next, and who may do it (besides other people of the same parties)."""
    match state.status:
        case payout.Status.PROPOSED:
            able = roles.get("approve", (order.payer, order.payee))
            return "approve", tuple(each for each in able if each != state.proposer)
        case payout.Status.APPROVED:
            return "send", (order.payer,)
        case payout.Status.SENT:
            return "settle", payout.may_settle(state)
        case payout.Status.SETTLED | payout.Status.FAILED | payout.Status.REVERSED:
            return "", ()


def _due_on(terms: Terms, period: Period) -> date:
    from ledger.values.calendars import public_holidays  # noqa: PLC0415  (the library is large, and rarely needed)

    rule = terms.periods
    holidays = public_holidays(rule.calendar, period.last.year, min(period.last.year + 4, 9999))
    return due_date(period.last, rule.net_days, rule.business_days, holidays)


def _highest_number(payouts: Sequence[payout.Payout], period: Period) -> int:
    """The highest number that a payout of the period has."""
    mine = [_number(state) for state in payouts if state.order is not None and state.order.period == period.key]
    return max(mine, default=0)


def _number(state: payout.Payout) -> int:
    """The number of a payout within its period."""
    return int(state.payout_id.rpartition("-")[2])
