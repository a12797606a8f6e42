"""Private texts: the book holds a salted digest, the text can be erased, and nothing else changes by it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.stores import Store

RECORD = "record result acme-jot INV-7 sales 10.00 --on 2026-01-05 --collected-by acme"
SECRET = "paid late: Ms Meier was ill"


@pytest.fixture
def told(book: Store, folder: Path, pactbook: Pactbook) -> Path:
    """The folder of private texts, with the one of an entry."""
    ran = pactbook(f"{RECORD} --note-private '{SECRET}'")
    assert (ran.code, ran.err) == (0, "")
    assert "Meier" not in ran.out
    return folder / "pactbook.texts"


def files(folder: Path) -> list[Path]:
    """The texts that are there."""
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def note(pactbook: Pactbook) -> str:
    """What the entry's own event says."""
    ran = pactbook("history acme-jot --reference INV-7 --format json")
    found: str = ran.json["events"][0]["data"]["note"]
    return found


def test_the_book_holds_the_salted_digest_of_a_text(told: Path, book: Store, pactbook: Pactbook) -> None:
    """Whoever has the file can check it; people see the text."""
    [file] = files(told)
    assert note(pactbook) == f"sha256:{file.name}" == f"sha256:{sha256(file.read_bytes()).hexdigest()}"
    assert file.read_text("utf-8").partition("\n")[2] == SECRET
    assert file.stat().st_mode & 0o077 == 0
    stored = [bytes(state) for (state,) in book.read("SELECT state FROM events")]
    stored += [book.path.read_bytes()] if book.url.startswith("sqlite") else []
    assert not any(SECRET.encode() in each for each in stored)
    assert SECRET in pactbook("history acme-jot").out
    assert pactbook("entries acme-jot --format json").json["entries"][0]["note"] == SECRET
    [shown] = pactbook("text show acme-jot INV-7 --format json").json
    assert sha256(f"{shown['salt']}\n{shown['text']}".encode()).hexdigest() == file.name


def test_a_text_is_erased_and_the_book_stays(told: Path, pactbook: Pactbook) -> None:
    """Where it stood is said, and by which digest."""
    before = note(pactbook)
    assert pactbook("text erase acme-jot INV-7 --dry-run").out == "would have erased 1 private text of INV-7\n"
    assert pactbook("text erase acme-jot INV-7").out == "erased 1 private text of INV-7\n"
    assert pactbook("text erase acme-jot INV-7").out == "already so; nothing erased\n"
    assert files(told) == []
    assert note(pactbook) == before
    assert f"(private text {before[7:19]}: not here)" in pactbook("history acme-jot").out
    assert pactbook("doctor").code == 0


def test_a_text_that_was_altered_is_not_shown(told: Path, pactbook: Pactbook) -> None:
    """It is said that it was."""
    [file] = files(told)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"ill", b"well"))
    ran = pactbook("text show acme-jot INV-7")
    assert ran.out == f"(private text {file.name[:12]}: altered)\n"


def test_what_is_not_recorded_leaves_no_text(told: Path, pactbook: Pactbook) -> None:
    """A dry run, a repetition and a refusal."""
    assert pactbook(f"{RECORD.replace('INV-7', 'INV-8')} --note-private x --dry-run").code == 0
    assert pactbook(f"{RECORD} --note-private y").out == "already so; nothing recorded\n"
    assert pactbook(f"{RECORD.replace('10.00', '11.00')} --note-private y").code == 1
    assert len(files(told)) == 1
    assert size() == 3


def test_a_correction_may_have_a_private_reason(told: Path, pactbook: Pactbook) -> None:
    """Erasing an entry's texts takes all of them."""
    ran = pactbook("correct acme-jot INV-7 --amount 11.00 --reason-private 'her number was wrong'")
    assert (ran.code, ran.err) == (0, "")
    assert "her number was wrong" in pactbook("history acme-jot").out
    assert len(files(told)) == 2
    assert pactbook("text erase acme-jot INV-7").out == "erased 2 private texts of INV-7\n"


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (f"{RECORD} --note a --note-private b", 2, "exclude each other"),
        (f"{RECORD} --note-private ' '", 1, "the private text is empty"),
        ("correct acme-jot INV-7 --amount 1", 2, "say why"),
        ("correct acme-jot INV-7 --amount 1 --reason a --reason-private b", 2, "say why"),
        ("text erase acme-jot INV-9", 1, "acme-jot has no entry 'INV-9'"),
        ("text show nothing INV-9", 1, "there is no agreement"),
    ],
)
@pytest.mark.usefixtures("book")
def test_what_cannot_be_done_is_said(pactbook: Pactbook, line: str, code: int, message: str) -> None:
    """With the reason."""
    ran = pactbook(line)
    assert (ran.code, message in ran.err) == (code, True), ran.err


def test_a_note_that_only_looks_like_a_reference_is_shown_as_it_is(book: Store, pactbook: Pactbook) -> None:
    """No text of ours has such a digest."""
    assert pactbook(f"{RECORD} --note 'sha256: see the invoice'").code == 0
    assert "sha256: see the invoice" in pactbook("history acme-jot").out
    assert json.loads(pactbook("text show acme-jot INV-7 --format json").out) == []
