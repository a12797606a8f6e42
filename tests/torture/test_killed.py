"""Hundreds of sudden deaths in the middle of everything that writes, on both kinds of database."""

from __future__ import annotations

from tests.durability import signals
from tests.durability.killing import Killer


def test_hundreds_are_killed_at_random_moments(killer: Killer) -> None:
    """Import, record, void, correct, close, pay, checkpoint, rebuild: killed anywhere, and told on to the same end."""
    killer.kill(250)


def test_each_step_is_killed_at_every_few_points(killer: Killer) -> None:
    """Before and after statements, commits and renamings, one by one, in every kind of step."""
    place = next(killer.places)
    killer.told.story.lay_out(place.folder)
    kinds = len({step.name for step in killer.told.story.steps()})
    month = range(len(killer.told.story.steps()) // killer.told.story.months + kinds)
    assert killer.kill_at_points(place, month, stride=5) > 100


def test_commands_are_asked_to_end(killer: Killer) -> None:
    """Ctrl-C, SIGTERM, SIGHUP at random moments of a whole story."""
    assert signals.stop(killer, next(killer.places), 100) > 10
