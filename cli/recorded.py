"""What a command recorded, or would record: a line for people, the events themselves for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cli.output import Table, View, say, show, write
from cli.session import session
from ledger.values.errors import Rejected

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.book.events import Event

ALREADY = "already so; nothing recorded"
SHORT = 12  #: characters of a digest that people are shown
CHUNK = 1 << 20  #: bytes of a document that are read at once
SHOWN = 20  #: events that a dry run prints for people


def ledger_for(dry_run: bool) -> Ledger:
    """The ledger of this call; in a dry run it decides, and records nothing."""
    ledger = session().ledger
    ledger.dry_run = dry_run
    return ledger


def show_recorded(events: Sequence[Event], lines: Iterable[str], tables: Iterable[Table | str] = ()) -> None:
    """Print what came of a command. JSON Lines are the events' own bytes, as the book keeps them."""
    written = [line_of(event) for event in events]
    if session().format == "jsonl":
        return write("".join(f"{line}\n" for line in written))
    data = [json.loads(line) for line in written]
    said = [*lines] if events else [ALREADY]
    if events and session().ledger.dry_run:
        said = [f"would have {line}" for line in said] + ["", *_shortened(written)]
    return show(View(data, [_flat(each) for each in data], ["\n".join(said), *tables], HEADINGS))


HEADINGS = ("type", "stream", "version", "recorded_at", "actor", "content")


def line_of(event: Event) -> str:
    """An event as the book keeps it: one line of JSON."""
    return session().ledger.mapper.to_stored_event(event).state.decode()


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    content = {word: value for word, value in data.items() if word not in HEADINGS and word != "salt"}
    return {**{word: data[word] for word in HEADINGS[:-1]}, "content": content}


def _shortened(lines: list[str]) -> list[str]:
    more = [f"and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def awaits(events: Iterable[Event]) -> str:
    """A remark on entries that do not count yet."""
    for event in events:
        if getattr(event, "awaits_confirmation", False):
            all_ = hasattr(getattr(event, "fact", None), "change_minor")
            return f" (counts once {'every other party concerned' if all_ else 'another party'} confirms it)"
    return ""


def remark_unknown(book: str, names: Iterable[str]) -> None:
    """Say which metrics or categories the terms do not mention: misspelt ones would be recorded, and count nowhere."""
    import re
    from difflib import get_close_matches

    mentioned = set(re.findall(r"[a-z][a-z0-9_-]*", session().ledger.terms(book).canonical))
    for name in sorted(set(names) - mentioned - {""}):
        near = get_close_matches(name, mentioned, 1)
        say(f"note: the terms of {book} do not mention {name}" + (f"; did you mean {near[0]}?" if near else ""))


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """A file, piece by piece."""
    while piece := stream.read(CHUNK):
        yield piece


def digests_of(paths: Iterable[Path], digest_only: bool) -> tuple[str, ...]:
    """The SHA-256 of each document, and a copy kept beside the store unless only digests are wanted."""
    import hashlib

    digests = []
    for path in paths:
        try:
            stream = path.open("rb")
        except OSError as error:
            hint = "evidence is a file, of which the SHA-256 goes on record"
            raise Rejected(f"{path} cannot be read: {error.strerror}", hint) from None
        with stream:
            if digest_only:
                digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
            else:
                digests.append(session().ledger.evidence.keep(pieces(stream)))
    return tuple(digests)
