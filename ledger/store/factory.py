"""What the `eventsourcing` library's application needs of a store, made from one engine."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    Mapper,
    NotSupportedError,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.utils import Environment
from sqlalchemy import Engine

from ledger.store.encoding import EventMapper
from ledger.store.recorder import BookRecorder
from ledger.store.tracking import TrackingBookRecorder


class BookFactory(InfrastructureFactory[TrackingRecorder]):
    """Recorders and mapper on an engine; nothing of it is read from the environment.

    Given to an application by overriding its `construct_factory`.
    """

    def __init__(self, env: Environment, engine: Engine) -> None:
        super().__init__(env)
        self.engine = engine

    def mapper(self, *_: Any, **__: Any) -> Mapper[Any]:
        """The one mapper there is: the bytes of an event depend on no setting."""
        return EventMapper()

    def application_recorder(self) -> BookRecorder:
        """The recorder of events."""
        return BookRecorder(self.engine)

    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> TrackingBookRecorder:
        """The recorder of how far followers have come, or the one of its kind that is named."""
        wanted = tracking_recorder_class or TrackingBookRecorder
        if not issubclass(wanted, TrackingBookRecorder):
            raise NotSupportedError(f"{wanted.__name__} does not follow a store")
        return wanted(self.engine)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Not there: a stream is short enough to be read whole, and a snapshot would be a second truth."""
        raise NotSupportedError(f"a store keeps no {purpose} besides its log")

    def process_recorder(self) -> ProcessRecorder:
        """Not there: what follows the log records rows, not events."""
        raise NotSupportedError("a store records no events that follow from others")

    def is_snapshotting_enabled(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Give the engine's connections back."""
        self.engine.dispose()
