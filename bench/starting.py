"""How long a command takes before it does anything, beside the libraries that it cannot do without."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.material import BOOK, PERIOD, fill, make_store
from bench.measuring import PACTBOOK, Row, Scale, in_turn, middle, process


def measure(scale: Scale) -> Iterator[Row]:
    """The rows of the table."""
    runs = 41 if scale.full else 15
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = make_store(f"sqlite:///{folder / 'pactbook.db'}")
        fill(ledger, 0, 20)
        ledger.close()
        process([PACTBOOK, "balance", BOOK], folder=folder)
        yield beside(["--help"], "click", 2, folder, runs)
        yield beside(["balance", BOOK], "sqlalchemy", 2.5, folder, runs)
        yield beside(["statement", BOOK, PERIOD], "sqlalchemy", None, folder, runs)


def beside(arguments: list[str], library: str, at_most: float | None, folder: Path, runs: int) -> Row:
    """A command in a small ledger, beside a Python that imports one library."""
    turns = in_turn(
        lambda: process([PACTBOOK, *arguments], folder=folder).wall,
        lambda: process([sys.executable, "-c", f"import {library}"], folder=folder).wall,
        runs,
    )
    said = f"{middle(turns.ours) * 1e3:,.0f} ms beside {middle(turns.theirs) * 1e3:,.0f} ms"
    command = " ".join(["pactbook", *arguments])
    return Row(f"`{command}`", f'`python -c "import {library}"`', said, turns.slower, at_most=at_most)
