"""The signatures in a book: each must be valid, by a key that its party had registered and not revoked by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.book import agreement, key
from ledger.book.acknowledgement import signed_text
from ledger.book.events import (
    AgreementAccepted,
    AgreementProposed,
    AmendmentAccepted,
    AmendmentProposed,
    Event,
    PeriodClosed,
)
from ledger.book.signing_events import KeyRegistered, KeyRevoked, StatementAcknowledged
from ledger.bundle.report import Check, many
from ledger.store.keys import verify
from ledger.store.notes import PublicKey, parse_key, parse_note
from ledger.values.errors import Broken, Rejected

ABOUT: tuple[type[Event], ...] = (
    AgreementProposed, AgreementAccepted, AmendmentProposed, AmendmentAccepted, PeriodClosed,
    KeyRegistered, KeyRevoked, StatementAcknowledged,
)  # fmt: skip
"""The events that may be signed, and those that a signature is about: no others are looked at."""


class Signatures:
    """Follows a book event by event, with the keys that count at each."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._check = Check("signatures")
        self._acknowledged = Check("acknowledgements")
        self._keys: dict[str, key.Keys] = {}
        self.revoked: dict[tuple[str, bytes], int] = {}
        self._first: dict[str, int] = {}  # by the name of a key: the event that first registered one
        self._closed: dict[str, PeriodClosed] = {}
        self._signed = 0
        self._seen = 0

    def take(self, seq: int, event: Event) -> None:
        """Check what one event says."""
        if not isinstance(event, ABOUT):
            return
        party = event.actor.partition("/")[0]
        match event:
            case KeyRegistered() | KeyRevoked():
                self._learn_key(seq, event, party)
            case AgreementProposed() | AgreementAccepted() | AmendmentProposed() | AmendmentAccepted():
                text = agreement.signed_text(self._book, event.digest)
                self._hold(seq, event.signature, text, party)
            case PeriodClosed():
                self._closed[event.period] = event
            case StatementAcknowledged():
                self._acknowledge(seq, event, party)
            case _:
                pass

    def keys(self) -> Iterator[PublicKey]:
        """Every key that was ever registered; those that were revoked signed before they were."""
        for state in self._keys.values():
            for each in state.keys:
                yield parse_key(each.key)

    def checks(self, trusted: Sequence[PublicKey] = ()) -> Iterator[Check]:
        """What came of it, when all events have passed; `trusted` are keys that are known otherwise."""
        self._compare(trusted)
        self._check.tell(_signed, self._signed)
        self._acknowledged.tell(_acknowledged, self._seen)
        yield from (self._check, self._acknowledged)

    def _compare(self, trusted: Sequence[PublicKey]) -> None:
        """A name that is known by another key than those registered under it: somebody else may sign in that name."""
        known = list(self.keys())
        for name in dict.fromkeys(each.name for each in trusted):
            registered = {each.raw for each in known if each.name == name}
            if registered and not registered & {each.raw for each in trusted if each.name == name}:
                first = self._first[name]
                self._check.blame(f"event {first} registered a key of {name} that is not the one that you trust")

    def _learn_key(self, seq: int, event: KeyRegistered | KeyRevoked, party: str) -> None:
        if event.stream != key.stream(self._book, party):
            self._check.blame(f"event {seq}: {event.actor} changed the keys of another party")
            return
        if isinstance(event, KeyRegistered):
            try:
                self._first.setdefault(parse_key(event.key).name, seq)
            except Rejected as error:
                self._check.blame(f"event {seq}: {error.message}")
                return
        if isinstance(event, KeyRevoked):
            held = (
                parse_key(each.key) for each in self._keys.get(party, key.initial()).keys if each.id == event.key_id
            )
            self.revoked |= {(each.name, each.raw): seq for each in held}
        self._keys[party] = key.evolve(self._keys.get(party, key.initial()), event)

    def _hold(self, seq: int, signature: str | None, text: str, party: str) -> None:
        if signature is None:
            return
        valid = self._keys.get(party, key.initial()).valid()
        try:
            note = parse_note(f"{text}\n{signature}\n".encode())
            if not any(verify(note, parse_key(each)) for each in valid):
                raise Broken(f"it was not made with a key that {party} had registered")
        except Broken as error:
            self._check.blame(f"event {seq}: the signature does not count: {error.message}")
        else:
            self._signed += 1

    def _acknowledge(self, seq: int, event: StatementAcknowledged, party: str) -> None:
        closed = self._closed.get(event.period)
        said = event.statement, event.size, event.root
        if closed is None or said != (closed.statement, closed.cutoff_seq, closed.root):
            self._acknowledged.blame(f"event {seq} acknowledges another statement of {event.period} than was issued")
        self._seen += 1
        self._hold(seq, event.signature, signed_text(self._book, event.period, *said), party)


def _signed(count: int) -> str:
    return f"{many(count, 'signature')} of terms and statements: valid, by keys that were registered"


def _acknowledged(count: int) -> str:
    return f"{many(count, 'acknowledgement')}: of the statement, size and root that were issued"
