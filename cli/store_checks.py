"""What the doctor and `pactbook verify` both check of a store, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.output import counting
from cli.session import session
from ledger.values.errors import Broken, PactbookError

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.application.integrity import Beholder
    from ledger.bundle.report import Check

#: Checks whose problems are damage to what is on record (exit code 5).
INTEGRITY = frozenset(
    {"schema", "bytes", "columns", "order", "trees", "closings", "partners", "statements", "projections", "integrity"}
)


def content(ledger: Ledger, book: str | None = None, beholder: Beholder | None = None) -> Iterator[Check]:
    """The frame, every event (or those of one book), every sealed statement, the projections."""
    from ledger.application.integrity import check_frame, check_store, examining
    from ledger.bundle.report import Check
    from projections.check import check_tables

    yield check_frame(ledger)
    tables = Check("projections", "the tables agree with the events")
    with examining(tables, "the tables cannot follow the log"):
        position = session().follower.catch_up()
        yield Check("position", f"the projections follow the log up to position {position:,}")
    with counting("events") as progress:
        check_tables(ledger, tables, progress)
        facts = ledger.facts if tables.ok else None
        yield from check_store(ledger, progress, facts, book=book, beholder=beholder)
    yield tables


def blame(check: Check, error: PactbookError) -> None:
    """What keeps a store from being examined: it cannot be reached, or it is damaged."""
    check.name = "integrity" if isinstance(error, Broken) else check.name
    check.blame(error.message if error.hint is None else f"{error.message} ({error.hint})")


def hint(wrong: set[str]) -> str:
    """What to do about checks that found something."""
    if wrong == {"projections"}:
        return "hint: run `pactbook rebuild`: the projections are folded from the events, which are as they should be"
    return "hint: keep a copy of the store as it is, and compare it with a backup, or with the other party's copy"
