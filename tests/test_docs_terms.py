"""The reference of the terms language is true: its examples are settled, its errors are provoked, no word is left out.

How the pages of `docs/terms/` are read, and how a new clause gets its examples checked: `tests.docs_terms_reading`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from ledger.book import entry
from ledger.book.events import EntryEvent, Fact, Stamp
from ledger.settlement.knowledge import Knowledge, TermsInForce
from ledger.settlement.settle import Settlement
from ledger.terms.context import RESERVED_BASES
from ledger.terms.document import Terms
from ledger.terms.parties import RESERVED_PARTIES
from ledger.terms.protections import AS_PROFITS, CARRIED_FORWARD
from ledger.terms.written.document import parse_terms
from ledger.terms.written.fields import Clause, OneOf
from ledger.terms.written.shares.step_list import STEPS
from ledger.values.apportionment import RULES_OF_TERMS
from ledger.values.calendars import public_holidays
from ledger.values.errors import Refused, Rejected
from ledger.values.figures import evaluate, walk
from ledger.values.periods import due_date, parse_period
from tests.docs_terms_reading import (
    CHECKED,
    EXPLAINING,
    INDEX,
    PAGES,
    SHOWN,
    WHOLE,
    Row,
    Shown,
    Table,
    data,
    fixed,
    form,
    happened,
    laid_over,
    major,
    moved,
    refused_document,
    shown_in,
    tables,
)
from tests.settling import settled_from


def _params(*headings: str) -> list[Any]:
    return [pytest.param(each, table, id=each.id) for each, table in tables(*headings)]


# --- what is settled ----------------------------------------------------------------------------------------


def _settled(terms: Terms, table: Table) -> tuple[Settlement, ...]:
    """The settlements of a table's rows; what does not say its day happened on the last day of its period."""
    days = [parse_period(row[0]).last for row in table.rows]
    found = [each for row, day in zip(table.rows, days, strict=True) for each in moved(row[1], terms.unit, day)]
    rates = [each for row, day in zip(table.rows, days, strict=True) for each in fixed(row[1], terms.unit, day)]
    return settled_from(terms, found, parse_period(table.rows[-1][0]), rates)


@pytest.mark.parametrize(("shown", "table"), _params("period", "what happened"))
def test_an_example_is_settled_as_the_page_says(shown: Shown, table: Table) -> None:
    """Each figure in a row is what the terms above yield of what happened; the rows are successive periods."""
    settlements = _settled(shown.terms, table)
    said = [(row[0], *(major(text) for text in row[2:])) for row in table.rows]
    asked = table.headings[2:]
    assert [(each.period.key, *(shown_in(each, heading) for heading in asked)) for each in settlements] == said
    for each in settlements:
        assert {party for party, share in each.shares.items() if share.value} <= set(table.headings)
        assert all(evaluate(figure) == figure.value for figure in (*each.shares.values(), *each.net.values()))


def test_everything_on_the_pages_is_checked() -> None:
    """No terms stand there without an example or a sentence; every table is one that is checked, or explains words."""
    assert [each.id for each in SHOWN if each.text and not each.tables and not each.said] == []
    assert {table.headings[0] for each in SHOWN for table in each.tables} == CHECKED | EXPLAINING
    assert (len(SHOWN) >= 25, len(_REFUSALS) >= 40) == (True, True)


@pytest.mark.parametrize("shown", [pytest.param(each, id=each.id) for each in SHOWN])
def test_terms_read_as_the_page_says(shown: Shown) -> None:
    """The sentences quoted after a block are the ones that pactbook says of these terms."""
    assert set(shown.said) <= {sentence for _, sentence in shown.terms.reading()}


def test_the_whole_agreement_reads_as_the_page_says() -> None:
    """The first document is read back on the page clause by clause, and nothing is left out."""
    [(_, table)] = tables("clause", "it reads")
    assert [(row[0].strip("`"), row[1]) for row in table.rows] == WHOLE.terms.reading()


def test_the_digest_on_the_page_is_that_of_the_first_document() -> None:
    """The digest can be compared with what one computes oneself."""
    assert re.findall(r"^`([0-9a-f]{64})`", PAGES[INDEX], re.MULTILINE) == [WHOLE.terms.digest]


def test_comments_quotes_and_the_order_of_keys_are_no_part_of_terms() -> None:
    """The same deal written otherwise has the same digest; another title has another one."""
    written, digest = data(WHOLE.text), WHOLE.terms.digest
    otherwise = json.dumps(dict(reversed(written.items())), indent=3).replace('"60000.00"', "60000")
    assert parse_terms(otherwise).digest == digest
    assert parse_terms(WHOLE.text.replace("rounding: carried", "")).digest == digest
    assert parse_terms(json.dumps(written | {"title": "Another"})).digest != digest


# --- what is refused ----------------------------------------------------------------------------------------

_REFUSALS = [
    pytest.param(row, id=f"{shown.page}: {row[1]}") for shown, table in tables("refused") for row in table.rows
]


@pytest.mark.parametrize("row", _REFUSALS)
def test_what_the_page_calls_refused_is_refused_so(row: Row) -> None:
    """What is written is wrong for the reason given, at the place given, with the hint given, and for no other."""
    with pytest.raises(Rejected) as caught:
        parse_terms(refused_document(row[0]))
    found = [(f"{finding.path}: {finding.message}", finding.hint or "") for finding in caught.value.findings]
    assert found == [row[1:]]


def test_the_error_with_a_line_is_what_the_misspelt_document_gives() -> None:
    """The error that the page shows with file and line comes of the first document with that one slip."""
    with pytest.raises(Rejected) as caught:
        parse_terms(WHOLE.text.replace("{of: sales", "{of: sale"), "terms.yaml")
    [finding] = caught.value.findings
    assert f"```text\nerror: {finding}\nhint: {finding.hint}\n```" in PAGES[INDEX]


# --- what may be recorded, when payments are due, which terms govern ------------------------------------------


@pytest.mark.parametrize(("shown", "table"), _params("recorded", "outcome"))
def test_what_is_recorded_under_these_terms_counts_waits_or_is_refused(shown: Shown, table: Table) -> None:
    """Each row says who records what, and whether it counts, awaits confirmation, or is refused and why."""
    assert [(row[0], _outcome(shown.terms, *row[0].split(": "))) for row in table.rows] == table.rows


def _outcome(terms: Terms, party: str, said: str) -> str:
    stamp = Stamp(f"{party}/ann", datetime(2026, 2, 1, tzinfo=UTC), "0" * 32)
    [fact] = happened(said, terms.unit, date(2026, 1, 20))
    try:
        [event] = entry.record(entry.initial(), "R-1", cast("Fact", fact), terms, stamp)
    except Refused as refusal:
        return f"refused: {refusal.message} ({refusal.hint})"
    assert isinstance(event, EntryEvent)
    return "awaits confirmation" if event.awaits_confirmation else "counts"


@pytest.mark.parametrize(("shown", "table"), _params("period", "payouts are due"))
def test_payouts_are_due_when_the_page_says(shown: Shown, table: Table) -> None:
    """Net days after the period's last day, moved to a business day of the calendar."""
    rule = shown.terms.periods
    holidays = public_holidays(rule.calendar, 2026, 2026)
    for key, day in table.rows:
        assert due_date(parse_period(key).last, rule.net_days, rule.business_days, holidays).isoformat() == day


def test_the_version_in_force_last_governs() -> None:
    """The table of amendments: after each of them, which version governs which month."""
    [(_, table)] = tables("in force", "from")
    months = [parse_period(key) for key in table.headings[2:]]
    versions: list[TermsInForce] = []
    for place, (name, start, *governing) in enumerate(table.rows, 1):
        terms = parse_terms(laid_over({"title": name.removeprefix("then ")}))
        versions.append(TermsInForce(terms, date.fromisoformat(start), place))
        known = Knowledge("acme-jot", place, tuple(versions))
        assert [known.terms_on(month.last).title for month in months] == governing


# --- nothing is left out --------------------------------------------------------------------------------------


def test_every_page_is_in_the_table_of_contents() -> None:
    """The index leads to every page, and from every page one gets back."""
    contents = PAGES[INDEX].partition("\n## ")[0]
    assert set(re.findall(r"\]\(([\w-]+\.md)", contents)) == PAGES.keys() - {INDEX}
    assert [page for page, text in PAGES.items() if page != INDEX and f"]({INDEX}" not in text] == []


def test_every_step_is_in_the_list_of_steps() -> None:
    """The page of the shares leads to the page of each step."""
    [(_, table)] = tables("step", "takes")
    assert {re.sub(r"\[(.+)\]\(.+\)", r"\1", row[0]) for row in table.rows} == STEPS.keys()


def test_links_to_a_section_lead_to_a_heading() -> None:
    """A link within the pages never points to a heading that is not there."""
    headings = {page: {_anchor(text) for text in re.findall(r"^#+ (.+)$", PAGES[page], re.MULTILINE)} for page in PAGES}
    for page, text in PAGES.items():
        for target, anchor in re.findall(r"\]\(([\w-]+\.md)?#([\w-]+)\)", text):
            assert anchor in headings[target or page], f"{page} links to #{anchor}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _schemas(base: type[Clause] = Clause) -> Iterator[type[Clause]]:
    """Every clause of the language."""
    for schema in base.__subclasses__():
        if schema.__module__.startswith("ledger."):
            yield schema
            yield from _schemas(schema)


def _words() -> Iterator[str]:
    for schema in _schemas():
        for name, each in schema().fields.items():
            yield each.data_key or name
            if isinstance(each, OneOf):
                yield from (choice.value for choice in each.choices)
    yield from STEPS
    yield from (rule.value.replace("_", " ") for rule in RULES_OF_TERMS)
    yield from RESERVED_BASES
    yield from RESERVED_PARTIES
    yield from (AS_PROFITS, CARRIED_FORWARD)


@pytest.mark.parametrize("word", sorted(set(_words())))
def test_every_word_is_explained(word: str) -> None:
    """No word of the language is missing from its reference, outside of examples."""
    prose = re.sub(r"^```.*?^```$", "", "\n".join(PAGES.values()), flags=re.MULTILINE | re.DOTALL)
    assert re.search(rf"(`|^#+ ){re.escape(word)}(`|:|$)", prose, re.MULTILINE)


def test_every_clause_that_figures_cite_is_in_the_table_of_addresses() -> None:
    """Whatever clause a figure names, of any example on the pages, the table of addresses has one of its form."""
    [(_, listing)] = tables("address", "clause")
    listed = {form(address) for row in listing.rows for address in re.findall(r"`([^`]+)`", row[0])}
    examples = tables("period", "what happened")
    cited = {form(clause) for shown, table in examples for clause in _cited(_settled(shown.terms, table))}
    assert cited <= listed
    assert listed - cited <= {form("short")}, "an address that no figure has"


def _cited(settlements: tuple[Settlement, ...]) -> Iterator[str]:
    for each in settlements:
        roots = (*each.shares.values(), *each.net.values(), *each.pool.lines, *each.forward.values())
        yield from (figure.clause for figure in walk(roots) if figure.clause)
