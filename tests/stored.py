"""The book of `tests.world` on a real ledger: what people do goes through its commands, and into its store."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import msgspec

from ledger.application import Ledger
from ledger.book.events import Event, Fact, LiabilityPart
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.terms.written.document import parse_terms
from tests.world import NOW, Book, Room, owner

S = TypeVar("S")


class StoredBook(Book):
    """One agreement on a ledger, where the same people do the same as on a `Book`."""

    def __init__(self, text: str, ledger: Ledger) -> None:
        self.ledger = ledger
        ledger.now = lambda: self.now
        super().__init__(text)

    def acting(self, party: str) -> Ledger:
        """The ledger, with a person of a party."""
        self.ledger.acting_as(f"{party}/ann")
        return self.ledger

    def put(self, events: list[Event]) -> list[Event]:
        """Save what was decided."""
        if events:
            self.ledger.save(*events)
        return events

    @property
    def events(self) -> list[tuple[int, Event]]:
        """Every event with its seq, from the store."""
        return list(self.ledger.events_of(self.slug))

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return self.ledger.head(self.slug).size

    @property
    def facts(self) -> Facts:
        """What the ledger reads for settlement."""
        return self.ledger.facts(self.slug)

    def load(self, room: Room[S], stream: str) -> S:
        """The present state of a stream."""
        return self.ledger.load(room, stream)

    # --- commands -----------------------------------------------------------------------------------------

    def accept(self, party: str) -> list[Event]:
        """A party says yes to what is open."""
        return self.acting(party).agreements.accept(self.slug)

    def amend(self, text: str, effective_on: date) -> list[Event]:
        """Whole new terms from a day on, accepted by all who are asked."""
        terms, first = parse_terms(text), self.parties[0]
        made = self.acting(first).agreements.amend(terms, effective_on, "as agreed")
        if made:
            asked = self.ledger.agreement(self.slug).versions[-1].asked
            for party in sorted(asked - {first}):
                made += self.accept(party)
        return made

    def terminate(self, effective_on: date) -> list[Event]:
        """The agreement ends with a day."""
        party = next(iter(self.terms.parties))
        return self.acting(party).agreements.terminate(self.slug, effective_on, "it is done")

    def record(self, reference: str, fact: Fact, party: str = "") -> list[Event]:
        """Record a fact."""
        who = party or owner(fact) or self.parties[0]
        return self.acting(who).entries.record(self.slug, reference, fact)

    def correct(self, reference: str, fact: Fact) -> list[Event]:
        """Replace the content of an entry, by who recorded it."""
        recorder = self.entry(reference).recorder or self.parties[0]
        changes = msgspec.structs.asdict(fact)
        return self.acting(recorder).entries.correct(self.slug, reference, changes, "a slip")

    def void(self, reference: str, part: str | None = None) -> list[Event]:
        """Take an entry, or a part of a liability, back."""
        state = self.entry(reference)
        recorders = {each.content.reference: each.recorder for each in state.parts}
        who = recorders.get(part or "", state.recorder) or self.parties[0]
        return self.acting(who).entries.void(self.slug, reference, "not ours", part)

    def confirm(self, reference: str, party: str) -> list[Event]:
        """The counterparty says yes."""
        return self.acting(party).entries.confirm(self.slug, reference)

    def reject(self, reference: str, party: str) -> list[Event]:
        """The counterparty says no."""
        return self.acting(party).entries.reject(self.slug, reference, "not agreed")

    def settle(self, reference: str, part: LiabilityPart) -> list[Event]:
        """A party pays (a part of) a liability."""
        return self.acting(part.paid_by or self.parties[0]).entries.settle_liability(self.slug, reference, part)

    def release(self, reference: str, part: LiabilityPart) -> list[Event]:
        """(A part of) a liability is not owed."""
        return self.acting(self.parties[0]).entries.release_liability(self.slug, reference, part, "it was not owed")

    def close(self) -> Statement:
        """Close the next period."""
        party = next(iter(self.terms.parties))
        made, new = self.acting(party).statements.close(self.slug)
        assert new
        return made


def open_ledger(url: str, **details: object) -> Ledger:
    """A ledger at the end of all periods that tests close."""
    return Ledger(url, now=lambda: NOW, **details)  # type: ignore[arg-type]
