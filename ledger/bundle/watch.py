"""What is held against one book as its events pass: checkpoints, signatures, acknowledgements, and its own rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from ledger.book.events import Event
from ledger.bundle.report import Check
from ledger.bundle.rules import Rules
from ledger.bundle.seals import Seals
from ledger.bundle.signatures import Signatures
from ledger.store.checkpoint import Checkpoint
from ledger.store.notes import Kind, PublicKey
from ledger.store.proof import Frontier


class SignedWatch:
    """Holds the tree and the events that were signed against checkpoints and keys.

    `since` is a checkpoint that somebody kept, `checkpoints` are notes by name: `checkpoints/SIZE.txt`.
    """

    def __init__(self, book: str, since: Checkpoint | None, checkpoints: Mapping[str, bytes]) -> None:
        self._seals = Seals(book, since, checkpoints)
        self._signatures = Signatures(book)

    def sizes(self) -> Set[int]:
        """The sizes of the book of which something was signed or kept, and that have not passed yet."""
        return self._seals.sizes()

    def grow(self, tree: Frontier) -> None:
        """The tree of the book after more events; each of the `sizes` is to be shown."""
        self._seals.take(tree)

    def take(self, seq: int, event: Event) -> None:
        """An event, in the order of seqs; those of other types than `signatures.ABOUT` need not be shown."""
        self._signatures.take(seq, event)

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What came of it, when all events have passed; `trusted` are keys that are known otherwise."""
        known = (PublicKey(each.name, Kind.ED25519, each.raw) for each in (*trusted, *self._signatures.keys()))
        yield from self._seals.checks(tuple(dict.fromkeys(known)), self._signatures.revoked)
        yield from self._signatures.checks(trusted)


class Watch:
    """Holds every event and the tree that it makes against the rules and what was signed, in bundle and store alike.

    Arguments are those of `SignedWatch`.
    """

    def __init__(self, book: str, since: Checkpoint | None, checkpoints: Mapping[str, bytes]) -> None:
        self._signed = SignedWatch(book, since, checkpoints)
        self._rules = Rules(book)

    def take(self, seq: int, tree: Frontier, event: Event | None) -> None:
        """One more event, None for one that cannot be read, and the tree with it."""
        self._signed.grow(tree)
        if event is not None:
            self._rules.take(seq, event)
            self._signed.take(seq, event)

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What came of it, when all events have passed; `trusted` are keys that are known otherwise."""
        yield self._rules.check()
        yield from self._signed.checks(trusted)
