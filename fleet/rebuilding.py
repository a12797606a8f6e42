"""The projections made anew, book by book."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from fleet.crew import Crew
from fleet.place import Desk
from ledger.application.integrity import books_of
from ledger.values.errors import Broken, PactbookError, Refused
from projections.aside import Aside, begin, fold_book, put_in_place


@dataclass(frozen=True, slots=True)
class Folding:
    """The task for one book."""

    book: Any
    aside: Aside


def rebuild(desk: Desk, crew: Crew) -> int:
    """Fold every book anew, beside the tables that are read meanwhile; returns the position reached.

    Where a book cannot be folded, the tables stay as they were, and all such books are named.
    """
    upto = desk.ledger.recorder.max_notification_id() or 0  # before the books: one that begins meanwhile comes after it
    books = books_of(desk.ledger)
    aside = begin(desk.ledger, books, upto, secrets.token_hex(8))
    tasks = {book: Folding(book, aside) for book in books}
    outcomes = sorted(crew.each(fold_one, tasks), key=lambda outcome: str(outcome[0]))
    errors = [(book, found) for book, found in outcomes if isinstance(found, PactbookError)]
    if errors:
        raise _of_all(errors)
    put_in_place(desk.ledger, aside)
    return desk.follower.catch_up()


def fold_one(desk: Desk, task: Folding) -> int:
    """Fold one book; returns how many events it has."""
    return fold_book(desk.ledger, task.book, task.aside)


def _of_all(errors: list[tuple[Any, PactbookError]]) -> PactbookError:
    """The first error, with the names of all books that have one."""
    book, first = errors[0]
    others = f"; so is that of {', '.join(str(each) for each, _ in errors[1:6])}" if errors[1:] else ""
    more = f" and {len(errors) - 6:,} more" if errors[6:] else ""
    kind = Broken if any(isinstance(error, Broken) for _, error in errors) else Refused
    message = f"the tables stay as they were: that of {book} cannot be made ({first.message}){others}{more}"
    return kind(message, first.hint)
