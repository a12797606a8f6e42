"""Other terms tried on many histories at once: each document on the agreement that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.crew import Crew
from fleet.place import Desk
from ledger.application.agreements import Simulation
from ledger.terms.document import Terms
from ledger.terms.written.document import read_canonical
from ledger.values.errors import PactbookError
from ledger.values.periods import Period


@dataclass(frozen=True, slots=True)
class Trial:
    """The task for one agreement: the canonical text of other terms, and the periods, None for all there are."""

    terms: str
    first: Period | None
    last: Period | None


def simulate(
    desk: Desk, crew: Crew, drafts: Sequence[Terms], first: Period | None, last: Period | None
) -> dict[str, Simulation | PactbookError]:
    """What each draft would have made of the history of its agreement, or why it cannot be tried; in their order."""
    desk.follower.catch_up()
    tasks = {terms.agreement: Trial(terms.canonical, first, last) for terms in drafts}
    found = dict(crew.each(simulate_one, tasks))
    return {book: found[book] for book in tasks}


def simulate_one(desk: Desk, task: Trial) -> Simulation:
    """Replay the history of one agreement; nothing is recorded."""
    terms = read_canonical(task.terms)
    return desk.ledger.agreements.simulate(terms.agreement, terms, task.first, task.last)
