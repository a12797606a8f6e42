"""What the doctor and `pactbook verify` both check of a store, and how they say what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.values.errors import Broken, PactbookError

if TYPE_CHECKING:
    from ledger.bundle.report import Check

#: Checks whose problems are damage to what is on record (exit code 5).
INTEGRITY = frozenset(
    {"schema", "bytes", "columns", "order", "trees", "closings", "partners", "statements", "projections", "integrity"}
)


def damage(tripped: str) -> PactbookError | None:
    """The first thing that is wrong with the store, and what to do about it; None where it is whole.

    `tripped` is the error that made somebody look.
    """
    from cli.crews import Hands
    from fleet.verifying import Scope, verify

    try:
        with Hands().at_work() as (desk, crew):
            wrong = [check for check in verify(desk, crew, Scope()) if not check.ok]
    except PactbookError as error:
        return error
    if not wrong:
        return None
    help_ = hint({check.name for check in wrong}).removeprefix("hint: ")
    return Broken(f"the store is damaged: {wrong[0].problems[0]} (the command ended with {tripped})", help_)


def blame(check: Check, error: PactbookError) -> None:
    """What keeps a store from being examined: it cannot be reached, or it is damaged."""
    check.name = "integrity" if isinstance(error, Broken) else check.name
    check.blame(error.message if error.hint is None else f"{error.message} ({error.hint})")


def hint(wrong: set[str]) -> str:
    """What to do about checks that found something."""
    if wrong == {"projections"}:
        return "hint: run `pactbook rebuild`: the projections are folded from the events, which are as they should be"
    if wrong == {"since"}:
        return (
            "hint: if the checkpoint is of this very store, its history was rewritten: keep a copy of it as it is;"
            " if it is of another, name that with --store"
        )
    if wrong == {"books"}:
        return "hint: all other books were examined; repeat for each of these alone, or with fewer --jobs"
    return "hint: keep a copy of the store as it is, and compare it with a backup, or with the other party's copy"
