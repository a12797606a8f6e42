"""The keys that a party signs with: one stream per party, its keys registered and revoked.

    BOOK/key/jot: register, register another (rotation), revoke the first

A signature counts if its key was registered, and not revoked, when the book learned of it.
"""

from __future__ import annotations

from collections.abc import Set

import msgspec

from ledger.book import rules
from ledger.book.events import Event, Stamp
from ledger.book.signing_events import KeyRegistered, KeyRevoked
from ledger.values.errors import Broken, Refused


class Registered(msgspec.Struct, frozen=True):
    """A key of a party: `name+id+key`, and whether it was revoked."""

    key: str
    revoked: bool = False

    @property
    def id(self) -> str:
        """The eight digits by which it is named."""
        return self.key.split("+")[1]


class Keys(msgspec.Struct, frozen=True):
    """The keys of one party, in the order in which they were registered."""

    keys: tuple[Registered, ...] = ()
    version: int = 0

    def valid(self) -> list[str]:
        """The keys that count now."""
        return [each.key for each in self.keys if not each.revoked]


def initial() -> Keys:
    """A party without keys."""
    return Keys()


def stream(book: str, party: str) -> str:
    """The stream of a party's keys: `acme-jot/key/jot`."""
    return f"{book}/key/{party}"


def evolve(state: Keys, event: Event) -> Keys:
    """The keys after one more event. Raises `Broken` for an event that is none of theirs."""
    match event:
        case KeyRegistered():
            return Keys((*state.keys, Registered(event.key)), event.version)
        case KeyRevoked():
            keys = tuple(Registered(each.key, each.revoked or each.id == event.key_id) for each in state.keys)
            return Keys(keys, event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to the keys of a party ({event.stream})")


def register(state: Keys, book: str, key: str, parties: Set[str], stamp: Stamp) -> list[Event]:
    """Let the actor's party sign with a key, which bears the party's name: `jot`, or `jot/ana`. Twice: no event.

    `parties` are those of terms that are in force or were proposed.
    """
    if stamp.party not in parties:
        raise Refused(f"{stamp.party} is no party of {book}", f"its parties are {', '.join(sorted(parties))}")
    name = key.partition("+")[0]
    if name.partition("/")[0] != stamp.party:
        hint = f"its name begins with the party's: make one with `pactbook key new --name {stamp.actor}`"
        raise Refused(f"the key of {name} is not a key of {stamp.party}", hint)
    registered = Registered(key)
    for each in state.keys:
        if each.id == registered.id:
            if each.revoked:
                raise Refused(f"the key {each.id} of {name} was revoked", "make another one: pactbook key new")
            return []
    return [KeyRegistered(key=key, **stamp.on(stream(book, stamp.party), state.version + 1))]


def revoke(state: Keys, book: str, key_id: str, reason: str, stamp: Stamp) -> list[Event]:
    """Let a key of the actor's party count no more. Twice: no event."""
    found = [each for each in state.keys if each.id == key_id]
    if not found:
        known = ", ".join(each.id for each in state.keys if not each.revoked)
        hint = f"its keys are {known}" if known else "it has registered none"
        raise Refused(f"{stamp.party} has no key {key_id} in {book}", hint)
    if found[0].revoked:
        return []
    rules.check_reason(reason)
    return [KeyRevoked(key_id=key_id, reason=reason, **stamp.on(stream(book, stamp.party), state.version + 1))]
