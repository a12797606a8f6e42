"""`pactbook goals`: the scorecard as people and programs read it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.stores import Store

GOALS = "goals: {sales: {month: '100.00', year: '1000.00'}, signups: {month: 40}}\n"


@pytest.fixture
def goals(store: Store, folder: Path, pactbook: Pactbook) -> None:
    """An agreement with goals; 25.00 of sales in January, 50.00 in February, and 10 signups."""
    (folder / "terms.yaml").write_text((folder / "terms.yaml").read_text("utf-8") + GOALS, "utf-8")
    pactbook("init")
    pactbook("agreement propose terms.yaml --today 2026-01-02")
    pactbook("agreement accept acme-jot --as jot/leo --today 2026-01-02")
    pactbook("record result acme-jot A-1 sales 25.00 --on 2026-01-05 --collected-by acme")
    pactbook("record result acme-jot A-2 sales 50.00 --on 2026-02-05 --collected-by acme")
    pactbook("record result acme-jot S-1 signups --quantity 10 --on 2026-02-06")


def test_the_goals_of_today_are_shown(goals: None, pactbook: Pactbook) -> None:
    """Without a period it is that of today, and every goal that is on in it."""
    assert pactbook("goals acme-jot --today 2026-02-14").out.splitlines() == [
        "acme-jot, goals up to 2026-02-14, as known at event 5",
        "Metric    goal in           goal      actual   reached      missing   time gone",
        "───────────────────────────────────────────────────────────────────────────────",
        "sales     2026-02     100.00 EUR   50.00 EUR     50.0%    50.00 EUR       50.0%",
        "sales     2026      1,000.00 EUR   75.00 EUR      7.5%   925.00 EUR       12.3%",
        "signups   2026-02             40          10     25.0%           30       50.0%",
    ]


def test_the_data_says_all_of_it(goals: None, pactbook: Pactbook) -> None:
    """Plain decimals, spans with their days, and as it was known at an event."""
    data = pactbook("goals acme-jot 2026-02 --today 2026-03-01 --known-at 3 --format json").json
    assert (data["schema"], data["as_of"], data["known_at"]) == ("pactbook/goals/1", "2026-02-28", 3)
    assert data["goals"][1] == {
        "metric": "sales", "span": "year", "period": "2026", "first": "2026-01-01", "last": "2026-12-31", "unit": "EUR",
        "target": "1000.00", "actual": "25.00", "reached": "0.0250", "missing": "975.00", "time_gone": "0.1616",
    }  # fmt: skip
    assert (data["goals"][2]["unit"], data["goals"][2]["actual"]) == ("signups", "0")
    rows = list(csv.DictReader(io.StringIO(pactbook("goals acme-jot 2026-Q1 --today 2026-03-01 --format csv").out)))
    months = [(row["metric"], row["period"], row["actual"]) for row in rows if row["span"] == "month"]
    assert months == [
        ("sales", "2026-01", "25.00"), ("sales", "2026-02", "50.00"), ("sales", "2026-03", "0.00"),
        ("signups", "2026-01", "0"), ("signups", "2026-02", "10"), ("signups", "2026-03", "0"),
    ]  # fmt: skip


def test_the_agreement_shows_its_goals(goals: None, pactbook: Pactbook) -> None:
    """They are read back with the terms that all parties accepted."""
    assert "The goal for signups is 40 in each month." in pactbook("agreement show acme-jot").out


def test_terms_without_goals_have_no_scorecard(book: Store, pactbook: Pactbook) -> None:
    """This is said, and nothing is listed."""
    assert pactbook("goals acme-jot --today 2026-02-01").out == "the terms of acme-jot name no goals\n"
    assert pactbook("goals acme-jot --today 2026-02-01 --format json").json["goals"] == []


def test_a_period_that_has_not_begun_is_refused(goals: None, pactbook: Pactbook) -> None:
    """Nothing is to be said of it yet."""
    ran = pactbook("goals acme-jot 2027 --today 2026-02-01")
    assert (ran.code, ran.errors) == (1, ["2027 has not begun"])
