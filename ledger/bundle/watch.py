"""What is held against one book as its events pass: its own rules, checkpoints, signatures, acknowledgements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledger.book.events import Event
from ledger.bundle.report import Check
from ledger.bundle.rules import Rules
from ledger.bundle.seals import Seals
from ledger.bundle.signatures import Signatures
from ledger.store.checkpoint import Checkpoint
from ledger.store.notes import Kind, PublicKey
from ledger.store.proof import Frontier


class Watch:
    """Holds every event, and the tree that it makes, against the rules and what was signed, in bundle and store alike.

    `since` is a checkpoint that somebody kept, `checkpoints` are notes by name: `checkpoints/SIZE.txt`.
    """

    def __init__(self, book: str, since: Checkpoint | None, checkpoints: Mapping[str, bytes]) -> None:
        self._seals = Seals(book, since, checkpoints)
        self._signatures = Signatures(book)
        self._rules = Rules(book)

    def take(self, seq: int, tree: Frontier, event: Event | None) -> None:
        """One more event, None for one that cannot be read, and the tree with it."""
        self._seals.take(tree)
        if event is not None:
            self._rules.take(seq, event)
            self._signatures.take(seq, event)

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What came of it, when all events have passed; `trusted` are keys that are known otherwise."""
        yield self._rules.check()
        known = (PublicKey(each.name, Kind.ED25519, each.raw) for each in (*trusted, *self._signatures.keys()))
        yield from self._seals.checks(tuple(dict.fromkeys(known)), self._signatures.revoked)
        yield from self._signatures.checks(trusted)
