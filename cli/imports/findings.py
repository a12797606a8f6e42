"""What is wrong with the cells of a file: raised where it is seen, collected up to a bound."""

from __future__ import annotations

from ledger.values.errors import FINDINGS_LIMIT, Finding, Rejected


class BadValue(Exception):
    """A value of a row cannot be used. `column` is the column (or expression) that it came from.

    `once` says that the same message about the same column needs no repetition in later rows.
    """

    def __init__(self, message: str, hint: str | None = None, *, column: str | None = None, once: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.column = column
        self.once = once


class Findings:
    """Findings as they come in: the first thousand are kept, the rest counted."""

    def __init__(self, limit: int = FINDINGS_LIMIT) -> None:
        self.limit = limit
        self.kept: list[Finding] = []
        self.more = 0

    def __bool__(self) -> bool:
        return bool(self.kept)

    def add(self, finding: Finding) -> None:
        """Keep one more finding, or count it."""
        if len(self.kept) < self.limit:
            self.kept.append(finding)
        else:
            self.more += 1

    def rejected(self) -> Rejected:
        """The error that reports them all."""
        return Rejected(self.kept, more=self.more)


def shown(text: str) -> str:
    """A cell as a message quotes it: in double quotes, on one line, shortened."""
    flat = "".join(mark if mark.isprintable() else " " for mark in text[:61])
    return f'"{flat[:60]}..."' if len(text) > 60 else f'"{flat}"'
