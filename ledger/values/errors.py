"""The one family of errors: what went wrong, where, and what to do about it.

    PactbookError
    ├── Refused    a rule of the agreement or of the ledger says no         exit code 1
    ├── Rejected   the input is malformed; carries every finding at once   exit code 3
    ├── Stale      it changed meanwhile; look again and repeat              exit code 4
    └── Broken     integrity: what is stored does not agree with itself     exit code 5

Each error carries data (file, line, field, value); its text is made from the data here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

FINDINGS_LIMIT = 1000  #: more findings than this help nobody; the rest are counted


# No struct, as other values are: errors are all that `pactbook --help` loads of the ledger.
@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an input: what, where, and what to do.

    `path` addresses a place inside a document (`shares[2].fee.rate`) or a column of a table;
    `line` and `column` count from 1.
    """

    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        where = ": ".join(part for part in (place, self.path) if part)
        return f"{where}: {self.message}" if where else self.message


class PactbookError(Exception):
    """The base of all errors that are the user's to act upon, as opposed to our mistakes."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong, at least one finding."""
        return (Finding(self.message, self.hint),)


class Refused(PactbookError):
    """A rule says no: the request is well-formed, but must not happen."""

    exit_code = 1
    kind = "refused"


class Rejected(PactbookError):
    """The input is malformed. All findings are reported at once, and nothing was changed."""

    exit_code = 3
    kind = "rejected"

    def __init__(self, findings: Iterable[Finding] | str, hint: str | None = None, *, more: int = 0) -> None:
        found = (Finding(findings, hint),) if isinstance(findings, str) else tuple(findings)
        assert found, "a rejection says what is wrong"
        self._findings = found[:FINDINGS_LIMIT]
        self.more = more + len(found) - len(self._findings)
        super().__init__("\n".join(str(finding) for finding in self._findings), hint)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings


class Stale(PactbookError):
    """Somebody else recorded something meanwhile that the decision depends on."""

    exit_code = 4
    kind = "stale"


class Broken(PactbookError):
    """What is stored does not agree with itself: bytes, hashes, sequence or digests."""

    exit_code = 5
    kind = "broken"
