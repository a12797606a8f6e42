"""Private texts: the book holds a salted digest, the text lies in a folder beside the store and can be erased.

A text is kept as a file of its salt (32 hexadecimal digits), a line end and the text in UTF-8. What stands on record is
`sha256:` and the SHA-256 of that file. Without the salt nobody can guess the text from its digest; with the file
anybody can check it. Erased, it leaves every event, every proof and every statement as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import sha256

import msgspec

from ledger.application.core import PAGE, Core, Decision
from ledger.book import entry
from ledger.book.events import Event
from ledger.book.rules import check_texts
from ledger.store.encoding import decode
from ledger.store.shelf import Found, Shelf
from ledger.values.errors import Broken, Refused

_REFERENCE = re.compile(r"sha256:([0-9a-f]{64})\Z", re.ASCII)
_FIELD = b'":"sha256:'


class Private(msgspec.Struct, frozen=True):
    """A text that is on record by digest: how it stands, and its salt and text where it is there."""

    digest: str
    found: Found
    salt: str | None = None
    text: str | None = None


class Texts:
    """Texts that stay out of the book."""

    def __init__(self, core: Core, shelf: Shelf | None) -> None:
        self._core = core
        self._shelf = shelf

    def record(self, text: str, decide: Callable[[str], Decision]) -> Decision:
        """Have something recorded that refers to a private text: `decide` is given what stands on record for it.

        The text is kept only if something was recorded. Raises `Refused` for a text that no note could be, and where
        there is no folder for texts.
        """
        if not text.strip():
            raise Refused("the private text is empty", "say something, or leave the option out")
        check_texts(text)
        if self._shelf is None:
            hint = 'name one: texts = "/srv/texts" in pactbook.toml (or PACTBOOK_TEXTS)'
            raise Refused("a store on a server has no folder for private texts of its own", hint)
        data = f"{self._core.salt()}\n{text}".encode()
        digest = sha256(data).hexdigest()
        if self._core.dry_run:
            return decide(f"sha256:{digest}")
        self._shelf.put([data])
        events: Decision = []
        try:
            events = decide(f"sha256:{digest}")
        finally:
            if not events:
                self._shelf.remove(digest)
        return events

    def read(self, text: str | None) -> Private | None:
        """What a text on record refers to; None for one that is no reference."""
        match = _REFERENCE.match(text or "")
        if match is None:
            return None
        digest = match[1]
        found = Found.ABSENT if self._shelf is None else self._shelf.found(digest)
        if found is not Found.WHOLE or self._shelf is None:
            return Private(digest, found)
        try:
            salt, _, said = b"".join(self._shelf.pieces(digest)).decode().partition("\n")
        except (UnicodeDecodeError, Broken):
            return Private(digest, Found.ALTERED)
        return Private(digest, found, salt, said)

    def of_entry(self, book: str, reference: str) -> list[Private]:
        """The private texts of an entry. Raises `Refused` where there is no such entry."""
        stream = entry.stream(book, reference)
        events = self._core.streams([stream])[stream] if reference.isprintable() else []
        if not events:
            self._core.require_book(book)
            raise Refused(f"{book} has no entry {reference!r}", f"list them: pactbook entries {book}")
        return [each for event in events for each in self.of_event(event)]

    def of_event(self, event: Event) -> Iterable[Private]:
        """The private texts that an event refers to."""
        for field in ("note", "reason"):
            found = self.read(getattr(event, field, None))
            if found is not None:
                yield found

    def of_book(self, book: str) -> Iterable[tuple[int, Private]]:
        """The private texts of a book, each with the seq of its event."""
        after = 0
        while page := self._core.books.select_book(book, after=after, limit=PAGE):
            for seq, stored in page:
                if _FIELD in stored.state:
                    yield from ((seq, each) for each in self.of_event(decode(stored.state)))
            after = page[-1][0]

    def erase(self, book: str, reference: str) -> int:
        """Erase the private texts of an entry here; returns how many there were."""
        texts = self.of_entry(book, reference)
        if self._core.dry_run or self._shelf is None:
            return sum(each.found is not Found.ABSENT for each in texts)
        return sum(map(self._shelf.remove, dict.fromkeys(each.digest for each in texts)))
