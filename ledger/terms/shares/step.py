"""What every step of the shares is: it takes from the pool in its turn, and may leave something to later periods.

To add a step, write a class below `Step` in a file of its own, with what it takes and how it reads. How it is written
(a schema) stands in a file of the same name in `ledger/terms/written/shares`; name it there in `__init__.py`, and in
`ledger/terms/kept.py`. A step answers the questions below only where it differs.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

import msgspec

from ledger.terms.context import Context, Counter, PerParty
from ledger.values.figures import Figure
from ledger.values.money import Currency, format_rate

Trouble = tuple[tuple[str | int, ...], str, str | None]
"""A contradiction in a clause: the path below the clause, the message, and a hint."""

Named = tuple[tuple[str | int, ...], str]
"""A name that a clause uses, and the path below the clause at which it does."""


class Leaving(msgspec.Struct, frozen=True):
    """What a step leaves behind: figures that later periods start from, and capital that it gave back to parties.

    Each of `forward` is named by `Context.carry`. `returned` is in exact minor units and lessens the capital accounts.
    """

    forward: tuple[Figure, ...] = ()
    returned: Mapping[str, Figure] | None = None


class Taking(msgspec.Struct, frozen=True):
    """What each party takes by a step, and what follows from what it really gets.

    `leave` is asked once, with the part of `parties` that a short pool allowed.
    """

    parties: PerParty
    leave: Callable[[PerParty], Leaving] | None = None

    def leaving(self, taken: PerParty) -> Leaving:
        """What the step leaves behind when the parties got this."""
        return Leaving() if self.leave is None else self.leave(taken)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step. `label` is the name by which other clauses mean it, empty where it was given none.

    A `limited` step never takes more than remains when its turn comes. One that `outlives` the agreement goes on after
    its last day, until what it owes is paid. One that `bears` shares out a loss in the way it shares profits.
    """

    label: str = ""

    word: ClassVar[str]
    limited: ClassVar[bool] = False
    outlives: ClassVar[bool] = False
    bears: ClassVar[bool] = False

    @abstractmethod
    def take(self, ctx: Context) -> Taking:
        """What each party takes, from the pool as it stands when the turn of the step comes."""

    @abstractmethod
    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        """The step as a sentence; `whole` is what it takes from: the pool, or a pot."""

    def parties(self) -> Iterator[Named]:
        """Every party that the step names."""
        return iter(())

    def receivers(self) -> frozenset[str] | None:
        """The parties to which the step may give something; None where it may be anybody that has capital."""
        named = frozenset(party for _, party in self.parties())
        anybody = not named or any(step.receivers() is None for step in self.inner())
        return None if anybody else named

    def bases(self) -> Iterator[Named]:
        """Every base that the step takes a rate of."""
        return iter(())

    def metrics(self) -> Iterator[Named]:
        """Every metric that the step counts in units."""
        return iter(())

    def bear(self, ctx: Context) -> PerParty:
        """Each party's part of what remains where that is below zero. Asked only of a step that `bears`."""
        raise NotImplementedError(f"{self.word} has no rates of its own for a loss")

    def troubles(self, last: bool) -> Iterator[Trouble]:
        """What is contradictory; `last` tells whether the step must share out all that remains."""
        if last:
            yield (), "the last step must share out all that remains", "add `- split: {...}` after it"

    def troubles_after(self, before: Sequence[Step]) -> Iterator[Trouble]:
        """What is contradictory given the steps before it in its list."""
        return iter(())

    def deals(self) -> Iterator[Named]:
        """Every deal whose results the step shares out by itself."""
        return iter(())

    def counters(self) -> Iterator[Counter]:
        """What must be counted beyond the period for this step."""
        return iter(())

    def inner(self) -> Sequence[Step]:
        """The steps inside this one."""
        return ()


def below(steps: Sequence[Step], ask: Callable[[Step], Iterator[Named]]) -> Iterator[Named]:
    """The names that the steps of a list use, with their paths from where the list is."""
    for place, step in enumerate(steps):
        for path, name in ask(step):
            yield ("shares", place, step.word, *path), name


def keys(steps: Sequence[Step]) -> list[str]:
    """What each step's memory is filed under: its label, or its word, numbered where the word comes again.

    So an amendment that moves a step keeps what it remembers.
    """
    found: list[str] = []
    for step in steps:
        own = step.label or step.word.replace(" ", "-")
        again = sum(key == own or key.startswith(f"{own}.") for key in found)
        found.append(f"{own}.{again + 1}" if again else own)
    return found


def nobody(to: Sequence[str] | None) -> Iterator[Trouble]:
    """A list of receivers that is there and empty."""
    if to is not None and not to:
        yield ("to",), "names nobody", "name the parties, or leave it out for all that contributed"


BOTH_WAYS = "capital is returned deal by deal, or for all deals as one, but not both"
ONE_WAY = "keep one of the two, or move the other steps inside"


def not_deal_by_deal(before: Sequence[Step]) -> Iterator[Trouble]:
    """A step about the capital of all deals, after one that gave it back deal by deal."""
    if any(list(step.deals()) for step in before):
        yield (), BOTH_WAYS, ONE_WAY


# --- words that several steps say -------------------------------------------------------------------------


def said_rates(rates: Mapping[str, Fraction]) -> str:
    """Rates per party in words: `acme 60%, jot 40%`."""
    return ", ".join(f"{party} {format_rate(rate)}" for party, rate in sorted(rates.items()))


def said_base(of: str | None, whole: str) -> str:
    """What a rate is taken of, in words."""
    return {"pool": "the pool", "remaining": f"what remains of {whole}", "results": "all results", None: ""}.get(
        of, str(of)
    )


def said_receivers(to: Sequence[str] | None) -> str:
    """Who gets it, in words: the parties that are named, or every party."""
    return "each party" if to is None else ", ".join(to)
