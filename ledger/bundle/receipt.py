"""A receipt: one event of a book, or one statement, with the proof that it was there, and nothing else of the book.

    {"format": "pactbook-receipt-v1", "book": "acme-jot", "seq": 41, "line": "{\\"type\\": ...", "proof": [...],
     "checkpoint": "pactbook/acme-jot\\n1200\\n...", "statement": "..."}

The event's stored bytes hash to a leaf, the leaf and the proof lead to the root of a checkpoint, and the checkpoint is
signed. A statement is shown with the close that recorded its digest. Whoever holds the receipt and a key of the signer
needs no book; other events stay unknown, for every event has a random salt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256

import msgspec

from ledger.book.events import PeriodClosed
from ledger.bundle.checker import wrong_figures
from ledger.bundle.report import Check, many
from ledger.settlement import canonical
from ledger.store.checkpoint import Checkpoint, parse_checkpoint
from ledger.store.encoding import decode, is_canonical
from ledger.store.keys import verify as verify_signature
from ledger.store.notes import Kind, PublicKey
from ledger.store.proof import leaf_hash, verify_inclusion
from ledger.values.errors import Broken

FORMAT = "pactbook-receipt-v1"
LIMIT = 64 * 1024 * 1024  #: the size of a receipt in bytes; that of a large statement has some


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands in a receipt. `proof` are hashes in hexadecimal, `statement` is its canonical form."""

    format: str
    book: str
    seq: int
    line: str
    proof: tuple[str, ...]
    checkpoint: str
    statement: str | None = None


class Shown(msgspec.Struct, frozen=True):
    """What a receipt shows: an event of a book, and the statement that goes with it if it is one of a statement."""

    book: str
    seq: int
    line: bytes
    proof: Sequence[bytes]
    checkpoint: Checkpoint
    statement: bytes | None = None


def write(shown: Shown) -> bytes:
    """The one way to write a receipt."""
    statement = None if shown.statement is None else shown.statement.decode()
    receipt = Receipt(
        FORMAT, shown.book, shown.seq, shown.line.decode(), tuple(node.hex() for node in shown.proof),
        str(shown.checkpoint.note), statement,
    )  # fmt: skip
    return msgspec.json.encode(receipt, order="deterministic") + b"\n"


def read(data: bytes) -> Shown:
    """The receipt that some bytes are. Raises `Broken` for anything else, and for one that is written otherwise."""
    if len(data) > LIMIT:
        raise Broken(f"a receipt of {len(data):,} bytes is larger than {LIMIT:,}")
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
        proof = [bytes.fromhex(node) for node in receipt.proof]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Broken(f"the file is no receipt: {error}") from error
    if receipt.format != FORMAT:
        said = f"the receipt has the format {receipt.format[:80]!r}, not {FORMAT}"
        raise Broken(said, "it may be from a newer pactbook")
    statement = None if receipt.statement is None else receipt.statement.encode()
    checkpoint = parse_checkpoint(receipt.checkpoint.encode())
    shown = Shown(receipt.book, receipt.seq, receipt.line.encode(), proof, checkpoint, statement)
    if write(shown) != data:
        raise Broken("the receipt is not written as pactbook writes it")
    return shown


def verify(shown: Shown, trusted: Sequence[PublicKey]) -> Iterator[Check]:
    """Every check of a receipt, in order; `trusted` are keys that are known to be those of the signers."""
    checks = (_check_event(shown), _check_proof(shown), _check_signatures(shown, trusted))
    yield from checks
    if shown.statement is not None:
        yield from _check_statement(shown, shown.statement, worth_it=all(check.ok for check in checks))


def _check_event(shown: Shown) -> Check:
    check = Check("event", f"event {shown.seq:,} of {shown.book}, in canonical form")
    if not is_canonical(shown.line):
        check.blame("the event is not written as pactbook writes events")
    elif (event := decode(shown.line)).book != shown.book:
        check.blame(f"the event belongs to {event.book}, not to {shown.book}")
    return check


def _check_proof(shown: Shown) -> Check:
    head = shown.checkpoint.head
    check = Check("proof", f"the event and {len(shown.proof)} more hashes lead to the root at {head.size:,} events")
    if shown.checkpoint.book != shown.book:
        check.blame(f"the checkpoint is of the book {shown.checkpoint.book}")
    try:
        verify_inclusion(leaf_hash(shown.line), shown.seq - 1, head.size, shown.proof, head.root)
    except Broken as error:
        check.blame(error.message)
    return check


def _check_signatures(shown: Shown, trusted: Sequence[PublicKey]) -> Check:
    check, valid = Check("signatures"), []
    for key in trusted:
        for kind in Kind:
            try:
                if verify_signature(shown.checkpoint.note, PublicKey(key.name, kind, key.raw)) is not None:
                    valid.append(key.name)
            except Broken as error:
                check.blame(error.message)
    names = ", ".join(dict.fromkeys(each.name for each in shown.checkpoint.note.signatures))
    check.found = f"the checkpoint is signed by {', '.join(dict.fromkeys(valid))}"
    if not valid:
        check.blame(f"no key that you trust has signed the checkpoint; it says that it was signed by {names}")
    return check


def _check_statement(shown: Shown, statement: bytes, *, worth_it: bool) -> Iterator[Check]:
    """The statement is the one of the close; its figures are only worked out where the rest proves something."""
    event = decode(shown.line) if is_canonical(shown.line) else None
    check = Check("statement", "the statement is the one whose digest the close recorded")
    if not isinstance(event, PeriodClosed):
        check.blame("the event closes no period")
    elif sha256(statement).hexdigest() != event.statement:
        check.blame(f"the statement is not the one that was issued for {event.period}")
    yield check
    if check.ok and worth_it:
        yield _check_figures(statement)


def _check_figures(statement: bytes) -> Check:
    figures = Check("figures")
    try:
        data = json.loads(statement)
        wrong = wrong_figures(data)
        if canonical.canonical_bytes(data) != statement:
            figures.blame("the statement is not written as pactbook writes it")
    except (ValueError, RecursionError):
        figures.blame("the statement is not one that pactbook writes")
        return figures
    figures.found = f"{many(len(data['figures']), 'figure')}: worked out from their operands by a second program"
    for figure in wrong:
        figures.blame(f"{figure} does not follow from its operands")
    return figures
