"""What every fact in a book is written with: kinds of values with their limits, who did it, and what every event says.

The formats of these values are part of the storage format: see `ledger.book.events`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from ledger.book.forms import form

Slug = Annotated[str, form(r"^[a-z][a-z0-9_-]{0,62}\Z")]
Actor = Annotated[str, form(r"^[a-z][a-z0-9_-]{0,62}/[^\s/][^\n\r\t]{0,62}\Z")]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Salt = Annotated[str, form(r"^[0-9a-f]{32}\Z", unique=True)]
CurrencyCode = Annotated[str, form(r"^[A-Z]{3}\Z")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Seq = Annotated[int, msgspec.Meta(ge=0)]
Minor = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
Ratio = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,15}(/[1-9][0-9]{0,14})?\Z")]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**15)]


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Immutable, strict: an unknown field is an error, a default is not written.

    The garbage collector passes them over: what holds only texts, numbers and days is in no cycle.
    """


class Stamp(NamedTuple):
    """Who does it, when, and a random salt for the event that comes of it (one stamp, one event)."""

    actor: str
    recorded_at: datetime
    salt: str

    @property
    def party(self) -> str:
        """The party that the actor acts for."""
        return self.actor.partition("/")[0]

    def on(self, stream: str, version: int) -> dict[str, Any]:
        """The fields that every event has, for the next event of a stream."""
        return {
            "stream": stream,
            "version": version,
            "recorded_at": self.recorded_at,
            "actor": self.actor,
            "salt": self.salt,
        }


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event says: where it belongs, who did it, when the book learned it.

    `version` counts from 1 within the stream. `salt` is random, so that a proof about one event leaks
    nothing about its neighbours.
    """

    stream: Annotated[str, msgspec.Meta(max_length=300)]
    version: Annotated[int, msgspec.Meta(ge=1)]
    recorded_at: Instant
    actor: Actor
    salt: Salt

    @property
    def originator_id(self) -> str:
        """The stream, by the name that the `eventsourcing` library uses."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, by the name that the `eventsourcing` library uses."""
        return self.version

    @property
    def book(self) -> str:
        """The agreement that the event belongs to."""
        return self.stream.partition("/")[0]
