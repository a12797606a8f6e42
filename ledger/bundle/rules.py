"""Every event decided again: whether the book's own rules admit it where it stands.

A bundle may come from somebody who wrote it without pactbook. Then hashes and figures can be right and an event still
be one that nobody could have recorded: an acceptance by a stranger, an entry confirmed by who recorded it. So the
decider of each stream is asked again, with what was known then and with what the event says of itself; it has to
come to the same event. Of two things only the signatures tell more: that the actor is the one named, and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta
from fractions import Fraction
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.book import (
    acknowledgement,
    agreement,
    closing,
    dispute,
    entry,
    key,
    liability,
    liquidation,
    payout,
    rate,
    silence,
)
from ledger.book import events as of
from ledger.book.events import Event, Stamp
from ledger.book.liquidation_events import (
    LiquidationAccepted,
    LiquidationDeclined,
    LiquidationOpened,
    LiquidationStepVoided,
    Step,
)
from ledger.book.signing_events import KeyRegistered, KeyRevoked, StatementAcknowledged
from ledger.bundle.report import Check, many
from ledger.terms.document import Terms
from ledger.terms.written.document import read_canonical
from ledger.values.errors import Broken, PactbookError, Refused
from ledger.values.periods import parse_period

#: A command reads the clock more than once, so its day is the one just before or just after the stamp.
_NEAR = timedelta(minutes=5)
_STATEMENTS = "statements"


class _Known(msgspec.Struct, frozen=True, gc=False):
    """An entry after its last event: its state, the seq, and after how many days silence accepts it by the terms then.

    `silence` is None where it never does. There is one for every entry of a book, so it is small.
    """

    state: entry.Entry
    seq: int = 0
    silence: int | None = None


_UNRECORDED = _Known(entry.initial())


class Rules:
    """Follows a book event by event, and has each decided again before it counts."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._check = Check("rules")
        self._count = 0
        self._rooms: dict[str, Callable[[Event, Stamp, date], list[Event]]] = {
            "agreement": self._of_agreement,
            "entry": self._of_entry,
            "closing": self._of_closing,
            "payout": self._of_payout,
            "dispute": self._of_dispute,
            "liquidation": self._of_liquidation,
            "rate": self._of_rate,
            "key": self._of_key,
            "statement": self._of_statement,
        }
        self._agreement = agreement.initial()
        self._closings = closing.initial()
        self._liquidation = liquidation.initial()
        self._entries: dict[str, _Known] = {}
        self._payouts: dict[str, payout.Payout] = {}
        self._disputes: dict[str, dispute.Dispute] = {}
        self._opened: dict[str, int] = {}
        self._disputing: dict[str, list[str]] = {}
        self._rates: dict[str, rate.Rates] = {}
        self._keys: dict[str, key.Keys] = {}
        self._seen: dict[str, acknowledgement.Acknowledged] = {}

    def take(self, seq: int, event: Event) -> None:
        """Decide one event again, then let it count whether it is admitted or not."""
        self._count += 1
        try:
            self._decide(seq, event)
        except PactbookError as error:
            self._check.blame(f"event {seq}, by {event.actor}, is one that the rules refuse: {error.message}")
        except Exception as error:  # what stands in a file from somewhere else may be anything
            self._check.blame(f"event {seq} cannot be decided again: {type(error).__name__}")
        try:
            self._evolve(seq, event)
        except Exception as error:
            self._check.blame(f"event {seq} changes nothing that there is: {type(error).__name__}")

    def check(self) -> Check:
        """What came of it, when all events have passed."""
        self._check.tell(_said, self._count)
        return self._check

    # --- what each event is decided by ----------------------------------------------------------------------

    def _decide(self, seq: int, event: Event) -> None:
        """Raises `PactbookError` unless the decider, on one of the days that it may have been, comes to this event."""
        refusals: list[PactbookError] = []
        for day in _days(event):
            try:
                if self._decided(seq, event, day) == [event]:
                    return
            except PactbookError as error:
                refusals.append(error)
        raise refusals[0] if refusals else Refused("what was decided would have been something else, or nothing")

    def _decided(self, seq: int, event: Event, today: date) -> list[Event]:
        room = event.stream.split("/", 2)[1]
        if room not in self._rooms:
            raise Broken(f"{event.stream} is no stream of a book")
        return self._rooms[room](event, Stamp(event.actor, event.recorded_at, event.salt), today)

    def _of_agreement(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        state = self._agreement
        match event:
            case of.AgreementProposed():
                return agreement.propose(state, read_canonical(event.terms), stamp, event.signature)
            case of.AmendmentProposed():
                terms = read_canonical(event.terms)
                return agreement.amend(state, terms, event.effective_on, event.reason, stamp, event.signature)
            case of.AgreementAccepted() | of.AmendmentAccepted():
                return agreement.accept(state, event.digest, stamp, event.signature)
            case of.AgreementDeclined() | of.AmendmentDeclined():
                return agreement.decline(state, event.digest, event.reason, stamp)
            case of.AgreementTerminated():
                last = closing.last_closed(self._closings)
                last_day = None if last is None else last.period.last
                return agreement.terminate(state, event.effective_on, event.reason, stamp, last_day, today)
            case _:
                raise _stray(event)

    def _of_entry(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        known = self._entries.get(event.stream, _UNRECORDED)
        state = known.state
        match event:
            case of.EntryEvent():
                fact = of.fact_of(event)
                return entry.record(
                    state, _name(event), fact, self._on(fact.effective_on), stamp,
                    note=event.note, source=event.source, original=event.original, evidence=event.evidence,
                )  # fmt: skip
            case of.EntryCorrected():
                terms = self._on(event.fact.effective_on)
                return entry.correct(state, event.fact, event.reason, terms, stamp, **_details(event))
            case of.EntryVoided():
                return entry.void(state, event.reason, stamp, part=event.part)
            case of.EntryAcceptedBySilence():
                return silence.accept_by_silence(state, known.silence, stamp)
            case _:
                return self._of_answer(event, state, stamp, self._governing(today))

    def _of_answer(self, event: Event, state: entry.Entry, stamp: Stamp, present: Terms) -> list[Event]:
        """What is said of an entry by the terms of its day, or by those of the day on which it is said."""
        its_terms = self._governing(entry.current(state).effective_on)
        match event:
            case of.EntryConfirmed():
                return entry.confirm(state, its_terms, stamp, note=event.note, also=(present,))
            case of.EntryRejected():
                return entry.reject(state, event.reason, its_terms, stamp, also=(present,))
            case of.LiabilitySettled():
                terms, also = self._governing(event.part.effective_on), (its_terms, present)
                return liability.settle_liability(state, event.part, terms, stamp, also=also)
            case of.LiabilityReleased():
                terms, also = self._governing(event.part.effective_on), (its_terms, present)
                return liability.release_liability(state, event.part, event.reason, terms, stamp, also=also)
            case _:
                raise _stray(event)

    def _of_closing(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        if not isinstance(event, of.PeriodClosed):
            raise _stray(event)
        period = parse_period(event.period)
        return closing.close(
            self._closings, period, self._settling(period.last), stamp, today_terms=self._governing(today),
            cutoff_seq=event.cutoff_seq, root=event.root, statement=event.statement,
            closing_minor=event.closing_minor, today=today,
        )  # fmt: skip

    def _of_payout(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        state = self._payouts.get(event.stream, payout.initial())
        moved = getattr(event, "effective_on", None)
        if moved is not None and (
            moved > today + timedelta(days=1) or agreement.last_version_on(self._agreement, moved) is None
        ):
            raise Refused(f"no money can move on {moved}")
        match event:
            case of.PayoutProposed():
                return payout.propose(
                    state, _name(event), period=event.period, payer=event.payer, payee=event.payee,
                    amount_minor=event.amount_minor, due_on=event.due_on, terms=self._of_all(self._governing(today)),
                    stamp=stamp,
                )  # fmt: skip
            case of.PayoutApproved():
                return payout.approve(state, self._of_all(self._governing(today)), stamp, note=event.note)
            case of.PayoutSent():
                return payout.send(state, event.effective_on, stamp, reference=event.reference)
            case of.PayoutSettled():
                return payout.settle(state, event.effective_on, stamp, reference=event.reference)
            case of.PayoutFailed():
                return payout.fail(state, event.reason, stamp)
            case of.PayoutReversed():
                return payout.reverse(state, event.effective_on, event.reason, stamp)
            case _:
                raise _stray(event)

    def _of_dispute(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        state = self._disputes.get(event.stream, dispute.initial())
        terms = self._of_all(self._governing(today))
        match event:
            case of.DisputeOpened():
                closed = self._closed(event.period)
                said = _details(event, "period", "figure", "stated_minor", "expected_minor", "effect_minor", "reason")
                return dispute.open_dispute(
                    state, _name(event), terms=self._of_all(self._settling(closed.period.last)), stamp=stamp,
                    others=[self._disputes[each] for each in self._disputing.get(event.figure, ())], **said,
                )  # fmt: skip
            case of.DisputeAnswered():
                return dispute.answer(state, event.answer, terms, stamp)
            case of.DisputeResolved():
                for reference in event.corrections:
                    self._check_corrected(event, reference)
                return dispute.resolve(state, event.reason, terms, stamp, corrections=event.corrections)
            case of.DisputeWithdrawn():
                return dispute.withdraw(state, event.reason, stamp)
            case _:
                raise _stray(event)

    def _of_liquidation(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        state = self._liquidation
        match event:
            case LiquidationOpened():
                return liquidation.open_(state, _content(event), self._of_all(self._governing(today)), stamp)
            case LiquidationAccepted():
                return liquidation.accept(state, stamp)
            case LiquidationDeclined():
                return liquidation.decline(state, event.reason, stamp)
            case LiquidationStepVoided():
                return liquidation.void(state, event.reference, event.reason, stamp)
            case Step():
                return list(liquidation.record(state, type(event), _content(event), stamp))
            case _:
                raise _stray(event)

    def _of_rate(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        if not isinstance(event, of.RateFixed):
            raise _stray(event)
        state = self._rates.get(event.stream, rate.initial())
        quoted = rate.Quoted(event.effective_on, Fraction(event.rate), event.quote, event.source)
        return rate.fix(state, event.currency, quoted, self._governing(today), stamp, reason=event.reason)

    def _of_key(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        state = self._keys.get(event.stream, key.initial())
        match event:
            case KeyRegistered():
                parties = frozenset[str]().union(*(version.parties for version in self._agreement.versions))
                return key.register(state, self._book, event.key, parties, stamp)
            case KeyRevoked():
                return key.revoke(state, self._book, event.key_id, event.reason, stamp)
            case _:
                raise _stray(event)

    def _of_statement(self, event: Event, stamp: Stamp, today: date) -> list[Event]:
        if not isinstance(event, StatementAcknowledged):
            raise _stray(event)
        closed = self._closed(event.period)
        if event.signature is None and _STATEMENTS in self._settling(closed.period.last).signatures:
            raise Refused(f"statements of {self._book} are acknowledged by signature")
        state = self._seen.get(event.stream, acknowledgement.initial())
        parties = frozenset(closed.closing_minor)
        return acknowledgement.acknowledge(state, self._book, closed, parties, event.signature, stamp)

    # --- what was known -------------------------------------------------------------------------------------

    def _governing(self, day: date) -> Terms:
        """The terms that govern a day. Raises `Refused` where none came into force."""
        version = agreement.governing(self._agreement, day)
        if version is None:
            raise Refused(f"{self._book} is not in force")
        return read_canonical(version.terms)

    def _on(self, day: date) -> Terms | None:
        """The terms under which a fact of a day is recorded; None where the agreement was not in force."""
        version = agreement.version_on(self._agreement, day)
        return None if version is None else read_canonical(version.terms)

    def _settling(self, day: date) -> Terms:
        """The terms by which a day is settled; before the beginning the first ones."""
        version = agreement.last_version_on(self._agreement, day)
        return self._governing(day) if version is None else read_canonical(version.terms)

    def _of_all(self, terms: Terms) -> Terms:
        """The terms, with every party there ever was."""
        accepted = (read_canonical(version.terms) for version in self._agreement.versions if version.order is not None)
        return replace(terms, parties={name: who for each in (*accepted, terms) for name, who in each.parties.items()})

    def _closed(self, key_of_period: str) -> closing.Closing:
        found = closing.closing_of(self._closings, parse_period(key_of_period))
        if found is None:
            raise Refused(f"{key_of_period} is not closed")
        return found

    def _check_corrected(self, event: of.DisputeResolved, reference: str) -> None:
        stream = entry.stream(self._book, reference)
        known = self._entries.get(stream)
        if known is None or known.state.status not in (entry.Status.COUNTED, entry.Status.VOIDED):
            raise Refused(f"{reference} does not count")
        if known.seq < self._opened.get(event.stream, 0):
            raise Refused(f"{reference} has not changed since the dispute was opened")

    # --- and what is known after it -------------------------------------------------------------------------

    def _evolve(self, seq: int, event: Event) -> None:
        stream = event.stream
        match stream.split("/", 2)[1]:
            case "agreement":
                self._agreement = agreement.evolve(self._agreement, event)
            case "entry":
                state = entry.evolve(self._entries.get(stream, _UNRECORDED).state, event)
                # Put down first, for a day may have no terms.
                self._entries[stream] = _Known(state, seq)
                days = self._settling(entry.current(state).effective_on).silence
                if days is not None:
                    self._entries[stream] = _Known(state, seq, days)
            case "closing":
                self._closings = closing.evolve(self._closings, event)
            case "payout":
                self._payouts[stream] = payout.evolve(self._payouts.get(stream, payout.initial()), event)
            case "dispute":
                self._learn_dispute(seq, event)
            case "liquidation":
                self._liquidation = liquidation.evolve(self._liquidation, event)
            case "rate":
                self._learn_rate(event)
            case "key":
                self._keys[stream] = key.evolve(self._keys.get(stream, key.initial()), event)
            case "statement":
                seen = self._seen.get(stream, acknowledgement.initial())
                self._seen[stream] = acknowledgement.evolve(seen, event)
            case _:
                raise _stray(event)

    def _learn_rate(self, event: Event) -> None:
        """The days are this check's own copy, so that thousands of them grow in place."""
        days = self._rates.get(event.stream, rate.Rates({})).by_day
        assert isinstance(days, dict)
        days |= rate.evolve(rate.initial(), event).by_day
        self._rates[event.stream] = rate.Rates(days, event.version)

    def _learn_dispute(self, seq: int, event: Event) -> None:
        stream = event.stream
        self._disputes[stream] = dispute.evolve(self._disputes.get(stream, dispute.initial()), event)
        self._opened.setdefault(stream, seq)
        if isinstance(event, of.DisputeOpened):
            self._disputing.setdefault(event.figure, []).append(stream)


def _days(event: Event) -> Iterator[date]:
    """The days that it may have been for who decided: the stamp's, then its neighbour where midnight is near."""
    stamp = event.recorded_at.astimezone(UTC)
    yield stamp.date()
    for each in (stamp - _NEAR, stamp + _NEAR):
        if each.date() != stamp.date():
            yield each.date()


def _name(event: Event) -> str:
    """What a stream is named by within its book: a reference, the id of a payout or dispute."""
    return event.stream.split("/", 2)[2]


_DETAILS = ("note", "source", "original", "evidence")


def _details(event: Event, *names: str) -> dict[str, Any]:
    """The fields of an event that its decider takes as they are."""
    return {name: getattr(event, name) for name in names or _DETAILS if name in event.__struct_fields__}


def _content(event: Event) -> dict[str, Any]:
    """The fields of an event that not every event has."""
    fields = msgspec.structs.asdict(event)
    return {name: value for name, value in fields.items() if name not in Event.__struct_fields__}


def _stray(event: Event) -> Broken:
    return Broken(f"{type(event).__name__} does not belong to {event.stream}")


def _said(count: int) -> str:
    return f"{many(count, 'event')}: decided again, by what was known when each was recorded"
