"""Terms as people write and sign them: a YAML document, checked whole, with a digest that all parties accept.

The document is read as text with lines, validated by marshmallow schemas (one per clause), and checked for
contradictions between clauses. Its canonical form is JSON: the same terms give the same bytes, whatever the
order of keys or the style of numbers in the file. The SHA-256 of these bytes identifies the terms.

How a clause is written stands in the file here that has the name of the clause's own.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError
from msgspec.structs import replace

from ledger.terms import size
from ledger.terms.document import Terms, problems
from ledger.terms.short import Short
from ledger.terms.written import (
    advances,
    authority,
    confirm,
    exchange,
    goals,
    guarantees,
    parties,
    periods,
    pool,
    protections,
    reserves,
    rounding,
    signatures,
)
from ledger.terms.written.fields import Block, Clause, CurrencyContext, OneOf, PerName, Rate, Slug, Title, Word
from ledger.terms.written.shares.step_list import Steps
from ledger.terms.yaml_lines import Lines, findings_of, read_yaml
from ledger.values.errors import Broken, Finding, Rejected
from ledger.values.figures import Rounding
from ledger.values.money import Currency, currency


class _CurrencyCode(Word):
    def parse(self, text: str) -> Currency:
        return currency(text)

    def write(self, value: Currency) -> str:
        return value.code


TermsSchema = Clause.from_dict(
    {
        "agreement": Slug(required=True),
        "title": Title(required=True),
        "unit": _CurrencyCode(data_key="currency", required=True),
        "parties": PerName(Block(parties.PartySchema), required=True),
        "periods": Block(periods.PeriodsSchema, required=True),
        "exchange": exchange.ExchangeField(load_default=dict),
        "pool": Block(pool.PoolSchema, required=True),
        "shares": Steps(required=True),
        "short": OneOf(Short, load_default=None),
        "losses": protections.LossesField(required=True),
        "caps": PerName(Block(protections.CapSchema), data_key="cap", load_default=dict),
        "guarantees": PerName(Block(guarantees.GuaranteeSchema), data_key="guarantee", load_default=dict),
        "rounding": rounding.RoundingField(load_default=Rounding()),
        "retain": PerName(Rate(), load_default=dict),
        "reserves": PerName(Block(reserves.ReserveSchema), data_key="reserve", load_default=dict),
        "advances": advances.AdvancesField(load_default=dict),
        "confirm": Block(confirm.ConfirmSchema, load_default=dict),
        "authorities": PerName(Block(authority.AuthoritySchema), data_key="authority", load_default=dict),
        "goals_written": PerName(goals.SpansField(), data_key="goals", load_default=dict),
        "roles": Block(parties.RolesSchema, load_default=dict),
        "signatures": signatures.SignaturesField(load_default=()),
    },
    name="TermsSchema",
)
"""How terms are written, by the fields of `Terms`. A clause that may be left out loads as what holds then."""


def parse_terms(text: str, file: str = "terms") -> Terms:
    """The terms that a YAML document expresses.

    Raises `Rejected` with every finding at once: file, line, path, what is wrong, what is allowed.
    """
    data, lines = read_yaml(text, file)
    terms = _load(data, lines, file)
    # What is too large is not worth the time of the other checks.
    wrong = list(size.problems(terms.parties, terms.shares, terms.pool)) or problems(terms)
    found = [finding for path, problem in wrong for finding in findings_of(problem, lines, file, path)]
    if found:
        raise Rejected(_in_order(found))
    return terms


@lru_cache(maxsize=256)
def read_canonical(canonical: str) -> Terms:
    """The terms of a canonical form, as an event holds it.

    What was accepted stays as it was: its digest is that of the text itself, and checks that are stricter
    today than they were then are not made again. Raises `Broken` for a text that holds no terms.
    """
    try:
        data = json.loads(canonical)
        terms = _load(data, {}, "terms") if isinstance(data, dict) else None
    except (ValueError, RecursionError, Rejected) as error:
        raise _no_terms(str(error)) from None
    if terms is None:
        raise _no_terms("they are no mapping")
    return replace(terms, canonical=canonical, digest=_digest(canonical))


def _no_terms(why: str) -> Broken:
    return Broken(f"the terms that an event holds cannot be read: {why}", "`pactbook doctor` checks the whole book")


def _load(data: dict[str, Any], lines: Lines, file: str) -> Terms:
    code = data.get("currency")
    try:
        unit = currency(code) if isinstance(code, str) else currency("EUR")
    except Rejected:
        unit = currency("EUR")
    with CurrencyContext(unit):
        try:
            loaded = TermsSchema().load(data)
        except ValidationError as error:
            raise Rejected(_in_order(findings_of(error.messages, lines, file))) from None
        written = TermsSchema().dump({word: value for word, value in loaded.items() if value != {}})
    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    silence = loaded["confirm"].pop("silence", None)
    return Terms(**loaded, silence=silence, canonical=canonical, digest=_digest(canonical))


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.line or 0, finding.path or ""))
