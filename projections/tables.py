"""The tables of the projections: what the log says, laid out so that questions are answered fast.

None of them holds anything of its own. Each can be dropped, and the log folded again gives the same rows
(`projections.follower`). They stand in the same database as the log, and every row names its book.

    movements    what each event added to the totals that settlement reads
    totals       their sums, per epoch of knowledge and settlement period
    versions     the terms that came into force, in that order
    endings      the last day of agreements that were terminated
    closings     the periods that were closed
    rates        what foreign currencies were worth
    entries, payouts, disputes     every state that each of them has had
    agreements   the present state of each agreement
    timeline     every event: when, by whom, of which kind, about which day and why

Both axes of time are in the rows: `effective_on` is the day a fact belongs to, `seq` when the book learned it.
A state holds from its `since_seq` until before its `until_seq`, so any past moment can be asked for. Text is
compared byte by byte, days and instants are written as ISO 8601, so that both databases sort them alike.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    select,
    text,
)

from ledger.terms.kept import shape

MEANING = 3
"""Changes with anything that changes what is written to the tables, where their columns stay as they are."""

_PLAIN = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()


def _text(name: str, *, key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, _PLAIN, primary_key=key, nullable=nullable)


def _number(name: str, *, key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=nullable, autoincrement=False)


def _life(name: str) -> tuple[Column[str] | Column[int], ...]:
    """What the tables of states have in common; `name` is how a book calls the thing."""
    return (
        _text("book", key=True),
        _text(name, key=True),
        _number("version", key=True),
        _number("since_seq"),
        _number("until_seq"),
    )


movements = Table(
    "movements", metadata,
    _text("book", key=True),
    _number("seq", key=True),
    _number("n", key=True),
    _text("reference"),
    _text("period"),
    _text("effective_on"),
    _text("kind"),
    _text("name"),
    _text("party"),
    _text("currency"),
    _text("day"),
    _text("reporter"),
    _text("counter"),
    _number("amount_minor"),
    _number("quantity_micro"),
    _number("counted"),
    Index("movements_by_total", "book", "period", "kind", "name", "party", "reference", "seq"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`n` numbers the movements of one event from 1; `counted` is 1, or -1 where an entry is taken back. `currency`,
`day` and `reporter` are those of the total, "" where nothing depends on them (`ledger.book.movements.dimensions`)."""

totals = Table(
    "totals", metadata,
    _text("book", key=True),
    _number("epoch", key=True),
    _text("period", key=True),
    _text("kind", key=True),
    _text("name", key=True),
    _text("party", key=True),
    _text("currency", key=True),
    _text("day", key=True),
    _text("reporter", key=True),
    _text("amount_minor"),
    _text("quantity_micro"),
    _number("counted"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`epoch` is how many closings the book had before the event. The sums are whole numbers written as text: each
entry fits 64 bits, but no number of entries may make a total that does not."""

versions = Table(
    "versions", metadata,
    _text("book", key=True),
    _number("number", key=True),
    _number("since_seq"),
    _text("effective_on"),
    _text("digest"),
    _text("terms"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`terms` are as `ledger.terms.kept` keeps them, "" where those on record cannot be read."""

endings = Table(
    "endings", metadata,
    _text("book", key=True),
    _number("number", key=True),
    _number("since_seq"),
    _text("effective_on"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""The terminations of an agreement; `effective_on` is its last day."""

closings = Table(
    "closings", metadata,
    _text("book", key=True),
    _number("number", key=True),
    _number("cutoff_seq"),
    _text("period"),
    _text("statement"),
    _text("root"),
    _text("currency"),
    _text("closing_minor"),
    _text("actor"),
    _text("recorded_at"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`closing_minor` is JSON: party to balance."""

rates = Table(
    "rates", metadata,
    _text("book", key=True),
    _number("seq", key=True),
    _text("currency"),
    _text("effective_on"),
    _text("rate"),
    _text("quote", nullable=True),
    _text("source", nullable=True),
    _text("actor"),
    _text("reason"),
    Index("rates_by_day", "book", "currency", "effective_on", "seq"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`rate` is an exact ratio: units of the agreement's currency for one of `currency` on a day. Of several for a day the
last one counts; its `reason` says why."""

entries = Table(
    "entries", metadata,
    *_life("reference"),
    _text("kind"),
    _text("name"),
    _text("party"),
    _text("counter"),
    _number("amount_minor", nullable=True),
    _number("quantity_micro", nullable=True),
    _number("outstanding_minor", nullable=True),
    _text("currency", nullable=True),
    _text("effective_on"),
    _text("period"),
    _text("status"),
    _text("recorder"),
    Index("entries_by_day", "book", "effective_on", "since_seq"),
)  # fmt: skip
"""`outstanding_minor` is what of a liability is neither settled nor released."""

# The status is in it, though it is always the same: SQLite, which keeps no statistics, then takes it before another.

Index(
    "entries_awaiting", entries.c.book, entries.c.status, entries.c.effective_on, entries.c.since_seq,
    sqlite_where=text("status = 'awaiting'"), postgresql_where=text("status = 'awaiting'"),
)  # fmt: skip

payouts = Table(
    "payouts", metadata,
    *_life("payout_id"),
    _text("period"),
    _text("payer"),
    _text("payee"),
    _number("amount_minor"),
    _text("currency"),
    _text("due_on"),
    _text("status"),
    _text("proposer"),
    _text("approver"),
    _text("sent_on", nullable=True),
    _text("sent_reference", nullable=True),
    _text("settled_on", nullable=True),
    _text("settled_reference", nullable=True),
    _text("reversed_on", nullable=True),
)  # fmt: skip

disputes = Table(
    "disputes", metadata,
    *_life("dispute_id"),
    _text("period"),
    _text("figure"),
    _text("stated_minor"),
    _text("expected_minor"),
    _text("currency"),
    _text("effect_minor"),
    _text("reason"),
    _text("opener"),
    _text("status"),
    _text("answers"),
    _text("corrections"),
)  # fmt: skip
"""`stated_minor` and `expected_minor` are whole numbers as text, as in `totals`; `effect_minor`, `answers` and
`corrections` are JSON."""

agreements = Table(
    "agreements", metadata,
    _text("book", key=True),
    _text("title"),
    _text("stage"),
    _text("parties"),
    _text("currency"),
    _text("every"),
    _text("starts_on"),
    _text("ends_on", nullable=True),
    _text("digest", nullable=True),
    _text("open_digest", nullable=True),
    _text("open_from", nullable=True),
    _text("open_by", nullable=True),
    _text("waiting_for"),
    _number("since_seq"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""`digest` is of the terms that came into force last, `open_*` of a proposal that waits for an answer;
`parties` and `waiting_for` are JSON lists."""

timeline = Table(
    "timeline", metadata,
    _text("book", key=True),
    _number("seq", key=True),
    _number("position"),
    _text("recorded_at"),
    _text("actor"),
    _text("type"),
    _text("stream"),
    _text("effective_on", nullable=True),
    _text("reason"),
    _text("note", nullable=True),
    sqlite_with_rowid=False,
)  # fmt: skip

FOLDED = tuple(metadata.sorted_tables)
"""Every table that is folded from the log."""


def _shape() -> Iterator[str]:
    """Every column and index, in words."""
    for table in FOLDED:
        for column in table.columns:
            kind = "number" if isinstance(column.type, BigInteger) else "text"
            yield f"{table.name}.{column.name} {kind} {column.primary_key} {column.nullable}"
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield f"{index.name} {[column.name for column in index.columns]}"


def checksum() -> int:
    """What `VERSION` must be: it changes with any of the tables."""
    return zlib.crc32(f"{MEANING} {shape()} {sorted(_shape())}".encode())


position = Table(
    "projection_position", metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    _number("version"),
    _number("position"),
)  # fmt: skip
"""The one row that says how far the log has been followed, and into which version of the tables. Whoever moves
on changes it first, so that others wait. It has this shape in every version."""


_aside = MetaData()

ASIDE = {table: table.to_metadata(_aside, name=f"anew_{table.name}") for table in FOLDED}
"""Where each table is made anew while the one that is there is read (`projections.aside`): without its indexes."""

for _table in ASIDE.values():
    _table.indexes.clear()

progress = Table(
    "anew_progress", _aside,
    _text("book", key=True),
    _text("name"),
    _number("seq"),
)  # fmt: skip
"""How far each book has been folded aside, and by which making of the tables."""


def dump(connection: Connection) -> Iterator[bytes]:
    """The content of all tables, a line of JSON per row, in the order of keys: equal content, equal bytes."""
    for table in (*FOLDED, position):
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            yield msgspec.json.encode([str(table.name), *row])
