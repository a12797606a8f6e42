"""A bundle checked from its file alone: bytes, tree, signatures, statements, figures; each check has a line.

What the file holds is made anew from its events and compared byte by byte. Nothing is taken on trust but what no file
can prove of itself: that nothing newer was left out, and that the first checkpoint anybody kept was true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import IO

import msgspec

from ledger.book.events import Event, PeriodClosed
from ledger.bundle.archive import Archive, opened
from ledger.bundle.contents import (
    BOOK,
    CHECKPOINTS,
    DOCUMENTS,
    FORMAT,
    LEAVES,
    MANIFEST,
    Gathered,
    Manifest,
    manifest_bytes,
    members,
    statement_members,
)
from ledger.bundle.documents import check_documents
from ledger.bundle.figures import check_figures, figures_check
from ledger.bundle.partners import PartnerAudit
from ledger.bundle.report import Check, many
from ledger.bundle.watch import Watch
from ledger.settlement.replay import Replay
from ledger.store.checkpoint import Checkpoint
from ledger.store.encoding import read_canonical
from ledger.store.notes import PublicKey
from ledger.store.proof import HASH_BYTES, Frontier, Head, leaf_hash
from ledger.values.errors import Broken, PactbookError

LINE_LIMIT = 4 * 1024 * 1024  #: the longest event, in bytes
MANIFEST_LIMIT = 8 * 1024 * 1024
MEMBER_LIMIT = 256 * 1024 * 1024  #: the largest member that is read as a whole


class Read(msgspec.Struct):
    """What was read of a bundle: its book, its events and the heads that the book had on the way."""

    book: str = ""
    events: list[tuple[int, Event]] = msgspec.field(default_factory=list)
    tree: Frontier = msgspec.field(default_factory=Frontier)
    gathered: Gathered = msgspec.field(default_factory=Gathered)


def verify(
    file: IO[bytes],
    since: Checkpoint | None = None,
    trusted: tuple[PublicKey, ...] = (),
    read: Read | None = None,
) -> Iterator[Check]:
    """Every check of a bundle, in order; `since` is a checkpoint that somebody kept, `trusted` keys known otherwise.

    What is read goes to `read`, for whoever wants to go on with what was checked.

    Raises `Broken` for a file that is no bundle at all.
    """
    with opened(file) as archive:
        manifest = _manifest(archive)
        yield _check_archive(archive)
        read = Read() if read is None else read
        read.book = manifest.book
        watch = Watch(manifest.book, since, _checkpoints(archive))
        yield from _check_events(archive, manifest, read, watch)
        yield from watch.checks(trusted)
        yield from _check_contents(archive, manifest, read)


def _manifest(archive: Archive) -> Manifest:
    data = archive.read(MANIFEST, MANIFEST_LIMIT)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Broken(f"the manifest cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise Broken(
            f"the bundle has the format {manifest.format[:80]!r}, not {FORMAT}", "it may be from a newer pactbook"
        )
    return manifest


def _check_archive(archive: Archive) -> Check:
    check = Check("file", f"{many(len(archive.names()), 'member')}, written as pactbook writes bundles")
    if not archive.is_written_so():
        check.blame("the file is not written as pactbook writes it: something beside its members was changed")
    return check


# --- events and tree --------------------------------------------------------------------------------------


def _check_events(archive: Archive, manifest: Manifest, read: Read, watch: Watch) -> Iterator[Check]:
    """One pass over the events: their bytes, their order, their leaves, and the roots that closings recorded."""
    size = many(manifest.size, "event")
    lines = Check("events", f"{size}, in canonical form, one after the other")
    tree = Check("tree", f"{size}, with the leaves and the root that the manifest says")
    closings = Check("closings", "each close counted the events before it and recorded their root")
    versions: dict[str, int] = {}
    leaves, partners = _leaves(archive), PartnerAudit()
    for seq, line in enumerate(archive.lines(BOOK, LINE_LIMIT), 1):
        before = read.tree
        event = _take(seq, line, next(leaves, b""), read, lines, tree, versions)
        if isinstance(event, PeriodClosed) and (event.cutoff_seq, event.root) != (before.size, before.root().hex()):
            closings.blame(f"event {seq}, the close of {event.period}, recorded another cut-off or root")
        if event is not None:
            partners.take(event, f"event {seq}")
        watch.take(seq, read.tree, event)
    if next(leaves, None) is not None:
        tree.blame(f"there are leaves beyond the last event, {read.tree.size}")
    if not read.tree.size:
        lines.blame("there is no event, so this is the book of nothing")
    head = read.tree.head()
    if (head.size, head.root.hex()) != (manifest.size, manifest.root):
        tree.blame(
            f"the events make a tree of {head.size:,} with root {head.root.hex()[:16]}, not the one of the manifest"
        )
    yield from (lines, tree, closings)
    if partners.changes:
        yield partners.check()


def _take(
    seq: int, line: bytes, leaf: bytes, read: Read, lines: Check, tree: Check, versions: dict[str, int]
) -> Event | None:
    """One event: into the tree as it is, and to the others if it can be read."""
    own = leaf_hash(line)
    if own != leaf:
        tree.blame(f"event {seq} is not the one of its leaf")
    read.tree = read.tree.push(own)
    event = read_canonical(line)
    if event is None:
        lines.blame(f"event {seq} is not written as pactbook writes events")
        return None
    expected = versions.get(event.stream, 0) + 1
    versions[event.stream] = event.version
    if event.book != read.book:
        lines.blame(f"event {seq} belongs to {event.book}, not to {read.book}")
    if event.version != expected:
        lines.blame(f"event {seq} is version {event.version} of {event.stream}, not {expected}")
    read.events.append((seq, event))
    read.gathered.take(event)
    return event


def _leaves(archive: Archive) -> Iterator[bytes]:
    held = b""
    for piece in archive.pieces(LEAVES) if LEAVES in archive.names() else ():
        held += piece
        whole = len(held) - len(held) % HASH_BYTES
        yield from (held[at : at + HASH_BYTES] for at in range(0, whole, HASH_BYTES))
        held = held[whole:]
    if held:
        yield held


# --- what follows from the events ---------------------------------------------------------------------------


def _check_contents(archive: Archive, manifest: Manifest, read: Read) -> Iterator[Check]:
    """Terms, statements and lists, made anew from the events; the figures by a checker of their own; the manifest."""
    made: dict[str, bytes] = dict(read.gathered.members())
    statements, found = Check("statements"), _statements(read)
    if isinstance(found, str):
        statements.blame(found)
        found = {}
    statements.found = (
        f"{many(len(found), 'sealed statement')}: made from the events, with the digests that were recorded"
    )
    _compare(archive, found, statements)
    _check_digests(found, read, statements)
    yield statements
    yield _check_figures(found)
    terms = Check("terms", f"{many(len(read.gathered.terms), 'terms document')}, by digest")
    _compare(archive, made, terms)
    for problem in read.gathered.misnamed():
        terms.blame(problem)
    yield terms
    if read.gathered.evidence or any(name.startswith(DOCUMENTS) for name in archive.names()):
        yield check_documents(archive, read.gathered.evidence)
    yield _check_manifest(archive, manifest, read, {**made, **found})


def _statements(read: Read) -> dict[str, bytes] | str:
    """Every sealed statement by its member's name, or why they cannot be made."""
    try:
        return dict(statement_members(Replay(read.book, read.events)))
    except PactbookError as error:
        return f"the events make no statements: {error.message}"
    except Exception as error:
        # What stands in a file from somewhere else may be anything; that it cannot be settled is a finding.
        return f"the events make no statements: {type(error).__name__}: {error}"


def _compare(archive: Archive, made: Mapping[str, bytes], check: Check) -> None:
    for name, data in made.items():
        try:
            if archive.read(name, MEMBER_LIMIT) != data:
                check.blame(f"{name} is not what the events make it")
        except Broken as error:
            check.blame(error.message)


def _check_digests(found: Mapping[str, bytes], read: Read, check: Check) -> None:
    for seq, event in read.events:
        if isinstance(event, PeriodClosed):
            data = found.get(f"statements/{event.period}.json")
            if data is not None and sha256(data).hexdigest() != event.statement:
                check.blame(f"event {seq}: the statement of {event.period} is not the one that was issued")


def _check_figures(found: Mapping[str, bytes]) -> Check:
    check = figures_check()
    for name, data in found.items():
        check_figures(check, name, json.loads(data))
    return check


def _check_manifest(archive: Archive, manifest: Manifest, read: Read, made: Mapping[str, bytes]) -> Check:
    """Every member is one that a bundle has, and the manifest is what the members make it."""
    check = Check("manifest", "every member is what the manifest says, and there are no others")
    further = [name for name in archive.names() if name.startswith((CHECKPOINTS, DOCUMENTS))]
    others = {**{name: [data] for name, data in made.items()}, **{name: archive.pieces(name) for name in further}}
    head = Head(read.tree.size, read.tree.root())
    written = b""
    names = []
    for name, pieces in members(read.book, head, archive.lines(BOOK, LINE_LIMIT), archive.pieces(LEAVES), others):
        names.append(name)
        for piece in pieces:
            written = piece
    if names != archive.names():
        odd = sorted(set(names) ^ set(archive.names()))
        check.blame(f"the members are not those of a bundle of this book: {', '.join(odd[:3]) or 'another order'}")
    if written != archive.read(MANIFEST, MANIFEST_LIMIT) or manifest_bytes(manifest) != written:
        check.blame("the manifest is not the one that the members make")
    return check


def _checkpoints(archive: Archive) -> dict[str, bytes]:
    names = [name for name in archive.names() if name.startswith(CHECKPOINTS)]
    return {name: archive.read(name, 64 * 1024) for name in names}
