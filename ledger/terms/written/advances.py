"""How the clause `advances` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from ledger.terms.advances import AdvanceAccount
from ledger.terms.written.fields import Clause, Slug, Word, read_one, refuse
from ledger.terms.written.out_of import OutOf, PartRate

_HINT = "write a line for each, such as `- album-1: {from: label, to: artist, rate: 100%}`"


class AdvanceSchema(Clause):
    """How an account is written: `{from: label, to: artist, rate: 100%, out of: [album-1-royalty]}`."""

    makes = AdvanceAccount

    payer = Slug(data_key="from", required=True)
    payee = Slug(data_key="to", required=True)
    rate = PartRate(required=True)
    out_of = OutOf(data_key="out of", load_default=())


class AdvancesField(fields.Field[dict[str, AdvanceAccount]]):
    """A list of accounts in the order in which they recoup, each a name with what it is."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, AdvanceAccount]:
        if not isinstance(value, list) or not value:
            raise refuse("must be a list of accounts, in the order in which they recoup", _HINT)
        found: dict[str, AdvanceAccount] = {}
        errors: dict[Any, Any] = {}
        for place, written in enumerate(value):
            try:
                name, account = self._account(written)
                if name in found:
                    raise refuse(f"{name} is there twice", "keep one of them")
                found[name] = account
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)
        return found

    def _account(self, written: Any) -> tuple[str, AdvanceAccount]:
        if not isinstance(written, dict) or len(written) != 1:
            raise refuse("an account is one name with what it is", _HINT)
        [(name, content)] = written.items()
        try:
            return read_one(Slug(), name), AdvanceSchema().load(content)
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[dict[str, Any]] | None:
        return [{name: AdvanceSchema().dump(account)} for name, account in value.items()] if value else None
