"""Advances: accounts of money paid ahead, which are recouped out of later shares.

A recoupable advance is no debt. What is not recouped yet is a balance of its own, beside the current accounts; it gets
smaller only as shares are earned. Accounts recoup in the order in which they are written, so the canonical form keeps
it: as a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from marshmallow import ValidationError, fields

from ledger.terms.fields import Clause, Found, Problem, Slug, Word, read_one, refuse
from ledger.terms.out_of import OutOf, PartRate, out_of_problems, said_out_of
from ledger.terms.shares.step import Step
from ledger.values.money import format_rate

_HINT = "write a line for each, such as `- album-1: {from: label, to: artist, rate: 100%}`"


class AdvanceAccount(msgspec.Struct, frozen=True):
    """What `payer` pays ahead to `payee`, recouped at `rate` of what the payee gets by the steps `out_of` (of all of
    its share, where it names none).
    """

    payer: str
    payee: str
    rate: Fraction
    out_of: tuple[str, ...] = ()


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


def problems(accounts: Mapping[str, AdvanceAccount], steps: Sequence[Step]) -> Iterator[Found]:
    """Accounts that nothing can be paid into, or out of."""
    for place, (name, account) in enumerate(accounts.items()):
        if account.payer == account.payee:
            said = f"{account.payer} cannot pay an advance to itself"
            yield ("advances", place, name, "to"), Problem(said, "name the two parties")
        for path, problem in out_of_problems(account.out_of, account.payee, steps):
            yield ("advances", place, name, *path), problem


def named_parties(accounts: Mapping[str, AdvanceAccount]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The parties of the accounts, with their paths."""
    for place, (name, account) in enumerate(accounts.items()):
        yield ("advances", place, name, "from"), account.payer
        yield ("advances", place, name, "to"), account.payee


def reading(accounts: Mapping[str, AdvanceAccount]) -> list[tuple[str, str]]:
    """The accounts as sentences: (clause, sentence), in the order in which they recoup."""
    said = []
    for name, account in accounts.items():
        part = said_out_of(account.out_of, account.payee)
        sentence = f"What {account.payer} advances to {account.payee} on {name} is recouped, and is no debt: "
        said.append((f"advances.{name}", f"{sentence}{format_rate(account.rate)} of {part} goes to {account.payer}."))
    return said
