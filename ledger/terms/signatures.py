"""What the parties have to sign: the acceptance of terms, the acknowledgement of statements."""

from __future__ import annotations

from collections.abc import Sequence

SIGNED = ("statements", "terms")
"""What may be asked to be signed."""


def signatures_reading(signatures: Sequence[str]) -> list[tuple[str, str]]:
    """What has to be signed, as sentences: (clause, sentence)."""
    said = {
        "terms": "Terms are accepted by signature, with a key that the party has registered.",
        "statements": "A statement is acknowledged by signature, with a key that the party has registered.",
    }
    return [("signatures", said[name]) for name in reversed(signatures)]
