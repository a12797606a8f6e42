"""`pactbook record`: one fact at a time, under the reporter's own reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import (
    AMOUNT,
    DATE,
    QUANTITY,
    SLUG,
    CommandWithAmounts,
    dry_run_option,
    evidence_options,
    global_options,
)
from cli.recorded import awaits, digests_of, ledger_for, remark_unknown, show_recorded
from cli.session import session

if TYPE_CHECKING:
    from ledger.book.entry import Entry
    from ledger.book.events import Event, Fact, LiabilityPart


@click.group()
@global_options
def record() -> None:
    """Record what happened: results, costs, liabilities, capital, advances.

    REFERENCE is your own name for the fact, such as an invoice number: recording the same twice changes
    nothing, other content under the same reference is refused. --on is the day the fact belongs to.
    """


@dataclass(frozen=True, slots=True)
class _Details:
    """What every fact may have besides its content."""

    on: date
    currency: str | None
    note: str | None
    note_private: str | None
    original: str | None
    evidence: tuple[Path, ...]
    digest_only: bool
    dry_run: bool


def _detailed(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every fact, handed to the command as `details`."""

    @wraps(command)
    def run(**given: Any) -> None:
        details = _Details(**{name: given.pop(name) for name in _Details.__slots__})
        command(**given, details=details)

    for option in reversed(_DETAILS):
        run = option(run)
    return run


_ON = click.option("--on", type=DATE, metavar="DATE", required=True, help="The day it belongs to.")
_DETAILS: tuple[Callable[..., Any], ...] = (
    _ON,
    click.option("--currency", metavar="CODE", help="The currency [default: the agreement's]."),
    click.option("--note", metavar="TEXT", help="A remark that stays with it."),
    click.option("--note-private", metavar="TEXT",
                 help="A remark that can be erased: the book holds its salted digest."),
    click.option("--original", metavar="TEXT", help="The amount as the document has it, before conversion."),
    evidence_options,
    dry_run_option,
    global_options,
)  # fmt: skip


# --- facts ----------------------------------------------------------------------------------------------


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("metric", type=SLUG)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--quantity", type=QUANTITY, metavar="NUMBER", help="How many, with up to six decimals.")
@click.option("--collected-by", type=SLUG, metavar="PARTY", help="The party that holds the money.")
@_detailed
def result(
    agreement: str,
    reference: str,
    metric: str,
    amount: str | None,
    quantity: int | None,
    collected_by: str | None,
    details: _Details,
) -> None:
    """Record a result: an amount of money, a --quantity, or both. A refund has a negative amount.

    \b
    Example:
      pactbook record result acme-jot INV-1 sales 1234.50 --on 2026-10-03 --collected-by acme
      pactbook record result acme-jot INV-1-R sales -50.00 --on 2026-10-09 --collected-by acme
      pactbook record result acme-jot S-1 signups --quantity 30 --on 2026-10-31
    """
    from ledger.book.events import Result

    if amount is None and collected_by is not None:
        raise click.UsageError("--collected-by needs an AMOUNT: it says who holds the money")
    minor, code = _money(agreement, amount, details) if amount is not None else (None, None)
    fact = Result(
        metric=metric, effective_on=details.on, amount_minor=minor, currency=code, collected_by=collected_by,
        quantity_micro=quantity,
    )  # fmt: skip
    _record(agreement, reference, fact, details)


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("category", type=SLUG)
@click.argument("amount", type=AMOUNT)
@click.option("--paid-by", type=SLUG, metavar="PARTY", help="Who paid it [default: your party].")
@_detailed
def cost(agreement: str, reference: str, category: str, amount: str, paid_by: str | None, details: _Details) -> None:
    """Record a cost that a party paid for the venture. A credit note has a negative amount.

    \b
    Example:
      pactbook record cost acme-jot M-7 media 800.00 --on 2026-10-05 --as jot/leo
    """
    from ledger.book.events import Cost

    minor, code = _money(agreement, amount, details)
    fact = Cost(
        category=category, effective_on=details.on, amount_minor=minor, currency=code, paid_by=paid_by or _my_party()
    )
    _record(agreement, reference, fact, details)


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("category", type=SLUG)
@click.argument("amount", type=AMOUNT)
@_detailed
def liability(agreement: str, reference: str, category: str, amount: str, details: _Details) -> None:
    """Record what the venture owes an outsider, or expects to owe.

    \b
    Example:
      pactbook record liability acme-jot CB-1 chargebacks 400.00 --on 2026-10-31
    """
    from ledger.book.events import Liability

    minor, code = _money(agreement, amount, details)
    _record(
        agreement,
        reference,
        Liability(category=category, effective_on=details.on, amount_minor=minor, currency=code),
        details,
    )


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("amount", type=AMOUNT)
@click.option("--party", type=SLUG, metavar="PARTY", help="Who paid it in: your party, which records it itself.")
@click.option("--deal", type=SLUG, metavar="DEAL", help="Which deal it is for, where the terms share deal by deal.")
@_detailed
def contribution(
    agreement: str, reference: str, amount: str, party: str | None, deal: str | None, details: _Details
) -> None:
    """Record capital that a party paid in.

    \b
    Example:
      pactbook record contribution acme-jot CAP-1 50000 --on 2026-01-01 --party acme
    """
    from ledger.book.events import Contribution

    minor, code = _money(agreement, amount, details)
    who = party or _my_party()
    fact = Contribution(party=who, effective_on=details.on, amount_minor=minor, currency=code, deal=deal)
    _record(agreement, reference, fact, details)


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("amount", type=AMOUNT)
@click.option("--party", type=SLUG, metavar="PARTY", help="Who took it out: your party, which records it itself.")
@_detailed
def withdrawal(agreement: str, reference: str, amount: str, party: str | None, details: _Details) -> None:
    """Record capital that a party took out.

    \b
    Example:
      pactbook record withdrawal acme-jot CAP-2 10000 --on 2026-06-30 --party acme
    """
    from ledger.book.events import Withdrawal

    minor, code = _money(agreement, amount, details)
    fact = Withdrawal(party=party or _my_party(), effective_on=details.on, amount_minor=minor, currency=code)
    _record(agreement, reference, fact, details)


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("amount", type=AMOUNT)
@click.option("--to", "--paid-to", "paid_to", type=SLUG, metavar="PARTY", required=True, help="Who received it.")
@click.option("--from", "--paid-by", "paid_by", type=SLUG, metavar="PARTY", help="Who paid it [default: your party].")
@click.option("--account", type=SLUG, metavar="NAME", help="The account of the terms that it is recouped on.")
@_detailed
def advance(
    agreement: str,
    reference: str,
    amount: str,
    paid_to: str,
    paid_by: str | None,
    account: str | None,
    details: _Details,
) -> None:
    """Record money that one party paid another ahead of its share.

    With --account it is recouped out of later shares, as the terms say, and is no debt until then. Without, it
    counts against the current account of who received it, at once and in full.

    \b
    Example:
      pactbook record advance acme-jot ADV-1 2500.00 --to jot --on 2026-10-01
    """
    from ledger.book.events import Advance

    minor, code = _money(agreement, amount, details)
    fact = Advance(
        paid_by=paid_by or _my_party(), paid_to=paid_to, effective_on=details.on, amount_minor=minor, currency=code,
        account=account,
    )  # fmt: skip
    _record(agreement, reference, fact, details)


@record.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("amount", type=AMOUNT)
@click.argument("proceeds", type=AMOUNT)
@click.option("--party", type=SLUG, metavar="PARTY", help="Who sold it [default: your party].")
@_detailed
def conversion(
    agreement: str, reference: str, amount: str, proceeds: str, party: str | None, details: _Details
) -> None:
    """Record foreign money of the venture that a party sold: AMOUNT in --currency, for PROCEEDS.

    PROCEEDS are in the agreement's currency. The clause `exchange` has to share what the currency gains or loses.

    \b
    Example:
      pactbook record conversion acme-jot FX-1 4500.00 4120.66 --currency USD --on 2026-10-20
    """
    from ledger.book.events import Conversion
    from ledger.values.money import parse_amount

    if details.currency is None:
        raise click.UsageError("say which currency was sold: --currency USD")
    minor, code = _money(agreement, amount, details)
    unit = session().ledger.terms(agreement).unit
    brought = parse_amount(proceeds, unit)
    fact = Conversion(
        party=party or _my_party(), effective_on=details.on, amount_minor=minor, currency=code,
        proceeds_minor=brought, into=unit.code,
    )  # fmt: skip
    _record(agreement, reference, fact, details)


# --- what becomes of a liability ------------------------------------------------------------------------


@record.command("liability-settled", cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("part")
@click.argument("amount", type=AMOUNT)
@_ON
@click.option("--paid-by", type=SLUG, metavar="PARTY", help="Who paid it [default: your party].")
@dry_run_option
@global_options
def liability_settled(
    agreement: str, reference: str, part: str, amount: str, on: date, paid_by: str | None, dry_run: bool
) -> None:
    """Record that a party paid (a part of) the liability REFERENCE. PART is the payment's own reference.

    \b
    Example:
      pactbook record liability-settled acme-jot CB-1 PAY-1 200.00 --on 2026-11-12 --paid-by acme
    """
    ledger = ledger_for(dry_run)
    state, content = _part(agreement, reference, part, amount, on, paid_by or _my_party())
    _show_part(ledger.entries.settle_liability(agreement, reference, content), state, content)


@record.command("liability-released", cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("part")
@click.argument("amount", type=AMOUNT)
@_ON
@click.option("--reason", metavar="TEXT", required=True, help="Why it is not owed.")
@dry_run_option
@global_options
def liability_released(
    agreement: str, reference: str, part: str, amount: str, on: date, reason: str, dry_run: bool
) -> None:
    """Record that (a part of) the liability REFERENCE is not owed after all. PART names this release.

    \b
    Example:
      pactbook record liability-released acme-jot CB-1 REL-1 200.00 --on 2026-12-31 --reason "time barred"
    """
    ledger = ledger_for(dry_run)
    state, content = _part(agreement, reference, part, amount, on, None)
    _show_part(ledger.entries.release_liability(agreement, reference, content, reason), state, content)


# --- helpers --------------------------------------------------------------------------------------------


def _my_party() -> str:
    return session().ledger.actor.partition("/")[0]


def _money(agreement: str, amount: str, details: _Details) -> tuple[int, str]:
    """An amount in minor units, and its currency."""
    from ledger.values.money import currency, parse_amount

    code = details.currency or session().ledger.terms(agreement).currency
    return parse_amount(amount, currency(code)), code


def _record(agreement: str, reference: str, fact: Fact, details: _Details) -> None:
    from ledger.book.wording import name_of, sentence

    if details.note is not None and details.note_private is not None:
        raise click.UsageError("--note and --note-private exclude each other: an entry has one remark")
    ledger = ledger_for(details.dry_run)
    digests = digests_of(details.evidence, details.digest_only)

    def decide(note: str | None) -> list[Event]:
        return ledger.entries.record(agreement, reference, fact, note=note, original=details.original, evidence=digests)

    private = details.note_private
    events = decide(details.note) if private is None else ledger.texts.record(private, decide)
    show_recorded(events, [f"recorded {reference}: {sentence(fact)}{awaits(events)}"])
    remark_unknown(agreement, [name_of(fact)])


def _part(
    agreement: str, reference: str, part: str, amount: str, on: date, paid_by: str | None
) -> tuple[Entry, LiabilityPart]:
    """The liability as it stands, and the part of it that is settled or released."""
    from ledger.book.entry import current
    from ledger.book.events import LiabilityPart
    from ledger.values.money import currency, parse_amount

    ledger = session().ledger
    state = ledger.entries.current(agreement, reference)
    unit = currency(current(state).currency or ledger.terms(agreement).currency)
    return state, LiabilityPart(
        reference=part, effective_on=on, amount_minor=parse_amount(amount, unit), paid_by=paid_by
    )


def _show_part(events: list[Event], state: Entry, part: LiabilityPart) -> None:
    from ledger.book.entry import current, evolve, outstanding_minor
    from ledger.book.rules import money

    for event in events:
        state = evolve(state, event)
    code = current(state).currency or ""
    how = (
        f"released on {part.effective_on}" if part.paid_by is None else f"paid by {part.paid_by} on {part.effective_on}"
    )
    line = f"recorded {part.reference}: {money(part.amount_minor, code)} of {state.reference} {how}"
    show_recorded(events, [f"{line}; {money(outstanding_minor(state), code)} outstanding"] if events else [])
