"""Which entries need another party's yes, and what it means when nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import post_load

from ledger.terms.fields import Amount, Clause, Found, Problem, Word
from ledger.values.errors import Rejected
from ledger.values.money import Currency, format_money

NEVER = "never accepts"
_ACCEPTS = re.compile(r"accepts after ([0-9]{1,3}) days?\Z", re.ASCII)


class SilenceField(Word):
    """`accepts after 10 days`: so many full days; `never accepts`, which holds anyway, is None."""

    def parse(self, text: str) -> int | None:
        if text == NEVER:
            return None
        found = _ACCEPTS.match(text)
        if found is None or not int(found[1]):
            raise Rejected(
                f"{text!r} does not say what silence means",
                f"write `accepts after 10 days` (1 to 999 days), or `{NEVER}`",
            )
        return int(found[1])

    def write(self, value: int) -> str:
        return f"accepts after {value} days"


class ConfirmSchema(Clause):
    """How it is written from which amount the counterparty must confirm: `{costs over: "1000.00"}`."""

    result = Amount(data_key="results over")
    cost = Amount(data_key="costs over")
    liability = Amount(data_key="liabilities over")
    contribution = Amount(data_key="contributions over")
    withdrawal = Amount(data_key="withdrawals over")
    advance = Amount(data_key="advances over")
    conversion = Amount(data_key="conversions over")
    silence = SilenceField()

    @post_load
    def _leave_out_what_holds_anyway(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {word: value for word, value in data.items() if value is not None}


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
