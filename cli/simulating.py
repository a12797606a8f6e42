"""`pactbook simulate --each`: other terms tried on many agreements at once, as a document for each of them says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.output import Column, Table, View, complain
from ledger.values.errors import Finding, PactbookError, Refused, Rejected

if TYPE_CHECKING:
    from ledger.application.agreements import Simulation
    from ledger.terms.document import Terms
    from ledger.values.money import Currency

Command = TypeVar("Command", bound=Callable[..., Any])

SCHEMA = "pactbook/simulations/1"
_ENDINGS = (".yaml", ".yml")


def one_or_each(command: Command) -> Command:
    """Require an agreement and its terms, or the documents of many; a moment of one book says nothing of others."""

    @wraps(command)
    def checked(*args: Any, **given: Any) -> Any:
        one = [given["agreement"], given["named"]]
        if given["drafts"]:
            if any(each is not None for each in one):
                raise click.UsageError("--each takes the place of AGREEMENT and TERMS: its documents name agreements")
            if given["known_at"] is not None or given["as_of"] is not None:
                raise click.UsageError("--known-at and --as-of look at one agreement; leave them out, or --each")
        elif None in one:
            raise click.UsageError(f"missing argument '{'AGREEMENT' if one[0] is None else 'TERMS'}'")
        elif not given["hands"].alone:
            raise click.UsageError("--jobs and --scheduler are for many agreements at once: use --each")
        return command(*args, **given)

    return checked  # type: ignore[return-value]  # it is called as the command was


def read_drafts(paths: Sequence[Path]) -> list[Terms]:
    """The terms in files, and in all files of folders. Raises `Rejected` with everything that is wrong with any."""
    from cli.terms_files import read_terms

    found: dict[str, tuple[Path, Terms]] = {}
    wrong: list[Finding] = []
    for path in _documents(paths, wrong):
        try:
            terms = read_terms(str(path))
        except Rejected as error:
            wrong += error.findings
            continue
        if terms.agreement in found:
            message = f"these terms are for {terms.agreement}, and so are those in {found[terms.agreement][0]}"
            wrong.append(Finding(message, "try one document for each agreement", str(path)))
        found[terms.agreement] = (path, terms)
    if wrong:
        raise Rejected(wrong)
    return [terms for _, terms in found.values()]


def _documents(paths: Iterable[Path], wrong: list[Finding]) -> Iterable[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix in _ENDINGS)
        if not inside:
            wrong.append(Finding("there are no terms documents in this folder", "their names end in .yaml", str(path)))
        yield from inside


def view(drafts: Sequence[Terms], found: Mapping[str, Simulation | PactbookError], views: Mapping[str, View]) -> View:
    """What all of them would have changed; `views` has that of each agreement that could be simulated."""
    failed = [
        {"agreement": book, "error": error.message, "kind": error.kind, "hint": error.hint}
        for book, error in found.items()
        if isinstance(error, PactbookError)
    ]
    data = {"schema": SCHEMA, "simulations": [each.data for each in views.values()], "failed": failed}
    records = [{"agreement": book, **record} for book, each in views.items() for record in each.records]
    sums = [
        each
        for terms in drafts
        if not isinstance(made := found[terms.agreement], PactbookError)
        for each in _sums(terms, made)
    ]
    several = list(_together(sums))
    columns = (
        Column("agreement"), Column("periods"), Column("party"), Column("share now", True), Column("share then", True),
        Column("difference", True), Column("currency"),
    )  # fmt: skip
    table = Table(
        columns,
        [each.row() for each in (*sums, *several)],
        f"What other terms would have changed, each for its own agreement ({len(views)} of {len(drafts)})",
        frozenset({len(sums) - 1}) if several else frozenset(),
        "The difference is of what each party is owed, which costs change too; nothing was recorded.",
    )
    return View(data, records, [table], _HEADINGS)


_HEADINGS = ("agreement", "period", "status", "party", "share_now", "share_then", "difference", "currency")


@dataclass(frozen=True, slots=True)
class _Sum:
    """What a party would have got of all periods together: its shares now and then, and the difference it is owed."""

    agreement: str
    span: str
    party: str
    unit: Currency
    minor: tuple[int, int, int]

    def row(self) -> list[str]:
        from ledger.values.money import format_amount

        amounts = (format_amount(each, self.unit, grouped=True) for each in self.minor)
        return [self.agreement, self.span, self.party, *amounts, self.unit.code]


def _sums(terms: Terms, made: Simulation) -> Iterator[_Sum]:
    effects = made.effects
    first, last = effects[0].period, effects[-1].period
    span = first if first == last else f"{first} to {last}"
    for party in dict.fromkeys(party for each in effects for party in (*each.now_minor, *each.then_minor)):
        kinds = ([each.now_minor for each in effects], [each.then_minor for each in effects],
                 [each.net_minor for each in effects])  # fmt: skip
        now, then, net = (sum(each.get(party, 0) for each in kind) for kind in kinds)
        yield _Sum(terms.agreement, span, party, terms.unit, (now, then, net))


def _together(sums: Sequence[_Sum]) -> Iterator[_Sum]:
    """Of a party that several agreements name alike, all of them together."""
    for party, unit in dict.fromkeys((each.party, each.unit) for each in sums):
        its = [each.minor for each in sums if (each.party, each.unit) == (party, unit)]
        if len(its) > 1:
            now, then, net = (sum(column) for column in zip(*its, strict=True))
            yield _Sum("together", "", party, unit, (now, then, net))


def tell(found: Mapping[str, Simulation | PactbookError]) -> int:
    """Say which agreements could not be simulated, and why; returns the exit code."""
    errors = {book: each for book, each in found.items() if isinstance(each, PactbookError)}
    for book, error in errors.items():
        complain(Refused(f"{book}: {error.message}", error.hint))
    return max((error.exit_code for error in errors.values()), default=0)
