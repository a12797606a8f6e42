"""How far each follower of the log has come: one row per follower, moved only forwards."""

from __future__ import annotations

from eventsourcing.persistence import Tracking, TrackingRecorder
from sqlalchemy import Connection, Engine, delete, select

from ledger.store.engine import reading, writing
from ledger.store.failures import Conflict
from ledger.store.log import log_of
from ledger.store.schema import tracking as table


class TrackingBookRecorder(TrackingRecorder):
    """Remembers, by name, the last position that each follower has processed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a follower on. Raises `Conflict` when it is already there or further."""
        with writing(self.engine) as connection:
            insert_tracking(connection, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The last position that a follower has processed, None when it has processed nothing."""
        with reading(self.engine) as connection:
            return max_tracking_id(connection, application_name)


def insert_tracking(connection: Connection, tracking: Tracking) -> None:
    """Move a follower on within a transaction, best as its first statement: so that two take turns.

    Raises `Conflict` when the follower is already there or further, because another process moved it.
    """
    moved = log_of(connection).select(
        "INSERT INTO tracking (application_name, position) VALUES (?, ?)"
        " ON CONFLICT (application_name) DO UPDATE SET position = excluded.position"
        " WHERE tracking.position < excluded.position RETURNING position",
        tracking.application_name,
        tracking.notification_id,
    )
    if not moved:
        raise Conflict(
            f"{tracking.application_name} is already at position {tracking.notification_id} or further",
            "another process followed the log meanwhile: read its position again",
        )


def max_tracking_id(connection: Connection, application_name: str) -> int | None:
    """The last position that a follower has processed, as a transaction sees it."""
    found = connection.scalar(select(table.c.position).where(table.c.application_name == application_name))
    return None if found is None else int(found)


def delete_tracking(connection: Connection, application_name: str) -> None:
    """Forget how far a follower has come, within the transaction that drops what it made of the log."""
    connection.execute(delete(table).where(table.c.application_name == application_name))
