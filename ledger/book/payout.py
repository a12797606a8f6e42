"""The life of a payout: proposed, approved, sent, settled; or failed; or reversed after it had arrived.

    proposed ── approve ▶ approved ── send ▶ sent ── settle ▶ settled ── reverse ▶ reversed
        └──────────────────┴───────────────┴── fail ▶ failed

Nothing touches an account until the money arrives: settling moves both current accounts, on its effective
date; a reversal moves them back, on its own date, and the settled movements stay where they were.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from ledger.book import movements, rules
from ledger.book.events import (
    Event,
    PayoutApproved,
    PayoutFailed,
    PayoutProposed,
    PayoutReversed,
    PayoutSent,
    PayoutSettled,
    Stamp,
)
from ledger.book.movements import Kind, Movement
from ledger.book.terms_view import TermsView
from ledger.values.errors import Broken, Refused
from ledger.values.money import AMOUNT_LIMIT

# --- state ------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """Where a payout stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"


class Order(msgspec.Struct, frozen=True):
    """What is to be paid: who pays whom how much, by when, to settle which period's statement."""

    period: str
    payer: str
    payee: str
    amount_minor: int
    currency: str
    due_on: date


class Step(msgspec.Struct, frozen=True):
    """A day on which the money moved, and the bank's reference for it."""

    effective_on: date
    reference: str | None = None


class Payout(msgspec.Struct, frozen=True):
    """What is known of one payout; `order` is None as long as nothing is proposed.

    `proposer` is the actor (a person) that proposed it, who may not approve it too; `approver` is the one that did.
    """

    stream: str = ""
    payout_id: str = ""
    order: Order | None = None
    status: Status = Status.PROPOSED
    proposer: str = ""
    approver: str = ""
    sent: Step | None = None
    settled: Step | None = None
    reversed_on: date | None = None
    version: int = 0


def initial() -> Payout:
    """A payout that nobody has proposed."""
    return Payout()


def stream(book: str, payout_id: str) -> str:
    """The stream of a payout: `acme-jot/payout/2026-10-1`."""
    return f"{book}/payout/{payout_id}"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Payout, event: Event) -> Payout:
    """The payout after one more of its events. Raises `Broken` for an event that is none of a payout's."""
    match event:
        case PayoutProposed():
            order = Order(event.period, event.payer, event.payee, event.amount_minor, event.currency, event.due_on)
            payout_id = event.stream.split("/", 2)[2]
            return Payout(event.stream, payout_id, order, proposer=event.actor, version=event.version)
        case PayoutApproved():
            return replace(state, status=Status.APPROVED, approver=event.actor, version=event.version)
        case PayoutSent():
            sent = Step(event.effective_on, event.reference)
            return replace(state, status=Status.SENT, sent=sent, version=event.version)
        case PayoutSettled():
            settled = Step(event.effective_on, event.reference)
            return replace(state, status=Status.SETTLED, settled=settled, version=event.version)
        case PayoutFailed():
            return replace(state, status=Status.FAILED, version=event.version)
        case PayoutReversed():
            return replace(state, status=Status.REVERSED, reversed_on=event.effective_on, version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to a payout ({event.stream})")


def evolve_with_movements(state: Payout, event: Event) -> tuple[Payout, tuple[Movement, ...]]:
    """The payout after one more event, and what that event adds to the totals."""
    after = evolve(state, event)
    return after, movements.difference(counted(state), counted(after))


# --- decisions --------------------------------------------------------------------------------------------


def propose(
    state: Payout,
    payout_id: str,
    *,
    period: str,
    payer: str,
    payee: str,
    amount_minor: int,
    due_on: date,
    terms: TermsView,
    stamp: Stamp,
) -> list[Event]:
    """Propose that one party pays another, in the currency of the terms. The same again is no event."""
    order = Order(period, payer, payee, amount_minor, terms.currency, due_on)
    if state.order == order:
        return []
    if state.order is not None:
        raise Refused(f"the payout {state.payout_id} was proposed with other content", "choose another name for it")
    rules.check_reference(payout_id)
    rules.check_party(terms, stamp)
    rules.check_named_party(terms, payer)
    rules.check_named_party(terms, payee)
    if payer == payee:
        raise Refused(f"{payer} cannot pay itself", "name the two parties")
    rules.check_positive(amount_minor, "a payout")
    if amount_minor > AMOUNT_LIMIT:
        raise Refused(
            f"{payer} would pay {payee} {rules.money(amount_minor, terms.currency)}, more than one payout may be: "
            f"{rules.money(AMOUNT_LIMIT, terms.currency)}",
            "check the entries behind the balance: an amount or a rate may have too many digits",
        )
    event = PayoutProposed(
        period=period,
        payer=payer,
        payee=payee,
        amount_minor=amount_minor,
        currency=terms.currency,
        due_on=due_on,
        **stamp.on(stream(terms.agreement, payout_id), 1),
    )
    return [event]


def approve(state: Payout, terms: TermsView, stamp: Stamp, *, note: str | None = None) -> list[Event]:
    """Somebody other than the person that proposed it agrees to the payment. Approved already: no event."""
    _proposed(state)
    match state.status:
        case Status.APPROVED | Status.SENT | Status.SETTLED:
            return []
        case Status.FAILED | Status.REVERSED:
            raise _is_over(state)
        case Status.PROPOSED:
            rules.check_role(terms, "approve", stamp)
            if stamp.actor == state.proposer:
                raise Refused(
                    f"{stamp.actor} proposed the payout {state.payout_id} and cannot approve it too",
                    "a second person has to",
                )
            rules.check_texts(note)
            return [PayoutApproved(note=note, **stamp.on(state.stream, state.version + 1))]


def send(state: Payout, effective_on: date, stamp: Stamp, *, reference: str | None = None) -> list[Event]:
    """The payer ordered an approved payment on a day. The same again is no event."""
    order = _proposed(state)
    step = Step(effective_on, reference)
    match state.status:
        case Status.SENT | Status.SETTLED if state.sent == step:
            return []
        case Status.SENT | Status.SETTLED:
            raise Refused(f"the payout {state.payout_id} is {state.status} already", "see its history for the dates")
        case Status.FAILED | Status.REVERSED:
            raise _is_over(state)
        case Status.PROPOSED:
            raise _not_approved(state)
        case Status.APPROVED:
            _check_side(state, (order.payer,), stamp)
            rules.check_texts(reference)
            header = stamp.on(state.stream, state.version + 1)
            return [PayoutSent(effective_on=effective_on, reference=reference, **header)]


def settle(state: Payout, effective_on: date, stamp: Stamp, *, reference: str | None = None) -> list[Event]:
    """The money arrived on a day, no earlier than it was sent. The same again is no event.

    That is for the payee to say; the payer may say it too where somebody of the payee approved the payout.
    """
    _proposed(state)
    step = Step(effective_on, reference)
    match state.status:
        case Status.SETTLED if state.settled == step:
            return []
        case Status.SETTLED:
            raise Refused(f"the payout {state.payout_id} is settled already", "reverse it if the money went back")
        case Status.FAILED | Status.REVERSED:
            raise _is_over(state)
        case Status.PROPOSED:
            raise _not_approved(state)
        case Status.APPROVED | Status.SENT:
            _check_side(state, may_settle(state), stamp)
            if state.sent is not None and effective_on < state.sent.effective_on:
                raise Refused(
                    f"the payout {state.payout_id} cannot arrive on {effective_on}: "
                    f"it was sent on {state.sent.effective_on}",
                    "check the date on the bank statement",
                )
            rules.check_texts(reference)
            header = stamp.on(state.stream, state.version + 1)
            return [PayoutSettled(effective_on=effective_on, reference=reference, **header)]


def fail(state: Payout, reason: str, stamp: Stamp) -> list[Event]:
    """The payment will not arrive, or is called off; no account was touched. Failed already: no event."""
    order = _proposed(state)
    match state.status:
        case Status.FAILED:
            return []
        case Status.SETTLED:
            raise Refused(f"the payout {state.payout_id} has arrived", "reverse it if the money went back")
        case Status.REVERSED:
            raise _is_over(state)
        case Status.PROPOSED | Status.APPROVED | Status.SENT:
            _check_side(state, (order.payer, order.payee, state.proposer.partition("/")[0]), stamp)
            rules.check_reason(reason)
            return [PayoutFailed(reason=reason, **stamp.on(state.stream, state.version + 1))]


def reverse(state: Payout, effective_on: date, reason: str, stamp: Stamp) -> list[Event]:
    """The money went back on a day, no earlier than it arrived. The same day again is no event."""
    order = _proposed(state)
    if state.reversed_on == effective_on:
        return []
    if state.reversed_on is not None:
        raise Refused(f"the payout {state.payout_id} was reversed on {state.reversed_on}", "propose a new payout")
    if state.settled is None:
        raise Refused(f"the payout {state.payout_id} has not arrived: it is {state.status}", "only then can it go back")
    _check_side(state, (order.payer, order.payee), stamp)
    if effective_on < state.settled.effective_on:
        raise Refused(
            f"the payout {state.payout_id} cannot go back on {effective_on}: "
            f"it arrived on {state.settled.effective_on}",
            "check the date on the bank statement",
        )
    rules.check_reason(reason)
    header = stamp.on(state.stream, state.version + 1)
    return [PayoutReversed(effective_on=effective_on, reason=reason, **header)]


# --- questions --------------------------------------------------------------------------------------------


def counted(state: Payout) -> tuple[Movement, ...]:
    """What the payout adds to the totals: a pair once settled, and a negative pair once reversed."""
    if state.order is None or state.settled is None:
        return ()
    there = _pair(state, state.order, state.settled.effective_on)
    if state.reversed_on is None:
        return there
    return there + tuple(-movement for movement in _pair(state, state.order, state.reversed_on))


def in_flight_minor(state: Payout) -> int:
    """What is proposed, approved or sent and has not arrived yet, in minor units."""
    in_flight = state.status in (Status.PROPOSED, Status.APPROVED, Status.SENT)
    return state.order.amount_minor if state.order is not None and in_flight else 0


def may_settle(state: Payout) -> tuple[str, ...]:
    """The parties that may say that the money arrived: nobody is quit of a debt on its own word alone."""
    if state.order is None:
        return ()
    payer, payee = state.order.payer, state.order.payee
    return (payee, payer) if state.approver.partition("/")[0] == payee else (payee,)


# --- helpers ----------------------------------------------------------------------------------------------


def _pair(state: Payout, order: Order, day: date) -> tuple[Movement, Movement]:
    kinds, parties = (Kind.PAYOUT_PAID, Kind.PAYOUT_RECEIVED), (order.payer, order.payee)
    return movements.payment(day, kinds, parties, order.amount_minor, order.currency, state.payout_id)


def _proposed(state: Payout) -> Order:
    if state.order is None:
        raise Refused("there is no such payout", "check its name, or propose it first")
    return state.order


def _not_approved(state: Payout) -> Refused:
    return Refused(
        f"the payout {state.payout_id} is not approved", "somebody other than its proposer has to approve it"
    )


def _is_over(state: Payout) -> Refused:
    return Refused(f"the payout {state.payout_id} is over: it was {_PAST[state.status]}", "propose a new one")


_PAST = {Status.FAILED: "called off or failed", Status.REVERSED: "reversed"}


def _check_side(state: Payout, parties: tuple[str, ...], stamp: Stamp) -> None:
    if stamp.party not in parties:
        raise Refused(
            f"{stamp.party} cannot say that of the payout {state.payout_id}",
            f"this is for {' or '.join(dict.fromkeys(parties))} to record",
        )
