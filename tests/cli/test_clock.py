"""Clocks and calendars: a clock that goes back, leap days, the last year there is, time zones where days are UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import TERMS, Pactbook
from tests.stores import Store

pytestmark = pytest.mark.sqlite  # what a clock says is the same to any database

SILENCE = ('costs over: "1000.00"', 'costs over: "10.00", silence: accepts after 10 days')


def begin(pactbook: Pactbook, folder: Path, today: str, *replaced: tuple[str, str]) -> None:
    """An agreement in force, made on a day, of the terms with some words replaced."""
    text = TERMS
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    (folder / "terms.yaml").write_text(text, "utf-8")
    for line in ("init", "agreement propose terms.yaml", "agreement accept acme-jot --as jot/leo"):
        assert pactbook(f"{line} --today {today}").code == 0


# --- the clock -------------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_is_told_as_it_was(pactbook: Pactbook, store: Store, folder: Path) -> None:
    """An event says what the clock said; the order of the book is that of its events, and every check passes."""
    begin(pactbook, folder, "2026-01-02")
    line = "record result acme-jot {} sales 10.00 --on 2026-01-05 --collected-by acme --today {}"
    for name, today in (("S-1", "2026-01-20"), ("S-2", "2026-01-10"), ("S-3", "2026-01-21")):
        assert pactbook(line.format(name, today)).code == 0
    told = pactbook("history acme-jot --format json").json["events"]
    assert [(each["seq"], each["recorded_at"][:10]) for each in told] == [
        (1, "2026-01-02"), (2, "2026-01-02"), (3, "2026-01-20"), (4, "2026-01-10"), (5, "2026-01-21"),
    ]  # fmt: skip
    # What was known at an instant is a beginning of the book: all before the first event that is later.
    shown = pactbook("entries acme-jot --known-at 2026-01-15 --format csv --today 2026-02-01").out
    assert shown.count("\n") == 1
    assert pactbook("close acme-jot --today 2026-02-01").code == 0
    assert pactbook("close acme-jot --today 2026-01-31").errors == ["2026-02 has not ended: its last day is 2026-02-28"]
    assert pactbook("verify").code == pactbook("doctor").code == 0


def test_silence_waits_until_the_clock_has_caught_up(pactbook: Pactbook, store: Store, folder: Path) -> None:
    """A clock that was set back makes a term longer, never shorter."""
    begin(pactbook, folder, "2026-01-02", SILENCE)
    pactbook("record cost acme-jot M-1 media 50.00 --on 2026-01-05 --as jot/leo --today 2026-01-20")
    for today, accepted in (("2026-01-10", ""), ("2026-01-29", ""), ("2026-01-30", "accepted M-1 by silence")):
        assert pactbook(f"confirm acme-jot --lapsed --today {today}").out.startswith(accepted)
        assert pactbook("history acme-jot --format json").out.count('"EntryAcceptedBySilence"') == bool(accepted)


# --- the calendar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "last"), [(2024, 29), (2026, 28), (2100, 28), (2000, 29)])
def test_february_ends_when_it_ends(pactbook: Pactbook, store: Store, folder: Path, year: int, last: int) -> None:
    """February has a 29th every four years, but not in 2100: entries, periods and due dates know it."""
    begin(pactbook, folder, f"{year}-01-02", ("from: 2026-01-01", f"from: {year}-01-01"))
    line = "record result acme-jot S-{0} sales 10.00 --on {1}-02-{0} --collected-by acme --today {1}-03-01"
    ran = pactbook(line.format(29, year))
    assert ran.code == (0 if last == 29 else 2)
    assert pactbook(line.format(28, year)).code == 0
    assert pactbook(f"close acme-jot --through {year}-02 --today {year}-03-01").code == 0
    made = pactbook(f"statement acme-jot {year}-02 --format json").json
    assert made["period"]["last"] == f"{year}-02-{last}"


@pytest.mark.parametrize(("every", "since"), [("week", "11"), ("month", "06"), ("quarter", "01"), ("year", "01")])
def test_the_last_year_there_is(pactbook: Pactbook, store: Store, folder: Path, every: str, since: str) -> None:
    """At the end of 9999 everything is answered or refused in words: nothing is counted beyond the calendar."""
    periods = ("every: month, from: 2026-01-01", f"every: {every}, from: 9999-{since}-01")
    begin(pactbook, folder, "9999-12-31", periods, SILENCE)
    lines = [
        "record result acme-jot S-1 sales 100.00 --on 9999-12-31 --collected-by acme",
        "record cost acme-jot M-1 media 50.00 --on 9999-12-31 --as jot/leo",
        "record liability acme-jot L-1 chargebacks 5.00 --on 9999-12-31",
        *["close acme-jot"] * 6, "close acme-jot --through 9999-12", "balance acme-jot",
        "balance acme-jot --as-of 9999-12-31", "statement acme-jot", "payout propose acme-jot", "payout list acme-jot",
        "entries acme-jot --as-of 9999-12-31 --known-at 9999-12-31", "history acme-jot --until 9999-12-31",
        "entries acme-jot --known-at 9999-12-31T23:59:59.999999Z", "liabilities acme-jot", "goals acme-jot",
        "journal acme-jot --format beancount", "terms try terms.yaml", "simulate acme-jot terms.yaml",
        "agreement terminate acme-jot --on 9999-12-31 --reason over", "verify", "doctor",
    ]  # fmt: skip
    for line in lines:
        ran = pactbook(f"{line} --today 9999-12-31")
        assert ran.code in (0, 1, 3), (line, ran.err)
    assert (pactbook("verify").code, pactbook("doctor").code) == (0, 0)


# --- time zones -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Europe/Berlin"])
def test_days_are_those_of_utc_wherever_one_is(
    book: Store, pactbook: Pactbook, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same commands in any time zone record the same instants and close the same days, also where clocks change."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        # Clocks in Europe went forward on 2026-03-29, at one o'clock UTC.
        line = "record result acme-jot S-1 sales 10.00 --on 2026-03-29 --collected-by acme --today 2026-03-29"
        assert pactbook(f"{line} --format json").json[0]["recorded_at"] == "2026-03-29T12:00:00Z"
        for moment in ("2026-03-29T14:00:00+02:00", "2026-03-29T12:00:00Z", "2026-03-29"):
            assert pactbook(f"entries acme-jot --known-at {moment} --format csv").out.count("S-1,") == 1
        assert pactbook("entries acme-jot --known-at 2026-03-29T13:59:59+02:00 --format csv").out.count("S-1,") == 0
        assert pactbook("close acme-jot --through 2026-03 --today 2026-03-31").code == 1
        assert pactbook("close acme-jot --through 2026-03 --today 2026-04-01").code == 0
        now = "record contribution acme-jot C-1 1.00 --on 2026-01-05 --format json"
        before, recorded, after = datetime.now(UTC), pactbook(now).json[0]["recorded_at"], datetime.now(UTC)
        assert before <= datetime.fromisoformat(recorded.replace("Z", "+00:00")) <= after
    finally:
        monkeypatch.undo()
        time.tzset()
