"""Dates are read by their pattern and by no other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.imports.dates import compile_dates, contradiction, parse_pattern
from cli.imports.findings import BadValue
from ledger.values.errors import Rejected

PATTERNS = [
    "YYYY-MM-DD", "YYYY/M/D", "YYYY.MM.DD", "YYYYMMDD", "DD.MM.YYYY", "D/M/YYYY", "DD-MM-YYYY", "MM/DD/YYYY",
    "M/D/YYYY", "M.D.YYYY", "D MMM YYYY", "DD-MMM-YYYY", "D.M.YY", "YYYY-MM-DD and time", "D.M.YYYY and time",
]  # fmt: skip
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read(text: str, *patterns: str) -> date:
    return compile_dates(tuple(parse_pattern(pattern) for pattern in patterns))(text)


def write(day: date, pattern: str) -> str:
    text = pattern.replace(" and time", "T23:59:59Z")
    for word, value in (("YYYY", f"{day.year:04d}"), ("YY", f"{day.year % 100:02d}"), ("DD", f"{day.day:02d}")):
        text = text.replace(word, value)
    text = text.replace("MMM", "{month}").replace("MM", f"{day.month:02d}").replace("M", str(day.month))
    return text.replace("D", str(day.day)).replace("{month}", MONTHS[day.month - 1])


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(PATTERNS))
def test_a_day_written_by_a_pattern_reads_back(day: date, pattern: str) -> None:
    """What a pattern writes, it reads as the same day."""
    assert read(write(day, pattern), pattern) == day


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2026-1-05", "YYYY-MM-DD"),
        ("26-01-05", "YYYY-MM-DD"),
        ("2026/01/05", "YYYY-MM-DD"),
        ("2026-13-01", "YYYY-MM-DD"),
        ("2026-02-30", "YYYY-MM-DD"),
        ("0000-01-01", "YYYY-MM-DD"),
        ("2026-01-05T10:00", "YYYY-MM-DD"),
        ("2026-01-05", "YYYY-MM-DD and time"),
        ("2026-01-05 late", "YYYY-MM-DD and time"),
        ("13/25/2026", "M/D/YYYY"),
        ("012/1/2026", "M/D/YYYY"),
        ("1.2.26", "D.M.YYYY"),
        ("1.2.2026", "D.M.YY"),
        ("1 Okt 2026", "D MMM YYYY"),
        ("1 10 2026", "D MMM YYYY"),
        ("202601055", "YYYYMMDD"),
        ("2026-01-٠٥", "YYYY-MM-DD"),
        ("-1/1/2026", "M/D/YYYY"),
    ],
)
def test_other_texts_are_refused(text: str, pattern: str) -> None:
    """A date in another order, width or calendar is an error, not a guess."""
    with pytest.raises(BadValue, match="is not a date written as"):
        read(text, pattern)


def test_an_empty_cell_is_no_date() -> None:
    """The message says what is needed."""
    with pytest.raises(BadValue, match="is empty: a date is needed"):
        read(" ", "YYYY-MM-DD")


@pytest.mark.parametrize(
    "text", ["2026-10-31 23:59", "2026-10-31T23:59:59.123+02:00", "2026-10-31 11:59 PM", "2026-10-31T00:00:00 UTC"]
)
def test_a_time_of_day_changes_no_date(text: str) -> None:
    """The day counts as it is written; no time zone moves it."""
    assert read(text, "YYYY-MM-DD and time") == date(2026, 10, 31)


def test_a_list_of_patterns_reads_them_all() -> None:
    """A file may mix ways of writing that cannot be taken for each other."""
    patterns = ("DD.MM.YYYY", "YYYY-MM-DD", "D.M.YY")
    assert {read(text, *patterns) for text in ("31.10.2026", "2026-10-31", "31.10.26")} == {date(2026, 10, 31)}


@pytest.mark.parametrize(
    "text", ["", "YYYY", "yyyy-mm-dd", "YYYY-DD-MM", "DD.MM/YYYY", "DDMMYYYY", "MMM D YYYY", "D MMM YYYY and time"]
)
def test_other_patterns_are_refused(text: str) -> None:
    """The set of patterns is closed."""
    with pytest.raises(Rejected):
        parse_pattern(text)


@pytest.mark.parametrize("one", PATTERNS)
@pytest.mark.parametrize("other", PATTERNS)
def test_patterns_that_stand_together_never_disagree(one: str, other: str) -> None:
    """Two patterns are refused together exactly when a text means two days by them."""
    days = [date(2001, 2, 3), date(2010, 11, 12), date(2003, 2, 1)]
    disagree = False
    for pattern, reader in ((one, other), (other, one)):
        for day in days:
            try:
                disagree |= read(write(day, pattern), reader) != day
            except BadValue:
                continue
    assert (contradiction((parse_pattern(one), parse_pattern(other))) is not None) == disagree


@given(st.text(), st.sampled_from(PATTERNS))
def test_any_text_is_a_date_or_refused(text: str, pattern: str) -> None:
    """No cell can do anything else."""
    try:
        day = read(text, pattern)
    except BadValue:
        return
    assert type(day) is date
