"""Keys, checkpoints and cosignatures: what a party keeps, and what it shows when a book was rewritten."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.cli.january import make_january
from tests.stores import Store


@pytest.fixture
def keys(place: Store, pactbook: Pactbook, folder: Path) -> Path:
    """A store with a closed month, a key of the operator and one of JOT's Leo."""
    place.fill(make_january)
    for name, file in (("acme/operator", "operator.pem"), ("jot/leo", "leo.pem")):
        assert pactbook(f"key new {file} --name {name}").code == 0
    return folder


def test_a_key_is_made_and_only_its_public_part_is_shown(folder: Path, pactbook: Pactbook) -> None:
    """Its file is for its owner alone, and never written over."""
    made = pactbook("key new leo.pem --as jot/leo --format json")
    assert (made.code, made.err) == (0, "")
    shown = json.loads(made.out)
    assert shown["public"].startswith("jot/leo+")
    assert stat.S_IMODE((folder / "leo.pem").stat().st_mode) == 0o600
    private = (folder / "leo.pem").read_text("utf-8").splitlines()[2]
    assert private not in made.out
    assert json.loads(pactbook("key show leo.pem --format json").out) == shown
    again = pactbook("key new leo.pem --as jot/leo")
    assert (again.code, "is there already" in again.err) == (1, True)


def test_an_encrypted_key_needs_its_passphrase(
    folder: Path, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file or the environment; where nobody can be asked, that is said."""
    (folder / "phrase").write_text("correct horse\n", "utf-8")
    assert pactbook("key new leo.pem --as jot/leo --passphrase-file phrase").code == 0
    assert pactbook("key show leo.pem --passphrase-file phrase").code == 0
    missing = pactbook("key show leo.pem")
    assert (missing.code, "needs its passphrase" in missing.err) == (3, True)
    monkeypatch.setenv("PACTBOOK_PASSPHRASE", "wrong")
    wrong = pactbook("key show leo.pem")
    assert (wrong.code, "the passphrase is wrong" in wrong.err) == (3, True)
    monkeypatch.setenv("PACTBOOK_PASSPHRASE", "correct horse")
    assert pactbook("key show leo.pem").code == 0


def test_a_key_lies_where_its_owner_looks_for_it(
    folder: Path, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file it is the one of who acts, in the folder of the user's settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    assert pactbook("key new --as jot/leo").code == 0
    assert (folder / "config" / "pactbook" / "keys" / "jot-leo.pem").exists()
    assert pactbook("key show --as jot/leo").code == 0


@pytest.mark.usefixtures("keys")
def test_a_checkpoint_is_signed_cosigned_and_goes_into_the_bundle(folder: Path, pactbook: Pactbook) -> None:
    """The same size has one note, which gathers signatures; the bundle holds it, and its check verifies it."""
    assert pactbook("checkpoint acme-jot --key operator.pem -o one.txt").code == 0
    note = (folder / "one.txt").read_text("utf-8")
    assert note.startswith("pactbook/acme-jot\n5\n")
    both = pactbook("cosign acme-jot one.txt --key leo.pem --format json")
    assert json.loads(both.out)["signed_by"] == ["acme/operator", "jot/leo"]
    public = json.loads(pactbook("key show operator.pem --format json").out)["public"]
    cosigner = json.loads(pactbook("key show leo.pem --format json").out)["cosigner"]
    assert pactbook("audit export acme-jot -o book.pactbook").code == 0
    checked = pactbook(f"audit verify book.pactbook --since one.txt --trust {public} --trust {cosigner} --format json")
    found = {check["check"]: check for check in json.loads(checked.out)}
    assert (checked.code, found["since"]["ok"]) == (0, True)
    assert found["checkpoints"]["found"].startswith("2 signatures of checkpoints: valid")


@pytest.mark.usefixtures("keys")
def test_a_rewritten_book_is_not_cosigned_and_its_bundle_does_not_pass(place: Store, pactbook: Pactbook) -> None:
    """Even where the operator computed everything anew: the checkpoint that was kept says another root."""
    assert pactbook("checkpoint acme-jot --key operator.pem -o kept.txt").code == 0
    place.clear()
    make_january(place.url)  # other salts: another history with the same figures
    assert pactbook("checkpoint acme-jot --key operator.pem -o new.txt").code == 0
    refused = pactbook("cosign acme-jot new.txt --since kept.txt --key leo.pem")
    assert (refused.code, refused.out) == (5, "")
    assert "the checkpoint that was kept says that the first 5 events have root" in refused.err
    assert pactbook("audit export acme-jot -o book.pactbook").code == 0
    assert pactbook("audit verify book.pactbook").code == 0
    ran = pactbook("audit verify book.pactbook --since kept.txt")
    assert (ran.code, "have another root" in ran.out) == (5, True)


@pytest.mark.usefixtures("keys")
def test_two_histories_of_one_size_are_noticed_by_the_store(place: Store, pactbook: Pactbook) -> None:
    """A store that keeps a checkpoint does not take another one of the same size."""
    assert pactbook("checkpoint acme-jot --key operator.pem -o kept.txt").code == 0
    place.tamper("UPDATE checkpoints SET note = replace(note, substr(note, 21, 8), 'AAAAAAAA')")
    ran = pactbook("checkpoint acme-jot --key operator.pem")
    assert (ran.code, "two histories were shown" in ran.err) == (5, True)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("checkpoint nothing --key operator.pem", 1, "there is no agreement 'nothing'"),
        ("checkpoint acme-jot --key operator.pem --size 99", 1, "acme-jot has 5 events, not 99"),
        ("checkpoint acme-jot --key missing.pem", 3, "missing.pem: the key cannot be read"),
        ("checkpoint acme-jot --key terms.yaml", 3, "no key file of pactbook"),
        ("cosign acme-jot operator.pem --key leo.pem", 3, "operator.pem: is no checkpoint: the note has no signatures"),
        ("cosign acme-jot missing.txt --key leo.pem", 3, "missing.txt: cannot be read"),
        ("key new --name two+two x.pem", 3, "cannot name a key"),
        ("key new x.pem --name a --passphrase", 2, "nobody can be asked here"),
    ],
)
def test_what_cannot_be_done_says_why(line: str, code: int, message: str, pactbook: Pactbook) -> None:
    """Each refusal with its reason, and nothing is signed."""
    ran = pactbook(line)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("what", ["--event 3", "--statement 2026-01"])
def test_a_receipt_proves_one_thing_without_the_book(place: Store, folder: Path, pactbook: Pactbook, what: str) -> None:
    """Against a checkpoint, with the signer's key and nothing else; any change of it is noticed."""
    assert pactbook("checkpoint acme-jot --key operator.pem -o kept.txt").code == 0
    public = json.loads(pactbook("key show operator.pem --format json").out)["public"]
    assert pactbook(f"audit receipt acme-jot {what} -o receipt.json").code == 0
    place.clear()
    ran = pactbook(f"audit check receipt.json --trust {public}")
    assert (ran.code, "WRONG" in ran.out) == (0, False)
    assert ran.err.startswith('{"type":')
    whole = (folder / "receipt.json").read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        (folder / "receipt.json").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert pactbook(f"audit check receipt.json --trust {public}").code == 5, f"byte {at}"
    (folder / "receipt.json").write_bytes(whole)
    stranger = json.loads(pactbook("key show leo.pem --format json").out)["public"]
    unknown = pactbook(f"audit check receipt.json --trust {stranger}")
    assert (unknown.code, "no key that you trust has signed" in unknown.out) == (5, True)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("audit receipt acme-jot", 2, "say what it is of"),
        ("audit receipt acme-jot --event 3", 1, "no checkpoint of acme-jot is kept here"),
        ("audit receipt acme-jot --event 9 --checkpoint kept.txt", 1, "at size 5 has no event 9"),
        ("audit receipt acme-jot --statement 2026-02 --checkpoint kept.txt", 1, "is not closed"),
        ("audit check kept.txt --trust x", 3, "no public key"),
    ],
)
def test_what_has_no_receipt_says_why(line: str, code: int, message: str, pactbook: Pactbook) -> None:
    """And none is written."""
    if "kept.txt" in line:
        assert pactbook("checkpoint acme-jot --key operator.pem -o kept.txt").code == 0
    ran = pactbook(line)
    assert (ran.code, message in ran.err) == (code, True)


@pytest.mark.usefixtures("keys")
def test_a_revoked_key_signs_no_checkpoint_that_counts(folder: Path, pactbook: Pactbook) -> None:
    """What it signed before its revocation still does; a checkpoint of a book that holds the revocation is later."""
    assert pactbook("key register acme-jot leo.pem --as jot/leo").code == 0
    assert pactbook("checkpoint acme-jot --key leo.pem -o before.txt").code == 0
    key_id = json.loads(pactbook("key list acme-jot --format json").out)[0]["id"]
    assert pactbook(f"key revoke acme-jot {key_id} --reason lost --as jot/leo").code == 0
    assert pactbook("audit export acme-jot -o one.pactbook").code == 0
    assert pactbook("audit verify one.pactbook").code == 0
    assert pactbook("checkpoint acme-jot --key leo.pem -o after.txt").code == 0
    assert pactbook("audit export acme-jot -o two.pactbook").code == 0
    ran = pactbook("audit verify two.pactbook")
    assert (ran.code, "the key of jot/leo had been revoked by then" in ran.out) == (5, True)
