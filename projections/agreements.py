"""Which agreements are there, and which of them wait for an answer?"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import select

from ledger.values.periods import Every
from projections.follower import Follower
from projections.rows import Stage as Stage
from projections.tables import agreements


class Proposal(msgspec.Struct, frozen=True):
    """Terms that wait for an answer: from which day they would hold, who proposed them, whose yes is missing."""

    digest: str
    effective_on: date
    proposed_by: str
    waiting_for: tuple[str, ...]


class ListedAgreement(msgspec.Struct, frozen=True):
    """An agreement as it stands now: by the terms that came into force last, or else by those proposed last.

    `digest` identifies the terms in force. `changed_seq` is the event that put it so.
    """

    book: str
    title: str
    stage: Stage
    parties: tuple[str, ...]
    currency: str
    every: Every
    starts_on: date
    ends_on: date | None
    digest: str | None
    proposal: Proposal | None
    changed_seq: int


def list_agreements(follower: Follower, party: str | None = None) -> tuple[ListedAgreement, ...]:
    """Every agreement of the store by name; with `party`, those that it is in or that wait for its answer."""
    with follower.reading() as connection:
        rows = connection.execute(select(agreements).order_by(agreements.c.book)).all()
    found = map(_agreement, rows)
    return tuple(each for each in found if party is None or party in _concerned(each))


def agreement_of(follower: Follower, book: str) -> ListedAgreement:
    """One agreement. Raises `Refused` where there is none."""
    with follower.reading() as connection:
        row = connection.execute(select(agreements).where(agreements.c.book == book)).one_or_none()
    if row is None:
        follower.core.require_book(book)
    return _agreement(row)


def _concerned(listed: ListedAgreement) -> tuple[str, ...]:
    return (*listed.parties, *(listed.proposal.waiting_for if listed.proposal else ()))


def _agreement(row: Any) -> ListedAgreement:
    proposal = None
    if row.open_digest is not None:
        waiting = msgspec.json.decode(row.waiting_for, type=tuple[str, ...])
        proposal = Proposal(row.open_digest, date.fromisoformat(row.open_from), row.open_by, waiting)
    return ListedAgreement(
        book=row.book,
        title=row.title,
        stage=Stage(row.stage),
        parties=msgspec.json.decode(row.parties, type=tuple[str, ...]),
        currency=row.currency,
        every=Every(row.every),
        starts_on=date.fromisoformat(row.starts_on),
        ends_on=None if row.ends_on is None else date.fromisoformat(row.ends_on),
        digest=row.digest,
        proposal=proposal,
        changed_seq=row.since_seq,
    )
