"""`pactbook balance`: who owes whom, by the last statement and by what is known up to a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option
from cli.options import global_options
from cli.output import Column, Table, View, show
from cli.session import session

if TYPE_CHECKING:
    from ledger.settlement.statement import Statement
    from ledger.values.money import Currency
    from projections.owing import Balance, Balances

SCHEMA = "pactbook/balance/1"


@click.command()
@click.argument("agreement")
@as_of_option
@known_at_option
@global_options
def balance(agreement: str, as_of: date | None, known_at: int | None) -> None:
    """Show who owes whom now.

    First what follows from the last statement: its closing balances, what has been paid since, what is under
    way or in dispute, and what can be paid. Then the draft: where the parties stand with everything that belongs
    to the days up to --as-of (default: today), the open period included.

    \b
    Example:
      pactbook balance acme-jot
      pactbook balance acme-jot --as-of 2026-10-17
      pactbook balance acme-jot --known-at 120
    """
    from ledger.values.periods import Perspective
    from projections.owing import owing

    tables, seen = session().tables(agreement), Perspective(as_of, known_at)
    show(_view(owing(tables, agreement, session().day, seen)))


HEADINGS = (
    "agreement", "as_of", "known_at", "statement", "party", "closing", "paid_since", "balance", "under_way",
    "in_dispute", "payable", "draft", "currency",
)  # fmt: skip


def _view(found: Balances) -> View:
    unit = found.draft.terms.unit
    statement = None if found.last is None else found.last.period.key
    seen = {
        "agreement": found.book,
        "as_of": found.as_of.isoformat(),
        "known_at": found.known_at,
        "statement": statement,
    }
    parties = [_party(each, unit) for each in found.balances]
    data = {
        "schema": SCHEMA,
        **seen,
        "draft": found.draft.period.key,
        "currency": unit.code,
        "parties": parties,
        "owed": [] if found.last is None else _owed(_issued(found), unit),
        "owed_by_draft": _owed(_drafted(found), unit),
    }
    records = [{**seen, **each, "currency": unit.code} for each in parties]
    return View(data, records, list(_tables(found, unit)), HEADINGS)


def _party(each: Balance, unit: Currency) -> dict[str, Any]:
    """A party's amounts; what there is no statement for is null."""
    from ledger.values.money import format_amount

    payable = each.payable
    amounts = (
        (None,) * 6
        if payable is None
        else (payable.closing, payable.paid, payable.balance, payable.in_flight, payable.held, payable.payable)
    )
    names = ("closing", "paid_since", "balance", "under_way", "in_dispute", "payable")
    shown = {
        name: None if minor is None else format_amount(minor, unit) for name, minor in zip(names, amounts, strict=True)
    }
    return {"party": each.party, **shown, "draft": format_amount(each.draft_minor, unit)}


def _issued(found: Balances) -> dict[str, int]:
    return {each.party: each.payable.balance for each in found.balances if each.payable is not None}


def _drafted(found: Balances) -> dict[str, int]:
    return {each.party: each.draft_minor for each in found.balances}


def _owed(balances: Mapping[str, int], unit: Currency) -> list[dict[str, str]]:
    from ledger.settlement.payable import settling
    from ledger.values.money import format_amount

    return [
        {"from": each.payer, "to": each.payee, "amount": format_amount(each.amount_minor, unit)}
        for each in settling(balances)
    ]


# --- for people -----------------------------------------------------------------------------------------


def _tables(found: Balances, unit: Currency) -> Iterator[Table | str]:
    known = "" if found.known_at == found.newest else f", as known at event {found.known_at}"
    if found.last is None:
        yield f"No statement of {found.book} is issued yet{known}."
    else:
        yield _issued_table(found, unit, known)
        said = _sentence(_issued(found), unit, found.draft)
        yield f"By the statement of {found.last.period} and what was paid since, {said}."
    yield _draft_table(found, unit)
    yield f"Up to {found.as_of}, {_sentence(_drafted(found), unit, found.draft)}."


def _issued_table(found: Balances, unit: Currency, known: str) -> Table:
    assert found.last is not None
    rows = []
    for each in found.balances:
        if each.payable is not None:
            free = each.payable
            amounts = free.closing, free.paid, free.balance, free.in_flight, free.held, free.payable
            rows.append([each.party, *(_shown(minor, unit) for minor in amounts)])
    headings = ("closing", "paid since", "balance", "under way", "in dispute", "payable")
    title = f"{found.book}, statement of {found.last.period}, in {unit.code}{known}"
    return Table((Column("Party"), *(Column(heading, True) for heading in headings)), rows, title)


def _draft_table(found: Balances, unit: Currency) -> Table:
    """What has come in that the last statement does not show, and the balance with it."""
    title = f"{found.draft.period} up to {found.as_of}, as far as it is known, in {unit.code}"
    if found.last is not None and found.draft.period.first <= found.last.period.first:
        rows = [[each.party, _shown(each.draft_minor, unit)] for each in found.balances]
        return Table((Column("Party"), Column("balance then", True)), rows, title)
    issued, rows = _issued(found), []
    for each in found.balances:
        balance = issued.get(each.party, 0)
        amounts = balance, each.draft_minor - balance, each.draft_minor
        rows.append([each.party, *(_shown(minor, unit) for minor in amounts)])
    columns = (Column("Party"), Column("balance", True), Column("not yet closed", True), Column("draft", True))
    return Table(columns, rows, title)


def _sentence(balances: Mapping[str, int], unit: Currency, made: Statement) -> str:
    """Who owes whom: `acme owes jot 4,540.00 EUR`; and what stays with the venture, by the reasons a statement has."""
    from ledger.settlement.payable import settling
    from ledger.values.money import format_money
    from ledger.values.text import listed

    owed: dict[str, list[str]] = {}
    left = dict(balances)
    for each in settling(balances):
        owed.setdefault(each.payer, []).append(f"{each.payee} {format_money(each.amount_minor, unit)}")
        left[each.payer] += each.amount_minor
        left[each.payee] -= each.amount_minor
    said = [f"{payer} owes {listed(payees)}" for payer, payees in owed.items()]
    for party, minor in sorted(left.items()):
        if minor > 0:
            said.append(f"{party} is due {format_money(minor, unit)} out of {_out_of(made)}")
        elif minor < 0:
            said.append(f"{party} holds {format_money(-minor, unit)} for {_held_for(made)}")
    return "; ".join(said) or "nobody owes anything"


def _out_of(made: Statement) -> str:
    retained = made.retained.value if made.retained is not None else 0
    said = ["later pools (a loss carried forward)"] if made.loss.value or retained >= 0 else []
    return " and ".join([*said, "the capital that bears losses"] if retained < 0 else said)


def _held_for(made: Statement) -> str:
    retained = made.retained.value if made.retained is not None else 0
    said = ["liabilities outstanding"] if made.liabilities.value or retained <= 0 else []
    return " and ".join([*said, "what is retained as capital"] if retained > 0 else said)


def _shown(minor: int, unit: Currency) -> str:
    from ledger.values.money import format_amount

    return format_amount(minor, unit, grouped=True)
