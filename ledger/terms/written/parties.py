"""How the clause `parties` is written."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ledger.terms.parties import Party
from ledger.terms.written.fields import Clause, Names, Title, Word, refuse


class PartySchema(Clause):
    """How a party is written: `{name: Acme GmbH, reports: [sales], pays: [tracking]}`."""

    makes = Party

    name = Title(required=True)
    reports = Names(load_default=())
    pays = Names(load_default=())


class _Actors(fields.Field[tuple[str, ...]]):
    """Parties, or persons of a party: `[acme, jot/ana]`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        actors = [value] if isinstance(value, str) else value
        if not isinstance(actors, list) or not actors or not all(isinstance(item, str) for item in actors):
            raise refuse("must be a list of parties or persons", "write [acme, jot/ana]")
        return tuple(sorted(set(actors)))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[str] | None:
        return None if value is None else list(value)


class RolesSchema(Clause):
    """Who may close periods, approve payouts and confirm entries; any party where nothing is said."""

    close = _Actors()
    approve = _Actors()
    confirm = _Actors()
