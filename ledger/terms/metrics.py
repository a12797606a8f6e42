"""The metrics that the terms name: who reports each, and names that none can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ledger.terms.context import RESERVED_BASES
from ledger.terms.parties import Party
from ledger.terms.problems import Found, Problem, did_you_mean

_RESERVED = f"{', '.join(RESERVED_BASES)} have a meaning of their own"


class Metrics(msgspec.Struct, frozen=True):
    """`results` are those that the pool is made of; `reporters` go from a metric to the parties that may report it.

    Where no party is said to report anything, there may be others.
    """

    results: tuple[str, ...]
    reporters: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, results: tuple[str, ...], parties: Mapping[str, Party]) -> Metrics:
        """The metrics of a pool and of the parties that report them."""
        reported = sorted({metric for who in parties.values() for metric in who.reports})
        by = {metric: tuple(name for name, who in parties.items() if metric in who.reports) for metric in reported}
        return cls(results, by)

    @property
    def named(self) -> frozenset[str]:
        """All that the terms name."""
        return frozenset({*self.results, *self.reporters})

    def unreported(self, metric: str) -> Problem | None:
        """What is wrong with a metric of which results are to come, if anything: no result of the agreement has it."""
        if not self.reporters or metric in self.named:
            return None
        return Problem(f"no party reports {metric!r}", did_you_mean(metric, self.named))

    def problem(self, metric: str) -> Problem | None:
        """The same, where a reserved word could stand, too."""
        if metric in RESERVED_BASES:
            return Problem(f"{metric!r} is no metric that is reported", _RESERVED)
        return self.unreported(metric)

    def base_problem(self, of: str) -> Problem | None:
        """What is wrong with what a rate is taken of, if anything."""
        known = {*self.named, *RESERVED_BASES}
        return None if of in known else Problem(f"{of!r} is not a known base", did_you_mean(of, known))

    def deal_problem(self, deal: str) -> Problem | None:
        """What is wrong with a deal, if anything: its results must be some of the pool's."""
        if deal in self.results:
            return None
        return Problem(f"{deal!r} is not one of the results of the pool", did_you_mean(deal, self.results))


def problems(results: tuple[str, ...], parties: Mapping[str, Party]) -> Iterator[Found]:
    """Metrics with a name that means something else."""
    listed: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(("pool", "results"), results)]
    listed += [(("parties", party, "reports"), who.reports) for party, who in parties.items()]
    for place, names in listed:
        for metric in RESERVED_BASES:
            if metric in names:
                yield place, Problem(f"{metric!r} cannot name a metric", _RESERVED)
