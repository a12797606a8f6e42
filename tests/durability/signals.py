"""Commands that are asked to end: by Ctrl-C, by a service manager's SIGTERM, by a terminal that is closed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import cli.main
from cli.session import Session
from tests.durability.killing import CONTEXT, Killer, ended
from tests.durability.places import Place
from tests.durability.story import enter

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop(killer: Killer, place: Place, times: int) -> int:
    """Ask so many commands of a story to end, at random moments; returns how many ended of it.

    Each says so and ends with the exit code that shells know, or has done its work; given again it does it.
    """
    steps = killer.told.story.steps()
    longest = killer.told.seconds / len(steps)
    killer.told.story.lay_out(place.folder)
    stopped = tried = 0
    while (number := place.reached()) < len(steps):
        wanted = killer.chance.choice(SIGNALS) if tried < times else 0
        tried += 1
        code = _code(place, steps[number].words, wanted, killer.chance.uniform(0, longest / 2))
        assert code in (0, 128 + wanted), place.said()
        assert "Traceback" not in place.said(), place.said()
        if code:
            stopped += 1
            assert place.said().endswith("stopped; nothing was left half done\n"), place.said()
        else:
            with (place.notes / "acknowledged.txt").open("a") as file:
                file.write(f"{number}\n")
        place.settle()
        killer.check(place)
    killer.check_end(place)
    return stopped


def _code(place: Place, words: Sequence[str], wanted: int, after: float) -> int:
    """Give a command, send a signal (0: none) so many seconds after it has begun, and wait for its exit code."""
    mark = place.notes / "begun"
    mark.unlink(missing_ok=True)
    process = CONTEXT.Process(target=_give, args=(place, words, mark))
    process.start()
    while process.is_alive() and not mark.exists():
        time.sleep(0.001)
    process.join(after)
    if process.is_alive() and wanted and process.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, wanted)
    return ended(process)


def _give(place: Place, words: Sequence[str], mark: Path) -> None:
    """Be the command `pactbook`, and leave a mark once signals are heard."""
    enter(place.folder, place.url, place.notes)
    invoke = cli.main._invoke

    def marked(arguments: Sequence[str], session: Session) -> int:
        mark.touch()
        return invoke(arguments, session)

    cli.main._invoke = marked
    cli.main.main(words)
