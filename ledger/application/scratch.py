"""Tables of this process alone: for who may read a store, but not write to it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ledger.store.engine import Connection, make_engine, reading, writing
from ledger.store.failures import StoreReadOnly as ReadOnly

__all__ = ["ReadOnly", "Scratch"]


class Scratch:
    """A temporary database, which nobody else sees, and which ends with `close`."""

    def __init__(self) -> None:
        self.engine = make_engine("sqlite://")

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return writing(self.engine)

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads."""
        return reading(self.engine)

    def close(self) -> None:
        """Forget all of it."""
        self.engine.dispose()
