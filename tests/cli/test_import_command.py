"""Importing files from the command line: the whole file or nothing, and the same file again is nothing new."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.stores import Store

MAPPING = """\
currency: EUR
entries:
  - result: sales
    only where: {Type: sale}
    reference: "{Id}"
    on: Day
    amount: Amount
    quantity: 1
    collected by: acme
  - cost: tracking
    only where: {Type: tracking}
    reference: "{Id}"
    on: Day
    amount: Amount
    paid by: acme
"""
ROWS = """\
Id,Day,Type,Amount
A-1,2026-01-05,sale,100.00
A-2,2026-01-06,sale,-20.50
A-3,2026-01-07,tracking,1500.00
A-4,2026-01-08,note,0
"""
LINE = "import acme-jot rows.csv --map map.yaml"


@pytest.fixture
def files(book: Store, folder: Path) -> Path:
    """A file of four rows, of which the mapping leaves one out, beside a book in force."""
    (folder / "map.yaml").write_text(MAPPING, "utf-8")
    (folder / "rows.csv").write_text(ROWS, "utf-8")
    return folder


def test_an_import_tells_counts_and_sums_per_kind_and_name(files: Path, pactbook: Pactbook) -> None:
    """What is new, what it adds up to, and what counts only when the other party says yes."""
    ran = pactbook(LINE)
    assert (ran.code, ran.err) == (0, "")
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[0] == ["rows.csv:", "4", "rows;", "SHA-256", hashlib.sha256(ROWS.encode()).hexdigest()[:12]]
    assert ["cost", "tracking", "1", "1500.00", "EUR", "0", "1"] in rows
    assert ["result", "sales", "2", "79.50", "EUR", "2", "0", "0"] in rows
    assert ran.out.endswith("recorded 3 entries; 1 count once another party confirms them\n")
    assert size() == 5


def test_the_same_file_again_records_nothing_new(files: Path, pactbook: Pactbook) -> None:
    """A file can be imported as often as one likes, with exit code 0."""
    pactbook(LINE)
    again = pactbook(LINE)
    assert again.code == 0
    assert again.out.endswith("nothing new: all 3 entries were there already\n")
    assert size() == 5


def test_rows_that_are_added_to_a_file_are_recorded_alone(files: Path, pactbook: Pactbook) -> None:
    """A longer file of next week holds what is there already; only the rest is recorded."""
    pactbook(LINE)
    (files / "rows.csv").write_text(ROWS + "A-5,2026-01-09,sale,7.00\n", "utf-8")
    ran = pactbook(LINE)
    assert ran.out.endswith("recorded 1 entry; 3 were there already\n")
    assert size() == 6


def test_a_dry_run_counts_and_records_nothing(files: Path, pactbook: Pactbook) -> None:
    """The same report as the import would give, and the book stays as it is."""
    ran = pactbook(f"{LINE} --dry-run")
    assert ran.out.endswith("would have recorded 3 entries; 1 count once another party confirms them\n")
    assert size() == 2


def test_a_file_comes_on_standard_input(files: Path, pactbook: Pactbook) -> None:
    """A dash stands for stdin; JSON has the whole report, with amounts as strings."""
    ran = pactbook("import acme-jot - --map map.yaml --format json", stdin=ROWS)
    assert ran.json == {
        "file": "standard input",
        "sha256": hashlib.sha256(ROWS.encode()).hexdigest(),
        "dry_run": False,
        "rows": 4,
        "rows_left_out": 0,
        "zeros_left_out": 0,
        "recorded": 3,
        "already_there": 0,
        "voided": 0,
        "awaiting": 1,
        "totals": [
            {
                "kind": "cost", "name": "tracking", "recorded": 1, "amount": "1500.00", "currency": "EUR",
                "quantity": None, "already_there": 0, "voided": 0, "awaiting": 1,
            },
            {
                "kind": "result", "name": "sales", "recorded": 2, "amount": "79.50", "currency": "EUR",
                "quantity": "2", "already_there": 0, "voided": 0, "awaiting": 0,
            },
        ],
    }  # fmt: skip


def test_the_report_is_a_table_for_spreadsheets_too(files: Path, pactbook: Pactbook) -> None:
    """CSV has a row per kind and name."""
    ran = pactbook(f"{LINE} --format csv")
    assert ran.out.splitlines() == [
        "kind,name,recorded,amount,currency,quantity,already_there,voided,awaiting",
        "cost,tracking,1,1500.00,EUR,,0,0,1",
        "result,sales,2,79.50,EUR,2,0,0,0",
    ]


# --- what is wrong --------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_reported_at_once(files: Path, pactbook: Pactbook) -> None:
    """Cells that cannot be read and rules of the agreement, each with its line; nothing of the file is recorded."""
    (files / "rows.csv").write_text(
        "Id,Day,Type,Amount\n"
        "A-1,2026-01-05,sale,100.00\n"
        "A-2,06.01.2026,sale,1.234,56\n"
        "A-3,06.01.2026,sale,\"1,50\"\n"
        "A-4,2025-12-31,sale,5.00\n"
        "A-5,2026-01-07,sale,5.00\n",
        "utf-8",
    )  # fmt: skip
    ran = pactbook(LINE)
    assert (ran.code, ran.out) == (3, "")
    assert ran.errors == [
        "rows.csv:3: has 5 fields where the first line has 4",
        'rows.csv:4:2: Day: "06.01.2026" is not a date written as YYYY-MM-DD',
        'rows.csv:4:4: Amount: "1,50" is not a number',
        "rows.csv:5: A-4: the agreement is not in force on 2025-12-31",
    ]
    assert "hint: " in ran.err
    assert size() == 2


def test_a_reference_that_is_twice_in_a_file_names_both_rows(files: Path, pactbook: Pactbook) -> None:
    """Two rows of one reference with other content contradict each other; with the same content they are one."""
    (files / "rows.csv").write_text(ROWS.replace("A-2", "A-1") + "A-3,2026-01-07,tracking,1500.00\n", "utf-8")
    ran = pactbook(LINE)
    assert ran.code == 3
    assert ran.errors == [
        "rows.csv:3: A-1: line 2 has this reference with other content "
        "(amount 100.00 EUR there, -20.50 EUR here, on 2026-01-05 there, 2026-01-06 here)"
    ]
    assert size() == 2


def test_two_rows_far_apart_are_compared_too(files: Path, pactbook: Pactbook) -> None:
    """Rows are decided in batches, and a contradiction between batches still names both lines."""
    rows = "".join(f"B-{number},2026-01-05,sale,1.00\n" for number in range(2_100))
    (files / "rows.csv").write_text(f"Id,Day,Type,Amount\n{rows}B-0,2026-01-05,sale,2.00\n", "utf-8")
    ran = pactbook(LINE)
    assert ran.errors == [
        "rows.csv:2102: B-0: line 2 has this reference with other content (amount 1.00 EUR there, 2.00 EUR here)"
    ]


def test_content_that_is_on_record_otherwise_is_listed(files: Path, pactbook: Pactbook) -> None:
    """An overlap with other content is never dropped: what is there and what is here stand beside each other."""
    pactbook(LINE)
    (files / "rows.csv").write_text(ROWS.replace("100.00", "101.00"), "utf-8")
    ran = pactbook(LINE)
    assert ran.code == 3
    assert ran.errors == [
        "rows.csv:2: A-1: is already recorded, with other content (amount 100.00 EUR there, 101.00 EUR here)"
    ]
    assert "pactbook correct acme-jot REFERENCE" in ran.err


def test_what_was_voided_stays_so_when_its_file_comes_again(files: Path, pactbook: Pactbook) -> None:
    """It is counted apart, with exit code 0; other content under a voided reference is refused."""
    pactbook(LINE)
    pactbook("void acme-jot A-1 --reason returned")
    again = pactbook(LINE)
    assert (again.code, again.err) == (0, "")
    assert again.out.endswith("nothing new: 2 entries were there already; 1 was voided and stays so\n")
    pactbook("void acme-jot A-2 A-3 --reason returned")
    assert pactbook(LINE).out.endswith("nothing new; 3 were voided and stay so\n")
    (files / "rows.csv").write_text(ROWS.replace("100.00", "101.00"), "utf-8")
    assert "was voided" in pactbook(LINE).errors[0]


def test_an_unknown_metric_is_pointed_out(files: Path, pactbook: Pactbook) -> None:
    """A name that the terms do not mention would count nowhere."""
    (files / "map.yaml").write_text(MAPPING.replace("result: sales", "result: salse"), "utf-8")
    ran = pactbook(LINE)
    assert (ran.code, ran.err) == (0, "note: the terms of acme-jot do not mention salse; did you mean sales?\n")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("import acme-jot rows.csv", 2, "missing option '--map'"),
        ("import acme-jot", 2, "missing argument 'FILE'"),
        ("import acme-jot none.csv --map map.yaml", 3, "none.csv: cannot be read: No such file or directory"),
        ("import acme-jot rows.csv --map none.yaml", 3, "none.yaml: cannot be read: No such file or directory"),
        ("import acme-jto rows.csv --map map.yaml", 1, "there is no agreement 'acme-jto'"),
        ("import acme-jot rows.csv --map rows.csv", 3, "rows.csv:1"),
        ("import acme-jot map.yaml --map map.yaml", 3, "map.yaml:1: there is no column 'Type'"),
        ("import acme-jot rows.csv --map map.yaml --as kim/kai", 3, "kim is no party of acme-jot"),
    ],
)
def test_what_cannot_be_imported(files: Path, pactbook: Pactbook, line: str, code: int, error: str) -> None:
    """Files, mappings and agreements that are missing or wrong are refused before anything is recorded."""
    ran = pactbook(line)
    assert ran.code == code, ran.err
    assert any(error in said for said in ran.errors), ran.err
    assert size() == 2


def test_the_installed_command_imports(files: Path, installed: Pactbook) -> None:
    """A file by name, then the same rows on standard input: nothing new."""
    assert installed(LINE).code == 0
    again = installed("import acme-jot - --map map.yaml", stdin=ROWS)
    assert (again.code, again.err) == (0, "")
    assert "nothing new" in again.out
