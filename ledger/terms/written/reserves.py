"""How the clause `reserves` is written."""

from __future__ import annotations

import re

from ledger.terms.reserves import Reserve, said_after
from ledger.terms.written.fields import Clause, Word
from ledger.terms.written.out_of import OutOf, PartRate
from ledger.values.errors import Rejected

_AFTER = re.compile(r"([1-9][0-9]{0,2}) periods?\Z", re.ASCII)


class _After(Word):
    """`3 periods`."""

    def parse(self, text: str) -> int:
        found = _AFTER.match(text)
        if found is None:
            raise Rejected(f"{text!r} does not say when it is released", "write `3 periods` (1 to 999)")
        return int(found[1])

    def write(self, value: int) -> str:
        return said_after(value)


class ReserveSchema(Clause):
    """How a reserve is written: `{rate: 10%, out of: [album-1-royalty], release after: 3 periods}`."""

    makes = Reserve

    rate = PartRate(required=True)
    release_after = _After(data_key="release after", required=True)
    out_of = OutOf(data_key="out of", load_default=())
