"""Published worked examples, as data: pactbook gets the figures that textbooks and other programs print.

The tables are `tests/cases/*.yaml`: each case has an id, its source, inputs and what is expected. A case names a
`calc`; the modules `tests/cases_*.py` say what of pactbook computes it. A calc takes the inputs and returns a
mapping with (at least) the keys of `expected`. Numbers are compared exactly, whether written `5`, `'5.00'` or `1/3`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import cases_apportionment, cases_book, cases_exchange, cases_funds, cases_life, cases_terms

Case = dict[str, Any]

CALCS: dict[str, Callable[[Case], Case]] = {
    **cases_apportionment.CALCS,
    **cases_terms.CALCS,
    **cases_book.CALCS,
    **cases_life.CALCS,
    **cases_funds.CALCS,
    **cases_exchange.CALCS,
}

TABLES = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("cases/*.yaml"))
}
CASES: list[Case] = [case for table in TABLES.values() for case in table]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_a_published_example_comes_out_as_published(case: Case) -> None:
    """The figures are those of the source, and not the wrong ones that were reported to it."""
    figures = CALCS[case["calc"]](case["inputs"])
    found = exact({key: figures.get(key) for key in case["expected"]})
    assert found == exact(case["expected"])
    assert exact(case.get("reported_wrong", "-")) not in found.values()


def exact(value: Any) -> Any:
    """The value with every number in it as an exact rational, however it was written."""
    match value:
        case dict():
            return {key: exact(item) for key, item in value.items()}
        case list() | tuple():
            return [exact(item) for item in value]
        case bool() | None:
            return value
        case int() | str():
            try:
                return Fraction(value)
            except ValueError:
                return value
        case _:
            return value


def test_every_case_can_be_cited() -> None:
    """A case has an id of its own, a source, and a word on how far its figures were read."""
    ids = [case["id"] for case in CASES]
    assert len(ids) == len(set(ids)) > 100
    for case in CASES:
        assert case["source"]["title"]
        assert case["source"]["url"]
        assert case["status"] in {"confirmed", "partly", "computed"}
        assert case["expected"]


def test_no_case_holds_a_float() -> None:
    """Amounts and rates in the tables are whole numbers or text, so that they mean what they say."""
    assert [leaf for leaf in leaves(CASES) if isinstance(leaf, float)] == []


def leaves(value: Any) -> Iterator[Any]:
    """Every value in a table that holds no other."""
    match value:
        case dict():
            for item in value.values():
                yield from leaves(item)
        case list():
            for item in value:
                yield from leaves(item)
        case _:
            yield value


def test_no_case_is_forgotten() -> None:
    """Every calc of the tables is computed, and nothing is computed that no table asks for."""
    assert {case["calc"] for case in CASES} == CALCS.keys()
