"""Killing processes in the middle of a story, and looking at what they leave.

What must hold after every death: the log is that of a story that nobody killed, up to the last command that was
acknowledged, with the next command whole or not begun. Nothing is there in halves or twice, every check passes, and the
story can be told on from there to the same end.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from ledger.store.engine import make_engine
from ledger.store.failures import StoreUnavailable
from ledger.store.schema import check_schema
from tests.durability.dying import die_at
from tests.durability.examine import problems
from tests.durability.places import Place
from tests.durability.story import Story, content_of, log_of

#: Processes are forked from one that has loaded everything, so that a death costs no start-up.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.durability.warm"])

#: One in so many deaths is followed by the installed commands as well, which take most of a second to start.
COMMANDS_EVERY = 25
_FOR_EVER = 120


@dataclass(frozen=True)
class Told:
    """A story that nobody interrupted: how long the log was after each step, what it held, and how long it took."""

    story: Story
    positions: tuple[int, ...]
    log: list[tuple[str, int, str]]
    content: list[str]
    seconds: float


def begun(story: Story, place: Place, last: int = sys.maxsize, point: int = 0) -> ForkServerProcess:
    """A process of its own that tells the story from where it was acknowledged, up to a step; it dies at a point."""
    process = CONTEXT.Process(target=_live, args=(story, place, last, point))
    process.start()
    return process


def _live(story: Story, place: Place, last: int, point: int) -> None:
    os.setpgid(0, 0)
    if point:
        die_at(point)
    story.tell(place.folder, place.url, place.reached(), last, place.notes)


def ended(process: ForkServerProcess, after: float | None = None) -> int:
    """How a process ended: its exit code, or minus the signal. After so many seconds it is killed, its children too."""
    process.join(_FOR_EVER if after is None else after)
    if process.exitcode is None:
        assert process.pid is not None
        _kill_group(process.pid)
        process.join()
        assert after is not None, "a command never came to an end"
    assert process.exitcode is not None
    return process.exitcode


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # until it has a group of its own, there is only the process
        try:
            return kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def told_whole(story: Story, place: Place) -> Told:
    """Tell a whole story, step by step, and keep what there is to compare with."""
    story.lay_out(place.folder)
    positions, seconds = [0], 0.0
    for number, step in enumerate(story.steps()):
        began = time.monotonic()
        assert ended(begun(story, place, number + 1)) == 0, (step, place.said())
        seconds += time.monotonic() - began
        positions.append(len(log_of(place.url)))
    assert problems(place.url, place.folder) == []
    return Told(story, tuple(positions), log_of(place.url), content_of(place.url), seconds)


@dataclass(frozen=True)
class Killer:
    """Kills the tellers of stories; `places` gives an empty place for each new story."""

    told: Told
    chance: Random
    places: Iterator[Place]
    #: One in so many looks at a store goes through all of it; the others compare its log.
    thorough: int = 1

    def kill(self, deaths: int) -> None:
        """Tell stories from beginning to end, until so many of their tellers were killed at random moments."""
        died = 0
        # A death comes within the time of two steps, so that most steps of a story are met by one.
        longest = 2 * self.told.seconds / len(self.told.story.steps())
        while died < deaths:
            place = next(self.places)
            self.told.story.lay_out(place.folder)
            while (code := self._life(place, longest if died < deaths else None)) == -signal.SIGKILL:
                died += 1
                place.settle()
                self.check(place)
                if died % COMMANDS_EVERY == 0 and is_made(place):
                    check_by_command(place)
            assert code == 0, place.said()
            self.check_end(place)

    def _life(self, place: Place, longest: float | None) -> int:
        """Tell on; within the longest time, where one is given, there is a death."""
        return ended(begun(self.told.story, place), None if longest is None else self.chance.uniform(0, longest))

    def disturb(self, times: int, disturb: Callable[[], None], repair: Callable[[], None] = lambda: None) -> int:
        """Do something to the store at random moments of stories; returns how many commands failed of it.

        A command that fails says why in a line of its own, and given again after the repair it does its work.
        """
        disturbed = failed = 0
        longest = 2 * self.told.seconds / len(self.told.story.steps())
        while disturbed < times:
            place = next(self.places)
            self.told.story.lay_out(place.folder)
            code = 1
            while code:
                process = begun(self.told.story, place)
                if disturbed < times:
                    process.join(self.chance.uniform(0, longest))
                    disturb()
                    disturbed += 1
                code = ended(process)
                repair()
                if code:
                    failed += 1
                    check_refusal(place)
                place.settle()
                self.check(place)
            self.check_end(place)
        return failed

    def kill_at_points(self, place: Place, steps: range, stride: int) -> int:
        """Kill the teller at every `stride`-th point of each of some steps; returns how many deaths that were.

        After each death the step is given again; then all is put back as it was before, for the next point.
        """
        died = 0
        for number in steps:
            place.settle()
            place.keep()
            point = 1 + self.chance.randrange(stride)
            while ended(begun(self.told.story, place, number + 1, point)) == -signal.SIGKILL:
                died += 1
                place.settle()
                self.check(place)
                assert ended(begun(self.told.story, place, number + 1)) == 0, place.said()
                self.check(place)
                assert place.reached() == number + 1
                place.put_back()
                point += stride
            assert place.reached() == number + 1, place.said()
        return died

    def check(self, place: Place) -> None:
        """What was acknowledged is there, the next step is there whole or not at all, and every check passes."""
        reached = place.reached()
        if not is_made(place):
            assert reached == 0
            return
        log = log_of(place.url)
        assert log == self.told.log[: len(log)], f"another history after step {reached}"
        following = self.told.positions[min(reached + 1, len(self.told.story.steps()))]
        assert len(log) in {self.told.positions[reached], following}, f"half of a step after step {reached}"
        if self.chance.randrange(self.thorough) == 0 or reached == len(self.told.story.steps()):
            assert problems(place.url, place.folder) == [], f"after step {reached}"
        for step in self.told.story.steps()[:reached]:
            if step.name == "checkpoint":
                note = place.folder / step.words[step.words.index("-o") + 1]
                assert note.read_text("utf-8").count("\n\u2014 operator.example ") == 1, "a checkpoint is not whole"

    def check_end(self, place: Place) -> None:
        """A story that was killed on the way ends like one that nobody killed."""
        self.check(place)
        assert place.reached() == len(self.told.story.steps())
        assert log_of(place.url) == self.told.log
        assert content_of(place.url) == self.told.content


def check_refusal(place: Place) -> str:
    """What the last command said was wrong, as every command says it: no traceback, and no mistake of ours."""
    said = place.said()
    assert "Traceback" not in said, said
    assert "this is a mistake in pactbook" not in said, said
    reasons = [line for line in said.splitlines() if line.startswith("error: ")]
    assert reasons, said
    return reasons[-1]


def is_made(place: Place) -> bool:
    """Whether there is a store yet: a process may die before it has made one, or in the middle of it."""
    engine = make_engine(place.url)
    try:
        check_schema(engine)
    except StoreUnavailable:
        return False
    finally:
        engine.dispose()
    return True


def check_by_command(place: Place) -> None:
    """The installed command's own verdict: `pactbook verify` and `pactbook doctor`."""
    command = Path(sys.executable).with_name("pactbook")
    environment = os.environ | {
        "PACTBOOK_STORE": place.url, "PACTBOOK_EVIDENCE": str(place.folder / "evidence"),
        "PACTBOOK_TEXTS": str(place.folder / "texts"),
    }  # fmt: skip
    for verb in ("verify", "doctor"):
        ran = subprocess.run(
            [command, verb], cwd=place.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
