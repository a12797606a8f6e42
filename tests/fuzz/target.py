"""What a target of fuzzing is: where its inputs come from, and what must hold of every one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from random import Random

import click

from ledger.values.errors import PactbookError
from tests.fuzz.mutate import Mutator

SEEDS = Path(__file__).parent / "seeds"


class Target:
    """Something that reads what others wrote. `check` raises whatever must not happen for an input.

    `samples` are inputs to start from, most of them valid; `cost` is about how many cases of others one of its takes.
    """

    cost = 1

    def __init__(self, samples: Callable[[], Sequence[bytes]], check: Callable[[bytes], None], cost: int = 1) -> None:
        self._samples = samples
        self._check = check
        self.cost = cost

    @cached_property
    def samples(self) -> Sequence[bytes]:
        """The inputs to start from."""
        return self._samples()

    def case(self, random: Random) -> bytes:
        """An input that nobody has thought of."""
        return Mutator(random, self.samples).next()

    def check(self, data: bytes) -> None:
        """Read an input. Raises whatever must not happen."""
        self._check(data)

    def pieces(self, data: bytes) -> list[bytes]:
        """The input in pieces of which some may be left out, to find a smaller one that fails, too."""
        whole = re.findall(rb"[^\n]*\n|[^\n]+", data)
        return whole if len(whole) > 1 else [data[at : at + 1] for at in range(len(data))]

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        """An input of some pieces."""
        return b"".join(pieces)


class ListTarget(Target):
    """A target whose inputs are lists, in JSON: the words of a command line, the changes to a store."""

    def pieces(self, data: bytes) -> list[bytes]:
        return [json.dumps(each).encode() for each in json.loads(data)]

    def joined(self, pieces: Sequence[bytes]) -> bytes:
        return b"[" + b", ".join(pieces) + b"]"


@contextmanager
def refusals() -> Iterator[None]:
    """What a reader may raise: an error of ours that says what is wrong, on one line that can be printed."""
    told: list[str] = []
    try:
        yield
    except PactbookError as error:
        told = [finding.message for finding in error.findings]
        assert len(told) <= 1000, "more findings than anybody reads"
    except click.ClickException as error:
        told = [error.format_message()]
    else:
        return
    assert all(each.strip() for each in told), "an error that says nothing"


def kept(name: str) -> dict[str, bytes]:
    """The inputs of a target that once were an accident, by what was the matter."""
    return {path.name: path.read_bytes() for path in sorted((SEEDS / name).glob("*")) if path.is_file()}


def text_of(data: bytes) -> str:
    """Bytes as the text that Python makes of a command line or a file name: what is no UTF-8 becomes surrogates."""
    return data.decode("utf-8", "surrogateescape")
