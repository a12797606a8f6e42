"""`pactbook history`: every event of a book, who recorded it when, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option, parse_instant
from cli.options import Parsed, global_options
from cli.output import Column, Table, View, say, show
from cli.recorded import line_of
from cli.session import session
from cli.text import revealed
from ledger.values.errors import Rejected
from ledger.values.periods import parse_date

if TYPE_CHECKING:
    from ledger.book.events import Event
    from projections.history import HistoryPage, Told

STREAMS = ("agreement", "entry", "closing", "payout", "dispute", "rate", "key", "statement", "liquidation")


# --- what to look for -----------------------------------------------------------------------------------


def _event_type(text: str) -> str:
    """The name of a type of events, in whatever case it is written."""
    from difflib import get_close_matches

    from ledger.book.events import EVENTS

    names = {each.__name__.lower(): each.__name__ for each in EVENTS}
    if text.lower() in names:
        return names[text.lower()]
    near = get_close_matches(text.lower(), names, 1)
    hint = f"did you mean {names[near[0]]}?" if near else f"the types are {', '.join(names.values())}"
    raise Rejected(f"{text!r} is no type of events", hint)


def _since(text: str) -> datetime:
    """The first moment that counts."""
    return _moment(text, 0)


def _until(text: str) -> datetime:
    """The first moment that counts no more: the end of a day, or an instant."""
    return _moment(text, 1)


def _moment(text: str, days: int) -> datetime:
    if len(text) == len("2026-10-31"):
        day = date.fromordinal(min(parse_date(text).toordinal() + days, date.max.toordinal()))
        return datetime.combine(day, time(), UTC)
    return parse_instant(text)


def _types(kinds: Sequence[str], streams: Sequence[str]) -> tuple[str, ...]:
    """The types of events that are asked for by name, or by the streams that they stand in."""
    from ledger.book.events import EVENTS

    wanted = {each.__name__ for each in EVENTS if not streams or _room(each.__name__) in streams}
    return tuple(sorted(wanted & set(kinds) if kinds else wanted)) if kinds or streams else ()


def _room(name: str) -> str:
    """The kind of stream in which events of a type stand."""
    from ledger.book.liquidation_events import LIQUIDATION_EVENTS

    if name in {each.__name__ for each in LIQUIDATION_EVENTS}:
        return "liquidation"
    first = {"Agreement": "agreement", "Amendment": "agreement", "Period": "closing", "Payout": "payout"}
    first |= {"Dispute": "dispute", "Rate": "rate", "Key": "key", "Statement": "statement"}
    return next((room for word, room in first.items() if name.startswith(word)), "entry")


# --- the command ----------------------------------------------------------------------------------------


@click.command()
@click.argument("agreement")
@click.option("--actor", metavar="PARTY[/PERSON]", help="Only what a person, or anybody of a party, recorded.")
@click.option(
    "--kind",
    "kinds",
    type=Parsed("event type", _event_type),
    multiple=True,
    metavar="EVENTTYPE",
    help="Only events of this type, such as EntryCorrected (may be repeated).",
)
@click.option("--stream", "streams", type=click.Choice(STREAMS), multiple=True, help="Only events about these.")
@click.option("--reference", metavar="NAME", help="Only events of this entry, payout or dispute.")
@click.option("--figure", metavar="FIGURE", help="Only events behind this figure, such as 2026-10/jot/share.")
@click.option("--since", type=Parsed("moment", _since), metavar="WHEN", help="Recorded on or after a day or instant.")
@click.option("--until", type=Parsed("moment", _until), metavar="WHEN", help="Recorded up to a day, or to an instant.")
@known_at_option
@as_of_option
@click.option(
    "--after", metavar="SEQ", type=click.IntRange(0, 10**15), help="The next page: what comes after this event."
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, help="Events on a page [default: 100].")
@click.option("--newest", is_flag=True, help="The newest first.")
@click.option("--effects", "changed", is_flag=True, help="Also what each event changed: content, totals, balances.")
@global_options
def history(
    agreement: str,
    actor: str | None,
    kinds: tuple[str, ...],
    streams: tuple[str, ...],
    reference: str | None,
    figure: str | None,
    since: datetime | None,
    until: datetime | None,
    known_at: int | None,
    as_of: date | None,
    after: int | None,
    limit: int,
    newest: bool,
    changed: bool,
) -> None:
    """Show what happened, event by event, in the order in which the book learned it.

    In JSON and JSON Lines every event has its own data, as the book keeps it. Behind a figure are the events of the
    entries that it adds up, rates of exchange and the acceptance of the terms, what was brought forward included. With
    --effects each event says how much more (or less) it made the venture owe each party, at the end of the period that
    was open, and of a correction what was there before.

    \b
    Example:
      pactbook history acme-jot --newest --limit 20
      pactbook history acme-jot --reference INV-1 --effects
      pactbook history acme-jot --figure 2026-10/jot/share
      pactbook history acme-jot --actor jot --kind EntryCorrected --kind EntryVoided --since 2026-10-01
    """
    from projections.history import Filter, HistoryPage
    from projections.history import history as told

    types = _types(kinds, streams)
    wanted = Filter(actor, types, reference, since, until, known_at, as_of, _behind(agreement, figure))
    if (kinds or streams) and not types:
        session().ledger.require_book(agreement)
        page = HistoryPage((), None)
    else:
        token = None if after is None else str(after)
        page = told(session().follower, agreement, wanted, limit=limit, after=token, newest_first=newest)
    show(_view(agreement, page, changed))
    if page.next is not None and session().format in ("jsonl", "csv"):
        say(f"there is more: add --after {page.next}, or a higher --limit")


def _behind(agreement: str, figure: str | None) -> frozenset[int] | None:
    if figure is None:
        return None
    from projections.sources import seqs_behind

    full = figure if figure.startswith(f"{agreement}/") else f"{agreement}/{figure}"
    return seqs_behind(session().ledger, session().follower, full)


HEADINGS = ("seq", "recorded_at", "actor", "event", "stream", "effective_on", "what", "reason", "note")


def _view(agreement: str, page: HistoryPage, changed: bool) -> View:
    from cli.effects import effects_of, in_words

    events = _events(agreement, page) if session().format in ("json", "jsonl") else {}
    effects = effects_of(agreement, page) if changed else {}
    records = [_record(each, events, effects) for each in page.events]
    data = {"agreement": agreement, "events": records, "next": None if page.next is None else int(page.next)}
    if changed and not events:
        records = [{**record, "effects": in_words(record["effects"])} for record in records]
    headings = (*HEADINGS, "effects") if changed else HEADINGS
    return View(data, records, [_table(page, effects)] if page.events else ["no such events"], headings)


def _table(page: HistoryPage, effects: Mapping[int, dict[str, Any]]) -> Table:
    from cli.effects import in_words

    columns = [
        Column("Seq", True), Column("recorded"), Column("by"), Column("event"), Column("what"), Column("because"),
    ]  # fmt: skip
    rows = [
        [
            str(each.seq),
            _second(each.recorded_at),
            each.actor,
            each.type,
            each.summary,
            "; ".join(said for said in map(revealed, (each.reason, each.note)) if said),
            *([in_words(effects[each.seq])] if effects else []),
        ]
        for each in page.events
    ]
    more = f"more: add --after {page.next}" if page.next else ""
    return Table([*columns, *([Column("changed")] if effects else [])], rows, note=more)


def _record(told: Told, events: Mapping[int, Event], effects: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "seq": told.seq,
        "recorded_at": told.recorded_at.isoformat().replace("+00:00", "Z"),
        "actor": told.actor,
        "event": told.type,
        "stream": told.stream,
        "effective_on": None if told.effective_on is None else told.effective_on.isoformat(),
        "what": told.summary,
        "reason": revealed(told.reason or None),
        "note": revealed(told.note),
    }
    if effects:
        record["effects"] = effects[told.seq]
    return {**record, "data": json.loads(line_of(events[told.seq]))} if events else record


def _second(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"


def _events(agreement: str, page: HistoryPage) -> dict[int, Event]:
    """The events of a page by their seq, read in runs."""
    found: dict[int, Event] = {}
    for first, last in _runs(sorted(each.seq for each in page.events)):
        found.update(session().ledger.events_of(agreement, after=first - 1, upto=last))
    return found


def _runs(seqs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The numbers without gaps between them, as (first, last)."""
    start = 0
    for place, seq in enumerate(seqs):
        if place + 1 == len(seqs) or seqs[place + 1] != seq + 1:
            yield seqs[start], seq
            start = place + 1
