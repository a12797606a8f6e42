"""Places to tell stories in, and one story of each kind of database that nobody interrupts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest

from tests.durability.killing import Killer, Told, told_whole
from tests.durability.places import Place, file_places, server_places
from tests.durability.story import Story


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn, or the one that was asked for."""
    if request.config.getoption("store") not in (None, request.param):
        pytest.skip("another kind of database was asked for")
    return str(request.param)


@pytest.fixture(scope="module")
def places(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Iterator[Place]]:
    """Empty places, as many as are asked for."""
    folder = tmp_path_factory.mktemp(kind)
    if kind == "sqlite":
        yield file_places(folder)
    else:
        made = server_places(folder, request.getfixturevalue("postgres_server"))
        yield made
        made.close()


@pytest.fixture(scope="module")
def story() -> Story:
    """One month."""
    return Story(months=1, rows=40)


@pytest.fixture(scope="module")
def told(story: Story, places: Iterator[Place]) -> Told:
    """The story as it is when nobody interrupts it."""
    return told_whole(story, next(places))


@pytest.fixture
def chance() -> Random:
    """Chance that can be repeated: a test that fails says its seed, PACTBOOK_SEED gives it again."""
    seed = int(os.environ.get("PACTBOOK_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"repeat with PACTBOOK_SEED={seed}")  # noqa: T201  (pytest shows it where the test fails)
    return Random(seed)


@pytest.fixture
def killer(told: Told, chance: Random, places: Iterator[Place]) -> Killer:
    """Kills the tellers of stories."""
    return Killer(told, chance, places, thorough=4)
