"""Power failures, full disks and lost servers, over and over."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.durability import full_disk
from tests.durability.images import try_images
from tests.durability.killing import Killer, told_whole
from tests.durability.places import server_places
from tests.durability.server import OwnServer, own_server
from tests.durability.story import Story

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("writer", range(4))
def test_power_fails(tmp_path: Path, chance: Random, writer: int) -> None:
    """Images of a file at random moments, their logs cut off or garbled behind what the disk had confirmed."""
    try_images(tmp_path, 25, chance)


def test_the_disk_is_full_again_and_again(tmp_path: Path, chance: Random) -> None:
    """Every step of a story with hardly any space, over and over."""
    if not full_disk.is_possible(tmp_path):
        pytest.skip("no file system can be mounted here (`unshare --map-root-user --mount`)")
    disk, notes = tmp_path / "disk", tmp_path / "notes"
    disk.mkdir()
    notes.mkdir()
    line = full_disk.command(disk, notes, chance.getrandbits(32), 150)
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server of our own, which can be spared."""
    with own_server() as server:
        yield server


@pytest.fixture
def on_server(server: OwnServer, chance: Random, tmp_path_factory: pytest.TempPathFactory) -> Killer:
    """Stories that are told on this server."""
    places = server_places(tmp_path_factory.mktemp("server"), server.url)
    return Killer(told_whole(Story(months=2, rows=60), next(places)), chance, places)


def test_the_server_dies(on_server: Killer, server: OwnServer) -> None:
    """Stopped at once, or killed with all its processes, in mid-command; it recovers, and everything is there."""
    assert on_server.disturb(25, server.stop, server.start) > 0
    assert on_server.disturb(25, server.kill, server.start) > 0


def test_the_server_ends_connections(on_server: Killer, server: OwnServer) -> None:
    """Each connection may end at any moment."""
    assert on_server.disturb(100, server.terminate_clients) > 0
