"""How large a terms document may be: far beyond any real deal, and small enough to be settled in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ledger.terms.parties import Party
from ledger.terms.pool import Pool
from ledger.terms.problems import Found, Problem
from ledger.terms.shares.step import Step

MOST_STEPS: Final = 200  #: of shares, those inside other steps counted too
MOST_PARTIES: Final = 500
MOST_NAMES: Final = 1_000  #: of metrics, costs and liabilities, together


def problems(parties: Mapping[str, Party], steps: Sequence[Step], pool: Pool) -> Iterator[Found]:
    """What there is too much of."""
    shared = pool.shared()
    names = {*shared.results, *shared.costs, *shared.liabilities}
    names |= {name for party in parties.values() for name in (*party.reports, *party.pays)}
    counted = (
        ("shares", "steps", _number(steps), MOST_STEPS),
        ("parties", "parties", len(parties), MOST_PARTIES),
        ("pool", "metrics, costs and liabilities", len(names), MOST_NAMES),
    )
    for path, what, number, most in counted:
        if number > most:
            said = f"there are {number} {what}, and terms have at most {most}"
            yield (path,), Problem(said, "put those together that are treated alike, or make several agreements")


def _number(steps: Sequence[Step]) -> int:
    """All steps, with those inside others."""
    return sum(1 + _number(step.inner()) for step in steps)
