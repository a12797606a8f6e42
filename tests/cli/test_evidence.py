"""`pactbook evidence`: documents are kept beside the store, found again, and missed when they are gone or changed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.stores import Store

RECORD = "record result acme-jot {} sales 10.00 --on 2026-01-05 --collected-by acme"
INVOICE = b"invoice 7: ten euros"
DIGEST = sha256(INVOICE).hexdigest()


@pytest.fixture
def kept(book: Store, folder: Path, pactbook: Pactbook) -> Path:
    """The copy of a document that an entry refers to; the document itself is gone."""
    (folder / "invoice.pdf").write_bytes(INVOICE)
    ran = pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf")
    assert (ran.code, ran.err) == (0, "")
    (folder / "invoice.pdf").unlink()
    return folder / "pactbook.evidence" / DIGEST[:2] / DIGEST


def status(pactbook: Pactbook) -> list[tuple[str, str]]:
    """What the list of documents says of each."""
    ran = pactbook("evidence list acme-jot --format json")
    assert (ran.code, ran.err) == (0, "")
    return [(each["digest"], each["status"]) for each in ran.json["documents"]]


def test_a_document_is_kept_read_only_and_comes_back(kept: Path, folder: Path, pactbook: Pactbook) -> None:
    """By its digest, of which the beginning is enough."""
    assert kept.read_bytes() == INVOICE
    assert kept.stat().st_mode & 0o222 == 0
    assert status(pactbook) == [(DIGEST, "kept")]
    listed = pactbook("evidence list acme-jot").out
    assert DIGEST[:12] in listed
    assert "INV-7" in listed
    ran = pactbook(f"evidence get acme-jot {DIGEST[:8]} -o copy.pdf")
    assert (ran.code, ran.out) == (0, f"wrote 20 bytes, {DIGEST[:12]}, to copy.pdf\n")
    assert (folder / "copy.pdf").read_bytes() == INVOICE


def test_the_same_document_is_kept_once(kept: Path, folder: Path, pactbook: Pactbook) -> None:
    """And never written again."""
    before = kept.stat()
    (folder / "again.pdf").write_bytes(INVOICE)
    assert pactbook(f"{RECORD.format('INV-8')} --evidence again.pdf").code == 0
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert pactbook("evidence list acme-jot --format json").json["documents"][0]["entries"] == ["INV-7", "INV-8"]
    assert [path for path in kept.parent.parent.rglob("*") if path.is_file()] == [kept]


def test_a_document_that_is_gone_or_altered_is_found(kept: Path, folder: Path, pactbook: Pactbook) -> None:
    """Neither is handed out."""
    kept.chmod(0o644)
    kept.write_bytes(INVOICE.replace(b"ten", b"two"))
    assert status(pactbook) == [(DIGEST, "altered")]
    assert pactbook(f"evidence get acme-jot {DIGEST} -o copy.pdf").code == 5
    (folder / "again.pdf").write_bytes(INVOICE)
    ran = pactbook(f"{RECORD.format('INV-8')} --evidence again.pdf")
    assert (ran.code, "was altered" in ran.err) == (5, True)
    kept.unlink()
    assert status(pactbook) == [(DIGEST, "missing")]
    ran = pactbook(f"evidence get acme-jot {DIGEST} -o copy.pdf")
    assert (ran.code, (folder / "copy.pdf").exists()) == (5, False)


def test_a_document_may_stay_where_it_is(book: Store, folder: Path, pactbook: Pactbook) -> None:
    """Then only its digest is recorded; a dry run keeps nothing either."""
    (folder / "invoice.pdf").write_bytes(INVOICE)
    assert pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf --dry-run").code == 0
    assert pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf --digest-only").code == 0
    assert not (folder / "pactbook.evidence").exists()
    assert status(pactbook) == [(DIGEST, "only referenced")]
    ran = pactbook(f"evidence get acme-jot {DIGEST} -o copy.pdf")
    assert (ran.code, ran.errors) == (1, [f"the document {DIGEST} is not kept here"])


def test_a_command_that_is_refused_leaves_no_half_file(book: Store, folder: Path, pactbook: Pactbook) -> None:
    """A whole one may lie there without an entry: it does no harm, and is not listed."""
    (folder / "invoice.pdf").write_bytes(INVOICE)
    ran = pactbook("record cost acme-jot M-1 media 0.00 --on 2026-01-05 --paid-by jot --evidence invoice.pdf")
    assert ran.code == 1
    assert status(pactbook) == []
    assert [path.name for path in folder.rglob("*") if path.is_file() and "evidence" in str(path)] == [DIGEST]


def test_a_folder_may_be_named(book: Store, folder: Path, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a setting, for any store."""
    monkeypatch.setenv("PACTBOOK_EVIDENCE", "papers")
    (folder / "invoice.pdf").write_bytes(INVOICE)
    assert pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf").code == 0
    assert (folder / "papers" / DIGEST[:2] / DIGEST).exists()
    monkeypatch.setenv("PACTBOOK_EVIDENCE", "invoice.pdf")
    ran = pactbook(f"{RECORD.format('INV-8')} --evidence invoice.pdf")
    assert (ran.code, "cannot be written" in ran.err) == (1, True)
    assert size() == 3


def test_a_server_has_no_folder_of_its_own(
    postgres_url: str, folder: Path, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then one is named, or only digests are recorded."""
    monkeypatch.setenv("PACTBOOK_STORE", postgres_url)
    (folder / "invoice.pdf").write_bytes(INVOICE)
    for line in ("init", "agreement propose terms.yaml", "agreement accept acme-jot --as jot/leo"):
        assert pactbook(f"{line} --today 2026-01-02").code == 0
    ran = pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf")
    assert (ran.code, "PACTBOOK_EVIDENCE" in ran.err) == (1, True)
    ran = pactbook(f"{RECORD.format('INV-7')} --note-private 'ill'")
    assert (ran.code, "PACTBOOK_TEXTS" in ran.err) == (1, True)
    assert pactbook(f"{RECORD.format('INV-7')} --evidence invoice.pdf --digest-only").code == 0
    assert status(pactbook) == [(DIGEST, "only referenced")]
    monkeypatch.setenv("PACTBOOK_EVIDENCE", "papers")
    assert pactbook(f"{RECORD.format('INV-8')} --evidence invoice.pdf").code == 0
    assert status(pactbook) == [(DIGEST, "kept")]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("list nothing", 1, "there is no agreement 'nothing'"),
        ("get acme-jot 12345678 -o x", 1, "there is no document '12345678' in acme-jot"),
        (f"get acme-jot {DIGEST[:7]} -o x", 1, "there is no document"),
        (f"get acme-jot {DIGEST}", 2, "say where to write it"),
        (f"get acme-jot {DIGEST} -o no/such/x", 1, "cannot be written"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_what_cannot_be_had_is_said(pactbook: Pactbook, line: str, code: int, message: str) -> None:
    """With the reason."""
    ran = pactbook(f"evidence {line}")
    assert (ran.code, message in ran.err) == (code, True), ran.err


def test_documents_go_with_a_bundle_if_wanted(kept: Path, folder: Path, pactbook: Pactbook) -> None:
    """Each is checked against its name; those that are not in it are counted."""
    assert pactbook("audit export acme-jot -o bare.pactbook").code == 0
    assert "0 documents, what their names say; 1 that entries" in pactbook("audit verify bare.pactbook").out
    assert pactbook("audit export acme-jot --with-evidence -o full.pactbook").code == 0
    ran = pactbook("audit verify full.pactbook")
    assert (ran.code, "1 document, what their names say; 0 that entries" in ran.out) == (0, True), ran.out
    whole = (folder / "full.pactbook").read_bytes()
    (folder / "full.pactbook").write_bytes(whole.replace(INVOICE, INVOICE.replace(b"ten", b"two")))
    ran = pactbook("audit verify full.pactbook")
    assert (ran.code, "is not what its name says; it belongs to INV-7" in ran.out) == (5, True)
    kept.chmod(0o644)
    kept.write_bytes(b"")
    assert pactbook("audit export acme-jot --with-evidence -o full.pactbook").code == 5
