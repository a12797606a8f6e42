"""What is contradictory in a list of steps: each by itself, beside the others, beside the metrics and a short pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ledger.terms.metrics import Metrics
from ledger.terms.problems import Found, Problem
from ledger.terms.shares.step import Step, below
from ledger.terms.short import Short
from ledger.values.money import Currency


def problems(steps: Sequence[Step], metrics: Metrics) -> Iterator[Found]:
    """All that is wrong with the steps of a list."""
    for place, step in enumerate(steps):
        last = place == len(steps) - 1
        for path, message, hint in (*step.troubles(last), *step.troubles_after(steps[:place])):
            yield ("shares", place, step.word, *path), Problem(message, hint)
    yield from _labels(steps, (), set())
    asked = (
        (lambda step: step.bases(), metrics.base_problem),
        (lambda step: step.deals(), metrics.deal_problem),
        (lambda step: step.metrics(), metrics.unreported),
    )
    for named, problem_of in asked:
        for path, name in below(steps, named):
            if (problem := problem_of(name)) is not None:
                yield path, problem


def _labels(steps: Iterable[Step], above: tuple[str | int, ...], known: set[str]) -> Iterator[Found]:
    """Names of steps that are given twice."""
    for place, step in enumerate(steps):
        if step.label in known:
            said = f"{step.label!r} names another step, too"
            yield (*above, "shares", place, "as"), Problem(said, "choose another name")
        known |= {step.label} - {""}
        yield from _labels(step.inner(), (*above, "shares", place, step.word), known)


def short_problems(short: Short | None, steps: Sequence[Step]) -> Iterator[Found]:
    """Steps that may ask for more than there is need a rule, and one that fits those that never do."""
    before = steps[:-1]
    if short is None and not all(step.limited for step in before):
        allowed = " | ".join(Short)
        said = "must say what happens when the pool is short of what the steps before the last ask for"
        yield ("short",), Problem(said, f"write `short: in order`; allowed: {allowed}")
    tier = next((step for step in before if step.limited), None)
    if short is Short.PRO_RATA and tier is not None:
        said = f"{tier.word!r} takes in its turn, and cannot be cut in proportion with others"
        yield ("short",), Problem(said, "write `short: in order` or `short: in full`")


def reading(steps: Sequence[Step], unit: Currency) -> list[tuple[str, str]]:
    """The steps as sentences, each with the name that it was given: (clause, sentence)."""
    said = []
    for place, step in enumerate(steps, 1):
        said.append((f"shares[{place}]", step.reading(unit)))
        if step.label:
            said.append((f"shares[{place}]", f"This is {step.label}."))
    return said
