"""The documents of a bundle: each is what its name says, and an entry refers to it; how many are not in it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from ledger.bundle.archive import Archive
from ledger.bundle.contents import DOCUMENTS
from ledger.bundle.report import Check, many


def check_documents(archive: Archive, referenced: Mapping[str, Iterable[str]]) -> Check:
    """Check the documents in a bundle against the digests that entries refer to."""
    check = Check("evidence")
    names = [name.removeprefix(DOCUMENTS) for name in archive.names() if name.startswith(DOCUMENTS)]
    for digest in names:
        if digest not in referenced:
            check.blame(f"{DOCUMENTS}{digest[:80]} belongs to no entry")
        state = sha256()
        for piece in archive.pieces(f"{DOCUMENTS}{digest}"):
            state.update(piece)
        if state.hexdigest() != digest:
            entries = ", ".join(sorted(referenced.get(digest, ()))[:3])
            check.blame(f"{DOCUMENTS}{digest[:80]} is not what its name says; it belongs to {entries or 'no entry'}")
    absent = len(set(referenced) - set(names))
    check.found = f"{many(len(names), 'document')}, what their names say; {absent:,} that entries refer to not in it"
    return check
