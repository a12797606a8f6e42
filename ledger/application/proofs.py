"""What a live store is checked for beyond its own health: signatures, checkpoints, figures, what lies beside it.

The same that the check of a bundle does, by the same code, on the events as they pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain

from ledger.application.core import Core
from ledger.application.evidence import Evidence, Status
from ledger.application.integrity import examining
from ledger.application.texts import Texts
from ledger.book.events import Event
from ledger.bundle.contents import Gathered
from ledger.bundle.figures import check_figures, told
from ledger.bundle.report import Check, many, together
from ledger.bundle.watch import Watch
from ledger.settlement import canonical
from ledger.settlement.statement import Statement
from ledger.store.checkpoint import Checkpoint
from ledger.store.engine import reading
from ledger.store.kept import kept_notes
from ledger.store.notes import PublicKey
from ledger.store.proof import Frontier
from ledger.store.shelf import Found


class Proofs:
    """Beholds every event and statement of a store, or of one `book`, and tells what came of it.

    `since` is a checkpoint that somebody kept: the book that it names must begin with what it says.
    """

    def __init__(
        self, core: Core, evidence: Evidence, texts: Texts, *, book: str | None = None, since: Checkpoint | None = None
    ) -> None:
        self._evidence = evidence
        self._texts = texts
        self._book = book
        self._since = since
        self._watches: dict[str, Watch] = {}
        self._gathered: dict[str, Gathered] = {}
        self._signing = Check("signatures")
        self._figures = Check("figures")
        self._private = Check("texts")
        self._erased = 0
        with reading(core.engine) as connection:
            self._notes = kept_notes(connection)

    def take(self, book: str, seq: int, tree: Frontier, event: Event | None) -> None:
        """One event of a book, None for one that cannot be read, and the tree with it."""
        name = str(book)
        if name not in self._watches:
            since = self._since if self._since and (self._book or self._since.book) == name else None
            self._watches[name] = Watch(name, since, self._notes.pop(name, {}))
            self._gathered[name] = Gathered()
        with examining(self._signing, f"event {seq} of {name} cannot be examined"):
            self._watches[name].take(seq, tree, event)
            if event is not None:
                self._gathered[name].take(event)
                self._take_texts(name, seq, event)

    def settle(self, name: str, made: Statement) -> None:
        """A sealed statement, made anew."""
        check_figures(self._figures, name, json.loads(canonical.canonical_bytes(canonical.statement_data(made))))

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What came of it, when everything has passed; `trusted` are keys that are known otherwise."""
        odd = Check("checkpoints")
        for book, notes in self._notes.items() if self._book is None else ():
            odd.blame(f"there are {len(notes):,} checkpoints of {book}, which has no events")
        if self._since is not None and self._book is None and self._since.book not in self._watches:
            yield Check("since", problems=[f"the checkpoint that was kept is of {self._since.book}, which is not here"])
        found = [(book, list(watch.checks(trusted))) for book, watch in self._watches.items()]
        own = [("the store", each) for each in (odd, self._signing) if each.problems]
        yield from together(chain(own, ((book, each) for book, checks in found for each in checks)))
        yield told(self._figures)
        yield from (self._terms(), self._documents(), self._told_texts())

    def _take_texts(self, book: str, seq: int, event: Event) -> None:
        for each in self._texts.of_event(event):
            self._private.count += 1
            self._erased += each.found is Found.ABSENT
            if each.found is Found.ALTERED:
                self._private.blame(f"the private text of event {seq} of {book} was altered")

    def _told_texts(self) -> Check:
        check = self._private
        check.found = f"{many(check.count, 'private text')}: unaltered; {self._erased:,} of them erased or absent"
        return check

    def _terms(self) -> Check:
        check = Check("terms")
        for book, gathered in self._gathered.items():
            for problem in gathered.misnamed():
                check.blame(f"{book}: {problem}")
        count = sum(len(gathered.terms) for gathered in self._gathered.values())
        check.found = f"{many(count, 'terms document')}, by digest"
        return check

    def _documents(self) -> Check:
        check, kept, others = Check("evidence"), 0, 0
        for book, gathered in self._gathered.items():
            for each in self._evidence.standing(gathered.evidence):
                kept += each.status is Status.KEPT
                others += each.status is Status.REFERENCED
                if each.status in (Status.MISSING, Status.ALTERED):
                    entries = ", ".join(each.entries[:3])
                    check.blame(f"{book}: the document {each.digest[:12]} of {entries} is {each.status}")
        check.found = f"{many(kept, 'document')} kept, what their names say; {others:,} only referenced"
        return check
