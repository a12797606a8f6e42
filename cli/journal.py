"""`pactbook journal`: the book in double entry, for a program that nobody here wrote to add up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from cli.moments import seen_at_option
from cli.options import global_options_but
from cli.output import write
from cli.session import session
from ledger.values.money import currency, format_amount

if TYPE_CHECKING:
    from ledger.settlement.journal import Posting
    from ledger.settlement.transactions import Balance, Transaction


@click.command()
@click.argument("agreement")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["hledger", "beancount"]),
    default="hledger",
    help="For which program [default: hledger].",
)
@seen_at_option
@global_options_but("--format")  # fmt: skip
def journal(agreement: str, kind: str) -> None:
    """Write the book of AGREEMENT as a journal in double entry, with the balances that each close left.

    `hledger check` and `bean-check` pass on it: each balance that pactbook issued is asserted, and recomputed by a
    program that knows nothing of pactbook. A fact that was recorded late stands on the first day after the last close
    before, with its own day beside it.

    \b
    Example:
      pactbook journal acme-jot -o acme-jot.journal && hledger -f acme-jot.journal check
      pactbook journal acme-jot --format beancount -o acme-jot.beancount && bean-check acme-jot.beancount
    """
    from ledger.settlement.transactions import transactions

    ledger = session().ledger
    ledger.require_book(agreement)
    title = ledger.terms(agreement).title
    made = transactions(ledger.replay(agreement))
    write("".join(_WRITERS[kind](agreement, title, made)))


# --- accounts -------------------------------------------------------------------------------------------

_ROOTS = {
    "current": "Liabilities:Current",
    "capital": "Equity:Capital",
    "reserve": "Liabilities:Reserve",
    "advance": "Assets:Advance",
    "venture:results": "Income:Results",
    "venture:costs": "Expenses:Costs",
    "venture:charges": "Expenses:Charges",
    "venture:liabilities": "Liabilities:Venture",
    "venture:funds": "Assets:Venture:Funds",
    "venture:advances": "Equity:Venture:Advances",
    "venture:loss carried forward": "Equity:Venture:Loss",
}


def account(name: str) -> str:
    """An account as other programs write it: `current:acme` is `Liabilities:Current:Acme`.

    A part begins with a capital letter there, and has no underscore: that is written `-U-`, which no short name has.
    """
    root = max((each for each in _ROOTS if name == each or name.startswith(f"{each}:")), key=len)
    parts = [part for part in name.removeprefix(root).split(":") if part]
    return ":".join([_ROOTS[root], *(_part(part) for part in parts)])


def _part(name: str) -> str:
    escaped = name.replace("_", "-U-")
    return escaped[0].upper() + escaped[1:]


def _amount(minor: int, code: str) -> str:
    """What is debited, as both programs count: a credit is below zero."""
    return f"{format_amount(-minor, currency(code))} {code}"


def _clean(text: str) -> str:
    """A text that neither program takes for something else."""
    return "".join(mark if mark.isprintable() and mark not in ';|"\\' else " " for mark in text).strip()


def _told(each: Transaction) -> str:
    return _clean(f"{each.event} {each.about}")


# --- hledger ----------------------------------------------------------------------------------------------


def _hledger(book: str, title: str, made: Iterable[Transaction]) -> Iterator[str]:
    yield f"; {_clean(book)}: {_clean(title)}\n; Written by pactbook. What the venture owes is below zero.\n"
    made = list(made)
    for code in sorted({posting.currency for each in made for posting in each.postings}):
        digits = currency(code).digits
        yield f"commodity 1000.{'0' * digits} {code}\n"
    for each in made:
        own = f"={each.effective_on}" if each.effective_on else ""
        yield f"\n{each.day}{own} * ({each.seq}) {_told(each)}\n"
        yield from _lines(each.postings, _note)
        if each.leaves:
            yield f"\n{each.day} * ({each.seq}) balances after the close of {_clean(each.about)}\n"
            for name, code, minor in each.leaves:
                yield f"    {account(name)}  0 {code} = {_amount(minor, code)}\n"


def _note(posting: Posting) -> str:
    tags = (("clause", posting.clause), ("figure", posting.figure))
    said = [f"{word}:{_clean(value)}" for word, value in tags if value]
    return f"  ; {', '.join(said)}" if said else ""


def _lines(postings: Iterable[Posting], note: Callable[[Posting], str]) -> Iterator[str]:
    for posting in postings:
        yield f"    {account(posting.account)}  {_amount(posting.amount_minor, posting.currency)}{note(posting)}\n"


# --- beancount --------------------------------------------------------------------------------------------


def _beancount(book: str, title: str, made: Iterable[Transaction]) -> Iterator[str]:
    made = list(made)
    codes = sorted({posting.currency for each in made for posting in each.postings})
    yield f'option "title" "{_clean(book)}: {_clean(title)}"\n'
    yield from (f'option "operating_currency" "{code}"\n' for code in codes)
    first = min((each.day for each in made), default=date(1970, 1, 1))
    for name in sorted({account(posting.account) for each in made for posting in each.postings} | _stated(made)):
        yield f"{first} open {name}\n"
    for each in made:
        yield f'\n{each.day} * "{_told(each)}"\n  seq: {each.seq}\n'
        if each.effective_on:
            yield f"  effective: {each.effective_on}\n"
        yield from _lines(each.postings, lambda _: "")
        for name, code, minor in each.leaves:
            # Without a tolerance of nothing beancount would let a balance be a cent off.
            number = _amount(minor, code).removesuffix(f" {code}")
            yield f"{each.day + timedelta(days=1)} balance {account(name)}  {number} ~ 0 {code}\n"


def _stated(made: Iterable[Transaction]) -> set[str]:
    leaves: Iterator[Balance] = (balance for each in made for balance in each.leaves)
    return {account(name) for name, _, _ in leaves}


_WRITERS: dict[str, Callable[[str, str, Iterable[Transaction]], Iterator[str]]] = {
    "hledger": _hledger,
    "beancount": _beancount,
}
