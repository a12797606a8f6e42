"""`pactbook terms`: check a document, read it back, try it on numbers, compare two. None of it needs a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cli.options import Command, global_options
from cli.output import View, show, write
from cli.session import session
from cli.terms_files import find_terms, read_terms
from ledger.values.errors import Finding, Rejected


@click.group()
@global_options
def terms() -> None:
    """Check, read, try and compare terms, before anybody accepts them.

    TERMS is a file, or - for stdin. Where a store is at hand, an agreement of it or the beginning of a digest will do.
    """


@terms.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@global_options
def check(files: tuple[str, ...]) -> None:
    """Check terms documents: everything that is wrong, with its line and what is allowed.

    Exit code 3 when one of them is rejected.

    \b
    Example:
      pactbook terms check terms.yaml
    """
    from cli.recorded import SHORT

    lines: list[str] = []
    data: list[dict[str, Any]] = []
    wrong: list[Finding] = []
    for file in files:
        found: tuple[Finding, ...] = ()
        agreement = digest = None
        try:
            read = read_terms(file)
            agreement, digest = read.agreement, read.digest
            lines.append(f"{file}: terms {read.digest[:SHORT]} of {read.agreement} can be proposed")
        except Rejected as error:
            found = error.findings
        wrong += found
        data.append(
            {"file": file, "agreement": agreement, "terms": digest, "findings": [_data(each) for each in found]}
        )
    records = [
        {**{word: each[word] for word in ("file", "agreement", "terms")}, **finding}
        for each in data
        for finding in each["findings"] or [{}]
    ]
    if lines or session().format != "table":
        show(View(data, records, ["\n".join(lines)], ("file", "agreement", "terms", *_FINDING)))
    if wrong:
        raise Rejected(wrong)


_FINDING = ("line", "path", "message", "hint")


def _data(finding: Finding) -> dict[str, Any]:
    return {word: getattr(finding, word) for word in _FINDING}


@terms.command("show")
@click.argument("named", metavar="TERMS")
@global_options
def show_terms(named: str) -> None:
    """Read TERMS back in plain sentences, clause by clause, in the order in which money flows.

    \b
    Example:
      pactbook terms show terms.yaml
      pactbook terms show acme-jot --format json
    """
    from cli.terms_view import reading_view

    show(reading_view(find_terms(named)))


_LEVELS = "Levels of the first result of the pool, FROM:TO:STEP or a list A,B,C [default: where the terms turn]."


def _assumption(name: str, metavar: str, text: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}", name, metavar=metavar, multiple=True, help=text)


@terms.command("try")
@click.argument("named", metavar="TERMS")
@click.option("--pools", metavar="LEVELS", help=_LEVELS)
@_assumption("metric", "NAME=AMOUNT", "What a metric brings in each period; several AMOUNTs are levels to try.")
@_assumption("units", "NAME=NUMBER", "The quantity of a metric in each period; several NUMBERs are levels to try.")
@_assumption("cost", "NAME=AMOUNT", "What a cost is in each period: an amount, or a rate such as 30% of the level.")
@_assumption("liability", "NAME=AMOUNT", "What is recognised of a liability in each period.")
@_assumption("capital", "PARTY[:DEAL]=AMOUNT", "What a party contributes on the first day, for all or for one deal.")
@_assumption("advance", "ACCOUNT=AMOUNT", "What is paid ahead on the first day, on an account of the terms or FROM:TO.")
@click.option(
    "--periods",
    metavar="N",
    type=click.IntRange(1, 1200),
    default=1,
    show_default=True,
    help="How many periods are alike; shares of all of them together are shown, and of the last one.",
)
@global_options  # fmt: skip
def try_terms(named: str, **given: Any) -> None:
    """Show what each party gets under TERMS over a range of results, losses included.

    Each row settles real periods by the terms; nothing is recorded. Where no levels are named they are chosen so that
    the table shows a loss, zero, and each level at which a rule sets in or ends. With -o CHART.svg a chart is
    drawn, too.

    \b
    Example:
      pactbook terms try terms.yaml
      pactbook terms try terms.yaml --pools -10000:100000:10000 --cost media=30% -o chart.svg
      pactbook terms try terms.yaml --metric sales=50000 --units signups=0,1000,2000
      pactbook terms try fund.yaml --pools 20000 --capital lp=100000 --periods 12
    """
    from cli.trying import trial_of, trial_view

    trial = trial_of(find_terms(named), given)
    view = trial_view(trial)
    if (session().output or "").lower().endswith((".png", ".pdf", ".jpg", ".jpeg")):
        raise click.UsageError("a chart is written as SVG: name the file chart.svg")
    if (session().output or "").endswith(".svg"):
        from cli.trial_chart import chart_of

        write(chart_of(trial))
        session().output = None
    show(view)


@terms.command()
@click.argument("now", metavar="A")
@click.argument("then", metavar="B")
@global_options
def diff(now: str, then: str) -> None:
    """Say what changes from terms A to terms B, and what that is worth to each party at some levels.

    \b
    Example:
      pactbook terms diff terms.yaml terms-2027.yaml
      pactbook terms diff acme-jot terms-2027.yaml
    """
    from cli.comparing import difference_view

    show(difference_view(find_terms(now), find_terms(then)))
