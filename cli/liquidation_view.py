"""The account of a liquidation and the schedule of safe payments, as people and programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.derivation import figures_data, tree
from cli.output import Column, Table, View
from ledger.values.errors import Refused

if TYPE_CHECKING:
    from ledger.book.liquidation import Liquidation
    from ledger.book.winding_up import Account, Schedule
    from ledger.values.figures import Figure
    from ledger.values.money import Currency


def liquidation_view(state: Liquidation, reserve_minor: int, unit: Currency) -> View:
    """Where the liquidation stands, how it came there, and what is safe to pay now."""
    from ledger.book.liquidation import account
    from ledger.book.winding_up import safe_payments

    now = account(state)
    schedule = safe_payments(now, reserve_minor)
    figures = _figures(now, schedule)
    at = state.stream
    data: dict[str, Any] = {
        "agreement": at.partition("/")[0],
        "waits_for": list(state.waits_for),
        "liquidator": now.opened.liquidator,
        "deficiencies": now.opened.deficiencies,
        "steps": _steps(state, unit),
        "safe_payments": {party: _text(figure, unit) for party, figure in schedule.payments.items()},
        "figures": figures_data(at, list(figures.values()), unit),
    }
    head = f"liquidation of {data['agreement']} from {now.opened.effective_on}, by {now.opened.liquidator}"
    head += f"; waits for {' and '.join(state.waits_for)}" if state.waits_for else ""
    how = {"ratio": "by the profit ratio", "capitals": "by the capitals at the start"}[now.opened.deficiencies]
    told = f"{head}\nWhat an insolvent partner is short of is borne by the others {how}."
    return View(data, data["steps"], [told, _account_table(state, unit), _schedule_table(now, schedule, unit)])


def explained(state: Liquidation, reserve_minor: int, unit: Currency, name: str) -> View:
    """One figure of it as a tree. Raises `Refused` for a name that there is not."""
    from ledger.book.liquidation import account
    from ledger.book.winding_up import safe_payments

    now = account(state)
    figures = _figures(now, safe_payments(now, reserve_minor))
    if name not in figures:
        raise Refused(f"the liquidation has no figure {name!r}", f"it has {', '.join(figures)}")
    at = f"{state.stream}/{name}"
    data: dict[str, Any] = {"figure": at, "figures": figures_data(state.stream, [figures[name]], unit)}
    records = [{"figure": key, **each} for key, each in data["figures"].items()]
    return View(data, records, ["\n".join((at, *tree(figures[name], unit)))])


def _figures(account: Account, schedule: Schedule) -> dict[str, Figure]:
    """What can be asked for, by name."""
    from ledger.values.figures import add

    found = {f"{party}/payment": figure for party, figure in schedule.payments.items()}
    found |= {f"{party}/claim": figure for party, figure in account.claims().items()}
    for room, figures in (("capital", account.capital), ("loan", account.loans)):
        for party, figure in figures.items():
            found[f"{party}/{room}"] = add((figure,), f"{room} of {party} now", "", f"{party}/{room}")
    found["cash"] = add((account.cash,), "cash now", "", "cash")
    found["assets"], found["creditors"] = account.unsold(), account.debts()
    return found


def _moments(state: Liquidation) -> list[tuple[str, str, Account]]:
    """The account as it was opened and after each step: (day, what, account)."""
    from ledger.book.liquidation_events import LiquidationOpened
    from ledger.book.winding_up import after, opening

    assert isinstance(state.opened, LiquidationOpened)
    now = opening(state.opened)
    found = [(state.opened.effective_on.isoformat(), "opening", now)]
    for step in state.live:
        now = after(now, step)
        found.append((step.effective_on.isoformat(), step.reference, now))
    return found


def _steps(state: Liquidation, unit: Currency) -> list[dict[str, Any]]:
    return [
        {
            "on": day, "step": what, "cash": _text(now.cash, unit), "assets": _text(now.unsold(), unit),
            "creditors": _text(now.debts(), unit),
            **{f"loan.{party}": _text(figure, unit) for party, figure in now.loans.items()},
            **{f"capital.{party}": _text(figure, unit) for party, figure in now.capital.items()},
        }
        for day, what, now in _moments(state)
    ]  # fmt: skip


def _account_table(state: Liquidation, unit: Currency) -> Table:
    records = _steps(state, unit)
    names = list(records[0])
    columns = [Column(name.replace(".", " ").capitalize(), name not in ("on", "step")) for name in names]
    rows = [[_grouped(record[name], unit) if name not in ("on", "step") else record[name] for name in names]
            for record in records]  # fmt: skip
    return Table(columns, rows, title="Account", note=f"In {unit.code}. Cash and assets are what the rest is together.")


def _schedule_table(account: Account, schedule: Schedule, unit: Currency) -> Table:
    from ledger.settlement.canonical import figure_text
    from ledger.values.money import format_amount

    columns = (Column("Safe payments"), *(Column(party, True) for party in account.parties()))
    lines = [*schedule.lines, ("safe to pay", schedule.payments)]
    rows = [
        [what, *(format_amount(figures[party].value, unit, grouped=True) for party in account.parties())]
        for what, figures in lines
    ]
    free, loss = (figure_text(figure, unit) for figure in (schedule.available, schedule.loss))
    note = f"Cash that is free: {free}; what may still be lost: {loss}."
    return Table(columns, rows, rules=frozenset({len(rows) - 2}), note=note)


def _text(figure: Figure, unit: Currency) -> str:
    from ledger.values.money import format_amount

    return format_amount(figure.value, unit)


def _grouped(text: str, unit: Currency) -> str:
    from ledger.values.money import format_amount, parse_amount

    return format_amount(parse_amount(text, unit), unit, grouped=True)
