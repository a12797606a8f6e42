"""Months of a partnership as command lines, each of which can be given again: what dies in the middle is repeated.

A story is told in a folder of its own, in steps. Every step records a known number of events at a fixed moment, so a
story that was interrupted any number of times has to end with the same log, event by event, and the same tables.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from cli.main import run
from ledger.application import Ledger
from ledger.store.keys import signing_key
from projections import tables
from projections.follower import Follower
from tests.cli.conftest import TERMS

BOOK = "acme-jot"
_MAPPING = """\
currency: EUR
entries:
  - {result: sales, reference: "{Id}", on: Day, amount: Amount, collected by: acme}
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the story: a short name for what it does, and its words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A story of so many months (up to eleven), each with a file of so many rows to import."""

    months: int
    rows: int

    def lay_out(self, folder: Path) -> None:
        """Write the files that the story reads: terms, a mapping, a key, and for each month orders and an invoice."""
        (folder / "terms.yaml").write_text(TERMS, "utf-8")
        (folder / "map.yaml").write_text(_MAPPING, "utf-8")
        (folder / "operator.pem").write_bytes(signing_key("operator.example", bytes(range(32))).to_file(None))
        (folder / "operator.pem").chmod(0o600)
        for month in range(1, self.months + 1):
            days = [f"2026-{month:02d}-{row % 27 + 1:02d}" for row in range(self.rows)]
            orders = [f"O-{month}-{row},{day},{row % 90 + 10}.50\n" for row, day in enumerate(days)]
            (folder / f"orders-{month}.csv").write_text("Id,Day,Amount\n" + "".join(orders), "utf-8")
            (folder / f"invoice-{month}.txt").write_bytes(f"Invoice {month}\n".encode() * 4_000)

    def steps(self) -> list[Step]:
        """The commands in order, from an empty folder on."""
        told = [
            "init: init",
            "agree: agreement propose terms.yaml --today 2026-01-02",
            "agree: agreement accept acme-jot --as jot/leo --today 2026-01-02",
        ]
        for month in range(1, self.months + 1):
            told += _month(month, f"2026-{month:02d}", f"2026-{month + 1:02d}")
        return [Step(name, tuple(shlex.split(line))) for name, _, line in (each.partition(": ") for each in told)]

    def tell(self, folder: Path, url: str, first: int, last: int, notes: Path) -> None:
        """Give the commands from `first` to `last`, up to the first failure.

        What they print is in `said.txt` in the folder of notes, and in `acknowledged.txt` are the numbers of those that
        were acknowledged. For a process of its own: it changes folder, environment and standard streams, and ends.
        """
        enter(folder, url, notes)
        mark = os.open(notes / "acknowledged.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for number, step in list(enumerate(self.steps()))[first:last]:
            code = run(step.words)
            if code:
                os._exit(code)
            os.write(mark, f"{number}\n".encode())
        os._exit(0)


def enter(folder: Path, url: str, notes: Path) -> None:
    """Make this process one that works in a folder, on a store, and whose output is kept among the notes."""
    os.chdir(folder)
    for name in [each for each in os.environ if each.startswith("PACTBOOK_")]:
        del os.environ[name]
    os.environ |= {
        "PACTBOOK_STORE": url, "PACTBOOK_ACTOR": "acme/ann", "PACTBOOK_EVIDENCE": "evidence", "PACTBOOK_TEXTS": "texts",
    }  # fmt: skip
    said = os.open(notes / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for stream in (1, 2):
        os.dup2(said, stream)


def _month(number: int, month: str, following: str) -> list[str]:
    """What is done for a month, most of it after its end."""
    late, paid = f"--today {month}-28", f"--on {following}-05 --today {following}-05"
    return [
        f"import: import acme-jot orders-{number}.csv --map map.yaml {late}",
        f"record: record cost acme-jot M-{number} media 100.00 --on {month}-03 --as jot/leo {late}"
        f" --evidence invoice-{number}.txt",
        f"text: record result acme-jot P-{number} sales 10.00 --on {month}-04 --collected-by acme {late}"
        f" --note-private 'paid by a friend'",
        f"void: void acme-jot O-{number}-3 O-{number}-4 --reason returned {late}",
        f"correct: correct acme-jot O-{number}-5 --amount 11.11 --reason typo {late}",
        f"close: close acme-jot {month} --today {following}-02",
        f"payout: payout propose acme-jot --today {following}-03",
        f"payout: payout approve acme-jot {month}-1 --as acme/ben --today {following}-04",
        f"payout: payout send acme-jot {month}-1 {paid}",
        f"payout: payout settle acme-jot {month}-1 --as jot/leo {paid}",
        f"checkpoint: checkpoint acme-jot --key operator.pem -o checkpoint-{number}.txt --today {following}-06",
        "rebuild: rebuild",
    ]


# --- what a store holds at the end --------------------------------------------------------------------------


def log_of(url: str) -> list[tuple[str, int, str]]:
    """Stream, version and type of every event, in the order of the log."""
    ledger = Ledger(url)
    try:
        notifications = ledger.books.select_notifications(None, 1_000_000)
        return [(str(each.originator_id), each.originator_version, each.topic) for each in notifications]
    finally:
        ledger.close()


def content_of(url: str) -> list[str]:
    """Every row of every table; hashes, which differ with the salts, are left out."""
    ledger = Ledger(url)
    try:
        with Follower(ledger).reading() as connection:
            rows = [json.dumps(json.loads(line)) for line in tables.dump(connection)]
    finally:
        ledger.close()
    return [re.sub(r"[0-9a-f]{64}", "#", row) for row in rows]
