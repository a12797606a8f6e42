"""An event's bytes: the same for ever, and nothing else is taken for an event."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from ledger.book import events
from ledger.store import encoding
from ledger.store.encoding import EventMapper, decode, encode, is_canonical
from ledger.values.errors import Broken, Rejected
from tests.examples import EXAMPLES, example

FROZEN = (Path(__file__).parents[1] / "cases" / "frozen_events.jsonl").read_bytes().splitlines()
ACCEPTED = encode(example(events.AgreementAccepted))
CLOSED = encode(example(events.PeriodClosed))
mapper = EventMapper()


@pytest.mark.parametrize(("event", "line"), list(zip(EXAMPLES, FROZEN, strict=True)))
def test_bytes_are_frozen(event: events.Event, line: bytes) -> None:
    """The bytes that books hold today are the bytes that are written, and they are read as the same event."""
    assert encode(event) == line
    assert decode(line) == event
    assert is_canonical(line)


@pytest.mark.parametrize("event", EXAMPLES)
def test_mapper_keeps_the_event(event: events.Event) -> None:
    """A stored event comes back equal, under its stream, version and versioned topic."""
    stored = mapper.to_stored_event(event)
    assert stored == StoredEvent(event.stream, event.version, events.topic(type(event)), encode(event))
    assert mapper.to_domain_event(stored) == event


def test_every_event_type_has_an_example() -> None:
    """No event type is without an example whose bytes are frozen."""
    assert {type(each) for each in EXAMPLES} == set(events.EVENTS)


def _optional_fields() -> Iterator[tuple[type[msgspec.Struct], str, Any]]:
    for struct in (*events.EVENTS, *events.Fact.__args__, events.LiabilityPart):
        for field in msgspec.structs.fields(struct):
            if not field.required:
                yield struct, field.name, field.default


def _structs(value: Any) -> Iterator[msgspec.Struct]:
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from _structs(getattr(value, name))


@pytest.mark.parametrize(("struct", "field", "default"), list(_optional_fields()))
def test_examples_are_complete(struct: type[msgspec.Struct], field: str, default: Any) -> None:
    """Each optional field is filled in at least one example."""
    found = [getattr(each, field) for event in EXAMPLES for each in _structs(event) if type(each) is struct]
    assert any(value != default for value in found)


@pytest.mark.parametrize(
    "line",
    [
        ACCEPTED + b"\n",
        b" " + ACCEPTED,
        ACCEPTED.replace(b'","', b'", "', 1),
        ACCEPTED.replace(b'"version":2', b'"version":2,"version":2'),
        ACCEPTED.replace(b'"version":2', b'"version":1,"version":2'),
        ACCEPTED.replace(b'{"type":"AgreementAccepted.v1",', b'{"type":"x","type":"AgreementAccepted.v1",'),
        ACCEPTED.replace(b'{"type":"AgreementAccepted.v1",', b"{")[:-1] + b',"type":"AgreementAccepted.v1"}',
        ACCEPTED.replace(b"acme/bob", b"acme\\/bob"),
        ACCEPTED.replace(b"acme/bob", b"acme/\\u0062ob"),
        ACCEPTED.replace(b"00Z", b"00+00:00"),
        ACCEPTED.replace(b"08:32:00Z", b"10:32:00+02:00"),
        ACCEPTED.replace(b"00Z", b"00.0Z"),
        ACCEPTED.replace(b"2026-10-01T", b"2026-10-01t"),
        encode(example(events.EntryVoided)).replace(b'"part":"CB-7/1"', b'"part":null'),
        CLOSED.replace(b'{"acme":-375000,"jot":375000}', b'{"jot":375000,"acme":-375000}'),
        CLOSED.replace(b'"acme":-375000', b'"acme":1,"acme":-375000'),
        CLOSED.replace(b":375000}", b":0375000}"),
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
    ],
)
def test_one_form_only(line: bytes) -> None:
    """A line that says an event in another way than pactbook writes it is not canonical."""
    assert line not in (ACCEPTED, CLOSED)
    assert not is_canonical(line)


def test_equal_events_have_equal_bytes() -> None:
    """The order in which balances were put together, and the zone of the clock, leave no trace in the bytes."""
    closed = example(events.PeriodClosed)
    assert isinstance(closed, events.PeriodClosed)
    turned = dict(reversed(closed.closing_minor.items()))
    elsewhere = closed.recorded_at.astimezone(timezone(timedelta(hours=2)))
    again = msgspec.structs.replace(closed, closing_minor=turned, recorded_at=elsewhere)
    assert encode(again) == encode(closed)


def test_bytes_do_not_depend_on_the_process() -> None:
    """Another process, with another seed for hashing, writes the same bytes."""
    code = "from tests.examples import *; from ledger.store.encoding import *; print(*map(encode, EXAMPLES), sep='\\n')"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env={"PYTHONHASHSEED": "1"}, capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines() == [str(line) for line in FROZEN]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"topic": "AgreementAccepted.v9"}, "unknown type 'AgreementAccepted.v9'"),
        ({"topic": "os:system"}, "unknown type 'os:system'"),
        ({"topic": "AgreementDeclined.v1"}, "does not begin with its type"),
        ({"originator_id": "acme-jot/closing"}, "says that it is version 2 of acme-jot/agreement"),
        ({"originator_version": 3}, "says that it is version 2 of acme-jot/agreement"),
        ({"state": ACCEPTED[:-1]}, "is not a valid AgreementAccepted.v1"),
        ({"state": ACCEPTED.replace(b"}", b',"more":1}')}, "unknown field `more`"),
        ({"state": ACCEPTED.replace(b'"digest"', b'"digests"')}, "is not a valid AgreementAccepted.v1"),
        ({"state": ACCEPTED.replace(b'"version":2', b'"version":"2"')}, "Expected `int`, got `str`"),
        ({"state": ACCEPTED.replace(b"bob", b"b\xffb")}, "is not a valid AgreementAccepted.v1"),
        ({"state": ACCEPTED.replace(b'"type":"AgreementAccepted.v1",', b"")}, "does not begin with its type"),
        ({"state": b""}, "does not begin with its type"),
    ],
)
def test_what_does_not_fit_is_broken(change: dict[str, Any], message: str) -> None:
    """Stored data that is not exactly the event of its columns is reported as broken, never guessed at."""
    stored = replace(StoredEvent("acme-jot/agreement", 2, "AgreementAccepted.v1", ACCEPTED), **change)
    if stored.topic not in (events.topic(each) for each in events.EVENTS):
        stored = replace(stored, state=stored.state.replace(b"AgreementAccepted.v1", stored.topic.encode()))
    with pytest.raises(Broken) as caught:
        mapper.to_domain_event(stored)
    assert message in str(caught.value)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[1]", b"\xff\xff", b'{"type":1}', b'{"type":"Nothing.v1"}', ACCEPTED[:50]]
)
def test_a_line_that_is_no_event_is_broken(line: bytes) -> None:
    """A line of a file from outside that is no event is reported as broken."""
    with pytest.raises(Broken):
        decode(line)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "nobody"},
        {"version": 0},
        {"salt": "short"},
        {"recorded_at": datetime(2026, 10, 1)},
        {"reason": "x" * 4001},
        {"reason": "\ud800"},
        {"reason": None},
        {"corrections": []},
        {"corrections": ("a", 1)},
    ],
)
def test_nothing_is_stored_that_cannot_be_read_back(change: dict[str, Any]) -> None:
    """An event that would not read back to the same bytes is rejected before it is stored."""
    event = msgspec.structs.replace(example(events.DisputeResolved), **change)
    with pytest.raises(Rejected):
        mapper.to_stored_event(event)


class Noted(events.Event, frozen=True, kw_only=True, tag="NoteAdded.v1"):
    """An event as an earlier pactbook might have written it."""

    text: str


def test_old_events_stay_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of an earlier version are read as today's event, and stay canonical as they are."""

    def upcast(old: Noted) -> events.Event:
        return events.DisputeAnswered(
            stream=old.stream,
            version=old.version,
            recorded_at=old.recorded_at,
            actor=old.actor,
            salt=old.salt,
            answer=old.text,
        )

    stamp = events.Stamp("jot/ana", datetime(2020, 1, 1, tzinfo=UTC), "0" * 32)
    old = Noted(**stamp.on("acme-jot/dispute/1", 2), text="we look into it")
    line = encode(old)
    with pytest.raises(Broken):
        decode(line)
    monkeypatch.setitem(encoding.UPCASTERS, "NoteAdded.v1", (msgspec.json.Decoder(Noted), upcast))
    today = upcast(old)
    assert decode(line) == today
    assert mapper.to_domain_event(StoredEvent("acme-jot/dispute/1", 2, "NoteAdded.v1", line)) == today
    assert is_canonical(line)
    with pytest.raises(Broken):
        mapper.to_domain_event(StoredEvent("acme-jot/dispute/1", 3, "NoteAdded.v1", line))
