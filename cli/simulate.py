"""`pactbook simulate`: what a history would have come to under other terms. Nothing is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.crews import Hands, fleet_options
from cli.moments import seen_option
from cli.options import PERIOD, global_options
from cli.output import Table, View, show
from cli.session import session
from cli.simulating import one_or_each, read_drafts, tell, view
from cli.terms_files import find_terms
from ledger.values.errors import PactbookError

if TYPE_CHECKING:
    from ledger.application.agreements import Simulation
    from ledger.terms.document import Terms
    from ledger.values.periods import Period

SCHEMA = "pactbook/simulation/1"


@click.command()
@click.argument("agreement", required=False)
@click.argument("named", metavar="TERMS", required=False)
@click.option("--from", "first", type=PERIOD, metavar="PERIOD", help="The first period [default: the first there is].")
@click.option(
    "--to",
    "last",
    type=PERIOD,
    metavar="PERIOD",
    help="The last period [default: the last that is closed or has entries].",
)
@click.option(
    "--each",
    "drafts",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of terms, or a folder of such files: each is tried on the agreement it names (may be repeated).",
)
@fleet_options
@one_or_each
@seen_option
@global_options
@click.pass_context  # fmt: skip
def simulate(
    ctx: click.Context,
    agreement: str | None,
    named: str | None,
    first: Period | None,
    last: Period | None,
    drafts: tuple[Path, ...],
    hands: Hands,
) -> None:
    """Replay the history of AGREEMENT under other TERMS: the difference per party and period.

    TERMS is a file, - for stdin, or the beginning of the digest of terms in the store. Nothing is recorded.
    With --each, many agreements are replayed, each under its own other terms; --jobs does so at once.

    \b
    Example:
      pactbook simulate acme-jot terms-2027.yaml
      pactbook simulate acme-jot terms-2027.yaml --from 2026-01 --to 2026-06 --format csv
      pactbook simulate --each offers-2027/ --jobs auto
    """
    if drafts:
        ctx.exit(_each(drafts, first, last, hands))
    assert agreement is not None
    assert named is not None
    terms = find_terms(named)
    show(_view(agreement, terms, session().ledger.agreements.simulate(agreement, terms, first, last)))


def _each(paths: tuple[Path, ...], first: Period | None, last: Period | None, hands: Hands) -> int:
    from fleet.simulating import simulate

    drafts = read_drafts(paths)
    with hands.at_work() as (desk, crew):
        found = simulate(desk, crew, drafts, first, last)
    views = {
        terms.agreement: _view(terms.agreement, terms, made)
        for terms in drafts
        if not isinstance(made := found[terms.agreement], PactbookError)
    }
    show(view(drafts, found, views))
    return tell(found)


def _view(book: str, terms: Terms, made: Simulation) -> View:
    from cli.terms_view import totals
    from ledger.values.money import format_amount

    effects = made.effects
    parties = list(dict.fromkeys(party for each in effects for party in (*each.now_minor, *each.then_minor)))
    records: list[dict[str, Any]] = [
        {
            "period": effect.period,
            "status": "closed" if effect.period in made.closed else "open",
            "party": party,
            "share_now": format_amount(effect.now_minor.get(party, 0), terms.unit),
            "share_then": format_amount(effect.then_minor.get(party, 0), terms.unit),
            "difference": format_amount(effect.net_minor.get(party, 0), terms.unit),
            "currency": terms.currency,
        }
        for effect in effects
        for party in parties
    ]
    data = {
        "schema": SCHEMA,
        "agreement": book,
        "terms": terms.digest,
        "from": effects[0].period,
        "to": effects[-1].period,
        "currency": terms.currency,
        "differences": records,
        "totals": {party: format_amount(totals(effects).get(party, 0), terms.unit) for party in parties},
    }
    return View(data, records, _tables(book, terms, made))


def _tables(book: str, terms: Terms, made: Simulation) -> list[Table | str]:
    from cli.recorded import SHORT
    from cli.terms_view import effects_table

    effects = made.effects
    span = f"{effects[0].period} to {effects[-1].period}" if len(effects) > 1 else effects[0].period
    what = f"terms {terms.digest[:SHORT]} instead of its own"
    if not any(effect.net_minor for effect in effects):
        return [f"{book}, {span}: {what} change nothing for anybody."]
    title = f"What {what} would have changed for {book}, {span}, in {terms.currency}"
    return [effects_table(effects, terms.unit, title, _remark(made))]


def _remark(made: Simulation) -> str:
    drafts = [effect.period for effect in made.effects if effect.period not in made.closed]
    still_open = f" Not closed yet, so as far as they are known: {', '.join(drafts)}." if drafts else ""
    return f"More (or less) than under the terms in force; nothing was recorded.{still_open}"
