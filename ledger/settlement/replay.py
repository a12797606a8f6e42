"""A book replayed from its raw events: the definition of what settlement reads.

Obvious on purpose: every event is folded in order, and every answer is worked out from what the events moved.
Projections answer the same questions faster, and a test holds both equal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

import msgspec

from ledger.book import acknowledgement, agreement, closing, dispute, entry, key, liquidation, payout
from ledger.book.agreement import Agreement
from ledger.book.closing import Closing
from ledger.book.events import AgreementTerminated, Event, PeriodClosed, RateFixed
from ledger.book.movements import Movement
from ledger.settlement.knowledge import Awaiting, Change, Knowledge, TermsInForce, Total, Totals, currencies_of
from ledger.settlement.rates import Fixing, fixing_of, fixings
from ledger.terms.written.document import read_canonical
from ledger.values.errors import Broken, Refused
from ledger.values.periods import period_of


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A movement, and the event that made it."""

    seq: int
    event: Event
    movement: Movement


class Replay:
    """Everything a book says, folded from its events in the order of `seq`."""

    as_of: date | None = None  #: all days count

    def __init__(self, book: str, events: Iterable[tuple[int, Event]]) -> None:
        self.book = book
        self._head = 0
        self._agreement = agreement.initial()
        self._versions: list[TermsInForce] = []
        self._ends: list[tuple[int, AgreementTerminated]] = []
        self._closings = closing.initial()
        self._counted: dict[str, Event] = {}
        self._entries: dict[str, entry.Entry] = {}
        self._changed: dict[str, int] = {}
        self._payouts: dict[str, payout.Payout] = {}
        self._disputes: dict[str, dispute.Dispute] = {}
        self._liquidation = liquidation.initial()
        self._moved: list[Moved] = []
        self._fixed: list[Fixing] = []
        self._keys: dict[str, key.Keys] = {}
        self._seen: dict[str, acknowledgement.Acknowledged] = {}
        self._known: dict[int, Knowledge] = {}
        for seq, event in events:
            self._apply(seq, event)

    def _apply(self, seq: int, event: Event) -> None:
        self._head = seq
        room = event.stream.split("/", 2)[1]
        moved: tuple[Movement, ...] = ()
        match room:
            case "entry" if entry.counts_at_once(event) and self._is_new(event.stream):
                self._counted[event.stream] = event
                moved = entry.first_movements(event)
            case "entry":
                self._entries[event.stream], moved = entry.evolve_with_movements(self._entry(event.stream), event)
                self._changed[event.stream] = seq
            case "payout":
                order = self._payouts.get(event.stream, payout.initial())
                self._payouts[event.stream], moved = payout.evolve_with_movements(order, event)
            case "dispute":
                open_or_not = self._disputes.get(event.stream, dispute.initial())
                self._disputes[event.stream] = dispute.evolve(open_or_not, event)
            case "liquidation":
                self._liquidation, moved = liquidation.evolve_with_movements(self._liquidation, event)
            case "agreement":
                self._agreement = agreement.evolve(self._agreement, event)
                self._versions += come_into_force(self._agreement, len(self._versions), seq)
                if isinstance(event, AgreementTerminated):
                    self._ends.append((seq, event))
            case "closing":
                self._closings = closing.evolve(self._closings, event)
            case "rate" if isinstance(event, RateFixed):
                self._fixed.append(fixing_of(seq, event))
            case "key":
                self._keys[event.stream] = key.evolve(self._keys.get(event.stream, key.initial()), event)
            case "statement":
                seen = self._seen.get(event.stream, acknowledgement.initial())
                self._seen[event.stream] = acknowledgement.evolve(seen, event)
            case _:
                raise Broken(f"{event.stream} is no stream of a book")
        for movement in moved:
            self._moved.append(Moved(seq, event, movement))

    def _is_new(self, stream: str) -> bool:
        return stream not in self._counted and stream not in self._entries

    def _entry(self, stream: str) -> entry.Entry:
        """The state of an entry. It is made only for those that do not simply count: of most the first event is all."""
        state, first = self._entries.get(stream, entry.initial()), self._counted.pop(stream, None)
        return state if first is None else entry.evolve(state, first)

    def head(self) -> int:
        """The seq of the newest event."""
        return self._head

    def closings(self) -> tuple[Closing, ...]:
        """The periods closed so far, in order."""
        return self._closings.closings

    def moved(self) -> tuple[Moved, ...]:
        """Every movement with the event that made it, in the order of knowledge."""
        return tuple(self._moved)

    def payouts(self) -> tuple[payout.Payout, ...]:
        """Every payout of the book, by id."""
        return tuple(sorted(self._payouts.values(), key=lambda state: state.payout_id))

    def disputes(self) -> tuple[dispute.Dispute, ...]:
        """Every dispute of the book, by id."""
        return tuple(sorted(self._disputes.values(), key=lambda state: state.dispute_id))

    def awaiting(self) -> tuple[Awaiting, ...]:
        """The entries that wait for another party's yes, by reference."""
        waiting = [state for state in self._entries.values() if state.status is entry.Status.AWAITING]
        ordered = sorted(waiting, key=lambda state: state.reference)
        return tuple(Awaiting(self._changed[state.stream], state) for state in ordered)

    def knowledge(self, known_at: int | None = None) -> Knowledge:
        """What the book knew at a seq. Raises `Refused` where no terms were in force yet."""
        upto = self._head if known_at is None else known_at
        if upto not in self._known:
            if len(self._known) > 1:  # a statement stands on two: that of its cut-off, and of the one before
                del self._known[min(self._known)]
            self._known[upto] = self._knowledge(upto)
        return self._known[upto]

    def _knowledge(self, upto: int) -> Knowledge:
        versions = tuple(version for version in self._versions if version.since_seq <= upto)
        if not versions:
            raise Refused(f"no terms of {self.book} were in force yet", "all parties must accept them first")
        totals = Totals(versions[0].terms.every, versions[0].terms.currency)
        for moved in self._moved[: self._before(upto + 1)]:
            totals.add(moved.movement)
        ended = [event.effective_on for seq, event in self._ends if seq <= upto]
        fixed = (each for each in self._fixed if each.seq <= upto)
        rates = fixings(fixed, currencies_of(versions), versions[0].terms.starts_on)
        return Knowledge(self.book, upto, versions, totals.per_period(), ended[-1] if ended else None, rates)

    def between(self, first: date, last: date, known_at: int | None = None) -> dict[str, tuple[Total, ...]]:
        """The totals of the days from `first` to `last`, as known at a seq, by the period that they belong to."""
        known = self.knowledge(known_at)
        totals = Totals(known.versions[0].terms.every, known.versions[0].terms.currency)
        for moved in self._moved[: self._before(known.known_at + 1)]:
            if first <= moved.movement.effective_on <= last:
                totals.add(moved.movement)
        return totals.per_period()

    def changes(self, after_seq: int, upto_seq: int, before: date) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that changed totals of days before `before`, in order."""
        every = self._versions[0].terms.every
        found: dict[tuple[int, str], Change] = {}
        for moved in self._moved[self._before(after_seq + 1) : self._before(upto_seq + 1)]:
            day = moved.movement.effective_on
            if day < before:
                change = change_of(moved.seq, moved.event, moved.movement.reference, period_of(day, every).key, day)
                found.setdefault((moved.seq, change.period), change)
        return tuple(found.values())

    def decided(self, after_seq: int, upto_seq: int) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that fixed a rate or ended the agreement, in order; of no period."""
        found = [
            Change(each.seq, "RateFixed", f"rate/{each.currency}", "", each.day, each.actor, each.reason)
            for each in self._fixed
        ]
        found += [change_of(seq, event, "agreement", "", event.effective_on) for seq, event in self._ends]
        return tuple(sorted((each for each in found if after_seq < each.seq <= upto_seq), key=lambda each: each.seq))

    def counts(self, after_seq: int, upto_seq: int, before: date) -> dict[tuple[str, str], int]:
        """How many events in (after_seq, upto_seq] changed totals of days before `before`, by kind and name."""
        found: dict[tuple[str, str], set[int]] = {}
        for moved in self._moved[self._before(after_seq + 1) : self._before(upto_seq + 1)]:
            if moved.movement.effective_on < before:
                found.setdefault((moved.movement.kind.value, moved.movement.name), set()).add(moved.seq)
        return {key: len(seqs) for key, seqs in found.items()}

    def _before(self, seq: int) -> int:
        """How many movements there are of events before one."""
        return bisect_left(self._moved, seq, key=lambda moved: moved.seq)


def come_into_force(state: Agreement, known: int, seq: int) -> list[TermsInForce]:
    """The versions that came into force with the event at `seq`, where `known` were in force before."""
    orders = sorted((version.order, version) for version in state.versions if version.order is not None)
    return [
        TermsInForce(read_canonical(version.terms), version.effective_on, seq)
        for order, version in orders
        if order > known
    ]


def change_of(seq: int, event: Event, reference: str, period: str, effective_on: date) -> Change:
    """What an event did to a total of a period, with who did it and why."""
    assert not isinstance(event, PeriodClosed)
    reason = getattr(event, "reason", "")
    return Change(seq, type(event).__name__, reference, period, effective_on, event.actor, reason)
