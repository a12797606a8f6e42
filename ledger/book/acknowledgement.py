"""Which parties have seen the statement of a period: one stream per closed period.

    BOOK/statement/2026-10: acknowledged by acme, acknowledged by jot

Who acknowledges says what it saw: the digest of the statement, and the size and root of the book at its cut-off. It
does not agree with every figure by that; a figure is disputed as before.
"""

from __future__ import annotations

import msgspec

from ledger.book.closing import Closing
from ledger.book.events import Event, Stamp
from ledger.book.signing_events import StatementAcknowledged
from ledger.values.errors import Broken, Refused


class Acknowledged(msgspec.Struct, frozen=True):
    """The parties that have acknowledged the statement of a period."""

    parties: tuple[str, ...] = ()
    version: int = 0


def initial() -> Acknowledged:
    """A statement that nobody has acknowledged."""
    return Acknowledged()


def stream(book: str, period: str) -> str:
    """The stream of a statement: `acme-jot/statement/2026-10`."""
    return f"{book}/statement/{period}"


def evolve(state: Acknowledged, event: Event) -> Acknowledged:
    """The parties after one more. Raises `Broken` for any event but `StatementAcknowledged`."""
    match event:
        case StatementAcknowledged():
            return Acknowledged((*state.parties, event.actor.partition("/")[0]), event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to a statement ({event.stream})")


def acknowledge(
    state: Acknowledged, book: str, closing: Closing, parties: frozenset[str], signature: str | None, stamp: Stamp
) -> list[Event]:
    """Say that the actor's party has seen the statement of a closed period. Twice: no event."""
    if stamp.party not in parties:
        raise Refused(
            f"{stamp.party} has no account in {book}/{closing.period}", f"it is for {', '.join(sorted(parties))}"
        )
    if stamp.party in state.parties:
        return []
    event = StatementAcknowledged(
        period=closing.period.key, statement=closing.statement, size=closing.cutoff_seq, root=closing.root,
        signature=signature, **stamp.on(stream(book, closing.period.key), state.version + 1),
    )  # fmt: skip
    return [event]


def signed_text(book: str, period: str, statement: str, size: int, root: str) -> str:
    """What is signed when a statement is acknowledged, as the text of a note."""
    return f"pactbook/{book}\nacknowledged the statement of {period}\n{statement}\n{size}\n{root}\n"
