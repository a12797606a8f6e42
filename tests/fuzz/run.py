"""A long run: `python -m tests.fuzz.run --minutes 10 [TARGET]` tries new inputs and prints those that fail, made small.

A failing input is written to a folder; put it into `tests/fuzz/seeds/TARGET/` under a name that says what was the
matter, and the tests keep it. `--seed` makes the same inputs again; `--input FILE TARGET` tries one file.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom
from types import FrameType

from tests.fuzz.all import TARGETS
from tests.fuzz.target import Target

#: What one input may take: seconds of the processor, and bytes of the whole process.
SECONDS = 20
MEMORY = 3 * 2**30
#: After so many seconds by the clock all ends where it is: not even a signal stops one endless step of a large number.
HANGS = 600


class TooLong(BaseException):
    """An input took longer than any should; nothing in the product catches it."""


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raises `TooLong` after so many seconds of the processor."""
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TooLong


def failure(target: Target, data: bytes) -> str | None:
    """What goes wrong with an input: the error and where it was raised, None if nothing does."""
    faulthandler.dump_traceback_later(HANGS, exit=True)
    try:
        with in_time():
            target.check(data)
    except KeyboardInterrupt:
        raise
    except TooLong:
        return "TooLong"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}: {str(error)[:200]!r}"
    finally:
        faulthandler.cancel_dump_traceback_later()
    return None


def smaller(target: Target, data: bytes, *, tries: int = 400) -> bytes:
    """A smaller input that goes wrong in the same place."""
    wrong = _kind(failure(target, data))

    def fails(candidate: bytes) -> bool:
        nonlocal tries
        tries -= 1
        return tries >= 0 and _kind(failure(target, candidate)) == wrong

    cuts = [target.pieces] if type(target) is not Target else [target.pieces, _bytes]
    for cut in cuts:
        pieces = cut(data)
        size = len(pieces) // 2
        while size and tries > 0:
            at = 0
            while at < len(pieces) and tries > 0:
                left = pieces[:at] + pieces[at + size :]
                if fails(target.joined(left)):
                    pieces = left
                else:
                    at += size
            size //= 2
        data = target.joined(pieces)
    return data


def _bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def _kind(told: str | None) -> str | None:
    return told and told.partition(": ")[0]


def main() -> int:
    """Run until the time is over; the exit code is 1 where something was found."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    names = options.targets or list(TARGETS)
    if options.input is not None:
        told = failure(TARGETS[names[0]], options.input.read_bytes())
        print(told or "nothing goes wrong")
        return int(told is not None)
    found: set[tuple[str, str]] = set()
    started, count, seed = time.process_time(), dict.fromkeys(names, 0), options.seed
    folder = Path(tempfile.mkdtemp(prefix="pactbook-found-"))
    current = folder / "current"
    print(f"seed {seed}; what is tried: {current}", file=sys.stderr)
    while time.process_time() - started < options.minutes * 60:
        name = min(names, key=lambda each: count[each])
        seed += 1
        count[name] += TARGETS[name].cost
        data = TARGETS[name].case(Random(f"{name} {seed}"))
        current.write_bytes(data)  # for whoever looks after what ended at once
        told = failure(TARGETS[name], data)
        if told is not None and (name, _kind(told) or "") not in found:
            found.add((name, _kind(told) or ""))
            path = folder / f"{name}-{seed}"
            path.write_bytes(smaller(TARGETS[name], data))
            print(f"{name}, seed {seed - 1}: {told}\n  {path.read_bytes()[:300]!r}\n  {path}", flush=True)
    cases = {name: total // TARGETS[name].cost for name, total in count.items()}
    print(f"{sum(cases.values())} cases, {len(found)} found: {cases}", file=sys.stderr)
    return int(bool(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=[*TARGETS, []], help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10, help="of the processor [default: 10]")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9), help="where to begin")
    parser.add_argument("--input", type=Path, help="try this file on one target, and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
