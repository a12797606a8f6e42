"""The log of events in a database, as the `eventsourcing` library asks for it, and by book.

Every event has two numbers: its *position* in the log of the store, dense and in the order of commits,
and its *seq* in its book. One transaction writes the events, both numbers, their leaves and the new tree
head of each book, so that none of them can ever be seen without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event as Signal
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription
from sqlalchemy import Engine

from ledger.store.appender import Appender, Known
from ledger.store.direct import Directs
from ledger.store.engine import writing
from ledger.store.log import Log, log_kind, log_of
from ledger.store.proof import Head
from ledger.store.sharing import Save, Saver

#: How long a subscription that has seen everything waits before it looks again, in seconds.
POLL_SECONDS = 0.05
_PAGE = 500

Made = TypeVar("Made")


@dataclass(frozen=True)
class BookNotification(Notification):
    """An event as a follower sees it: also the book that it belongs to, and its seq there."""

    book: str
    seq: int


class BookRecorder(ApplicationRecorder):
    """Records events and reads them back: by stream, by book, and in the order of the log."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._directs = Directs(engine)
        self._log = log_kind(engine)
        self._saver = Saver(engine, self._directs)

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        at_size: tuple[str, int] | None = None,
        unchanged: Mapping[str, int] | None = None,
        **_: Any,
    ) -> list[int]:
        """Record events, all or none, and return their positions.

        `at_size` names a book and how many events it must have now; `unchanged` gives streams and the
        last version that each must still have. Raises `Stale` when one of them has moved on, `Conflict`
        when a version of a stream is already there.
        """
        if not stored_events:
            return []
        return self._saver.save(Save(stored_events, at_size, unchanged or {}))

    @contextmanager
    def appending(self) -> Iterator[Appender]:
        """One writer's turn for as long as it takes, such as a whole import: recorded at its end, or not at all.

        Others wait meanwhile to write, though not to read. Memory does not grow with what is appended.
        """
        with writing(self.engine) as connection:
            log = log_of(connection)
            turn = Appender(log, Known(log.lock()))
            yield turn
            turn.require_success()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """The events of one stream, in order of version, those after `gt` and up to `lte`."""
        rows = self._select(
            f"SELECT stream, version, topic, state FROM events WHERE stream = ?{_range('version', gt, lte)}"
            f" ORDER BY version {'DESC' if desc else 'ASC'}{_limit(limit)}",
            str(originator_id),
            *_given(gt, lte, limit),
        )
        return [StoredEvent(*row) for row in rows]

    def select_streams(self, streams: Sequence[str], upto: int | None = None) -> dict[str, list[StoredEvent]]:
        """The events of several streams at once (up to a seq), by stream; an empty list for one that has none."""
        return self._look(lambda log: log.streams(streams, upto))

    def select_news(self, known: Mapping[str, int]) -> dict[str, list[StoredEvent]]:
        """The events of streams after the versions that are known, by stream: all of it at one moment."""
        return self._look(lambda log: log.news(known))

    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The last version of each stream, 0 for one that has no events."""
        return self._look(lambda log: log.versions(streams))

    def seqs(self, streams: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The seqs of the first and the last event of each stream, without those that have none."""
        statement = "SELECT stream, min(seq), max(seq) FROM events WHERE stream {among} GROUP BY stream"
        rows = self._look(lambda log: log.select(statement, log.array(streams)))
        return {name: (int(first), int(last)) for name, first, last in rows}

    def select_book(
        self, book: str, *, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> list[tuple[int, StoredEvent]]:
        """The events of a book in order, each with its seq: those after one seq and up to another."""
        rows = self.rows_of_book(book, after=after, upto=upto, limit=limit)
        return [(row[0], StoredEvent(*row[1:])) for row in rows]

    def rows_of_book(
        self, book: str, *, after: int = 0, upto: int | None = None, limit: int | None = None
    ) -> Sequence[tuple[int, str, int, str, bytes]]:
        """The same as bare rows, for who reads all of a book: seq, stream, version, topic, state."""
        return self._select(
            f"SELECT seq, stream, version, topic, state FROM events WHERE book = ?{_range('seq', after, upto)}"
            f" ORDER BY seq{_limit(limit)}",
            book,
            *_given(after, upto, limit),
        )

    def rows_at(self, book: str, seqs: Sequence[int]) -> Sequence[tuple[int, str, int, str, bytes]]:
        """Some events of a book by their seqs, as bare rows: seq, stream, version, topic, state."""
        return self._look(
            lambda log: log.select(
                "SELECT seq, stream, version, topic, state FROM events WHERE book = ? AND seq {among}",
                book,
                log.array(seqs),
            )
        )

    def rows_of_log(self, after: int, limit: int) -> Sequence[tuple[int, str, int, str, int, str, bytes]]:
        """The next events of all books as bare rows: position, book, seq, stream, version, topic, state."""
        return self._select(
            "SELECT position, book, seq, stream, version, topic, state FROM events WHERE position > ?"
            " ORDER BY position LIMIT ?",
            after,
            limit,
        )

    def log_of_book(self, book: str, after: int, limit: int) -> Sequence[tuple[int, str, int, str, int, str, bytes]]:
        """The next events of one book, those after a seq, as the same rows."""
        return self._select(
            "SELECT position, book, seq, stream, version, topic, state FROM events WHERE book = ? AND seq > ?"
            " ORDER BY seq LIMIT ?",
            book,
            after,
            limit,
        )

    def books(self) -> list[str]:
        """Every book that has events, by name."""
        return sorted(book for (book,) in self._select("SELECT book FROM books"))

    def head(self, book: str) -> Head:
        """How many events a book has, and the root of its tree."""
        return self._look(lambda log: log.tree(book)).head()

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[BookNotification]:
        """The events of all books in the order of the log, from one position to another."""
        after = start - 1 if start is not None and inclusive_of_start else start
        rows = self._look(
            lambda log: log.select(
                "SELECT stream, version, topic, state, position, book, seq FROM events"
                f" WHERE position > ?{_range('position', None, stop)}{' AND topic {among}' if topics else ''}"
                " ORDER BY position LIMIT ?",
                after or 0,
                *_given(stop),
                *([log.array(topics)] if topics else []),
                limit,
            )
        )
        return [BookNotification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The last position, None while nothing is recorded."""
        [(position,)] = self._select("SELECT max(position) FROM events")
        return None if position is None else int(position)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[BookRecorder]:
        """The events after a position, those still to come included: it waits for them until it is stopped."""
        return PollingSubscription(self, gt, topics)

    def _select(self, statement: str, *parameters: Any) -> Sequence[Any]:
        return self._look(lambda log: log.select(statement, *parameters))

    def _look(self, look: Callable[[Log], Made]) -> Made:
        """What one statement shows of the log."""
        return self._directs.glance(lambda direct: look(self._log(direct)))


class PollingSubscription(Subscription[BookRecorder]):
    """Follows the log page by page, and looks again after a while when there is nothing new."""

    def __init__(self, recorder: BookRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._page: Iterator[BookNotification] = iter(())
        self._stopped = Signal()

    def stop(self) -> None:
        """End the iteration, also one that waits in another thread."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> BookNotification:
        while not self._stopped.is_set():
            notification = next(self._page, None)
            if notification is not None:
                self._last_notification_id = notification.id
                return notification
            found = self._recorder.select_notifications(
                self._last_notification_id, _PAGE, topics=self._topics, inclusive_of_start=False
            )
            self._page = iter(found)
            if not found:
                self._stopped.wait(POLL_SECONDS)
        raise StopIteration


def _range(column: str, after: int | None, upto: int | None) -> str:
    lower = "" if after is None else f" AND {column} > ?"
    upper = "" if upto is None else f" AND {column} <= ?"
    return lower + upper


def _limit(limit: int | None) -> str:
    return "" if limit is None else " LIMIT ?"


def _given(*values: int | None) -> list[int]:
    return [value for value in values if value is not None]
