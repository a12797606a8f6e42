"""`pactbook partner`: who comes, who goes, another profit ratio, assets revalued; what it does to all capital."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.derivation import figures_data, tree
from cli.moments import seen_at_option
from cli.options import AMOUNT, DATE, SLUG, CommandWithAmounts, Parsed, dry_run_option, evidence_options, global_options
from cli.output import Column, Table, View, show
from cli.partner_options import AMOUNTS, RATIOS, SHARE, amounts_minor
from cli.recorded import digests_of, ledger_for, show_recorded
from cli.session import session

if TYPE_CHECKING:
    from fractions import Fraction

    from ledger.book.events import Event
    from ledger.book.partner_facts import Revalued, Valuation
    from ledger.book.partnership import Change
    from ledger.values.figures import Figure
    from ledger.values.money import Currency


@click.group()
@global_options
def partner() -> None:
    """Admit and retire partners, change the profit ratio, revalue assets.

    Each of these changes the capital of several parties. It is recorded under a REFERENCE of your own, as any
    entry is, and counts once every one of these parties has said yes (pactbook confirm). Who shares in future
    results is another matter: that is in the terms (pactbook agreement amend).
    """


@dataclass(frozen=True, slots=True)
class _Details:
    """What each of these may have besides its content."""

    on: date
    note: str | None
    evidence: tuple[Path, ...]
    digest_only: bool
    dry_run: bool

    def of_event(self) -> dict[str, Any]:
        """What is recorded of them with the event."""
        return {"note": self.note, "evidence": digests_of(self.evidence, self.digest_only)}


def _detailed(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every change, handed to the command as `details`."""

    @wraps(command)
    def run(**given: Any) -> None:
        details = _Details(**{name: given.pop(name) for name in _Details.__slots__})
        command(**given, details=details)

    for option in reversed(_DETAILS):
        run = option(run)
    return run


_DETAILS: tuple[Callable[..., Any], ...] = (
    click.option("--on", type=DATE, metavar="DATE", required=True, help="The day from which it holds."),
    click.option("--note", metavar="TEXT", help="A remark that stays with it."),
    evidence_options,
    dry_run_option,
    global_options,
)  # fmt: skip
_METHOD = click.option(
    "--method", type=click.Choice(["bonus", "goodwill"]), required=True,
    help="Who bears the difference: a bonus among the partners, or a goodwill that is recorded.",
)  # fmt: skip
_CAPITAL = click.option(
    "--capital", type=AMOUNTS, metavar="PARTY=AMOUNT,...", help="Capital before [default: as the book has it that day]."
)


def _ratio(help_: str) -> Callable[..., Any]:
    return click.option("--ratio", type=RATIOS, metavar="PARTY=PART,...", required=True, help=help_)


# --- changes --------------------------------------------------------------------------------------------


@partner.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("party", type=SLUG)
@click.argument("amount", type=AMOUNT)
@click.option(
    "--interest", type=SHARE, metavar="PART", required=True, help="Its part of the capital of all, such as 1/3."
)
@_ratio("How the old partners share what it brings or costs them.")
@_METHOD
@_CAPITAL
@_detailed
def admit(
    agreement: str, reference: str, party: str, amount: str, interest: Fraction, ratio: dict[str, Fraction],
    method: Any, capital: dict[str, str] | None, details: _Details,
) -> None:  # fmt: skip
    """Admit PARTY, which pays in AMOUNT for an interest in the capital of all.

    By the bonus method its capital is its interest in what is there; what it pays more or less than that goes to, or
    comes from, the old partners. By the goodwill method the total is raised to what its payment says it is worth.

    \b
    Example:
      pactbook partner admit arias-cicci SOTO-1 soto 25000.00 --interest 1/3 --method bonus \\
        --ratio cicci=7,arias=3 --on 2026-07-01 --as soto/eva
    """
    unit = _unit(agreement)
    events = ledger_for(details.dry_run).partners.admit(
        agreement, reference, party, on=details.on, paid_in_minor=_minor(amount, unit), interest=interest, ratio=ratio,
        method=method, capital=amounts_minor(capital, unit), **details.of_event(),
    )  # fmt: skip
    _show_events(agreement, reference, events)


@partner.command(cls=CommandWithAmounts)
@click.argument("agreement")
@click.argument("reference")
@click.argument("party", type=SLUG)
@click.argument("amount", type=AMOUNT)
@_ratio("The profit ratio of all partners, the one that leaves included.")
@_METHOD
@_CAPITAL
@_detailed
def retire(
    agreement: str, reference: str, party: str, amount: str, ratio: dict[str, Fraction], method: Any,
    capital: dict[str, str] | None, details: _Details,
) -> None:  # fmt: skip
    """Retire PARTY, which is paid AMOUNT for its capital.

    By the bonus method the others bear what it is paid beyond its capital, by their ratio. By the goodwill method it
    is its part of a goodwill that is recorded for all.

    \b
    Example:
      pactbook partner retire crk KATHERINE-1 katherine 130000.00 --method bonus \\
        --ratio carney=1,katherine=2,ross=1 --on 2026-12-31
    """
    unit = _unit(agreement)
    events = ledger_for(details.dry_run).partners.retire(
        agreement, reference, party, on=details.on, paid_minor=_minor(amount, unit), ratio=ratio, method=method,
        capital=amounts_minor(capital, unit), **details.of_event(),
    )  # fmt: skip
    _show_events(agreement, reference, events)


@partner.command("ratio")
@click.argument("agreement")
@click.argument("reference")
@click.option("--old", type=RATIOS, metavar="PARTY=PART,...", required=True, help="The ratio until now.")
@click.option("--new", type=RATIOS, metavar="PARTY=PART,...", help="The ratio from now on.")
@click.option(
    "--transfer",
    "transfers",
    nargs=3,
    type=(SLUG, SLUG, SHARE),
    multiple=True,
    metavar="FROM TO PART",
    help="A part of the profits that is handed on, instead of --new (may be repeated).",
)
@click.option("--goodwill", type=AMOUNT, metavar="AMOUNT", help="The goodwill that was agreed.")
@click.option(
    "--profits",
    type=Parsed("amounts", lambda text: text.split(",")),
    metavar="AMOUNT,...",
    help="Or: the profits of past years, to value it by.",
)
@click.option("--years", type=SHARE, metavar="NUMBER", help="How many years' purchase of the profit it is.")
@click.option("--employed", type=AMOUNT, metavar="AMOUNT", help="The capital employed, for a super profit.")
@click.option("--rate", type=SHARE, metavar="RATE", help="The normal rate on it, for a super profit.")
@_detailed
def ratio_(
    agreement: str, reference: str, old: dict[str, Fraction], new: dict[str, Fraction] | None,
    transfers: tuple[tuple[str, str, Fraction], ...], goodwill: str | None, details: _Details, **valued: Any,
) -> None:  # fmt: skip
    """Make good a change of the profit ratio: who gains a part of the profits pays who gives it up.

    The goodwill is an amount that was agreed, or is valued: so many years' purchase of the average of past profits,
    or of what that is above a normal profit (--employed and --rate). It is not kept as an asset.

    \b
    Example:
      pactbook partner ratio abc RATIO-1 --old a=6,b=4,c=5 --new a=11,b=0,c=4 --goodwill 180000.00 --on 2027-01-01
      pactbook partner ratio abc RATIO-2 --old a=1,b=1 --transfer a b 1/6 --profits 17000,20000,23000 --years 2 \\
        --employed 80000 --rate 15% --on 2027-01-01
    """
    if (new is None) == (not transfers):
        raise click.UsageError("give either --new or --transfer")
    unit = _unit(agreement)
    valuation = _valuation(unit, **valued)
    if goodwill is not None and valuation is not None:
        raise click.UsageError("give either --goodwill or what it is valued by")
    if new is None:
        new = _after(old, transfers)
    events = ledger_for(details.dry_run).partners.change_ratio(
        agreement, reference, on=details.on, old=old, new=new, valuation=valuation,
        goodwill_minor=None if goodwill is None else _minor(goodwill, unit), **details.of_event(),
    )  # fmt: skip
    _show_events(agreement, reference, events)


@partner.command()
@click.argument("agreement")
@click.argument("reference")
@click.option(
    "--asset",
    "assets",
    nargs=3,
    type=(str, AMOUNT, AMOUNT),
    multiple=True,
    required=True,
    metavar="NAME BEFORE AFTER",
    help="What stood at BEFORE and is worth AFTER (may be repeated).",
)
@_ratio("The profit ratio until now.")
@_detailed
def revalue(
    agreement: str, reference: str, assets: tuple[tuple[str, str, str], ...], ratio: dict[str, Fraction],
    details: _Details,
) -> None:  # fmt: skip
    """Revalue assets: the gain or loss is shared by the profit ratio until now.

    \b
    Example:
      pactbook partner revalue abc LAND-1 --asset land 50000.00 60000.00 --asset stock 12000.00 9000.00 \\
        --ratio a=3,b=2 --on 2026-12-31
    """
    from ledger.book.partner_facts import Revalued

    unit = _unit(agreement)
    found: list[Revalued] = [
        Revalued(name=name, before_minor=_minor(before, unit), after_minor=_minor(after, unit))
        for name, before, after in assets
    ]
    events = ledger_for(details.dry_run).partners.revalue(
        agreement, reference, on=details.on, assets=found, ratio=ratio, **details.of_event()
    )
    _show_events(agreement, reference, events)


# --- looking --------------------------------------------------------------------------------------------


@partner.command("show")
@click.argument("agreement")
@click.argument("reference")
@seen_at_option
@global_options
def show_(agreement: str, reference: str) -> None:
    """Show what a change among partners does to everybody's capital, and how that follows from what was agreed.

    \b
    Example:
      pactbook partner show arias-cicci SOTO-1
    """
    from ledger.book.entry import stream, waits_for
    from ledger.book.wording import sentence

    ledger, unit = session().ledger, _unit(agreement)
    fact, change = ledger.partners.derivation(agreement, reference)
    state = ledger.entries.current(agreement, reference)
    at = stream(agreement, reference)
    roots = [*change.steps, *(change.after or change.change).values()]
    waiting = waits_for(state) if state.status.value == "awaiting" else ()
    data = {
        "agreement": agreement,
        "reference": reference,
        "status": state.status.value,
        "waits_for": list(waiting),
        "change": {party: f"{at}/{figure.name}" for party, figure in change.change.items()},
        "figures": figures_data(at, roots, unit),
    }
    told = [f"{reference}: {sentence(fact)}", f"{state.status.value}{_waiting(waiting)}"]
    trees = ["\n".join((f"{at}/{each.name}", *tree(each, unit))) for each in change.change.values()]
    show(View(data, _records(change, unit), ["\n".join(told), _table(change, unit), *trees]))


# --- helpers --------------------------------------------------------------------------------------------


def _show_events(agreement: str, reference: str, events: list[Event]) -> None:
    from ledger.book.entry import evolve, initial, stream, waits_for
    from ledger.book.partner_facts import CAPITAL_FACTS
    from ledger.book.partnership import change_of
    from ledger.book.wording import sentence

    lines, tables = [], []
    for event in events:
        fact = getattr(event, "fact", None)
        assert isinstance(fact, CAPITAL_FACTS)
        lines.append(f"recorded {reference}: {sentence(fact)}{_waiting(waits_for(evolve(initial(), event)))}")
        tables.append(_table(change_of(fact, stream(agreement, reference)), _unit(agreement)))
    show_recorded(events, lines, tables)


def _waiting(parties: tuple[str, ...]) -> str:
    if not parties:
        return ""
    return f" (counts once {' and '.join(parties)} {'confirms' if len(parties) == 1 else 'confirm'} it)"


def _records(change: Change, unit: Currency) -> list[dict[str, Any]]:
    from ledger.values.money import format_amount

    def amount(figures: dict[str, Any], party: str) -> str | None:
        return format_amount(figures[party].value, unit) if party in figures else None

    return [
        {
            "party": party, "before": amount(change.before, party), "change": amount(change.change, party),
            "after": amount(change.after, party), "currency": unit.code,
        }
        for party in change.change
    ]  # fmt: skip


def _table(change: Change, unit: Currency) -> Table:
    """Each party's capital before and after, and what lies between; below it the amounts on the way."""
    from ledger.settlement.canonical import figure_text
    from ledger.values.money import format_amount

    def shown(figures: dict[str, Any], party: str) -> str:
        return format_amount(figures[party].value, unit, grouped=True) if party in figures else ""

    names = [name for name in ("before", "change", "after") if getattr(change, name)]
    rows = [[party, *(shown(getattr(change, name), party) for name in names)] for party in change.change]
    headings = {"before": "capital before", "change": "change", "after": "capital after"}
    columns = (Column("Party"), *(Column(headings[name], True) for name in names))
    note = "; ".join(f"{step.label}: {figure_text(step, unit)}" for step in map(_read, change.steps))
    return Table(columns, rows, note=f"In {unit.code}. {note}")


def _read(step: Figure) -> Figure:
    """A step as people read it: who is paid less than its capital leaves a bonus to the others."""
    from ledger.values.figures import negate

    return negate(step, "bonus to those who stay", "") if step.name == "excess" and step.value < 0 else step


def _after(old: dict[str, Fraction], transfers: tuple[tuple[str, str, Fraction], ...]) -> dict[str, Fraction]:
    from ledger.book.partnership import Given, after_transfers
    from ledger.values.errors import Rejected

    found = {party: figure.value for party, figure in after_transfers(Given(""), old, transfers).items()}
    for party, part in found.items():
        if part < 0:
            raise Rejected(f"{party} hands on more than its share", "check the parts; they are parts of all profits")
    return found


def _valuation(
    unit: Currency, profits: list[str] | None, years: Fraction | None, employed: str | None, rate: Fraction | None
) -> Valuation | None:
    from ledger.book.partner_facts import Valuation

    if profits is None:
        if years is not None or employed is not None or rate is not None:
            raise click.UsageError("--years, --employed and --rate value a goodwill by --profits")
        return None
    if years is None:
        raise click.UsageError("--profits needs --years: how many years' purchase of the profit the goodwill is")
    return Valuation(
        profits_minor=tuple(_minor(each.strip(), unit) for each in profits), years=str(years),
        capital_minor=None if employed is None else _minor(employed, unit), rate=None if rate is None else str(rate),
    )  # fmt: skip


def _unit(agreement: str) -> Currency:
    return session().ledger.terms(agreement).unit


def _minor(text: str, unit: Currency) -> int:
    from ledger.values.money import parse_amount

    return parse_amount(text, unit)
