"""The tree and its proofs, against published vectors and against the definition word for word."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.store.proof import (
    Frontier,
    Head,
    RootMismatch,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from ledger.values.errors import Broken

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases" / "merkle.json").read_bytes())
TREE = VECTORS["rfc6962_reference_tree"]
HASHER = VECTORS["rfc6962_hasher"]
LEAVES = [leaf_hash(str(number).encode()) for number in range(130)]


def _b64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _proof(case: dict[str, Any]) -> list[bytes]:
    return [_b64(node) for node in case["proof"] or ()]


def _cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["file"].removeprefix("testdata/")) for case in VECTORS[name]["cases"]]


def _definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(1 << power for power in range(20) if 1 << power < len(leaves))
    return node_hash(_definition(leaves[:split]), _definition(leaves[split:]))


def test_hashes_of_the_reference() -> None:
    """Leaves and nodes are hashed as the reference implementation does it."""
    assert root([]).hex() == HASHER["empty_root"]
    assert leaf_hash(b"").hex() == HASHER["leaf_of_empty"]
    assert leaf_hash(b"L123456").hex() == HASHER["leaf_of_ascii_L123456"]
    assert node_hash(b"N123", b"N456").hex() == HASHER["node_of_ascii_N123_N456"]


def test_tree_of_the_reference() -> None:
    """The published tree of eight leaves has its published hash at each node and its root at each size."""
    leaves = [leaf_hash(bytes.fromhex(data)) for data in TREE["leaf_inputs_hex"]]
    levels = [[bytes.fromhex(node) for node in level] for level in TREE["leaf_and_node_hashes_hex_by_level"]]
    assert leaves == levels[0]
    for below, level in pairwise(levels):
        assert [node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=True)] == level
    for size, expected in enumerate(TREE["root_hash_hex_by_tree_size"]):
        assert root(leaves[:size]).hex() == expected


@pytest.mark.parametrize("case", _cases("inclusion_proof_cases"))
def test_published_inclusion_proofs(case: dict[str, Any]) -> None:
    """A published inclusion proof is accepted or refused as its authors say."""
    arguments = _b64(case["leafHash"]), case["leafIdx"], case["treeSize"], _proof(case), _b64(case["root"])
    if case["wantErr"]:
        with pytest.raises(Broken):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("case", _cases("consistency_proof_cases"))
def test_published_consistency_proofs(case: dict[str, Any]) -> None:
    """A published consistency proof is accepted or refused as its authors say."""
    first, second = Head(case["size1"], _b64(case["root1"])), Head(case["size2"], _b64(case["root2"]))
    if case["wantErr"]:
        with pytest.raises(Broken):
            verify_consistency(first, second, _proof(case))
    else:
        verify_consistency(first, second, _proof(case))


@given(st.integers(0, 130), st.data())
def test_a_frontier_goes_on_where_it_stopped(size: int, data: st.DataObject) -> None:
    """However a book grows, by one or by many events, its root is the one that the standard defines."""
    middle = data.draw(st.integers(0, size))
    frontier = Frontier()
    for leaf in LEAVES[:middle]:
        frontier = frontier.push(leaf)
    frontier = Frontier.from_bytes(frontier.to_bytes()).extend(LEAVES[middle:size])
    assert frontier.head() == Head(size, _definition(LEAVES[:size])) == Head(size, root(LEAVES[:size]))
    assert len(frontier.hashes) == size.bit_count()


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 65, 127, 128, 129])
def test_every_event_is_provably_in_its_book(size: int) -> None:
    """Each event of a book has a proof for its own place, which is refused for any other event or place."""
    expected = root(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(LEAVES, index, size)
        verify_inclusion(LEAVES[index], index, size, proof, expected)
        with pytest.raises(RootMismatch):
            verify_inclusion(LEAVES[size], index, size, proof, expected)
        for elsewhere in (index - 1, index + 1, size - 1 - index):
            if elsewhere != index:
                with pytest.raises(Broken):
                    verify_inclusion(LEAVES[index], elsewhere, size, proof, expected)


@pytest.mark.parametrize("second", [*range(1, 20), 31, 32, 33, 64, 65, 127, 128, 129])
def test_a_later_book_provably_begins_with_the_earlier(second: int) -> None:
    """Each earlier head is consistent with a later one, and a changed event breaks the proof."""
    later = Head(second, root(LEAVES[:second]))
    for first in range(1, second + 1):
        earlier = Head(first, root(LEAVES[:first]))
        proof = consistency_proof(LEAVES, first, second)
        verify_consistency(earlier, later, proof)
        rewritten = [*LEAVES[: first - 1], LEAVES[-1], *LEAVES[first:second]]
        with pytest.raises(RootMismatch):
            verify_consistency(earlier, Head(second, root(rewritten)), consistency_proof(rewritten, first, second))


@given(st.integers(2, 130), st.data())
def test_a_proof_with_one_bit_changed_is_refused(size: int, data: st.DataObject) -> None:
    """Nothing in a proof may differ: one bit, one hash too many, one too few, another length."""
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LEAVES, index, size)
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(proof[at])
    changed[bit // 8] ^= 1 << bit % 8
    for wrong in (
        [*proof[:at], bytes(changed), *proof[at + 1 :]],
        proof[:at] + proof[at + 1 :],
        [*proof[:at], LEAVES[0], *proof[at:]],
        [*proof[:at], proof[at][:31], *proof[at + 1 :]],
        [*proof[:at], proof[at] + b"\0", *proof[at + 1 :]],
    ):
        with pytest.raises(Broken):
            verify_inclusion(LEAVES[index], index, size, wrong, root(LEAVES[:size]))


def test_a_mismatch_shows_both_roots() -> None:
    """Who is told that a proof fails can see which root was claimed, and which one the proof leads to."""
    with pytest.raises(RootMismatch) as caught:
        verify_inclusion(LEAVES[0], 0, 1, [], LEAVES[1])
    assert (caught.value.expected, caught.value.computed) == (LEAVES[1], LEAVES[0])
    assert LEAVES[1].hex() in caught.value.message


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\0" * 7 + b"\1", b"\0" * 40, b"\0" * 7 + b"\3" + b"x" * 65])
def test_a_malformed_frontier_is_broken(data: bytes) -> None:
    """A stored tree head whose hashes do not fit its size is reported as broken."""
    with pytest.raises(Broken):
        Frontier.from_bytes(data)
