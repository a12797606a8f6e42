"""`pactbook audit`: what leaves the store can be checked by who has nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.session import DEFAULT_STORE
from tests.cli.conftest import Pactbook
from tests.cli.january import make_january
from tests.stores import Store


@pytest.fixture
def bundle(place: Store, pactbook: Pactbook, folder: Path) -> Path:
    """The bundle of a partnership that has closed a month; its store is gone."""
    place.fill(make_january)
    ran = pactbook("audit export acme-jot -o book.pactbook")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("wrote acme-jot, ")
    place.clear()
    return folder / "book.pactbook"


@pytest.mark.usefixtures("bundle")
def test_a_bundle_is_checked_without_a_store(pactbook: Pactbook) -> None:
    """Each check has a line, a result and a reason."""
    ran = pactbook("audit verify book.pactbook --format json")
    assert (ran.code, ran.err) == (0, "")
    checks = json.loads(ran.out)
    assert all(check["ok"] and check["found"] for check in checks)
    assert {"file", "events", "tree", "statements", "figures"} <= {check["check"] for check in checks}


def test_a_changed_bundle_is_refused_with_the_event_that_was_changed(bundle: Path, pactbook: Pactbook) -> None:
    """Exit code 5, and where to look."""
    whole = bundle.read_bytes()
    bundle.write_bytes(whole.replace(b'"amount_minor":1000000', b'"amount_minor":2000000', 1))
    assert bundle.read_bytes() != whole
    ran = pactbook("audit verify book.pactbook")
    assert ran.code == 5
    assert "WRONG" in ran.out
    assert "event 3 is not the one of its leaf" in ran.out
    assert "the other party's copy" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("export acme-jot", 2, "say where to write it"),
        ("export nothing -o x", 1, "there is no agreement 'nothing'"),
        ("export acme-jot -o no/such/folder", 1, "cannot be written"),
        ("verify missing.pactbook", 3, "missing.pactbook: cannot be read"),
        ("verify terms.yaml", 5, "no bundle of pactbook"),
        ("verify terms.yaml --trust nonsense", 3, "no public key"),
    ],
)
def test_what_cannot_be_done_says_why(
    arguments: str, code: int, message: str, place: Store, folder: Path, pactbook: Pactbook
) -> None:
    """And leaves no half-written file behind."""
    place.fill(make_january)
    ran = pactbook(f"audit {arguments}")
    assert ran.code == code
    assert message in ran.err
    assert not list(folder.glob(".*partial"))


def test_a_ledger_is_rebuilt_from_a_bundle(store: Store, folder: Path, pactbook: Pactbook) -> None:
    """With its documents; the same again changes nothing, and the bundle of the new one is the same file."""
    store.fill(make_january)
    (folder / "invoice.pdf").write_bytes(b"ten euros")
    record = "record result acme-jot S-9 sales 10.00 --on 2026-02-05 --collected-by acme --today 2026-02-06"
    assert pactbook(f"{record} --evidence invoice.pdf --note-private secret").code == 0
    assert pactbook("audit export acme-jot --with-evidence -o book.pactbook").code == 0
    assert pactbook("init --store sqlite:///new.db").code == 0
    there = "--store sqlite:///new.db"
    ran = pactbook(f"audit import book.pactbook {there} --dry-run")
    assert ran.out == "would have imported acme-jot: 6 events up to 6, 0 checkpoints, 1 document\n"
    assert not (folder / "new.evidence").exists()
    ran = pactbook(f"audit import book.pactbook {there}")
    assert (ran.code, ran.out) == (0, "imported acme-jot: 6 events up to 6, 0 checkpoints, 1 document\n")
    again = pactbook(f"audit import book.pactbook {there}")
    assert (again.code, again.out) == (0, "already so; nothing recorded: acme-jot has these 6 events\n")
    assert pactbook(f"audit export acme-jot --with-evidence {there} -o again.pactbook").code == 0
    assert (folder / "again.pactbook").read_bytes() == (folder / "book.pactbook").read_bytes()
    assert pactbook(f"verify {there}").code == 0
    assert pactbook(f"balance acme-jot {there}").out == pactbook("balance acme-jot").out
    assert not (folder / "new.texts").exists()


def test_a_bundle_with_something_wrong_is_not_imported(bundle: Path, place: Store, pactbook: Pactbook) -> None:
    """The report says what; so does the error where the store has another history."""
    assert pactbook("init").code == 0
    whole = bundle.read_bytes()
    bundle.write_bytes(whole.replace(b'"amount_minor":1000000', b'"amount_minor":2000000', 1))
    ran = pactbook("audit import book.pactbook")
    assert (ran.code, "WRONG" in ran.out, "nothing was recorded" in ran.err) == (5, True, True)
    bundle.write_bytes(whole)
    place.clear()
    make_january(place.url)  # other salts: another history with the same figures
    ran = pactbook("audit import book.pactbook")
    assert (ran.code, "another history" in ran.err) == (5, True)
    place.clear()
    ran = pactbook("audit import book.pactbook")
    assert (ran.code, "there is no " in ran.errors[0]) == (1, True)


def test_documents_for_which_there_is_no_folder_are_told(
    postgres_url: str, folder: Path, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing again, with a folder, brings them."""
    make_january(DEFAULT_STORE)
    (folder / "invoice.pdf").write_bytes(b"ten euros")
    record = "record result acme-jot S-9 sales 10.00 --on 2026-02-05 --collected-by acme --today 2026-02-06"
    assert pactbook(f"{record} --evidence invoice.pdf").code == 0
    assert pactbook("audit export acme-jot --with-evidence -o book.pactbook").code == 0
    monkeypatch.setenv("PACTBOOK_STORE", postgres_url)
    assert pactbook("init").code == 0
    ran = pactbook("audit import book.pactbook")
    assert (ran.code, ran.err) == (
        0, "note: 1 document not kept, for there is no folder; set PACTBOOK_EVIDENCE and import again\n"
    )  # fmt: skip
    monkeypatch.setenv("PACTBOOK_EVIDENCE", "papers")
    assert pactbook("audit import book.pactbook").code == 0
    assert pactbook("evidence list acme-jot --format json").json["documents"][0]["status"] == "kept"
    assert pactbook("verify").code == 0
