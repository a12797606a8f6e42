"""The rows of a statement's accounts, parties side by side: their order, and what each is called for all parties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.settlement.settle import Settlement
    from ledger.settlement.statement import Account, Row
    from ledger.values.figures import Figure

_ORDER = (
    "opening", "", "rounding", "share", "retained", "reserve.held", "reserve.released", "recouped", "reimbursed",
    "held", "exchange", "settled", "advances.paid", "advances.received", "payouts.paid", "payouts.received",
    "adjustment", "closing",
)  # fmt: skip
"""The order of an account's rows; the empty key stands for the parts of the share, in the order of the terms."""

_SHARES = "shares."  #: how the keys of what a step gives begin


def ordered(accounts: tuple[Account, ...], settled: Settlement) -> list[str]:
    """The keys of all accounts' rows, once each.

    Parts of the share come as the terms share them out, whoever takes part in them; others in a fixed order.
    """
    shared = list(dict.fromkeys(key(figure) for line in settled.shared.lines for figure in line.values()))
    place = {each: number for number, each in enumerate(shared)}
    found = _merged([[key(row.figure) for row in account.rows] for account in accounts])
    return sorted(found, key=lambda each: (_rank(each), place.get(each, len(place))))


def key(figure: Figure) -> str:
    """A row's figure without its party; a row that shows a figure rounded goes by the exact one."""
    return figure.name.partition("/")[2].removesuffix(".rounded")


def label(found: dict[str, Row | None], names: dict[str, str]) -> str:
    """What a row is called for all parties; a step that the terms name is called by that name, too."""
    figures = {party: row.figure for party, row in found.items() if row is not None}
    said = min((without(figure.label, party) for party, figure in figures.items()), key=len)
    name = next((names[key(figure)] for figure in figures.values() if key(figure) in names), "")
    return f"{said} ({name})" if name and name != said else said


def names_of_steps(settled: Settlement) -> dict[str, str]:
    """The names that the terms give to steps, by the keys of their rows."""
    return dict(_named(settled))


def _named(settled: Settlement) -> Iterator[tuple[str, str]]:
    for step in settled.terms.shares:
        for figure in settled.shared.taken.get(step.label, {}).values() if step.label else ():
            if key(figure).startswith(_SHARES):
                yield key(figure), step.label


def without(said: str, party: str) -> str:
    """A label without the party: `capital returned to north` is `capital returned`; `deal by deal, of gp` no comma."""
    said = said.removesuffix(f", part of {party}").replace("gain on exchange", "gain or loss on exchange", 1)
    return re.sub(rf",? (?:of|to) {re.escape(party)}(?![\w-])", "", said)


def _merged(sequences: list[list[str]]) -> list[str]:
    """One order for the keys of several sequences: each new key stands behind the one it follows."""
    merged: list[str] = []
    for sequence in sequences:
        place = 0
        for each in sequence:
            if each in merged:
                place = merged.index(each) + 1
            else:
                merged.insert(place, each)
                place += 1
    return merged


def _rank(row: str) -> int:
    word = row.partition(".")[0]
    plain = word if word in ("adjustment", "recouped") else row
    return _ORDER.index(plain) if plain in _ORDER else 1
