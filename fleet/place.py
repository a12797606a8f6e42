"""Where work is done, and with what: the store by its address, the clock, the version of pactbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version

from ledger.application import Ledger
from ledger.values.errors import Refused
from projections.facts import ProjectedFacts
from projections.follower import Follower
from projections.sql import VERSION


@dataclass(frozen=True, slots=True)
class Desk:
    """What a unit of work has before it: a ledger, its projections, and whom to tell how many events were read."""

    ledger: Ledger
    follower: Follower
    advance: Callable[[int], None] = lambda count: None


@dataclass(frozen=True, slots=True)
class Place:
    """All that another process needs to know to work on the same store, as the command would that sends it there.

    `store` is a URL that leads there from any folder, `now` the clock, which stands still. `evidence` and `texts` are
    the folders of documents and private texts, where they do not lie beside the store.
    """

    store: str
    now: datetime
    version: tuple[str, int]
    evidence: str | None = None
    texts: str | None = None

    @contextmanager
    def open(self) -> Iterator[Desk]:
        """The desk, for as long as it is needed. Raises `Refused` where another pactbook is installed."""
        if self.version != present_version():
            raise Refused(
                f"pactbook {_named(present_version())} is installed here, and the command is of {_named(self.version)}",
                "install the same version of pactbook everywhere",
            )
        ledger = Ledger(
            self.store,
            now=lambda: self.now,
            facts=lambda _, book: ProjectedFacts(follower, book),
            evidence=self.evidence,
            texts=self.texts,
        )
        follower = Follower(ledger)
        try:
            yield Desk(ledger, follower)
        finally:
            ledger.close()


@lru_cache
def present_version() -> tuple[str, int]:
    """The version of pactbook that is installed here, and that of the tables that it folds."""
    return version("pactbook"), VERSION


def _named(which: tuple[str, int]) -> str:
    return f"{which[0]} (tables {which[1]:08x})"


def mark(ledger: Ledger) -> bytes:
    """What tells a store from any other: its first event, which has a salt of its own; nothing where there is none."""
    return b"".join(each.line for each in ledger.recorded(0, 1))
