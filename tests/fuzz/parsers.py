"""The targets that need no store: documents, tables, words, notes, keys, receipts, bundles, settings."""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import suppress
from datetime import UTC, date, timedelta
from functools import cache
from pathlib import Path

from eventsourcing.persistence import StoredEvent

from cli.imports import Reading, parse_mapping, read_entries
from cli.imports.dates import compile_dates, contradiction, parse_pattern
from cli.imports.ecb import read_rates
from cli.imports.findings import BadValue
from cli.moments import parse_instant, parse_moment
from cli.rate import _ratio
from cli.session import _read_settings
from cli.trying import trial_of, trial_view
from ledger.bundle import receipt
from ledger.bundle.checker import wrong_figures
from ledger.bundle.verify import verify
from ledger.store import encoding, keys
from ledger.store.checkpoint import parse_checkpoint
from ledger.store.engine import make_engine
from ledger.store.notes import parse_key, parse_note
from ledger.store.schema import check_schema
from ledger.terms.written.document import parse_terms, read_canonical
from ledger.terms.yaml_lines import decode_utf8
from ledger.values import money
from ledger.values.errors import Finding
from ledger.values.periods import BusinessDays, due_date, parse_date, parse_period, periods_in_year
from tests.cli.imports.test_import_docs import EXAMPLES as IMPORTS
from tests.fuzz.mutate import DAYS, NUMBERS
from tests.fuzz.target import Target, refusals, text_of
from tests.ledger.bundle.signed_book import KEYS, signed
from tests.ledger.bundle.test_malicious import receipt_of
from tests.ledger.terms.test_terms_fuzz import GALLERY
from tests.projections.story import everything

ROOT = Path(__file__).parents[2]
#: What stands between a mapping and the file that is read by it.
RULER = b"\n=====\n"


@cache
def folder() -> Path:
    """A folder for inputs that are read from files."""
    made = tempfile.TemporaryDirectory(prefix="pactbook-fuzz-")
    _KEPT.append(made)
    return Path(made.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def file_of(data: bytes) -> Path:
    """The input as a file."""
    path = folder() / "input"
    path.write_bytes(data)
    return path


# --- documents and tables ---------------------------------------------------------------------------------------


def terms_samples() -> list[bytes]:
    """Documents as people write them, and those of the gallery in JSON."""
    written = [path.read_bytes() for path in sorted(ROOT.glob("examples/**/*.yaml")) if "map" not in path.name]
    return [*written, *(json.dumps(each, ensure_ascii=False).encode() for each in GALLERY)]


def check_terms(data: bytes) -> None:
    """A document is accepted, and reads out and reads back; or it is rejected."""
    with refusals():
        terms = parse_terms(decode_utf8(data, "terms.yaml"), "terms.yaml")
        assert read_canonical(terms.canonical) == terms
        assert list(terms.reading())


def canonical_samples() -> list[bytes]:
    """Terms as events hold them."""
    return [parse_terms(json.dumps(each)).canonical.encode() for each in GALLERY]


def check_canonical(data: bytes) -> None:
    """The terms in an event are those that were written, or they are refused."""
    text = data.decode("utf-8", "replace")
    with refusals():
        assert read_canonical(text).canonical == text


def import_samples() -> list[bytes]:
    """The mappings of the reference, each with its file."""
    told = [RULER.join((mapping.encode(), table.encode())) for (_, mapping), (_, table), _ in IMPORTS]
    mapping = (ROOT / "examples/superstore/orders.map.yaml").read_bytes()
    orders = b"".join((ROOT / "examples/superstore/orders.csv").read_bytes().splitlines(keepends=True)[:6])
    files = sorted((ROOT / "cli/demo/files").iterdir())
    demo = {path.name: path.read_bytes() for path in files}
    return [
        *told,
        mapping + RULER + orders,
        demo["sales.map.yaml"] + RULER + demo["sales.csv"][:600],
        demo["costs.map.yaml"] + RULER + demo["media.csv"][:600],
    ]


def check_import(data: bytes) -> None:
    """A mapping is read or refused; by one that is read, a file is entries and findings, and the same again."""
    mapping, _, table = data.partition(RULER)
    with refusals():
        read = parse_mapping(decode_utf8(mapping, "map.yaml"), "map.yaml")
        with read_entries(io.BytesIO(table), read, file_name="file") as rows:
            assert _told(rows) == _told(rows)


def _told(rows: Reading) -> int:
    """What the rows of a file come to, kept as one number: there may be many."""
    told = 0
    for row in rows:
        assert not isinstance(row, Finding) or row.message.strip()
        told = hash((told, repr(row)))
    return told


def rates_samples() -> list[bytes]:
    """The file of the European Central Bank, as it is and with little in it."""
    return [
        b"Date,USD,JPY,GBP,BGN,\n2026-04-13,1.1684,186.75,0.8663,N/A,\n2026-04-10,1.1690,186.1,0.86,1.9558,\n",
        b"\xef\xbb\xbfDate, USD, GBP\r\n2026-04-13, 1.1684, 0.8663\r\n",
        b'"Date","USD"\n"2026-04-13","1.1684"\n',
    ]


def check_rates(data: bytes) -> None:
    """Rates for an agreement in euros, and for one in pounds."""
    for own, codes in (("EUR", ("USD",)), ("GBP", ("USD", "EUR"))):
        with refusals():
            for quote in read_rates(file_of(data), own, codes, None, date.max):
                assert quote.quoted.rate > 0


def settings_samples() -> list[bytes]:
    """Files of settings."""
    return [
        b'store = "sqlite:///shared/book.db"\nas = "acme/ann"\nformat = "json"\ncolor = "never"\n',
        b"# ours\nstore='postgresql://ann@server/book'\n[evidence]\nfolder = 'x'\n",
        b'texts = """\nfolder"""\nn = 1\nf = 1.5e3\nd = 2026-01-01\nt = 2026-01-01T00:00:00Z\na = [[1, 2], {}]\n',
    ]


def check_settings(data: bytes) -> None:
    """Settings are texts by known names."""
    with refusals():
        assert all(isinstance(value, str) for value in _read_settings(file_of(data))[1].values())


# --- words ------------------------------------------------------------------------------------------------------


def number_samples() -> list[bytes]:
    """Numbers, good and bad."""
    return [each.encode("utf-8", "surrogatepass") for each in (*NUMBERS, "1234.56", "12.5%", "1/3", "0.07", "-7/3")]


def check_number(data: bytes) -> None:
    """What is read as an amount, a quantity, a rate or a fraction is written back as the same."""
    text = text_of(data)
    for code in ("EUR", "JPY", "BHD"):
        unit = money.currency(code)
        with refusals():
            minor = money.parse_amount(text, unit)
            assert money.parse_amount(money.format_amount(minor, unit), unit) == minor
    with refusals():
        assert money.parse_quantity(money.format_quantity(money.parse_quantity(text))) == money.parse_quantity(text)
    with refusals():
        assert money.parse_rate(money.format_rate(rate)) == rate if (rate := money.parse_rate(text)) else True
    with refusals():
        assert _ratio(text) > 0
    with refusals():
        assert money.currency(text).code == text


def day_samples() -> list[bytes]:
    """Days, periods, instants and patterns, good and bad."""
    patterns = ("YYYY-MM-DD", "DD.MM.YYYY", "M/D/YY", "D MMM YYYY", "YYYYMMDD", "YYYY-MM-DD and time", "31 Oct 2026")
    return [each.encode("utf-8", "surrogatepass") for each in (*DAYS, *patterns, "2026-10-31", "2026-W41")]


def check_day(data: bytes) -> None:
    """What is read as a day, a period or an instant can be counted on from, or says that time ends there."""
    text = text_of(data)
    with refusals():
        day = parse_date(text)
        assert day.isoformat() == text
        for rule in BusinessDays:
            with refusals():
                due_date(day, 30, rule, frozenset({day, day + timedelta(days=1)} if day < date.max else {day}))
    with refusals():
        period = parse_period(text)
        assert parse_period(period.key) == period
        assert periods_in_year(period) > 0
        assert period.first <= period.last
        assert period.next().first > period.last
    with refusals():
        assert parse_instant(text).tzinfo is UTC
    with refusals():
        assert parse_moment(text).text == text
    with refusals():
        pattern = parse_pattern(text)
        assert contradiction((pattern, parse_pattern("D/M/YYYY"))) is None or pattern.text
    for form in ("YYYY-MM-DD", "D MMM YYYY", "M/D/YY", "YYYYMMDD", "DD.MM.YYYY and time"):
        _read_day(form, text)


def _read_day(form: str, text: str) -> None:
    with suppress(BadValue):
        assert isinstance(compile_dates((parse_pattern(form),))(text), date)


def check_url(data: bytes) -> None:
    """The address of a store is one, or is refused; nothing is made by looking at it, nor is a server asked."""
    with refusals():
        engine = make_engine(text_of(data))
        try:
            if engine.dialect.name == "sqlite":
                check_schema(engine)
        finally:
            engine.dispose()


def url_samples() -> list[bytes]:
    """Addresses."""
    return [
        b"sqlite:///missing.db", b"sqlite://", b"sqlite:///:memory:", b"sqlite:///file:missing.db?mode=ro&uri=true",
        b"postgresql://ann:secret@localhost:5432/book?sslmode=require&connect_timeout=3", b"postgres://x/y",
        b"postgresql+psycopg://[::1]:99999/x", b"mysql://a/b", b"sqlite:////tmp/missing/book.db?timeout=1&cache=shared",
        b"sqlite:///missing.db?check_same_thread=x&isolation_level=y&detect_types=1&cached_statements=5",
    ]  # fmt: skip


# --- terms try --------------------------------------------------------------------------------------------------

TRIED: tuple[str, ...] = ("revenue-share", "cpa", "royalty", "partnership", "fund-waterfall")


def trial_samples() -> list[bytes]:
    """The options of trials, one on each line, below the name of the terms."""
    given = (
        "pools=-100:1000:100\ncost=media=30%\nperiods=2", "metric=sales=5000,70\nunits=signups=3\ncapital=lp=1000",
        "pools=0,100\ncost=media=10% of sales\nadvance=advance=100\nliability=chargebacks=1", "units=signups=1:5:2",
        "metric=sales=1\nmetric=rent=2\ncapital=acme:sales=10\nadvance=acme:jot=1", "pools=1000000",
    )  # fmt: skip
    return [f"{name}\n{options}".encode() for name in TRIED for options in given]


def check_trial(data: bytes) -> None:
    """What is taken to happen is settled, or refused."""
    name, *lines = text_of(data).split("\n")
    terms = parse_terms((ROOT / f"examples/terms/{name if name in TRIED else TRIED[0]}.yaml").read_text("utf-8"))
    options = [line.partition("=")[::2] for line in lines]
    names = ("metric", "units", "cost", "liability", "capital", "advance")
    given: dict[str, object] = {each: tuple(value for option, value in options if option == each) for each in names}
    given["pools"] = next((value for option, value in options if option == "pools"), None)
    given["periods"] = next((2 for option, value in options if (option, value) == ("periods", "2")), 1)
    with refusals():
        trial = trial_of(terms, given)
        if len(trial.asked.levels or ()) <= 20:
            json.dumps(trial_view(trial).data)


# --- events, notes, keys, receipts, bundles ---------------------------------------------------------------------


@cache
def event_samples() -> tuple[bytes, ...]:
    """Events of every type."""
    kinds = {type(event): encoding.encode(event) for event in everything()}
    frozen = (ROOT / "tests/cases/frozen_events.jsonl").read_bytes().splitlines()
    return (*kinds.values(), *frozen)


def check_event(data: bytes) -> None:
    """A line is an event or it is `Broken`; the one that is canonical is written back as it was."""
    with refusals():
        event = encoding.decode(data)
        stored = encoding.stored_event(data)
        assert encoding.EventMapper().to_domain_event(stored) == event
    read = encoding.read_canonical(data)
    assert read is None or encoding.encode(read) == data
    for topic in ("ResultReported.v1", "PeriodClosed.v1", "\0"):
        with refusals():
            encoding.EventMapper().to_domain_event(StoredEvent("a/entry/b", 1, topic, data))


def note_samples() -> list[bytes]:
    """Checkpoints, and public keys."""
    own = signed()
    return [
        *(str(each.note).encode() for each in (own.first, own.last)),
        *(str(each.public()).encode() for each in KEYS.values()),
    ]


def check_note(data: bytes) -> None:
    """A note is what it says in one way only; a key is written back as it was."""
    with refusals():
        assert str(parse_note(data)).encode() == data
    with refusals():
        shown = parse_checkpoint(data)
        assert str(shown.note).encode() == data
        for each in KEYS.values():
            with refusals():
                keys.verify(shown.note, each.public())
    with refusals():
        assert str(parse_key(text_of(data))) == text_of(data).strip()


@cache
def key_samples() -> tuple[bytes, ...]:
    """Key files: open, with a passphrase, and of other kinds."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    own = KEYS["a/ann"]
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    others = (ec.derive_private_key(7, ec.SECP256R1()), x25519.X25519PrivateKey.from_private_bytes(bytes(32)))
    foreign = [b"# pactbook key of a/ann\n" + each.private_bytes(*form) for each in others]
    return (own.to_file(None), _LOCKED, *foreign)


#: Encrypted with `x`; kept as text, for encrypting takes a second.
_LOCKED = b"""# pactbook key of a/ann
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBB3nLQHWWmcFXJlCGgC
-----END ENCRYPTED PRIVATE KEY-----
"""


def check_key(data: bytes) -> None:
    """A key file is one, or says what it is not."""
    for phrase in (None, "x"):
        with refusals():
            assert keys.read_key(data, phrase).public().name


@cache
def receipt_samples() -> tuple[bytes, ...]:
    """Receipts of an event and of statements."""
    return (receipt_of(b'{"figures":{}}'), receipt_of(b'{"figures":{"a":{"op":"entries","value":"3"}}}'))


def check_receipt(data: bytes) -> None:
    """A receipt is read as it was written, and every check of it ends."""
    with refusals():
        shown = receipt.read(data)
        assert receipt.write(shown) == data
        for check in receipt.verify(shown, [each.public() for each in KEYS.values()]):
            assert check.name


def figures_samples() -> list[bytes]:
    """Statements with figures of every operation."""
    figures = {
        "a": {"op": "entries", "value": "3"}, "b": {"op": "terms", "value": "1/3"},
        **{
            op: {"op": op, "value": "1", "operands": ["a", "b", "a"]}
            for op in (
                "sum", "difference", "product", "quotient", "lesser", "greater", "apportioned", "negative", "rounded",
            )
        },
    }  # fmt: skip
    return [json.dumps({"figures": figures}).encode()]


def check_figures(data: bytes) -> None:
    """Figures are worked out, or wrong."""
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(read, dict) and isinstance(read.get("figures"), dict):
        assert all(isinstance(name, str) for name in wrong_figures(read))


def check_bundle(data: bytes) -> None:
    """Every check of a bundle ends, and one that was changed anywhere does not pass."""
    with refusals():
        assert not all(check.ok for check in verify(io.BytesIO(data))) or data == signed().bundle


TARGETS: dict[str, Target] = {
    "terms": Target(terms_samples, check_terms, cost=30),
    "canonical": Target(canonical_samples, check_canonical, cost=8),
    "import": Target(import_samples, check_import, cost=10),
    "rates": Target(rates_samples, check_rates, cost=4),
    "settings": Target(settings_samples, check_settings, cost=2),
    "number": Target(number_samples, check_number),
    "day": Target(day_samples, check_day),
    "url": Target(url_samples, check_url, cost=4),
    "trial": Target(trial_samples, check_trial, cost=40),
    "event": Target(event_samples, check_event),
    "note": Target(note_samples, check_note),
    "key": Target(key_samples, check_key, cost=4),
    "receipt": Target(receipt_samples, check_receipt, cost=2),
    "figures": Target(figures_samples, check_figures),
    "bundle": Target(lambda: [signed().bundle], check_bundle, cost=10),
}
