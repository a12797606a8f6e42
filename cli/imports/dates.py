"""Dates as files write them: a pattern says in which order, and nothing is guessed.

`D` and `M` are one or two digits, `DD` and `MM` two, `MMM` an English month (`Oct`), `YYYY` four digits,
`YY` the last two of a year from 2000. A date in ISO order may also stand without marks, `YYYYMMDD`. After
`and time` the cells hold a time of day too; the day is taken as written, whatever the time zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cli.imports.findings import BadValue, shown
from ledger.values.errors import Rejected

_PATTERN = re.compile(
    r"(?:(?P<y1>YYYY)(?P<s1>[-/.])(?P<m1>MM?)(?P=s1)(?P<d1>DD?)"
    r"|(?P<d2>DD?)(?P<s2>[-/. ])(?P<m2>MM?M?)(?P=s2)(?P<y2>YY(?:YY)?)"
    r"|(?P<m3>MM?)(?P<s3>[-/.])(?P<d3>DD?)(?P=s3)(?P<y3>YY(?:YY)?)"
    r"|(?P<y4>YYYY)(?P<m4>MM)(?P<d4>DD))(?P<time> and time)?\Z"
)
_TIME = re.compile(
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?\Z", re.ASCII
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CACHE_LIMIT = 50_000

HINT = "write a pattern such as YYYY-MM-DD, DD.MM.YYYY, M/D/YYYY, D MMM YYYY or YYYY-MM-DD and time"


@dataclass(frozen=True, slots=True)
class DatePattern:
    """One way to write a day: `order` is the letters D, M and Y as they follow each other."""

    text: str
    order: str
    separator: str
    widths: dict[str, int]
    time: bool

    def read(self, text: str) -> date | None:
        """The day that a text writes in this way; None when it does not."""
        if self.time:
            mark = "T" if "T" in text else " "
            text, _, rest = text.partition(mark)
            if not _TIME.match(rest.strip()):
                return None
        parts = text.split(self.separator) if self.separator else [text[:4], text[4:6], text[6:]]
        if len(parts) != 3:
            return None
        found = {letter: self._number(letter, part) for letter, part in zip(self.order, parts, strict=True)}
        year, month, day = found["Y"], found["M"], found["D"]
        if year is None or month is None or day is None:
            return None
        try:
            return date(year + 2000 if self.widths["Y"] == 2 else year, month, day)
        except ValueError:
            return None

    def _number(self, letter: str, part: str) -> int | None:
        width = self.widths[letter]
        if letter == "M" and width == 3:
            return _MONTHS.index(part.lower()) + 1 if part.lower() in _MONTHS else None
        if not (part.isascii() and part.isdigit()):
            return None
        fits = len(part) == width or (width == 1 and len(part) == 2)
        return int(part) if fits else None


def parse_pattern(text: str) -> DatePattern:
    """The pattern that a text means. Raises `Rejected` for anything that is none."""
    match = _PATTERN.match(text)
    if match is None:
        raise Rejected(f"{text!r} is not a pattern of dates", HINT)
    groups = {name: value for name, value in match.groupdict().items() if value is not None and name != "time"}
    widths = {name[0].upper(): len(value) for name, value in groups.items() if name[0] in "dmy"}
    order = "".join(name[0].upper() for name in groups if name[0] in "dmy")
    separator = next((value for name, value in groups.items() if name[0] == "s"), "")
    if match["time"] and separator == " ":
        raise Rejected(f"{text!r} would have spaces inside the date and before the time", HINT)
    return DatePattern(text, order, separator, widths, match["time"] is not None)


def contradiction(patterns: tuple[DatePattern, ...]) -> tuple[DatePattern, DatePattern] | None:
    """Two patterns that would read one text as two different days, if there are any."""
    for place, one in enumerate(patterns):
        for other in patterns[:place]:
            alike = (one.separator, one.widths["Y"], one.time) == (other.separator, other.widths["Y"], other.time)
            if alike and one.order != other.order and one.order.index("Y") == other.order.index("Y"):
                return other, one
    return None


def compile_dates(patterns: tuple[DatePattern, ...]) -> Callable[[str], date]:
    """A function that reads a cell as a day, and raises `BadValue` when it is none."""
    known: dict[str, date] = {}
    wanted = " or ".join(pattern.text for pattern in patterns)

    def read(cell: str) -> date:
        day = known.get(cell)
        if day is not None:
            return day
        text = cell.strip()
        if not text:
            raise BadValue("is empty: a date is needed", f"dates here are {wanted}")
        for pattern in patterns:
            day = pattern.read(text)
            if day is not None:
                break
        else:
            raise BadValue(f"{shown(cell)} is not a date written as {wanted}", "see `dates` in the mapping")
        if len(known) >= _CACHE_LIMIT:
            known.clear()
        known[cell] = day
        return day

    return read
