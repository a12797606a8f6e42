"""How costs grow with the size of a book: what ten times as many events cost, an event each.

The slope is that of a straight line through the logarithms of size and time: 1 where an event costs the same in any
book, 1.05 where it costs an eighth more in a book ten times as large.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from math import log
from pathlib import Path
from statistics import median

from bench.material import BATCH, BOOK, PERIOD, events, make_store
from bench.measuring import Row, Scale, timed
from ledger.settlement.closing import statement_of
from ledger.values.periods import parse_period
from projections.follower import Follower

DOING = ("append", "project", "replay")


def measure(scale: Scale) -> Iterator[Row]:
    """The rows of the table."""
    sizes = [scale.size // 100, scale.size // 10, scale.size, *([scale.size * 10] if scale.full else [])]
    found: dict[str, list[float]] = {name: [] for name in DOING}
    for size in sizes:
        tries = [once(size) for _ in range(3 if size < scale.size else 1)]
        for place, name in enumerate(DOING):
            found[name].append(median(each[place] for each in tries))
    for name, seconds in found.items():
        each = [f"{taken / size * 1e6:.1f} µs" for size, taken in zip(sizes, seconds, strict=True)]
        said = f"{', '.join(each)} an event, at {', '.join(f'{size:,}' for size in sizes)}"
        yield Row(f"growth: {name}", "itself, slope", said, slope(sizes, seconds), at_most=1.05)


def once(size: int) -> tuple[float, float, float]:
    """Seconds to append so many events, to project them, and to replay them to a statement."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = make_store(f"sqlite:///{Path(folder) / 'book.db'}")
        appending = 0.0
        for start in range(0, size, BATCH):
            made = events(start, min(size, start + BATCH))
            appending += timed(partial(ledger.save, *made))
        projecting = timed(Follower(ledger).catch_up)
        replaying = timed(lambda: statement_of(ledger.replay(BOOK), parse_period(PERIOD)))
        ledger.close()
    return appending, projecting, replaying


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """How the logarithm of time rises with that of size: least squares."""
    xs, ys = [log(size) for size in sizes], [log(taken) for taken in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
