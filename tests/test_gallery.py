"""The gallery of deals (`examples/terms/`): each is complete, says what it is good for, and gives what it says.

At the end of each file, in comments, stands a table of what happens in some periods and what everybody gets; it is read
as the tables of the reference are (`tests.docs_terms_reading`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.settlement.settle import Settlement
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.docs_terms_reading import Table, major, moved, shown_in, table_of
from tests.settling import settled_from

FOLDER = Path(__file__).parents[1] / "examples" / "terms"
DEALS = sorted(FOLDER.glob("*.yaml"))


each_deal = pytest.mark.parametrize("path", DEALS, ids=lambda path: path.stem)


def _tried(path: Path) -> tuple[Terms, Table, tuple[Settlement, ...]]:
    text = path.read_text("utf-8")
    terms = parse_terms(text, path.name)
    comments = re.findall(r"^# (\|.*)$", text, re.MULTILINE)
    table = table_of("\n".join(comments))
    days = [parse_period(row[0]).last for row in table.rows]
    found = [each for row, day in zip(table.rows, days, strict=True) for each in moved(row[1], terms.unit, day)]
    return terms, table, settled_from(terms, found, parse_period(table.rows[-1][0]))


@each_deal
def test_a_deal_gives_what_it_says(path: Path) -> None:
    """Period by period the figures are those in its own table; each follows from its own derivation."""
    _, table, settlements = _tried(path)
    assert table.headings[:2] == ("period", "what happened")
    said = [(row[0], *(major(text) for text in row[2:])) for row in table.rows]
    rows = {row[0] for row in table.rows}
    shown = [each for each in settlements if each.period.key in rows]
    assert [(each.period.key, *(shown_in(each, head) for head in table.headings[2:])) for each in shown] == said
    for each in shown:
        roots = (*each.shares.values(), *each.net.values(), *each.forward.values())
        assert all(evaluate(figure) == figure.value for figure in walk(roots))


@each_deal
def test_a_deal_shares_out_all_that_there_is(path: Path) -> None:
    """Nothing is created or lost: shares add up to what is available, or a loss is carried on."""
    _, _, settlements = _tried(path)
    for each in settlements:
        assert sum(share.value for share in each.shares.values()) == each.available.value + each.loss.value


@each_deal
def test_a_deal_is_commented_for_its_reader(path: Path) -> None:
    """It says what it is good for and what to change first, and every clause of it reads as a sentence."""
    text = path.read_text("utf-8")
    assert "# Good for:" in text
    assert "# Change first:" in text
    assert all(sentence.endswith((".", ")")) for _, sentence in parse_terms(text).reading())


def test_the_gallery_is_listed_with_every_deal() -> None:
    """The page of the gallery names each file once, and no other; agreements do not share a name."""
    listed = re.findall(r"\]\(([a-z-]+\.yaml)\)", (FOLDER / "README.md").read_text("utf-8"))
    assert sorted(listed) == [path.name for path in DEALS]
    names = [parse_terms(path.read_text("utf-8")).agreement for path in DEALS]
    assert len(set(names)) == len(names)
