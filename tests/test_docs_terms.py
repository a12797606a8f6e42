"""The reference of the terms language is true: its examples are settled, its errors are provoked, no word is left out.

In `docs/terms.md` a `yaml` block is a whole document, or clauses laid over the plain deal (the second block of the
page). What follows it up to the next block is about these terms: a quoted line is a sentence in which they read, and
the headings of a table say what it claims. In a table of what is refused, each row states its own clauses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from ledger.book import entry
from ledger.book.events import Advance, Contribution, Cost, EntryEvent, Fact, Result, Stamp, Withdrawal
from ledger.settlement.knowledge import Knowledge, TermsInForce
from ledger.settlement.settle import Settlement
from ledger.terms.context import RESERVED_BASES
from ledger.terms.document import (
    RESERVED_PARTIES,
    ConfirmSchema,
    PartySchema,
    PeriodsSchema,
    RolesSchema,
    Terms,
    TermsSchema,
    parse_terms,
)
from ledger.terms.fields import Clause, OneOf
from ledger.terms.pool import PoolSchema
from ledger.terms.protections import AS_PROFITS, CARRIED_FORWARD, CapSchema, GuaranteeSchema
from ledger.terms.shares import STEPS, BandsSchema, FeeSchema, PotSchema
from ledger.terms.yaml_lines import read_yaml
from ledger.values.apportionment import RULES_OF_TERMS
from ledger.values.calendars import public_holidays
from ledger.values.errors import Refused, Rejected
from ledger.values.figures import evaluate, walk
from ledger.values.periods import due_date, parse_period
from tests.settling import settled

PAGE = (Path(__file__).parents[1] / "docs" / "terms.md").read_text("utf-8")
SCHEMAS: tuple[type[Clause], ...] = (
    TermsSchema, PartySchema, PeriodsSchema, PoolSchema, FeeSchema, BandsSchema, PotSchema, CapSchema,
    GuaranteeSchema, ConfirmSchema, RolesSchema,
)  # fmt: skip

Row = tuple[str, ...]

#: How tables begin that claim something of terms, and those that say what words mean.
CHECKED = {"period", "refused", "recorded", "clause", "in force", "address"}
EXPLAINING = {"value", "word", "written", "form", "`of`", "`short`", "`losses`", "`rounding`"}


# --- reading the page ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: its headings, and its rows as texts."""

    headings: Row
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Shown:
    """A `yaml` block with what the page says about it."""

    line: int
    text: str
    said: list[str]
    tables: list[Table]


def _shown() -> list[Shown]:
    """Every `yaml` block, with the quoted lines and tables between it and the next one."""
    blocks = list(re.finditer(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    ends = [block.start() for block in blocks[1:]] + [len(PAGE)]
    found = []
    for block, end in zip(blocks, ends, strict=True):
        below = PAGE[block.end() : end]
        said = re.findall(r"^> (.+)$", below, re.MULTILINE)
        tables = [_table(text) for text in re.findall(r"(?:^\|.*\n)+", below, re.MULTILINE)]
        found.append(Shown(PAGE.count("\n", 0, block.start(1)) + 1, block[1], said, tables))
    return found


def _table(text: str) -> Table:
    headings, _, *rows = (
        tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        for line in text.splitlines()
    )
    return Table(headings, rows)


SHOWN = _shown()
WHOLE, PLAIN = SHOWN[:2]


def _tables(*headings: str) -> list[tuple[Shown, Table]]:
    """The tables that begin with these headings, with the terms that they are about."""
    return [(each, table) for each in SHOWN for table in each.tables if table.headings[: len(headings)] == headings]


def _params(*headings: str) -> list[Any]:
    return [pytest.param(each, table, id=f"line-{each.line}") for each, table in _tables(*headings)]


def _laid_over(clauses: dict[str, Any]) -> str:
    """A document: the plain deal with other clauses. JSON is YAML, too."""
    return json.dumps(_data(PLAIN.text) | clauses)


def _data(text: str) -> dict[str, Any]:
    return read_yaml(text, "terms.md")[0]


def _terms(shown: Shown) -> Terms:
    if shown.text.startswith("agreement:"):
        return parse_terms(shown.text)
    return parse_terms(_laid_over(_data(shown.text)))


def _major(text: str) -> Fraction:
    return Fraction(text.replace(",", "") or 0)


# --- what is settled ----------------------------------------------------------------------------------------

_VERBS = {
    "collected": "results",
    "paid": "costs",
    "settled": "settled",
    "recognised": "liabilities",
    "released": "released",
}
_ENTRY = re.compile(r"(?P<name>[a-z]+) (?P<amount>-?[\d,]+(\.\d+)?) (?P<verb>[a-z]+)( by (?P<party>[a-z]+))?")
_ADVANCE = re.compile(r"advance (?P<amount>[\d,.]+) paid by (?P<payer>[a-z]+) to (?P<payee>[a-z]+)")
_UNITS = re.compile(r"(?P<amount>[\d,]+(\.\d+)?) (?P<name>[a-z]+)")


def _given(happened: str) -> dict[str, dict[str, Any]]:
    """The totals of a period: `sales 100.00 collected by acme; 30 signups`, as `tests.settling` takes them."""
    given: dict[str, dict[str, Any]] = {}
    for text in () if happened == "nothing" else happened.split("; "):
        if units := _UNITS.fullmatch(text):
            given.setdefault("units", {})[units["name"]] = _major(units["amount"])
            continue
        match = _ENTRY.fullmatch(text)
        assert match, f"{text!r} says nothing that can be recorded"
        by_party = given.setdefault(_VERBS[match["verb"]], {}).setdefault(match["name"], {})
        by_party[match["party"] or ""] = _major(match["amount"])
    return given


def _found(settlement: Settlement, heading: str) -> Fraction:
    match heading.split():
        case ["pool"]:
            figure = settlement.pool.pool
        case ["to", "share"]:
            figure = settlement.available
        case ["loss", "carried", "on"]:
            figure = settlement.loss
        case ["account", "of", party]:
            return settlement.net[party].value if party in settlement.net else Fraction(0)
        case [party]:
            return settlement.shares[party].value if party in settlement.shares else Fraction(0)
        case _:
            raise AssertionError(f"{heading!r} is no figure of a settlement")
    return figure.value


@pytest.mark.parametrize(("shown", "table"), _params("period", "what happened"))
def test_an_example_is_settled_as_the_page_says(shown: Shown, table: Table) -> None:
    """Each figure in a row is what the terms above yield of what happened; the rows are successive periods."""
    terms = _terms(shown)
    settlements = settled(terms, *(_given(row[1]) for row in table.rows))
    said = [(row[0], *(_major(text) for text in row[2:])) for row in table.rows]
    scale, asked = terms.unit.scale, table.headings[2:]
    assert [(each.period.key, *(_found(each, heading) / scale for heading in asked)) for each in settlements] == said
    for each in settlements:
        assert {party for party, share in each.shares.items() if share.value} <= set(table.headings)
        assert all(evaluate(figure) == figure.value for figure in (*each.shares.values(), *each.net.values()))


def test_everything_on_the_page_is_checked() -> None:
    """No terms stand there without an example or a sentence; every table is one that is checked, or explains words."""
    assert [each.line for each in SHOWN if not each.tables and not each.said] == []
    kinds = {table.headings[0] for each in SHOWN for table in each.tables}
    assert kinds == CHECKED | EXPLAINING
    assert (len(SHOWN) >= 25, len(_REFUSALS) >= 40) == (True, True)


@pytest.mark.parametrize("shown", [pytest.param(each, id=f"line-{each.line}") for each in SHOWN])
def test_terms_read_as_the_page_says(shown: Shown) -> None:
    """The sentences quoted after a block are the ones that pactbook says of these terms."""
    assert set(shown.said) <= {sentence for _, sentence in _terms(shown).reading()}


def test_the_whole_agreement_reads_as_the_page_says() -> None:
    """The first document is read back on the page clause by clause, and nothing is left out."""
    [(_, table)] = _tables("clause", "it reads")
    assert [(row[0].strip("`"), row[1]) for row in table.rows] == _terms(WHOLE).reading()


def test_the_digest_on_the_page_is_that_of_the_first_document() -> None:
    """The digest can be compared with what one computes oneself."""
    assert re.findall(r"^`([0-9a-f]{64})`", PAGE, re.MULTILINE) == [_terms(WHOLE).digest]


def test_comments_quotes_and_the_order_of_keys_are_no_part_of_terms() -> None:
    """The same deal written otherwise has the same digest; another title has another one."""
    data = _data(WHOLE.text)
    otherwise = parse_terms(json.dumps(dict(reversed(data.items())), indent=3).replace('"60000.00"', "60000"))
    assert otherwise.digest == _terms(WHOLE).digest
    assert parse_terms(WHOLE.text.replace("rounding: carried", "")).digest == _terms(WHOLE).digest
    assert parse_terms(json.dumps(data | {"title": "Another"})).digest != _terms(WHOLE).digest


# --- what is refused ----------------------------------------------------------------------------------------

_REFUSALS = [row for _, table in _tables("refused") for row in table.rows]


def _refused_document(cell: str) -> str:
    clauses = _data(cell.strip("`"))
    word, content = next(iter(clauses.items()))
    if word not in STEPS:
        return _laid_over(clauses)
    after = [] if word == "split" else [{"split": "acme"}]
    return _laid_over({"shares": [{word: content}, *after], "short": "in order"})


@pytest.mark.parametrize("row", _REFUSALS, ids=lambda row: row[1])
def test_what_the_page_calls_refused_is_refused_so(row: Row) -> None:
    """What is written is wrong for the reason given, at the place given, with the hint given, and for no other."""
    with pytest.raises(Rejected) as caught:
        parse_terms(_refused_document(row[0]))
    found = [(f"{finding.path}: {finding.message}", finding.hint or "") for finding in caught.value.findings]
    assert found == [row[1:]]


def test_the_error_with_a_line_is_what_the_misspelt_document_gives() -> None:
    """The error that the page shows with file and line comes of the first document with that one slip."""
    with pytest.raises(Rejected) as caught:
        parse_terms(WHOLE.text.replace("{of: sales", "{of: sale"), "terms.yaml")
    [finding] = caught.value.findings
    assert f"```text\nerror: {finding}\nhint: {finding.hint}\n```" in PAGE


# --- what may be recorded, when payments are due, which terms govern ------------------------------------------


@pytest.mark.parametrize(("shown", "table"), _params("recorded", "outcome"))
def test_what_is_recorded_under_these_terms_counts_waits_or_is_refused(shown: Shown, table: Table) -> None:
    """Each row says who records what, and whether it counts, awaits confirmation, or is refused and why."""
    terms = _terms(shown)
    assert [(row[0], _outcome(terms, *row[0].split(": "))) for row in table.rows] == table.rows


def _outcome(terms: Terms, party: str, said: str) -> str:
    stamp = Stamp(f"{party}/ann", datetime(2026, 2, 1, tzinfo=UTC), "0" * 32)
    try:
        [event] = entry.record(entry.initial(), "R-1", _fact(said), terms, stamp)
    except Refused as refusal:
        return f"refused: {refusal.message} ({refusal.hint})"
    assert isinstance(event, EntryEvent)
    return "awaits confirmation" if event.awaits_confirmation else "counts"


def _fact(said: str) -> Fact:
    day = date(2026, 1, 20)
    if units := _UNITS.fullmatch(said):
        return Result(metric=units["name"], effective_on=day, quantity_micro=int(_major(units["amount"]) * 10**6))
    if paid := _ADVANCE.fullmatch(said):
        minor = int(_major(paid["amount"]) * 100)
        return Advance(
            paid_by=paid["payer"], paid_to=paid["payee"], effective_on=day, amount_minor=minor, currency="EUR"
        )
    match = _ENTRY.fullmatch(said)
    assert match, f"{said!r} says nothing that can be recorded"
    name, minor = match["name"], int(_major(match["amount"]) * 100)
    if match["verb"] == "contributed":
        return Contribution(party=match["party"], effective_on=day, amount_minor=minor, currency="EUR")
    if match["verb"] == "withdrawn":
        return Withdrawal(party=match["party"], effective_on=day, amount_minor=minor, currency="EUR")
    if match["verb"] == "paid":
        return Cost(category=name, effective_on=day, amount_minor=minor, currency="EUR", paid_by=match["party"])
    return Result(metric=name, effective_on=day, amount_minor=minor, currency="EUR", collected_by=match["party"])


@pytest.mark.parametrize(("shown", "table"), _params("period", "payouts are due"))
def test_payouts_are_due_when_the_page_says(shown: Shown, table: Table) -> None:
    """Net days after the period's last day, moved to a business day of the calendar."""
    rule = _terms(shown).periods
    holidays = public_holidays(rule.calendar, 2026, 2026)
    for key, day in table.rows:
        assert due_date(parse_period(key).last, rule.net_days, rule.business_days, holidays).isoformat() == day


def test_the_version_in_force_last_governs() -> None:
    """The table of amendments: after each of them, which version governs which month."""
    [(_, table)] = _tables("in force", "from")
    months = [parse_period(key) for key in table.headings[2:]]
    versions: list[TermsInForce] = []
    for place, (name, start, *governing) in enumerate(table.rows, 1):
        terms = parse_terms(_laid_over({"title": name.removeprefix("then ")}))
        versions.append(TermsInForce(terms, date.fromisoformat(start), place))
        known = Knowledge("acme-jot", place, tuple(versions))
        assert [known.terms_on(month.last).title for month in months] == governing


# --- nothing is left out --------------------------------------------------------------------------------------


def _words() -> Iterator[str]:
    for schema in SCHEMAS:
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
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert re.search(rf"(`|^#+ ){re.escape(word)}(`|:|$)", prose, re.MULTILINE)


def test_every_clause_that_figures_cite_is_in_the_table_of_addresses() -> None:
    """Whatever clause a figure names, of any example on the page, the table of addresses has one of its form."""
    [(_, table)] = _tables("address", "clause")
    listed = {_form(address) for row in table.rows for address in re.findall(r"`([^`]+)`", row[0])}
    cited = {_form(clause) for shown, each in _tables("period", "what happened") for clause in _cited(shown, each.rows)}
    assert cited <= listed
    assert listed - cited <= {_form("short")}, "an address that no figure has"


def _cited(shown: Shown, rows: Sequence[Row]) -> Iterator[str]:
    for each in settled(_terms(shown), *(_given(row[1]) for row in rows)):
        roots = (*each.shares.values(), *each.net.values(), *each.pool.lines, *each.forward.values())
        yield from (figure.clause for figure in walk(roots) if figure.clause)


def _form(clause: str) -> str:
    """The form of an address: `pool.costs.media` and `pool.costs.tools` have the same."""
    named = re.sub(r"(costs|liabilities|cap|guarantee)\.(?!cap$)[a-z]+", r"\1.NAME", clause)
    return re.sub(r"\d+", "N", named)
