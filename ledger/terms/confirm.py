"""Which entries need another party's yes, and what it means when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.terms.problems import Found, Problem
from ledger.values.money import Currency, format_money

NEVER = "never accepts"


def silence_problems(confirm: Mapping[str, int], silence: int | None) -> Iterator[Found]:
    """A term for an answer that no entry waits for."""
    if silence is not None and not confirm:
        hint = 'say which do, such as `costs over: "1000.00"`'
        yield ("confirm", "silence"), Problem("no entry waits for an answer", hint)


def confirm_reading(confirm: Mapping[str, int], silence: int | None, unit: Currency) -> list[tuple[str, str]]:
    """What must be confirmed, and what silence means, as sentences: (clause, sentence)."""
    said = [("confirm", _limit(kind, over, unit)) for kind, over in confirm.items()]
    if silence is not None:
        days = "a full day" if silence == 1 else f"{silence} full days"
        said.append(("confirm.silence", f"What nobody has answered for {days} is accepted by silence."))
    return said


def _limit(kind: str, over: int, unit: Currency) -> str:
    article = "An" if kind == "advance" else "A"
    if over == 0:
        return f"Every {kind} counts only when another party has confirmed it."
    return f"{article} {kind} over {format_money(over, unit)} counts only when another party has confirmed it."
