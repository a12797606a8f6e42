"""Every book examined on its own, and the findings put together in one report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fleet.crew import Crew
from fleet.place import Desk
from ledger.application.hashes import check_hashes
from ledger.application.integrity import books_of, check_book, check_frame, check_log, examining
from ledger.application.proofs import Proofs, check_strays
from ledger.bundle.report import Check, of_book, together
from ledger.store.checkpoint import Checkpoint
from ledger.store.notes import PublicKey
from ledger.values.errors import Broken, PactbookError
from projections.check import books_told_of, check_position, check_tables

#: In this order, whoever was the first to find something.
ORDER = (
    "schema", "position", "bytes", "columns", "order", "trees", "closings", "partners", "statements", "projections",
    "rules", "checkpoints", "since", "signatures", "acknowledgements", "figures", "terms", "evidence", "texts",
)  # fmt: skip
#: The check that names books which nobody could examine.
UNDONE = "books"
_NONE = ""  #: no book has this name: of a store without books the same is said as of one without events


@dataclass(frozen=True, slots=True)
class Scope:
    """What is examined: one book or all of them; what was signed too, where `proofs` is set.

    `since` is a checkpoint that somebody kept, `trusted` are keys that are known otherwise. Where `hashes` is set, the
    hashes and what was signed are all that is examined of a book.
    """

    book: str | None = None
    proofs: bool = False
    since: Checkpoint | None = None
    trusted: tuple[PublicKey, ...] = ()
    hashes: bool = False


@dataclass(frozen=True, slots=True)
class Examination:
    """The task for one book; its name may be anything, since somebody may have changed it.

    `followed` says whether the tables follow the log: where they do not, statements are made from the events.
    """

    book: Any
    scope: Scope
    followed: bool


def verify(desk: Desk, crew: Crew, scope: Scope) -> list[Check]:
    """Check the store as a whole, then every book that is in scope."""
    found: list[Check] = []
    try:
        for check in _found(desk, crew, scope):
            found.append(check)
    except Broken as error:
        found.append(broken(error))
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(together(found), key=lambda check: places.get(check.name, len(places)))


def broken(error: PactbookError, name: str = "integrity") -> Check:
    """What keeps a store, or a book of it, from being examined."""
    check = Check(name)
    check.blame(error.message if error.hint is None else f"{error.message} ({error.hint})")
    return check


def _found(desk: Desk, crew: Crew, scope: Scope) -> Iterator[Check]:
    yield check_frame(desk.ledger)
    tables = [] if scope.hashes else list(_tables(desk))
    yield from tables
    order = check_log(desk.ledger)
    if scope.book is not None:
        books = [scope.book]
    elif scope.hashes:
        books = books_of(desk.ledger)
    else:
        told = Check("projections")
        books = _books(desk, told)
        yield told
    if scope.book is None and scope.proofs:
        yield from check_strays(desk.ledger, books, scope.since)
    tasks = {book: Examination(book, scope, all(each.ok for each in tables)) for book in books or [_NONE]}
    done = dict(crew.each(examine, tasks))
    for book in tasks:
        yield from _findings(book, done[book])
    yield order


def _tables(desk: Desk) -> Iterator[Check]:
    tables = Check("projections", _AGREE)
    with examining(tables, "the tables cannot follow the log"):
        position = desk.follower.catch_up()
        yield Check("position", f"the projections follow the log up to position {position:,}")
    check_position(desk.ledger, tables)
    yield tables


def _books(desk: Desk, told: Check) -> list[Any]:
    books = set(books_of(desk.ledger))
    with examining(told, "the tables cannot be compared with the events"):
        books |= books_told_of(desk.ledger)
    return sorted(books, key=str)


def examine(desk: Desk, task: Examination) -> list[Check]:
    """Check one book: its events, its statements, its rows in the tables, and what was signed of it."""
    ledger, book, scope = desk.ledger, task.book, task.scope
    since = scope.since if scope.since and (scope.book or scope.since.book) == book else None
    if scope.hashes:
        return check_hashes(ledger, book, since, scope.trusted, desk.advance)
    tables = Check("projections", _AGREE)
    check_tables(ledger, book, tables, desk.advance)
    proofs = Proofs(ledger, ledger.evidence, ledger.texts, book, since) if scope.proofs else None
    facts = ledger.facts if task.followed and tables.ok else None
    found = check_book(ledger, book, desk.advance, facts, proofs)
    return [*found, tables, *(proofs.checks(scope.trusted) if proofs is not None else ())]


_AGREE = "the tables agree with the events"


def _findings(book: Any, outcome: list[Check] | PactbookError) -> list[Check]:
    if not isinstance(outcome, PactbookError):
        return outcome
    return [of_book(str(book), broken(outcome, "integrity" if isinstance(outcome, Broken) else UNDONE))]
