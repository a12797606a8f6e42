"""The driver's own connection, without SQLAlchemy's layers: for the statements that every event passes through.

SQLAlchemy keeps the connections, and makes the schema and the projections. What it does around a statement takes longer
than recording an event, so the log hands its statements to the driver itself. Here, too, errors become ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import TimeoutError as NoneFree

from ledger.store.failures import StoreBusy, StoreUnavailable, translated

Made = TypeVar("Made")

#: How a server says that it ends a connection (appendix A of PostgreSQL's manual).
_ENDED = ("57P", "08")


class Direct:
    """A connection of the driver, borrowed from an engine. `lost` says that its server is gone."""

    def __init__(self, engine: Engine, connection: PoolProxiedConnection) -> None:
        self.engine = engine
        self.lost = False
        self._connection = connection
        dbapi: Any = engine.dialect.dbapi
        self._errors: type[Exception] = dbapi.Error

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a statement, as the driver gives them."""
        try:
            cursor = self._connection.cursor()
            cursor.execute(statement, parameters)
            return cursor.fetchall()  # type: ignore[return-value]
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

    def begin(self, first: str) -> list[Any]:
        """Begin a transaction that writes, and give the rows of its first statement.

        A server is sent both at once, which is why `first` has no parameters.
        """
        if self.engine.dialect.name == "sqlite":
            self.run("BEGIN IMMEDIATE")
            return self.rows(first)
        try:
            cursor: Any = self._connection.cursor()
            cursor.execute(f"BEGIN; {first}", prepare=False)
            cursor.nextset()
            return cursor.fetchall()  # type: ignore[no-any-return]
        except self._errors as error:
            raise self._failure(error) from error

    def commit(self) -> None:
        """End the transaction; what it wrote is durable then."""
        try:
            self.engine.dialect.do_commit(self._connection)
        except self._errors as error:
            raise self._failure(error) from error

    def give_back(self) -> None:
        """Let others have the connection; a transaction that was not committed is rolled back."""
        if self.lost:
            self._connection.invalidate()
        else:
            self._connection.close()

    def _failure(self, error: Exception) -> Exception:
        """Our error for the driver's. Where one connection is lost, so are those that wait for their next use."""
        dialect, state = self.engine.dialect, str(getattr(error, "sqlstate", None) or "")
        self.lost = state.startswith(_ENDED) or dialect.is_disconnect(error, self._connection.dbapi_connection, None)  # type: ignore[arg-type]
        if self.lost:
            self.engine.dispose()
        return translated(error, dialect.name, self.engine.url, lost=self.lost) or error


def glance(engine: Engine, look: Callable[[Direct], Made], *, again: bool = True) -> Made:
    """What one statement shows, without a transaction; a connection that was lost meanwhile is replaced."""
    direct = _borrow(engine)
    try:
        return look(direct)
    except StoreUnavailable:
        if not (again and direct.lost):
            raise
    finally:
        direct.give_back()
    return glance(engine, look, again=False)


def begun(engine: Engine, first: str, *, again: bool = True) -> tuple[Direct, list[Any]]:
    """A connection with a transaction that writes, and the rows of its first statement; to be given back."""
    direct = _borrow(engine)
    try:
        return direct, direct.begin(first)
    except BaseException:
        direct.give_back()
        if not (again and direct.lost):
            raise
    return begun(engine, first, again=False)


def beneath(connection: Connection) -> Direct:
    """The driver's connection beneath one of SQLAlchemy's, within its transaction."""
    return Direct(connection.engine, connection.connection)


def _borrow(engine: Engine) -> Direct:
    dbapi: Any = engine.dialect.dbapi
    try:
        return Direct(engine, engine.raw_connection())
    except NoneFree:
        raise StoreBusy("this process has as many connections as it may have", "try again a little later") from None
    except dbapi.Error as error:
        raise translated(error, engine.dialect.name, engine.url, lost=True) or error from error
