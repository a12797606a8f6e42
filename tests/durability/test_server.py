"""A PostgreSQL server that goes away in the middle of commands, a few times; `make torture` does it often."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.durability.killing import Killer, told_whole
from tests.durability.places import server_places
from tests.durability.server import OwnServer, own_server
from tests.durability.story import Story

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server of our own, which can be spared."""
    with own_server() as server:
        yield server


@pytest.fixture
def killer(server: OwnServer, story: Story, chance: Random, tmp_path_factory: pytest.TempPathFactory) -> Killer:
    """Stories that are told on this server."""
    places = server_places(tmp_path_factory.mktemp("server"), server.url)
    return Killer(told_whole(story, next(places)), chance, places, thorough=4)


def test_a_server_that_dies_loses_nothing(killer: Killer, server: OwnServer) -> None:
    """Stopped at once or killed, and started again: what was acknowledged is there, and a command repeated works."""
    killer.disturb(1, server.stop, server.start)
    killer.disturb(1, server.kill, server.start)


def test_a_connection_that_the_server_ends_is_no_mistake(killer: Killer, server: OwnServer) -> None:
    """An administrator who ends connections in mid-command costs a command, and nothing of what was recorded."""
    killer.disturb(3, server.terminate_clients)
