"""The life of an agreement: terms proposed, accepted or declined, amended, and one day terminated.

Terms come into force once every party has accepted the same digest; until then nobody is bound. An
amendment is a whole new document with an effective date, and needs the yes of every party that it names
and of every party whose terms it replaces. What was agreed last wins, from its effective date on: that is
how a retroactive amendment takes hold, and why each version remembers the order in which it came into force.
"""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec.structs import replace

from ledger.book import rules
from ledger.book.events import (
    AgreementAccepted,
    AgreementDeclined,
    AgreementProposed,
    AgreementTerminated,
    AmendmentAccepted,
    AmendmentDeclined,
    AmendmentProposed,
    Event,
    Stamp,
)
from ledger.book.terms_view import TermsView
from ledger.values.errors import Broken, Refused
from ledger.values.periods import period_of

DIGEST_PREFIX = 8

#: What terms name under `signatures` where every yes to them has to be signed.
SIGNED = "terms"

# --- state ------------------------------------------------------------------------------------------------


class Version(msgspec.Struct, frozen=True):
    """One document that was proposed, and what the parties said to it.

    `terms` is its canonical JSON, `parties` are those it names, `asked` those whose yes it needs. `order`
    counts the versions that came into force, from 1; None while (or because) it is not in force. One that is to be
    `signed` is accepted by signatures alone, its proposer's included.
    """

    digest: str
    terms: str
    effective_on: date
    parties: frozenset[str]
    asked: frozenset[str]
    proposed_by: str
    accepted_by: frozenset[str]
    is_amendment: bool
    declined_by: str | None = None
    order: int | None = None
    signed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody's answer."""
        return self.order is None and self.declined_by is None


class Agreement(msgspec.Struct, frozen=True):
    """Every version in the order of proposal (at most the last one is open), and the last day if there is one."""

    stream: str = ""
    versions: tuple[Version, ...] = ()
    terminated_on: date | None = None
    version: int = 0


def initial() -> Agreement:
    """An agreement that nobody has proposed."""
    return Agreement()


def stream(book: str) -> str:
    """The stream of an agreement: `acme-jot/agreement`."""
    return f"{book}/agreement"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Agreement, event: Event) -> Agreement:
    """The agreement after one more of its events. Raises `Broken` for an event that is none of its own."""
    match event:
        case AgreementProposed():
            opened = replace(state, stream=event.stream)
            return _proposed(opened, event, _read(event.terms).periods.first, frozenset())
        case AmendmentProposed():
            return _proposed(state, event, event.effective_on, _affected(state, event.effective_on))
        case AgreementAccepted() | AmendmentAccepted():
            version = _answered(state, event.digest)
            party = event.actor.partition("/")[0]
            return _with_last(state, replace(version, accepted_by=version.accepted_by | {party}), event)
        case AgreementDeclined() | AmendmentDeclined():
            declined = replace(_answered(state, event.digest), declined_by=event.actor.partition("/")[0])
            return _with_last(state, declined, event)
        case AgreementTerminated():
            return replace(state, terminated_on=event.effective_on, version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to an agreement ({event.stream})")


def _proposed(
    state: Agreement, event: AgreementProposed | AmendmentProposed, effective_on: date, affected: frozenset[str]
) -> Agreement:
    document = _read(event.terms)
    parties, signed = frozenset(document.parties), SIGNED in document.signatures
    proposer = event.actor.partition("/")[0]
    version = Version(
        digest=event.digest,
        terms=event.terms,
        effective_on=effective_on,
        parties=parties,
        asked=parties | affected,
        proposed_by=proposer,
        accepted_by=frozenset() if signed and event.signature is None else frozenset({proposer}),
        signed=signed,
        is_amendment=isinstance(event, AmendmentProposed),
    )
    return _with_last(replace(state, versions=(*state.versions, version)), version, event)


def _answered(state: Agreement, digest: str) -> Version:
    version = open_version(state)
    if version is None or version.digest != digest:
        raise Broken(f"{state.stream} holds an answer to terms that are not open ({digest[:DIGEST_PREFIX]})")
    return version


def _with_last(state: Agreement, version: Version, event: Event) -> Agreement:
    """The last version replaced; it comes into force with the last yes that it needs."""
    if version.is_open and version.asked <= version.accepted_by:
        version = replace(version, order=1 + sum(earlier.order is not None for earlier in state.versions))
    return replace(state, versions=(*state.versions[:-1], version), version=event.version)


# --- decisions --------------------------------------------------------------------------------------------


def propose(state: Agreement, terms: TermsView, stamp: Stamp, signature: str | None = None) -> list[Event]:
    """Propose the first terms; the proposer accepts them by proposing. The same open terms again: no event."""
    last = open_version(state) or last_in_force(state)
    if last is not None and last.digest == terms.digest:
        return []
    if last is not None:
        what = "other terms are open" if last.is_open else "the agreement is in force"
        hint = "answer those first, or let their proposer withdraw them" if last.is_open else "propose an amendment"
        raise Refused(f"{terms.agreement} cannot be proposed: {what} ({last.digest[:DIGEST_PREFIX]})", hint)
    rules.check_party(terms, stamp)
    header = stamp.on(stream(terms.agreement), state.version + 1)
    return [AgreementProposed(terms=terms.canonical, digest=terms.digest, signature=signature, **header)]


def accept(state: Agreement, digest: str | None, stamp: Stamp, signature: str | None = None) -> list[Event]:
    """Accept the terms of a digest, or of its first eight or more characters; None means those that are open.

    A party that has accepted them already is told so: no event. `signature` is that of `signed_text`.
    """
    version = named(state, digest)
    if version.declined_by is not None:
        raise Refused(
            f"the terms {version.digest[:DIGEST_PREFIX]} were declined by {version.declined_by}",
            "they can be proposed again",
        )
    _check_asked(version, stamp)
    if stamp.party in version.accepted_by:
        return []
    if version.signed and signature is None:
        raise Refused(
            f"the terms {version.digest[:DIGEST_PREFIX]} ask for signatures",
            "add --sign, with a key that is registered: pactbook key register",
        )
    header = stamp.on(state.stream, state.version + 1)
    if version.is_amendment:
        return [AmendmentAccepted(digest=version.digest, signature=signature, **header)]
    return [AgreementAccepted(digest=version.digest, signature=signature, **header)]


def signed_text(book: str, digest: str) -> str:
    """What is signed when terms are accepted, as the text of a note."""
    return f"pactbook/{book}\naccepted the terms\n{digest}\n"


def decline(state: Agreement, digest: str | None, reason: str, stamp: Stamp) -> list[Event]:
    """Decline open terms, named as for `accept`; a proposer that declines withdraws them. Twice: no event."""
    version = named(state, digest)
    if version.declined_by is not None:
        return []
    _check_asked(version, stamp)
    if version.order is not None:
        raise Refused(
            f"the terms {version.digest[:DIGEST_PREFIX]} are in force: every party accepted them",
            "propose an amendment, or terminate the agreement",
        )
    rules.check_reason(reason)
    header = stamp.on(state.stream, state.version + 1)
    if version.is_amendment:
        return [AmendmentDeclined(digest=version.digest, reason=reason, **header)]
    return [AgreementDeclined(digest=version.digest, reason=reason, **header)]


def amend(
    state: Agreement, terms: TermsView, effective_on: date, reason: str, stamp: Stamp, signature: str | None = None
) -> list[Event]:
    """Propose whole new terms from the first day of a settlement period on, even one that is closed.

    No event when the same is open, or when these terms hold from that day on anyway.
    """
    last = _last_accepted(state)
    open_now = open_version(state)
    if open_now is not None and (open_now.digest, open_now.effective_on) == (terms.digest, effective_on):
        return []
    if _holds_from(state, terms.digest, effective_on):
        return []
    if open_now is not None:
        raise Refused(
            f"another amendment is open ({open_now.digest[:DIGEST_PREFIX]}, from {open_now.effective_on})",
            "answer that one first, or let its proposer withdraw it",
        )
    _check_party(last.parties | _affected(state, effective_on) | frozenset(terms.parties), stamp)
    _check_same_venture(state, last, terms)
    _check_amendment_date(state, terms, effective_on)
    rules.check_reason(reason)
    header = stamp.on(state.stream, state.version + 1)
    header |= {"terms": terms.canonical, "digest": terms.digest, "signature": signature}
    return [AmendmentProposed(effective_on=effective_on, reason=reason, **header)]


def terminate(
    state: Agreement, effective_on: date, reason: str, stamp: Stamp, last_closed: date | None, today: date
) -> list[Event]:
    """End the agreement: `effective_on` is its last day, no earlier than the last day that is closed.

    This is for the parties of the terms that govern `today`, before the start for any party. A later termination may
    bring the end forward and never puts it off.
    """
    _last_accepted(state)
    if state.terminated_on == effective_on:
        return []
    if state.terminated_on is not None and effective_on > state.terminated_on:
        raise Refused(
            f"the agreement already ends on {state.terminated_on}", "a termination can be brought forward, not put off"
        )
    _check_party(_present_parties(state, today), stamp)
    starts_on = state.versions[0].effective_on
    if effective_on < starts_on:
        raise Refused(f"the agreement cannot end on {effective_on}: it starts on {starts_on}", "choose a later day")
    if last_closed is not None and effective_on < last_closed:
        raise Refused(
            f"the agreement cannot end on {effective_on}: it is closed up to {last_closed}",
            f"end it on {last_closed} or later",
        )
    rules.check_reason(reason)
    header = stamp.on(state.stream, state.version + 1)
    return [AgreementTerminated(effective_on=effective_on, reason=reason, **header)]


# --- questions --------------------------------------------------------------------------------------------


def in_force(state: Agreement) -> bool:
    """Whether every party has accepted some terms; a termination leaves them in force until its day."""
    return last_in_force(state) is not None


def last_in_force(state: Agreement) -> Version | None:
    """The version that came into force last, whatever its effective date."""
    return next((version for version in reversed(state.versions) if version.order is not None), None)


def version_on(state: Agreement, day: date) -> Version | None:
    """The terms of a day: of those effective by then, the ones that came into force last.

    None before the start, and after the last day of a terminated agreement.
    """
    if state.terminated_on is not None and day > state.terminated_on:
        return None
    return last_version_on(state, day)


def last_version_on(state: Agreement, day: date) -> Version | None:
    """The terms by which a day is settled: as `version_on`, but a termination does not end them."""
    for version in reversed(state.versions):
        if version.order is not None and version.effective_on <= day:
            return version
    return None


def governing(state: Agreement, day: date) -> Version | None:
    """The terms that govern a day; before the start the first ones, after the end those of the last day.

    None where no terms ever came into force.
    """
    starts = [version.effective_on for version in state.versions if version.order is not None]
    if not starts:
        return None
    until = day if state.terminated_on is None else min(day, state.terminated_on)
    return last_version_on(state, max(until, min(starts)))


def open_version(state: Agreement) -> Version | None:
    """The proposal or amendment that waits for an answer; there is at most one."""
    return state.versions[-1] if state.versions and state.versions[-1].is_open else None


# --- helpers ----------------------------------------------------------------------------------------------


class _Periods(msgspec.Struct, frozen=True):
    every: str
    first: date = msgspec.field(name="from")


class _Document(msgspec.Struct, frozen=True):
    """What an agreement reads of the canonical terms; everything else in them is for settlement."""

    currency: str
    parties: dict[str, msgspec.Raw]
    periods: _Periods
    signatures: tuple[str, ...] = ()


def _read(terms: str) -> _Document:
    try:
        return msgspec.json.decode(terms, type=_Document)
    except msgspec.DecodeError as error:
        raise Broken(f"terms on record cannot be read: {error}") from error


def _replaced(state: Agreement, effective_on: date) -> list[Version]:
    """The versions that hold on some day from `effective_on` on."""
    days = {effective_on} | {version.effective_on for version in state.versions if version.effective_on > effective_on}
    return [version for day in sorted(days) if (version := last_version_on(state, day)) is not None]


def _holds_from(state: Agreement, digest: str, effective_on: date) -> bool:
    """Whether these terms hold on every day from `effective_on` on."""
    starts = last_version_on(state, effective_on)
    return starts is not None and all(version.digest == digest for version in _replaced(state, effective_on))


def _affected(state: Agreement, effective_on: date) -> frozenset[str]:
    return frozenset[str]().union(*(version.parties for version in _replaced(state, effective_on)))


def _present_parties(state: Agreement, today: date) -> frozenset[str]:
    """The parties of the terms that govern today; before the start, of all terms that came into force."""
    if last_version_on(state, today) is None:
        return frozenset[str]().union(*(version.parties for version in state.versions if version.order is not None))
    present = governing(state, today)
    assert present is not None, "terms that govern a day came into force"
    return present.parties


def _last_accepted(state: Agreement) -> Version:
    last = last_in_force(state)
    if last is None:
        raise Refused("the agreement is not in force yet", "every party has to accept its first terms before")
    return last


def named(state: Agreement, digest: str | None) -> Version:
    """The version of a digest, or of its first eight or more characters; None means the last one."""
    if digest is None:
        if not state.versions:
            raise Refused("no terms have been proposed", "propose the agreement first")
        return state.versions[-1]
    if len(digest) < DIGEST_PREFIX:
        raise Refused(f"{digest!r} is too short for a digest", f"give at least its first {DIGEST_PREFIX} characters")
    matches = [version for version in state.versions if version.digest.startswith(digest)]
    if not matches:
        raise Refused(f"no terms with digest {digest} were proposed", "check the digest of the document that you read")
    if len({version.digest for version in matches}) > 1:
        raise Refused(f"the digest {digest} is ambiguous", "give more of its characters")
    return matches[-1]


def _check_party(parties: frozenset[str], stamp: Stamp) -> None:
    if stamp.party not in parties:
        raise Refused(f"{stamp.party} is no party of the agreement", f"its parties are {', '.join(sorted(parties))}")


def _check_asked(version: Version, stamp: Stamp) -> None:
    if stamp.party not in version.asked:
        raise Refused(
            f"{stamp.party} has no say in the terms {version.digest[:DIGEST_PREFIX]}",
            f"they are for {', '.join(sorted(version.asked))} to answer",
        )


def _check_same_venture(state: Agreement, last: Version, terms: TermsView) -> None:
    before = _read(last.terms)
    pairs = {
        "agreement": (state.stream.partition("/")[0], terms.agreement),
        "currency": (before.currency, terms.currency),
        "settlement period": (before.periods.every, str(terms.every)),
        "first day": (before.periods.first.isoformat(), terms.starts_on.isoformat()),
    }
    for what, (old, new) in pairs.items():
        if old != new:
            raise Refused(f"an amendment keeps the {what}: it is {old}, not {new}", "a new agreement can differ")


def _check_amendment_date(state: Agreement, terms: TermsView, effective_on: date) -> None:
    if effective_on < terms.starts_on:
        raise Refused(
            f"an amendment cannot begin on {effective_on}: the agreement starts on {terms.starts_on}",
            f"choose {terms.starts_on} or the first day of a later period",
        )
    period = period_of(effective_on, terms.every)
    if effective_on not in (period.first, terms.starts_on):
        raise Refused(
            f"an amendment begins with a settlement period, and {effective_on} is inside {period}",
            f"choose {period.first} or {period.next().first}",
        )
    if state.terminated_on is not None and effective_on > state.terminated_on:
        raise Refused(f"the agreement ends on {state.terminated_on}, before {effective_on}", "choose an earlier period")
