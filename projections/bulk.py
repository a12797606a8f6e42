"""Rows in bulk: whole batches handed to the driver, for a row at a time is what makes projections slow.

SQLite takes statements of some hundred rows, PostgreSQL a COPY, or for few rows one statement with an array per column,
which is one journey less. The statements that are needed are built here for both from a table's columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Table

from ledger.application.rows import copied, inserts

Row = tuple[Any, ...]

FEW = 50  #: so many rows go to PostgreSQL as arrays


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write new rows, each with the table's columns in order."""
    if connection.dialect.name == "postgresql":
        if len(rows) > FEW:
            copied(connection, f"COPY {_places(table)} FROM STDIN (FORMAT BINARY)", _types(table), rows)
        else:
            _run(connection, _insert(table, "postgresql"), rows)
    else:
        for statement, parameters in inserts(_into(table), rows):
            _run(connection, statement, parameters)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows, in place of those that have their keys."""
    _run(connection, _upsert(table, connection.dialect.name), rows)


def supersede(connection: Connection, table: Table, ended: Sequence[tuple[int, str, str, int]]) -> None:
    """End states: each is the seq from which it no longer holds, the book, the name and the version."""
    _run(connection, _supersede(table, connection.dialect.name), ended)


def _run(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))
    else:
        connection.exec_driver_sql(statement, list(rows))


@lru_cache
def _insert(table: Table, dialect: str) -> str:
    if dialect == "postgresql":
        return f"{_into(table)} SELECT * FROM {_unnest(*_types(table))} WHERE true"
    return f"{_into(table)} VALUES ({', '.join('?' for _ in table.columns)})"


def _into(table: Table) -> str:
    return f"INSERT INTO {_places(table)}"


def _places(table: Table) -> str:
    return f"{table.name} ({', '.join(column.name for column in table.columns)})"


@lru_cache
def _upsert(table: Table, dialect: str) -> str:
    keys = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in keys]
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{_insert(table, dialect)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"


@lru_cache
def _supersede(table: Table, dialect: str) -> str:
    name = table.primary_key.columns.values()[1].name
    if dialect == "postgresql":
        given = f"{_unnest('bigint', 'text', 'text', 'bigint')} AS ended (until_seq, book, name, version)"
        return (
            f"UPDATE {table.name} AS held SET until_seq = ended.until_seq FROM {given} "
            f"WHERE held.book = ended.book AND held.{name} = ended.name AND held.version = ended.version"
        )
    return f"UPDATE {table.name} SET until_seq = ? WHERE book = ? AND {name} = ? AND version = ?"


def _unnest(*types: str) -> str:
    return f"unnest({', '.join(f'%s::{each}[]' for each in types)})"


def _types(table: Table) -> list[str]:
    """The types of a table's columns, as PostgreSQL calls them."""
    return ["bigint" if isinstance(column.type, BigInteger) else "text" for column in table.columns]
