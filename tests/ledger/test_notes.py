"""Signed notes, checkpoints and keys: the published example, what is refused, and that nothing else passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.store.checkpoint import parse_checkpoint, text_of
from ledger.store.keys import SigningKey, is_encrypted, read_key, signing_key, verify
from ledger.store.notes import Kind, Note, parse_key, parse_note
from ledger.store.proof import Head
from ledger.values.errors import Broken, Rejected

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases" / "merkle.json").read_bytes())
EXAMPLE = VECTORS["c2sp_signed_note_example"]

#: The example of C2SP `tlog-cosignature`, without its keys.
COSIGNED = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501
_BOOK = r"[a-z][a-z0-9_-]{0,62}"
ANA = signing_key("jot/ana", b"a" * 32)
OPERATOR = signing_key("operator", b"o" * 32)
TEXT = text_of("acme-jot", Head(1200, b"r" * 32))


def note(*signatures: Any) -> Note:
    return Note(TEXT).signed(signatures)


def test_the_published_note_is_read_written_and_verified() -> None:
    """The example of C2SP `signed-note`: its key, its text, its signature."""
    key = parse_key(EXAMPLE["vkey"])
    found = parse_note(EXAMPLE["note"].encode())
    assert (str(key), str(found)) == (EXAMPLE["vkey"], EXAMPLE["note"])
    assert verify(found, key) == found.signatures[0]


def test_the_published_cosignature_is_read() -> None:
    """The example of C2SP `tlog-cosignature`: the second signature says when it was made."""
    found = parse_note(COSIGNED.encode())
    assert str(found) == COSIGNED
    assert [each.name for each in found.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert found.signatures[1].time == 1_679_315_147


def test_signatures_and_cosignatures_verify_with_the_key_of_their_kind() -> None:
    """Each key finds its own signature, and no other; a cosignature keeps its time."""
    signed = note(OPERATOR.sign(TEXT), ANA.cosign(TEXT, 1_800_000_000))
    read = parse_note(str(signed).encode())
    assert verify(read, OPERATOR.public()) == signed.signatures[0]
    found = verify(read, ANA.public(Kind.COSIGNATURE))
    assert found is not None
    assert found.time == 1_800_000_000
    assert verify(read, ANA.public()) is None
    assert verify(read, signing_key("jot/leo", b"l" * 32).public()) is None


@pytest.mark.parametrize("wrong", ["text", "time", "signature", "key"])
def test_a_forged_signature_is_refused(wrong: str) -> None:
    """Another text, another time, other bytes, or somebody else's key under the same name."""
    made = ANA.cosign(TEXT, 1_800_000_000)
    match wrong:
        case "text":
            forged = Note(TEXT.replace("1200", "1201")).signed((made,))
        case "time":
            forged = note(type(made)(made.name, made.key_id, b"\0" * 8 + made.raw[8:]))
        case "signature":
            forged = note(type(made)(made.name, made.key_id, made.raw[:-1] + bytes([made.raw[-1] ^ 1])))
        case _:
            other = signing_key("jot/ana", b"x" * 32).cosign(TEXT, 1_800_000_000)
            forged = note(type(made)(made.name, made.key_id, other.raw))
    with pytest.raises(Broken, match="not of this text"):
        verify(forged, ANA.public(Kind.COSIGNATURE))


def test_two_signatures_of_one_key_are_refused() -> None:
    """Which of them counts would be anybody's choice."""
    both = note(ANA.cosign(TEXT, 1), ANA.cosign(TEXT, 2))
    with pytest.raises(Broken, match="several signatures of jot/ana"):
        verify(both, ANA.public(Kind.COSIGNATURE))


@given(
    st.integers(0, 10**18 - 1),
    st.binary(min_size=32, max_size=32),
    st.from_regex(r"[a-z][a-z0-9_-]{0,62}", fullmatch=True),
)
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes, book: str) -> None:
    """Book, size and root, whatever they are."""
    text = text_of(book, Head(size, root))
    found = parse_checkpoint(str(Note(text).signed((OPERATOR.sign(text),))).encode())
    assert (found.book, found.head) == (book, Head(size, root))
    assert verify(found.note, OPERATOR.public()) is not None


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    """One byte of a signed checkpoint changed: it no longer reads, or its signature no longer holds."""
    whole = bytearray(str(note(OPERATOR.sign(TEXT))).encode())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        found = parse_checkpoint(bytes(whole))
        assert verify(found.note, OPERATOR.public()) is None
    except Broken:
        pass


MALFORMED = [
    (b"", "no signatures"),
    (b"text\n", "no signatures"),
    (b"text\n\n", "no signatures"),
    (b"text\n\n- name AAAA\n", "no line of a signature"),
    ("text\n\n\u2014 name AAAAAA==\n".encode(), "no line of a signature"),
    ("text\n\n\u2014 na+me AAAAAAAA\n".encode(), "cannot name a key"),
    ("text\n\n\u2014 name AAAAAAB=\n".encode(), "no line of a signature"),
    (b"te\xffxt\n\n", "not text in UTF-8"),
    (b"te\rxt\n\n", "control character"),
    (b"x" * 70_000, "larger than"),
]


@pytest.mark.parametrize(("data", "message"), MALFORMED)
def test_what_is_no_note_is_refused(data: bytes, message: str) -> None:
    """Each with what is wrong."""
    with pytest.raises(Broken, match=message):
        parse_note(data)


@pytest.mark.parametrize(
    "text",
    [
        "pactbook/acme-jot\n1200\n",
        "other/acme-jot\n1200\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "pactbook/acme-jot\n01200\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "pactbook/acme-jot\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "pactbook/acme-jot\n1200\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
    ],
)
def test_a_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    """Another origin, a size in other words, a root of another length."""
    with pytest.raises(Broken):
        parse_checkpoint(str(Note(text).signed((OPERATOR.sign(text),))).encode())


@pytest.mark.parametrize(
    "text",
    [
        "", "name", "name+00000000+AAAA", str(ANA.public())[:-4] + "AAAA", f" x{ANA.public()}",
        str(ANA.public()).replace("+", " "),
    ],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """The id has to fit the name and the key."""
    with pytest.raises(Rejected, match="no public key"):
        parse_key(text)


def test_public_keys_are_read_as_they_are_written() -> None:
    """For either kind of signature."""
    for kind in Kind:
        assert parse_key(str(ANA.public(kind))) == ANA.public(kind)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_a_key_file_gives_the_same_key_back(passphrase: str | None) -> None:
    """With and without a passphrase; and says whether it needs one."""
    content = ANA.to_file(passphrase)
    assert is_encrypted(content) == (passphrase is not None)
    back = read_key(content, passphrase)
    assert (back.name, back.public()) == (ANA.name, ANA.public())


@pytest.mark.parametrize(
    ("content", "passphrase", "message"),
    [
        (ANA.to_file("right"), "wrong", "passphrase is wrong"),
        (ANA.to_file("right"), None, "needs its passphrase"),
        (ANA.to_file(None), "any", "has no passphrase"),
        (b"", None, "no key file"),
        (b"# pactbook key of jot/ana\nnonsense", None, "no key file"),
    ],
)
def test_a_key_file_that_cannot_be_read_says_why(content: bytes, passphrase: str | None, message: str) -> None:
    """A wrong passphrase is told from another file."""
    with pytest.raises(Rejected, match=message):
        read_key(content, passphrase)


def test_a_private_key_is_not_shown() -> None:
    """Not by accident either: neither its seed nor its file stands in what a traceback would print."""
    assert "a" * 16 not in repr(ANA)
    assert isinstance(ANA, SigningKey)
