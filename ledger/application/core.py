"""Load, decide, save: the shell around the deciders, on the `eventsourcing` library's application.

Here, and only here, the clock is read, salts are drawn and the store is written. A command loads the streams
it needs, lets a pure function decide, and saves what it decided in one transaction. When somebody else was
faster, the decision is made again on what is there now, a few times; then the command is refused as stale.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import lru_cache, reduce
from typing import Any, Protocol, TypeVar

import msgspec
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment, EnvType
from msgspec.structs import replace

from ledger.application.scratch import Scratch
from ledger.book import agreement
from ledger.book.events import Event, Stamp
from ledger.settlement.knowledge import Facts
from ledger.settlement.replay import Replay
from ledger.store.encoding import read_stored
from ledger.store.engine import Connection, address, make_engine, reading, writing
from ledger.store.factory import BookFactory
from ledger.store.proof import Head
from ledger.store.recorder import BookRecorder
from ledger.store.schema import check_schema
from ledger.terms.document import Terms
from ledger.terms.written.document import read_canonical
from ledger.values.errors import Refused, Rejected, Stale
from ledger.values.text import hidden_character

State = TypeVar("State")
Decision = list[Event]

ATTEMPTS = 6
PAGE = 5_000
AGREEMENTS_KEPT = 64  #: of how many books the state of the agreement is kept: commands ask for one again and again
_SALT_BYTES = 16
_SALTS = 1_000

Made = TypeVar("Made")


def anew(attempt: Callable[[], Made]) -> Made:
    """What an attempt makes; it is made again, from the start, when what it read has changed meanwhile.

    Raises `Stale` where every attempt was overtaken.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(Stale):
            return attempt()
    return attempt()


class Room(Protocol[State]):
    """A stream's module: where its states begin and how events change them."""

    def initial(self) -> State: ...

    def evolve(self, state: State, event: Event) -> State: ...


class Recorded(msgspec.Struct, frozen=True):
    """An event with its place in the log (`position`) and in its book (`seq`), and the line that is stored."""

    position: int
    book: str
    seq: int
    event: Event
    line: bytes


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


class Core(Application[str]):
    """The store, the clock and the actor, and what every command does with them.

    `url` names the database; `actor` is `party/person`; `now` is the clock. `facts` tells where
    settlement reads from: the replay of the book, unless something faster is given. Where `dry_run` is set,
    commands decide as ever and return their events, and nothing is recorded. Where `known_at` is set, states are those
    of that moment of one book, for reading only; `facts` must be told of it too.
    """

    name = "pactbook"
    dry_run = False
    #: Where a book is looked at as it was known at an event: the seq of that event.
    known_at: int | None = None

    def __init__(
        self,
        url: str,
        actor: str | None = None,
        now: Callable[[], datetime] = utc_now,
        facts: Callable[[Core, str], Facts] | None = None,
    ) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._actor = actor
        self.now = now
        self._facts = facts
        self._agreements: dict[str, agreement.Agreement] = {}
        self._scratch: Scratch | None = None
        try:
            check_schema(self.engine)
            super().__init__()
        except BaseException:
            self.engine.dispose()  # nobody will close what never came to be
            raise

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """An empty environment: nothing is configured behind the user's back."""
        return Environment(name, env)

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """The factory of recorders on this store's engine."""
        return BookFactory(env, self.engine)

    @property
    def books(self) -> BookRecorder:
        """The recorder, with what it knows beyond the library's interface."""
        assert isinstance(self.recorder, BookRecorder)
        return self.recorder

    @property
    def address(self) -> str:
        """The URL of this store that leads there from any folder; a password stands in it."""
        return address(self.engine)

    # --- who and when -----------------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        """Who acts, as `party/person`. Raises `Rejected` where nobody was named."""
        if self._actor is None:
            raise Rejected("who does this is not known", "add --as party/person, or set PACTBOOK_ACTOR")
        return _checked_actor(self._actor)

    def acting_as(self, actor: str) -> Core:
        """The same ledger, with another actor."""
        self._actor = actor
        return self

    def stamp(self) -> Stamp:
        """The actor, the present instant and a new salt, for one event."""
        return Stamp(self.actor, self.now(), self.salt())

    def salt(self) -> str:
        """A new salt, for one event."""
        return secrets.token_hex(_SALT_BYTES)

    def salts(self) -> Iterator[str]:
        """New salts, for many events: randomness is asked for once for each thousand of them."""
        while True:
            many = secrets.token_hex(_SALT_BYTES * _SALTS)
            yield from (many[at : at + 2 * _SALT_BYTES] for at in range(0, len(many), 2 * _SALT_BYTES))

    @property
    def today(self) -> date:
        """The present day, in UTC."""
        return self.now().date()

    # --- load and save ----------------------------------------------------------------------------------

    def load(self, room: Room[State], stream: str) -> State:
        """The present state of a stream; its initial state where there is none."""

        return reduce(room.evolve, self.streams([stream])[stream], room.initial())

    def decide(
        self,
        decision: Callable[[], Decision],
        *,
        unchanged: Callable[[], Mapping[str, int]] | None = None,
    ) -> Decision:
        """Make a decision and save it; make it anew when what it was based on has changed meanwhile.

        `unchanged` names streams (with their versions) that the decision read besides those it writes to.
        """

        def decided() -> Decision:
            expected = unchanged() if unchanged is not None else {}
            events = decision()
            try:
                if events:
                    self.save(*events, unchanged=expected)
            except Stale:
                self._agreements.clear()  # whatever was the reason: next time nothing is taken as known
                raise
            return events

        return anew(decided)

    def save(self, *objs: Any, **kwargs: Any) -> list[int]:  # type: ignore[override]
        """Record events, all or none; in a dry run, nothing. Returns their positions in the log.

        The library's own `save` asks of every event whether it keeps a protocol, and makes a notification of it, which
        takes longer than to record it.
        """
        if self.dry_run:
            return []
        return self.books.insert_events([self.mapper.to_stored_event(each) for each in objs], **kwargs)

    def head(self, book: str) -> Head:
        """The size of a book and its Merkle root."""
        return self.books.head(book)

    def events_of(self, book: str, after: int = 0, upto: int | None = None) -> Iterator[tuple[int, Event]]:
        """The events of a book with their seq, in order."""
        if self.known_at is not None:
            upto = self.known_at if upto is None else min(upto, self.known_at)
        while True:
            page = self.books.rows_of_book(book, after=after, upto=upto, limit=PAGE)
            for seq, stream, version, topic, state in page:
                yield seq, read_stored(stream, version, topic, state)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def events_at(self, book: str, seqs: Sequence[int]) -> dict[int, Event]:
        """Some events of a book, by seq."""
        rows = self.books.rows_at(book, seqs)
        return {seq: read_stored(stream, version, topic, state) for seq, stream, version, topic, state in rows}

    def recorded(self, after: int, limit: int) -> list[Recorded]:
        """The next events of the log, of all books, in the order in which they were recorded."""
        return _read(self.books.rows_of_log(after, limit))

    def recorded_of(self, book: str, after: int, limit: int) -> list[Recorded]:
        """The next events of one book, after a seq."""
        return _read(self.books.log_of_book(book, after, limit))

    def streams(self, names: Sequence[str]) -> dict[str, list[Event]]:
        """The events of several streams at once, by stream; an empty list for one that has none."""
        return self._events(self.books.select_streams(names, self.known_at))

    def _events(self, found: Mapping[str, Sequence[StoredEvent]]) -> dict[str, list[Event]]:
        return {name: [self._event(each) for each in stored] for name, stored in found.items()}

    def _event(self, stored: StoredEvent) -> Event:
        event = self.mapper.to_domain_event(stored)
        assert isinstance(event, Event)
        return event

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction on the store's database for tables that follow the log: its turn to write, from the start."""
        return writing(self.engine)

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction on the store's database that only reads."""
        return reading(self.engine)

    def scratch(self) -> Scratch:
        """A database of this ledger alone, for tables that follow a log which may only be read."""
        if self._scratch is None:
            self._scratch = Scratch()
        return self._scratch

    def close(self) -> None:
        """Let go of the store."""
        super().close()
        if self._scratch is not None:
            self._scratch.close()

    def facts(self, book: str) -> Facts:
        """What the book knows, for settlement. Raises `Refused` for a book that does not exist."""
        self.require_book(book)
        return self._facts(self, book) if self._facts is not None else self.replay(book)

    def replay(self, book: str) -> Replay:
        """The book folded from its raw events."""
        return Replay(book, self.events_of(book))

    def require_book(self, book: str) -> None:
        """Raises `Refused` where there is no such agreement."""
        if self.head(book).size == 0:
            raise Refused(f"there is no agreement {book!r}", _which(book, self.books.books()))

    # --- the agreement behind every command ---------------------------------------------------------------

    def agreed(self, book: str, room: Room[State], stream: str) -> tuple[agreement.Agreement, State]:
        """The present state of an agreement and of another stream of its book, both at one moment.

        Raises `Refused` where there is no such agreement.
        """
        state, events = self._agreed(book, stream)
        return state, reduce(room.evolve, events, room.initial())

    def _agreed(self, book: str, *streams: str) -> tuple[agreement.Agreement, list[Event]]:
        """An agreement, with the events of other streams.

        Every command asks for the agreement, and it seldom changes: only what is new of it is read.
        """
        name = agreement.stream(book)
        if self.known_at is not None:
            found = self.streams([name, *streams])
            state = agreement.initial()
        else:
            state = self._agreements.get(book) or agreement.initial()
            found = self._events(self.books.select_news({name: state.version} | dict.fromkeys(streams, 0)))
        news = found.pop(name)
        state = reduce(agreement.evolve, news, state)
        if not state.versions:
            self.require_book(book)
        elif news and self.known_at is None:
            if len(self._agreements) >= AGREEMENTS_KEPT:
                self._agreements.clear()
            self._agreements[book] = state
        return state, [event for events in found.values() for event in events]

    def agreement(self, book: str) -> agreement.Agreement:
        """The present state of an agreement. Raises `Refused` where there is none."""
        return self._agreed(book)[0]

    def terms(self, book: str) -> Terms:
        """The terms that govern today; the first ones before the start, those of the last day after the end.

        Raises `Refused` where no terms came into force.
        """
        return governing_terms(self.agreement(book), self.today)


@lru_cache(1024)
def _checked_actor(name: str) -> str:
    """A name that is party/person, and can be seen. Raises `Rejected` for any other."""
    party, _, person = name.partition("/")
    if not party or not person or person.strip() != person:
        raise Rejected(f"{name!r} is not an actor", "write party/person, such as acme/ann")
    if hidden := hidden_character(name):
        raise Rejected(f"{name!r} is not an actor: it contains {hidden}", "leave out what cannot be seen")
    return name


def _read(rows: Sequence[tuple[int, str, int, str, int, str, bytes]]) -> list[Recorded]:
    return [
        Recorded(position, book, seq, read_stored(stream, version, topic, state), state)
        for position, book, seq, stream, version, topic, state in rows
    ]


def _which(book: str, known: list[str]) -> str:
    """What may have been meant by the name of an agreement that does not exist."""
    near = get_close_matches(book, known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are: {', '.join(known[:10])}" if known else "propose one: pactbook agreement propose TERMS.yaml"


def governing_terms(state: agreement.Agreement, day: date) -> Terms:
    """The terms that govern a day; before the start the first ones, after the end those of the last day.

    Raises `Refused` where no terms came into force.
    """
    version = agreement.governing(state, day)
    if version is None:
        book = state.stream.partition("/")[0]
        raise Refused(f"{book} is not in force", "all parties must accept the same terms first")
    return read_canonical(version.terms)


def with_former_parties(state: agreement.Agreement, terms: Terms) -> Terms:
    """The terms, with every party there ever was: one that left is still paid, and may dispute what it is owed."""
    accepted = (read_canonical(version.terms) for version in state.versions if version.order is not None)
    parties = {party: who for each in accepted for party, who in each.parties.items()}
    return replace(terms, parties={**parties, **terms.parties})


def terms_on(state: agreement.Agreement, day: date) -> Terms | None:
    """The terms under which a fact of this day is recorded; None where the agreement was not in force."""
    version = agreement.version_on(state, day)
    return None if version is None else read_canonical(version.terms)


def day_of(event: Event) -> date:
    """The day that an event is about; the day on which it was recorded, where it is about none."""
    day: date | None = getattr(event, "effective_on", None)
    return event.recorded_at.date() if day is None else day
