"""Which documents were kept beside a store: their digests, so that one that is gone is missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, text

from ledger.store.schema import documents


def note_kept(connection: Connection, digests: Iterable[str]) -> None:
    """Remember that documents were kept."""
    rows = [{"digest": digest} for digest in digests]
    if rows:
        connection.execute(text("INSERT INTO documents (digest) VALUES (:digest) ON CONFLICT DO NOTHING"), rows)


def noted(connection: Connection) -> set[str]:
    """The digests of all documents that were kept."""
    found: Sequence[str] = connection.scalars(select(documents.c.digest)).all()
    return set(found)
