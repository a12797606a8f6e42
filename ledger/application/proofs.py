"""What a live store is checked for beyond its own health: signatures, checkpoints, figures, what lies beside it.

The same that the check of a bundle does, by the same code, on the events as they pass.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ledger.application.core import Core
from ledger.application.evidence import Evidence, Status
from ledger.application.integrity import books_of, examining
from ledger.application.texts import Texts
from ledger.book.events import Event
from ledger.bundle.contents import Gathered
from ledger.bundle.figures import check_figures, figures_check
from ledger.bundle.report import Check, many, of_book
from ledger.bundle.watch import Watch
from ledger.settlement import canonical
from ledger.settlement.statement import Statement
from ledger.store.checkpoint import Checkpoint
from ledger.store.engine import reading
from ledger.store.kept import kept_counts, kept_notes
from ledger.store.notes import PublicKey
from ledger.store.proof import Frontier
from ledger.store.shelf import Found


class Proofs:
    """Beholds every event and statement of one book, and tells what came of it.

    `since` is a checkpoint that somebody kept: the book must begin with what it says.
    """

    def __init__(
        self, core: Core, evidence: Evidence, texts: Texts, book: Any, since: Checkpoint | None = None
    ) -> None:
        self._evidence = evidence
        self._texts = texts
        self._book = str(book)
        self._gathered = Gathered()
        self._signing = Check("signatures")
        self._figures = figures_check()
        self._private = Check("texts")
        self._found = self._erased = 0
        with reading(core.engine) as connection:
            self._watch = Watch(self._book, since, kept_notes(connection, book))

    def take(self, seq: int, tree: Frontier, event: Event | None) -> None:
        """One event of the book, None for one that cannot be read, and the tree with it."""
        with examining(self._signing, f"event {seq} of {self._book} cannot be examined"):
            self._watch.take(seq, tree, event)
            if event is not None:
                self._gathered.take(event)
                self._take_texts(seq, event)

    def settle(self, name: str, made: Statement) -> None:
        """A sealed statement, made anew."""
        check_figures(self._figures, name, json.loads(canonical.canonical_bytes(canonical.statement_data(made))))

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What came of it, when everything has passed; `trusted` are keys that are known otherwise."""
        yield from (of_book(self._book, each) for each in self._watch.checks(trusted))
        yield from (self._signing, self._figures) if self._signing.problems else (self._figures,)
        yield from (self._terms(), self._documents(), self._told_texts())

    def _take_texts(self, seq: int, event: Event) -> None:
        for each in self._texts.of_event(event):
            self._found += 1
            self._erased += each.found is Found.ABSENT
            if each.found is Found.ALTERED:
                self._private.blame(f"the private text of event {seq} of {self._book} was altered")

    def _told_texts(self) -> Check:
        self._private.tell(_texts, self._found, self._erased)
        return self._private

    def _terms(self) -> Check:
        check = Check("terms")
        for problem in self._gathered.misnamed():
            check.blame(f"{self._book}: {problem}")
        check.tell(_terms, len(self._gathered.terms))
        return check

    def _documents(self) -> Check:
        check, kept, others = Check("evidence"), 0, 0
        for each in self._evidence.standing(self._gathered.evidence):
            kept += each.status is Status.KEPT
            others += each.status is Status.REFERENCED
            if each.status in (Status.MISSING, Status.ALTERED):
                entries = ", ".join(each.entries[:3])
                check.blame(f"{self._book}: the document {each.digest[:12]} of {entries} is {each.status}")
        check.tell(_documents, kept, others)
        return check


def check_strays(core: Core, books: Collection[Any], since: Checkpoint | None) -> Iterator[Check]:
    """What was signed, or kept by somebody, of a book that is not among those of the store."""
    with reading(core.engine) as connection:
        signed = kept_counts(connection)
    odd = Check("checkpoints")
    strays = {book: count for book, count in signed.items() if book not in books}
    made_meanwhile = books_of(core) if strays else ()
    for book, count in strays.items():
        if book not in made_meanwhile:
            odd.blame(f"the store: there are {count:,} checkpoints of {book}, which has no events")
    if odd.problems:
        yield odd
    if since is not None and since.book not in books:
        yield Check("since", problems=[f"the checkpoint that was kept is of {since.book}, which is not here"])


def _texts(count: int, erased: int) -> str:
    return f"{many(count, 'private text')}: unaltered; {erased:,} of them erased or absent"


def _terms(count: int) -> str:
    return f"{many(count, 'terms document')}, by digest"


def _documents(kept: int, others: int) -> str:
    return f"{many(kept, 'document')} kept, what their names say; {others:,} only referenced"
