"""The bytes of an event: one line of JSON, the same everywhere and for ever.

What is stored is what is hashed and what is exported; nothing is ever written again from the decoded
value. Reading is strict, and the topics form a closed list: stored data never names what is imported.

To change an event, give the new version its own type and topic in `ledger.book.events`, keep the old
struct, and enter it in `UPCASTERS`: its stored bytes stay as they are, and what is read is the new type.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple, cast

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Cipher, Compressor, Mapper, StoredEvent, Transcoder

from ledger.book.events import EVENTS, Event, topic
from ledger.book.forms import check_forms
from ledger.values.errors import Broken, Rejected

#: Topics that are no longer written: how to decode their bytes, and what they mean today.
UPCASTERS: dict[str, tuple[msgspec.json.Decoder[Any], Callable[[Any], Event]]] = {}

_TOPICS: dict[type[Event], str] = {each: topic(each) for each in EVENTS}
_CHANGED = "pactbook did not write these bytes so; `pactbook doctor` checks the whole book"
_NEWER = "it may come from a newer pactbook, or have been changed; `pactbook doctor` checks the whole book"


class _Reader(NamedTuple):
    """A topic: how its bytes begin, how they are decoded, and what they mean today."""

    name: str
    start: bytes
    decode: Callable[[bytes], Any]
    upcast: Callable[[Any], Event] | None = None

    @classmethod
    def of(cls, name: str, decoder: msgspec.json.Decoder[Any], upcast: Callable[[Any], Event] | None = None) -> _Reader:
        return cls(name, b'{"type":"' + name.encode() + b'",', decoder.decode, upcast)


class _Tag(msgspec.Struct):
    """The one field that says which type the rest of the line is."""

    type: str


_READERS = {name: _Reader.of(name, msgspec.json.Decoder(each)) for each, name in _TOPICS.items()}
_TAG = msgspec.json.Decoder(_Tag)
#: Keys of mappings are sorted, so that equal events have equal bytes.
_write = msgspec.json.Encoder(order="deterministic").encode


class EventMapper(Mapper[str]):
    """Converts between events and the library's stored events, by a closed list of topics."""

    def __init__(
        self,
        transcoder: Transcoder | None = None,
        compressor: Compressor | None = None,
        cipher: Cipher | None = None,
    ) -> None:
        """Takes no notice of its arguments: bytes that depend on a setting would not be canonical."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The event as it is stored. Raises `Rejected` for one that could not be read back."""
        event = cast(Event, domain_event)
        state = encode(event)
        name = _TOPICS[type(event)]
        _require_readable(name, event, state)
        return StoredEvent(event.stream, event.version, name, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event that was stored.

        Raises `Broken` for a topic that is not on the list, for bytes that are not such an event, and
        for an event that says another stream or version than it is stored under.
        """
        stored = stored_event
        return read_stored(str(stored.originator_id), stored.originator_version, stored.topic, stored.state)


def read_stored(stream: str, version: int, name: str, state: bytes) -> Event:
    """The event that is stored under a stream, version and topic. Raises `Broken` as `EventMapper.to_domain_event`."""
    place = stream, version
    reader = _READERS.get(name) or _reader(name, place)
    if not isinstance(state, bytes):
        raise Broken(f"{_name(place)} is not kept as bytes", _CHANGED)
    if not state.startswith(reader.start):
        raise Broken(f"{_name(place)} does not begin with its type, {name}", _CHANGED)
    event: Event = _read(reader, state, place)
    if reader.upcast is not None:
        event = reader.upcast(event)
    if event.stream != stream or event.version != version:
        raise Broken(f"{_name(place)} says that it is version {event.version} of {event.stream}", _CHANGED)
    return event


def encode(event: Event) -> bytes:
    """The canonical bytes of an event: one line of JSON without a line end, its type first, its time in UTC.

    Raises `Rejected` for a value that JSON cannot hold.
    """
    if event.recorded_at.tzinfo not in (UTC, None):
        event = msgspec.structs.replace(event, recorded_at=event.recorded_at.astimezone(UTC))
    return _encode(event)


def decode(line: bytes) -> Event:
    """The event of one line, whichever type it has. Raises `Broken` for anything else."""
    reader = _reader(_type_of(line))
    return _upcast(reader, _read(reader, line))


def stored_event(line: bytes) -> StoredEvent:
    """A line as it is stored, with its very bytes. Raises `Broken` for one that is no event."""
    event = decode(line)
    return StoredEvent(event.stream, event.version, _type_of(line), line)


def read_canonical(line: bytes) -> Event | None:
    """The event of a line that is written exactly as pactbook writes it; None for any other.

    Everything that could be said in two ways (spaces, escapes, the order of keys, keys given twice,
    defaults, other offsets from UTC) has one form here; each other form is refused.
    """
    try:
        reader = _reader(_type_of(line))
        read = _read(reader, line)
        return _upcast(reader, read) if encode(read) == line else None
    except Broken:
        return None


def is_written_so(event: Event | None, line: bytes) -> bool:
    """Whether a line is canonical; `event` is what was read of it, None where it could not be read.

    That it writes to the same bytes says so at once. Only where it does not is the line read again: it may be one of an
    earlier version, or one that is kept under the wrong name.
    """
    return (event is not None and encode(event) == line) or is_canonical(line)


def is_canonical(line: bytes) -> bool:
    """Whether the line is an event exactly as pactbook writes it."""
    return read_canonical(line) is not None


_Place = tuple[str, int]
"""The stream and version under which an event is stored."""


def _reader(name: str, place: _Place | None = None) -> _Reader:
    """The reader of a topic, today's or an earlier one."""
    reader = _READERS.get(name)
    if reader is not None:
        return reader
    if name not in UPCASTERS:
        raise Broken(f"{_name(place)} has the unknown type {name!r}", _NEWER)
    return _Reader.of(name, *UPCASTERS[name])


def _read(reader: _Reader, state: bytes, place: _Place | None = None) -> Any:
    """The bytes as the type that their topic had when it was written."""
    try:
        read = reader.decode(state)
        check_forms(read)
        return read
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Broken(f"{_name(place)} is not a valid {reader.name}: {error}", _CHANGED) from error


def _upcast(reader: _Reader, event: Any) -> Event:
    """The event in its newest version."""
    return cast(Event, event) if reader.upcast is None else reader.upcast(event)


def _type_of(line: bytes) -> str:
    try:
        return _TAG.decode(line).type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Broken(f"the line is not an event: {error}", _CHANGED) from error


def _encode(event: Event) -> bytes:
    try:
        return _write(event)
    except UnicodeEncodeError as error:
        raise Rejected(f"{topic(type(event))} of {event.stream!r} cannot be written: {error}") from error


def _require_readable(name: str, event: Event, state: bytes) -> None:
    """What is stored stays for ever, so it must read back to the same bytes."""
    try:
        read = _READERS[name].decode(state)
        check_forms(read)
        if _write(read) == state:
            return
    except msgspec.ValidationError as error:
        raise Rejected(f"{name} of {event.stream!r} is not valid: {error}") from error
    raise Rejected(f"{name} of {event.stream!r} does not read back to the same bytes")


def _name(place: _Place | None) -> str:
    return "the line" if place is None else f"version {place[1]} of {place[0]}"
