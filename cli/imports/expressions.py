"""How a mapping refers to cells: a column, a text made of columns, a sum of columns.

A column is named as in the file's header, or between braces where the name could be read otherwise:
`Sales - Profit` is a difference of two columns, `{Sales - Profit}` is one column of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.values.errors import Rejected
from ledger.values.money import parse_decimal

Number = tuple[int, int]
"""An exact decimal: whole digits with their sign, and how many of them are decimals. 12.50 is (1250, 2)."""

_PIECE = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_TOKEN = re.compile(r"\{[^{}]*\}|\s+[+-](?=\s|$)|[^{}\s]+|\s+|[{}]")
_BRACES = "write a column between braces, in quotes: '{Row ID}'"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text made of columns and of letters between them: `{Order}:{Line}`."""

    parts: tuple[str | Column, ...]
    text: str

    @property
    def columns(self) -> Iterator[Column]:
        """The columns it is made of."""
        return (part for part in self.parts if isinstance(part, Column))


@dataclass(frozen=True, slots=True)
class Sum:
    """Columns and numbers, each added (1) or subtracted (-1); often a single one."""

    terms: tuple[tuple[int, Column | Number], ...]
    text: str

    @property
    def columns(self) -> Iterator[Column]:
        """The columns that it adds up."""
        return (term for _, term in self.terms if isinstance(term, Column))


def parse_column(text: str) -> Column:
    """The column that a text names, with braces or without. Raises `Rejected` when there is no name in it."""
    name = text.strip()
    if name.startswith("{") and name.endswith("}"):
        name = name[1:-1].strip()
    if not name or "{" in name or "}" in name:
        raise Rejected(f"{text!r} does not name a column", "write the name as it stands in the header")
    return Column(name)


def parse_template(text: str) -> Template:
    """The text that a template makes. Raises `Rejected` for braces that do not enclose a name."""
    parts: list[str | Column] = []
    for column, literal, stray in _PIECE.findall(text):
        if stray:
            raise Rejected(f"a brace in {text!r} has no partner", _BRACES)
        parts.append(literal or parse_column(column))
    return Template(tuple(parts), text)


def parse_sum(text: str) -> Sum:
    """The sum that an expression such as `Sales - Profit` means.

    Plus and minus count as signs only with a space on both sides. Raises `Rejected` when a term is
    missing or is no column.
    """
    terms: list[tuple[int, Column | Number]] = []
    sign, term = 1, ""
    for token in _TOKEN.findall(text.strip()):
        if token.strip() in ("+", "-") and token[0].isspace():
            terms.append((sign, _term(term, text)))
            sign, term = (1 if token.strip() == "+" else -1), ""
        else:
            term += token
    terms.append((sign, _term(term, text)))
    return Sum(tuple(terms), text.strip())


def _term(term: str, text: str) -> Column | Number:
    body = term.strip()
    if not body:
        raise Rejected(f"a column is missing in {text!r}", "write columns with + or - between them: Sales - Profit")
    if body[0] in "+-" and body not in ("+", "-"):
        raise Rejected(
            f"{text!r} begins with a sign",
            "write `negate: true` to turn the sign, or the name in braces and quotes: '{" + body + "}'",
        )
    try:
        number = parse_decimal(body)
    except Rejected:
        return parse_column(body)
    places = len(body.partition(".")[2])
    return int(number * 10**places), places
