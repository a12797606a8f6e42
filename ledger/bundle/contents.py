"""What is in a bundle, and how each part follows from the events of the book.

    book.jsonl              the stored bytes of every event, a line each, in the order of seq
    leaves.bin              the leaf of every event, 32 bytes each
    terms/DIGEST.json       the canonical form of every terms document that was proposed
    statements/PERIOD.json  every sealed statement, in canonical form
    evidence.json           the SHA-256 of every document that an entry refers to, and which entries do
    evidence/SHA256         the documents themselves, where they were put in
    checkpoints/SIZE.txt    signed checkpoints of the book
    manifest.json           the book, its size and root, and the SHA-256 and size of every other member

Everything but checkpoints and documents follows from `book.jsonl`, so a check makes it anew and compares bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

import msgspec

from ledger.book.events import AgreementProposed, AmendmentProposed, EntryCorrected, EntryEvent, Event
from ledger.bundle.archive import Members
from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Facts
from ledger.store.proof import Head

BOOK, LEAVES, MANIFEST, EVIDENCE = "book.jsonl", "leaves.bin", "manifest.json", "evidence.json"
CHECKPOINTS, DOCUMENTS = "checkpoints/", "evidence/"
FORMAT = "pactbook-bundle-v1"


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the manifest says of a member: its SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle says of itself."""

    format: str
    book: str
    size: int
    root: str
    members: dict[str, Member]


def manifest_bytes(manifest: Manifest) -> bytes:
    """The one way to write a manifest."""
    return msgspec.json.encode(manifest, order="deterministic") + b"\n"


class Gathered(msgspec.Struct):
    """What the events of a book say that stands in a bundle of its own: gathered as they pass by."""

    terms: dict[str, str] = msgspec.field(default_factory=dict)
    evidence: dict[str, set[str]] = msgspec.field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Gather from one event."""
        if isinstance(event, AgreementProposed | AmendmentProposed):
            self.terms[event.digest] = event.terms
        if isinstance(event, EntryEvent | EntryCorrected):
            for digest in event.evidence:
                self.evidence.setdefault(digest, set()).add(event.stream.split("/", 2)[-1])

    def misnamed(self) -> Iterator[str]:
        """The digests of terms documents that have another one."""
        for digest, terms in sorted(self.terms.items()):
            if sha256(terms.encode()).hexdigest() != digest:
                yield f"the terms {digest[:12]} have another digest"

    def members(self) -> Iterator[tuple[str, bytes]]:
        """The members that are made of it."""
        for digest, terms in sorted(self.terms.items()):
            yield f"terms/{digest}.json", terms.encode()
        listed = {digest: sorted(entries) for digest, entries in sorted(self.evidence.items())}
        yield EVIDENCE, msgspec.json.encode(listed, order="deterministic") + b"\n"


def statement_members(facts: Facts) -> Iterator[tuple[str, bytes]]:
    """Every sealed statement, made from what the book knows."""
    for closing in facts.closings():
        made = statement_of(facts, closing.period)
        yield f"statements/{closing.period}.json", canonical.canonical_bytes(canonical.statement_data(made))


def members(
    book: str, head: Head, lines: Iterable[bytes], leaves: Iterable[bytes], others: Mapping[str, Iterable[bytes]]
) -> Members:
    """All members of a bundle in their order; `others` are all but the events, their leaves and the manifest."""
    said: dict[str, Member] = {}
    ended = (line + b"\n" for line in lines)
    for name, pieces in ((BOOK, ended), (LEAVES, leaves), *sorted(others.items())):
        yield name, _counted(name, pieces, said)
    yield MANIFEST, [manifest_bytes(Manifest(FORMAT, book, head.size, head.root.hex(), said))]


def _counted(name: str, pieces: Iterable[bytes], said: dict[str, Member]) -> Iterator[bytes]:
    """The same pieces; when they are through, what the manifest says of them is known."""
    state, size = sha256(), 0
    for piece in pieces:
        state.update(piece)
        size += len(piece)
        yield piece
    said[name] = Member(state.hexdigest(), size)
