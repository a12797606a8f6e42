"""What is wrong with terms: a message about a value, with a hint what to do, and where it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Problem(str):
    """A message about a value, with a hint what to do."""

    hint: str | None

    def __new__(cls, message: str, hint: str | None = None) -> Problem:
        problem = super().__new__(cls, message)
        problem.hint = hint
        return problem


Found = tuple[tuple[str | int, ...], Problem]
"""Where something is wrong, and what."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A hint that names the nearest allowed word, if one is near, and all that are allowed."""
    known = sorted(allowed)
    near = difflib.get_close_matches(word, known, 1)
    listed = f"allowed here: {', '.join(known)}" if known else "nothing is allowed here"
    return f"did you mean {near[0]}? {listed}" if near else listed
