"""`pactbook audit`: what leaves the store can be checked by who has nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.cli.january import make_january


@pytest.fixture
def bundle(pactbook: Pactbook, folder: Path) -> Path:
    """The bundle of a partnership that has closed a month; its store is gone."""
    make_january(folder / "pactbook.db")
    ran = pactbook("audit export acme-jot -o book.pactbook")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("wrote acme-jot, ")
    (folder / "pactbook.db").unlink()
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
        ("verify pactbook.db", 5, "no bundle of pactbook"),
        ("verify pactbook.db --trust nonsense", 3, "no public key"),
    ],
)
def test_what_cannot_be_done_says_why(
    arguments: str, code: int, message: str, folder: Path, pactbook: Pactbook
) -> None:
    """And leaves no half-written file behind."""
    make_january(folder / "pactbook.db")
    ran = pactbook(f"audit {arguments}")
    assert ran.code == code
    assert message in ran.err
    assert not list(folder.glob(".*partial"))
