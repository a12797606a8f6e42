"""The canonical form: the same terms give the same bytes and digest, however they are written down."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms, read_canonical
from tests.ledger.terms.test_invalid_terms import DOCUMENT
from tests.settling import terms_of
from tests.strategies import documents

#: The document of the table of invalid terms, as it is stored for ever: what was signed must stay readable.
CANONICAL = (
    '{"agreement":"acme-jot","cap":{"jot":{"at most":"90000.00","excess to":{"acme":"100%"}}},'
    '"confirm":{"costs over":"1000.00"},"currency":"EUR",'
    '"guarantee":{"jot":{"at least":"500.00","borne by":{"acme":"100%"}}},"losses":{"acme":"50%","jot":"50%"},'
    '"parties":{"acme":{"name":"Acme GmbH","pays":["tracking"],"reports":["sales","signups"]},'
    '"jot":{"name":"JOT Media S.L.","pays":["media"],"reports":[]}},'
    '"periods":{"business days":"following","calendar":"ES","due":"net 30","every":"month","from":"2026-01-01",'
    '"minimum payout":"0.00"},'
    '"pool":{"less costs":{"media":{"cap":"30% of sales"},"tracking":"all"},"less liabilities":["chargebacks"],'
    '"results":["sales"]},"roles":{"approve":["jot/ana"],"close":["acme"]},"rounding":"carried",'
    '"shares":[{"fee":{"amount":"12.00","at most":"900.00","each":"signups","to":"jot"}},'
    '{"bands":{"mode":"marginal","of":"sales","over":"year","rates":{"0":{"jot":"30%"},"500000":{"jot":"35%"}}}},'
    '{"split":{"acme":"60%","jot":"40%"}}],"short":"in order","title":"Audience acquisition for Acme"}'
)


def test_terms_that_were_signed_stay_readable() -> None:
    """The canonical form of a whole document, to the letter; its SHA-256 names the terms."""
    terms = parse_terms(DOCUMENT)
    assert terms.canonical == CANONICAL
    assert terms.digest == hashlib.sha256(CANONICAL.encode()).hexdigest()
    assert read_canonical(CANONICAL) == terms


@pytest.mark.parametrize(
    ("signed", "written"),
    [
        ('"each":"signups"', '"each":"clicks"'),
        ('"results":["sales"]', '"results":["remaining","sales"]'),
        ('"approve":["jot/ana"]', '"approve":["jot/"]'),
        ('"rounding":"carried",', ""),
    ],
    ids=["a unit that nobody reports", "a metric with a reserved name", "a role for no person", "a word left out"],
)
def test_terms_that_would_be_written_otherwise_today_stay_readable(signed: str, written: str) -> None:
    """What was accepted is not checked again, and its digest stays that of the text that was accepted."""
    assert CANONICAL.count(signed) == 1
    text = CANONICAL.replace(signed, written)
    terms = read_canonical(text)
    assert (terms.canonical, terms.digest) == (text, hashlib.sha256(text.encode()).hexdigest())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"shares": [{"split": {"acme": "60%", "jot": "40%"}}]},
            {"shares": [{"split": {"jot": "2/5", "acme": "0.6"}}]},
        ),
        (
            {"shares": [{"split": {"acme": "12.5%", "jot": "87.5%"}}]},
            {"shares": [{"split": {"acme": "1/8", "jot": "7/8"}}]},
        ),
        ({"shares": [{"split": "acme"}]}, {"shares": [{"split": {"acme": "100%"}}]}),
        ({"pool": {"results": ["sales", "ads"]}}, {"pool": {"results": ["ads", "sales"]}}),
        ({"pool": {"results": "sales"}}, {"pool": {"results": ["sales"]}}),
        (
            {"pool": {"results": ["sales"], "less costs": ["media"]}},
            {"pool": {"results": ["sales"], "less costs": {"media": "all"}}},
        ),
        (
            {"guarantee": {"jot": {"at least": "5", "borne by": "acme"}}},
            {"guarantee": {"jot": {"at least": "5.00", "borne by": {"acme": "1"}}}},
        ),
        ({}, {"rounding": "carried"}),
        ({"rounding": "largest fraction"}, {"rounding": "largest_fraction"}),
        ({}, {"periods": {"every": "month", "from": "2026-01-01", "due": "net 30", "minimum payout": "0"}}),
        ({"losses": "acme"}, {"losses": {"acme": "100%"}}),
        (
            {"periods": {"every": "month", "from": "2026-01-01", "calendar": "ES"}},
            {"periods": {"every": "month", "from": "2026-01-01", "calendar": "ES", "business days": "following"}},
        ),
        ({"confirm": {}}, {}),
        ({"roles": {"close": ["jot", "acme"]}}, {"roles": {"close": ["acme", "jot", "jot"]}}),
    ],
)
def test_style_makes_no_other_terms(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Order of words, style of numbers, and what holds anyway when nothing is said do not change the digest."""
    shares = {"shares": [{"split": {"acme": "60%", "jot": "40%"}}]}
    assert terms_of(**{**shares, **one}).digest == terms_of(**{**shares, **other}).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"shares": [{"split": {"acme": "60%", "jot": "40%"}}]},
            {"shares": [{"split": {"acme": "40%", "jot": "60%"}}]},
        ),
        ({"losses": "as profits"}, {"losses": "carried forward"}),
        ({"rounding": {"first": ["acme", "jot", "kim"]}}, {"rounding": {"first": ["jot", "acme", "kim"]}}),
        (
            {"periods": {"every": "month", "from": "2026-01-01", "calendar": "ES"}},
            {"periods": {"every": "month", "from": "2026-01-01", "calendar": "ES", "business days": "unadjusted"}},
        ),
        ({"title": "A"}, {"title": "B"}),
        ({"currency": "EUR"}, {"currency": "USD"}),
    ],
)
def test_other_terms_have_another_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What means something else is something else."""
    shares = {"shares": [{"split": {"acme": "60%", "jot": "40%"}}]}
    assert terms_of(**{**shares, **one}).digest != terms_of(**{**shares, **other}).digest


def test_the_order_of_steps_is_a_term() -> None:
    """Who takes first matters when the pool is short."""
    acme, jot = {"fee": {"to": "acme", "amount": "10"}}, {"fee": {"to": "jot", "amount": "10"}}
    digests = {
        terms_of(shares=[*steps, {"split": "kim"}], short="in order").digest for steps in ([acme, jot], [jot, acme])
    }
    assert len(digests) == 2


def shuffled(value: Any, data: st.DataObject) -> Any:
    """The same data with the words of every mapping in another order."""
    match value:
        case dict():
            words = data.draw(st.permutations(list(value)))
            return {word: shuffled(value[word], data) for word in words}
        case list():
            return [shuffled(item, data) for item in value]
        case _:
            return value


@given(st.data())
def test_every_document_can_be_read_from_its_canonical_form(data: st.DataObject) -> None:
    """Reading what is stored gives the same terms, and no order of words gives others."""
    document = data.draw(documents())
    terms = parse_terms(json.dumps(document))
    assert read_canonical(terms.canonical) == terms
    assert parse_terms(terms.canonical) == terms
    assert parse_terms(json.dumps(shuffled(document, data))) == terms


@given(documents())
def test_the_canonical_form_is_json_with_sorted_keys(document: dict[str, Any]) -> None:
    """Anybody can make it again: JSON without spaces, keys in order, UTF-8, hashed with SHA-256."""
    terms: Terms = parse_terms(json.dumps(document))
    again = json.dumps(json.loads(terms.canonical), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert again == terms.canonical
    assert hashlib.sha256(again.encode()).hexdigest() == terms.digest
