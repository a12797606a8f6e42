"""The tree that a store keeps: the same heads and proofs as from all leaves, from the few hashes that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Engine

from ledger.store.engine import reading, writing
from ledger.store.log import log_of
from ledger.store.proof import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from ledger.store.recorder import BookRecorder
from ledger.store.schema import create_schema, nodes
from ledger.store.tree import Tree
from ledger.values.errors import Broken, Refused

BOOK = "acme-jot"
SIZE = 70_000  # more than two levels of tiles: 256 * 256 is 65,536
SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 513, 4_095, 65_535, 65_536, 65_537, SIZE)


def _states(count: int, start: int = 1) -> list[bytes]:
    return [f"event {number}".encode() for number in range(start, start + count)]


def _stored(states: list[bytes], first: int = 1) -> list[StoredEvent]:
    return [StoredEvent(f"{BOOK}/entry/{n}", 1, "X.v1", state) for n, state in enumerate(states, first)]


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    """The leaves of a book of many events."""
    return [leaf_hash(state) for state in _states(SIZE)]


@contextmanager
def _tree(engine: Engine) -> Iterator[Tree]:
    with reading(engine) as connection:
        yield Tree(log_of(connection), BOOK)


@pytest.mark.slow
def test_proofs_from_the_store_are_those_from_all_leaves(engine: Engine, leaves: list[bytes]) -> None:
    """At every kind of size, heads and both kinds of proofs are the same, and they verify."""
    create_schema(engine)
    BookRecorder(engine).insert_events(_stored(_states(SIZE)))
    with _tree(engine) as tree:
        for size in SIZES:
            head = tree.head(size)
            assert head.root == root(leaves[:size])
            for seq in {1, size // 2 + 1, size}:
                proof = tree.inclusion(seq, size)
                assert proof == inclusion_proof(leaves, seq - 1, size)
                verify_inclusion(tree.leaf(seq), seq - 1, size, proof, head.root)
            for earlier in [each for each in SIZES if each <= size]:
                proof = tree.consistency(earlier, size)
                assert proof == consistency_proof(leaves, earlier, size)
                verify_consistency(tree.head(earlier), head, proof)


@pytest.mark.parametrize("batches", [(1,) * 600, (255, 1, 300), (256, 256, 88), (600,)], ids=str)
def test_nodes_do_not_depend_on_how_events_came(engine: Engine, batches: tuple[int, ...]) -> None:
    """Whether one by one or all at once, the same nodes are kept: one for each 256 events."""
    create_schema(engine)
    recorder, done = BookRecorder(engine), 0
    for count in batches:
        recorder.insert_events(_stored(_states(count, done + 1), done + 1))
        done += count
    with reading(engine) as connection:
        kept = connection.execute(nodes.select()).all()
    made = [leaf_hash(state) for state in _states(600)]
    assert [(row.level, row.place, bytes(row.hash)) for row in kept] == [
        (8, 0, root(made[:256])),
        (8, 1, root(made[256:512])),
    ]


def test_a_store_from_before_nodes_were_kept_is_brought_up_to_date(engine: Engine) -> None:
    """`init` makes what is missing; until then the store says what to do."""
    from ledger.store.schema import check_schema, meta

    create_schema(engine)
    BookRecorder(engine).insert_events(_stored(_states(300)))
    with writing(engine) as connection:
        nodes.drop(connection)
        connection.execute(meta.update().values(value="1"))
    with pytest.raises(Refused, match="version 1, older than"):
        check_schema(engine)
    create_schema(engine)
    check_schema(engine)
    made = [leaf_hash(state) for state in _states(300)]
    with _tree(engine) as tree:
        assert tree.inclusion(7) == inclusion_proof(made, 6, 300)


def test_what_is_not_there_has_no_proof(engine: Engine) -> None:
    """Sizes still to come, events that there are not, and earlier sizes that are later."""
    create_schema(engine)
    BookRecorder(engine).insert_events(_stored(_states(3)))
    with _tree(engine) as tree:
        assert tree.head(0) == Frontier().head()
        for wrong in (lambda: tree.head(4), lambda: tree.inclusion(0), lambda: tree.inclusion(3, 2)):
            with pytest.raises(Refused):
                wrong()
        for first, second in ((0, 3), (3, 2), (4, 4)):
            with pytest.raises(Refused):
                tree.consistency(first, second)


def test_a_lost_node_is_found(engine: Engine) -> None:
    """A proof is never made of something else than the tree."""
    create_schema(engine)
    BookRecorder(engine).insert_events(_stored(_states(300)))
    with writing(engine) as connection:
        connection.execute(nodes.delete())
    with _tree(engine) as tree, pytest.raises(Broken, match="has lost hashes"):
        tree.inclusion(300)
