"""What the parties have to sign: the acceptance of terms, the acknowledgement of statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from ledger.terms.fields import Names, Word, did_you_mean, refuse

SIGNED = ("statements", "terms")
"""What may be asked to be signed."""


class SignaturesField(fields.Field[tuple[str, ...]]):
    """`[terms, statements]`, or one of them."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        names: tuple[str, ...] = Names().deserialize(value) or ()
        unknown = next((name for name in names if name not in SIGNED), None)
        if unknown is not None:
            raise refuse(f"{unknown!r} is nothing that is signed", did_you_mean(unknown, SIGNED))
        return names

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[str] | None:
        return list(value) or None


def signatures_reading(signatures: Sequence[str]) -> list[tuple[str, str]]:
    """What has to be signed, as sentences: (clause, sentence)."""
    said = {
        "terms": "Terms are accepted by signature, with a key that the party has registered.",
        "statements": "A statement is acknowledged by signature, with a key that the party has registered.",
    }
    return [("signatures", said[name]) for name in reversed(signatures)]
