"""A store of several partnerships, where it is worked on, and a folder in which runs are counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.place import Desk, Place, present_version
from tests.fleet.several import NOW, make_several


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of all these partnerships."""
    path = tmp_path_factory.mktemp("several") / "pactbook.db"
    make_several(path)
    return path


@pytest.fixture
def store(several: Path, tmp_path: Path) -> Path:
    """The store, in a folder of its own."""
    return Path(shutil.copy(several, tmp_path / "pactbook.db"))


@pytest.fixture
def place(store: Path) -> Place:
    """Where others are to work on it."""
    return Place(f"sqlite:///{store}", NOW, present_version())


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    """The desk of this process."""
    with place.open() as desk:
        yield desk


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    """A folder in which runs are counted."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder
