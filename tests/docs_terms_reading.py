"""Reading the reference of the terms language (`docs/terms/`), so that its examples can be checked.

Each page is read on its own. A `yaml` block is a whole document, or clauses laid over the plain deal (the second
block of the index). What follows a block up to the next one is about these terms; what stands before the first block
of a page is about the plain deal. A quoted line is a sentence in which the terms read, and the headings of a table
say what the table claims. In a table of what is refused each row states its own clauses, or a step alone.

How to add what a new clause needs:

- *A phrase* for the column `what happened` (`capital 100.00 contributed by lp on 2026-04-01`): one line in `PHRASES`.
  Its template has words in braces (`SLOTS` says which there are and what each takes) and in brackets what may be left
  out. What it makes is the fact that is recorded, or, where it is no entry of its own, the movement that it adds to the
  totals. Phrases of a cell are joined by `; `. The same phrases stand in tables of what is `recorded`.
- *A column* of such a table (`capital of lp`): one line in `COLUMNS`. It makes a figure of the settlement, or None
  where there is none, which counts as 0. What a step remembers of a party as `carry/KEY.unpaid.lp` has the column
  `unpaid of lp` by itself. Money is compared in major units. A cell that is left empty is 0.
- *An address* of a clause goes into the table of the index. Where it holds a name (`cap.jot`), add the word
  before the name to `NAMED`.
- *A table of a new kind*: its first heading goes into `CHECKED` (and a test takes it), or into `EXPLAINING`.
- *A page*: write it and link it in the list at the top of the index. *Words* of a new clause are found by themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from ledger.book import movements
from ledger.book.events import (
    Advance,
    Contribution,
    Conversion,
    Cost,
    Fact,
    Liability,
    LiabilityPart,
    Result,
    Withdrawal,
)
from ledger.book.movements import Movement
from ledger.settlement.capital import HELD
from ledger.settlement.rates import Fixing
from ledger.settlement.settle import Settlement
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms
from ledger.terms.written.shares.step_list import STEPS
from ledger.terms.yaml_lines import read_yaml
from ledger.values.errors import Rejected
from ledger.values.figures import Figure, add
from ledger.values.money import MICRO, Currency, currency

FOLDER: Final = Path(__file__).parents[1] / "docs" / "terms"
INDEX: Final = "README.md"
PAGES: Final = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}

#: How tables begin that claim something of terms, and those that say what words mean.
CHECKED: Final = {"period", "refused", "recorded", "clause", "in force", "address"}
EXPLAINING: Final = {
    "value",
    "step",
    "word",
    "written",
    "form",
    "`of`",
    "`short`",
    "`losses`",
    "`rounding`",
    "`signatures`",
}

#: The words of addresses after which a name stands: `cap.jot`.
NAMED: Final = ("costs", "liabilities", "exchange", "cap", "guarantee", "retain", "reserve", "advances", "authority")

#: The words of a phrase or a heading, and what each takes.
SLOTS: Final = {
    "name": r"[a-z][a-z0-9_-]*",
    "party": r"[a-z][a-z0-9_-]*",
    "other": r"[a-z][a-z0-9_-]*",
    "amount": r"-?[\d,]+(?:\.\d+)?",
    "currency": r"[A-Z]{3}",
    "day": r"\d{4}-\d\d-\d\d",
    "proceeds": r"[\d,]+(?:\.\d+)?",
}


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a phrase. `currency` and `day` are those of the terms and the period where it does not say them.

    `own` is the currency of the terms.
    """

    words: dict[str, str]
    unit: Currency
    day: date
    own: Currency

    def __getitem__(self, slot: str) -> str:
        return self.words[slot]

    @property
    def number(self) -> Fraction:
        """The amount, as it is written."""
        return major(self["amount"])

    @property
    def minor(self) -> int:
        """The amount in minor units."""
        return int(self.number * self.unit.scale)

    @property
    def money(self) -> dict[str, Any]:
        """What every fact with an amount has: its day, its amount, its currency."""
        return {"effective_on": self.day, "amount_minor": self.minor, "currency": self.unit.code}

    def reported(self, result: Result, reporter: str) -> Movement:
        """What a result adds that a certain party recorded."""
        [found] = movements.of_fact(result, "R-1", reporter)
        return found

    def conversion(self) -> Conversion:
        """Foreign money that was sold."""
        brought = int(major(self["proceeds"]) * self.own.scale)
        return Conversion(party=self["party"], proceeds_minor=brought, into=self.own.code, **self.money)

    def fixing(self) -> Fixing:
        """A rate that was recorded."""
        return Fixing(self.unit.code, self.day, self.number, 1, "acme/ann")

    def liability(self) -> Liability:
        """A liability, or the one that a part belongs to."""
        return Liability(category=self["name"], **self.money)

    def part(self, payer: str | None) -> LiabilityPart:
        """A settlement or a release of a liability."""
        return LiabilityPart(reference="P-1", effective_on=self.day, amount_minor=self.minor, paid_by=payer)


_REPORTER = "acme"  #: who reports where it does not matter

Happened = Fact | Movement | Fixing
"""What a phrase makes."""

PHRASES: Final[dict[str, Callable[[Said], Happened]]] = {
    "1 {currency} is {amount}[ on {day}]": lambda said: said.fixing(),
    "{amount} {currency} sold by {party} for {proceeds}[ on {day}]": lambda said: said.conversion(),
    "{amount} {name}[ on {day}]": lambda said: Result(
        metric=said["name"], effective_on=said.day, quantity_micro=int(said.number * MICRO)
    ),
    "{name} {amount}[ {currency}] collected by {party}[ on {day}]": lambda said: Result(
        metric=said["name"], collected_by=said["party"], **said.money
    ),
    "{amount} {name}[ on {day}], as {party} reports": lambda said: said.reported(
        Result(metric=said["name"], effective_on=said.day, quantity_micro=int(said.number * MICRO)), said["party"]
    ),
    "{name} {amount}[ {currency}] collected by {party}[ on {day}], as {other} reports": lambda said: said.reported(
        Result(metric=said["name"], collected_by=said["party"], **said.money), said["other"]
    ),
    "capital {amount}[ {currency}] contributed by {party}[ to {name}][ on {day}]": lambda said: Contribution(
        party=said["party"], deal=said.words.get("name"), **said.money
    ),
    "capital {amount}[ {currency}] withdrawn by {party}[ on {day}]": lambda said: Withdrawal(
        party=said["party"], **said.money
    ),
    "advance {amount}[ {currency}] on {name} paid by {party} to {other}[ on {day}]": lambda said: Advance(
        paid_by=said["party"], paid_to=said["other"], account=said["name"], **said.money
    ),
    "advance {amount}[ {currency}] paid by {party} to {other}[ on {day}]": lambda said: Advance(
        paid_by=said["party"], paid_to=said["other"], **said.money
    ),
    "{name} {amount}[ {currency}] paid by {party}[ on {day}]": lambda said: Cost(
        category=said["name"], paid_by=said["party"], **said.money
    ),
    "{name} {amount}[ {currency}] recognised[ on {day}]": lambda said: said.liability(),
    "{name} {amount}[ {currency}] settled by {party}[ on {day}]": lambda said: movements.of_settlement(
        said.part(said["party"]), said.liability(), "L-1"
    ),
    "{name} {amount}[ {currency}] released[ on {day}]": lambda said: movements.of_release(
        said.part(None), said.liability(), "L-1"
    ),
}
"""What can have happened, and the fact or the movement that it is. The first template that fits holds."""

COLUMNS: Final[dict[str, Callable[[Settlement, dict[str, str]], Figure | None]]] = {
    "pool": lambda settled, _: settled.pool.pool,
    "to share": lambda settled, _: settled.available,
    "loss carried on": lambda settled, _: settled.loss,
    "gain on {currency}": lambda settled, words: _gain(settled, words["currency"]),
    "{currency} held by {party}": lambda settled, words: settled.forward.get(
        f"carry/exchange.{words['currency']}.held.{words['party']}"
    ),
    "account of {party}": lambda settled, words: settled.net.get(words["party"]),
    "capital of {party}": lambda settled, words: settled.forward.get(f"{words['party']}/{HELD}"),
    "held of {party}": lambda settled, words: _held(settled, words["party"]),
    "{name} to recoup": lambda settled, words: _to_recoup(settled, words["name"]),
    "{name} of {party}": lambda settled, words: _remembered(settled, f".{words['name']}.{words['party']}"),
    "{party}": lambda settled, words: settled.shares.get(words["party"]),
}
"""What a column shows of a period's settlement. The first template that fits holds."""


def _held(settlement: Settlement, party: str) -> Figure | None:
    """All that is held in reserve of a party after a period."""
    found = [figure for name, figure in settlement.forward.items() if name.startswith(f"{party}/reserve.")]
    return add(found, "held", "") if found else None


def _to_recoup(settlement: Settlement, account: str) -> Figure | None:
    """What is not recouped of an account after a period."""
    return next((each for name, each in settlement.forward.items() if name.endswith(f"/advance.{account}")), None)


def _remembered(settlement: Settlement, ending: str) -> Figure | None:
    """What a step hands on of a party, such as `unpaid of lp`; one step of an example may remember such a thing."""
    names = [name for name in settlement.forward if name.startswith("carry/") and name.endswith(ending)]
    assert len(names) < 2, f"several steps remember {ending}"
    return settlement.forward[names[0]] if names else None


def _gain(settlement: Settlement, code: str) -> Figure | None:
    """What exchange of a currency gained."""
    lines = {line.name: line for line in settlement.pool.exchange.lines}
    return lines.get(f"pool/exchange.{code}")


# --- phrases and columns ------------------------------------------------------------------------------------


def happened(cell: str, unit: Currency, day: date) -> list[Happened]:
    """What a cell says that happened; `day` is when, where it does not say so."""
    return [_happened(text, unit, day) for text in (() if cell == "nothing" else cell.split("; "))]


def _happened(text: str, own: Currency, day: date) -> Happened:
    for template, make in PHRASES.items():
        if (words := _fits(template, text)) is not None:
            unit = currency(words["currency"]) if "currency" in words else own
            return make(Said(words, unit, date.fromisoformat(words["day"]) if "day" in words else day, own))
    raise AssertionError(f"{text!r} says nothing that can be recorded")


def moved(cell: str, unit: Currency, day: date) -> list[Movement]:
    """What a cell adds to the totals of its period."""
    found: list[Movement] = []
    for each in happened(cell, unit, day):
        if isinstance(each, Fixing):
            continue
        found += [each] if isinstance(each, Movement) else movements.of_fact(each, "R-1", _REPORTER)
    return found


def fixed(cell: str, unit: Currency, day: date) -> list[Fixing]:
    """The rates that a cell says were recorded."""
    return [each for each in happened(cell, unit, day) if isinstance(each, Fixing)]


def shown_in(settlement: Settlement, heading: str) -> Fraction:
    """The number that a column shows of a settlement: major units of money, or units of what is counted."""
    for template, find in COLUMNS.items():
        if (words := _fits(template, heading)) is not None:
            figure = find(settlement, words)
            return Fraction(0) if figure is None else figure.value / _scale(figure.unit)
    raise AssertionError(f"{heading!r} is no figure of a settlement")


def _scale(unit: str) -> int:
    try:
        return currency(unit).scale
    except Rejected:
        return 1


def _fits(template: str, text: str) -> dict[str, str] | None:
    """The words that stand in the slots of a template, or None where the text is something else."""
    pattern = re.escape(template).replace(r"\[", "(?:").replace(r"\]", ")?")
    pattern = re.sub(r"\\\{(\w+)\\\}", lambda slot: f"(?P<{slot[1]}>{SLOTS[slot[1]]})", pattern)
    match = re.fullmatch(pattern, text)
    return None if match is None else {slot: word for slot, word in match.groupdict().items() if word is not None}


def major(text: str) -> Fraction:
    """A number of a table: `1,234.50`, `12.5%`; nothing is 0."""
    if text.endswith("%"):
        return major(text.removesuffix("%")) / 100
    return Fraction(text.replace(",", "") or 0)


# --- pages --------------------------------------------------------------------------------------------------

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: its headings, and its rows as texts."""

    headings: Row
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Shown:
    """A `yaml` block with what its page says about it; without text, the head of a page."""

    page: str
    line: int
    text: str
    said: list[str]
    tables: list[Table]

    @property
    def id(self) -> str:
        """Page and line, for the names of tests."""
        return f"{self.page}:{self.line}"

    @property
    def terms(self) -> Terms:
        """The terms that are written there."""
        if self.text.startswith("agreement:"):
            return parse_terms(self.text)
        return parse_terms(laid_over(data(self.text) if self.text else {}))


def _shown(page: str, text: str) -> list[Shown]:
    """The head of a page, then every `yaml` block, with the quoted lines and tables up to the next one."""
    blocks = list(re.finditer(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    starts = [(1, "", 0)] + [(text.count("\n", 0, block.start(1)) + 1, block[1], block.end()) for block in blocks]
    ends = [block.start() for block in blocks] + [len(text)]
    return [
        Shown(page, line, block, *_below(text[start:end]))
        for (line, block, start), end in zip(starts, ends, strict=True)
    ]


def _below(text: str) -> tuple[list[str], list[Table]]:
    said = re.findall(r"^> (.+)$", text, re.MULTILINE)
    return said, [table_of(found) for found in re.findall(r"(?:^ *\|.*\n)+", text, re.MULTILINE)]


def table_of(text: str) -> Table:
    """A table of lines that begin with a bar."""
    headings, _, *rows = (
        tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        for line in text.splitlines()
    )
    return Table(headings, rows)


SHOWN: Final = [shown for page, text in PAGES.items() for shown in _shown(page, text)]
WHOLE, PLAIN = [shown for shown in SHOWN if shown.page == INDEX and shown.text][:2]


def tables(*headings: str) -> list[tuple[Shown, Table]]:
    """The tables that begin with these headings, with the terms that they are about."""
    return [(each, table) for each in SHOWN for table in each.tables if table.headings[: len(headings)] == headings]


def laid_over(clauses: dict[str, Any]) -> str:
    """A document: the plain deal with other clauses. JSON is YAML, too."""
    return json.dumps(data(PLAIN.text) | clauses)


def data(text: str) -> dict[str, Any]:
    """What a piece of YAML holds."""
    return read_yaml(text, "terms.yaml")[0]


def refused_document(cell: str) -> str:
    """The document of a row of what is refused: the plain deal with other clauses, or with one step before a split."""
    clauses = data(cell.strip("`"))
    word = next(iter(clauses))
    if word not in STEPS:
        return laid_over(clauses)
    after = [] if word.startswith("split") else [{"split": "acme"}]
    return laid_over({"shares": [clauses, *after], "short": "in order"})


def form(address: str) -> str:
    """The form of an address: `pool.costs.media` and `pool.costs.tools` have the same."""
    named = re.sub(rf"({'|'.join(NAMED)})\.(?!cap$)[A-Za-z0-9_-]+", r"\1.NAME", address)
    return re.sub(r"\d+", "N", named)
