"""What happens when there is less than the steps ask for: of the pool, or of a pot."""

from __future__ import annotations

from enum import StrEnum


class Short(StrEnum):
    """What happens when the steps ask for more than the pool has.

    In full: every step takes what it is due, and the residual is a loss (the rule of US textbooks, and of
    "a charge against profit"). In order: each step takes at most what is left. Pro rata: all steps are cut
    in proportion (the rule of "an appropriation of profit" in the partnership law of India).
    """

    IN_FULL = "in full"
    IN_ORDER = "in order"
    PRO_RATA = "pro rata"


READING = {
    Short.IN_FULL: "If the pool is short, every step takes what it is due in full, and what is missing is a loss.",
    Short.IN_ORDER: "If the pool is short, each step in its turn takes at most what is left.",
    Short.PRO_RATA: "If the pool is short, what all steps are due is cut in proportion.",
}
"""The rules as sentences."""
