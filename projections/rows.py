"""States as rows of the tables, and rows as states again: each pair stands together, and loses nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, assert_never

import msgspec

from ledger.book import agreement, dispute, entry, payout
from ledger.book.closing import Closing
from ledger.book.events import (
    Advance,
    Contribution,
    Conversion,
    Cost,
    Fact,
    Liability,
    PeriodClosed,
    RateFixed,
    Result,
    Withdrawal,
)
from ledger.book.partner_facts import Admission, RatioChange, Retirement, Revaluation
from ledger.settlement.rates import Fixing
from ledger.values.periods import Every, parse_period
from projections.sql import NOW

Row = tuple[Any, ...]


def instant(when: datetime) -> str:
    """An instant as text that sorts by time: UTC, to the microsecond."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


@lru_cache(maxsize=65_536)
def iso(day: date) -> str:
    """A day as text that sorts by time; remembered, since many events are about one day."""
    return day.isoformat()


# --- entries ----------------------------------------------------------------------------------------------


_STATUS = {each: each.value for each in entry.Status}


def entry_row(book: str, seq: int, state: entry.Entry, period: str) -> Row:
    """The state that an entry has from an event on; `period` is that of its effective date."""
    fact = state.contents[-1]
    return (
        book, state.reference, state.version, seq, NOW, *_what(fact),
        entry.outstanding_minor(state) if type(fact) is Liability else None,
        fact.currency, iso(fact.effective_on), period, _STATUS[state.status], state.recorder,
    )  # fmt: skip


def _what(fact: Fact) -> tuple[str, str, str, str, int | None, int | None]:
    """Kind, name, party, counterparty, amount and quantity."""
    match fact:
        case Result():
            return "result", fact.metric, fact.collected_by or "", "", fact.amount_minor, fact.quantity_micro
        case Cost():
            return "cost", fact.category, fact.paid_by, "", fact.amount_minor, None
        case Liability():
            return "liability", fact.category, "", "", fact.amount_minor, None
        case Contribution():
            return "contribution", fact.deal or "", fact.party, "", fact.amount_minor, None
        case Withdrawal():
            return "withdrawal", "", fact.party, "", fact.amount_minor, None
        case Advance():
            return "advance", fact.account or "", fact.paid_by, fact.paid_to, fact.amount_minor, None
        case Admission():
            return "admission", "", fact.party, "", fact.amount_minor, None
        case Retirement():
            return "retirement", "", fact.party, "", fact.amount_minor, None
        case RatioChange():
            return "ratio_change", "", "", "", fact.amount_minor, None
        case Revaluation():
            return "revaluation", "", "", "", fact.amount_minor, None
        case Conversion():
            return "conversion", "", fact.party, "", fact.amount_minor, None
        case _:
            assert_never(fact)


# --- rates ------------------------------------------------------------------------------------------------


def rate_row(book: str, seq: int, event: RateFixed) -> Row:
    """A rate that was fixed."""
    return (
        book, seq, event.currency, event.effective_on.isoformat(), event.rate, event.quote, event.source,
        event.actor, event.reason or "",
    )  # fmt: skip


def fixing_of(row: Any) -> Fixing:
    """The rate that a row holds."""
    day = date.fromisoformat(row.effective_on)
    return Fixing(row.currency, day, Fraction(row.rate), row.seq, row.actor, row.reason)


# --- payouts ----------------------------------------------------------------------------------------------


def payout_row(book: str, seq: int, state: payout.Payout) -> Row:
    """The state that a payout has from an event on."""
    assert state.order is not None
    order, sent, settled = state.order, state.sent, state.settled
    return (
        book, state.payout_id, state.version, seq, NOW,
        order.period, order.payer, order.payee, order.amount_minor, order.currency, order.due_on.isoformat(),
        state.status.value, state.proposer, state.approver,
        *((sent.effective_on.isoformat(), sent.reference) if sent else (None, None)),
        *((settled.effective_on.isoformat(), settled.reference) if settled else (None, None)),
        state.reversed_on.isoformat() if state.reversed_on else None,
    )  # fmt: skip


def payout_of(row: Any) -> payout.Payout:
    """The payout that a row holds."""
    due_on = date.fromisoformat(row.due_on)
    return payout.Payout(
        stream=payout.stream(row.book, row.payout_id),
        payout_id=row.payout_id,
        order=payout.Order(row.period, row.payer, row.payee, row.amount_minor, row.currency, due_on),
        status=payout.Status(row.status),
        proposer=row.proposer,
        approver=row.approver,
        sent=_step(row.sent_on, row.sent_reference),
        settled=_step(row.settled_on, row.settled_reference),
        reversed_on=None if row.reversed_on is None else date.fromisoformat(row.reversed_on),
        version=row.version,
    )


def _step(day: str | None, reference: str | None) -> payout.Step | None:
    return None if day is None else payout.Step(date.fromisoformat(day), reference)


# --- disputes ---------------------------------------------------------------------------------------------


def dispute_row(book: str, seq: int, state: dispute.Dispute) -> Row:
    """The state that a dispute has from an event on."""
    assert state.claim is not None
    claim = state.claim
    return (
        book, state.dispute_id, state.version, seq, NOW,
        claim.period, claim.figure, str(claim.stated_minor), str(claim.expected_minor), claim.currency,
        _json(dict(claim.effect_minor)), claim.reason, state.opener, state.status.value,
        _json(state.answers), _json(state.corrections),
    )  # fmt: skip


def dispute_of(row: Any) -> dispute.Dispute:
    """The dispute that a row holds."""
    claim = dispute.Claim(
        period=row.period,
        figure=row.figure,
        stated_minor=int(row.stated_minor),
        expected_minor=int(row.expected_minor),
        currency=row.currency,
        effect_minor=msgspec.json.decode(row.effect_minor, type=dict[str, int]),
        reason=row.reason,
    )
    return dispute.Dispute(
        stream=dispute.stream(row.book, row.dispute_id),
        dispute_id=row.dispute_id,
        claim=claim,
        opener=row.opener,
        status=dispute.Status(row.status),
        answers=msgspec.json.decode(row.answers, type=tuple[dispute.Answer, ...]),
        corrections=msgspec.json.decode(row.corrections, type=tuple[str, ...]),
        version=row.version,
    )


# --- closings ---------------------------------------------------------------------------------------------


def closing_row(event: PeriodClosed) -> Row:
    """A close; its number is its place among the closings of the book, from 1."""
    return (
        event.book, event.version, event.cutoff_seq, event.period, event.statement, event.root, event.currency,
        _json(event.closing_minor), event.actor, instant(event.recorded_at),
    )  # fmt: skip


def closing_of(row: Any) -> Closing:
    """The closing that a row holds."""
    return Closing(
        period=parse_period(row.period),
        cutoff_seq=row.cutoff_seq,
        statement=row.statement,
        root=row.root,
        currency=row.currency,
        closing_minor=msgspec.json.decode(row.closing_minor, type=dict[str, int]),
        recorded_at=datetime.fromisoformat(row.recorded_at),
    )


# --- agreements -------------------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far an agreement has come. One that is terminated may have its last day still to come."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    IN_FORCE = "in force"
    TERMINATED = "terminated"


class _Periods(msgspec.Struct, frozen=True):
    every: Every
    first_day: str = msgspec.field(name="from")


class Document(msgspec.Struct, frozen=True):
    """What the tables show of a document of terms, read from its canonical form."""

    title: str
    currency: str
    parties: dict[str, msgspec.Raw]
    periods: _Periods


def document_of(version: agreement.Version) -> Document:
    """The document of a version."""
    return msgspec.json.decode(version.terms, type=Document)


def agreement_row(book: str, seq: int, state: agreement.Agreement) -> Row:
    """The state that an agreement has since an event: of its terms in force, or else of those proposed last."""
    last, opened = agreement.last_in_force(state), agreement.open_version(state)
    shown = document_of(last or state.versions[-1])
    waiting = () if opened is None else sorted(opened.asked - opened.accepted_by)
    return (
        book, shown.title, _stage(state, last, opened).value, _json(sorted(shown.parties)), shown.currency,
        shown.periods.every.value, shown.periods.first_day,
        state.terminated_on.isoformat() if state.terminated_on else None,
        last.digest if last else None,
        *((opened.digest, opened.effective_on.isoformat(), opened.proposed_by) if opened else (None, None, None)),
        _json(waiting), seq,
    )  # fmt: skip


def _stage(state: agreement.Agreement, last: agreement.Version | None, opened: agreement.Version | None) -> Stage:
    if state.terminated_on is not None:
        return Stage.TERMINATED
    if last is not None:
        return Stage.IN_FORCE
    return Stage.DECLINED if opened is None else Stage.PROPOSED


def _json(value: Any) -> str:
    """JSON with sorted keys, so that equal values are equal text."""
    return msgspec.json.encode(value, order="deterministic").decode()
