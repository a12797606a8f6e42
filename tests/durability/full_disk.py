"""A story that is told on a file system that is full again and again.

    python -m tests.durability.full_disk FOLDER NOTES SEED TIMES

To be run with rights to mount, and without the others' seeing it: `unshare --map-root-user --mount`. Before a command
most of the free space is taken away; what the command does then is right, or refused in words. After that there is
space again, everything that was acknowledged is there, and the command given again does its work.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from tests.durability.killing import Killer, begun, check_refusal, ended, told_whole
from tests.durability.places import Place, file_places
from tests.durability.story import Story

_MEGABYTES = 24


def main(folder: Path, notes: Path, seed: int, times: int) -> None:
    """Tell stories in small file systems, so often with too little space; say how many commands failed of it."""
    _mount(folder)
    places, story = file_places(folder, notes), Story(months=1, rows=40)
    killer = Killer(told_whole(story, next(places)), Random(seed), places)
    tried, reasons = 0, Counter[str]()
    while tried < times:
        place = next(places)
        story.lay_out(place.folder)
        while place.reached() < len(story.steps()):
            tried += 1
            reasons.update(starved(killer, place, killer.chance.randrange(0, 96) * 4096))
            again = begun(story, place, place.reached() + 1)
            assert ended(again) == 0, place.said()
            killer.check(place)
        killer.check_end(place)
    sys.stdout.write(f"{reasons.total()} of {tried} were refused\n")
    sys.stdout.writelines(f"{count} times: {reason}\n" for reason, count in reasons.most_common())


def starved(killer: Killer, place: Place, left: int) -> list[str]:
    """Give the next command with so many bytes of free space; returns why it was refused, where it was."""
    ballast = place.folder.parent / "ballast"
    _fill(ballast, left)
    code = ended(begun(killer.told.story, place, place.reached() + 1))
    ballast.unlink()
    killer.check(place)
    return [check_refusal(place)] if code else []


def _fill(ballast: Path, left: int) -> None:
    free = os.statvfs(ballast.parent).f_bavail * os.statvfs(ballast.parent).f_frsize
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, free - left))


def _mount(folder: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "none", folder], check=True)


def command(folder: Path, notes: Path, seed: int, times: int) -> list[str]:
    """The command line that does all this."""
    return [
        "unshare", "--map-root-user", "--mount", sys.executable, "-m", __name__, str(folder), str(notes), str(seed),
        str(times),
    ]  # fmt: skip


def is_possible(folder: Path) -> bool:
    """Whether a file system can be mounted here by whoever runs the tests."""
    try_it = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", str(folder)]
    try:
        return subprocess.run(try_it, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
