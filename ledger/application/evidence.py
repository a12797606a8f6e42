"""Documents that entries refer to by digest: kept in a folder beside the store, or only referenced.

What is on record is the SHA-256 of a document. The document itself may lie in the folder, by that digest. It is put
there before its entry is recorded, so one that is there without any entry does no harm; an entry never waits for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from ledger.application.core import PAGE, Core
from ledger.bundle.contents import Gathered
from ledger.store.documents import note_kept, noted
from ledger.store.encoding import decode
from ledger.store.shelf import Found, Shelf, sha256_of
from ledger.values.errors import Broken, Refused

_FIELD = b'"evidence":['


class Status(StrEnum):
    """How a document stands: kept as it was; gone; changed; or never kept here at all."""

    KEPT = "kept"
    MISSING = "missing"
    ALTERED = "altered"
    REFERENCED = "only referenced"


class Document(msgspec.Struct, frozen=True):
    """A document by its SHA-256, the entries that refer to it, and how it stands; `size` in bytes where it is there."""

    digest: str
    entries: tuple[str, ...]
    status: Status
    size: int | None


class Evidence:
    """The documents behind entries."""

    def __init__(self, core: Core, shelf: Shelf | None) -> None:
        self._core = core
        self._shelf = shelf

    def keep(self, pieces: Iterable[bytes]) -> str:
        """Keep a document in the folder, and return its SHA-256; in a dry run, only say it.

        Raises `Refused` where there is no folder for documents.
        """
        shelf = self._required()
        if self._core.dry_run:
            return sha256_of(pieces)
        digest = shelf.put(pieces)
        with self._core.writing() as connection:
            note_kept(connection, [digest])
        return digest

    def documents(self, book: str) -> list[Document]:
        """Every document that entries of a book refer to, in the order of digests; what is there is read and checked.

        Raises `Refused` for a book that does not exist.
        """
        self._core.require_book(book)
        return self.standing(self._referenced(book))

    def standing(self, referenced: dict[str, set[str]]) -> list[Document]:
        """How documents stand, from the entries that refer to each."""
        with self._core.reading() as connection:
            kept = noted(connection, sorted(referenced))
        return [self._document(digest, entries, digest in kept) for digest, entries in sorted(referenced.items())]

    def find(self, book: str, digest: str) -> Document:
        """The document of a digest, or of its first eight or more characters.

        Raises `Refused` where no entry of the book refers to one, `Broken` where it was altered or is gone.
        """
        self._core.require_book(book)
        referenced = self._referenced(book)
        digests = [each for each in referenced if len(digest) >= 8 and each.startswith(digest)]
        if len(digests) != 1:
            many = f"{len(digests)} documents begin with {digest}" if digests else f"there is no document {digest!r}"
            raise Refused(f"{many} in {book}", f"list them: pactbook evidence list {book}")
        [found] = self.standing({each: referenced[each] for each in digests})
        if found.status is Status.REFERENCED:
            raise Refused(f"the document {digest} is not kept here", "only its SHA-256 is; ask who recorded the entry")
        if found.status is not Status.KEPT:
            raise Broken(f"the document {found.digest} is {found.status}", "look for another copy of it")
        return found

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The content of a document that is kept. Raises `Broken` at its end where it is not what its name says."""
        return self._required().pieces(digest)

    def restore(self, digest: str, pieces: Iterable[bytes]) -> None:
        """Keep a document that came with a bundle, where there is a folder. Raises `Broken` for another one."""
        if self._required().put(pieces) != digest:
            raise Broken(f"the document {digest[:12]} is not what its name says")

    @property
    def keeps(self) -> bool:
        """Whether there is a folder for documents."""
        return self._shelf is not None

    def _required(self) -> Shelf:
        if self._shelf is None:
            hint = 'name one: evidence = "/srv/evidence" in pactbook.toml (or PACTBOOK_EVIDENCE), or add --digest-only'
            raise Refused("a store on a server has no folder for documents of its own", hint)
        return self._shelf

    def _document(self, digest: str, entries: set[str], was_kept: bool) -> Document:
        found = Found.ABSENT if self._shelf is None else self._shelf.found(digest)
        match found:
            case Found.WHOLE:
                status = Status.KEPT
            case Found.ALTERED:
                status = Status.ALTERED
            case _:
                status = Status.MISSING if was_kept and self._shelf is not None else Status.REFERENCED
        size = None
        if self._shelf is not None and status is Status.KEPT:
            size = self._shelf.path(digest).stat().st_size
        return Document(digest, tuple(sorted(entries)), status, size)

    def _referenced(self, book: str) -> dict[str, set[str]]:
        gathered, after = Gathered(), 0
        while page := self._core.books.select_book(book, after=after, limit=PAGE):
            for _, stored in page:
                if _FIELD in stored.state:
                    gathered.take(decode(stored.state))
            after = page[-1][0]
        return gathered.evidence
