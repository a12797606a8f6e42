"""What a check found: one line of a report, with its result and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

NAMED = 5  #: problems of one kind that are named; the rest are counted
LENGTH = 400  #: the longest problem, in characters: it may quote what somebody else wrote


Words = Callable[..., str]
"""What was found in words, by how many there were. A function of a module: checks go from one process to another."""


class Check(msgspec.Struct):
    """One thing that was checked: what was found, and what is wrong with it (nothing: it is sound)."""

    name: str
    found: str = ""
    problems: list[str] = msgspec.field(default_factory=list)
    more: int = 0
    counts: tuple[int, ...] = ()
    words: Words | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def blame(self, problem: str) -> None:
        """Note something that is wrong; after a few, only count."""
        self._add(_shown(problem))

    def _add(self, problem: str) -> None:
        if len(self.problems) < NAMED:
            self.problems.append(problem)
        else:
            self.more += 1

    def tell(self, words: Words, *counts: int) -> None:
        """Say what was found by numbers and words for them, so that the checks of several books can be put together."""
        self.counts, self.words, self.found = counts, words, words(*counts)

    def join(self, other: Check) -> None:
        """Add what the same check found elsewhere."""
        if other.words is not None:
            before = self.counts or (0,) * len(other.counts)
            self.tell(other.words, *(one + more for one, more in zip(before, other.counts, strict=True)))
        for problem in other.problems:
            self._add(problem)
        self.more += other.more


def together(parts: Iterable[Check]) -> list[Check]:
    """The checks of several books, those of one name as one: what they found is added up."""
    found: dict[str, Check] = {}
    for part in parts:
        found.setdefault(part.name, Check(part.name, part.found)).join(part)
    return list(found.values())


def of_book(book: str, part: Check) -> Check:
    """The check of a book, with problems that name it."""
    named = msgspec.structs.replace(part, problems=[])
    for problem in part.problems:
        named.blame(f"{book}: {problem}")
    return named


def _shown(problem: str) -> str:
    """A problem on one line of a terminal, whatever it quotes."""
    cut = problem if len(problem) <= LENGTH else f"{problem[:LENGTH]}..."
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in cut)


def many(number: int, what: str) -> str:
    """A number of things in words: `1 signature`, `1,200 signatures`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
