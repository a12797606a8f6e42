"""What changes between two documents of terms, clause by clause, in the sentences in which they read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

import msgspec

from ledger.terms.document import Terms


class How(StrEnum):
    """How a clause changes."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(msgspec.Struct, frozen=True):
    """A clause that reads differently: what it says now, and what it says then; empty where there is no such clause.

    `clause` is its address now, or then where it is new.
    """

    clause: str
    now: str
    then: str

    @property
    def how(self) -> How:
        """Whether the clause is added, removed or changed."""
        if not self.now:
            return How.ADDED
        return How.CHANGED if self.then else How.REMOVED


def changes(now: Terms, then: Terms) -> list[Change]:
    """The clauses that change, in the order in which money flows.

    A step of the shares that only moves, because one before it is added or removed, is no change. What no
    sentence speaks of is given as it is written.
    """
    old, new = _said(now), _said(then)
    found = [
        *_by_address(old, new, lambda clause: clause.startswith(_BEFORE)),
        *_steps(
            [each for each in old.items() if _is_step(each[0])], [each for each in new.items() if _is_step(each[0])]
        ),
        *_by_address(old, new, lambda clause: not clause.startswith(_BEFORE) and not _is_step(clause)),
    ]
    spoken = {change.clause.partition(".")[0].partition("[")[0] for change in found}
    return [*(change for change in _written(now, then) if _is_silent(change.clause, spoken)), *found]


_BEFORE = ("parties", "periods", "pool")


def _is_step(clause: str) -> bool:
    return clause.startswith("shares[")


def _is_silent(place: str, spoken: set[str]) -> bool:
    """Whether no sentence speaks of what is written at a place: so it is of the title, and of what has no effect."""
    return place.partition(".")[0].partition("[")[0] not in spoken


def _said(terms: Terms) -> dict[str, str]:
    """Each clause with all of its sentences."""
    found: dict[str, str] = {}
    for clause, says in terms.reading():
        found[clause] = f"{found[clause]} {says}" if clause in found else says
    return found


def _by_address(old: dict[str, str], new: dict[str, str], wanted: Callable[[str], bool]) -> Iterator[Change]:
    for clause in dict.fromkeys((*old, *new)):
        if wanted(clause) and old.get(clause) != new.get(clause):
            yield Change(clause, old.get(clause, ""), new.get(clause, ""))


def _steps(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> Iterator[Change]:
    """Steps by what they say: those that stand in for each other are paired, what is left is removed or added."""
    matcher = SequenceMatcher(None, [says for _, says in old], [says for _, says in new], autojunk=False)
    for how, a, b, c, d in matcher.get_opcodes():
        if how == "equal":
            continue
        paired = min(b - a, d - c)
        # The last step shares out what remains: the pairs are made from the end.
        yield from (Change(clause, says, "") for clause, says in old[a : b - paired])
        yield from (Change(clause, "", says) for clause, says in new[c : d - paired])
        for (clause, now), (_, then) in zip(old[b - paired : b], new[d - paired : d], strict=True):
            yield Change(clause, now, then)


# --- as it is written -------------------------------------------------------------------------------------


def _written(now: Terms, then: Terms) -> Iterator[Change]:
    """Every place of the documents at which something else is written."""
    old, new = _places(json.loads(now.canonical)), _places(json.loads(then.canonical))
    for place in dict.fromkeys((*old, *new)):
        if old.get(place) != new.get(place):
            yield Change(place, old.get(place, ""), new.get(place, ""))


def _places(data: Any, path: str = "") -> dict[str, str]:
    if isinstance(data, Mapping):
        return {
            place: text
            for word, value in data.items()
            for place, text in _places(value, f"{path}.{word}" if path else word).items()
        }
    if isinstance(data, list) and any(isinstance(each, Mapping | list) for each in data):
        return {
            place: text for at, value in enumerate(data, 1) for place, text in _places(value, f"{path}[{at}]").items()
        }
    return {path: ", ".join(data) if isinstance(data, list) else str(data)}
