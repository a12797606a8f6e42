"""How the clause `authority` is written."""

from __future__ import annotations

from ledger.terms.authority import Authority, Beyond
from ledger.terms.written.fields import Clause, OneOf, Rate, Slug


class AuthoritySchema(Clause):
    """How it is written: `{party: acme, tolerance: 2%, beyond: average}`."""

    makes = Authority

    party = Slug(required=True)
    tolerance = Rate(load_default=None)
    beyond = OneOf(Beyond, load_default=None)
