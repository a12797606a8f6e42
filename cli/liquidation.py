"""`pactbook liquidation`: wind a partnership up, from the opening balances until all is paid out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.liquidation_view import explained, liquidation_view
from cli.moments import as_of_option, seen_at_option
from cli.options import AMOUNT, DATE, SLUG, CommandWithAmounts, dry_run_option, global_options
from cli.output import show
from cli.partner_options import AMOUNTS, RATIOS, amounts_minor
from cli.recorded import ledger_for, show_recorded
from cli.session import session

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from ledger.book.events import Event
    from ledger.values.money import Currency


@click.group()
@global_options
def liquidation() -> None:
    """Wind a partnership up: realise, pay creditors, distribute what is safe.

    A party proposes the opening balances, the rules and a liquidator; when every partner has accepted, the
    liquidator records each step under a REFERENCE of its own. Gains and losses go by the profit ratio. Creditors come
    first, then partners' loans, then capital; a partner is never paid what it might have to give back.
    """


_ON = click.option("--on", type=DATE, metavar="DATE", required=True, help="The day it belongs to.")
_NOTE = click.option("--note", metavar="TEXT", help="A remark that stays with it.")
_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")


def _step(command: Callable[..., None]) -> Callable[..., None]:
    """What every step takes."""
    for option in (global_options, dry_run_option, _NOTE, _ON):
        command = option(command)
    return command


# --- agreeing -------------------------------------------------------------------------------------------


@liquidation.command("open")
@click.argument("agreement")
@click.option("--liquidator", type=SLUG, metavar="PARTY", required=True, help="Who records the steps.")
@click.option("--ratio", type=RATIOS, metavar="PARTY=PART,...", required=True, help="How gains and losses are shared.")
@click.option(
    "--deficiencies",
    type=click.Choice(["ratio", "capitals"]),
    required=True,
    help="How the others bear what an insolvent partner is short of: by the ratio, or by the capitals at "
    "the start (Garner v Murray).",
)
@click.option("--assets", type=AMOUNTS, metavar="NAME=AMOUNT,...", help="What there is besides cash, at book value.")
@click.option("--creditors", type=AMOUNTS, metavar="NAME=AMOUNT,...", help="What outsiders are owed.")
@click.option("--loans", type=AMOUNTS, metavar="PARTY=AMOUNT,...", help="What partners are owed besides their capital.")
@click.option(
    "--capital",
    type=AMOUNTS,
    metavar="PARTY=AMOUNT,...",
    help="The capital of each [default: as the book has it that day].",
)
@click.option("--cash", type=AMOUNT, metavar="AMOUNT", required=True, help="The cash there is.")
@_step
def open_(
    agreement: str, liquidator: str, ratio: dict[str, Fraction], deficiencies: str, assets: dict[str, str] | None,
    creditors: dict[str, str] | None, loans: dict[str, str] | None, capital: dict[str, str] | None, cash: str, on: date,
    note: str | None, dry_run: bool,
) -> None:  # fmt: skip
    """Propose to wind up, from these balances. Cash and assets are what creditors, loans and capital are.

    \b
    Example:
      pactbook liquidation open dbr --liquidator daniels --ratio daniels=2,burton=1,ramariz=1 --deficiencies ratio \\
        --cash 9500.00 --assets plant=84000.00 --creditors bank=30000.00 --on 2026-12-31
    """
    unit = _unit(agreement)
    events = ledger_for(dry_run).liquidations.open(
        agreement, on=on, liquidator=liquidator, ratio={party: str(part) for party, part in ratio.items()},
        deficiencies=deficiencies, assets_minor=amounts_minor(assets, unit) or {},
        creditors_minor=amounts_minor(creditors, unit) or {}, loans_minor=amounts_minor(loans, unit) or {},
        capital=amounts_minor(capital, unit), cash_minor=_minor(cash, unit), note=note,
    )  # fmt: skip
    others = " and ".join(party for party in sorted(ratio) if party != session().ledger.actor.partition("/")[0])
    _show(agreement, events, f"; waits for {others}")


@liquidation.command()
@click.argument("agreement")
@dry_run_option
@global_options
def accept(agreement: str, dry_run: bool) -> None:
    """Say yes to the opening balances and rules.

    \b
    Example:
      pactbook liquidation accept dbr --as burton/max
    """
    from ledger.book.liquidation import evolve

    ledger = ledger_for(dry_run)
    state = ledger.liquidations.state(agreement)
    events = ledger.liquidations.accept(agreement)
    for event in events:
        state = evolve(state, event)
    more = f"; waits for {' and '.join(state.waits_for)}" if state.waits_for else "; it is under way"
    _show(agreement, events, more)


@liquidation.command()
@click.argument("agreement")
@_REASON
@dry_run_option
@global_options
def decline(agreement: str, reason: str, dry_run: bool) -> None:
    """Say no to the opening, or withdraw it; another one can be proposed.

    \b
    Example:
      pactbook liquidation decline dbr --reason "the loan of burton is missing" --as burton/max
    """
    _show(agreement, ledger_for(dry_run).liquidations.decline(agreement, reason))


# --- steps ----------------------------------------------------------------------------------------------


@liquidation.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("asset", type=SLUG)
@click.argument("proceeds", type=AMOUNT)
@click.option("--book", type=AMOUNT, metavar="AMOUNT", help="What the sold part stood at [default: all that is left].")
@_step
def realise(
    agreement: str, reference: str, asset: str, proceeds: str, book: str | None, on: date, note: str | None,
    dry_run: bool,
) -> None:  # fmt: skip
    """Record that ASSET, or a part of it, was sold for PROCEEDS.

    \b
    Example:
      pactbook liquidation realise dbr SALE-1 plant 54000.00 --on 2027-01-20
      pactbook liquidation realise abc SALE-2 stock 51000.00 --book 66000.00 --on 2027-01-31
    """
    from ledger.book.liquidation_events import AssetRealised

    unit = _unit(agreement)
    stood_at = _left(agreement, "assets", reference, asset) if book is None else _minor(book, unit)
    _record(
        agreement, AssetRealised, dry_run, reference=reference, asset=asset, book_minor=stood_at,
        proceeds_minor=_minor(proceeds, unit), effective_on=on, note=note,
    )  # fmt: skip


@liquidation.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("category", type=SLUG)
@click.argument("amount", type=AMOUNT)
@_step
def expense(
    agreement: str, reference: str, category: str, amount: str, on: date, note: str | None, dry_run: bool
) -> None:
    """Record a cost of winding up that was paid.

    \b
    Example:
      pactbook liquidation expense abc EXP-1 auctioneer 2000.00 --on 2027-01-31
    """
    from ledger.book.liquidation_events import LiquidationExpensePaid

    _record(
        agreement, LiquidationExpensePaid, dry_run, reference=reference, category=category,
        amount_minor=_minor(amount, _unit(agreement)), effective_on=on, note=note,
    )  # fmt: skip


@liquidation.command("pay-creditor", cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("creditor", type=SLUG)
@click.argument("amount", type=AMOUNT)
@click.option("--settles", type=AMOUNT, metavar="AMOUNT", help="What of the debt it settles [default: what is paid].")
@_step
def pay_creditor(
    agreement: str, reference: str, creditor: str, amount: str, settles: str | None, on: date, note: str | None,
    dry_run: bool,
) -> None:  # fmt: skip
    """Record that CREDITOR was paid AMOUNT. What it lets off is a gain of the partners.

    \b
    Example:
      pactbook liquidation pay-creditor abc BANK-1 bank 50000.00 --settles 53000.00 --on 2027-01-31
    """
    from ledger.book.liquidation_events import CreditorPaid

    paid = _minor(amount, _unit(agreement))
    owed = paid if settles is None else _minor(settles, _unit(agreement))
    _record(
        agreement, CreditorPaid, dry_run, reference=reference, creditor=creditor, owed_minor=owed, paid_minor=paid,
        effective_on=on, note=note,
    )  # fmt: skip


@liquidation.command("pay-in", cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("party", type=SLUG)
@click.argument("amount", type=AMOUNT)
@_step
def pay_in(agreement: str, reference: str, party: str, amount: str, on: date, note: str | None, dry_run: bool) -> None:
    """Record that PARTY paid in what its capital is short of.

    \b
    Example:
      pactbook liquidation pay-in dbr DEF-1 burton 3000.00 --on 2027-02-10
    """
    from ledger.book.liquidation_events import DeficiencyPaid

    _record(
        agreement, DeficiencyPaid, dry_run, reference=reference, party=party,
        amount_minor=_minor(amount, _unit(agreement)), effective_on=on, note=note,
    )  # fmt: skip


@liquidation.command()
@click.argument("agreement")
@click.argument("reference")
@click.argument("party", type=SLUG)
@_step
def insolvent(agreement: str, reference: str, party: str, on: date, note: str | None, dry_run: bool) -> None:
    """Record that PARTY cannot pay what its capital is short of: the others bear it, as the opening says.

    \b
    Example:
      pactbook liquidation insolvent dbr DEF-1 burton --on 2027-02-10
    """
    from ledger.book.liquidation_events import DeficiencyShared

    _record(agreement, DeficiencyShared, dry_run, reference=reference, party=party, effective_on=on, note=note)


@liquidation.command()
@click.argument("agreement")
@click.argument("reference")
@click.option("--reserve", type=AMOUNT, metavar="AMOUNT", required=True, help="Held back for expenses to come.")
@_step
def distribute(agreement: str, reference: str, reserve: str, on: date, note: str | None, dry_run: bool) -> None:
    """Pay the partners what is safe: what each could keep if everything unsold brought nothing.

    \b
    Example:
      pactbook liquidation distribute abc PAY-1 --reserve 10000.00 --on 2027-01-31
      pactbook liquidation distribute abc PAY-2 --reserve 0 --on 2027-03-31 --dry-run
    """
    events = ledger_for(dry_run).liquidations.distribute(
        agreement, reference=reference, reserve_minor=_minor(reserve, _unit(agreement)), effective_on=on, note=note
    )
    _show(agreement, events)


@liquidation.command()
@click.argument("agreement")
@click.argument("reference")
@_REASON
@dry_run_option
@global_options
def void(agreement: str, reference: str, reason: str, dry_run: bool) -> None:
    """Take the step REFERENCE back, as long as nothing was distributed after it.

    \b
    Example:
      pactbook liquidation void abc SALE-2 --reason "the buyer withdrew"
    """
    _show(agreement, ledger_for(dry_run).liquidations.void(agreement, reference, reason))


# --- looking --------------------------------------------------------------------------------------------


@liquidation.command("show")
@click.argument("agreement")
@click.option("--reserve", type=AMOUNT, metavar="AMOUNT", default="0", help="Hold this back for expenses [default: 0].")
@click.option("--explain", metavar="FIGURE", help="How a figure came about, such as burton/payment.")
@seen_at_option
@as_of_option
@global_options
def show_(agreement: str, reserve: str, explain: str | None, as_of: date | None) -> None:
    """Show the account of the liquidation, and what is safe to pay now.

    FIGURE is one of PARTY/payment, PARTY/claim, PARTY/capital, PARTY/loan, cash, assets, creditors.

    \b
    Example:
      pactbook liquidation show abc
      pactbook liquidation show abc --reserve 10000.00 --explain burton/payment
    """
    unit = _unit(agreement)
    state = session().ledger.liquidations.state(agreement, as_of=as_of)
    minor = _minor(reserve, unit)
    show(liquidation_view(state, minor, unit) if explain is None else explained(state, minor, unit, explain))


# --- helpers --------------------------------------------------------------------------------------------


def _record(agreement: str, kind: Any, dry_run: bool, **content: Any) -> None:
    _show(agreement, ledger_for(dry_run).liquidations.record(agreement, kind, **content))


def _show(agreement: str, events: list[Event], more: str = "") -> None:
    from projections.liquidation_summaries import liquidation_summary

    code = _unit(agreement).code
    show_recorded(events, [f"{liquidation_summary(event, code)}{more}" for event in events])


def _left(agreement: str, what: str, reference: str, name: str) -> int:
    """What is left of an asset: all of it is sold. The same step again sells what it sold."""
    from ledger.book.liquidation import account
    from ledger.book.liquidation_events import AssetRealised

    state = session().ledger.liquidations.state(agreement)
    for step in state.steps:
        if step.reference == reference and isinstance(step, AssetRealised) and step.asset == name:
            return step.book_minor
    left = getattr(account(state), what)
    return int(left[name].minor) if name in left else 1


def _unit(agreement: str) -> Currency:
    return session().ledger.terms(agreement).unit


def _minor(text: str, unit: Currency) -> int:
    from ledger.values.money import parse_amount

    return parse_amount(text, unit)
