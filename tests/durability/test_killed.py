"""A few sudden deaths of every kind; `make torture` tries hundreds."""

from __future__ import annotations

import pytest

from tests.durability import signals
from tests.durability.killing import Killer

pytestmark = pytest.mark.slow


def test_whoever_is_killed_leaves_no_half(killer: Killer) -> None:
    """Killed at random moments from init to the last payout, and told on: the story ends like one nobody killed."""
    killer.kill(5)


def test_whoever_is_killed_at_a_certain_point_leaves_no_half(killer: Killer) -> None:
    """Killed before, in or right after a statement, a commit or the renaming of a file: the same."""
    place = next(killer.places)
    killer.told.story.lay_out(place.folder)
    steps = range(len(killer.told.story.steps()))
    assert killer.kill_at_points(place, steps, stride=100) > 0


def test_a_command_that_is_asked_to_end_leaves_no_half(killer: Killer) -> None:
    """Ctrl-C, SIGTERM and SIGHUP end a command alike, in words; given again it does its work."""
    signals.stop(killer, next(killer.places), 8)
