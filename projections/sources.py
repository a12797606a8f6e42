"""Which events are behind a figure? Those of the entries that it adds up, of its rates, and of the terms it follows."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.application import Ledger
from ledger.application.issued import parse_figure_id
from ledger.settlement.canonical import all_figures, figure_ids
from ledger.settlement.statement import Statement
from ledger.values.errors import Refused
from ledger.values.figures import Entries, Figure, Op, walk
from projections.behind import of_query
from projections.follower import Follower
from projections.sql import marks, select

#: Units that rounding still owes; they come from all periods before, and say nothing about a figure.
ROUNDING = "/shortfall"


def seqs_behind(core: Ledger, follower: Follower, figure_id: str) -> frozenset[int]:
    """The events behind a figure, by seq, what it brought forward from earlier statements included.

    They are all events of the entries and payouts that were added up, as far as they were known; the rates of
    exchange; and the acceptance of the terms. Raises `Rejected` or `Refused` for a figure that is none.
    """
    found: set[int] = set()
    made: dict[str, tuple[Statement, dict[str, Figure]]] = {}
    seen: set[str] = set()
    waiting = [figure_id]
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        statement, figure = _figure(core, wanted, made)
        found |= set(_of_terms(core, statement))
        for leaf in walk((figure,)):
            if leaf.entries is not None:
                found |= set(_of_entries(follower, leaf.entries))
            elif leaf.op is Op.FIXED:
                found.add(int(leaf.reference.rpartition("@")[2]))
            elif leaf.op is Op.CARRIED and leaf.value and not leaf.reference.endswith(ROUNDING):
                waiting.append(leaf.reference)
    return frozenset(found)


def _figure(
    core: Ledger, wanted: str, made: dict[str, tuple[Statement, dict[str, Figure]]]
) -> tuple[Statement, Figure]:
    book, period, known_at, address = parse_figure_id(wanted)
    place = f"{period}@{known_at}"
    if place not in made:
        statement = core.statements.statement(book, period, known_at)
        ids, figures = figure_ids(statement), all_figures(statement)
        prefix = f"{statement.id}/"
        made[place] = statement, {full.removeprefix(prefix): figures[key] for key, full in ids.items()}
    statement, by_address = made[place]
    if address not in by_address:
        raise Refused(
            f"{statement.id} has no figure {address!r}",
            f"a statement in JSON lists them: pactbook statement {book} {period} --format json",
        )
    return statement, by_address[address]


def _of_terms(core: Ledger, statement: Statement) -> Iterator[int]:
    """The event with which the terms that govern the statement came into force."""
    for version in core.facts(statement.agreement).knowledge(statement.known_at).versions:
        if version.terms.digest == statement.terms.digest:
            yield version.since_seq


def _of_entries(follower: Follower, query: Entries) -> Iterator[int]:
    """Every event of the entries behind an input; of a liquidation, which is one stream, only those that moved it."""
    meant = of_query(query)
    streams = "SELECT stream FROM timeline WHERE book = ? AND seq IN {}"
    wanted = "SELECT seq, stream FROM timeline WHERE book = ? AND seq <= ? AND stream IN ({})"
    with follower.reading() as connection:
        rows = select(connection, f"SELECT DISTINCT seq FROM movements WHERE {meant.condition}", *meant.given)
        seqs = [int(seq) for (seq,) in rows]
        for some in (seqs[start : start + 500] for start in range(0, len(seqs), 500)):
            yield from some
            question = wanted.format(streams.format(marks(some)))
            for row in select(connection, question, query.agreement, query.known_at, query.agreement, *some):
                if not row.stream.endswith("/liquidation"):
                    yield int(row.seq)
