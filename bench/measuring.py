"""How time and memory are taken: whole processes as the system accounts for them, or a piece of work by the clock.

Two things that are compared take turns, so that a machine whose speed drifts does not favour one of them; what is
quoted is the median of the ratios of each turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

#: The commands that are measured are those of the environment that measures.
BIN = Path(sys.executable).parent
PACTBOOK = str(BIN / "pactbook")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took: seconds by the clock and of processor, and the most memory at a time in megabytes."""

    wall: float
    cpu: float
    peak_mb: float


def process(command: Sequence[str], *, folder: Path | None = None, environment: dict[str, str] | None = None) -> Usage:
    """Run a command to its end, its output thrown away. Raises `RuntimeError` where it fails."""
    # Modules are compiled when a package is installed; a shell that forbids it would have each run compile them again.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    running = subprocess.Popen(
        list(command),
        cwd=folder,
        env={**inherited, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert running.stderr is not None
    said = running.stderr.read()
    _, status, used = os.wait4(running.pid, 0)
    wall = perf_counter() - start
    running.returncode = os.waitstatus_to_exitcode(status)
    running.stderr.close()
    if running.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {running.returncode}: {said.decode()[-2000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def timed(run: Callable[[], object]) -> float:
    """The seconds by the clock that something takes."""
    start = perf_counter()
    run()
    return perf_counter() - start


@dataclass(frozen=True, slots=True)
class Turns:
    """Two things measured in turn, in seconds each."""

    ours: list[float]
    theirs: list[float]

    @property
    def faster(self) -> float:
        """How much faster ours is than theirs: the median of the turns."""
        return median(b / a for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def slower(self) -> float:
        """How much longer ours takes than theirs: the median of the turns."""
        return median(a / b for a, b in zip(self.ours, self.theirs, strict=True))


def in_turn(ours: Callable[[], float], theirs: Callable[[], float], runs: int, warm: int = 1) -> Turns:
    """Measure two things that tell their own seconds, one after the other, so many times after some warming."""
    for _ in range(warm):
        ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return Turns([a for a, _ in pairs], [b for _, b in pairs])


@dataclass(slots=True)
class Row:
    """A row of the table. `ratio` is held against `bound`; without one it is only told."""

    what: str
    against: str
    said: str
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def reached(self) -> bool:
        """Whether the ratio is what we want it to be."""
        if self.ratio is None:
            return True
        return (self.at_least is None or self.ratio >= self.at_least) and (
            self.at_most is None or self.ratio <= self.at_most
        )

    def cells(self) -> tuple[str, str, str, str, str]:
        """What stands in the table."""
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}" if self.at_most else "-"
        ratio = "-" if self.ratio is None else f"{self.ratio:.3g}{'' if self.reached else ' (short)'}"
        return self.what, self.against, bound, ratio, self.said


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: of how many entries the large book is, and whether the long ones are wanted too."""

    size: int = 1_000_000
    full: bool = False


HEADINGS = ("what", "against", "wanted", "ratio", "measured")


def markdown(rows: Sequence[Row]) -> str:
    """The table, as it stands in the documentation."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "| --- | --- | ---: | ---: | --- |"]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    notes = [f"{row.what}: {note}" for row in rows for note in row.notes]
    return "\n".join([*lines, *(["", *(f"- {note}" for note in notes)] if notes else [])])


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


def per_second(count: int, seconds: Sequence[float]) -> str:
    """How many in a second, by the median."""
    return f"{count / median(seconds):,.0f}/s"
