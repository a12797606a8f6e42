"""`pactbook confirm`, `reject`, `correct`, `void`: what becomes of entries; `pactbook entries` lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option
from cli.options import AMOUNT, DATE, PERIOD, QUANTITY, SLUG, dry_run_option, evidence_options, global_options
from cli.output import Column, Table, View, say, show
from cli.recorded import awaits, digests_of, ledger_for, remark_unknown, show_recorded
from cli.session import session
from cli.text import revealed
from ledger.values.errors import Finding, Refused, Rejected

if TYPE_CHECKING:
    from datetime import date

    from ledger.book.events import Event, Fact
    from projections.entries import Filter, Listed

_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, in a sentence.")


def _many(command: Callable[..., None]) -> Callable[..., None]:
    """The agreement, and references as arguments or from a list."""
    command = click.option(
        "--from", "listed", metavar="FILE", help="References from a file, one on a line (- for stdin)."
    )(command)
    return click.argument("agreement")(click.argument("references", metavar="[REFERENCE]...", nargs=-1)(command))


# --- saying yes and no ----------------------------------------------------------------------------------


@click.command()
@_many
@click.option("--note", metavar="TEXT", help="A remark that stays with it.")
@click.option(
    "--lapsed", is_flag=True, help="Record for all entries that nobody answered in time that silence accepted."
)
@dry_run_option
@global_options
def confirm(
    agreement: str, references: tuple[str, ...], listed: str | None, note: str | None, lapsed: bool, dry_run: bool
) -> None:
    """Say yes to entries of the counterparty: from now on they count.

    Of several entries all are confirmed, or none. Where the terms say that silence accepts, --lapsed records this of
    every entry whose term has run out; any party may. A close does it by itself.

    \b
    Example:
      pactbook confirm acme-jot M-7 M-8 --as acme/ann
      pactbook confirm acme-jot --lapsed --as jot/ana
    """
    if lapsed:
        if references or listed is not None or note is not None:
            raise click.UsageError("--lapsed goes without references and without --note")
        _show_lapsed(ledger_for(dry_run).entries.accept_silent(agreement))
        return
    wanted = _references(references, listed)
    _show(agreement, wanted, ledger_for(dry_run).entries.confirm_all(agreement, wanted, note), "confirmed")


@click.command()
@_many
@_REASON
@dry_run_option
@global_options
def reject(agreement: str, references: tuple[str, ...], listed: str | None, reason: str, dry_run: bool) -> None:
    """Say no to entries of the counterparty: they do not count unless they are corrected and confirmed.

    \b
    Example:
      pactbook reject acme-jot M-7 --reason "the invoice is not ours" --as acme/ann
    """
    wanted = _references(references, listed)
    _show(agreement, wanted, ledger_for(dry_run).entries.reject_all(agreement, wanted, reason), "rejected")


@click.command()
@_many
@_REASON
@click.option("--part", metavar="REFERENCE", help="Only this settlement or release of a liability.")
@click.option("--under", is_flag=True, help="Every entry whose reference begins with REFERENCE and a slash.")
@dry_run_option
@global_options
def void(
    agreement: str,
    references: tuple[str, ...],
    listed: str | None,
    reason: str,
    part: str | None,
    under: bool,
    dry_run: bool,
) -> None:
    """Take entries back. They stay on record, and count no more; what was closed is adjusted in the next close.

    Of several entries all are voided, or none.

    \b
    Example:
      pactbook void acme-jot INV-1 --reason "cancelled by the customer"
      pactbook void acme-jot --from returned.txt --reason "returned in October"
      pactbook void acme-jot --under ORDER-77 --reason "all lines of the order came back"
    """
    ledger = ledger_for(dry_run)
    wanted = _references(references, listed)
    if under:
        wanted = _under(agreement, wanted)
    if part is None:
        _show(agreement, wanted, ledger.entries.void_all(agreement, wanted, reason), "voided")
        return
    if len(wanted) != 1:
        raise click.UsageError("--part belongs to one liability: name that alone")
    show_recorded(ledger.entries.void(agreement, wanted[0], reason, part), [f"voided {part} of {wanted[0]}"])


def _references(given: Sequence[str], listed: str | None) -> list[str]:
    """The references of the command line and of a list, each once."""
    found = [*given, *(_read_list(listed) if listed is not None else ())]
    if not found:
        raise click.UsageError("name at least one REFERENCE, or a list of them with --from")
    return list(dict.fromkeys(found))


def _under(agreement: str, beginnings: Sequence[str]) -> list[str]:
    """The references of all entries under some others: `ORDER-77/1`, `ORDER-77/2` under `ORDER-77`."""
    from ledger.application.together import ManyRefused
    from projections.entries import Filter

    found: list[str] = []
    missing: list[Finding] = []
    for beginning in beginnings:
        below, _ = _collect(agreement, Filter(reference=f"{beginning}/"), None, None, None)
        found += [record["reference"] for record in below]
        if not below:
            missing.append(
                Finding(f"there is no entry under {beginning!r}", f"list them: pactbook entries {agreement}")
            )
    if missing:
        raise ManyRefused(missing)
    return found


_LIST_LIMIT = 64 * 1024 * 1024  #: the size of a list of references in bytes: some millions of them


def _read_list(file: str) -> list[str]:
    name = "standard input" if file == "-" else file
    try:
        with click.open_file(file, "rb") as stream:
            raw = stream.read(_LIST_LIMIT + 1)
        if len(raw) > _LIST_LIMIT:
            raise Rejected([Finding(f"is larger than {_LIST_LIMIT:,} bytes", "divide the list", name)])
        lines = raw.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise Rejected([Finding(f"cannot be read: {error.strerror}", None, name)]) from None
    except UnicodeDecodeError:
        raise Rejected([Finding("is not UTF-8", "save the list as UTF-8, one reference on a line", name)]) from None
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise Rejected([Finding("holds no reference", "write one on each line", name)])
    return found


def _show(agreement: str, references: Sequence[str], events: list[Event], done: str) -> None:
    """A line for one entry with its content, or for all of them with their number."""
    from functools import reduce

    from ledger.book.entry import Status, current, evolve, waits_for
    from ledger.book.wording import sentence

    if len(references) == 1:
        state = session().ledger.entries.current(agreement, references[0])
        if session().ledger.dry_run:
            state = reduce(evolve, events, state)
        missing = waits_for(state) if state.status is Status.AWAITING else ()
        more = f"; waits for {' and '.join(missing)}" if missing else ""
        return show_recorded(events, [f"{done} {references[0]}: {sentence(current(state))}{more}"])
    already = len(references) - len(events)
    more = f"; {already:,} already were" if already else ""
    return show_recorded(events, [f"{done} {len(events):,} {'entry' if len(events) == 1 else 'entries'}{more}"])


def _show_lapsed(events: list[Event]) -> None:
    """A line for each entry that silence accepted."""
    lines = [f"accepted {event.stream.split('/', 2)[2]} by silence: {getattr(event, 'reason', '')}" for event in events]
    show_recorded(events, lines)


# --- putting right --------------------------------------------------------------------------------------

_WORDS = {
    "metric": "--metric", "category": "--category", "party": "--party", "amount_minor": "--amount",
    "currency": "--currency", "quantity_micro": "--quantity", "effective_on": "--on",
    "collected_by": "--collected-by", "paid_by": "--paid-by", "paid_to": "--paid-to", "deal": "--deal",
    "account": "--account",
    "proceeds_minor": "--proceeds",
}  # fmt: skip


@click.command()
@click.argument("agreement")
@click.argument("reference")
@click.option("--reason", metavar="TEXT", help="Why, in words for the other parties.")
@click.option(
    "--reason-private", metavar="TEXT", help="Why, in words that can be erased: the book holds their salted digest."
)
@click.option("--amount", "amount_minor", type=AMOUNT, metavar="AMOUNT", help="The right amount.")
@click.option("--currency", metavar="CODE", help="The right currency.")
@click.option("--quantity", "quantity_micro", type=QUANTITY, metavar="NUMBER", help="The right quantity.")
@click.option("--on", "effective_on", type=DATE, metavar="DATE", help="The day it belongs to.")
@click.option("--metric", type=SLUG, metavar="NAME", help="The right metric of a result.")
@click.option("--category", type=SLUG, metavar="NAME", help="The right category of a cost or liability.")
@click.option("--collected-by", type=SLUG, metavar="PARTY", help="Who holds the money of a result.")
@click.option("--paid-by", type=SLUG, metavar="PARTY", help="Who paid a cost or an advance.")
@click.option("--paid-to", "--to", "paid_to", type=SLUG, metavar="PARTY", help="Who received an advance.")
@click.option("--account", type=SLUG, metavar="NAME", help="The account that an advance is recouped on.")
@click.option("--party", type=SLUG, metavar="PARTY", help="Whose contribution or withdrawal it is.")
@click.option("--deal", type=SLUG, metavar="DEAL", help="Which deal a contribution is for.")
@click.option("--proceeds", "proceeds_minor", type=AMOUNT, metavar="AMOUNT", help="What a conversion brought.")
@click.option("--original", metavar="TEXT", help="The amount as the document has it, before conversion.")
@evidence_options
@dry_run_option
@global_options  # fmt: skip
def correct(
    agreement: str,
    reference: str,
    reason: str | None,
    reason_private: str | None,
    original: str | None,
    evidence: tuple[Path, ...],
    digest_only: bool,
    dry_run: bool,
    **given: Any,
) -> None:
    """Put an entry right: what you name is replaced, the rest stays as it was.

    The earlier content stays on record. A correction that falls in a closed period becomes an adjustment
    in the next statement.

    \b
    Example:
      pactbook correct acme-jot INV-1 --amount 1235.00 --reason "typing error"
      pactbook correct acme-jot INV-1 --on 2026-10-04 --reason "booked a day early" --dry-run
    """
    from ledger.book.entry import current

    if (reason is None) == (reason_private is None):
        raise click.UsageError("say why: --reason TEXT, or --reason-private TEXT")
    ledger = ledger_for(dry_run)
    changes = {field: value for field, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError(f"say what to correct: {', '.join(_WORDS.values())}")
    before = current(ledger.entries.current(agreement, reference))
    _require_fields(reference, before, changes)
    _read_amount(agreement, before, changes)
    digests = digests_of(evidence, digest_only)

    def decide(why: str) -> list[Event]:
        return ledger.entries.correct(agreement, reference, changes, why, original=original, evidence=digests)

    events = decide(reason or "") if reason_private is None else ledger.texts.record(reason_private, decide)
    show_recorded(events, [f"corrected {reference}: {_change(before, event)}" for event in events])
    remark_unknown(agreement, [given["metric"] or given["category"] or given["deal"] or ""])


def _require_fields(reference: str, fact: Fact, changes: dict[str, Any]) -> None:
    from ledger.book.rules import kind_of

    for field in changes:
        if field not in fact.__struct_fields__:
            has = ", ".join(word for each, word in _WORDS.items() if each in fact.__struct_fields__)
            raise Refused(f"{reference} is recorded as {kind_of(fact)}, which has no {_WORDS[field]}", f"it has {has}")


def _read_amount(agreement: str, before: Fact, changes: dict[str, Any]) -> None:
    """The amount in minor units, in the currency that is named, or was there, or is the agreement's.

    Where only another currency is named, the amount is the same number of it.
    """
    from ledger.values.money import currency, format_amount, parse_amount

    own = session().ledger.terms(agreement).currency
    if "proceeds_minor" in changes:
        changes["proceeds_minor"] = parse_amount(changes["proceeds_minor"], currency(own))
    if "currency" in changes and before.currency is not None and before.amount_minor is not None:
        changes.setdefault("amount_minor", format_amount(before.amount_minor, currency(before.currency)))
    if "amount_minor" in changes:
        code = changes.get("currency") or before.currency or own
        changes |= {"amount_minor": parse_amount(changes["amount_minor"], currency(code)), "currency": code}


def _change(before: Fact, event: Event) -> str:
    from ledger.book.events import EntryCorrected
    from ledger.book.wording import differences

    assert isinstance(event, EntryCorrected)
    changed = ", ".join(
        f"{word} {old or 'nothing'} -> {new or 'nothing'}" for word, old, new in differences(before, event.fact)
    )
    return f"{changed}{awaits([event])}"


# --- listing --------------------------------------------------------------------------------------------

KINDS = (
    "result", "cost", "liability", "contribution", "withdrawal", "advance", "conversion",
    "admission", "retirement", "ratio_change", "revaluation",
)  # fmt: skip
STATUSES = ("awaiting", "counted", "rejected", "voided")
PAGE = 50  #: entries that people are shown at once
_BULK = 5_000  #: entries that are read at once for programs, which get all of them


@click.command()
@click.argument("agreement")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--name", metavar="NAME", help="Only this metric, category or account.")
@click.option("--party", metavar="PARTY", help="Only where this party holds, paid or received the money.")
@click.option("--period", type=PERIOD, metavar="PERIOD", help="Only what belongs to this period.")
@click.option("--status", type=click.Choice(STATUSES), help="Only where it stands so.")
@click.option("--reference", metavar="PREFIX", help="Only references that begin so.")
@as_of_option
@known_at_option
@click.option("--limit", type=click.IntRange(1, 10**15), metavar="N", help="How many [default: 50; all but in tables].")
@click.option("--after", metavar="TOKEN", help="The next page, as the page before says.")
@global_options
def entries(
    agreement: str, as_of: date | None, known_at: int | None, limit: int | None, after: str | None, **wanted: Any
) -> None:
    """List the entries of AGREEMENT by effective date, as they stand now or stood at an earlier moment.

    \b
    Example:
      pactbook entries acme-jot --status awaiting
      pactbook entries acme-jot --kind cost --period 2026-10 --format csv -o costs.csv
    """
    from ledger.book.entry import Status
    from projections.entries import Filter

    status = Status(wanted.pop("status")) if wanted["status"] else wanted.pop("status")
    conditions = Filter(**wanted, status=status, last=as_of)
    if limit is None and session().format == "table":
        limit = PAGE
    found, following = _collect(agreement, conditions, known_at, limit, after)
    show(_listed_view(agreement, found, following, known_at))
    if following and session().format in ("jsonl", "csv"):
        say(f"note: there are more; add --after {following}")


def _collect(
    agreement: str, conditions: Filter, known_at: int | None, limit: int | None, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The entries as records, and the token of the next page if there is one."""
    from projections.entries import list_entries

    found: list[dict[str, Any]] = []
    while True:
        size = _BULK if limit is None else min(_BULK, limit - len(found))
        page = list_entries(session().follower, agreement, conditions, known_at, limit=size, after=after)
        found += map(_record, page.entries)
        after = page.next
        if after is None or len(found) == limit:
            return found, after


HEADINGS = (
    "reference", "kind", "name", "effective_on", "period", "amount", "currency", "quantity", "party", "counterparty",
    "status", "outstanding", "recorded_by", "recorded_at", "recorded_seq", "changed_seq", "version", "note",
)  # fmt: skip


def _record(entry: Listed) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount, format_quantity

    def money(minor: int | None) -> str | None:
        return None if minor is None or entry.currency is None else format_amount(minor, currency(entry.currency))

    values = (
        entry.reference, entry.kind, entry.name, entry.effective_on.isoformat(), entry.period,
        money(entry.amount_minor), entry.currency,
        None if entry.quantity_micro is None else format_quantity(entry.quantity_micro),
        entry.party, entry.counter, entry.status.value, money(entry.outstanding_minor), entry.recorder,
        entry.recorded_at.isoformat().replace("+00:00", "Z"), entry.recorded_seq, entry.changed_seq, entry.version,
        revealed(entry.note),
    )  # fmt: skip
    return dict(zip(HEADINGS, values, strict=True))


def _listed_view(agreement: str, found: list[dict[str, Any]], following: str | None, known_at: int | None) -> View:
    data = {"agreement": agreement, "known_at": known_at, "entries": found, "next": following}
    if not found:
        return View(data, found, ["no entries"], HEADINGS)
    cells = [
        [
            each["reference"], f"{each['kind']} {each['name']}".strip(), each["effective_on"],
            f"{each['amount']} {each['currency']}" if each["amount"] else "", each["quantity"] or "", _parties(each),
            each["status"], each["recorded_by"], str(each["changed_seq"]),
        ]
        for each in found
    ]  # fmt: skip
    used = [place for place, column in enumerate(zip(*cells, strict=True)) if any(column)]
    rows = [[row[place] for place in used] for row in cells]
    note = f"more: add --after {following}" if following else ""
    return View(data, found, [Table([_COLUMNS[place] for place in used], rows, note=note)], HEADINGS)


_COLUMNS = (
    Column("reference"), Column("entry"), Column("effective"), Column("amount", True), Column("quantity", True),
    Column("party"), Column("status"), Column("recorded by"), Column("seq", True),
)  # fmt: skip


def _parties(record: dict[str, Any]) -> str:
    return " to ".join(party for party in (record["party"], record["counterparty"]) if party)
