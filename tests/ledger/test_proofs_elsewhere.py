"""Proofs of the store, checked by another formulation of RFC 9162 that shares no code with the ledger.

A proof is cut up from its end, as the tree is cut up from its root: the last hash is the sibling nearest to the root.
So the verifier is the definition of the proofs (2.1.3.1 and 2.1.4.1) read backwards, not the algorithm of 2.1.3.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from ledger.store import proof as ours
from ledger.store.engine import reading
from ledger.store.log import log_of
from ledger.store.recorder import BookRecorder
from ledger.store.tree import Tree
from ledger.values.errors import Broken
from tests.projections.story import BOOK, results


class Unproved(Exception):
    """The hashes are no proof."""


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(bytes([1]) + left + right).digest()


def left_part(size: int) -> int:
    """The largest power of two smaller than a size."""
    part = 1
    while part * 2 < size:
        part *= 2
    return part


def root_with(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """The root of a tree in which the leaf stands at an index, by its audit path."""
    if size == 1:
        if hashes:
            raise Unproved
        return leaf
    if not hashes:
        raise Unproved
    *rest, sibling = hashes
    part = left_part(size)
    if index < part:
        return node(root_with(leaf, index, part, rest), sibling)
    return node(sibling, root_with(leaf, index - part, size - part, rest))


def both_roots(first: int, size: int, known: bytes | None, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The root of the first leaves, and that of all; `known` is the first where it need not be proved."""
    if first == size:
        if known is not None:
            if hashes:
                raise Unproved
            return known, known
        if len(hashes) != 1:
            raise Unproved
        return hashes[0], hashes[0]
    if not hashes:
        raise Unproved
    *rest, sibling = hashes
    part = left_part(size)
    if first <= part:
        old, new = both_roots(first, part, known, rest)
        return old, node(new, sibling)
    old, new = both_roots(first - part, size - part, None, rest)
    return node(sibling, old), node(sibling, new)


def included(leaf: bytes, index: int, size: int, hashes: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf in the tree."""
    try:
        return 0 <= index < size and root_with(leaf, index, size, hashes) == root
    except Unproved:
        return False


def grown(first: int, old: bytes, second: int, new: bytes, hashes: Sequence[bytes]) -> bool:
    """Whether the proof shows that the second tree begins with the first."""
    try:
        return 0 < first <= second and both_roots(first, second, old, hashes) == (old, new)
    except Unproved:
        return False


LEAVES = [hashlib.sha256(b"\0" + str(number).encode()).digest() for number in range(70)]


def test_every_proof_of_small_trees_verifies_elsewhere() -> None:
    """Each leaf in each tree, each pair of sizes."""
    for size in range(1, 40):
        root = ours.root(LEAVES[:size])
        for index in range(size):
            assert included(LEAVES[index], index, size, ours.inclusion_proof(LEAVES, index, size), root)
            hashes = ours.consistency_proof(LEAVES, index + 1, size)
            assert grown(index + 1, ours.root(LEAVES[: index + 1]), size, root, hashes)


@given(data=st.data())
def test_both_verifiers_say_the_same_of_any_hashes(data: st.DataObject) -> None:
    """Of proofs that are right, and of those in which something was changed, dropped, added or put elsewhere."""
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    hashes = ours.inclusion_proof(LEAVES, index, size)
    between = ours.consistency_proof(LEAVES, index + 1, size)
    old, root = ours.root(LEAVES[: index + 1]), ours.root(LEAVES[:size])
    for each in (hashes, between):
        change = data.draw(st.sampled_from(["none", "drop", "add", "swap", "alter"]))
        if change == "add" or not each:
            each.insert(data.draw(st.integers(0, len(each))), data.draw(st.sampled_from(LEAVES)))
        elif change != "none":
            place = data.draw(st.integers(0, len(each) - 1))
            each[place : place + 1] = {"drop": [], "swap": each[place - 1 : place] or each[-1:], "alter": [LEAVES[0]]}[
                change
            ]
    at, other = data.draw(st.integers(0, size)), data.draw(st.integers(0, 70))
    assert accepted(lambda: ours.verify_inclusion(LEAVES[index], at, size, hashes, root)) == included(
        LEAVES[index], at, size, hashes, root
    )
    heads = ours.Head(index + 1, old), ours.Head(max(other, 1), root)
    assert accepted(lambda: ours.verify_consistency(*heads, between)) == grown(
        index + 1, old, max(other, 1), root, between
    )


def accepted(check: object) -> bool:
    """Whether our own verifier accepts."""
    try:
        check()  # type: ignore[operator]
    except Broken:
        return False
    return True


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_proofs_of_a_store_verify_elsewhere(scratch_engine: Engine, size: int) -> None:
    """Also where they are made from the nodes that are kept."""
    from ledger.store.encoding import EventMapper

    recorder, mapper = BookRecorder(scratch_engine), EventMapper()
    stored = [mapper.to_stored_event(event) for event in results(size, 100)]
    recorder.insert_events(stored)
    leaves = [hashlib.sha256(b"\0" + each.state).digest() for each in stored]
    with reading(scratch_engine) as connection:
        tree = Tree(log_of(connection), BOOK)
        root = tree.head().root
        for seq in {1, size, *range(1, size, 61)}:
            assert included(leaves[seq - 1], seq - 1, size, tree.inclusion(seq), root)
            assert grown(seq, tree.head(seq).root, size, root, tree.consistency(seq))
            assert not included(leaves[seq - 1], seq - 1, size, tree.inclusion(seq), bytes(32))
