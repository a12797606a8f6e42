"""`pactbook agreement`: propose, accept, amend, terminate; what was agreed and what is open."""

from __future__ import annotations

from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.key import signer
from cli.moments import as_of_option, seen_at_option
from cli.options import DATE, Parsed, dry_run_option, global_options
from cli.output import Table, show
from cli.recorded import SHORT, ledger_for, show_recorded
from cli.session import session
from cli.terms_files import read_terms
from ledger.values.errors import Rejected
from ledger.values.periods import Period, parse_date, parse_period

if TYPE_CHECKING:
    from ledger.book.agreement import Agreement
    from ledger.book.events import Event
    from ledger.settlement.whatif import Effect
    from ledger.terms.document import Terms


@click.group()
@global_options
def agreement() -> None:
    """Propose, accept, amend and show agreements.

    Terms are in force once every party has accepted the same document, named by its digest.
    """


_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")
_DIGEST = click.option("--digest", metavar="PREFIX", help="The terms meant, by the beginning of their digest.")


@agreement.command()
@click.argument("terms_file", metavar="TERMS.yaml")
@dry_run_option
@global_options
def propose(terms_file: str, dry_run: bool) -> None:
    """Propose the terms in a file (- for stdin). Your party has thereby accepted them.

    \b
    Example:
      pactbook agreement propose terms.yaml --as acme/ann
    """
    ledger = ledger_for(dry_run)
    terms = read_terms(terms_file)
    events = ledger.agreements.propose(terms)
    line = f"proposed {terms.agreement}, terms {terms.digest[:SHORT]}"
    show_recorded(events, [f"{line}; {_standing(_after(terms.agreement, events))}"] if events else [])


@agreement.command()
@click.argument("agreement")
@_DIGEST
@click.option("--sign", is_flag=True, help="Sign them with your key (pactbook key register).")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help="Sign them with this key.")
@dry_run_option
@global_options
def accept(agreement: str, digest: str | None, sign: bool, key_file: Path | None, dry_run: bool) -> None:
    """Accept the open terms of AGREEMENT for your party.

    With --digest you accept exactly the document that you have read, and no other. With --sign your yes bears the
    signature of your party, which terms may ask for.

    \b
    Example:
      pactbook agreement accept acme-jot --as jot/leo
    """
    ledger = ledger_for(dry_run)
    effects = _open_effects(ledger.agreement(agreement))
    events = ledger.agreements.accept(agreement, digest, signer(sign, key_file))
    line = f"accepted {agreement}, terms {_digest_of(events)}"
    if not events:
        return show_recorded(events, [])
    lines = [f"{line}; {_standing(_after(agreement, events))}"]
    tables = _effects_tables(effects, session().ledger.terms(agreement).currency) if effects else ()
    return show_recorded(events, lines, tables)


@agreement.command()
@click.argument("agreement")
@_REASON
@_DIGEST
@dry_run_option
@global_options
def decline(agreement: str, reason: str, digest: str | None, dry_run: bool) -> None:
    """Decline the open terms of AGREEMENT; their proposer withdraws them with this.

    \b
    Example:
      pactbook agreement decline acme-jot --reason "the cap on media is missing" --as jot/leo
    """
    events = ledger_for(dry_run).agreements.decline(agreement, reason, digest)
    show_recorded(events, [f"declined {agreement}, terms {_digest_of(events)}; they cannot come into force"])


def _date_or_period(text: str) -> date | Period:
    try:
        return parse_period(text)
    except Rejected:
        if len(text) < len("2026-10-01"):
            raise
        return parse_date(text)


@agreement.command()
@click.argument("terms_file", metavar="TERMS.yaml")
@click.option(
    "--from",
    "start",
    type=Parsed("date or period", _date_or_period),
    metavar="DATE|PERIOD",
    required=True,
    help="The first settlement period under the new terms (2026-10), or its first day.",
)
@_REASON
@dry_run_option
@global_options  # fmt: skip
def amend(terms_file: str, start: date | Period, reason: str, dry_run: bool) -> None:
    """Propose whole new terms, from the first day of a settlement period on.

    It may be a period that is closed: what that changes for each party is shown here, and on
    `pactbook agreement show`, before anybody accepts.

    \b
    Example:
      pactbook agreement amend terms-2027.yaml --from 2027-01 --reason "a new rate card"
    """
    ledger = ledger_for(dry_run)
    terms = read_terms(terms_file)
    day = _first_day(start, terms)
    events = ledger.agreements.amend(terms, day, reason)
    if not events:
        return show_recorded(events, [])
    line = f"proposed an amendment of {terms.agreement} from {day}, terms {terms.digest[:SHORT]}"
    effects = ledger.agreements.effects(terms, day)
    lines = [f"{line}; {_standing(_after(terms.agreement, events))}"]
    return show_recorded(events, lines, _effects_tables(effects, terms.currency))


def _first_day(start: date | Period, terms: Terms) -> date:
    if not isinstance(start, Period):
        return start
    return terms.starts_on if terms.starts_on in start else start.first


@agreement.command()
@click.argument("agreement")
@click.option("--on", type=DATE, metavar="DATE", required=True, help="The last day of the agreement.")
@_REASON
@dry_run_option
@global_options
def terminate(agreement: str, on: date, reason: str, dry_run: bool) -> None:
    """End AGREEMENT. What belongs to days up to the last one is still settled.

    \b
    Example:
      pactbook agreement terminate acme-jot --on 2027-12-31 --reason "the campaign is over"
    """
    events = ledger_for(dry_run).agreements.terminate(agreement, on, reason)
    show_recorded(events, [f"recorded that {agreement} ends on {on}"])


@agreement.command("show")
@click.argument("agreement")
@seen_at_option
@as_of_option
@global_options
def show_agreement(agreement: str, as_of: date | None) -> None:
    """Show AGREEMENT: who accepted what, and the terms clause by clause in plain sentences.

    An open amendment is shown beside the terms in force, with what it would change in closed periods.
    JSON has the whole terms document. With --as-of they are the terms that govern that day.

    \b
    Example:
      pactbook agreement show acme-jot
      pactbook agreement show acme-jot --as-of 2027-01-01
      pactbook agreement show acme-jot --format json
    """
    from cli.agreement_view import view_of

    show(view_of(agreement, as_of))


@agreement.command("list")
@global_options
def list_agreements() -> None:
    """List the agreements of the store.

    \b
    Example:
      pactbook agreement list
    """
    from cli.agreement_view import list_view

    show(list_view())


# --- helpers --------------------------------------------------------------------------------------------


def _after(book: str, events: list[Event]) -> Agreement:
    """The agreement as the events leave it, recorded or not."""
    from ledger.book import agreement as stream

    ledger = session().ledger
    state = ledger.load(stream, stream.stream(book))
    return reduce(stream.evolve, (event for event in events if event.version > state.version), state)


def _standing(state: Agreement) -> str:
    """What the last version waits for."""
    version = state.versions[-1]
    if version.order is not None:
        return f"in force from {version.effective_on}"
    return f"waits for {', '.join(sorted(version.asked - version.accepted_by))}"


def _digest_of(events: list[Event]) -> str:
    return str(getattr(events[0], "digest", ""))[:SHORT] if events else ""


def _open_effects(state: Agreement) -> list[Effect]:
    """What the open amendment would change in closed periods."""
    from ledger.book.agreement import open_version
    from ledger.terms.written.document import read_canonical

    version = open_version(state)
    if version is None or not version.is_amendment:
        return []
    return session().ledger.agreements.effects(read_canonical(version.terms), version.effective_on)


def _effects_tables(effects: list[Effect], code: str) -> list[Table | str]:
    from cli.terms_view import amendment_table
    from ledger.values.money import currency

    return [amendment_table(effects, currency(code))] if effects else []
