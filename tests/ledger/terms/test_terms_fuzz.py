"""Whatever is written, terms are either accepted, and can then be settled, or rejected with what is wrong."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from ledger.terms.document import Terms, parse_terms, read_canonical
from ledger.values.errors import Rejected
from tests.ledger.terms.test_invalid_terms import DOCUMENT
from tests.settling import settled
from tests.strategies import documents

JUNK: list[Any] = [
    None, "", " ", "x", "acme", "nobody", "pool", "remaining", "results", "sales", "0", "-1", "1", "100%", "-5%", "1/0",
    "1/3", "0.5", "30", "1e9", "NaN", "∞", "٣", "0." + "0" * 40 + "1", "9" * 80, "1,000.00", "30% of", "% of sales",
    "2026-02-30", "9999-12-31", "net", "all", "carried", "to", True, 7, [], {}, [[]], [{}], [None], ["acme", "acme"],
    {"": ""}, {"acme": None}, {"acme": "100%"}, {"acme": {"name": "A"}}, {"0": {"acme": "100%"}}, {"split": "acme"},
    [{"split": "acme"}], {"cap": "1"}, {"to": "acme"}, {"first": []}, "x" * 300, "a\nb", "\u2028", "{", "- :",
]  # fmt: skip

WORDS = ["of", "each", "to", "rate", "amount", "rates", "over", "mode", "shares", "split", "fee", "short", "x"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document below the document itself."""
    match value:
        case dict():
            items = list(value.items())
        case list():
            items = list(enumerate(value))
        case _:
            items = []
    return [below for key, item in items for below in [(*path, key), *places(item, (*path, key))]]


def mutated(data: st.DataObject, document: Any) -> Any:
    """The document with something in it replaced, taken away, renamed, repeated or added."""
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        found = places(document)
        if not found:
            break
        *path, last = data.draw(st.sampled_from(found))
        holder = document
        for key in path:
            holder = holder[key]
        match data.draw(st.integers(0, 4)):
            case 0:
                del holder[last]
            case 1 if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(WORDS))] = holder.pop(last)
            case 2 if isinstance(holder, list):
                holder.insert(data.draw(st.integers(0, len(holder))), copy.deepcopy(holder[last]))
            case 3 if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(WORDS))] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
            case _:
                holder[last] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    return document


def accepted(text: str) -> Terms | None:
    """The terms of a text, or None where it is rejected, with a message for every finding."""
    try:
        return parse_terms(text, "terms.yaml")
    except Rejected as error:
        rejected = error
    assert rejected.findings
    assert all(finding.message and finding.file == "terms.yaml" for finding in rejected.findings)
    assert "Problem" not in str(rejected)
    assert "Fraction" not in str(rejected)
    return None


def check(terms: Terms | None) -> None:
    """What was accepted can be stored, read out and settled."""
    event("rejected" if terms is None else "accepted")
    if terms is not None:
        assert read_canonical(terms.canonical) == terms
        assert all(sentence for _, sentence in terms.reading())
        for amount in (1234, -567, 0):
            (settlement,) = settled(terms, {"results": {"sales": amount}, "units": {"signups": 7}})
            shares = sum(share.minor for share in settlement.shares.values())
            assert shares == settlement.available.minor + settlement.loss.minor


@given(st.data())
def test_a_changed_document_is_accepted_or_rejected(data: st.DataObject) -> None:
    """One to three random changes to valid terms never lead to anything but terms that work, or findings."""
    document = data.draw(documents())
    check(accepted(json.dumps(mutated(data, document), ensure_ascii=False)))


@given(st.data())
def test_a_mistyped_document_is_accepted_or_rejected(data: st.DataObject) -> None:
    """Characters struck out, put in or exchanged anywhere in the text never lead to anything else either."""
    text = DOCUMENT
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 6))
        put = data.draw(st.text(st.sampled_from("aj0159-:,.%/{}[]\"'#&*!|>?@ \n\t\u00a0é"), max_size=4))
        text = text[:start] + put + text[start + cut :]
    check(accepted(text))


@given(st.text(max_size=200))
def test_any_text_is_accepted_or_rejected(text: str) -> None:
    """Whatever the text is, it is no accident."""
    assert accepted(text) is None
