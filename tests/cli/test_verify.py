"""`pactbook verify`: a live store is held against its events, what was signed, and what lies beside it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import TERMS, Pactbook
from tests.cli.january import make_january
from tests.stores import NOUGHT, Store, rewriting

LATER = "--today 2026-03-01"


@pytest.fixture
def told(place: Store, folder: Path, pactbook: Pactbook) -> Store:
    """A store with a closed month, keys, a checkpoint, an acknowledgement, a document and a private text."""
    place.fill(make_january)
    (folder / "invoice.pdf").write_bytes(b"ten euros")
    for line in (
        "key new ann.pem --name acme/ann",
        "key new leo.pem --name jot/leo",
        f"key register acme-jot ann.pem {LATER}",
        f"key register acme-jot leo.pem --as jot/leo {LATER}",
        f"acknowledge acme-jot 2026-01 --key leo.pem --as jot/leo {LATER}",
        f"record result acme-jot S-2 sales 10.00 --on 2026-02-05 --collected-by acme --evidence invoice.pdf {LATER}",
        f"record result acme-jot S-3 sales 5.00 --on 2026-02-06 --collected-by acme --note-private ill {LATER}",
        "checkpoint acme-jot --key ann.pem -o kept.txt",
    ):
        ran = pactbook(line)
        assert ran.code == 0, (line, ran.err)
    return place


def checks(pactbook: Pactbook, line: str = "", code: int = 0) -> dict[str, list[str]]:
    """The problems that each check found."""
    ran = pactbook(f"verify {line} --format json")
    assert ran.code == code, ran
    assert all(each["found"] for each in ran.json if each["ok"])
    return {each["check"]: each["problems"] for each in ran.json}


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("line", ["", "acme-jot"])
def test_a_sound_store_passes_every_check(pactbook: Pactbook, line: str) -> None:
    """Those of the doctor, and those of a bundle."""
    found = checks(pactbook, f"{line} --since kept.txt")
    assert list(found) == [
        "schema", "position", "bytes", "columns", "order", "trees", "closings", "partners", "statements", "projections",
        "rules", "checkpoints", "since", "signatures", "acknowledgements", "figures", "terms", "evidence", "texts",
    ]  # fmt: skip
    assert not any(found.values())
    out = pactbook(f"verify {line}").out
    for said in (
        "1 signature of checkpoints",
        "1 signature of terms and statements",
        "1 document kept",
        "1 private text: unaltered; 0 of them erased",
    ):
        assert said in out


@pytest.mark.parametrize("line", ["", "acme-jot", "--jobs 2"])
def test_hashes_alone(told: Store, pactbook: Pactbook, line: str) -> None:
    """Trees, roots and signatures; and it is said that this is not all."""
    found = checks(pactbook, f"--hashes {line} --since kept.txt")
    assert list(found) == [
        "schema", "columns", "order", "trees", "closings", "checkpoints", "since", "signatures", "acknowledgements",
    ]  # fmt: skip
    assert not any(found.values())
    ran = pactbook(f"verify --hashes {line}")
    for said in (
        f"{told.read('SELECT count(*) FROM events')[0][0]} events, 1 tree head: with the hashes",
        "1 closing: with the cut-off",
        "1 signature of checkpoints",
        "1 signature of terms and statements",
    ):
        assert said in ran.out
    assert "Only hashes and signatures were checked" in ran.err


@pytest.mark.parametrize(
    ("statement", "check", "problem"),
    [
        (rewriting("2026-02-05", "2026-02-04", "stream = 'acme-jot/entry/S-2'"), "trees", "event "),
        ("DELETE FROM events WHERE seq = 4", "order", "event 5 of acme-jot follows event 3"),
        (f"UPDATE events SET leaf = {NOUGHT} WHERE seq = 4", "trees", "event 4 of acme-jot has another leaf"),
        ("UPDATE books SET size = 3", "trees", "the tree of acme-jot is not the one that its events make"),
        (rewriting("PeriodClosed.v1", "PeriodClosed.v9", "topic = 'PeriodClosed.v1'"), "signatures", "event "),
        (rewriting("— jot/leo", "— jot/lea", "topic = 'StatementAcknowledged.v1'"), "signatures", "acme-jot: event "),
        ("UPDATE checkpoints SET note = 'x'", "checkpoints", "acme-jot: checkpoints/"),
    ],
)
def test_hashes_find_what_was_rewritten(
    told: Store, pactbook: Pactbook, statement: str, check: str, problem: str
) -> None:
    """With exit code 5, and what to do."""
    told.tamper(statement)
    found = checks(pactbook, "--hashes", 5)[check]
    assert any(each.startswith(problem) for each in found), found
    assert "hint: keep a copy" in pactbook("verify --hashes").err


def test_a_history_rewritten_with_its_hashes_is_not_that_of_a_checkpoint(told: Store, pactbook: Pactbook) -> None:
    """Though every leaf and the tree were made to fit: the checkpoint was in other hands."""
    told.clear()
    make_january(told.url)
    found = checks(pactbook, "--hashes --since kept.txt", 5)
    assert [name for name, problems in found.items() if problems] == ["since"]


def test_a_store_of_several_books_is_one_report(told: Store, folder: Path, pactbook: Pactbook) -> None:
    """Counts are sums; problems name their book."""
    (folder / "terms.yaml").write_text(TERMS.replace("acme-jot", "other-deal"), "utf-8")
    assert pactbook("agreement propose terms.yaml --today 2026-01-02").code == 0
    assert not any(checks(pactbook).values())
    assert "1 signature of checkpoints" in pactbook("verify").out
    told.tamper("UPDATE checkpoints SET note = replace(note, 'acme-jot', 'acme-job')")
    problems = checks(pactbook, code=5)
    assert any(each.startswith("acme-jot: checkpoints/") for each in problems["checkpoints"])
    assert not any(checks(pactbook, "other-deal", 5)["checkpoints"])
    found = checks(pactbook, "--since kept.txt other-deal", 5)
    assert found["since"] == ["other-deal: the checkpoint that was kept is of the book acme-jot, not of other-deal"]


def test_a_book_that_was_rewritten_is_not_that_of_a_checkpoint(told: Store, pactbook: Pactbook) -> None:
    """Though the store agrees with itself: the checkpoint was in other hands."""
    told.clear()
    make_january(told.url)
    problems = checks(pactbook, "--since kept.txt", 5)
    assert [name for name, found in problems.items() if found] == ["since"]
    told.clear()
    pactbook("init")
    problems = checks(pactbook, "--since kept.txt", 5)
    assert problems["since"] == ["the checkpoint that was kept is of acme-jot, which is not here"]


def test_documents_and_texts_are_missed(told: Store, folder: Path, pactbook: Pactbook) -> None:
    """A document that is gone or changed is wrong, and so is a changed text; an erased one is not."""
    digest = sha256(b"ten euros").hexdigest()
    document = folder / "pactbook.evidence" / digest[:2] / digest
    document.chmod(0o600)
    document.write_bytes(b"two euros")
    said = f"acme-jot: the document {digest[:12]} of S-2 is "
    assert checks(pactbook, code=5)["evidence"] == [f"{said}altered"]
    document.unlink()
    assert checks(pactbook, code=5)["evidence"] == [f"{said}missing"]
    document.write_bytes(b"ten euros")
    [text] = [path for path in (folder / "pactbook.texts").rglob("*") if path.is_file()]
    text.chmod(0o600)
    text.write_bytes(b"another")
    assert any("was altered" in each for each in checks(pactbook, code=5)["texts"])
    assert pactbook("text erase acme-jot S-3").code == 0
    assert not any(checks(pactbook).values())
    assert "1 of them erased or absent" in pactbook("verify").out


@pytest.mark.parametrize(
    ("statement", "check", "problem"),
    [
        ("UPDATE checkpoints SET note = 'x'", "checkpoints", "acme-jot: checkpoints/"),
        ("UPDATE checkpoints SET book = 'ghost'", "checkpoints", "the store: there are 1 checkpoints of ghost"),
        (
            rewriting("— jot/leo", "— jot/lea", "topic = 'StatementAcknowledged.v1'"),
            "signatures",
            "acme-jot: event ",
        ),
        (
            rewriting("EUR", "USD", "seq = 1"),
            "terms",
            "acme-jot: the terms ",
        ),
        ("DELETE FROM log_head", "integrity", "the store has lost the head of its log"),
    ],
)
def test_what_was_changed_is_named(told: Store, pactbook: Pactbook, statement: str, check: str, problem: str) -> None:
    """With exit code 5, and what to do."""
    told.tamper(statement)
    found = checks(pactbook, code=5)[check]
    assert any(each.startswith(problem) for each in found), found
    assert "hint: keep a copy" in pactbook("verify").err


@pytest.mark.usefixtures("told")
def test_a_key_that_is_not_the_one_trusted_is_named(pactbook: Pactbook) -> None:
    """Who signs in a party's name with a key of its own is found by whoever has the party's true key."""
    assert pactbook("key new true.pem --name jot/leo").code == 0
    assert pactbook("audit export acme-jot -o book.pactbook").code == 0
    true, used = (pactbook(f"key show {each}.pem --format json").json["public"] for each in ("true", "leo"))
    for command in ("verify", "audit verify book.pactbook"):
        ran = pactbook(f"{command} --trust {true}")
        assert (ran.code, "registered a key of jot/leo that is not the one that you trust" in ran.out) == (5, True)
        assert pactbook(f"{command} --trust {used}").code == 0
        assert pactbook(f"{command} --trust {true} --trust {used}").code == 0


def test_verify_of_what_is_not_there(told: Store, pactbook: Pactbook) -> None:
    """No store, no book, no checkpoint, no key."""
    assert pactbook("verify nothing").errors == ["there is no agreement 'nothing'"]
    assert pactbook("verify --since no.txt").code == 3
    assert pactbook("verify --trust nonsense").code == 3
    told.clear()
    assert pactbook("verify").code == 1
