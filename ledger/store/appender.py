"""Appending to the log inside one transaction: positions, the seq of each book, leaves and trees.

This is the only code that writes events. It holds the log's head from its first statement to the end of
the transaction, so whatever it reads stays true until it commits; and so does what was known of a log that ends so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection

from ledger.store.failures import Conflict
from ledger.store.log import Log, NodeRow, Row
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Stale

_REPEAT = "look again and repeat the command"
_FAILED = "an append failed"


@dataclass(slots=True)
class Known:
    """What is known of the log where it ends with the event at `position`.

    `leaf` is that of this event, None where there is none: no other history ends so, for events are salted. `trees` are
    those of books, `versions` the last ones of streams (-1: it has no event).
    """

    position: int
    leaf: bytes | None = None
    trees: dict[str, Frontier] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)


class Appender:
    """One writer's turn: it sees its own appends, and all of them are recorded together or not at all."""

    def __init__(self, log: Log, known: Known) -> None:
        """`known` is of where the log ends, which is held."""
        self._log = log
        self.known = known
        self._rows: list[Row] = []
        self._leaves: defaultdict[str, list[bytes]] = defaultdict(list)
        self._over: str | None = None

    def look_up(self, books: Iterable[str], streams: Iterable[str]) -> None:
        """Ask for what is not known yet of books and streams, all of it at once."""
        trees, versions = self.known.trees, self.known.versions
        unknown = [book for book in books if book not in trees], [each for each in streams if each not in versions]
        if any(unknown):
            more_trees, more_versions = self._log.standing(*unknown)
            trees.update(more_trees)
            versions.update(more_versions)

    def append(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        """Write events in the order given, of one or several books, and return their positions.

        Raises `Conflict` when a version of a stream is already there; then nothing of the whole
        transaction can be recorded any more.
        """
        self._require_open()
        positions = self.add(stored_events)
        try:
            self.write()
        except Conflict as error:
            raise conflict(stored_events) from error
        self.known.versions.clear()  # the database knows them now; an import would gather a million of them
        return positions

    def add(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        """Give events their places, to be written with `write`; returns their positions."""
        first = position = self.known.position
        versions = self.known.versions
        sizes: dict[str, int] = {}
        for stored in stored_events:
            stream, version, state = str(stored.originator_id), stored.originator_version, stored.state
            book = stream.partition("/")[0]
            if book not in sizes:
                sizes[book] = self._size(book)
            sizes[book] = seq = sizes[book] + 1
            position += 1
            leaf = leaf_hash(state)
            self._leaves[book].append(leaf)
            self._rows.append((position, book, seq, stream, version, stored.topic, state, leaf))
            versions[stream] = max(version, versions.get(stream, version))
        self.known.position = position
        return list(range(first + 1, position + 1))

    def write(self) -> None:
        """Write what was added. Where that fails, nothing of the whole transaction can be recorded any more."""
        if not self._rows:
            return
        nodes: list[NodeRow] = []
        grown: dict[str, Frontier] = {}
        for book, leaves in self._leaves.items():
            grown[book], completed = self._tree(book).grow(leaves)
            nodes += [(book, *node) for node in completed]
        try:
            self._log.insert(self._rows, grown, nodes)
        except BaseException:
            self._over = _FAILED
            raise
        self.known.trees |= grown
        self.known.leaf = self._rows[-1][-1]
        self._rows.clear()
        self._leaves.clear()

    def streams(self, names: Sequence[str]) -> dict[str, list[StoredEvent]]:
        """The events of several streams at once, by stream; an empty list for one that has none."""
        self._require_open()
        return self._log.streams(names)

    def tree(self, book: str) -> Frontier:
        """The tree of a book with all that was appended so far."""
        self._require_open()
        return self._tree(book)

    @property
    def connection(self) -> Connection:
        """The transaction, for what is to be kept together with the events or not at all."""
        self._require_open()
        return self._log.connection

    def rollback(self) -> None:
        """End the turn with nothing recorded, as a dry run does."""
        self._over = "it was rolled back"
        self._log.connection.rollback()

    def require_size(self, book: str, size: int) -> None:
        """Raise `Stale` unless the book has exactly so many events now."""
        found = self._size(book)
        if found != size:
            raise Stale(f"{book} has {found} events by now, not {size}: somebody recorded something", _REPEAT)

    def require_versions(self, expected: Mapping[str, int]) -> None:
        """Raise `Stale` unless each stream's last version is the one expected (0: the stream is empty)."""
        self.look_up((), expected)
        versions = self.known.versions
        changed = sorted(stream for stream, version in expected.items() if max(versions[stream], 0) != version)
        if changed:
            raise Stale(f"somebody recorded something in {_listed(changed)} meanwhile", _REPEAT)

    def require_new(self, stored_events: Sequence[StoredEvent]) -> None:
        """Raise `Conflict` where an event does not come after all that its stream has, as far as it was looked up."""
        known = self.known.versions
        if any(each.originator_version <= known.get(str(each.originator_id), -1) for each in stored_events):
            raise conflict(stored_events)

    def require_success(self) -> None:
        """Refuse to commit after a failed append: nobody may believe that the rest was recorded."""
        if self._over == _FAILED:
            self._require_open()

    def _size(self, book: str) -> int:
        """How many events a book has with those that were added."""
        return self._tree(book).size + len(self._leaves.get(book, ()))

    def _tree(self, book: str) -> Frontier:
        self.look_up((book,), ())
        return self.known.trees[book]

    def _require_open(self) -> None:
        if self._over is not None:
            raise RuntimeError(f"nothing can be recorded in this transaction: {self._over}")


def conflict(stored_events: Sequence[StoredEvent]) -> Conflict:
    """What the writer of events is told when a version of theirs is already there."""
    streams = sorted({str(stored.originator_id) for stored in stored_events})
    return Conflict(f"somebody else recorded something in {_listed(streams)}", _REPEAT)


def _listed(names: Sequence[str]) -> str:
    """A few names of many, for a message."""
    return names[0] if len(names) == 1 else f"one of {', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"
