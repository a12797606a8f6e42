"""Appending to the log inside one transaction: positions, the seq of each book, leaves and trees.

This is the only code that writes events. It holds the log's head from its first statement to the end of
the transaction, so whatever it reads stays true until it commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection

from ledger.store.failures import Conflict
from ledger.store.log import Log, NodeRow, Row
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Stale

_REPEAT = "look again and repeat the command"
_FAILED = "an append failed"


class Appender:
    """One writer's turn: it sees its own appends, and all of them are recorded together or not at all."""

    def __init__(
        self, log: Log, position: int, trees: dict[str, Frontier] | None = None, versions: dict[str, int] | None = None
    ) -> None:
        """`position` is the last one, held; `trees` and `versions` what else was looked up already."""
        self._log = log
        self._position = position
        self._trees = trees if trees is not None else {}
        self._versions = versions if versions is not None else {}
        self._rows: list[Row] = []
        self._nodes: list[NodeRow] = []
        self._grown: dict[str, Frontier] = {}
        self._over: str | None = None

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
        return positions

    def add(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        """Give events their places, to be written with `write`; returns their positions."""
        rows, leaves = self._placed(stored_events)
        for book, added in leaves.items():
            tree, completed = self._tree(book).grow(added)
            self._trees[book] = self._grown[book] = tree
            self._nodes += [(book, *node) for node in completed]
        self._rows += rows
        self._position += len(rows)
        return [row[0] for row in rows]

    def write(self) -> None:
        """Write what was added. Where that fails, nothing of the whole transaction can be recorded any more."""
        if not self._rows:
            return
        try:
            self._log.insert(self._rows, self._grown, self._nodes)
        except BaseException:
            self._over = _FAILED
            raise
        self._rows, self._nodes, self._grown = [], [], {}
        self._versions.clear()  # the database knows them now; an import would gather a million of them

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
        found = self._tree(book).size
        if found != size:
            raise Stale(f"{book} has {found} events by now, not {size}: somebody recorded something", _REPEAT)

    def require_versions(self, expected: Mapping[str, int]) -> None:
        """Raise `Stale` unless each stream's last version is the one expected (0: the stream is empty)."""
        unknown = [stream for stream in expected if stream not in self._versions]
        if unknown:
            self._versions |= self._log.standing((), unknown)[1]
        changed = sorted(stream for stream, version in expected.items() if max(self._versions[stream], 0) != version)
        if changed:
            raise Stale(f"somebody recorded something in {_listed(changed)} meanwhile", _REPEAT)

    def require_new(self, stored_events: Sequence[StoredEvent]) -> None:
        """Raise `Conflict` where an event does not come after all that its stream has, as far as it was looked up."""
        known = self._versions
        if any(each.originator_version <= known.get(str(each.originator_id), -1) for each in stored_events):
            raise conflict(stored_events)

    def require_success(self) -> None:
        """Refuse to commit after a failed append: nobody may believe that the rest was recorded."""
        if self._over == _FAILED:
            self._require_open()

    def _placed(self, stored_events: Sequence[StoredEvent]) -> tuple[list[Row], dict[str, list[bytes]]]:
        """The rows of events, and the leaves that they add to the tree of each book."""
        leaves: dict[str, list[bytes]] = {}
        sizes: dict[str, int] = {}
        rows: list[Row] = []
        for position, stored in enumerate(stored_events, self._position + 1):
            stream, version, state = str(stored.originator_id), stored.originator_version, stored.state
            book = stream.partition("/")[0]
            if book not in leaves:
                leaves[book], sizes[book] = [], self._tree(book).size
            sizes[book] = seq = sizes[book] + 1
            leaf = leaf_hash(state)
            leaves[book].append(leaf)
            self._versions[stream] = version
            rows.append((position, book, seq, stream, version, stored.topic, state, leaf))
        return rows, leaves

    def _tree(self, book: str) -> Frontier:
        tree = self._trees.get(book)
        if tree is None:
            tree = self._trees[book] = self._log.tree(book)
        return tree

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
