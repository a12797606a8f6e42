"""`pactbook init`, `rebuild`, `doctor` and `config`: the store itself, and the settings of this call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.checks import show_checks
from cli.crews import Hands, fleet_options
from cli.options import global_options
from cli.output import Column, Table, View, counting, say, show
from cli.session import DEFAULT_STORE, PROJECT_FILE, session
from cli.store_checks import INTEGRITY, blame, hint
from ledger.values.errors import PactbookError

if TYPE_CHECKING:
    from ledger.bundle.report import Check


@click.command()
@global_options
def init() -> None:
    """Make a store: a SQLite file in this folder, or the database that --store names.

    Running it again changes nothing. Who may do what on a server: docs/postgresql.md.

    \b
    Example:
      pactbook init
      pactbook init --store postgresql://finance@db.example.com/pactbook
    """
    from ledger.application import create_store
    from projections.schema import prepare

    new = create_store(session().store)
    prepare(session().ledger)
    store = _masked(session().store)
    line = f"made a store: {store}" if new else f"there is a store already: {store}; nothing changed"
    record = {"store": store, "new": new}
    show(View(record, [record], [line]))
    if session().settings["store"].origin == "--store" and session().store != DEFAULT_STORE:
        say(f'hint: to use it from here on, set PACTBOOK_STORE, or write store = "{store}" to {PROJECT_FILE}')


@click.command()
@fleet_options
@global_options
def rebuild(hands: Hands) -> None:
    """Drop the projections and fold them anew from the events, to the same content.

    Projections are the tables that make answers fast. Nothing that was recorded is touched. With --jobs or
    --scheduler, books are folded at once, beside the tables that are read meanwhile.

    \b
    Example:
      pactbook rebuild
      pactbook rebuild --jobs auto
    """
    if hands.alone:
        position = _rebuild_alone()
    else:
        from fleet.rebuilding import rebuild

        with hands.at_work() as (desk, crew):
            position = rebuild(desk, crew)
    record = {"store": _masked(session().store), "position": position}
    show(View(record, [record], [f"rebuilt the projections, up to position {position:,} of the log"]))


def _rebuild_alone() -> int:
    """Page by page of the whole log; whoever reads meanwhile waits for it, and helps."""
    from projections.follower import Follower

    with counting("events") as advance:
        reached = 0

        def progress(position: int, _last: int) -> None:
            nonlocal reached
            advance(position - reached)
            reached = position

        return Follower(session().ledger, progress).rebuild()


# --- doctor ---------------------------------------------------------------------------------------------


@click.command()
@global_options
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check the installation, and everything that the store holds.

    Every event is read again: its bytes, its columns, its place, its leaf in the tree of its book. Every
    sealed statement is computed again, and every row of the projections is folded again from the events.
    Exit code 5 says that the store does not agree with itself.

    \b
    Example:
      pactbook doctor
    """
    checks = [*_installation(), *_store()]
    show_checks(checks)
    wrong = {check.name for check in checks if not check.ok}
    if wrong & INTEGRITY:
        say(hint(wrong))
    if wrong:
        ctx.exit(5 if wrong & INTEGRITY else 1)


def _installation() -> Iterator[Check]:
    import sys
    from importlib.metadata import PackageNotFoundError, version

    from ledger.bundle.report import Check

    yield Check("python", sys.version.partition(" ")[0])
    found = Check("packages")
    versions = []
    for name, least in (("pactbook", ""), *_requirements()):
        try:
            have = version(name)
        except PackageNotFoundError:
            found.blame(f"{name} is not installed")
            continue
        versions.append(f"{name} {have}")
        if _numbers(have) < _numbers(least):
            found.blame(f"{name} is {have}, and pactbook needs {least} or later")
    found.found = ", ".join(versions)
    yield found


def _requirements() -> Iterator[tuple[str, str]]:
    """What pactbook needs at least: name and version."""
    import re
    from importlib.metadata import requires

    for line in requires("pactbook") or ():
        match = re.match(r"([A-Za-z0-9_-]+)[^;]*?>=([0-9.]+)[^;]*$", line)
        if match:
            yield match[1], match[2]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _store() -> Iterator[Check]:
    from fleet.verifying import Scope, broken, verify
    from ledger.bundle.report import Check

    found = Check("store", _masked(session().store))
    try:
        session().ledger  # noqa: B018  (it is opened, or says why not)
    except PactbookError as error:
        blame(found, error)
        yield found
        return
    yield found
    try:
        with Hands().at_work() as (desk, crew):
            yield from verify(desk, crew, Scope())
    except PactbookError as error:
        yield broken(error, "store")


# --- config ---------------------------------------------------------------------------------------------


@click.group(invoke_without_command=True)
@global_options
@click.pass_context
def config(ctx: click.Context) -> None:
    """Show settings and where they come from.

    A flag comes before the environment (PACTBOOK_STORE, PACTBOOK_ACTOR, PACTBOOK_FORMAT, PACTBOOK_COLOR),
    then pactbook.toml here or in a folder above, then ~/.config/pactbook/config.toml, then the default.
    """
    if ctx.invoked_subcommand is None:
        _show_settings()


@config.command("show")
@global_options
def show_config() -> None:
    """Show every setting, its value and its origin.

    \b
    Example:
      pactbook config show
    """
    _show_settings()


def _show_settings() -> None:
    records = [
        {"setting": name, "value": _masked(setting.value) if setting.value else None, "origin": setting.origin}
        for name, setting in session().settings.items()
    ]
    rows = [[str(each["setting"]), str(each["value"] or "(not set)"), str(each["origin"])] for each in records]
    columns = (Column("setting"), Column("value"), Column("from"))
    show(View(records, records, [Table(columns, rows)]))


def _masked(url: str) -> str:
    """A store's URL without its password."""
    scheme, _, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    return f"{scheme}://{user}:***@{place}" if at and colon else url
