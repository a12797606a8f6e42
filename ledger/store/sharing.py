"""One transaction for all who wait to save: what makes many threads of a process faster than one.

A disk or a server takes as long for one event as for a hundred. So whoever has the turn takes along what others have
brought meanwhile, and answers each of them by itself: a save whose conditions do not hold is refused, and the others
are recorded. Somebody who is alone waits for nobody.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from threading import Lock

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Engine

from ledger.store.appender import Appender, Known, conflict
from ledger.store.direct import Directs
from ledger.store.failures import Conflict, StoreBusy, StoreUnavailable
from ledger.store.log import log_kind
from ledger.values.errors import PactbookError

#: When so many events have come together, others wait for the next transaction.
ENOUGH = 5_000

#: How long a turn waits at a time, in seconds, where the last one was shared and somebody has just come.
MOMENT = 0.00005

#: Where more books and streams than these are known, nothing is kept for the next turn.
KEPT = 1_000

_LOOK = "look whether it was recorded; what is there already is not recorded twice"


class Save:
    """Events to record, all or none, and on which conditions; then the answer."""

    def __init__(
        self, events: Sequence[StoredEvent], at_size: tuple[str, int] | None, unchanged: Mapping[str, int]
    ) -> None:
        self.events = events
        self.at_size = at_size
        self.unchanged = unchanged
        self.answered = False
        self.sent = False  #: whether it may have been recorded: its turn has come to a commit
        self.leads = False  #: whether its thread has the turn
        self.woken = Lock()  #: held until its thread is answered, or has the turn
        self.woken.acquire()
        self.error: Exception | None = None
        self.positions: list[int] = []
        self.streams = {str(each.originator_id) for each in events}

    def attempt(self, turn: Appender) -> None:
        """Take part in a turn: its events are added to it, or the reason is kept why they cannot be."""
        self.error, self.sent = None, False
        try:
            if self.at_size is not None:
                turn.require_size(*self.at_size)
            turn.require_versions(self.unchanged)
            turn.require_new(self.events)
            self.positions = turn.add(self.events)
        except PactbookError as error:
            self.error = error

    def fail(self, error: Exception) -> None:
        """Nothing of it was recorded, or nobody knows."""
        self.error = error
        self.answer()

    def answer(self) -> None:
        """Tell the thread that waits for it."""
        self.answered = True
        self.wake()

    def wake(self) -> None:
        """Let its thread go on; to do so twice does no harm."""
        if not self.leads:
            with suppress(RuntimeError):
                self.woken.release()

    def result(self) -> list[int]:
        """The positions of its events, or the error."""
        if self.error is not None:
            raise self.error
        return self.positions


class Saver:
    """The saves on an engine, for all threads of the process."""

    def __init__(self, engine: Engine, directs: Directs) -> None:
        self._engine = engine
        self._directs = directs
        self._begin()

    def save(self, wanted: Save) -> list[int]:
        """Record it, by itself or with what others wait for; returns the positions of its events.

        Raises `Stale` where a condition does not hold, `Conflict` when a version of a stream is already there.
        """
        if self._process != os.getpid():
            self._begin()  # a fork: who waits and who has the turn is of the process that it is from
        try:
            self._line_up(wanted)
            if not wanted.leads:
                wanted.woken.acquire()
            if wanted.leads:
                self._lead(wanted)
        except BaseException:
            self._leave(wanted)
            raise
        return wanted.result()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._line = Lock()
        self._taken = False  #: whether somebody has the turn
        self._waiting: deque[Save] = deque()
        self._shared = 1  #: how many the last turn was for
        self._known: Known | None = None  #: how the last turn left the log

    def _line_up(self, wanted: Save) -> None:
        """Wait with the others, or take the turn where nobody has it."""
        with self._line:
            self._waiting.append(wanted)
            if not self._taken:
                wanted.leads = self._taken = True

    def _lead(self, wanted: Save) -> None:
        """Have the turn: record what is there, then give it to the next who waits."""
        group: list[Save] = []
        try:
            self._let_come()
            group = self._group()
            self._record(group)
        except BaseException:
            self._let_go([each for each in group if each is not wanted])
            raise
        self._pass_on(wanted)

    def _let_go(self, group: list[Save]) -> None:
        """Interrupted: who was taken along is recorded by the next, or looks for itself whether it was already."""
        for each in group:
            if each.answered:
                each.wake()
            elif each.sent:
                each.fail(StoreUnavailable("a thread was stopped that saved this with others", _LOOK))
        with self._line:
            self._waiting.extendleft(each for each in reversed(group) if not each.answered)

    def _pass_on(self, wanted: Save) -> None:
        with self._line:
            self._taken = bool(self._waiting)
            if self._taken and not self._waiting[0].leads:
                self._waiting[0].leads = True
                self._waiting[0].woken.release()
            wanted.leads = False

    def _leave(self, wanted: Save) -> None:
        """Interrupted: wait no longer, and hold up nobody. Somebody may have taken it along already."""
        with self._line, suppress(ValueError):
            self._waiting.remove(wanted)
        if wanted.leads:
            self._pass_on(wanted)

    def _let_come(self) -> None:
        """A moment for those whom the last turn was for: each comes back when it has been answered."""
        came = 0
        while self._shared > 1 and came < len(self._waiting):
            came = len(self._waiting)
            time.sleep(MOMENT)

    def _group(self) -> list[Save]:
        """Those who wait, in the order in which they came, but no more than enough."""
        group: list[Save] = []
        count = 0
        with suppress(IndexError):
            while count < ENOUGH:
                group.append(self._waiting.popleft())
                count += len(group[-1].events)
        self._shared = len(group)
        return group

    def _record(self, group: list[Save]) -> None:
        """Answer each of a group. Where the store fails, it has failed for all of them."""
        try:
            self._together(group)
        except (StoreBusy, StoreUnavailable) as error:
            for each in group:
                each.fail(copy(error))
        except Exception as error:
            if len(group) == 1:
                return group[0].fail(conflict(group[0].events) if isinstance(error, Conflict) else error)
            for each in group:  # one of them cannot be written: the others shall not suffer from it
                self._record([each])

    def _together(self, group: list[Save]) -> None:
        kind = log_kind(self._engine)
        known, self._known = self._known, None
        direct, (position, leaf) = self._directs.begun(lambda direct: kind(direct).begin())
        try:
            if known is None or (known.position, known.leaf) != (position, leaf):  # somebody else has written since
                known = Known(position, leaf)
            turn = Appender(kind(direct), known)
            turn.look_up(*_concerned(group))
            for each in group:
                each.attempt(turn)
            if all(each.error for each in group):
                direct.rollback()
            else:
                turn.write()
                for each in group:
                    each.sent = True
                direct.commit()
                self._known = known if len(known.versions) + len(known.trees) < KEPT else None
            for each in group:
                each.answer()
        except BaseException:
            direct.rollback()
            raise
        finally:
            self._directs.give_back(direct)


def _concerned(group: list[Save]) -> tuple[set[str], set[str]]:
    """The books and streams that the conditions of a group are about.

    Whether a stream has a version already, the database tells where there is one save; where there are several, it
    must be known before, for the others are to be recorded.
    """
    streams = {stream for each in group for stream in each.unchanged}
    written = set().union(*(each.streams for each in group))
    books = {stream.partition("/")[0] for stream in written} | {each.at_size[0] for each in group if each.at_size}
    return books, streams | written if len(group) > 1 else streams
