"""Keys that sign: Ed25519, by the library `cryptography`. Private keys are never in the store, and are never printed.

A key file holds the key as PKCS #8 in PEM, encrypted with a passphrase if one is given, below a line with its name.
The library is loaded when something is signed or verified, for most commands do neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.store.notes import Kind, Note, PublicKey, Signature, check_name, message, signature_of
from ledger.values.errors import Broken, Rejected

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_NAME = "# pactbook key of "


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key with the name of who signs: a person, `jot/ana`, or the operator of a store."""

    name: str
    private: Ed25519PrivateKey

    def public(self, kind: Kind = Kind.ED25519) -> PublicKey:
        """What others verify with: `kind` says for which signatures."""
        return PublicKey(self.name, kind, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """The signature of a note's text."""
        key = self.public()
        return Signature(key.name, key.id, self.private.sign(message(key.kind, text, 0)))

    def cosign(self, text: str, time: int) -> Signature:
        """The signature of who has checked a note's text at a time (Unix seconds)."""
        key = self.public(Kind.COSIGNATURE)
        signed = self.private.sign(message(key.kind, text, time))
        return Signature(key.name, key.id, time.to_bytes(8, "big") + signed)

    def to_file(self, passphrase: str | None) -> bytes:
        """The content of a key file."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

        how: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            how = serialization.BestAvailableEncryption(passphrase.encode())
        pem = self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
        return f"{_NAME}{self.name}\n".encode() + pem


def signing_key(name: str, seed: bytes) -> SigningKey:
    """The key that 32 random bytes make."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return SigningKey(check_name(name), Ed25519PrivateKey.from_private_bytes(seed))


def is_encrypted(content: bytes) -> bool:
    """Whether a key file asks for a passphrase."""
    return b"ENCRYPTED" in content


def read_key(content: bytes, passphrase: str | None) -> SigningKey:
    """The key of a key file. Raises `Rejected` for another file, and for a wrong passphrase."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    first, _, pem = content.partition(b"\n")
    try:
        name = first.decode("utf-8").removeprefix(_NAME)
        if not first.startswith(_NAME.encode()):
            raise ValueError
        private = serialization.load_pem_private_key(pem, None if passphrase is None else passphrase.encode())
    except TypeError:
        raise Rejected("the key needs its passphrase" if passphrase is None else "the key has no passphrase") from None
    except ValueError:
        wrong = is_encrypted(content) and passphrase is not None
        hint = "type it again" if wrong else "make one with `pactbook key new`"
        raise Rejected("the passphrase is wrong" if wrong else "this is no key file of pactbook", hint) from None
    except UnsupportedAlgorithm:
        raise Rejected("the key is of a kind that is not known here", "make one with `pactbook key new`") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Rejected("the key is not an Ed25519 key", "make one with `pactbook key new`")
    return SigningKey(check_name(name), private)


def verify(note: Note, key: PublicKey) -> Signature | None:
    """The valid signature of a key below a note, None where there is none of this key.

    Raises `Broken` where the key's name and id stand below the note with a signature that is not of its text.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    signature = signature_of(note, key)
    if signature is None:
        return None
    time = signature.time if key.kind is Kind.COSIGNATURE else 0
    raw = signature.raw[-64:]
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(raw, message(key.kind, note.text, time))
    except (InvalidSignature, ValueError):
        raise Broken(f"the signature of {key.name} is not of this text, or was made with another key") from None
    return signature
