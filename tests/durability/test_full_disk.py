"""A disk that is full: commands are refused in words, and nothing is lost; `make torture` tries it often."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.durability import full_disk

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path, chance: Random) -> None:
    """With too little space a command does its work or says that there is none; with space again it does it."""
    if not full_disk.is_possible(tmp_path):
        pytest.skip("no file system can be mounted here (`unshare --map-root-user --mount`)")
    disk, notes = tmp_path / "disk", tmp_path / "notes"
    disk.mkdir()
    notes.mkdir()
    line = full_disk.command(disk, notes, chance.getrandbits(32), 10)
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    print(told.stdout)  # noqa: T201  (pytest shows it where the test fails)
    assert told.returncode == 0, told.stdout + told.stderr
