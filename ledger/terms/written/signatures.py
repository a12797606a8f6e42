"""How the clause `signatures` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ledger.terms.problems import did_you_mean
from ledger.terms.signatures import SIGNED
from ledger.terms.written.fields import Names, Word, refuse


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
