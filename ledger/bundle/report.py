"""What a check found: one line of a report, with its result and its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

NAMED = 5  #: problems of one kind that are named; the rest are counted


@dataclass(slots=True)
class Check:
    """One thing that was checked: what was found, and what is wrong with it (nothing: it is sound)."""

    name: str
    found: str = ""
    problems: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def blame(self, problem: str) -> None:
        """Note something that is wrong; after a few, only count."""
        if len(self.problems) < NAMED:
            self.problems.append(problem)
        else:
            self.more += 1


def many(number: int, what: str) -> str:
    """A number of things in words: `1 signature`, `1,200 signatures`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
