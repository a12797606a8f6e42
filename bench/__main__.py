"""`python -m bench [--full] [--size N] [--write FILE] [PART ...]`: the whole table, or some of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import appending, growing, large, starting
from bench.machine import describe
from bench.measuring import Row, Scale, markdown

PARTS: dict[str, Callable[[Scale], Iterator[Row]]] = {
    "appending": appending.measure,
    "starting": starting.measure,
    "large": large.measure,
    "growing": growing.measure,
}
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def main() -> int:
    """Measure, print each row when it is known and the table at the end; 1 where a row falls short."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast pactbook is, beside something real.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of: {', '.join(PARTS)} [default: all]")
    parser.add_argument("--full", action="store_true", help="more runs, and ten million events")
    parser.add_argument("--size", type=int, default=1_000_000, metavar="N", help="entries of the large book")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into a document, between its marks")
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    rows: list[Row] = []
    for part in given.parts or PARTS:
        for row in PARTS[part](Scale(given.size, given.full)):
            rows.append(row)
            print(" | ".join(row.cells()), file=sys.stderr, flush=True)
    text = f"Measured on {datetime.now(UTC).date()}:\n\n{describe()}\n\n{markdown(rows)}"
    print(text)
    if given.write is not None:
        write(given.write, text)
    return 0 if all(row.reached for row in rows) else 1


def write(path: Path, text: str) -> None:
    """Replace what stands between the marks of a document."""
    document = path.read_text("utf-8")
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
