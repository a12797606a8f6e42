"""What a command loads: nothing that it does not need, for loading is most of what a short command does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.january import make_january

#: What records, proves and reads what people wrote.
WRITES = ("sqlalchemy", "eventsourcing", "marshmallow", "yaml", "cryptography", "holidays", "iso4217", "ledger.bundle")

_RUN = """
import sys
from cli.main import run
code = run(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""


@pytest.fixture
def store(folder: Path) -> str:
    """A store in which January is closed, and whose tables have followed the log."""
    url = f"sqlite:///{folder / 'pactbook.db'}"
    make_january(url)
    loaded("balance", "acme-jot", "--store", url)
    return url


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it is over."""
    ran = subprocess.run([sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, check=True)
    code, *modules = ran.stderr.split()
    assert code == "0", ran.stderr
    return set(modules)


def test_help_loads_no_ledger() -> None:
    """`pactbook --help` lists the commands without loading any of them, nor what they work with."""
    found = loaded("--help")
    assert "click" in found
    assert not found & {
        "sqlalchemy",
        "marshmallow",
        "eventsourcing",
        "rich",
        "yaml",
        "sqlite3",
        "msgspec",
        "tomllib",
        "ledger.book",
    }


@pytest.mark.parametrize(
    "question",
    [
        ("balance", "acme-jot"),
        ("statement", "acme-jot", "2026-01"),
        ("explain", "acme-jot", "2026-01/jot/closing"),
        ("explain", "acme-jot", "2026-01/inputs/result.sales.acme"),
    ],
)
def test_who_only_reads_loads_nothing_that_writes(store: str, question: tuple[str, ...]) -> None:
    """A balance, a statement or a figure is read from the tables, where these have followed the log already."""
    found = loaded(*question, "--store", store)
    assert "ledger.settlement.statement" in found
    assert not {name for name in WRITES if name in found}


def test_tables_that_are_behind_are_brought_up_first(store: str) -> None:
    """Where something was recorded since, the first who reads writes it down, with all that this takes."""
    entry = ("record", "result", "acme-jot", "S-99", "sales", "100.00", "--on", "2026-02-01", "--collected-by", "acme")
    loaded(*entry, "--as", "acme/ann", "--store", store)
    assert "sqlalchemy" in loaded("balance", "acme-jot", "--store", store)
    assert "sqlalchemy" not in loaded("balance", "acme-jot", "--store", store)
