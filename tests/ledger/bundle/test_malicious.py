"""Files made to do harm: each is refused with a reason, at once, and in little memory; nothing of it is written."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ledger.book.events import AgreementProposed, DisputeOpened, Event, PeriodClosed, ResultReported, Stamp
from ledger.bundle import receipt
from ledger.bundle.checker import wrong_figures
from ledger.bundle.verify import verify
from ledger.settlement.canonical import canonical_bytes
from ledger.store.checkpoint import Checkpoint, text_of
from ledger.store.encoding import encode
from ledger.store.keys import signing_key
from ledger.store.notes import Note
from ledger.store.proof import Head, leaf_hash
from ledger.values.errors import Broken
from tests.ledger.bundle.forging import BOOK, MANIFEST, SLUG, Zip, lines, opened, problems, rewritten, told, written
from tests.projections.story import ANN, everything

MEGABYTE = 1 << 20


def refused(data: bytes) -> list[str]:
    """What is wrong with a file; it has to be found in little more memory than the file has."""
    tracemalloc.start()
    try:
        found = problems(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * MEGABYTE + 8 * len(data)
    assert all(problem.isprintable() and len(problem) < 500 for problem in found)
    return found


def manifest(**changes: object) -> bytes:
    """The manifest of the bundle with other content."""
    return json.dumps(json.loads(opened(told())[MANIFEST]) | changes).encode()


def deflated(name: bytes, size: int) -> bytes:
    """A zip with a member of zeros that swells to some size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.flush()
    return Zip().add(name, packed, method=8).end()


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no bundle"),
    "a zip without members": (lambda: Zip().end(), "no manifest.json"),
    "a way out of a folder": (lambda: Zip().add(b"../../etc/passwd").end(), "no bundle has a member of the name"),
    "a way out within a name": (lambda: Zip().add(b"evidence/../../x").end(), "no bundle has a member of the name"),
    "an absolute name": (lambda: Zip().add(b"/etc/passwd").end(), "no bundle has a member of the name"),
    "a drive": (lambda: Zip().add(b"C:\\x").end(), "no bundle has a member of the name"),
    "an empty name": (lambda: Zip().add(b"").end(), "no bundle has a member of the name"),
    "a name that ends before it ends": (lambda: Zip().add(b"manifest.json\0.exe").end(), ""),
    "a name that paints the screen": (lambda: Zip().add(b"\x1b[2J\r").end(), "no bundle has a member of the name"),
    "a name that is no text": (lambda: Zip().add(b"\xff\xfe", flags=0x800).end(), "cannot be read"),
    "a long name": (lambda: Zip().add(b"a" * 400).end(), "no bundle has a member of the name"),
    "two of one name": (lambda: Zip().add(b"manifest.json").add(b"manifest.json").end(), "two members of the name"),
    "what swells": (lambda: deflated(b"manifest.json", 256 * MEGABYTE), "is compressed"),
    "a size that is not there": (lambda: Zip().add(b"manifest.json", b"{}", size=0x7FFFFFFF).end(), "claim to be"),
    "members on top of each other": (
        lambda: Zip().add(b"manifest.json", bytes(9000)).add(b"x", at=0, size=9000).add(b"y", at=0, size=9000).end(),
        "claim to be larger",
    ),
    "an encrypted member": (lambda: Zip().add(b"manifest.json", b"{}", flags=1).end(), "is encrypted"),
    "more members than there are": (lambda: Zip().add(b"manifest.json").end(count=9), "claims to have 9 members"),
    "fewer members than there are": (lambda: many_members(500, 1), "claims to have 1 members"),
    "a million members": (lambda: many_members(200_000, 65_535), "claims to have 65,535 members"),
    "a directory that is not there": (lambda: b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 9, 9, 999, 0, 0), "claims"),
    "a directory of something else": (lambda: directory_of(b"x" * 46), "and lists others"),
    "extensions for large files": (lambda: Zip().add(b"manifest.json", b"{}").end(before=zip64()), "extensions"),
    "a comment": (lambda: Zip().add(b"manifest.json", b"{}").end(comment=b"hello"), "no bundle"),
    "the end of a zip alone": (lambda: b"PK\x05\x06" + bytes(18), "no manifest.json"),
}


def many_members(number: int, claimed: int) -> bytes:
    """A zip that lists many empty members, all at one place."""
    whole = Zip().add(b"x")
    whole.directory *= number
    return whole.end(count=claimed)


def directory_of(data: bytes) -> bytes:
    """A zip with something else for its directory."""
    whole = Zip().add(b"x")
    whole.directory = data
    return whole.end()


def zip64() -> bytes:
    """The records of a zip for large files, with a directory of 2 ** 60 bytes."""
    record = struct.pack("<LQHHLLQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 2**60, 2**60, 2**60, 0)
    return record + struct.pack("<LLQL", 0x07064B50, 0, 0, 1)


@pytest.mark.parametrize("what", ARCHIVES)
def test_an_archive_that_no_bundle_is(what: str) -> None:
    """What a zip claims is checked before anything is read by it."""
    make, expected = ARCHIVES[what]
    found = refused(make())
    assert any(expected in problem for problem in found), found


def test_nothing_beside_the_members_is_overlooked() -> None:
    """Before, between, behind and around them: attributes, dates, fields for extensions."""
    whole = opened(told())

    def zipped(**first: object) -> bytes:
        made = Zip()
        for place, (name, data) in enumerate(whole.items()):
            made.add(name.encode(), data, **(first if not place else {}))  # type: ignore[arg-type]
        return made.end()

    for data in (
        zipped(mode=0o120777), zipped(extra=b"\0\0\0\0"), zipped(flags=0x800),
        told() + b"\0", b"\0" + told(), b"PK\x03\x04" + told(),
        told()[:-22] + b"hello" + told()[-22:],
    ):  # fmt: skip
        assert refused(data)


MANIFESTS = {
    "nothing": b"",
    "not text": b'{"format":"\xff\xfe"}',
    "not an object": b"[]",
    "deep": b'{"format":' + b"[" * 10**6,
    "deep in what is unknown": b'{"x":' + b"[" * 10**6,
    "deep in members": b'{"members":' + b'{"x":' * 10**6,
    "a large size": manifest(size=int("9" * 4000)),
    "too large a size": manifest().replace(b'"size": 50', b'"size": ' + b"9" * 10**6),
    "a size below zero": manifest(size=-1),
    "a size of a fraction": manifest(size=49.5),
    "a size that explodes": manifest().replace(b'"size": 50', b'"size": 1e999999999'),
    "something twice": opened(told())[MANIFEST].replace(b'"size":50', b'"size":51,"size":50'),
    "spaces": manifest(),
    "another book": manifest(book="\x1b[2J\n"),
    "another format": manifest(format="pactbook-bundle-v2\x1b"),
    "more than it may be": b" " * (9 * MEGABYTE),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_manifest_that_no_bundle_has(what: str) -> None:
    """It is read strictly, and only as far as it may be long."""
    assert refused(written(opened(told()) | {MANIFEST: MANIFESTS[what]}))


LINES = {
    "nothing": b"",
    "not text": b"\xff\xff",
    "zeros": bytes(100),
    "half a character": b'{"type":"\\ud800"}',
    "a list for a type": b'{"type":[]}',
    "deep": b"[" * 10**6,
    "deep types": b'{"type":' * 10**5,
    "deep in a fact": b'{"type":"ResultReported.v1","fact":' + b"[" * 10**6,
    "deep in what is unknown": b'{"type":"ResultReported.v1","x":' + b"[" * 10**6,
    "a number of a million digits": b'{"type":"ResultReported.v1","version":' + b"9" * 10**6 + b"}",
    "something twice": lines(told())[5].replace(b'"version":1', b'"version":1,"version":1'),
    "a space": lines(told())[5].replace(b'"version":1', b'"version": 1'),
    "an escape": lines(told())[5].replace(b"acme/ann", b"acme\\u002fann"),
    "keys in another order": json.dumps(dict(reversed(json.loads(lines(told())[5]).items()))).encode(),
    "longer than any event": b"x" * (5 * MEGABYTE),
}


@pytest.mark.parametrize("what", LINES)
def test_a_line_that_no_event_is(what: str) -> None:
    """It is named, and the rest is checked nevertheless."""
    stored = lines(told())
    stored[5] = LINES[what]
    found = refused(written(opened(told()) | {BOOK: b"".join(each + b"\n" for each in stored)}))
    assert any("event 6 " in problem or "line 6 " in problem for problem in found)


def first(kind: type[Event]) -> int:
    """The place of the first event of a kind."""
    return next(place for place, event in enumerate(everything()) if isinstance(event, kind))


EVENTS: dict[str, tuple[type[Event], dict[str, object]]] = {
    "no room": (ResultReported, {"stream": SLUG, "evidence": ("0" * 64,)}),
    "half a room": (ResultReported, {"stream": f"{SLUG}/entry", "evidence": ("0" * 64,)}),
    "a room of others": (ResultReported, {"stream": f"{SLUG}/key/x"}),
    "a book of others": (ResultReported, {"stream": "other/entry/S-1"}),
    "a name that paints": (ResultReported, {"stream": f"{SLUG}/entry/\x1b[2J"}),
    "the end of time": (ResultReported, {"recorded_at": everything()[0].recorded_at.replace(year=9999)}),
    "the beginning of time": (ResultReported, {"recorded_at": everything()[0].recorded_at.replace(year=1)}),
    "a number of 4,000 digits": (DisputeOpened, {"expected_minor": int("9" * 4000)}),
    "a balance of 4,000 digits": (PeriodClosed, {"closing_minor": {"acme": int("9" * 4000)}}),
    "no period": (PeriodClosed, {"period": "../../etc/passwd"}),
    "no month": (PeriodClosed, {"period": "2026-99"}),
    "a cut-off that is still to come": (PeriodClosed, {"cutoff_seq": 10**15}),
}  # fmt: skip


#: What the rules have nothing against; then the next close says that it is not what it counted.
UNKNOWABLE = ("the end of time", "the beginning of time", "a number of 4,000 digits", "a balance of 4,000 digits")


@pytest.mark.parametrize("what", EVENTS)
def test_an_event_that_is_written_well_and_says_nonsense(what: str) -> None:
    """Also where leaves, root and manifest were made to fit it."""
    kind, changes = EVENTS[what]
    stored, place = lines(told()), first(kind)
    stored[place] = encode(msgspec.structs.replace(everything()[place], **changes))
    found = refused(rewritten(stored, honest=False))
    named = next(n for n, event in enumerate(everything()) if n > place and isinstance(event, PeriodClosed))
    at = named if what in UNKNOWABLE else place
    assert any(f"event {at + 1}" in problem for problem in found), found


DOCUMENT = json.loads(everything()[first(AgreementProposed)].terms)  # type: ignore[attr-defined]
TERMS = {
    "nothing": "",
    "a list": "[]",
    "deep": "[" * 10**6,
    "deep objects": '{"a":' * 10**5,
    "a number of a million digits": json.dumps(DOCUMENT).replace('"3.00"', "9" * 10**6),
    "an amount that explodes": json.dumps(DOCUMENT).replace("3.00", "1e999999999"),
    "an amount of a million digits": json.dumps(DOCUMENT).replace("3.00", "9" * 10**6),
    "a share by nothing": json.dumps(DOCUMENT).replace("2/3", "1/0"),
    "a share of a million digits": json.dumps(DOCUMENT).replace("2/3", f"1/{'9' * 10**6}"),
    "a share that explodes": json.dumps(DOCUMENT).replace("2/3", "1e-999999999"),
    "a day that there is not": json.dumps(DOCUMENT).replace("2026-01-01", "2026-13-01"),
}


@pytest.mark.parametrize("what", TERMS)
def test_terms_that_nobody_could_agree_on(what: str) -> None:
    """They are text within an event, and read no less strictly."""
    stored, text = lines(told()), TERMS[what]
    digest, place = hashlib.sha256(text.encode()).hexdigest(), first(AgreementProposed)
    stored[place] = encode(msgspec.structs.replace(everything()[place], terms=text, digest=digest))
    found = refused(rewritten(stored, honest=False))
    assert any(f"event {place + 1}" in problem for problem in found), found


# --- statements of receipts: they come without the book that they follow from --------------------------------


def leaf(value: str) -> dict[str, object]:
    """A figure that is recorded."""
    return {"op": "entries", "value": value}


def made_of(op: str, value: str, *operands: str) -> dict[str, object]:
    """A figure made of others."""
    return {"op": op, "value": value, "operands": list(operands)}


FIGURES: dict[str, dict[str, object]] = {
    "by nothing": {"a": leaf("1/0")},
    "that explodes": {"a": leaf("1e999999999")},
    "of very many digits": {"a": leaf("9" * 10**5)},
    "not a number": {"a": leaf("nan")},
    "a number, not text": {"a": {"op": "entries", "value": 3}},
    "no figure": {"a": 3},
    "without a value": {"a": {"op": "entries"}},
    "without an operation": {"a": {"value": "3"}},
    "of no operation": {"a": made_of("magic", "3", "b"), "b": leaf("3")},
    "made of nothing there": {"a": made_of("sum", "3", "b")},
    "made of itself": {"a": made_of("sum", "3", "a")},
    "made of each other": {"a": made_of("sum", "3", "b"), "b": made_of("sum", "3", "a")},
    "a sum of nothing": {"a": made_of("sum", "3")},
    "a quotient of one": {"a": made_of("quotient", "3", "b"), "b": leaf("3")},
    "a quotient by nothing": {"a": made_of("quotient", "3", "b", "c"), "b": leaf("3"), "c": leaf("0")},
    "apportioned by nothing": {"a": made_of("apportioned", "3", "b"), "b": leaf("3")},
    "operands that are none": {"a": {"op": "sum", "value": "3", "operands": [["b"], 3, None]}},
    "operands that are a number": {"a": {"op": "sum", "value": "3", "operands": 7}},
    "a product that explodes": {"a": made_of("product", "3", *["b"] * 100_000), "b": leaf("9" * 4300)},
    "a sum that explodes": {
        "a": made_of("sum", "3", *(str(n) for n in range(2000))),
        **{str(n): leaf(f"1/{10**99 + n}") for n in range(2000)},
    },
}  # fmt: skip


@pytest.mark.parametrize("what", FIGURES)
def test_a_figure_that_no_statement_has(what: str) -> None:
    """It is wrong, and who works it out comes to an end, whatever it is made to do."""
    assert "a" in wrong_figures({"figures": FIGURES[what]})


@pytest.mark.slow
def test_a_statement_of_very_many_figures_takes_its_time_and_no_more() -> None:
    """A long chain of sums is worked out without calls within calls."""
    chain: dict[str, object] = {"0": leaf("1")}
    chain |= {str(n): made_of("sum", "1", str(n - 1)) for n in range(1, 200_000)}
    assert wrong_figures({"figures": chain}) == []


KEY = signing_key("acme/operator", bytes(32))


def receipt_of(statement: bytes) -> bytes:
    """A receipt of a statement, proved and signed by somebody who is trusted and should not be."""
    digest = hashlib.sha256(statement).hexdigest()
    stamp = Stamp(ANN, everything()[0].recorded_at, "0" * 32)
    event = PeriodClosed(
        period="2026-01", cutoff_seq=0, root="0" * 64, statement=digest, currency="EUR", closing_minor={},
        **stamp.on(f"{SLUG}/closing", 1),
    )  # fmt: skip
    head = Head(1, leaf_hash(encode(event)))
    text = text_of(SLUG, head)
    shown = Checkpoint(SLUG, head, Note(text).signed((KEY.sign(text),)))
    return receipt.write(receipt.Shown(SLUG, 1, encode(event), [], shown, statement))


STATEMENTS = {
    "nothing": b"",
    "a number": b"3",
    "no figures": b"{}",
    "figures of another kind": b'{"figures":[]}',
    "deep": b"[" * 10**6,
    "deep objects": b'{"a":' * 10**6,
    "a number of a million digits": b'{"figures":{},"x":' + b"9" * 10**6 + b"}",
    "something twice": b'{"figures":{"a":{}},"figures":{}}',
    "spaces": b'{ "figures":{}}',
    "figures that explode": canonical_bytes({"figures": {"a": leaf("1e999999999")}}),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_a_receipt_with_a_statement_that_pactbook_did_not_make(what: str) -> None:
    """Though it has the digest that the close recorded, and though the proof and its signature are right."""
    checks = list(receipt.verify(receipt.read(receipt_of(STATEMENTS[what])), (KEY.public(),)))
    assert [check.name for check in checks if not check.ok] == ["figures"]
    assert all(check.ok for check in receipt.verify(receipt.read(receipt_of(b'{"figures":{}}')), (KEY.public(),)))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"\xff", b"[" * 10**6, b'{"format":' * 10**5, b'{"seq":' + b"9" * 10**6 + b"}", b" " * 10**6],
)
def test_what_is_no_receipt(data: bytes) -> None:
    """Refused by its reader."""
    with pytest.raises(Broken):
        receipt.read(data)


def test_nothing_of_a_bundle_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check only reads."""
    monkeypatch.chdir(tmp_path)
    assert all(check.ok for check in verify(io.BytesIO(told())))
    assert list(tmp_path.iterdir()) == []
