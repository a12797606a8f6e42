"""`out of`: the steps out of which an advance is recouped, or a reserve is held, by the names that they were given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.terms.problems import Found, Problem, did_you_mean
from ledger.terms.shares.step import Step, keys
from ledger.values.text import listed


def keys_by_label(steps: Sequence[Step]) -> dict[str, str]:
    """What each step that has a name of its own is filed under, by this name, in the order of the steps."""
    return {step.label: key for step, key in zip(steps, keys(steps), strict=True) if step.label}


def out_of_problems(out_of: Sequence[str], party: str, steps: Sequence[Step]) -> Iterator[Found]:
    """Names that are none of a step's, or those of steps that never give the party anything."""
    by_label = {step.label: step for step in steps if step.label}
    inside = {step.label for step in _below(steps)} - {""}
    path = ("out of",)
    for name in out_of:
        if name in inside:
            said = f"{name!r} is a step inside another"
            yield path, Problem(said, "name the step of the list, which holds what it gives")
        elif name not in by_label:
            hint = did_you_mean(name, by_label) if by_label else f"give the step its name: `as: {name}`"
            yield path, Problem(f"{name!r} names no step", hint)
        elif (receivers := by_label[name].receivers()) is not None and party not in receivers:
            yield path, Problem(f"{name!r} gives nothing to {party}", "name a step that does")


def _below(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        for inner in step.inner():
            yield inner
            yield from _below([inner])


def said_out_of(out_of: Sequence[str], party: str) -> str:
    """What it is taken out of, in words."""
    if not out_of:
        return f"all that {party} gets"
    return f"what {party} gets by {listed(out_of)}"
