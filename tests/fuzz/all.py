"""Every target there is, by name."""

from __future__ import annotations

from tests.fuzz import commands, parsers, stored
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {**parsers.TARGETS, "line": commands.TARGET, "rows": stored.ROWS, "bytes": stored.BYTES}
