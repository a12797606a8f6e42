"""The checkpoints of a book, held against its tree as it grows: those beside it, and the one that somebody kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

import msgspec

from ledger.bundle.report import Check, many
from ledger.store.checkpoint import Checkpoint, parse_checkpoint
from ledger.store.keys import verify
from ledger.store.notes import Kind, PublicKey
from ledger.store.proof import Frontier, Head
from ledger.values.errors import Broken


class _Held(msgspec.Struct, frozen=True):
    """A checkpoint, and where it is from."""

    source: str
    checkpoint: Checkpoint


class Seals:
    """Checkpoints, compared with the book's heads as it grows."""

    def __init__(self, book: str, since: Checkpoint | None, members: Mapping[str, bytes]) -> None:
        self._book = book
        self._since = since
        self._inside = Check("checkpoints")
        self._kept = Check("since")
        self._waiting: dict[int, list[_Held]] = {}
        self._held: list[_Held] = []
        self._signed = 0
        self._size = 0
        for name, data in members.items():
            self._read(name, data)
        if since is not None:
            self._await(_Held("the checkpoint that was kept", since), self._kept)

    def sizes(self) -> Set[int]:
        """The sizes of which there are checkpoints that the book has not been compared with yet."""
        return self._waiting.keys()

    def take(self, tree: Frontier) -> None:
        """The book after more events; each of the `sizes` is to be among what it is shown."""
        self._size = tree.size
        for held in self._waiting.pop(tree.size, ()):
            self._compare(held, tree.head())

    def checks(self, keys: Sequence[PublicKey], revoked: Mapping[tuple[str, bytes], int]) -> Iterator[Check]:
        """What came of it, when all events have passed; `keys` are those that signatures are verified with.

        `revoked` says in which event a key was revoked: what it signs of a book that holds this event does not count.
        """
        for held in self._held:
            self._verify(held, keys, revoked)
        for size, waiting in sorted(self._waiting.items()):
            for held in waiting:
                self._check_of(held).blame(f"{held.source} is of {size:,} events; there are only {self._size:,}")
        self._inside.tell(_said, self._signed)
        yield self._inside
        if self._since is not None:
            size = self._since.head.size
            self._kept.found = (
                f"the first {size:,} events are those of the checkpoint that was kept: nothing was rewritten"
            )
            yield self._kept

    def _read(self, name: str, data: bytes) -> None:
        try:
            checkpoint = parse_checkpoint(data)
        except Broken as error:
            self._inside.blame(f"{name}: {error.message}")
            return
        if name != f"checkpoints/{checkpoint.head.size}.txt":
            self._inside.blame(f"{name} is a checkpoint of {checkpoint.head.size:,} events")
        self._await(_Held(name, checkpoint), self._inside)

    def _await(self, held: _Held, check: Check) -> None:
        self._held.append(held)
        if held.checkpoint.book != self._book:
            check.blame(f"{held.source} is of the book {held.checkpoint.book}, not of {self._book}")
        elif held.checkpoint.head.size == 0:
            check.blame(f"{held.source} is of an empty book, and proves nothing")
        else:
            self._waiting.setdefault(held.checkpoint.head.size, []).append(held)

    def _compare(self, held: _Held, head: Head) -> None:
        if held.checkpoint.head != head:
            said = f"{held.source}: the first {head.size:,} events have another root, {head.root.hex()[:16]}"
            self._check_of(held).blame(said)

    def _verify(self, held: _Held, keys: Sequence[PublicKey], revoked: Mapping[tuple[str, bytes], int]) -> None:
        """Every signature that one of the keys claims has to be valid, and nobody signs in the name of a known key.

        Those of keys that are not known are passed over: nothing can be said of them.
        """
        check = self._check_of(held)
        every = [PublicKey(key.name, kind, key.raw) for key in keys for kind in Kind]
        for key in every:
            try:
                found = verify(held.checkpoint.note, key)
            except Broken as error:
                check.blame(f"{held.source}: {error.message}")
            else:
                self._signed += found is not None and check is self._inside
                ended = revoked.get((key.name, key.raw))
                if found is not None and ended is not None and ended <= held.checkpoint.head.size:
                    check.blame(f"{held.source}: the key of {key.name} had been revoked by then, in event {ended}")
        known, names, ids = (
            {(key.name, key.id) for key in every},
            {key.name for key in every},
            {key.id for key in every},
        )
        for each in held.checkpoint.note.signatures:
            if (each.name, each.key_id) not in known and (each.name in names or each.key_id in ids):
                check.blame(f"{held.source}: {each.name} has not registered the key that signed in its name")

    def _check_of(self, held: _Held) -> Check:
        return self._kept if held.checkpoint is self._since else self._inside


def _said(count: int) -> str:
    return f"{many(count, 'signature')} of checkpoints: valid, of roots that the events have"
