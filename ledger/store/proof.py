"""The Merkle tree of a book: a head that commits to every event, and proofs that nothing was rewritten.

Exactly the tree of RFC 9162, section 2.1, and nothing cleverer. A leaf is the hash of an event's stored
bytes; a head is a size and a root. An *inclusion proof* shows that one event is in the book of a head, a
*consistency proof* that a later head only added to an earlier one. Neither shows that nothing newer was
left out: for that, compare with a head that somebody else kept.

Leaves are always passed as leaf hashes; indexes count from 0 (the event of `seq` n is leaf n - 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

import msgspec

from ledger.values.errors import Broken

HASH_BYTES = 32

#: Nodes are kept at every eighth level, as in the tiles of C2SP `tlog-tiles`: a row for 256 events, and any other node
#: is made of at most 128 hashes that are kept.
TILE_LEVELS = 8
_SIZE_BYTES = 8


class Head(msgspec.Struct, frozen=True):
    """What a book's tree says at one moment: how many events, and the hash that commits to all of them."""

    size: int
    root: bytes


class RootMismatch(Broken):
    """The hashes of a proof lead to another root than the one that was claimed."""

    def __init__(self, expected: bytes, computed: bytes) -> None:
        super().__init__(f"the proof leads to root {computed.hex()}, not to {expected.hex()}")
        self.expected = expected
        self.computed = computed


class Node(NamedTuple):
    """The root of a perfect subtree: of `2 ** level` leaves, the one at a `place` of its level, counted from 0."""

    level: int
    place: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """The leaf of an event's stored bytes (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees (RFC 9162, 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(msgspec.Struct, frozen=True):
    """All that is needed to go on with a tree: its size and the roots of its perfect subtrees, largest first.

    There is one subtree for every bit that is set in the size, so a book of a million events is continued
    from at most twenty hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def push(self, leaf: bytes) -> Self:
        """The frontier after one more leaf."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """The frontier after more leaves."""
        return self.grow(leaves)[0]

    def grow(self, leaves: Iterable[bytes]) -> tuple[Self, list[Node]]:
        """The frontier after more leaves, and the nodes at the heights of tiles that they complete, level by level."""
        nodes, held, last, completed = list(leaves), list(self.hashes), [], []
        level, place, size = 0, self.size, self.size + len(nodes)
        while nodes:  # the new nodes of a level, of which `place` are there already
            if place & 1:
                nodes.insert(0, held.pop())
            if len(nodes) & 1:
                last.append(nodes.pop())
            nodes = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=True)
            ]
            level, place = level + 1, place >> 1
            if level % TILE_LEVELS == 0:
                completed += [Node(level, number, node) for number, node in enumerate(nodes, place)]
        return type(self)(size, (*held, *reversed(last))), completed

    def root(self) -> bytes:
        """The root of the tree; of an empty one, the hash of nothing."""
        return join(self.hashes) if self.hashes else sha256(b"").digest()

    def head(self) -> Head:
        """The size and the root."""
        return Head(self.size, self.root())

    def to_bytes(self) -> bytes:
        """The size in eight bytes, big-endian, then the hashes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` wrote. Raises `Broken` when the number of hashes does not fit the size."""
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        body = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(body) != size.bit_count() * HASH_BYTES:
            raise Broken(f"the tree head of {len(data)} bytes is malformed", "run `pactbook doctor`")
        return cls(size, tuple(body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES)))


def root(leaves: Iterable[bytes]) -> bytes:
    """The root of the tree over these leaves (MTH in RFC 9162, 2.1.1)."""
    return Frontier().extend(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves (PATH, RFC 9162, 2.1.3.1)."""
    assert size <= len(leaves), "the tree must be in the leaves"
    return [root(leaves[start:end]) for start, end in inclusion_path(index, size)]


def consistency_proof(leaves: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """The hashes that show that the first `second` leaves begin with the first `first` (RFC 9162, 2.1.4.1)."""
    assert second <= len(leaves), "the tree must be in the leaves"
    return [root(leaves[start:end]) for start, end in consistency_path(first, second)]


Span = tuple[int, int]
"""The leaves from one index up to another; a proof is the roots of such spans."""


def inclusion_path(index: int, size: int) -> list[Span]:
    """The spans whose roots prove that leaf `index` is in a tree of this size."""
    assert 0 <= index < size, "the leaf must be in the tree"
    return _path(index, 0, size)


def consistency_path(first: int, second: int) -> list[Span]:
    """The spans whose roots prove that a tree of `second` leaves begins with one of `first`."""
    assert 0 < first <= second, "the first tree must not be empty, nor larger than the second"
    return _subproof(first, 0, second, whole=True)


def perfect(start: int, end: int) -> list[tuple[int, int]]:
    """The perfect subtrees that a span of a tree is made of, largest first: (level, index) of each.

    A span of a proof begins at a multiple of its largest subtree, so that each is as large as it can be.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        assert start & ((1 << level) - 1) == 0, "no proof has such a span"
        found.append((level, start >> level))
        start += 1 << level
    return found


def join(subtrees: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest first."""
    node = subtrees[-1]
    for left in subtrees[-2::-1]:
        node = node_hash(left, node)
    return node


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> None:
    """Check that a leaf stands at `index` in the tree of this size and root (RFC 9162, 2.1.3.2).

    Raises `RootMismatch` when the proof leads elsewhere, `Broken` when it cannot be a proof for this place.
    """
    _require_hashes(leaf, *proof)
    if not 0 <= index < size:
        raise Broken(f"leaf {index} is not in a tree of {size} leaves")
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise Broken(f"the proof has {len(proof)} hashes, too many for a tree of {size} leaves")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            position, last = _up_to_right_child(position, last)
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise Broken(f"the proof has {len(proof)} hashes, too few for a tree of {size} leaves")
    _require(expected_root, node)


def verify_consistency(first: Head, second: Head, proof: Sequence[bytes]) -> None:
    """Check that the second head only added to the first (RFC 9162, 2.1.4.2).

    Raises `RootMismatch` when the proof leads elsewhere, `Broken` when it cannot be a proof for these
    sizes. An empty first tree proves nothing, and is refused.
    """
    _require_hashes(*proof)
    if not 0 < first.size <= second.size:
        raise Broken(f"no proof leads from a tree of {first.size} leaves to one of {second.size}")
    if first.size == second.size:
        if proof:
            raise Broken("a proof between trees of one size has no hashes")
        return _require(second.root, first.root)
    if not proof:
        raise Broken(f"the proof from {first.size} to {second.size} leaves is empty")
    path = [first.root, *proof] if first.size.bit_count() == 1 else proof
    position, last = first.size - 1, second.size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            raise Broken(f"the proof has {len(proof)} hashes, too many for {first.size} to {second.size} leaves")
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            position, last = _up_to_right_child(position, last)
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise Broken(f"the proof has {len(proof)} hashes, too few for {first.size} to {second.size} leaves")
    _require(first.root, old)
    return _require(second.root, new)


def _path(index: int, start: int, end: int) -> list[Span]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle), (middle, end)]
    return [*_path(index, middle, end), (start, middle)]


def _subproof(first: int, start: int, end: int, *, whole: bool) -> list[Span]:
    if first == end:
        return [] if whole else [(start, end)]
    middle = start + _split(end - start)
    if first <= middle:
        return [*_subproof(first, start, middle, whole=whole), (middle, end)]
    return [*_subproof(first, middle, end, whole=False), (start, middle)]


def _split(size: int) -> int:
    """The largest power of two below `size`: how many leaves go to the left."""
    return 1 << ((size - 1).bit_length() - 1)


def _up_to_right_child(position: int, last: int) -> tuple[int, int]:
    """Skip the levels at which a subtree at the right edge has no sibling."""
    while not position & 1 and position:
        position, last = position >> 1, last >> 1
    return position, last


def _require_hashes(*hashes: bytes) -> None:
    """Lengths are checked because a node's two halves are hashed without a separator."""
    if any(len(node) != HASH_BYTES for node in hashes):
        raise Broken(f"the proof holds something else than hashes of {HASH_BYTES} bytes")


def _require(expected: bytes, computed: bytes) -> None:
    if expected != computed:
        raise RootMismatch(expected, computed)
