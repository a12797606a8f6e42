"""Whether a store is whole, asked within this process: what `pactbook doctor` checks, and the folders beside it."""

from __future__ import annotations

from pathlib import Path

from fleet.crew import Alone
from fleet.place import Desk
from fleet.verifying import Scope, verify
from ledger.application import Ledger
from ledger.application.evidence import Status
from ledger.store.shelf import Found
from projections.follower import Follower


def problems(url: str, folder: Path | None = None) -> list[str]:
    """Everything that is wrong with a store: events, trees, closings, statements, tables, and the files of `folder`."""
    if folder is None:
        ledger = Ledger(url)
    else:
        ledger = Ledger(url, evidence=str(folder / "evidence"), texts=str(folder / "texts"))
    try:
        desk = Desk(ledger, Follower(ledger))
        checks = verify(desk, Alone(desk), Scope())
        found = [f"{check.name}: {problem}" for check in checks for problem in check.problems]
        return found + ([] if folder is None else _files(ledger, folder))
    finally:
        ledger.close()


def _files(ledger: Ledger, folder: Path) -> list[str]:
    """Documents and private texts that events refer to and that are not there whole."""
    found = []
    for book in ledger.books.books():
        documents = ledger.evidence.documents(book)
        found += [f"evidence: {each.digest} is {each.status}" for each in documents if each.status is not Status.KEPT]
        texts = ledger.texts.of_book(book)
        found += [f"texts: that of event {seq} is {each.found}" for seq, each in texts if each.found is not Found.WHOLE]
    return found
