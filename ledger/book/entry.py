"""The life of an entry: recorded, confirmed or rejected, corrected, voided; a liability also settled or released.

One stream is one fact, named by the reporter's own reference (an invoice number, a row of a report). Its
first event holds the content, later ones say what became of it; nothing that was recorded is ever lost.

    not recorded ── record ──┬────────────────────────────▶ counted ── correct, void ...
                             └▶ awaiting ── confirm ──────▶ counted      (or silence: `ledger.book.silence`)
                                         └─ reject ▶ rejected ── correct ▶ awaiting

Only a counted entry adds to the totals of its period, with all the settlements and releases it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeGuard, assert_never

import msgspec
from msgspec.structs import replace

from ledger.book import movements, rules
from ledger.book.events import (
    Advance,
    AdvancePaid,
    AssetRevalued,
    CapitalContributed,
    CapitalWithdrawn,
    Contribution,
    Conversion,
    Cost,
    CostIncurred,
    CurrencyConverted,
    EntryAcceptedBySilence,
    EntryConfirmed,
    EntryCorrected,
    EntryEvent,
    EntryRejected,
    EntryVoided,
    Event,
    Fact,
    Liability,
    LiabilityPart,
    LiabilityRecognised,
    LiabilityReleased,
    LiabilitySettled,
    PartnerAdmitted,
    PartnerRetired,
    ProfitRatioChanged,
    Result,
    ResultReported,
    Stamp,
    Withdrawal,
    fact_of,
)
from ledger.book.movements import Movement
from ledger.book.partner_facts import Admission, RatioChange, Retirement, Revaluation
from ledger.book.partner_rules import concerned
from ledger.book.terms_view import TermsView
from ledger.book.wording import contrast
from ledger.values.errors import Broken, Refused

# --- state ------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """Where an entry stands; only a counted one adds to the totals."""

    __hash__ = str.__hash__  # as its text, which it equals

    AWAITING = "awaiting"
    COUNTED = "counted"
    REJECTED = "rejected"
    VOIDED = "voided"


class Part(msgspec.Struct, frozen=True, gc=False):
    """A settlement (or, if `released`, a release) of a liability, and the party that recorded it."""

    content: LiabilityPart
    released: bool
    voided: bool
    recorder: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What is known of one entry.

    `contents` are all facts ever recorded on the stream, the current one last; `recorder` is the party
    that recorded it, which alone may correct it and never confirms it. `contested` says that it was rejected and not
    confirmed since, so that every correction waits. `since` is when the current content was recorded, `confirmed_by`
    are those who have said yes to it. Version 0 is not recorded yet.
    """

    stream: str = ""
    reference: str = ""
    contents: tuple[Fact, ...] = ()
    parts: tuple[Part, ...] = ()
    status: Status = Status.AWAITING
    recorder: str = ""
    version: int = 0
    contested: bool = False
    since: datetime | None = None
    confirmed_by: frozenset[str] = frozenset()


#: What recording a fact is called.
_FIRST: dict[type[Fact], Callable[..., EntryEvent]] = {
    Result: ResultReported,
    Cost: CostIncurred,
    Liability: LiabilityRecognised,
    Contribution: CapitalContributed,
    Withdrawal: CapitalWithdrawn,
    Advance: AdvancePaid,
    Admission: PartnerAdmitted,
    Retirement: PartnerRetired,
    RatioChange: ProfitRatioChanged,
    Revaluation: AssetRevalued,
    Conversion: CurrencyConverted,
}

_NOBODY: frozenset[str] = frozenset()
_UNRECORDED = Entry()


def initial() -> Entry:
    """An entry of which nothing is recorded."""
    return _UNRECORDED


def stream(book: str, reference: str) -> str:
    """The stream of an entry: `acme-jot/entry/INV-2026-117`."""
    return f"{book}/entry/{reference}"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Entry, event: Event) -> Entry:
    """The entry after one more of its events. Raises `Broken` for an event that is none of an entry's."""
    match event:
        case (
            ResultReported()
            | CostIncurred()
            | LiabilityRecognised()
            | CapitalContributed()
            | CapitalWithdrawn()
            | AdvancePaid()
            | PartnerAdmitted()
            | PartnerRetired()
            | ProfitRatioChanged()
            | AssetRevalued()
            | CurrencyConverted()
        ):
            status = Status.AWAITING if event.awaits_confirmation else Status.COUNTED
            reference = event.stream.split("/", 2)[2]
            recorder = _party(event.actor)
            return Entry(
                event.stream, reference, (event.fact,), (), status, recorder, event.version, False, event.recorded_at
            )
        case EntryAcceptedBySilence():
            return replace(state, status=Status.COUNTED, version=event.version, contested=False)
        case EntryConfirmed():
            return _confirmed(state, event)
        case EntryRejected():
            return replace(state, status=Status.REJECTED, version=event.version, contested=True, confirmed_by=_NOBODY)
        case EntryCorrected():
            status = Status.AWAITING if event.awaits_confirmation else Status.COUNTED
            return replace(
                state, contents=(*state.contents, event.fact), status=status, version=event.version,
                since=event.recorded_at, confirmed_by=_NOBODY,
            )  # fmt: skip
        case EntryVoided():
            return _voided(state, event)
        case LiabilitySettled() | LiabilityReleased():
            released = isinstance(event, LiabilityReleased)
            part = Part(event.part, released, False, event.actor.partition("/")[0])
            return replace(state, parts=(*state.parts, part), version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to an entry ({event.stream})")


def _confirmed(state: Entry, event: EntryConfirmed) -> Entry:
    """It counts once everybody who is asked has said yes: one other party, or all that a change of capital concerns."""
    after = replace(state, version=event.version, confirmed_by=state.confirmed_by | {event.actor.partition("/")[0]})
    return after if waits_for(after) else replace(after, status=Status.COUNTED, contested=False)


def _voided(state: Entry, event: EntryVoided) -> Entry:
    if event.part is None:
        return replace(state, status=Status.VOIDED, version=event.version)
    parts = tuple(replace(part, voided=True) if part.content.reference == event.part else part for part in state.parts)
    return replace(state, parts=parts, version=event.version)


def evolve_with_movements(state: Entry, event: Event) -> tuple[Entry, tuple[Movement, ...]]:
    """The entry after one more event, and what that event adds to the totals."""
    after = evolve(state, event)
    counts = counted(after)
    return after, movements.difference(counted(state), counts) if state.version else counts


@lru_cache(maxsize=1_024)
def _party(actor: str) -> str:
    """The party of an actor: one text for all events that it records."""
    return actor.partition("/")[0]


def counts_at_once(event: Event) -> TypeGuard[EntryEvent]:
    """Whether it is the first event of an entry that waits for nobody: so are most, and most are the only one."""
    return isinstance(event, EntryEvent) and not event.awaits_confirmation and event.version == 1


def first_movements(event: EntryEvent) -> tuple[Movement, ...]:
    """What an event that `counts_at_once` adds to the totals: the same as `evolve_with_movements`, without a state."""
    return movements.of_fact(fact_of(event), event.stream.split("/", 2)[2], _party(event.actor))


# --- decisions --------------------------------------------------------------------------------------------


def record(
    state: Entry,
    reference: str,
    fact: Fact,
    terms: TermsView | None,
    stamp: Stamp,
    *,
    note: str | None = None,
    source: str | None = None,
    original: str | None = None,
    evidence: tuple[str, ...] = (),
) -> list[Event]:
    """Record a fact under a reference, under the terms in force on its effective date (None: none are).

    The same content again is no event; other content is refused, for it is a correction. So is any content once the
    entry was voided, for it would not count.
    """
    if state.status is Status.VOIDED:
        raise _is_void(state)
    if fact in state.contents:
        return []
    if state.version:
        raise _taken(state, fact)
    rules.check_reference(reference)
    rules.check_texts(note)
    rules.check_lengths(source, original)
    agreed = rules.in_force(terms, fact.effective_on)
    rules.check_fact(fact, agreed, stamp)
    return [
        _FIRST[type(fact)](
            fact=fact,
            stream=stream(agreed.agreement, reference),
            version=1,
            recorded_at=stamp.recorded_at,
            actor=stamp.actor,
            salt=stamp.salt,
            awaits_confirmation=rules.needs_confirmation(agreed, fact),
            note=note,
            source=source,
            original=original,
            evidence=evidence,
        )
    ]


def confirm(
    state: Entry, terms: TermsView, stamp: Stamp, *, note: str | None = None, also: Sequence[TermsView] = ()
) -> list[Event]:
    """The counterparty says yes: an awaiting entry counts from now on. One that counts already stays so.

    What changes the capital of several parties counts once each of them has said yes.

    `terms` govern the entry's day; whoever may confirm by them, or by one of `also` (those of today), may confirm.
    """
    _check_recorded(state)
    match state.status:
        case Status.COUNTED:
            return []
        case Status.REJECTED:
            raise Refused(f"{state.reference} was rejected", f"{state.recorder} has to correct it first")
        case Status.VOIDED:
            raise _is_void(state)
        case Status.AWAITING:
            if stamp.party in state.confirmed_by:
                return []
            _check_counterparty(state, stamp, terms, *also)
            rules.check_texts(note)
            return [EntryConfirmed(note=note, **stamp.on(state.stream, state.version + 1))]
        case _:
            assert_never(state.status)


def reject(state: Entry, reason: str, terms: TermsView, stamp: Stamp, *, also: Sequence[TermsView] = ()) -> list[Event]:
    """The counterparty says no: an awaiting entry does not count unless it is corrected and confirmed.

    `terms` and `also` as for `confirm`.
    """
    _check_recorded(state)
    match state.status:
        case Status.REJECTED:
            return []
        case Status.COUNTED:
            raise Refused(f"{state.reference} does not await confirmation: it counts", "open a dispute instead")
        case Status.VOIDED:
            raise _is_void(state)
        case Status.AWAITING:
            _check_counterparty(state, stamp, terms, *also)
            rules.check_reason(reason)
            return [EntryRejected(reason=reason, **stamp.on(state.stream, state.version + 1))]
        case _:
            assert_never(state.status)


def correct(
    state: Entry,
    fact: Fact,
    reason: str,
    terms: TermsView | None,
    stamp: Stamp,
    *,
    original: str | None = None,
    evidence: tuple[str, ...] = (),
) -> list[Event]:
    """Replace the whole content, under the terms in force on the new effective date (None: none are).

    What needs the counterparty's yes is decided as for a new entry; after a rejection every correction does, until
    one is confirmed.
    """
    before = current(state)
    if state.status is Status.VOIDED:
        raise _is_void(state)
    if fact == before:
        return []
    _check_recorder(state, state.recorder, stamp)
    if type(fact) is not type(before):
        kind, other = rules.kind_of(before), rules.kind_of(fact)
        raise Refused(
            f"{state.reference} is recorded as {kind}: a correction cannot make it {other}",
            "void it and record the other under a new reference",
        )
    rules.check_reason(reason)
    rules.check_lengths(original)
    agreed = rules.in_force(terms, fact.effective_on)
    rules.check_fact(fact, agreed, stamp)
    _check_covers_parts(state, fact)
    awaits = state.contested or rules.needs_confirmation(agreed, fact)
    header: dict[str, Any] = {**stamp.on(state.stream, state.version + 1), "awaits_confirmation": awaits}
    return [EntryCorrected(fact=fact, reason=reason, original=original, evidence=evidence, **header)]


def void(state: Entry, reason: str, stamp: Stamp, *, part: str | None = None) -> list[Event]:
    """Take an entry back, or only the settlement or release of it that `part` names."""
    _check_recorded(state)
    already, recorder = (state.status is Status.VOIDED, state.recorder) if part is None else _part_to_void(state, part)
    if already:
        return []
    _check_recorder(state, recorder, stamp)
    rules.check_reason(reason)
    live = [held.content.reference for held in state.parts if not held.voided]
    if part is None and live:
        raise Refused(
            f"{state.reference} has been settled or released in part ({', '.join(live)})",
            "void those parts first",
        )
    return [EntryVoided(reason=reason, part=part, **stamp.on(state.stream, state.version + 1))]


# --- questions --------------------------------------------------------------------------------------------


def counted(state: Entry) -> tuple[Movement, ...]:
    """What the entry adds to the totals now: its current content and live parts, nothing unless it counts."""
    if state.status is not Status.COUNTED:
        return ()
    fact = state.contents[-1]
    content = movements.of_fact(fact, state.reference, state.recorder)
    if not state.parts or not isinstance(fact, Liability):
        return content
    live = (part for part in state.parts if not part.voided)
    return content + tuple(
        (movements.of_release if part.released else movements.of_settlement)(part.content, fact, state.reference)
        for part in live
    )


def is_counted(state: Entry) -> bool:
    """Whether the entry adds to the totals now."""
    return state.status is Status.COUNTED


def current(state: Entry) -> Fact:
    """The content as it stands after all corrections. Refused for an entry that is not recorded."""
    _check_recorded(state)
    return state.contents[-1]


def waits_for(state: Entry) -> tuple[str, ...]:
    """The parties whose capital it changes that have not said yes to it; empty for any other kind of fact."""
    asked = concerned(state.contents[-1]) if state.contents else _NOBODY
    return tuple(sorted(asked - {state.recorder} - state.confirmed_by))


def outstanding_minor(state: Entry) -> int:
    """What of a liability is neither settled nor released, in minor units; zero for anything that does not count."""
    if not state.contents or state.status is not Status.COUNTED:
        return 0
    fact = state.contents[-1]
    return fact.amount_minor - _parts_minor(state) if isinstance(fact, Liability) else 0


# --- helpers ----------------------------------------------------------------------------------------------


def _parts_minor(state: Entry) -> int:
    return sum(part.content.amount_minor for part in state.parts if not part.voided)


def _taken(state: Entry, fact: Fact) -> Refused:
    book = state.stream.partition("/")[0]
    return Refused(
        f"{state.reference} is already recorded with other content: {contrast(state.contents[-1], fact)}",
        f"if it changed: pactbook correct {book} {state.reference}; if it is another fact: give it its own reference",
    )


def _is_void(state: Entry) -> Refused:
    return Refused(f"{state.reference} was voided; it does not count", "record it anew under another reference")


def _check_recorded(state: Entry) -> None:
    if not state.version:
        raise Refused("nothing is recorded under this reference", "check the spelling of the reference")


def _check_recorder(state: Entry, recorder: str, stamp: Stamp) -> None:
    if stamp.party != recorder:
        raise Refused(
            f"{state.reference} was recorded by {recorder}, so only {recorder} can change it",
            f"ask {recorder}, or open a dispute on the figure that it led to",
        )


def _check_counterparty(state: Entry, stamp: Stamp, *terms: TermsView) -> None:
    if stamp.party == state.recorder:
        raise Refused(
            f"{state.recorder} recorded {state.reference} and cannot confirm or reject it itself",
            "another party has to; its recorder can correct or void it",
        )
    asked = concerned(state.contents[-1])
    if asked and stamp.party not in asked:
        raise Refused(
            f"{state.reference} does not change the capital of {stamp.party}", f"it is for {', '.join(sorted(asked))}"
        )
    check = rules.check_own_voice if asked else lambda each, who: rules.check_role(each, "confirm", who)
    rules.under_any(lambda each: check(each, stamp), *terms)


def _check_covers_parts(state: Entry, fact: Fact) -> None:
    if not isinstance(fact, Liability):
        return
    parts_minor = _parts_minor(state)
    if parts_minor and fact.currency != current(state).currency:
        raise Refused(
            f"{state.reference} is settled or released in {current(state).currency} in part",
            "void those parts first, then correct the currency",
        )
    if fact.amount_minor < parts_minor:
        raise Refused(
            f"{rules.money(parts_minor, fact.currency)} of {state.reference} is already settled or released",
            "correct it to at least that much, or void a part first",
        )
    if any(part.content.effective_on < fact.effective_on for part in state.parts if not part.voided):
        raise Refused(
            f"a part of {state.reference} was settled or released before {fact.effective_on}",
            "void that part first, or keep the earlier date",
        )


def _part_to_void(state: Entry, reference: str) -> tuple[bool, str]:
    for part in state.parts:
        if part.content.reference == reference:
            return part.voided, part.recorder
    raise Refused(f"{state.reference} has no part {reference}", "check the reference of the settlement or release")
