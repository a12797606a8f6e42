"""A bundle holds a whole book, always in the same bytes, and any change of any of them is noticed and named."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.bundle.verify import verify
from ledger.values.errors import Broken
from tests.projections.dollars import dollars
from tests.projections.story import BOOK, everything, new_ledger


def retold(url: str) -> Ledger:
    """A ledger in which everything happened, with the very same events."""
    ledger = new_ledger(url)
    ledger.save(*everything())
    return ledger


@cache
def bundle() -> bytes:
    """The bundle of a book in which everything happened."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        ledger = retold(f"sqlite:///{Path(folder) / 'book.db'}")
        out = io.BytesIO()
        ledger.audit.export(BOOK, out)
        ledger.close()
    return out.getvalue()


def problems(data: bytes) -> list[str]:
    """What a check of some bytes finds wrong."""
    try:
        return [problem for check in verify(io.BytesIO(data)) for problem in check.problems]
    except Broken as error:
        return [error.message]


def is_noticed(data: bytes) -> bool:
    """Whether a check of some bytes finds anything wrong; it ends with the first that does."""
    try:
        return any(check.problems for check in verify(io.BytesIO(data)))
    except Broken:
        return True


def test_a_bundle_is_sound_and_every_check_says_what_it_found() -> None:
    """Each line has a result and a reason."""
    checks = list(verify(io.BytesIO(bundle())))
    assert [check.problems for check in checks] == [[]] * len(checks)
    assert [check.name for check in checks] == [
        "file", "events", "tree", "closings", "rules", "checkpoints", "signatures", "acknowledgements", "statements",
        "figures", "terms", "manifest",
    ]  # fmt: skip
    assert all(check.found for check in checks)


def test_a_bundle_of_a_book_in_two_currencies_is_sound(any_url: str) -> None:
    """Its rates are leaves of figures, recorded by events."""
    ledger = new_ledger(any_url)
    ledger.save(*dollars())
    out = io.BytesIO()
    ledger.audit.export(BOOK, out)
    ledger.close()
    assert problems(out.getvalue()) == []


def test_the_same_events_give_the_same_bundle(store_url: str) -> None:
    """From either kind of database, byte for byte."""
    ledger = retold(store_url)
    out = io.BytesIO()
    ledger.audit.export(BOOK, out)
    ledger.close()
    assert out.getvalue() == bundle()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_any_changed_byte_is_noticed(part: int) -> None:
    """A bundle in which one byte is another one has something wrong; tried at every hundredth byte or so, all over."""
    whole = bundle()
    for place in range(part * 97, len(whole), 8 * 97):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        assert is_noticed(bytes(changed)), f"byte {place} can be changed"


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (b"acme/ann", "event 1 "),
        (b'"ResultReported.v1"', "event"),
        (b"PK\x05\x06", "no bundle"),
    ],
)
def test_the_first_event_that_was_changed_is_named(where: bytes, what: str) -> None:
    """So that one knows where to look."""
    whole = bundle()
    place = whole.index(where)
    changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    assert any(what in problem for problem in problems(changed))


@pytest.mark.parametrize("data", [b"", b"PK", bundle()[:-1], bundle()[1:], bundle() + b"\0", bundle()[:200]])
def test_what_is_cut_or_added_to_is_no_bundle(data: bytes) -> None:
    """Nor is anything else."""
    assert problems(data)
