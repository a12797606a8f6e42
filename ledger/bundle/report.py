"""What a check found: one line of a report, with its result and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

NAMED = 5  #: problems of one kind that are named; the rest are counted
LENGTH = 400  #: the longest problem, in characters: it may quote what somebody else wrote


class Check(msgspec.Struct):
    """One thing that was checked: what was found, and what is wrong with it (nothing: it is sound)."""

    name: str
    found: str = ""
    problems: list[str] = msgspec.field(default_factory=list)
    more: int = 0
    count: int = 0
    words: Callable[[int], str] | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def blame(self, problem: str) -> None:
        """Note something that is wrong; after a few, only count."""
        if len(self.problems) < NAMED:
            self.problems.append(_shown(problem))
        else:
            self.more += 1

    def tell(self, count: int, words: Callable[[int], str]) -> None:
        """Say what was found by a number and words for it, so that the checks of several books can be put together."""
        self.count, self.words, self.found = count, words, words(count)


def together(parts: Iterable[tuple[str, Check]]) -> list[Check]:
    """The checks of several books, those of one name as one: what they found is counted, problems name their book."""
    found: dict[str, Check] = {}
    for book, part in parts:
        check = found.setdefault(part.name, Check(part.name, part.found))
        if part.words is not None:
            check.tell(check.count + part.count, part.words)
        for problem in part.problems:
            check.blame(f"{book}: {problem}")
        check.more += part.more
    return list(found.values())


def _shown(problem: str) -> str:
    """A problem on one line of a terminal, whatever it quotes."""
    cut = problem if len(problem) <= LENGTH else f"{problem[:LENGTH]}..."
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in cut)


def many(number: int, what: str) -> str:
    """A number of things in words: `1 signature`, `1,200 signatures`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
