"""The tables made, dropped and made anew; and the one row that says how far the log has been followed.

That row is where processes meet. Whoever writes rows has moved it in the same transaction, first of all, and
whoever makes the tables anew has locked it; a reader looks at it before anything else.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select, update

from ledger.application import Core, ReadOnly, Scratch
from projections.sql import VERSION
from projections.tables import ASIDE, FOLDED, metadata, position, progress

_CREATING = 7_237_128_412  # any number that only pactbook uses: the lock of those who create these tables


def prepare(home: Core | Scratch) -> int:
    """The position reached, with all tables there; they are begun anew where one is missing or of another version."""
    with home.reading() as connection:
        reached = _position_of(connection)
    if reached is None:
        with home.writing() as connection:
            lock(connection)
            reached = _position_of(connection)
            if reached is None:
                begin_anew(connection)
                reached = 0
    return reached


def begin_anew(connection: Connection) -> None:
    """Drop all rows and tables there are and make them anew, at the position before the first event.

    Who does not own the tables empties them. Raises `ReadOnly` where they would have to be made.
    """
    lock(connection)
    if may_make(connection):
        drop_aside(connection)
        metadata.drop_all(connection, tables=FOLDED)
        metadata.create_all(connection)
    elif _position_of(connection) is None:
        raise ReadOnly("the tables that answers are read from have to be made by their owner", "run `pactbook init`")
    else:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in FOLDED)}")
    connection.execute(position.delete())
    connection.execute(position.insert().values(id=1, version=VERSION, position=0))


def drop_aside(connection: Connection) -> None:
    """Drop what was made aside; whoever is still at it finds that it is gone."""
    if inspect(connection).has_table(progress.name):
        connection.execute(progress.delete())
        for table in ASIDE.values():
            table.drop(connection, checkfirst=True)


def take_stock(home: Core | Scratch) -> None:
    """Let PostgreSQL see how much there is: until it looks by itself, it plans as if the tables were empty."""
    if home.engine.dialect.name == "postgresql":
        with home.writing() as connection:
            connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in FOLDED)}")


def move(connection: Connection, after: int, last: int) -> bool:
    """Go on from one position to another; False where the tables are not at the first one (any more).

    Until the transaction ends, nobody else moves.
    """
    here = (position.c.id == 1) & (position.c.version == VERSION) & (position.c.position == after)
    return connection.execute(update(position).where(here).values(position=last)).rowcount == 1


def position_seen(connection: Connection) -> int:
    """The position that a reading transaction sees, -1 where it sees no tables of this version.

    To be asked before anything else: from here on the transaction sees all tables at this moment, and none of
    them is dropped before it ends.
    """
    if connection.dialect.name == "postgresql":
        # Before the first look at any row, which is what fixes the moment.
        connection.exec_driver_sql(f"LOCK TABLE {position.name} IN ACCESS SHARE MODE")
    reached = _stamp(connection)
    return -1 if reached is None else reached


def _stamp(connection: Connection) -> int | None:
    """The position, None where the tables are of another version."""
    here = select(position.c.version, position.c.position).where(position.c.id == 1)
    found = connection.execute(here).one_or_none()
    known = found is not None and found.version == VERSION and isinstance(found.position, int)
    return found.position if found is not None and known else None


def _position_of(connection: Connection) -> int | None:
    """The position, None unless all tables are there in this version."""
    there = set(inspect(connection).get_table_names())
    return _stamp(connection) if there >= {table.name for table in (*FOLDED, position)} else None


def may_make(connection: Connection) -> bool:
    """Whether these tables may be dropped and made: on a server only by their owner, who may make others.

    Not by a superuser, or another member of the owner's role: the new tables would be theirs, and closed to others.
    """
    if connection.dialect.name != "postgresql":
        return True
    owned = connection.exec_driver_sql(
        "SELECT bool_and(relowner = current_user::regrole) FROM pg_class"
        " WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)",
        ([table.name for table in (*FOLDED, position)],),
    ).scalar()
    may = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
    return owned is not False and bool(connection.exec_driver_sql(may).scalar())


def take_turn(connection: Connection) -> None:
    """Wait until nobody else makes these tables; on SQLite a transaction that writes has its turn."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_CREATING,))


def lock(connection: Connection) -> None:
    """Wait until nobody reads, writes or makes these tables; on SQLite a transaction that writes has its turn."""
    take_turn(connection)
    if connection.dialect.name == "postgresql" and inspect(connection).has_table(position.name):
        connection.exec_driver_sql(f"LOCK TABLE {position.name} IN ACCESS EXCLUSIVE MODE")
