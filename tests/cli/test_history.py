"""The history of a book as people ask for it: who did what, when and why."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest

from cli.history import STREAMS, _room, _runs, _since, _until
from ledger.book.events import EVENTS
from ledger.values.errors import Rejected
from tests.cli.conftest import Pactbook
from tests.cli.january import make_told
from tests.examples import example
from tests.stores import Store


@pytest.fixture(autouse=True)
def told(place: Store) -> Store:
    """January is closed, paid and disputed: ten events."""
    place.fill(make_told)
    return place


CORRECTED = "corrected M-1 to 800.00 EUR of media on 2026-01-10, paid by jot"
PROPOSED = "proposed the payout 2026-01-1: acme pays jot 4,540.00 EUR by 2026-03-02"
DISPUTED = "disputed acme-jot/2026-01/inputs/cost.media.jot (2026-01-1): expects 800.00 EUR, not 900.00 EUR"
WHOLE = f"""\
 1 2026-01-02 09:00:00 acme/ann AgreementProposed proposed the terms DIGEST
 2 2026-01-02 09:00:00 jot/leo AgreementAccepted accepted the terms DIGEST
 3 2026-02-02 09:00:00 acme/ann ResultReported recorded S-1: 10,000.00 EUR of sales on 2026-01-10, collected by acme
 4 2026-02-02 09:00:00 jot/leo CostIncurred recorded M-1: 900.00 EUR of media on 2026-01-10, paid by jot
 5 2026-02-02 09:00:00 acme/ann PeriodClosed closed 2026-01: statement DIGEST, 4 events counted
 6 2026-02-03 14:30:00 acme/ann PayoutProposed {PROPOSED}
 7 2026-02-03 14:30:00 acme/ben PayoutApproved approved the payout 2026-01-1 in the next run
 8 2026-02-03 14:30:00 acme/ben DisputeOpened {DISPUTED} one invoice is double
 9 2026-02-03 14:30:00 jot/leo PayoutSettled the payout 2026-01-1 arrived on 2026-02-03 (SEPA 1)
10 2026-02-03 14:30:00 jot/leo EntryCorrected {CORRECTED} it was double
"""


def seqs(pactbook: Pactbook, options: str) -> list[int]:
    """The events that are found."""
    ran = pactbook(f"history acme-jot {options} --format json")
    assert ran.code == 0, ran.err
    return [each["seq"] for each in ran.json["events"]]


def test_a_history_tells_every_event_in_plain_words(pactbook: Pactbook) -> None:
    """Its seq, when it was recorded, by whom, what it says, and why."""
    ran = pactbook("history acme-jot")
    assert (ran.code, ran.err) == (0, "")
    heading, _, *rows = (re.sub(r"\b[0-9a-f]{8}\b", "DIGEST", line).split() for line in ran.out.splitlines())
    assert heading == ["Seq", "recorded", "by", "event", "what", "because"]
    assert rows == [line.split() for line in WHOLE.splitlines()]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--actor acme", [1, 3, 5, 6, 7, 8]),
        ("--actor acme/ben", [7, 8]),
        ("--actor ac", []),
        ("--kind PayoutSettled", [9]),
        ("--kind payoutsettled --kind EntryCorrected", [9, 10]),
        ("--stream agreement", [1, 2]),
        ("--stream payout --stream closing", [5, 6, 7, 9]),
        ("--stream entry", [3, 4, 10]),
        ("--stream entry --kind EntryCorrected", [10]),
        ("--stream payout --kind EntryCorrected", []),
        ("--reference M-1", [4, 10]),
        ("--reference 2026-01-1 --stream dispute", [8]),
        ("--since 2026-02-02", [3, 4, 5, 6, 7, 8, 9, 10]),
        ("--since 2026-02-03T14:30:00Z", [6, 7, 8, 9, 10]),
        ("--since 2026-02-03T14:30:01Z", []),
        ("--since 2026-02-03T15:30:00+01:00", [6, 7, 8, 9, 10]),
        ("--until 2026-02-02", [1, 2, 3, 4, 5]),
        ("--until 2026-02-02T09:00:00Z", [1, 2]),
        ("--since 2026-02-02 --until 2026-02-02", [3, 4, 5]),
        ("--known-at 3", [1, 2, 3]),
        ("--limit 2", [1, 2]),
        ("--limit 2 --after 2", [3, 4]),
        ("--after 10", []),
        ("--newest --limit 2", [10, 9]),
        ("--newest --limit 2 --after 9", [8, 7]),
        ("--actor jot --since 2026-02-02 --limit 1", [4]),
    ],
)
def test_a_history_is_narrowed_down(pactbook: Pactbook, options: str, found: list[int]) -> None:
    """By who, what, about what, when it was recorded, and as of any event; page by page, from either end."""
    assert seqs(pactbook, options) == found


def test_pages_follow_each_other_without_a_gap(pactbook: Pactbook) -> None:
    """Asking for each next page tells every event once."""
    told, after = [], 0
    while True:
        page = pactbook(f"history acme-jot --limit 3 --after {after} --format json").json
        told += [each["seq"] for each in page["events"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert told == list(range(1, 11))


def test_whoever_sees_a_part_is_told_that_there_is_more(pactbook: Pactbook) -> None:
    """Nothing is left out in silence: below the table, or on stderr for programs."""
    assert pactbook("history acme-jot --limit 3").out.endswith("more: add --after 3\n")
    for output in ("csv", "jsonl"):
        assert "there is more: add --after 3" in pactbook(f"history acme-jot --limit 3 --format {output}").err
        assert pactbook(f"history acme-jot --limit 10 --format {output}").err == ""


def test_programs_get_the_events_own_data(pactbook: Pactbook) -> None:
    """Each line of JSON holds the event as the book keeps it."""
    ran = pactbook("history acme-jot --format jsonl --stream payout")
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [(each["seq"], each["data"]["type"], each["data"]["version"]) for each in told] == [
        (6, "PayoutProposed.v1", 1), (7, "PayoutApproved.v1", 2), (9, "PayoutSettled.v1", 3),
    ]  # fmt: skip
    settled = told[-1]
    assert settled["effective_on"] == settled["data"]["effective_on"] == "2026-02-03"
    assert settled["recorded_at"] == settled["data"]["recorded_at"] == "2026-02-03T14:30:00Z"
    assert (settled["data"]["reference"], told[1]["note"]) == ("SEPA 1", "in the next run")


def test_a_table_for_spreadsheets_has_its_headings(pactbook: Pactbook) -> None:
    """CSV has one column for each part of an event's line, also when there is none."""
    rows = list(csv.DictReader(io.StringIO(pactbook("history acme-jot --format csv").out)))
    assert [row["seq"] for row in rows] == [str(seq) for seq in range(1, 11)]
    assert rows[7]["reason"] == "one invoice is double"
    empty = pactbook("history acme-jot --format csv --actor kim")
    assert empty.out == ",".join(rows[0]) + "\n"
    assert pactbook("history acme-jot --actor kim").out == "no such events\n"


@pytest.mark.parametrize(
    ("line", "code", "error", "hint"),
    [
        ("acme-jott", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
        ("acme-jott --stream payout --kind EntryVoided", 1, "there is no agreement 'acme-jott'", "acme-jot"),
        ("acme-jot --kind EntryCorected", 2, "'EntryCorected' is no type of events", "did you mean EntryCorrected?"),
        ("acme-jot --kind zzz", 2, "'zzz' is no type of events", "the types are AgreementProposed"),
        ("acme-jot --since yesterday", 2, "'yesterday' is not a moment", "2026-10-31T14:30:00Z"),
        ("acme-jot --since 2026-10-31T14:30:00", 2, "is not a moment", "2026-10-31T14:30:00Z"),
        ("acme-jot --until 2026-02-30", 2, "'2026-02-30' is not a date", "2026-10-31"),
        ("acme-jot --limit 0", 2, "0 is not in the range", ""),
        ("acme-jot --after x", 2, "'x' is not a valid integer", ""),
        ("acme-jot --stream money", 2, "'money' is not one of", ""),
    ],
)
def test_what_cannot_be_asked_is_said(pactbook: Pactbook, line: str, code: int, error: str, hint: str) -> None:
    """A filter that is misspelt is an error, not an empty history."""
    ran = pactbook(f"history {line}")
    assert (ran.code, ran.out) == (code, "")
    assert error in ran.errors[0]
    assert hint in ran.err


def test_every_type_of_events_belongs_to_a_kind_of_stream() -> None:
    """`--stream` finds every event, whatever its type."""
    for each in EVENTS:
        assert _room(each.__name__) == example(each).stream.split("/")[1]
        assert _room(each.__name__) in STREAMS


def test_a_day_is_included_at_both_ends() -> None:
    """A day begins when it begins and ends when the next one does; the calendar's last day is no error."""
    assert _since("2026-10-31") == datetime(2026, 10, 31, tzinfo=UTC)
    assert _until("2026-10-31") == datetime(2026, 11, 1, tzinfo=UTC)
    assert _until("9999-12-31") == datetime(9999, 12, 31, tzinfo=UTC)
    with pytest.raises(Rejected):
        _since("0001-01-01T00:00:00+23:00")


@pytest.mark.parametrize(
    ("numbers", "runs"), [([], []), ([4], [(4, 4)]), ([1, 2, 3], [(1, 3)]), ([1, 3, 4, 9], [(1, 1), (3, 4), (9, 9)])]
)
def test_events_are_read_in_runs(numbers: list[int], runs: list[tuple[int, int]]) -> None:
    """Neighbours are read together."""
    assert list(_runs(numbers)) == runs


def test_the_installed_command_does_the_same(installed: Pactbook) -> None:
    """As a user calls it."""
    ran = installed("history acme-jot --kind PeriodClosed --format csv")
    assert (ran.code, ran.err) == (0, "")
    assert "acme/ann,PeriodClosed,acme-jot/closing" in ran.out


def effects(pactbook: Pactbook, options: str = "") -> dict[int, dict[str, object]]:
    """What each event changed, by seq."""
    ran = pactbook(f"history acme-jot --effects {options} --format json")
    assert ran.code == 0, ran.err
    return {each["seq"]: each["effects"] for each in ran.json["events"]}


def test_each_event_says_what_it_changed(pactbook: Pactbook) -> None:
    """The totals that it moved, and what the venture owes each party more in the draft of the time."""
    found = effects(pactbook)
    assert found[2] == {"period": None, "balances": {}, "totals": []}
    assert found[3]["balances"] == {"acme": "-4000.00", "jot": "4000.00"}
    assert found[4]["balances"] == {"acme": "-540.00", "jot": "540.00"}
    assert (found[4]["period"], found[10]["period"]) == ("2026-01", "2026-02")
    assert found[5]["balances"] == {}
    assert found[9]["balances"] == {"acme": "4540.00", "jot": "-4540.00"}
    assert found[10]["balances"] == {"acme": "60.00", "jot": "-60.00"}
    assert [total["amount"] for total in found[10]["totals"]] == ["-900.00", "800.00"]  # type: ignore[attr-defined]


def test_a_correction_says_what_was_there_before(pactbook: Pactbook) -> None:
    """Old and new content, in data and for people."""
    found = effects(pactbook, "--kind EntryCorrected")[10]
    assert found["content"] == [{"what": "amount", "old": "900.00 EUR", "new": "800.00 EUR"}]
    told = pactbook("history acme-jot --effects --reference M-1").out
    assert "amount 900.00 EUR -> 800.00 EUR, acme +60.00, jot -60.00" in told
    csv_text = pactbook("history acme-jot --effects --reference M-1 --format csv").out
    assert csv_text.splitlines()[0].endswith(",effects")
    assert "acme +60.00" in csv_text


@pytest.mark.parametrize(
    ("figure", "found"),
    [
        ("2026-01/inputs/cost.media.jot", [2, 4]),
        ("2026-01/jot/share", [2, 3, 4]),
        ("acme-jot/2026-01/inputs/result.sales.acme", [2, 3]),
        ("2026-01@10/inputs/cost.media.jot", [2, 4, 10]),
        ("2026-02@10/jot/closing", [2, 3, 4, 6, 7, 9, 10]),
    ],
)
def test_the_events_behind_a_figure_are_found(pactbook: Pactbook, figure: str, found: list[int]) -> None:
    """Those of its entries and payouts as far as they were known, and the acceptance of its terms."""
    assert seqs(pactbook, f"--figure {figure} --today 2026-03-01") == found


def test_events_behind_a_figure_are_narrowed_down_and_paged_like_others(pactbook: Pactbook) -> None:
    """Filters and pages go on as ever; a figure that is none is refused."""
    assert seqs(pactbook, "--figure 2026-01/jot/share --actor jot") == [2, 4]
    assert seqs(pactbook, "--figure 2026-01/jot/share --newest --limit 2") == [4, 3]
    assert seqs(pactbook, "--figure 2026-01/jot/share --after 2 --limit 1") == [3]
    ran = pactbook("history acme-jot --figure 2026-01/jot/nothing")
    assert (ran.code, "has no figure 'jot/nothing'" in ran.err) == (1, True)
