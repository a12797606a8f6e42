"""An agreement as people and programs read it: standing, versions, the terms in sentences, what is open."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cli.output import Column, Table, View
from cli.recorded import SHORT
from cli.session import session
from cli.terms_view import amendment_table, change_data, changes_table, reading_data, reading_table
from ledger.book import agreement as stream
from ledger.book.agreement import Agreement, Version
from ledger.book.events import AgreementProposed, AgreementTerminated, AmendmentProposed
from ledger.terms.difference import changes
from ledger.terms.document import Terms
from ledger.terms.written.document import read_canonical
from ledger.values.money import currency, format_amount

if TYPE_CHECKING:
    from datetime import date

    from ledger.book.events import Event
    from ledger.settlement.whatif import Effect
    from ledger.terms.difference import Change


@dataclass(frozen=True)
class _Seen:
    """An agreement with the answers that its versions got, as of today."""

    book: str
    state: Agreement
    answers: list[list[Event]]
    ending: AgreementTerminated | None
    today: date

    @cached_property
    def governing(self) -> Version | None:
        """The version that governs today, or the last that did."""
        return stream.last_version_on(self.state, self.today) or stream.last_in_force(self.state)

    @cached_property
    def main(self) -> Version:
        """The version to read: the one that governs, else the last that was proposed."""
        return self.governing or self.state.versions[-1]

    @cached_property
    def terms(self) -> Terms:
        """The terms to read."""
        return read_canonical(self.main.terms)

    @cached_property
    def open(self) -> Version | None:
        """The version that waits for an answer."""
        return stream.open_version(self.state)

    @cached_property
    def effects(self) -> list[Effect]:
        """What an open amendment would change in closed periods."""
        if self.open is None or not self.open.is_amendment:
            return []
        return session().ledger.agreements.effects(read_canonical(self.open.terms), self.open.effective_on)


def _seen(book: str, as_of: date | None) -> _Seen:
    ledger = session().ledger
    state = ledger.agreement(book)
    answers: list[list[Event]] = []
    ending = None
    for event in ledger.streams([stream.stream(book)])[stream.stream(book)]:
        if isinstance(event, AgreementProposed | AmendmentProposed):
            answers.append([event])
        elif isinstance(event, AgreementTerminated):
            ending = event
        else:
            answers[-1].append(event)
    return _Seen(book, state, answers, ending, as_of or ledger.today)


def standing(state: Agreement, today: date) -> str:
    """Where an agreement stands, in a word or two."""
    if stream.last_in_force(state) is None:
        return "proposed" if stream.open_version(state) else "declined"
    if state.terminated_on is not None:
        return (
            f"ended on {state.terminated_on}"
            if state.terminated_on < today
            else f"in force until {state.terminated_on}"
        )
    return "in force, amendment open" if stream.open_version(state) else "in force"


# --- one agreement --------------------------------------------------------------------------------------


def view_of(book: str, as_of: date | None = None) -> View:
    """One agreement, whole, on a day (None: today)."""
    seen = _seen(book, as_of)
    records = [
        {"agreement": book, "terms": seen.main.digest, "clause": clause, "says": says}
        for clause, says in seen.terms.reading()
    ]
    return View(_data(seen), records, _tables(seen))


def _data(seen: _Seen) -> dict[str, Any]:
    terms = seen.terms
    return {
        "agreement": seen.book,
        "title": terms.title,
        "status": standing(seen.state, seen.today),
        "currency": terms.currency,
        "terminated_on": seen.state.terminated_on.isoformat() if seen.state.terminated_on else None,
        "parties": {party: who.name for party, who in terms.parties.items()},
        "digest": seen.main.digest,
        "effective_on": seen.main.effective_on.isoformat(),
        "terms": json.loads(terms.canonical),
        "reading": reading_data(terms),
        "versions": [_version_data(seen, place) for place in range(len(seen.state.versions))],
        "open": _open_data(seen),
    }


def _version_data(seen: _Seen, place: int) -> dict[str, Any]:
    version = seen.state.versions[place]
    return {
        "digest": version.digest,
        "kind": "amendment" if version.is_amendment else "proposal",
        "effective_on": version.effective_on.isoformat(),
        "status": _status(version, seen),
        "proposed_by": version.proposed_by,
        "accepted_by": sorted(version.accepted_by),
        "waits_for": sorted(version.asked - version.accepted_by) if version.is_open else [],
        "declined_by": version.declined_by,
        "answers": [
            {
                "event": type(event).__name__,
                "actor": event.actor,
                "recorded_at": event.recorded_at.isoformat().replace("+00:00", "Z"),
                "reason": getattr(event, "reason", None),
            }
            for event in seen.answers[place]
        ],
    }


def _open_data(seen: _Seen) -> dict[str, Any] | None:
    if seen.open is None:
        return None
    unit = currency(seen.terms.currency)
    return {
        "digest": seen.open.digest,
        "effective_on": seen.open.effective_on.isoformat(),
        "waits_for": sorted(seen.open.asked - seen.open.accepted_by),
        "terms": json.loads(seen.open.terms),
        "changes": change_data(_changes(seen)),
        "effects": [
            {"period": effect.period, "party": party, "amount": format_amount(minor, unit), "currency": unit.code}
            for effect in seen.effects
            for party, minor in effect.net_minor.items()
        ],
    }


def _status(version: Version, seen: _Seen) -> str:
    if version.is_open:
        return "open"
    if version.declined_by is not None:
        return "declined"
    if version.effective_on > seen.today and version is not seen.governing:
        return "accepted"
    return "in force" if version is seen.governing else "replaced"


def _changes(seen: _Seen) -> list[Change]:
    """The clauses that read differently under an open amendment."""
    if seen.open is None or not seen.open.is_amendment:
        return []
    return changes(seen.terms, read_canonical(seen.open.terms))


# --- for people -----------------------------------------------------------------------------------------


def _tables(seen: _Seen) -> list[Table | str]:
    terms = seen.terms
    heading = f"{seen.book}: {terms.title}\n{standing(seen.state, seen.today)}"
    heading += f", settled every {terms.every} in {terms.currency}"
    if seen.ending is not None:
        heading += f"\nends on {seen.ending.effective_on}: {seen.ending.reason} ({seen.ending.actor})"
    return [heading, _parties_table(seen), _versions_table(seen), reading_table(terms), *_open_tables(seen)]


def _parties_table(seen: _Seen) -> Table:
    """Who accepted the terms that are shown, and when."""
    place = seen.state.versions.index(seen.main)
    said = {event.actor.partition("/")[0]: event for event in seen.answers[place]}
    rows = []
    for party, who in seen.terms.parties.items():
        event = said.get(party)
        verb = "" if event is None else type(event).__name__.removeprefix("Agreement").removeprefix("Amendment").lower()
        answer = "no answer yet" if event is None else f"{verb} by {event.actor} on {event.recorded_at:%Y-%m-%d}"
        rows.append([party, who.name, answer])
    return Table((Column("Party"), Column("name"), Column(f"terms {seen.main.digest[:SHORT]}")), rows)


def _versions_table(seen: _Seen) -> Table:
    rows = []
    for version, answers in zip(seen.state.versions, seen.answers, strict=True):
        reasons = "; ".join(reason for event in answers if (reason := getattr(event, "reason", "")))
        accepted = ", ".join(sorted(version.accepted_by))
        rows.append(
            [
                version.digest[:SHORT],
                str(version.effective_on),
                version.proposed_by,
                accepted,
                _status(version, seen),
                reasons,
            ]
        )
    columns = ("Version", "from", "proposed by", "accepted by", "status", "reason")
    return Table([Column(heading) for heading in columns], rows)


def _open_tables(seen: _Seen) -> list[Table | str]:
    if seen.open is None:
        return []
    waits = ", ".join(sorted(seen.open.asked - seen.open.accepted_by))
    hint = f"pactbook agreement accept {seen.book} --digest {seen.open.digest[:SHORT]}"
    if not seen.open.is_amendment:
        return [f"Waits for {waits}: {hint}"]
    title = f"Open amendment {seen.open.digest[:SHORT]} from {seen.open.effective_on}"
    found: list[Table | str] = [changes_table(_changes(seen), title)]
    if seen.effects:
        found.append(amendment_table(seen.effects, currency(seen.terms.currency)))
    else:
        found.append("It changes no closed period.")
    return [*found, f"Waits for {waits}: {hint}"]


# --- all agreements -------------------------------------------------------------------------------------


def list_view() -> View:
    """All agreements, one on a line."""
    ledger = session().ledger
    records = []
    for book in ledger.books.books():
        state = ledger.agreement(book)
        version = stream.last_version_on(state, ledger.today) or stream.last_in_force(state) or state.versions[-1]
        terms = read_canonical(version.terms)
        records.append(
            {
                "agreement": book,
                "title": terms.title,
                "status": standing(state, ledger.today),
                "parties": " ".join(terms.parties),
                "currency": terms.currency,
                "from": terms.starts_on.isoformat(),
                "terms": version.digest,
            }
        )
    columns = [Column(heading) for heading in HEADINGS]
    rows = [[*(each[word] for word in HEADINGS[:-1]), each["terms"][:SHORT]] for each in records]
    nothing = "no agreements yet; propose one: pactbook agreement propose TERMS.yaml"
    return View(records, records, [Table(columns, rows)] if rows else [nothing], HEADINGS)


HEADINGS = ("agreement", "title", "status", "parties", "currency", "from", "terms")
