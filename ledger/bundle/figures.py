"""Every figure of a statement, worked out once more by the checker, as a line of a report."""

from __future__ import annotations

from ledger.bundle.checker import Plain, wrong_figures
from ledger.bundle.report import Check, many


def check_figures(check: Check, name: str, statement: Plain) -> None:
    """Count the figures of a statement as data, and blame those that do not follow from their operands."""
    check.count += len(statement["figures"])
    for figure in wrong_figures(statement):
        check.blame(f"{name}: {figure} does not follow from its operands")


def told(check: Check) -> Check:
    """The check, saying how many figures there were."""
    check.found = f"{many(check.count, 'figure')}: worked out from their operands by a second program"
    return check
