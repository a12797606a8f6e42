"""Whatever is written, terms are either accepted, and can then be settled, or rejected with what is wrong.

Documents are made at random (`tests.strategies`) or taken from the reference of the language and from the examples, and
then changed: values replaced, taken away, renamed or repeated, clauses mixed with those of other documents, text
mistyped. `FOUND` keeps what once led to an accident.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ledger.book import movements
from ledger.book.events import Advance, Contribution, Cost, Fact, Result, Withdrawal
from ledger.book.movements import Movement
from ledger.settlement.canonical import canonical_bytes, statement_data
from ledger.settlement.settle import fold
from ledger.settlement.statement import statement
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms, read_canonical
from ledger.terms.yaml_lines import read_yaml
from ledger.values.errors import Rejected
from ledger.values.money import MICRO
from ledger.values.periods import Period
from tests.checker import wrong_figures
from tests.docs_terms_reading import SHOWN, laid_over
from tests.ledger.terms.test_invalid_terms import DOCUMENT, TABLES
from tests.settling import known_from
from tests.strategies import documents

EXAMPLES = Path(__file__).parents[3] / "examples"


def _data(text: str) -> dict[str, Any]:
    return read_yaml(text, "terms.yaml")[0]


#: Valid documents with every clause there is: those of the reference, of the tables and of the examples.
GALLERY: list[dict[str, Any]] = [
    *(
        _data(each.text if each.text.startswith("agreement:") else laid_over(_data(each.text or "{}")))
        for each in SHOWN
    ),
    *(_data(table["document"]) for table in TABLES.values()),
    *(_data(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("terms/*.yaml"))),
]

NESTED: Any = "deep"
for _ in range(80):
    NESTED = [NESTED]

JUNK: list[Any] = [
    None, "", " ", "x", "acme", "nobody", "pool", "remaining", "results", "sales", "0", "-1", "1", "100%", "-5%", "1/0",
    "1/3", "0.5", "30", "1e9", "NaN", "∞", "٣", "0." + "0" * 40 + "1", "9" * 80, "1,000.00", "30% of", "% of sales",
    "2026-02-30", "9999-12-31", "net", "all", "carried", "to", True, 7, [], {}, [[]], [{}], [None], ["acme", "acme"],
    {"": ""}, {"acme": None}, {"acme": "100%"}, {"acme": {"name": "A"}}, {"0": {"acme": "100%"}}, {"split": "acme"},
    [{"split": "acme"}], {"cap": "1"}, {"to": "acme"}, {"first": []}, "x" * 300, "a\nb", "\u2028", "{", "- :",
    "9" * 5000, "1/" + "3" * 5000, "9" * 5000 + "%", "0." + "1" * 59, "1" * 30 + "/" + "7" * 30, "0001-01-01",
    "0 periods", "9" * 20 + " periods", "999999 periods", "after 0 days", "net 999", "year", "life", "period",
    "1000000000", "Infinity", "\u202e", "\u200bacme", "\u0430cme", "e\u0301", "\U0001f40d", "\U0010ffff", NESTED,
    {"a": NESTED}, {"acme": [["jot"]]}, ["alpha", "alpha"], {"jot": "100%"}, {"2026-01": "1"}, {"2026-13": "1"},
    {"USD": {}}, "USD", "EUR", "never",
]  # fmt: skip

WORDS = ["of", "each", "to", "rate", "amount", "rates", "over", "mode", "shares", "split", "fee", "short", "x", "as"]
WORDS += ["_schema", "é", "at most", "per", "on", "days", "until", "rest", "release after", "out of", "from", "jot"]

FOUND: list[tuple[str, str]] = []
"""Documents that once led to an accident: what was the matter, and the text."""


# --- changes ------------------------------------------------------------------------------------------------


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
        match data.draw(st.integers(0, 5)):
            case 0:
                del holder[last]
            case 1 if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(WORDS))] = holder.pop(last)
            case 2 if isinstance(holder, list):
                holder.insert(data.draw(st.integers(0, len(holder))), copy.deepcopy(holder[last]))
            case 3 if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(WORDS))] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
            case 4 if len(found) > 1:
                holder[last] = copy.deepcopy(_at(document, data.draw(st.sampled_from(found))))
            case _:
                holder[last] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    return document


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def mixed(data: st.DataObject) -> dict[str, Any]:
    """A document with some clauses of another one, and perhaps some of its steps before its own."""
    document: dict[str, Any] = copy.deepcopy(data.draw(st.sampled_from(GALLERY)))
    other = copy.deepcopy(data.draw(st.sampled_from(GALLERY)))
    taken = data.draw(st.lists(st.sampled_from(sorted(other)), max_size=4))
    document |= {clause: other[clause] for clause in taken}
    if data.draw(st.booleans()):
        document["shares"] = [*other["shares"][: data.draw(st.integers(0, 3))], *document["shares"]]
        document.setdefault("short", "in order")
    return document


def twice(data: st.DataObject, document: Any) -> str:
    """The text of a document in which one key is written twice in the same mapping."""
    mark = "a key of its own"
    holders = [document, *(value for path in places(document) if isinstance(value := _at(document, path), dict))]
    holder = data.draw(st.sampled_from([each for each in holders if each]))
    key = data.draw(st.sampled_from(sorted(holder)))
    holder[mark] = data.draw(st.sampled_from([holder[key], None, "x"]))
    return json.dumps(document, ensure_ascii=False).replace(json.dumps(mark), json.dumps(key))


# --- what must hold -----------------------------------------------------------------------------------------


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
    assert "object at 0x" not in str(rejected)
    return None


def check(terms: Terms | None) -> None:
    """What was accepted can be stored, read out and settled: as it goes, with late knowledge, and after the end."""
    if terms is None:
        return
    assert read_canonical(terms.canonical) == terms
    assert all(sentence for _, sentence in terms.reading())
    periods = [terms.first_period]
    while len(periods) < 3 and periods[-1].last.year < 9999:
        periods.append(periods[-1].next())
    found = [movement for place, period in enumerate(periods) for movement in _moved(terms, period, place)]
    known, earlier = known_from(terms, found), known_from(terms, found[1:])
    ended = known_from(terms, found, periods[0].last)
    for settlement in (*fold(known, periods[-1]), *fold(ended, periods[-1])):
        shares = sum(share.minor for share in settlement.shares.values())
        assert shares == settlement.available.minor + settlement.loss.minor
    for now, before in ((known, None), (known, earlier), (ended, None)):
        data = statement_data(statement(periods[-1], now, before))
        assert canonical_bytes(data)
        assert wrong_figures(data) == []


def tried(text: str) -> None:
    """A changed document, accepted or rejected; the statistics of a run tell how many are either."""
    terms = accepted(text)
    event("rejected" if terms is None else "accepted")
    check(terms)


def _moved(terms: Terms, period: Period, place: int) -> list[Movement]:
    """What happened in a period: results that two parties report, a cost, and capital and advances of every party."""
    day, unit, parties = period.last, terms.currency, list(terms.parties)
    facts: list[Fact] = [
        Cost(category="media", effective_on=day, amount_minor=5_000, currency=unit, paid_by=parties[-1])
    ]
    for size, party in enumerate(parties, 1):
        facts.append(Contribution(party=party, effective_on=period.first, amount_minor=10_000 * size, currency=unit))
        facts.append(Withdrawal(party=party, effective_on=day, amount_minor=1_000 * size, currency=unit))
    facts.append(Advance(paid_by=parties[0], paid_to=parties[1], effective_on=day, amount_minor=2_000, currency=unit))
    recorded = [(fact, parties[0]) for fact in facts] + [
        (result, party) for size, party in enumerate(parties[:2]) for result in _results(terms, day, place, size)
    ]
    return [movement for fact, party in recorded for movement in movements.of_fact(fact, "R-1", party)]


def _results(terms: Terms, day: date, place: int, size: int) -> Iterator[Result]:
    """What a party reports: about the same as the others do."""
    collector, amount = next(iter(terms.parties)), (123_456, -56_700, 8_901)[place] + 50 * size
    for metric in terms.pool.results:
        yield Result(
            metric=metric, effective_on=day, amount_minor=amount, currency=terms.currency, collected_by=collector
        )
    yield Result(metric="signups", effective_on=day, quantity_micro=(7 + size) * MICRO)


# --- tests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", GALLERY, ids=range(len(GALLERY)))
def test_a_document_of_the_gallery_is_accepted_and_settled(document: dict[str, Any]) -> None:
    """What the changes below start from works."""
    check(parse_terms(json.dumps(document)))


@pytest.mark.parametrize("text", [pytest.param(text, id=says) for says, text in FOUND])
def test_what_once_was_an_accident_is_accepted_or_rejected(text: str) -> None:
    """A document that random changes found stays found."""
    check(accepted(text))


@given(st.data())
def test_a_changed_document_is_accepted_or_rejected(data: st.DataObject) -> None:
    """One to three random changes to valid terms never lead to anything but terms that work, or findings."""
    document = data.draw(documents())
    tried(json.dumps(mutated(data, document), ensure_ascii=False))


@given(st.data())
def test_a_changed_document_of_the_gallery_is_accepted_or_rejected(data: st.DataObject) -> None:
    """The same for documents that have every clause of the language."""
    document = data.draw(st.sampled_from(GALLERY))
    tried(json.dumps(mutated(data, document), ensure_ascii=False))


@given(st.data())
def test_a_mixed_document_is_accepted_or_rejected(data: st.DataObject) -> None:
    """Clauses that nobody ever put together either work together, or are refused together."""
    tried(json.dumps(mixed(data), ensure_ascii=False))


@given(st.data())
def test_a_key_that_is_written_twice_is_rejected(data: st.DataObject) -> None:
    """Wherever it stands: which of the two is meant is nobody's to guess."""
    text = twice(data, copy.deepcopy(data.draw(st.sampled_from(GALLERY))))
    with pytest.raises(Rejected, match="is written twice"):
        parse_terms(text, "terms.yaml")


@given(st.data())
def test_a_mistyped_document_is_accepted_or_rejected(data: st.DataObject) -> None:
    """Characters struck out, put in or exchanged anywhere in the text never lead to anything else either."""
    text = data.draw(st.sampled_from([DOCUMENT, *(table["document"] for table in TABLES.values())]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 6))
        put = data.draw(st.text(st.sampled_from("aj0159-:,.%/{}[]\"'#&*!|>?@ \n\t\u00a0é"), max_size=4))
        text = text[:start] + put + text[start + cut :]
    tried(text)


@given(st.text(max_size=200))
def test_any_text_is_accepted_or_rejected(text: str) -> None:
    """Whatever the text is, it is no accident."""
    assert accepted(text) is None
