"""Checkpoints (C2SP `tlog-checkpoint`): the size and root of a book at a moment, as the text of a signed note.

    pactbook/acme-jot
    1200
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

Whoever keeps one can later ask for proof that nothing before it was changed, dropped or put in another order.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from ledger.store.notes import Note, parse_note
from ledger.store.proof import HASH_BYTES, Head
from ledger.values.errors import Broken

_ORIGIN = "pactbook/"


class Checkpoint(msgspec.Struct, frozen=True):
    """A book's head, and the note that says it with its signatures."""

    book: str
    head: Head
    note: Note


def origin(book: str) -> str:
    """The line that names a book's log."""
    return f"{_ORIGIN}{book}"


def text_of(book: str, head: Head) -> str:
    """The text of a checkpoint, without signatures."""
    return f"{origin(book)}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def parse_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint that some bytes are; its signatures are not checked here. Raises `Broken` for anything else."""
    note = parse_note(data)
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) != 3 or not lines[0].startswith(_ORIGIN):
        raise Broken("the note is no checkpoint of a book", f"its text has three lines, the first {_ORIGIN}NAME")
    book, size = lines[0].removeprefix(_ORIGIN), lines[1]
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if not (size.isascii() and size.isdigit() and len(size) < 19) or len(root) != HASH_BYTES:
        raise Broken(f"the checkpoint of {book} has no size and root")
    head = Head(int(size), root)
    if text_of(book, head) != note.text:
        raise Broken(f"the checkpoint of {book} is not written as checkpoints are")
    return Checkpoint(book, head, note)
