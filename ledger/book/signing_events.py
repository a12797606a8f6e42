"""Facts about signatures: which keys a party signs with, and that it has seen a statement."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ledger.book.wire import Digest, Event, Seq, Text

PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\Z")]
"""A key as C2SP writes it: `name+id+key`."""

KeyId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}\Z")]
Signature = Annotated[str, msgspec.Meta(pattern="^\u2014 [^\\s+]{1,200} [A-Za-z0-9+/]+={0,2}\\Z", max_length=400)]
"""The line of a signature below a note, as C2SP writes it, without its end."""


class KeyRegistered(Event, frozen=True, kw_only=True, tag="KeyRegistered.v1"):
    """From here on the actor's party may sign with this key."""

    key: PublicKey


class KeyRevoked(Event, frozen=True, kw_only=True, tag="KeyRevoked.v1"):
    """From here on nothing that is signed with this key of the party counts; what was signed before still does."""

    key_id: KeyId
    reason: Text


class StatementAcknowledged(Event, frozen=True, kw_only=True, tag="StatementAcknowledged.v1"):
    """The actor's party has seen the statement of a closed period: its digest, and the book that it stands on.

    `size` and `root` are those of the book at the statement's cut-off.
    """

    period: str
    statement: Digest
    size: Seq
    root: Digest
    signature: Signature | None = None


SIGNING_EVENTS: tuple[type[Event], ...] = (KeyRegistered, KeyRevoked, StatementAcknowledged)
"""In the order in which a partnership meets them."""
