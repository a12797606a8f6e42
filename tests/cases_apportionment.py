"""What computes the published examples of apportionment (`tests/cases/apportionment.yaml`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from ledger.values.apportionment import Rule, RuleName, apportion

Inputs = dict[str, Any]

#: The tables name the rules as the libraries do.
MODES = {
    "largest_remainder": RuleName.LARGEST_FRACTION,
    "floor_first": RuleName.FIRST,
    "floor_last": RuleName.LAST,
    "largest_ratio": RuleName.LARGEST_RATIO,
    "moneyphp": RuleName.MONEYPHP,
    "ruby_cascade": RuleName.CASCADE,
    "floor_separate": RuleName.FLOOR_SEPARATE,
    "block_separate": RuleName.BLOCK_SEPARATE,
}


def alloc(inputs: Inputs) -> dict[str, Any]:
    """One amount, divided by weights."""
    return {"shares": _parts(inputs["amount_minor"], inputs["weights"], inputs["mode"], inputs["step"])}


def alloc_pair(inputs: Inputs) -> dict[str, Any]:
    """Several amounts, divided by the same weights."""
    return {"shares": [_parts(amount, inputs["weights"], inputs["mode"], 1) for amount in inputs["amounts"]]}


def _parts(amount: int, weights: Iterable[int | str], mode: str, step: int) -> tuple[int, ...]:
    return apportion(amount, [Fraction(weight) for weight in weights], Rule(MODES[mode]), step=step)


CALCS: dict[str, Callable[[Inputs], dict[str, Any]]] = {"alloc": alloc, "alloc_pair": alloc_pair}
