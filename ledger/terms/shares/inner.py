"""A list of steps inside another step that remembers: each in its turn takes at most what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ledger.terms.context import RESERVED_BASES, Context, PerParty
from ledger.terms.shares.limit import limited
from ledger.terms.shares.step import Leaving, Step, Trouble, keys
from ledger.values.figures import Figure, add, subtract


class Done(msgspec.Struct, frozen=True):
    """What one of the steps took, and what it leaves behind."""

    step: Step
    taken: PerParty
    leaving: Leaving


def run(ctx: Context, steps: Sequence[Step]) -> list[Done]:
    """The steps in order, on what `ctx` says remains; the last of them shares out all that is left.

    After the agreement's end only those that outlive it come before the last one.
    """
    done = []
    for place, (step, key) in enumerate(zip(steps, keys(steps), strict=True), 1):
        if ctx.over and place < len(steps) and not step.outlives:
            continue
        inside = ctx.within(place, key)
        taking = step.take(inside)
        [taken] = limited([taking.parties], ctx.remaining, inside.clause)
        done.append(Done(step, taken, taking.leaving(taken)))
        left = subtract((ctx.remaining, *taken.values()), "what remains of it", inside.clause)
        ctx = ctx.left(left).after(step.word, inside.key, taken)
    return done


def together(lines: Sequence[Mapping[str, Figure]], label: str, ctx: Context, name: str = "") -> PerParty:
    """Sums per party; `label` and `name` hold the party in braces."""
    parties = sorted({party for line in lines for party in line})
    return {
        party: add(
            [line[party] for line in lines if party in line], label.format(party), ctx.clause, name.format(party)
        )
        for party in parties
    }


def inner_troubles(steps: Sequence[Step]) -> Iterator[Trouble]:
    """What is contradictory in the steps inside another one, with the paths below it."""
    for place, step in enumerate(steps):
        last = place == len(steps) - 1
        for path, message, hint in (*step.troubles(last), *step.troubles_after(steps[:place])):
            yield ("shares", place, step.word, *path), message, hint
        if any(counter.base in RESERVED_BASES for counter in step.counters()):
            said = "what is inside a step is counted within the period only"
            yield ("shares", place, step.word, "over"), said, "write `over: period`"
