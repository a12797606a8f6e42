"""How the clause `confirm` is written."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import post_load

from ledger.terms.confirm import NEVER
from ledger.terms.written.fields import Amount, Clause, Word
from ledger.values.errors import Rejected

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
