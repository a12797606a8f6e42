"""The report of checks: a line each, with its result and its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.output import Column, Table, View, show

if TYPE_CHECKING:
    from ledger.bundle.report import Check

HEADINGS = ("check", "ok", "found", "problems", "more")


def show_checks(checks: Sequence[Check]) -> bool:
    """Print what checks found; returns whether nothing is wrong."""
    records = [_record(check) for check in checks]
    rows = [[check.name, "ok" if check.ok else "WRONG", _told(check)] for check in checks]
    show(View(records, records, [Table((Column("check"), Column(""), Column("found")), rows)], HEADINGS))
    return all(check.ok for check in checks)


def _record(check: Check) -> dict[str, Any]:
    found = check.found if check.ok else ""  # it says what holds where nothing is wrong
    return {"check": check.name, "ok": check.ok, "found": found, "problems": check.problems, "more": check.more}


def _told(check: Check) -> str:
    if check.ok:
        return check.found
    more = [f"and {check.more:,} more like these"] if check.more else []
    return "\n".join([*check.problems, *more])
