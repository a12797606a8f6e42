"""Every figure of a statement, worked out once more by the checker, as a line of a report."""

from __future__ import annotations

from ledger.bundle.checker import Plain, wrong_figures
from ledger.bundle.report import Check, many


def check_figures(check: Check, name: str, statement: Plain) -> None:
    """Count the figures of a statement as data, and blame those that do not follow from their operands."""
    check.tell(_said, sum(check.counts) + len(statement["figures"]))
    for figure in wrong_figures(statement):
        check.blame(f"{name}: {figure} does not follow from its operands")


def _said(count: int) -> str:
    return f"{many(count, 'figure')}: worked out from their operands by a second program"


def figures_check() -> Check:
    """The check, before any figure."""
    check = Check("figures")
    check.tell(_said, 0)
    return check
