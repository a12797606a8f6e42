"""The tables of a store: the log of events, its heads, and how far each follower is.

`events` is the truth, and the database itself refuses to change or delete a row of it. Everything else
could be computed again: `books` holds each book's tree so far, `nodes` what proofs need of it, `log_head` the last
position, `tracking` how far each projection has followed the log. `checkpoints` are the signed notes that were
made or brought here, one for a size of a book with all its signatures; they are copies of what others keep.
`documents` says which documents were kept in the folder beside the store, so that one that is gone is missed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
    inspect,
    select,
)
from sqlalchemy.schema import CreateTable

from ledger.store.engine import reading, writing
from ledger.store.failures import NOT_A_STORE, StoreUnavailable
from ledger.store.log import log_of
from ledger.store.tree import keep_nodes
from ledger.store.version import SCHEMA_VERSION
from ledger.values.errors import Broken

_NODES_SINCE = 2  #: the version from which on nodes are kept
_CREATING = 7_237_128_411  # any number that only pactbook uses: the lock of those who create a schema
_Big = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("position", _Big, primary_key=True, autoincrement=False),
    Column("book", Text, nullable=False),
    Column("seq", _Big, nullable=False),
    Column("stream", Text, nullable=False),
    Column("version", _Big, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("stream", "version", name="events_stream_version"),
    UniqueConstraint("book", "seq", name="events_book_seq"),
    CheckConstraint("length(leaf) = 32", name="events_leaf_is_a_hash"),
    CheckConstraint("position > 0 AND seq > 0", name="events_are_counted"),
    CheckConstraint("typeof(state) = 'blob'", name="events_state_is_bytes").ddl_if(dialect="sqlite"),
)

books = Table(
    "books",
    metadata,
    Column("book", Text, primary_key=True),
    Column("size", _Big, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("book", Text, primary_key=True),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("place", _Big, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("length(hash) = 32", name="nodes_hash_is_a_hash"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("book", Text, primary_key=True),
    Column("size", _Big, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

documents = Table("documents", metadata, Column("digest", Text, primary_key=True))

log_head = Table(
    "log_head",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("position", _Big, nullable=False),
)

tracking = Table(
    "tracking",
    metadata,
    Column("application_name", Text, primary_key=True),
    Column("position", _Big, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

_REFUSALS = {
    "sqlite": (
        "CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
        "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION pactbook_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'events are never changed or deleted' USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION pactbook_refuse_change()",
    ),
}


@event.listens_for(events, "after_create")
def _freeze(_table: Table, connection: Connection, **_: Any) -> None:
    """Have the database itself refuse to change or delete events."""
    for statement in _REFUSALS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def create_schema(engine: Engine) -> None:
    """Make an empty store, or bring the one that is there up to date; two processes may do it at once.

    Raises `Refused` when the database cannot be written, `Broken` when its store is from a newer pactbook.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_CREATING,))
        if inspect(connection).has_table(meta.name):
            return _upgrade(connection)
        metadata.create_all(connection)
        connection.execute(log_head.insert().values(id=1, position=0))
        connection.execute(meta.insert().values(key="schema_version", value=str(SCHEMA_VERSION)))


def _upgrade(connection: Connection) -> None:
    """Bring an older store up to date. Its events stay as they are."""
    version = _version(connection)
    if version < SCHEMA_VERSION:
        metadata.create_all(connection)
        log = log_of(connection)
        for (book,) in log.select("SELECT book FROM books") if version < _NODES_SINCE else ():
            keep_nodes(log, book)
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=str(SCHEMA_VERSION)))


def check_schema(engine: Engine) -> None:
    """Make sure that there is a store that this pactbook can read; a file is not made by looking for it.

    Raises `Refused` when there is none, `Broken` when it is from a newer pactbook.
    """
    path = engine.url.database
    if engine.dialect.name == "sqlite" and not os.path.exists(path or ""):
        raise StoreUnavailable(f"there is no store at {path}", NOT_A_STORE)
    with reading(engine) as connection:
        _check_version(connection)


def flaws(engine: Engine) -> Iterator[str]:
    """What of a store's frame is not as pactbook made it: its version, and what guards its events.

    Raises `Broken` where a whole table is gone.
    """
    with reading(engine) as connection:
        if gone := sorted(metadata.tables.keys() - set(inspect(connection).get_table_names())):
            raise Broken(f"the store has lost its table {gone[0]}", "restore a backup")
        version = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
        if version != str(SCHEMA_VERSION):
            yield f"the store says that it has version {version!r}, not {str(SCHEMA_VERSION)!r}"
        yield from _loosened(connection)
        if connection.dialect.name == "sqlite":
            yield from _contradictions(connection)
        triggers: Sequence[Any] = connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]).all()
        found = dict(triggers)
        made = _made(connection.dialect.name)
    for name in sorted({*made, *found}):
        if name not in found:
            yield f"the trigger {name} is gone: the database no longer refuses to change events"
        elif name not in made:
            yield f"pactbook did not make the trigger {name} on the events"
        elif found[name] != made[name]:
            yield f"the trigger {name} is another one than pactbook made, or switched off"


def _loosened(connection: Connection) -> Iterator[str]:
    """What tables no longer demand of their rows: a type, that a value is there, or that it is there once."""
    found = inspect(connection)
    for name, table in sorted(metadata.tables.items()):
        columns = {each["name"]: each for each in found.get_columns(name)}
        for column in table.columns:
            there, wanted = columns.get(column.name), column.type.compile(connection.dialect)
            if there is None:
                yield f"the table {name} has lost its column {column.name}"
            elif (kind := there["type"].compile(connection.dialect)) != wanted:
                yield f"the column {column.name} of {name} holds {kind}, not {wanted}"
            elif there["nullable"] and not column.nullable:
                yield f"the database no longer demands that {name}.{column.name} has a value"
        unique = [set(each["column_names"]) for each in found.get_unique_constraints(name)]
        unique.append(set(found.get_pk_constraint(name)["constrained_columns"]))
        for constraint in table.constraints:
            names = {column.name for column in getattr(constraint, "columns", ())}
            if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint) and names not in unique:
                yield f"the database no longer demands that {', '.join(sorted(names))} of {name} are there once"
    odd = _odd_file(connection) if connection.dialect.name == "sqlite" else connection.exec_driver_sql(_ODD).scalars()
    for each in odd:
        yield f"the table of events has {each}, which pactbook did not make"


#: What makes a table of a server keep, show or demand less than it says.
_ODD = """
SELECT 'a rule' FROM pg_rewrite WHERE ev_class = 'events'::regclass UNION ALL
SELECT 'row level security' FROM pg_class WHERE oid = 'events'::regclass AND relrowsecurity UNION ALL
SELECT 'a key that may be violated for a while' FROM pg_constraint
    WHERE conrelid = 'events'::regclass AND condeferrable UNION ALL
SELECT 'a key without its index' FROM pg_constraint JOIN pg_index ON indexrelid = conindid
    WHERE conrelid = 'events'::regclass AND contype IN ('p', 'u') AND NOT (indisunique AND indisvalid AND indisready)"""


def _odd_file(connection: Connection) -> Iterator[str]:
    """In a file, what is demanded stands in the statement that made the table, and may have exceptions there."""
    made = str(CreateTable(events).compile(dialect=connection.dialect))
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'events'")
    if _plain(str(found.scalar())) != _plain(made):
        yield "another definition"


def _plain(statement: str) -> str:
    """A statement without what tells nothing: spaces, and a demand that stores from before do not have."""
    return "".join(statement.split()).replace(_COUNTED, "")


_COUNTED = "CONSTRAINTevents_are_countedCHECK(position>0ANDseq>0),"


def _contradictions(connection: Connection) -> Iterator[str]:
    """Where an index of a SQLite file says something else than its table: questions are answered from either."""
    for name in sorted(metadata.tables):
        for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check('{name}')").all():
            if said != "ok":
                yield f"the file contradicts itself in the table {name}: {said}"


#: The triggers on the events, each with what it does; one that is switched off does nothing.
_TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = 'events'",
    "postgresql": (
        "SELECT tgname, CASE WHEN tgenabled IN ('O', 'A') AND tgqual IS NULL THEN tgtype || trim(prosrc) END"
        " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE tgrelid = 'events'::regclass AND NOT tgisinternal"
    ),
}
_BEFORE_UPDATE_DELETE_TRUNCATE = 2 | 16 | 8 | 32  # the bits of pg_trigger.tgtype, for a whole statement


def _made(dialect: str) -> dict[str, str]:
    """The triggers as `_TRIGGERS` should find them."""
    if dialect == "sqlite":
        return {statement.split()[2]: statement for statement in _REFUSALS[dialect]}
    body = _REFUSALS[dialect][0].split("$$")[1].strip()
    return {"events_are_not_changed": f"{_BEFORE_UPDATE_DELETE_TRUNCATE}{body}"}


def _check_version(connection: Connection) -> None:
    found = _version(connection)
    if found < SCHEMA_VERSION:
        hint = "bring it up to date with `pactbook init`; its events stay as they are"
        raise StoreUnavailable(f"the store has version {found}, older than this pactbook's {SCHEMA_VERSION}", hint)


def _version(connection: Connection) -> int:
    """The version of a store. Raises `Broken` for one that is newer than this pactbook."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    if not isinstance(found, str) or not re.fullmatch("[1-9][0-9]{0,8}", found):
        raise Broken("the store does not say its version", "restore a backup, or name another store")
    if int(found) > SCHEMA_VERSION:
        raise Broken(f"the store has version {found}, newer than this pactbook's {SCHEMA_VERSION}", "upgrade pactbook")
    return int(found)
