"""Which documents were kept beside a store: their digests, so that one that is gone is missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, text

from ledger.store.schema import documents

_AT_ONCE = 500  #: how many digests one statement names


def note_kept(connection: Connection, digests: Iterable[str]) -> None:
    """Remember that documents were kept."""
    rows = [{"digest": digest} for digest in digests]
    if rows:
        connection.execute(text("INSERT INTO documents (digest) VALUES (:digest) ON CONFLICT DO NOTHING"), rows)


def noted(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Those of the documents that were kept, by digest."""
    found: set[str] = set()
    for some in (digests[start : start + _AT_ONCE] for start in range(0, len(digests), _AT_ONCE)):
        found |= set(connection.scalars(select(documents.c.digest).where(documents.c.digest.in_(some))))
    return found
