"""`pactbook dispute`: a figure is disputed, and its difference is held back until the dispute is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.moments import seen_at_option
from cli.options import AMOUNT, CommandWithAmounts, dry_run_option, global_options
from cli.output import Column, Table, View, show
from cli.recorded import ledger_for, show_recorded
from cli.session import session
from ledger.values.errors import Refused

if TYPE_CHECKING:
    from ledger.book.dispute import Claim, Dispute
    from ledger.book.events import Event


@click.group()
@global_options
def dispute() -> None:
    """Dispute a figure, answer, resolve.

    A dispute changes no number. While it is open the difference that it is about is not paid; all else is.
    If the opener is right, entries are corrected, and the next statement adjusts what was wrong.
    """


_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")


# --- opening --------------------------------------------------------------------------------------------


@dispute.command("open", cls=CommandWithAmounts)
@click.argument("figure")
@click.option("--expected", type=AMOUNT, metavar="AMOUNT", required=True, help="What the figure should be.")
@_REASON
@dry_run_option
@global_options
def open_(figure: str, expected: str, reason: str, dry_run: bool) -> None:
    """Dispute FIGURE, an id as statements and explanations print it, with the agreement before it.

    What it would change for every party follows from the figure's own derivation.

    \b
    Example:
      pactbook dispute open acme-jot/2026-10/jot/shares.1 --expected 480.00 --reason "we counted 40" --as jot/leo
      pactbook dispute open acme-jot/2026-10/jot/reimbursed --expected 800.00 --reason "counted twice" --dry-run
    """
    ledger = ledger_for(dry_run)
    events = ledger.disputes.open(figure, expected, reason)
    tables = [_held_table(event) for event in events]
    show_recorded(events, [_opened(event) for event in events], tables)


def _opened(event: Event) -> str:
    from ledger.book.events import DisputeOpened

    assert isinstance(event, DisputeOpened)
    name, code = event.stream.rpartition("/")[2], event.currency
    stated, expected = (f"{_shown(minor, code)} {code}" for minor in (event.stated_minor, event.expected_minor))
    return f"disputed {event.figure} ({name}): stated {stated}, expected {expected}"


def _held_table(event: Event) -> Table:
    """What the dispute would change for each party, and what of its balance is then left to be paid."""
    from ledger.book.events import DisputeOpened

    assert isinstance(event, DisputeOpened)
    ledger, code = session().ledger, event.currency
    rows = []
    for found in ledger.payouts.payables(event.book, [event.effect_minor] if ledger.dry_run else []):
        amounts = event.effect_minor.get(found.party, 0), found.balance, found.in_flight, found.held, found.payable
        rows.append([found.party, *(_shown(minor, code) for minor in amounts)])
    headings = ("would change by", "balance", "under way", "in dispute", "payable")
    note = f"In {code}. In dispute is what all open disputes hold back of a balance; the rest can be paid."
    return Table((Column("Party"), *(Column(heading, True) for heading in headings)), rows, note=note)


# --- what becomes of it ---------------------------------------------------------------------------------


@dispute.command()
@click.argument("agreement")
@click.argument("dispute")
@click.argument("text")
@dry_run_option
@global_options
def answer(agreement: str, dispute: str, text: str, dry_run: bool) -> None:
    """Answer a dispute that another party opened, as often as you like.

    \b
    Example:
      pactbook dispute answer acme-jot 2026-10-1 "we look into it" --as acme/ann
    """
    events = ledger_for(dry_run).disputes.answer(agreement, dispute, text)
    show_recorded(events, [f"answered {dispute}: {text}"])


@dispute.command()
@click.argument("agreement")
@click.argument("dispute")
@_REASON
@click.option(
    "--correction",
    "corrections",
    metavar="REFERENCE",
    multiple=True,
    help="An entry that was corrected, voided or recorded for it (may be repeated).",
)
@dry_run_option
@global_options
def resolve(agreement: str, dispute: str, reason: str, corrections: tuple[str, ...], dry_run: bool) -> None:
    """End a dispute: by the entries that put it right, or (without any) by rejecting it.

    Its opener cannot reject it. What is settled by corrections stays held back until the next close posts them.

    \b
    Example:
      pactbook dispute resolve acme-jot 2026-10-1 --reason "it was double" --correction M-7 --as acme/ann
      pactbook dispute resolve acme-jot 2026-10-1 --reason "both invoices are paid" --as acme/ann
    """
    events = ledger_for(dry_run).disputes.resolve(agreement, dispute, reason, corrections)
    how = f"settled by {', '.join(corrections)}" if corrections else "nothing to correct"
    show_recorded(events, [f"resolved {dispute}: {how}"])


@dispute.command()
@click.argument("agreement")
@click.argument("dispute")
@_REASON
@dry_run_option
@global_options
def withdraw(agreement: str, dispute: str, reason: str, dry_run: bool) -> None:
    """Give up a dispute that your party opened.

    \b
    Example:
      pactbook dispute withdraw acme-jot 2026-10-1 --reason "we found the invoice" --as jot/leo
    """
    show_recorded(ledger_for(dry_run).disputes.withdraw(agreement, dispute, reason), [f"withdrew {dispute}"])


# --- listing --------------------------------------------------------------------------------------------


@dispute.command("list")
@click.argument("agreement")
@click.option("--open", "open_only", is_flag=True, help="Only those that still hold something back.")
@seen_at_option
@global_options
def list_(agreement: str, open_only: bool) -> None:
    """List disputes: what each is about, what it would change, whether it still holds something back.

    \b
    Example:
      pactbook dispute list acme-jot --open
    """
    found = [each for each in _disputes(agreement) if each["holds"] or not open_only]
    show(View(found, found, [_table(found)] if found else ["no such disputes"], HEADINGS))


@dispute.command("show")
@click.argument("agreement")
@click.argument("dispute")
@seen_at_option
@global_options
def show_(agreement: str, dispute: str) -> None:
    """Show a dispute: the figure, what is expected, what it would change, and who said what.

    \b
    Example:
      pactbook dispute show acme-jot 2026-10-1
    """
    found = next((each for each in _disputes(agreement) if each["dispute"] == dispute), None)
    if found is None:
        raise Refused(f"{agreement} has no dispute {dispute!r}", f"list them: pactbook dispute list {agreement}")
    show(View(found, [found], [_heading(found), _effect_table(found), _said_table(agreement, dispute)], HEADINGS))


HEADINGS = (
    "dispute", "period", "figure", "status", "holds", "opened_by", "stated", "expected", "currency", "effect", "reason",
    "answers", "corrections",
)  # fmt: skip


def _disputes(agreement: str) -> list[dict[str, Any]]:
    """Every dispute of a book as data, oldest period first."""
    from ledger.settlement.payable import holding

    facts = session().ledger.facts(agreement)
    held = {state.dispute_id for state in holding(facts)}
    found = [(state.claim, state) for state in facts.disputes() if state.claim is not None]
    found.sort(key=lambda each: (each[0].period, int(each[1].dispute_id.rpartition("-")[2])))
    return [_data(state, claim, state.dispute_id in held) for claim, state in found]


def _data(state: Dispute, claim: Claim, holds: bool) -> dict[str, Any]:
    effect = {party: _amount(minor, claim.currency) for party, minor in sorted(claim.effect_minor.items())}
    return {
        "dispute": state.dispute_id,
        "period": claim.period,
        "figure": claim.figure,
        "status": state.status.value,
        "holds": holds,
        "opened_by": state.opener,
        "stated": _amount(claim.stated_minor, claim.currency),
        "expected": _amount(claim.expected_minor, claim.currency),
        "currency": claim.currency,
        "effect": effect,
        "reason": claim.reason,
        "answers": [{"party": answer.party, "text": answer.text} for answer in state.answers],
        "corrections": list(state.corrections),
    }


def _table(found: list[dict[str, Any]]) -> Table:
    rows = [
        [
            each["dispute"],
            _status(each),
            each["opened_by"],
            each["figure"],
            each["stated"],
            each["expected"],
            ", ".join(f"{party} {amount}" for party, amount in each["effect"].items()),
            each["reason"],
        ]
        for each in found
    ]
    columns = (
        Column("Dispute"), Column("status"), Column("opened by"), Column("figure"), Column("stated", True),
        Column("expected", True), Column("would change"), Column("because"),
    )  # fmt: skip
    return Table(columns, rows)


def _status(found: dict[str, Any]) -> str:
    """A dispute that is over may still hold something back, until the next close posts its corrections."""
    waits = found["holds"] and found["status"] != "open"
    return f"{found['status']}, held until the next close" if waits else str(found["status"])


def _heading(found: dict[str, Any]) -> str:
    code = found["currency"]
    lines = [
        f"Dispute {found['dispute']} of {found['figure']}: {_status(found)}",
        f"{found['opened_by']} expects {found['expected']} {code}; the statement says {found['stated']} {code}",
    ]
    if found["corrections"]:
        lines.append(f"settled by {', '.join(found['corrections'])}")
    return "\n".join(lines)


def _effect_table(found: dict[str, Any]) -> Table | str:
    if not found["effect"]:
        return "It would change no balance."
    rows = [[party, amount] for party, amount in found["effect"].items()]
    return Table((Column("Party"), Column(f"would change by, in {found['currency']}", True)), rows)


def _said_table(agreement: str, name: str) -> Table:
    """Who said what, in order."""
    from ledger.book.dispute import stream
    from ledger.book.events import DisputeAnswered, DisputeOpened, DisputeResolved, DisputeWithdrawn

    where = stream(agreement, name)
    rows = []
    for event in session().ledger.streams([where])[where]:
        assert isinstance(event, DisputeOpened | DisputeAnswered | DisputeResolved | DisputeWithdrawn)
        said = event.answer if isinstance(event, DisputeAnswered) else event.reason
        verb = type(event).__name__.removeprefix("Dispute").lower()
        rows.append([f"{event.recorded_at:%Y-%m-%d}", event.actor, verb, said])
    return Table((Column("Recorded"), Column("by"), Column("what"), Column("said")), rows)


def _amount(minor: int, code: str) -> str:
    from ledger.values.money import currency, format_amount

    return format_amount(minor, currency(code))


def _shown(minor: int, code: str) -> str:
    from ledger.values.money import currency, format_amount

    return format_amount(minor, currency(code), grouped=True)
