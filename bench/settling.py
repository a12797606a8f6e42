"""How long it takes to settle ten years of periods under each deal of the gallery.

    make bench-settling

Each deal gets results, costs, capital and advances in every period, made up but always the same. What is timed is the
fold of all periods from totals to figures, by the time of this process; the last column is one more statement at the
end, which is what a person waits for at a close.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from ledger.book.movements import Kind, Movement
from ledger.settlement.knowledge import Knowledge, TermsInForce, Totals
from ledger.settlement.settle import fold
from ledger.settlement.statement import statement
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms
from ledger.values.periods import Period

ROOT = Path(__file__).parents[1]
RUNS = 5


def movements(terms: Terms, periods: list[Period]) -> Iterator[Movement]:
    """What happens in every period: every metric and cost that the terms name, capital now and then."""
    chance, parties = Random(1), list(terms.parties)
    metrics = sorted({*terms.pool.results, *(name for who in terms.parties.values() for name in who.reports)})
    for place, period in enumerate(periods):
        day = max(period.first, terms.starts_on) + timedelta(days=3)
        for metric in metrics:
            yield Movement(day, Kind.RESULT, metric, parties[0], chance.randint(10_000, 9_999_999), 5_000_000, "R")
        for cost in terms.pool.costs:
            yield Movement(day, Kind.COST, cost.category, parties[-1], chance.randint(1_000, 999_999), 0, "C")
        for party in parties if place % 12 == 0 else ():
            yield Movement(day, Kind.CONTRIBUTION, "", party, chance.randint(1_000_000, 99_999_999), 0, "K")


def known(terms: Terms, years: int) -> tuple[Knowledge, Period]:
    """All that is known after some years."""
    periods = [terms.first_period]
    while periods[-1].first.year < terms.starts_on.year + years:
        periods.append(periods[-1].next())
    totals = Totals(terms.every, terms.currency)
    for movement in movements(terms, periods[:-1]):
        totals.add(movement)
    versions = (TermsInForce(terms, terms.starts_on, 1),)
    return Knowledge(terms.agreement, 1, versions, totals.per_period()), periods[-2]


def main() -> None:
    """Print a table, a row a deal."""
    print(f"{'deal':24} {'every':8} {'periods':>7} {'all, ms':>9} {'each, ms':>9} {'statement, ms':>14}")
    for path in sorted((ROOT / "examples" / "terms").glob("*.yaml")):
        terms = parse_terms(path.read_text("utf-8"), path.name)
        knowledge, last = known(terms, 10)
        whole, one, count = [], [], 0
        for _ in range(RUNS):
            start = process_time()
            settled = fold(knowledge, last)
            whole.append((process_time() - start) * 1_000)
            count = len(settled)
            start = process_time()
            statement(last, knowledge, knowledge)
            one.append((process_time() - start) * 1_000)
        per = median(whole) / count
        print(f"{path.stem:24} {terms.every:8} {count:7} {median(whole):9.1f} {per:9.2f} {median(one):14.1f}")


if __name__ == "__main__":
    main()
