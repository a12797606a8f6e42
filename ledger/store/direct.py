"""The driver's own connections, without SQLAlchemy's layers: for the statements that every event passes through.

SQLAlchemy makes connections, the schema and the projections. What it does around a statement takes longer than
recording an event, so the log hands its statements to the driver itself, on connections that stay open. Errors become
ours here, too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

from ledger.store.engine import PATIENCE
from ledger.store.failures import StoreBusy, StoreDamaged, StoreUnavailable, translated
from ledger.store.inserts import Rows, inserts

Made = TypeVar("Made")

#: How many connections the log uses at once; a server has a hundred for all processes.
MOST = 10

#: How a server says that it ends a connection (appendix A of PostgreSQL's manual).
_ENDED = ("57P", "08")


class Direct:
    """A connection of the driver. `lost` says that its server is gone."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        dbapi: Any = engine.dialect.dbapi
        self.engine = engine
        self.lost = False
        self._connection = connection
        self._errors: type[Exception] = dbapi.Error

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a statement, as the driver gives them."""
        try:
            cursor = self._connection.cursor()
            cursor.execute(statement, parameters)
            found: list[Any] = cursor.fetchall()
            return found
        except self._errors as error:
            raise self._failure(error) from error

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that gives no rows."""
        try:
            self._connection.cursor().execute(statement, parameters)
        except self._errors as error:
            raise self._failure(error) from error

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row."""
        try:
            self._connection.cursor().executemany(statement, rows)
        except self._errors as error:
            raise self._failure(error) from error

    def insert(self, into: str, rows: Rows) -> None:
        """Write rows to a file; `into` is the statement up to its values."""
        for statement, parameters in inserts(into, rows):
            self.run_many(statement, parameters)

    def copy(self, statement: str, types: Sequence[str], rows: Rows) -> None:
        """Write rows to a server by its COPY, in binary; `statement` names their table and columns."""
        try:
            cursor = self._connection.cursor()
            with cursor.copy(statement) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
        except self._errors as error:
            raise self._failure(error) from error
        if cursor.rowcount != len(rows):
            said = f"the server kept {cursor.rowcount} rows of {len(rows)}: nothing was recorded"
            raise StoreDamaged(said, "run `pactbook doctor`: somebody may have put a trigger on a table")

    def begin(self, *statements: str) -> list[list[Any]]:
        """Begin a transaction on a server, and give the rows of its first statements, which go there with it."""
        try:
            cursor = self._connection.cursor()
            cursor.execute("; ".join(("BEGIN", *statements)), prepare=False)
            found = []
            while cursor.nextset():
                found.append(cursor.fetchall())
            return found
        except self._errors as error:
            raise self._failure(error) from error

    def commit(self) -> None:
        """End the transaction; what it wrote is durable then."""
        try:
            self.engine.dialect.do_commit(self._connection)
        except self._errors as error:
            raise self._failure(error) from error

    def rollback(self) -> None:
        """End the transaction as if it had not been; where that cannot be done, with its connection."""
        try:
            self.engine.dialect.do_rollback(self._connection)
        except BaseException as error:
            self.lost = True
            if not isinstance(error, Exception):
                raise

    def close(self) -> None:
        """Close the connection; what it had begun is rolled back."""
        with suppress(self._errors):
            self._connection.close()

    def _failure(self, error: Exception) -> Exception:
        """Our error for the driver's. Where one connection is lost, so are those that wait for their next use."""
        dialect, state = self.engine.dialect, str(getattr(error, "sqlstate", None) or "")
        # SQLAlchemy describes the errors of drivers by a type of its own, which those that are caught here do not have.
        self.lost = state.startswith(_ENDED) or dialect.is_disconnect(error, self._connection, None)  # type: ignore[arg-type]
        if self.lost:
            self.engine.dispose()
        return translated(error, dialect.name, self.engine.url, lost=self.lost) or error


def beneath(connection: Connection) -> Direct:
    """The driver's connection beneath one of SQLAlchemy's, within its transaction."""
    return Direct(connection.engine, connection.connection.dbapi_connection)


def copied(connection: Connection, statement: str, types: Sequence[str], rows: Rows) -> None:
    """Write rows to a server by a COPY, within a transaction; errors are those of any statement in it."""
    dbapi: Any = connection.engine.dialect.dbapi
    try:
        beneath(connection).copy(statement, types, rows)
    except dbapi.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error


class Directs:
    """The connections of an engine's log: one for each thread that uses one now, kept open for the next."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._begin()
        event.listen(engine, "engine_disposed", lambda _: self._close())

    def glance(self, look: Callable[[Direct], Made], *, again: bool = True) -> Made:
        """What one statement shows, without a transaction; a connection that was lost meanwhile is replaced."""
        direct = self._borrow()
        try:
            return look(direct)
        except StoreUnavailable:
            if not (again and direct.lost):
                raise
        finally:
            self.give_back(direct)
        return self.glance(look, again=False)

    def begun(self, begin: Callable[[Direct], Made], *, again: bool = True) -> tuple[Direct, Made]:
        """A connection that has begun a transaction, and what it found then; to be given back."""
        direct = self._borrow()
        try:
            return direct, begin(direct)
        except BaseException as error:
            direct.rollback()
            self.give_back(direct)
            if not (again and direct.lost and isinstance(error, Exception)):
                raise
        return self.begun(begin, again=False)

    def give_back(self, direct: Direct) -> None:
        """Let others have a connection, which is in no transaction."""
        if direct.lost:
            direct.close()
            self._count(-1)
        else:
            self._idle.put(direct)

    def _borrow(self) -> Direct:
        if self._process != os.getpid():
            self._begin()  # a fork: the connections are those of the process that it is from
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._another()

    def _another(self) -> Direct:
        """One more connection; where there are enough, the next that is given back."""
        deadline = time.monotonic() + PATIENCE
        while not self._count(1):
            with suppress(Empty):
                return self._idle.get(timeout=1)
            if time.monotonic() > deadline:
                raise StoreBusy("too many threads of this process wait for the store", "try again a little later")
        try:
            return self._open()
        except BaseException:
            self._count(-1)
            raise

    def _count(self, more: int) -> bool:
        """Count connections; False where there would be too many."""
        with self._counting:
            if self._open_now + more > MOST:
                return False
            self._open_now += more
            return True

    def _open(self) -> Direct:
        dbapi: Any = self._engine.dialect.dbapi
        try:
            made = self._engine.raw_connection()
        except dbapi.Error as error:
            raise translated(error, self._engine.dialect.name, self._engine.url, lost=True) or error from error
        made.detach()
        return Direct(self._engine, made.dbapi_connection)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: SimpleQueue[Direct] = SimpleQueue()
        self._counting = Lock()
        self._open_now = 0

    def _close(self) -> None:
        if self._process != os.getpid():
            return  # a fork: to close them would end those of the process that it is from
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()
                self._count(-1)
