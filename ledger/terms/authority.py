"""Whose number counts when several parties report the same metric, and within which tolerance.

The numbers of a period are compared as totals, of money and of units apart. The number that counts is then the metric,
wherever the terms use it; with it go the parties that hold its money. The others stay on the statement for comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

import msgspec

from ledger.terms.metrics import Metrics
from ledger.terms.problems import Found, Problem
from ledger.values.money import format_rate


class Beyond(StrEnum):
    """Which number counts when the numbers lie further apart than is tolerated; `stop`: none, the period stays open."""

    LOWER = "lower"
    HIGHER = "higher"
    AVERAGE = "average"
    STOP = "stop"


class Authority(msgspec.Struct, frozen=True):
    """The party whose number counts, as long as others lie within `tolerance` (a part of it); `beyond` it the rule.

    Without a tolerance (None, and then no rule) the party's number always counts.
    """

    party: str
    tolerance: Fraction | None = None
    beyond: Beyond | None = None


def authority_problems(authorities: Mapping[str, Authority], metrics: Metrics) -> Iterator[Found]:
    """What is contradictory."""
    for metric, authority in authorities.items():
        if (problem := metrics.problem(metric)) is not None:
            yield ("authority", metric), problem
        else:
            yield from _reporter_problems(metric, authority, metrics.reporters.get(metric, ()))
        yield from _tolerance_problems(("authority", metric), authority)


def _reporter_problems(metric: str, authority: Authority, listed: tuple[str, ...]) -> Iterator[Found]:
    if listed and authority.party not in listed:
        said = f"{authority.party} does not report {metric}: {', '.join(listed)} {_do(listed)}"
        yield ("authority", metric, "party"), Problem(said, f"add {metric} to the `reports` of {authority.party}")
    elif len(listed) == 1:
        said = f"only {listed[0]} reports {metric}: there is nothing to compare"
        hint = f"add {metric} to the `reports` of another party, or leave this out"
        yield ("authority", metric), Problem(said, hint)


def _do(parties: tuple[str, ...]) -> str:
    return "does" if len(parties) == 1 else "do"


def _tolerance_problems(path: tuple[str, ...], authority: Authority) -> Iterator[Found]:
    allowed = " | ".join(Beyond)
    if authority.tolerance is not None and authority.beyond is None:
        said = "must say which number counts beyond the tolerance"
        yield (*path, "beyond"), Problem(said, f"write `beyond: average`; allowed: {allowed}")
    if authority.tolerance is None and authority.beyond is not None:
        said = (
            f"`beyond: {authority.beyond}` needs a tolerance: without one the number of {authority.party} always counts"
        )
        yield (*path, "beyond"), Problem(said, "add `tolerance: 2%`, or leave `beyond` out")


def authority_reading(authorities: Mapping[str, Authority]) -> list[tuple[str, str]]:
    """Whose number counts, as sentences: (clause, sentence)."""
    return [(f"authority.{metric}", _reading(metric, each)) for metric, each in authorities.items()]


def _reading(metric: str, authority: Authority) -> str:
    party = authority.party
    if authority.tolerance is None or authority.beyond is None:
        return f"Where others report {metric}, too, the number of {party} counts."
    within = (
        f"the number of {party} counts as long as no other lies further from it than {format_rate(authority.tolerance)}"
    )
    return f"Where others report {metric}, too, {within}; {_BEYOND[authority.beyond]}."


_BEYOND = {
    Beyond.LOWER: "otherwise the lowest counts",
    Beyond.HIGHER: "otherwise the highest counts",
    Beyond.AVERAGE: "otherwise their average counts",
    Beyond.STOP: "otherwise the period cannot be closed",
}
