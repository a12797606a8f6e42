"""`pactbook payout`: payments between parties, from the balance that asks for them to the day the money arrived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, seen_at_option
from cli.options import DATE, PERIOD, dry_run_option, global_options
from cli.output import Column, Table, View, show
from cli.recorded import ledger_for, show_recorded
from cli.session import session

if TYPE_CHECKING:
    from ledger.application.payouts import Standing
    from ledger.book.events import Event
    from ledger.settlement.payable import Payable, Plan
    from ledger.values.money import Currency
    from ledger.values.periods import Period

STATUSES = ("proposed", "approved", "sent", "settled", "failed", "reversed")


@click.group()
@global_options
def payout() -> None:
    """Propose, approve and settle payments between parties.

    A payout is proposed from the balances of the last statement, approved by a second person, sent by the
    payer, and settled when the money has arrived. Accounts change then, and not before.
    """


def _several(command: Callable[..., None]) -> Callable[..., None]:
    """The agreement, and one payout or several: what is refused for one is recorded for none."""
    named = click.argument("payouts", metavar="PAYOUT...", nargs=-1, required=True)(command)
    return click.argument("agreement")(named)


_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")
_ON = click.option("--on", type=DATE, metavar="DATE", help="The day on which the money moved [default: today].")
_BANK = click.option("--reference", metavar="TEXT", help="The bank's reference for the payment.")


# --- proposing ------------------------------------------------------------------------------------------


@payout.command()
@click.argument("agreement")
@dry_run_option
@global_options
def propose(agreement: str, dry_run: bool) -> None:
    """Propose the payments that settle what is payable after the last close.

    Payable is what a party is owed whatever becomes of payouts under way and of open disputes. Asking twice
    proposes nothing twice.

    \b
    Example:
      pactbook payout propose acme-jot --as acme/ann
      pactbook payout propose acme-jot --as acme/ann --dry-run
    """
    ledger = ledger_for(dry_run)
    plan = ledger.payouts.plan(agreement)
    events = ledger.payouts.propose(agreement)
    show_recorded(events, [_proposed(event) for event in events], [_plan_table(agreement, plan)])


def _proposed(event: Event) -> str:
    from ledger.book.events import PayoutProposed

    assert isinstance(event, PayoutProposed)
    who = f"{event.payer} pays {event.payee} {_money(event.amount_minor, event.currency)}"
    return f"proposed {event.stream.rpartition('/')[2]}: {who} by {event.due_on}"


def _plan_table(agreement: str, plan: Plan) -> Table:
    """Each party's way from its balance to what it is paid now."""
    unit = session().ledger.terms(agreement).unit
    headings = ("balance", "under way", "in dispute", "payable", "paid now", "waits")
    rows = []
    for found in plan.payables:
        amounts = (
            found.balance, found.in_flight, found.held, found.payable,
            plan.paid_minor(found.party), plan.waiting_minor(found),
        )  # fmt: skip
        rows.append([found.party, *(_shown(minor, unit) for minor in amounts), _why(plan, found, unit)])
    columns = (Column("Party"), *(Column(heading, True) for heading in headings), Column("because"))
    note = f"In {unit.code}. Balances are what the venture owes a party; a negative one is what the party owes."
    return Table(columns, rows, note=note)


def _why(plan: Plan, found: Payable, unit: Currency) -> str:
    """Why not all of a balance is paid now."""
    reasons = []
    if found.in_flight:
        reasons.append("payouts under way")
    if found.held:
        reasons.append("open disputes")
    if plan.is_below_minimum(found):
        reasons.append(f"below the minimum of {_shown(plan.minimum_minor, unit)}")
    elif plan.waiting_minor(found) > 0:
        reasons.append("the others owe less than is due")
    elif plan.waiting_minor(found) < 0:
        reasons.append("nobody is due it now")
    return "; ".join(reasons)


# --- what becomes of it ---------------------------------------------------------------------------------


@payout.command()
@_several
@click.option("--note", metavar="TEXT", help="A remark that stays with it.")
@dry_run_option
@global_options
def approve(agreement: str, payouts: tuple[str, ...], note: str | None, dry_run: bool) -> None:
    """Approve payments that somebody else proposed.

    \b
    Example:
      pactbook payout approve acme-jot 2026-10-1 --as acme/ben
    """
    _show(agreement, ledger_for(dry_run).payouts.approve(agreement, payouts, note), "approved {}: {} pays {} {}")


@payout.command()
@_several
@_ON
@_BANK
@dry_run_option
@global_options
def send(agreement: str, payouts: tuple[str, ...], on: date | None, reference: str | None, dry_run: bool) -> None:
    """Say that the payer has ordered the payments.

    \b
    Example:
      pactbook payout send acme-jot 2026-10-1 --on 2026-11-27 --reference "SEPA 7731" --as acme/ben
    """
    ledger, day = ledger_for(dry_run), _day(on)
    events = ledger.payouts.send(agreement, payouts, day, reference)
    _show(agreement, events, f"sent {{}}: {{}} ordered to pay {{}} {{}} on {day}")


@payout.command()
@_several
@_ON
@_BANK
@dry_run_option
@global_options
def settle(agreement: str, payouts: tuple[str, ...], on: date | None, reference: str | None, dry_run: bool) -> None:
    """Say that the money has arrived: from that day both accounts show it.

    \b
    Example:
      pactbook payout settle acme-jot 2026-10-1 --on 2026-11-30 --reference "SEPA 7731" --as jot/leo
    """
    ledger, day = ledger_for(dry_run), _day(on)
    events = ledger.payouts.settle(agreement, payouts, day, reference)
    _show(agreement, events, f"settled {{}}: {{}} paid {{}} {{}}, arrived on {day}")


@payout.command()
@_several
@_REASON
@dry_run_option
@global_options
def fail(agreement: str, payouts: tuple[str, ...], reason: str, dry_run: bool) -> None:
    """Say that the money will not arrive, or call the payments off. What they covered can be proposed again.

    \b
    Example:
      pactbook payout fail acme-jot 2026-10-1 --reason "the account was closed" --as acme/ben
    """
    events = ledger_for(dry_run).payouts.fail(agreement, payouts, reason)
    _show(agreement, events, "called off {}: {} does not pay {} {} by it")


@payout.command()
@_several
@_ON
@_REASON
@dry_run_option
@global_options
def reverse(agreement: str, payouts: tuple[str, ...], on: date | None, reason: str, dry_run: bool) -> None:
    """Say that the money went back after it had arrived: both accounts are as before, from that day.

    \b
    Example:
      pactbook payout reverse acme-jot 2026-10-1 --on 2026-12-02 --reason "recalled by the bank" --as jot/leo
    """
    ledger, day = ledger_for(dry_run), _day(on)
    events = ledger.payouts.reverse(agreement, payouts, day, reason)
    _show(agreement, events, f"reversed {{}}: what {{}} paid {{}} went back, {{}} on {day}")


def _day(given: date | None) -> date:
    return session().ledger.today if given is None else given


def _show(agreement: str, events: list[Event], line: str) -> None:
    """A line per payout, of its name, payer, payee and amount."""
    orders = {each.state.stream: each for each in session().ledger.payouts.standings(agreement)} if events else {}
    lines = []
    for event in events:
        found = orders[event.stream]
        money = _money(found.order.amount_minor, found.order.currency)
        lines.append(line.format(found.state.payout_id, found.order.payer, found.order.payee, money))
    show_recorded(events, lines)


# --- listing --------------------------------------------------------------------------------------------


@payout.command("list")
@click.argument("agreement")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only these (may be repeated).")
@click.option("--overdue", is_flag=True, help="Only those that are not settled though their day has come.")
@click.option("--period", type=PERIOD, metavar="PERIOD", help="Only those that settle the statement of a period.")
@seen_at_option
@as_of_option
@global_options
def list_(agreement: str, status: tuple[str, ...], overdue: bool, period: Period | None, as_of: date | None) -> None:
    """List payouts: where each stands, how long it is overdue, who has to act next.

    With --as-of as each stood at the end of that day: what was sent, settled or reversed later is left out.

    \b
    Example:
      pactbook payout list acme-jot --overdue
      pactbook payout list acme-jot --status proposed --format json
    """
    found = [
        each
        for each in session().ledger.payouts.standings(agreement, as_of)
        if (not status or each.state.status.value in status)
        and (not overdue or each.overdue_days)
        and (period is None or each.order.period == period.key)
    ]
    records = [_record(each) for each in found]
    show(View(records, records, [_table(found)] if found else ["no such payouts"], HEADINGS))


HEADINGS = (
    "payout", "period", "status", "payer", "payee", "amount", "currency", "due_on", "overdue_days", "next", "next_by",
    "proposed_by", "sent_on", "sent_reference", "settled_on", "settled_reference", "reversed_on",
)  # fmt: skip


def _record(found: Standing) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount

    state, order = found.state, found.order
    return {
        "payout": state.payout_id,
        "period": order.period,
        "status": state.status.value,
        "payer": order.payer,
        "payee": order.payee,
        "amount": format_amount(order.amount_minor, currency(order.currency)),
        "currency": order.currency,
        "due_on": order.due_on.isoformat(),
        "overdue_days": found.overdue_days,
        "next": found.step or None,
        "next_by": " ".join(found.by) or None,
        "proposed_by": state.proposer,
        "sent_on": _iso(state.sent.effective_on if state.sent else None),
        "sent_reference": state.sent.reference if state.sent else None,
        "settled_on": _iso(state.settled.effective_on if state.settled else None),
        "settled_reference": state.settled.reference if state.settled else None,
        "reversed_on": _iso(state.reversed_on),
    }


def _table(found: list[Standing]) -> Table:
    rows = [
        [
            each.state.payout_id,
            each.state.status.value,
            each.order.payer,
            each.order.payee,
            _money(each.order.amount_minor, each.order.currency),
            each.order.due_on.isoformat(),
            f"{each.overdue_days} {'day' if each.overdue_days == 1 else 'days'}" if each.overdue_days else "",
            _next(each),
        ]
        for each in found
    ]
    columns = (
        Column("Payout"), Column("status"), Column("payer"), Column("payee"), Column("amount", True), Column("due"),
        Column("overdue", True), Column("next"),
    )  # fmt: skip
    return Table(columns, rows)


def _next(found: Standing) -> str:
    """The next step, and who may take it: to approve takes a second person."""
    if not found.step:
        return ""
    able = " or ".join(found.by) or "nobody that the terms name"
    return f"{found.step}: {able}" + (f", not {found.state.proposer}" if found.step == "approve" else "")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _shown(minor: int, unit: Currency) -> str:
    from ledger.values.money import format_amount

    return format_amount(minor, unit, grouped=True)


def _money(minor: int, code: str) -> str:
    from ledger.values.money import currency, format_money

    return format_money(minor, currency(code))
