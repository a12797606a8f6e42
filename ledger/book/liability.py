"""What only a liability goes through: settled in parts with somebody outside, or released.

A liability is an entry, and these decisions are part of its stream: its state, its events' meaning and its
questions are in `ledger.book.entry`. Each part has a reference of its own within the liability.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.book import rules
from ledger.book.entry import Entry, current, is_counted, outstanding_minor
from ledger.book.events import Event, Liability, LiabilityPart, LiabilityReleased, LiabilitySettled, Stamp
from ledger.book.terms_view import TermsView
from ledger.values.errors import Refused

# --- decisions --------------------------------------------------------------------------------------------


def settle_liability(
    state: Entry, part: LiabilityPart, terms: TermsView | None, stamp: Stamp, *, also: Sequence[TermsView] = ()
) -> list[Event]:
    """A party paid (a part of) the liability; the same part again is no event.

    `terms` govern the part's effective date, `also` other days that it is about: that of the liability, and today.
    Whoever may pay by one of them may, so that a party which left settles what it owed from before.
    """
    liability = _liability(state)
    if _has_part(state, part, released=False):
        return []
    agreed = rules.in_force(terms, part.effective_on)
    rules.under_any(lambda each: _check_settler(part, liability, each, stamp), agreed, *also)
    _check_part(state, liability, part)
    return [LiabilitySettled(part=part, **stamp.on(state.stream, state.version + 1))]


def release_liability(
    state: Entry,
    part: LiabilityPart,
    reason: str,
    terms: TermsView | None,
    stamp: Stamp,
    *,
    also: Sequence[TermsView] = (),
) -> list[Event]:
    """(A part of) the liability turned out not to be owed; the same part again is no event.

    `terms` and `also` as for `settle_liability`.
    """
    liability = _liability(state)
    if _has_part(state, part, released=True):
        return []
    agreed = rules.in_force(terms, part.effective_on)
    rules.under_any(lambda each: rules.check_party(each, stamp), agreed, *also)
    if part.paid_by is not None:
        raise Refused("a release is paid by nobody", "leave the payer out, or settle the liability instead")
    rules.check_reason(reason)
    _check_part(state, liability, part)
    return [LiabilityReleased(part=part, reason=reason, **stamp.on(state.stream, state.version + 1))]


def _liability(state: Entry) -> Liability:
    fact = current(state)
    if not isinstance(fact, Liability):
        raise Refused(
            f"{state.reference} is recorded as {rules.kind_of(fact)}, not as a liability",
            "only liabilities are settled or released",
        )
    return fact


def _has_part(state: Entry, part: LiabilityPart, *, released: bool) -> bool:
    for held in state.parts:
        if held.content.reference == part.reference:
            if held.voided:
                raise Refused(
                    f"the part {part.reference} of {state.reference} was voided; it does not count",
                    "record it anew under another reference",
                )
            if held.content == part and held.released is released:
                return True
            raise Refused(
                f"{state.reference} already has a part {part.reference} with other content",
                f"void the part {part.reference}, then record it under another reference",
            )
    return False


def _check_settler(part: LiabilityPart, liability: Liability, terms: TermsView, stamp: Stamp) -> None:
    rules.check_party(terms, stamp)
    if part.paid_by is None:
        raise Refused("a settlement needs the party that paid it", f"name one: {' or '.join(terms.parties)}")
    rules.check_payer(liability.category, part.paid_by, terms, stamp)


def _check_part(state: Entry, liability: Liability, part: LiabilityPart) -> None:
    rules.check_reference(part.reference)
    rules.check_positive(part.amount_minor, "a part of a liability")
    if not is_counted(state):
        raise Refused(f"{state.reference} does not count: it is {state.status}", "it has to be confirmed first")
    if part.effective_on < liability.effective_on:
        raise Refused(
            f"{state.reference} is owed from {liability.effective_on}, after {part.effective_on}",
            "check the date of the part, or correct the date of the liability",
        )
    left = outstanding_minor(state)
    if part.amount_minor > left:
        raise Refused(
            f"only {rules.money(left, liability.currency)} of {state.reference} is outstanding",
            "correct the liability first if more was owed",
        )
