"""Everything that parses is given what nobody writes: it is read or refused, changes nothing, and takes little memory.

New cases are the same in every run; `make fuzz` tries others, for as long as it is told. What once was an accident is
kept in `seeds/`, in a folder for each target, under a name that says what was the matter.
"""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from tests.fuzz.all import TARGETS
from tests.fuzz.run import failure, smaller
from tests.fuzz.target import SEEDS, Target, kept

#: How much is tried of each target, in cases of the cheapest; see `Target.cost`.
EFFORT = 2_000

FOUND = [(name, what) for name in TARGETS for what in kept(name)]


@pytest.mark.parametrize(("name", "what"), FOUND, ids=[f"{name}-{what}" for name, what in FOUND])
def test_what_once_was_an_accident(name: str, what: str) -> None:
    """It stays found."""
    TARGETS[name].check(kept(name)[what])


def test_every_seed_belongs_to_a_target() -> None:
    """None is kept where nothing tries it."""
    assert {path.name for path in SEEDS.iterdir()} <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_target_starts_from_goes_well(name: str) -> None:
    """The samples are read without an accident."""
    for sample in TARGETS[name].samples[:: max(1, TARGETS[name].cost // 10)]:
        TARGETS[name].check(sample)


@pytest.mark.parametrize("name", TARGETS)
def test_what_nobody_writes_is_read_or_refused(name: str) -> None:
    """Some changes to samples, the same ones in every run."""
    target = TARGETS[name]
    for number in range(EFFORT // target.cost + 1):
        data = target.case(Random(f"{name} {number}"))
        told = failure(target, data)
        assert told is None, f"case {number}: {told}: {data[:500]!r}"


@pytest.mark.slow
def test_inputs_that_are_made_to_cost_take_little_memory() -> None:
    """In a process of their own, which is not let take more."""
    command = [sys.executable, "-m", "tests.fuzz.hostile"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]


def test_a_failing_input_is_made_small() -> None:
    """Only what it takes to fail is left of it, and a refusal is none."""

    def check(data: bytes) -> None:
        assert b"#" not in data, "a sign that nobody can read"

    target = Target(lambda: [b"one\ntwo # 2\nthree\n"], check)
    assert smaller(target, target.samples[0]) == b"#"
    assert failure(target, b"one") is None
