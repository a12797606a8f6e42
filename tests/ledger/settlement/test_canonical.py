"""A statement as data: plain, complete, and the same bytes whenever it is written."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction

import pytest

from ledger.settlement.canonical import all_figures, canonical_bytes, digest, figure_ids, figure_text, statement_data
from ledger.values.figures import term
from ledger.values.money import currency
from tests.checker import is_plain, wrong_figures
from tests.ledger.settlement.books import book, cost, recorded, sales
from tests.world import Book

POOL = {"results": ["sales"], "less costs": ["media"]}


def example() -> Book:
    """January closed, an entry late, February closed."""
    one = recorded(book(pool=POOL), S1=sales(100_001, "01-05"), C1=cost(30_000, "01-06"))
    one.close()
    recorded(one, S2=sales(-5_000, "01-31"), S3=sales(20_000, "02-03"))
    one.close()
    return one


def test_a_statement_says_what_it_is() -> None:
    """Agreement, period, whether it is sealed, what was known, under which terms, in which currency."""
    one = example()
    made = one.statement("2026-02")
    data = statement_data(made)
    assert {word: data[word] for word in ("schema", "statement", "agreement", "period", "sealed", "known_at")} == {
        "schema": "pactbook/statement/1",
        "statement": "acme-jot/2026-02",
        "agreement": "acme-jot",
        "period": {"key": "2026-02", "first": "2026-02-01", "last": "2026-02-28"},
        "sealed": True,
        "known_at": made.known_at,
    }
    assert (data["terms"], data["currency"], data["minor_digits"]) == (one.terms.digest, "EUR", 2)
    assert data["parties"] == {"acme": "Acme GmbH", "jot": "JOT Media S.L."}


def test_every_amount_names_its_figure() -> None:
    """Each row, each part of the pool and each adjustment leads to a figure in the same data, of the same amount."""
    data = statement_data(example().statement("2026-02"))
    shown = [*data["pool"], data["available"], *data["venture"].values()]
    shown += [row for account in data["accounts"] for row in account["rows"]]
    shown += [part for line in data["shares"] for part in line["parties"].values()]
    shown += [net for each in data["adjustments"] for net in each["net"].values()]
    assert len(shown) > 20
    for each in shown:
        figure = data["figures"][each["figure"]]
        assert abs(Fraction(each["amount"]) * 100 - Fraction(figure["value"])) < Fraction(1, 100)
        assert figure["clause"] == each.get("clause", figure["clause"])


def test_the_events_behind_an_adjustment_are_named() -> None:
    """Which one, on which entry, effective when, by whom."""
    one = example()
    (adjustment,) = statement_data(one.statement("2026-02"))["adjustments"]
    assert adjustment["period"] == "2026-01"
    (cause,) = adjustment["causes"]
    assert cause == {
        "seq": 6, "event": "ResultReported", "reference": "S2", "effective_on": "2026-01-31", "actor": "acme/ann",
        "reason": "",
    }  # fmt: skip


def test_the_entries_behind_a_leaf_can_be_asked_for() -> None:
    """A leaf holds the query that finds its entries, and how many there are."""
    made = example().statement("2026-01")
    leaf = statement_data(made)["figures"]["acme-jot/2026-01/inputs/cost.media.jot"]
    assert leaf["op"] == "entries"
    assert leaf["entries"] == {
        "agreement": "acme-jot", "kind": "cost", "name": "media", "party": "jot", "period": "2026-01",
        "known_at": made.known_at, "count": 1,
    }  # fmt: skip


def test_data_is_plain_and_can_be_checked_alone() -> None:
    """Text, whole numbers, lists and mappings, never a float; each figure follows from its operands."""
    data = json.loads(canonical_bytes(statement_data(example().statement("2026-02"))))
    assert is_plain(data)
    assert wrong_figures(data) == []


@pytest.mark.parametrize("value", ["value", "op"])
def test_a_changed_figure_is_found(value: str) -> None:
    """Somebody who changes one number, or what it is made of, has to change all that follows."""
    data = json.loads(canonical_bytes(statement_data(example().statement("2026-02"))))
    figure = data["figures"]["acme-jot/2026-02/jot/closing"]
    figure[value] = {"value": "1", "op": "difference"}[value]
    assert wrong_figures(data) == ["acme-jot/2026-02/jot/closing"]


def test_the_digest_is_that_of_the_canonical_bytes() -> None:
    """SHA-256 of JSON with sorted keys, no spaces, in UTF-8: anybody can make it again."""
    made = example().statement("2026-02")
    raw = canonical_bytes(statement_data(made))
    assert raw == json.dumps(json.loads(raw), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert digest(made) == hashlib.sha256(raw).hexdigest()


def test_ids_say_where_a_figure_is() -> None:
    """A named figure has its own address; one in between is found from the figure that uses it, counted from 1."""
    made = example().statement("2026-02")
    ids = figure_ids(made)
    assert len(ids) == len(all_figures(made))
    by_id = {each: all_figures(made)[key] for key, each in ids.items()}
    share = by_id["acme-jot/2026-02/jot/shares.1"]
    assert by_id["acme-jot/2026-02/jot/shares.1:1"] is share.operands[0]
    assert ids[id(share.operands[0])] == "acme-jot/2026-02/jot/shares.1:1"
    draft = figure_ids(example().statement("2026-03"))
    assert all(each.startswith("acme-jot/2026-03@") for each in draft.values())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (123_450, "EUR", "1,234.50 EUR"),
        (Fraction(100_000, 3), "EUR", "333.3333 EUR"),
        (Fraction(3, 10), "", "30%"),
        (Fraction(1, 3), "", "1/3"),
        (-1, "", "-1"),
        (4_200, "signups", "4200 signups"),
        (Fraction(5, 2), "hours", "2.5 hours"),
    ],
)
def test_figures_read_as_people_write_them(value: Fraction | int, unit: str, text: str) -> None:
    """Money with its currency, rates as percentages, quantities with their unit."""
    assert figure_text(term(value, unit, "", ""), currency("EUR")) == text
