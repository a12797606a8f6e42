"""Copies of a SQLite file at random moments, as a power failure would leave it; `make torture` takes more."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

from tests.durability.images import try_images

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc to know that a process has stopped"),
]


def test_a_power_failure_takes_nothing_that_was_acknowledged(tmp_path: Path, chance: Random) -> None:
    """Whatever is lost behind the last acknowledged commit: the store is whole, has all of it, and work goes on."""
    try_images(tmp_path, 3, chance)
