"""Every event in a line of plain words, without who, when and why: those stand beside it in the timeline."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import assert_never

from ledger.book import events as e
from ledger.book.liquidation_events import LiquidationOpened, Step
from ledger.book.partner_facts import Admission, CapitalFact, RatioChange, Retirement, Revaluation
from ledger.book.signing_events import KeyRegistered, KeyRevoked, StatementAcknowledged
from ledger.values.money import currency, format_quantity
from projections.liquidation_summaries import liquidation_summary
from projections.rows import iso

_DIGEST = 8  #: how many characters of a digest are shown


def summary(event: e.Event, code: str = "") -> str:
    """What the event says, in a line; `code` is the currency of amounts that do not name their own."""
    name = event.stream.split("/", 2)[-1]
    if isinstance(event, e.EntryEvent):
        return f"recorded {name}: {_fact(e.fact_of(event))}{_waits(event.awaits_confirmation)}"
    match event:
        case e.EntryCorrected():
            return f"corrected {name} to {_fact(event.fact)}{_waits(event.awaits_confirmation)}"
        case e.EntryConfirmed():
            return f"confirmed {name}"
        case e.EntryAcceptedBySilence():
            return f"accepted {name} by silence"
        case e.EntryRejected():
            return f"rejected {name}"
        case e.EntryVoided():
            return f"voided {name}" if event.part is None else f"voided the part {event.part} of {name}"
        case e.LiabilitySettled() | e.LiabilityReleased():
            return _part(event, name, code)
        case KeyRegistered():
            return f"registered the key {event.key.split('+')[1]} of {event.key.partition('+')[0]}"
        case KeyRevoked():
            return f"revoked the key {event.key_id}"
        case StatementAcknowledged():
            signed = ", signed" if event.signature else ""
            return f"acknowledged the statement of {event.period}, {event.statement[:_DIGEST]}{signed}"
        case e.RateFixed():
            quote = f" ({event.quote})" if event.quote else ""
            return f"fixed the rate of {event.currency} on {event.effective_on}: {event.rate} {event.into}{quote}"
        case e.PeriodClosed():
            return f"closed {event.period}: statement {event.statement[:_DIGEST]}, {event.cutoff_seq} events counted"
        case _:
            return (
                _payout(event, name) or _dispute(event, name) or liquidation_summary(event, code) or _agreement(event)
            )


def effective_on(event: e.Event) -> date | None:
    """The day that the event is about, where it is about one."""
    if isinstance(event, e.EntryEvent):
        return e.fact_of(event).effective_on
    match event:
        case e.EntryCorrected():
            return event.fact.effective_on
        case e.LiabilitySettled() | e.LiabilityReleased():
            return event.part.effective_on
        case LiquidationOpened() | Step():
            return event.effective_on
        case e.PayoutSent() | e.PayoutSettled() | e.PayoutReversed():
            return event.effective_on
        case e.AmendmentProposed() | e.AgreementTerminated() | e.RateFixed():
            return event.effective_on
        case _:
            return None


def _waits(awaits_confirmation: bool) -> str:
    return ", awaits confirmation" if awaits_confirmation else ""


def _fact(fact: e.Fact) -> str:
    match fact:
        case e.Result():
            return _result(fact)
        case e.Cost():
            paid = _money(fact.amount_minor, fact.currency)
            return f"{paid} of {fact.category} on {iso(fact.effective_on)}, paid by {fact.paid_by}"
        case e.Liability():
            return f"{_money(fact.amount_minor, fact.currency)} of {fact.category} owed from {fact.effective_on}"
        case e.Contribution():
            deal = f" to {fact.deal}" if fact.deal else ""
            paid_in = _money(fact.amount_minor, fact.currency)
            return f"{paid_in} contributed by {fact.party}{deal} on {fact.effective_on}"
        case e.Withdrawal():
            return f"{_money(fact.amount_minor, fact.currency)} withdrawn by {fact.party} on {fact.effective_on}"
        case e.Advance():
            paid = _money(fact.amount_minor, fact.currency)
            return f"{paid} advanced by {fact.paid_by} to {fact.paid_to} on {fact.effective_on}"
        case e.Conversion():
            sold, brought = _money(fact.amount_minor, fact.currency), _money(fact.proceeds_minor, fact.into)
            return f"{sold} sold by {fact.party} for {brought} on {fact.effective_on}"
        case Admission() | Retirement() | RatioChange() | Revaluation():
            return _capital(fact)
        case _:
            assert_never(fact)


def _capital(fact: CapitalFact) -> str:
    amount = _money(fact.amount_minor, fact.currency)
    match fact:
        case Admission():
            return f"{fact.party} is admitted on {fact.effective_on} for {amount}, to {fact.interest} by {fact.method}"
        case Retirement():
            return f"{fact.party} retires on {fact.effective_on} and is paid {amount}, by {fact.method}"
        case RatioChange():
            return f"another profit ratio from {fact.effective_on}, goodwill {amount}"
        case Revaluation():
            names = ", ".join(each.name for each in fact.assets)
            return f"{names} revalued on {fact.effective_on}, gain {amount}"
        case _:
            assert_never(fact)


def _result(fact: e.Result) -> str:
    """`30 signups for 360.00 EUR on ...`, or either of them alone."""
    said = f"{fact.metric} on {iso(fact.effective_on)}"
    if fact.amount_minor is not None and fact.currency is not None:
        money = _money(fact.amount_minor, fact.currency)
        said = f"{money} of {said}" if fact.quantity_micro is None else f"{money} for {_count(fact)} {said}"
    else:
        said = f"{_count(fact)} {said}"
    return f"{said}, collected by {fact.collected_by}" if fact.collected_by else said


def _part(event: e.LiabilitySettled | e.LiabilityReleased, name: str, code: str) -> str:
    part = event.part
    amount = _money(part.amount_minor, code)
    if isinstance(event, e.LiabilitySettled):
        return f"settled {amount} of {name} on {part.effective_on}, paid by {part.paid_by} ({part.reference})"
    return f"released {amount} of {name} on {part.effective_on} ({part.reference})"


def _payout(event: e.Event, name: str) -> str | None:
    match event:
        case e.PayoutProposed():
            paid = _money(event.amount_minor, event.currency)
            return f"proposed the payout {name}: {event.payer} pays {event.payee} {paid} by {event.due_on}"
        case e.PayoutApproved():
            return f"approved the payout {name}"
        case e.PayoutSent():
            return f"sent the payout {name} on {event.effective_on}{_bank(event.reference)}"
        case e.PayoutSettled():
            return f"the payout {name} arrived on {event.effective_on}{_bank(event.reference)}"
        case e.PayoutFailed():
            return f"the payout {name} failed or was called off"
        case e.PayoutReversed():
            return f"the payout {name} went back on {event.effective_on}"
        case _:
            return None


def _dispute(event: e.Event, name: str) -> str | None:
    match event:
        case e.DisputeOpened():
            stated, expected = (_money(each, event.currency) for each in (event.stated_minor, event.expected_minor))
            return f"disputed {event.figure} ({name}): expects {expected}, not {stated}"
        case e.DisputeAnswered():
            return f"answered the dispute {name}"
        case e.DisputeResolved():
            by = f" by corrections of {', '.join(event.corrections)}" if event.corrections else ": nothing to correct"
            return f"resolved the dispute {name}{by}"
        case e.DisputeWithdrawn():
            return f"withdrew the dispute {name}"
        case _:
            return None


def _agreement(event: e.Event) -> str:
    match event:
        case e.AgreementProposed():
            return f"proposed the terms {event.digest[:_DIGEST]}"
        case e.AgreementAccepted():
            return f"accepted the terms {event.digest[:_DIGEST]}"
        case e.AgreementDeclined():
            return f"declined the terms {event.digest[:_DIGEST]}"
        case e.AmendmentProposed():
            return f"proposed new terms {event.digest[:_DIGEST]} from {event.effective_on}"
        case e.AmendmentAccepted():
            return f"accepted the new terms {event.digest[:_DIGEST]}"
        case e.AmendmentDeclined():
            return f"declined the new terms {event.digest[:_DIGEST]}"
        case e.AgreementTerminated():
            return f"ended the agreement: its last day is {event.effective_on}"
        case _:
            raise NotImplementedError(f"{type(event).__name__} has no words yet")


# --- numbers: the hot path of a projection, so whole numbers only -----------------------------------------


def _money(minor: int, code: str) -> str:
    """Minor units as a grouped decimal, as `format_amount` writes it, with the currency."""
    digits, scale = _scale(code)
    whole, part = divmod(abs(minor), scale)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{part:0{digits}d} {code}" if digits else f"{sign}{whole:,} {code}"


def _count(fact: e.Result) -> str:
    return format_quantity(fact.quantity_micro or 0)


def _bank(reference: str | None) -> str:
    return f" ({reference})" if reference else ""


@lru_cache(maxsize=64)
def _scale(code: str) -> tuple[int, int]:
    unit = currency(code)
    return unit.digits, unit.scale
