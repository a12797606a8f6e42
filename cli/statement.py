"""`pactbook close` and `pactbook statement`: the sealed account of a period, as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from cli import statement_rows
from cli.awaiting import with_awaiting
from cli.moments import as_of_option, known_at_option
from cli.options import PERIOD, dry_run_option, global_options
from cli.output import Column, Table, View, say, show
from cli.recorded import ledger_for
from cli.session import session

if TYPE_CHECKING:
    from datetime import date

    from ledger.settlement.statement import Account, Adjustment, Row, Statement
    from ledger.terms.comparing import Compared
    from ledger.values.figures import Figure
    from ledger.values.periods import Period

CAUSES_SHOWN = 4  #: references named per kind of event; the data in JSON have all


@click.command()
@click.argument("agreement")
@click.argument("period", type=PERIOD, required=False)
@click.option("--through", type=PERIOD, metavar="PERIOD", help="Close every open period up to this one.")
@dry_run_option
@global_options
def close(agreement: str, period: Period | None, through: Period | None, dry_run: bool) -> None:
    """Close a period and issue its statement: the next open one, or PERIOD.

    Everything recorded so far counts; where the terms say that silence accepts, so does what nobody answered in time.
    What is recorded later for this period changes nothing here; it becomes an adjustment in the next statement.

    \b
    Example:
      pactbook close acme-jot 2026-10 --as acme/ann
    """
    if through is not None and (period is not None or dry_run):
        raise click.UsageError("--through goes without a PERIOD and without --dry-run")
    silent = session().ledger.entries.accepted_by_silence(agreement)
    if through is not None:
        _close_through(agreement, through)
        _remark_silence(silent, f"{_was(silent)} accepted by silence")
        return
    made, new = ledger_for(dry_run).statements.close(agreement, period)
    if dry_run:
        say("nothing is closed: this is what would be issued")
        does = "does" if len(silent) == 1 else "do"
        _remark_silence(silent, f"would be accepted by silence first, and {does} not count here")
    else:
        _remark_silence(silent if new else [], f"{_was(silent)} accepted by silence")
        _tell(made, new)
    show(with_awaiting(_view(made), made, past=not new))


def _was(references: list[str]) -> str:
    return "was" if len(references) == 1 else "were"


def _remark_silence(references: list[str], said: str) -> None:
    """Say which entries silence accepts with a close."""
    if references:
        say(f"note: {_few(references)} {said}")


def _close_through(agreement: str, last: Period) -> None:
    closed = []
    for made, new in session().ledger.statements.close_through(agreement, last):
        _tell(made, new)
        closed.append(made)
    show(_closed_view(closed))


def _tell(made: Statement, new: bool) -> None:
    say(f"closed {made.id}" if new else f"{made.id} is closed already; nothing recorded")


def _closed_view(closed: list[Statement]) -> View:
    parties = sorted({account.party for made in closed for account in made.accounts})
    records = [
        {
            "period": made.period.key,
            "known_at": made.known_at,
            "pool": _plain(made, made.settlement.pool.pool),
            **{f"closing_{account.party}": _plain(made, account.closing) for account in made.accounts},
            "currency": made.terms.currency,
            "adjusted": " ".join(adjustment.period for adjustment in made.adjustments),
        }
        for made in closed
    ]
    columns = [Column("period"), Column("pool", True), *(Column(party, True) for party in parties), Column("adjusts")]
    rows = [
        [
            made.period.key,
            _shown(made, made.settlement.pool.pool),
            *(_shown(made, _closing_of(made, party)) for party in parties),
            ", ".join(adjustment.period for adjustment in made.adjustments),
        ]
        for made in closed
    ]
    currency = closed[0].terms.currency if closed else ""
    return View(records, records, [Table(columns, rows, f"Closed periods, closing balances in {currency}")])


def _closing_of(made: Statement, party: str) -> Figure | None:
    return next((account.closing for account in made.accounts if account.party == party), None)


@click.command()
@click.argument("agreement")
@click.argument("period", type=PERIOD, required=False)
@known_at_option
@as_of_option
@global_options
def statement(agreement: str, period: Period | None, known_at: int | None, as_of: date | None) -> None:
    """Show the statement of PERIOD: as it was issued, or as far as it is known now.

    Without PERIOD it is the one closed last. Amounts are what the venture owes a party; a negative
    closing balance is what the party owes. Every row ends with its figure, which `pactbook explain` follows
    down to clauses and entries. With --as-of nothing of later days counts: it is never the issued statement.

    \b
    Example:
      pactbook statement acme-jot 2026-10
      pactbook statement acme-jot 2026-10 --format json
      pactbook statement acme-jot 2026-10 --known-at 2026-11-15 --as-of 2026-10-17
    """
    if as_of is not None:
        session().look_back(agreement, known_at, as_of)
    from ledger.application.issued import issued

    made = issued(session().facts(agreement), period, known_at, session().day)
    past = made.sealed or known_at is not None
    show(with_awaiting(_view(made, as_of), made, as_of, past=past))


# --- views ----------------------------------------------------------------------------------------------


def _view(made: Statement, as_of: date | None = None) -> View:
    from ledger.settlement.canonical import statement_data

    if as_of is None:
        return View(envelope(made, statement_data(made)), _records(made), tables(made))
    data = {**statement_data(made), "as_of": as_of.isoformat()}
    records = [{**record, "as_of": as_of.isoformat()} for record in _records(made)]
    heading, *rest = tables(made)
    return View(data, records, [f"{heading}\nWith nothing of the days after {as_of}", *rest])


def envelope(made: Statement, data: dict[str, Any]) -> dict[str, Any]:
    """The statement's data with what its close recorded: the digest that seals it, the size and root of the book."""
    if not made.sealed:
        return data
    closings = session().facts(made.agreement).closings()
    closing = next((each for each in closings if each.period == made.period), None)
    if closing is None:  # a dry run: the statement as it would be issued
        return data
    seal = {"digest": closing.statement, "size": closing.cutoff_seq, "root": closing.root}
    return {**data, "seal": {**seal, "closed_at": closing.recorded_at.isoformat().replace("+00:00", "Z")}}


def _records(made: Statement) -> list[dict[str, Any]]:
    from ledger.settlement.canonical import figure_ids

    ids = figure_ids(made)
    return [
        {
            "statement": made.id,
            "account": f"{kind}.{account.name}" if account.name else kind,
            "party": account.party,
            "row": row.kind.value,
            "label": row.figure.label,
            "amount": _plain(made, row.figure),
            "currency": made.terms.currency,
            "clause": row.figure.clause,
            "figure": ids[id(row.figure)],
        }
        for kind, accounts in _all_accounts(made)
        for account in accounts
        for row in account.rows
    ]


def _all_accounts(made: Statement) -> tuple[tuple[str, tuple[Account, ...]], ...]:
    return ("current", made.accounts), ("capital", made.capital), ("reserve", made.reserves), ("advance", made.advances)


def tables(made: Statement) -> list[Table | str]:
    """The statement for people: heading, pool, accounts, adjustments with their causes."""
    found: list[Table | str] = [_heading(made), *_compared_tables(made), *_missing_rates(made), _pool_table(made)]
    found.append(_accounts_table(made, made.accounts, "Accounts"))
    if made.capital:
        found.append(_accounts_table(made, made.capital, "Capital"))
    if made.reserves:
        found.append(_accounts_table(made, made.reserves, "Reserve"))
    if made.advances:
        found.append(_advances_table(made))
    if made.adjustments:
        found.append(_adjustments_table(made))
    if _of_the_venture(made):
        found.append(_venture_table(made))
    if made.liabilities.value:
        found += _exposure_table(made)
    found.append(_footer(made))
    return found


def _heading(made: Statement) -> str:
    parties = ", ".join(f"{party} ({who.name})" for party, who in made.terms.parties.items())
    first = max(made.period.first, made.terms.starts_on)
    return "\n".join(
        (
            f"{made.title}",
            f"{_state(made)} of {made.period.key}, {first} to {made.period.last}, in {made.terms.currency}",
            f"Agreement {made.agreement} between {parties}",
            f"Terms {made.terms.digest[:12]}, as known at event {made.known_at}",
        )
    )


def _state(made: Statement) -> str:
    """What the statement is: issued, made anew under other knowledge, or not issued yet."""
    if made.sealed:
        return "Statement"
    closings = session().facts(made.agreement).closings()
    issued = next((each.cutoff_seq for each in closings if each.period == made.period), None)
    if issued is None:
        return "Draft statement (not issued)"
    return f"Statement made anew (issued as known at event {issued})"


def _pool_table(made: Statement) -> Table:
    settled = made.settlement
    rows = []
    costs = {id(settled.pool.costs), id(settled.pool.liabilities)}
    for line in settled.pool.lines:
        taken = line.clause.startswith(("pool.costs", "pool.liabilities")) or id(line) in costs
        label = line.label.replace("gain on exchange", "gain or loss on exchange", 1)
        rows.append([label, _shown(made, line, -1 if taken else 1), line.clause or "pool.results", line.name])
    if settled.available is not settled.pool.pool:
        before = settled.available.operands[1]
        rows.append([before.label, _shown(made, before, -1), before.clause, before.name])
        rows.append([settled.available.label, _shown(made, settled.available), "losses", settled.available.name])
    columns = (Column("Pool"), Column(made.terms.currency, True), Column("clause"), Column("figure"))
    return Table(columns, rows)


def _compared_tables(made: Statement) -> list[Table | str]:
    """What several parties reported of a metric, whose number counts, and what keeps the period open."""
    from ledger.settlement.canonical import figure_text

    rows = [
        [line.label, figure_text(line, made.terms.unit), line.clause, line.name]
        for compared in made.settlement.compared
        for line in compared.lines
    ]
    if not rows:
        return []
    columns = (Column("Reported"), Column("number", True), Column("clause"), Column("figure"))
    said = [_that_counts(each) for each in made.settlement.compared]
    said += [f"It cannot be closed. {why}" for why in made.stopped]
    return [Table(columns, rows, note="\n".join(said))]


def _missing_rates(made: Statement) -> list[Table | str]:
    """What keeps a draft from being closed, where rates of exchange are missing."""
    if not made.missing:
        return []
    said = [f"It cannot be closed: {each}; the newest rate before counts." for each in made.missing]
    return ["\n".join([*said, f"Record it: {made.missing[0].hint(made.agreement)}"])]


def _that_counts(compared: Compared) -> str:
    whose = "the average counts" if compared.counts == "average" else f"the number of {compared.counts} counts"
    if compared.counts == compared.authority:
        return f"{compared.metric}: {whose}."
    why = "they lie further apart than is tolerated" if compared.beyond else f"{compared.authority} reports none"
    return f"{compared.metric}: {whose}, as {why}."


def _accounts_table(made: Statement, accounts: tuple[Account, ...], title: str) -> Table:
    """Parties side by side: one row for what their accounts have in common."""
    keys, names = statement_rows.ordered(accounts, made.settlement), statement_rows.names_of_steps(made.settlement)
    cells = {(account.party, statement_rows.key(row.figure)): row for account in accounts for row in account.rows}
    rows, rules = [], set()
    for place, key in enumerate(keys):
        found = {account.party: cells.get((account.party, key)) for account in accounts}
        first = next(row for row in found.values() if row is not None)
        label = statement_rows.label(found, names)
        subtotal = first.kind.value == "subtotal"
        shown = [_shown(made, row.figure if row is not None else None) for row in found.values()]
        rows.append([f"= {label}" if subtotal else label, *shown, _clause(found), key])
        if first.kind.value in ("opening", "subtotal") or place == len(keys) - 2:
            rules.add(place)
    columns = [
        Column(title),
        *(Column(account.party, True) for account in accounts),
        Column("clause"),
        Column("figure"),
    ]
    return Table(columns, rows, rules=frozenset(rules))


def _advances_table(made: Statement) -> Table:
    """What is not recouped yet: a row for each account."""
    words = ("opening", "paid", "recouped", "adjustment", "closing")
    rows = []
    for account in made.advances:
        found = {row.figure.name.rpartition(".")[2]: row.figure for row in account.rows}
        shown = [_shown(made, found.get(word)) for word in words]
        rows.append([account.name, account.party, *shown, found["closing"].name.partition("/")[2]])
    titles = ("not recouped before", "paid", "recouped", "earlier periods", "not recouped")
    columns = [Column("Advances"), Column("party"), *(Column(title, True) for title in titles), Column("figure")]
    return Table(columns, rows)


def _clause(row: Mapping[str, Row | None]) -> str:
    """The clause of a row: where each party has its own (`retain.dee`, `retain.jan`), what they have in common."""
    cited = {party: each.figure.clause for party, each in row.items() if each is not None}
    first = next(iter(cited.values()))
    common = {clause.removesuffix(f".{party}") for party, clause in cited.items()}
    return common.pop() if len(cited) > 1 and len(common) == 1 else first


def _adjustments_table(made: Statement) -> Table:
    parties = [account.party for account in made.accounts]
    rows = []
    for adjustment in made.adjustments:
        amounts = [_shown(made, adjustment.net.get(party)) for party in parties]
        rows.append([adjustment.period, *amounts, *_causes(adjustment)])
    columns = (Column("Adjusted"), *(Column(party, True) for party in parties), Column("events"), Column("because of"))
    return Table(columns, rows)


def _causes(adjustment: Adjustment) -> tuple[str, str]:
    """How many events there were, and the references of each kind, the first few by name."""
    causes = adjustment.causes
    if not causes:
        return "", "follows from an earlier period that is adjusted"
    kinds: dict[str, list[str]] = {}
    for cause in causes:
        kinds.setdefault(cause.event, []).append(cause.reference)
    return str(len(causes)), "; ".join(f"{event} {_few(references)}" for event, references in kinds.items())


def _few(references: list[str]) -> str:
    more = len(references) - CAUSES_SHOWN
    named = ", ".join(references[:CAUSES_SHOWN])
    return f"{named} and {more} more" if more > 0 else named


def _of_the_venture(made: Statement) -> list[Figure]:
    return [figure for figure in (made.liabilities, made.loss, made.retained) if figure is not None and figure.value]


def _venture_table(made: Statement) -> Table:
    rows = [[figure.label, _shown(made, figure), figure.name] for figure in _of_the_venture(made)]
    return Table((Column("Venture"), Column(made.terms.currency, True), Column("figure")), rows)


def _exposure_table(made: Statement) -> list[Table | str]:
    """Who would bear what is outstanding."""
    from cli.liabilities import exposure_table
    from ledger.settlement.liabilities import liabilities_of

    known = session().facts(made.agreement).knowledge(made.known_at)
    return exposure_table(liabilities_of(known, made.period.last), "Liabilities", figures=False)


def _footer(made: Statement) -> str:
    party = made.accounts[0].party if made.accounts else "PARTY"
    return (
        "The figure column names each row; put the party before it.\n"
        f"Follow one: pactbook explain {made.agreement} {made.id.partition('/')[2]}/{party}/closing"
    )


def _shown(made: Statement, figure: Figure | None, sign: int = 1) -> str:
    from ledger.values.money import format_amount

    return "" if figure is None else format_amount(sign * figure.value, made.terms.unit, grouped=True)


def _plain(made: Statement, figure: Figure) -> str:
    from ledger.values.money import format_amount

    return format_amount(figure.value, made.terms.unit)
