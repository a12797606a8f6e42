"""The life of a dispute: a party says that a figure is wrong; it is answered, and resolved or withdrawn.

A dispute changes no number. While it is open, what it would change is *held*: visible beside each balance.
If the opener is right, entries are corrected, and the difference arrives as an adjustment like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from ledger.book import rules
from ledger.book.events import (
    DisputeAnswered,
    DisputeOpened,
    DisputeResolved,
    DisputeWithdrawn,
    Event,
    Stamp,
)
from ledger.book.terms_view import TermsView
from ledger.values.errors import Broken, Refused

# --- state ------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Claim(msgspec.Struct, frozen=True):
    """What is disputed: a figure of a period, as it is stated and as the opener expects it.

    Amounts are in minor units of `currency`; `effect_minor` is what each party's account would change by.
    """

    period: str
    figure: str
    stated_minor: int
    expected_minor: int
    currency: str
    effect_minor: Mapping[str, int]
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """What another party said to it."""

    party: str
    text: str


class Dispute(msgspec.Struct, frozen=True):
    """What is known of one dispute; `claim` is None as long as it is not opened. `opener` is a party."""

    stream: str = ""
    dispute_id: str = ""
    claim: Claim | None = None
    opener: str = ""
    status: Status = Status.OPEN
    answers: tuple[Answer, ...] = ()
    corrections: tuple[str, ...] = ()
    version: int = 0


def initial() -> Dispute:
    """A dispute that nobody has opened."""
    return Dispute()


def stream(book: str, dispute_id: str) -> str:
    """The stream of a dispute: `acme-jot/dispute/2026-10-1`."""
    return f"{book}/dispute/{dispute_id}"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Dispute, event: Event) -> Dispute:
    """The dispute after one more of its events. Raises `Broken` for an event that is none of a dispute's."""
    match event:
        case DisputeOpened():
            claim = Claim(
                period=event.period,
                figure=event.figure,
                stated_minor=event.stated_minor,
                expected_minor=event.expected_minor,
                currency=event.currency,
                effect_minor=event.effect_minor,
                reason=event.reason,
            )
            dispute_id, opener = event.stream.split("/", 2)[2], event.actor.partition("/")[0]
            return Dispute(event.stream, dispute_id, claim, opener, version=event.version)
        case DisputeAnswered():
            answer = Answer(event.actor.partition("/")[0], event.answer)
            return replace(state, answers=(*state.answers, answer), version=event.version)
        case DisputeResolved():
            return replace(state, status=Status.RESOLVED, corrections=event.corrections, version=event.version)
        case DisputeWithdrawn():
            return replace(state, status=Status.WITHDRAWN, version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to a dispute ({event.stream})")


# --- decisions --------------------------------------------------------------------------------------------


def open_dispute(
    state: Dispute,
    dispute_id: str,
    *,
    period: str,
    figure: str,
    stated_minor: int,
    expected_minor: int,
    effect_minor: Mapping[str, int],
    reason: str,
    terms: TermsView,
    stamp: Stamp,
    others: Iterable[Dispute] = (),
) -> list[Event]:
    """A party disputes a figure and says what it should be; `others` are the book's other disputes.

    While a party disputes a figure, the same expectation again is no event, and another one is refused.
    """
    for known in (state, *others):
        if is_open(known) and known.opener == stamp.party and known.claim and known.claim.figure == figure:
            if known.claim.expected_minor == expected_minor:
                return []
            raise Refused(
                f"{stamp.party} already disputes {figure} ({known.dispute_id}) and expects "
                f"{rules.money(known.claim.expected_minor, known.claim.currency)}",
                "withdraw that dispute first if the figure should be another one",
            )
    if state.claim is not None:
        raise Refused(f"there is a dispute {state.dispute_id} already", "choose another name for it")
    rules.check_reference(dispute_id)
    rules.check_party(terms, stamp)
    for party in effect_minor:
        rules.check_named_party(terms, party)
    if stated_minor == expected_minor:
        raise Refused(
            f"{figure} is stated as {rules.money(stated_minor, terms.currency)}, which is what is expected",
            "say the amount that it should be",
        )
    rules.check_reason(reason)
    rules.check_texts(figure)
    event = DisputeOpened(
        period=period,
        figure=figure,
        stated_minor=stated_minor,
        expected_minor=expected_minor,
        currency=terms.currency,
        effect_minor=dict(effect_minor),
        reason=reason,
        **stamp.on(stream(terms.agreement, dispute_id), 1),
    )
    return [event]


def answer(state: Dispute, text: str, terms: TermsView, stamp: Stamp) -> list[Event]:
    """Another party answers an open dispute, as often as it likes; the same words again are no event."""
    _check_opened(state)
    if Answer(stamp.party, text) in state.answers:
        return []
    _check_open(state)
    _check_other_party(state, terms, stamp, "answer")
    rules.check_reason(text)
    return [DisputeAnswered(answer=text, **stamp.on(state.stream, state.version + 1))]


def resolve(
    state: Dispute, reason: str, terms: TermsView, stamp: Stamp, *, corrections: tuple[str, ...] = ()
) -> list[Event]:
    """End a dispute: with the entries that were corrected, by any party; without any, by another than the opener.

    Resolved with the same corrections already: no event.
    """
    _check_opened(state)
    if state.status is Status.RESOLVED and state.corrections == corrections:
        return []
    _check_open(state)
    if corrections:
        rules.check_party(terms, stamp)
    else:
        _check_other_party(state, terms, stamp, "reject")
    for reference in corrections:
        rules.check_reference(reference)
    rules.check_reason(reason)
    return [DisputeResolved(reason=reason, corrections=corrections, **stamp.on(state.stream, state.version + 1))]


def withdraw(state: Dispute, reason: str, stamp: Stamp) -> list[Event]:
    """The opener's party no longer disputes the figure. Withdrawn already: no event."""
    _check_opened(state)
    if state.status is Status.WITHDRAWN:
        return []
    _check_open(state)
    if stamp.party != state.opener:
        raise Refused(
            f"{state.opener} opened the dispute {state.dispute_id}, so only {state.opener} can withdraw it",
            "answer or resolve it instead",
        )
    rules.check_reason(reason)
    return [DisputeWithdrawn(reason=reason, **stamp.on(state.stream, state.version + 1))]


# --- questions --------------------------------------------------------------------------------------------


def is_open(state: Dispute) -> bool:
    """Whether the figure is disputed now."""
    return state.claim is not None and state.status is Status.OPEN


# --- helpers ----------------------------------------------------------------------------------------------


def _check_opened(state: Dispute) -> None:
    if state.claim is None:
        raise Refused("there is no such dispute", "check its name")


def _check_open(state: Dispute) -> None:
    if state.status is not Status.OPEN:
        raise Refused(f"the dispute {state.dispute_id} is over: it was {state.status}", "open a new one")


def _check_other_party(state: Dispute, terms: TermsView, stamp: Stamp, verb: str) -> None:
    rules.check_party(terms, stamp)
    if stamp.party == state.opener:
        raise Refused(
            f"{stamp.party} opened the dispute {state.dispute_id} and cannot {verb} it itself",
            "another party has to; its opener can withdraw it",
        )
