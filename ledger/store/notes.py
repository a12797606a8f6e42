"""Signed notes (C2SP `signed-note`) and what is in them: a text, a blank line, a line for each signature.

    acme-jot.pactbook.example/book
    1200
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — operator Uw2QOkn8srV1yJGh2VYRlL1Tnagv...
    — jot/ana jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9...

A signature is of the text, its last line end included. A *cosignature* (`tlog-cosignature`) also says when. Keys are
named; a key's id is a hash of its name, kind and bytes, so that a signature points to the key that made it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from enum import IntEnum
from hashlib import sha256

import msgspec

from ledger.values.errors import Broken, Rejected

_DASH = "\u2014 "
_KEY_ID_BYTES = 4
_PUBLIC_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
LIMIT = 64 * 1024  #: the size of a note in bytes; a checkpoint has some hundred


class Kind(IntEnum):
    """What a signature is of (the types of C2SP `signed-note` that pactbook knows)."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


class PublicKey(msgspec.Struct, frozen=True):
    """A key that signatures are verified with: a name without spaces or `+`, a kind, 32 bytes of Ed25519."""

    name: str
    kind: Kind
    raw: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of name, kind and key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as C2SP writes a verifier key: `name+id+key`."""
        packed = base64.b64encode(bytes([self.kind]) + self.raw).decode()
        return f"{self.name}+{self.id.hex()}+{packed}"


class Signature(msgspec.Struct, frozen=True):
    """One line below a note: who signed, with which key, and the signature. `time` (Unix seconds) is a cosigner's."""

    name: str
    key_id: bytes
    raw: bytes

    @property
    def time(self) -> int:
        """When a cosigner signed, in seconds since 1970. Only a cosignature says so."""
        return int.from_bytes(self.raw[:_TIME_BYTES], "big")

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.raw).decode()}\n"


class Note(msgspec.Struct, frozen=True):
    """A text that ends in a line end, and the signatures of it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def signed(self, more: Iterable[Signature]) -> Note:
        """The same text with more signatures; none is there twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


def check_name(name: str) -> str:
    """A name that a key may have. Raises `Rejected` for another one."""
    if not name or "+" in name or any(mark.isspace() or not mark.isprintable() for mark in name) or len(name) > 200:
        raise Rejected(f"{name!r} cannot name a key", "use 1 to 200 characters without spaces and +, such as jot/ana")
    return name


def parse_key(text: str) -> PublicKey:
    """The key that `name+id+key` writes. Raises `Rejected` for anything else."""
    hint = "a key is written name+id+key, as `pactbook key show` prints it"
    parts = text.strip().split("+", 2)
    try:
        name, key_id, packed = parts[0], bytes.fromhex(parts[1]), base64.b64decode(parts[2], validate=True)
        key = PublicKey(check_name(name), Kind(packed[0]), packed[1:])
    except (IndexError, ValueError):
        raise Rejected(f"{text[:80]!r} is no public key", hint) from None
    if len(key.raw) != _PUBLIC_BYTES or key.id != key_id or str(key) != text.strip():
        raise Rejected(f"{text[:80]!r} is no public key: its parts do not fit each other", hint)
    return key


def parse_note(data: bytes) -> Note:
    """The note that some bytes are. Raises `Broken` for anything that is none, or that could be read in two ways."""
    if len(data) > LIMIT:
        raise Broken(f"a note of {len(data):,} bytes is larger than {LIMIT:,}")
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("the note is not text in UTF-8") from None
    if any(mark != "\n" and ord(mark) < 32 for mark in written):
        raise Broken("the note has a control character")
    head, blank, lines = written.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or not head:
        raise Broken("the note has no signatures below a blank line")
    return Note(f"{head}\n", tuple(map(_signature, lines.removesuffix("\n").split("\n"))))


def _signature(line: str) -> Signature:
    name, space, packed = line.removeprefix(_DASH).rpartition(" ")
    try:
        raw = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    signature = Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])
    if not line.startswith(_DASH) or not space or len(raw) <= _KEY_ID_BYTES or str(signature) != f"{line}\n":
        raise Broken(f"{line[:80]!r} is no line of a signature")
    try:
        check_name(name)
    except Rejected as error:
        raise Broken(error.message) from None
    return signature


def message(kind: Kind, text: str, time: int) -> bytes:
    """What is signed: the text, below a header with the time where it is a cosignature."""
    return text.encode() if kind is Kind.ED25519 else f"cosignature/v1\ntime {time}\n{text}".encode()


def signature_of(note: Note, key: PublicKey) -> Signature | None:
    """The signature below a note that a key's name and id claim; whether it is valid is `verify`'s to say.

    Raises `Broken` where there is more than one, or one of another length than the key's kind has.
    """
    found = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.id)]
    expected = _SIGNATURE_BYTES + (_TIME_BYTES if key.kind is Kind.COSIGNATURE else 0)
    if len(found) > 1:
        raise Broken(f"the note has several signatures of {key.name}")
    if found and len(found[0].raw) != expected:
        raise Broken(f"the signature of {key.name} has {len(found[0].raw)} bytes, not {expected}")
    return found[0] if found else None
