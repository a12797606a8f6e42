"""What each event of a history changed, for `pactbook history --effects`: totals, balances, and corrected content."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from cli.session import session

if TYPE_CHECKING:
    from ledger.values.money import Currency
    from projections.effects import Effects
    from projections.history import HistoryPage, Told


def effects_of(agreement: str, page: HistoryPage) -> dict[int, dict[str, Any]]:
    """What each event of a page changed, as data by seq."""
    from projections.effects import effects

    ledger, follower = session().ledger, session().follower
    found = effects(ledger, follower, agreement, page.events)
    unit = _unit(agreement)
    contents = _contents([each for each in page.events if each.type == "EntryCorrected"])
    return {
        seq: {**_data(each, unit), **({"content": contents[seq]} if seq in contents else {})}
        for seq, each in found.items()
    }


def _unit(agreement: str) -> Currency:
    from ledger.terms.written.document import read_canonical
    from ledger.values.money import currency

    terms = read_canonical(session().ledger.agreement(agreement).versions[0].terms)
    return currency(terms.currency)


def _data(found: Effects, unit: Currency) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount, format_quantity

    return {
        "period": found.period,
        "balances": {party: format_amount(minor, unit) for party, minor in found.balances_minor.items()},
        "totals": [
            {
                "period": each.period,
                "kind": each.kind,
                "name": each.name,
                "party": each.party,
                "amount": format_amount(each.amount_minor, currency(each.currency) if each.currency else unit),
                "currency": each.currency or unit.code,
                "quantity": format_quantity(each.quantity_micro) if each.quantity_micro else None,
            }
            for each in found.totals
        ],
    }


def _contents(corrected: list[Told]) -> dict[int, list[dict[str, str | None]]]:
    """The content before and after each correction, where it differs."""
    from ledger.book import entry
    from ledger.book.events import EntryCorrected
    from ledger.book.wording import differences

    found: dict[int, list[dict[str, str | None]]] = {}
    for told in corrected:
        book = told.stream.partition("/")[0]
        for seq, event in session().ledger.events_of(book, after=told.seq - 1, upto=told.seq):
            assert isinstance(event, EntryCorrected)
            earlier = session().ledger.streams([event.stream])[event.stream][: event.version - 1]
            before = entry.current(reduce(entry.evolve, earlier, entry.initial()))
            found[seq] = [
                {"what": word, "old": old or None, "new": new or None}
                for word, old, new in differences(before, event.fact)
            ]
    return found


def in_words(effects: dict[str, Any]) -> str:
    """What an event changed, in a line: what was corrected, and whose balance went up or down."""
    said = [
        f"{each['what']} {each['old'] or 'nothing'} -> {each['new'] or 'nothing'}"
        for each in effects.get("content", ())
    ]
    said += [
        f"{party} {amount if amount.startswith('-') else f'+{amount}'}" for party, amount in effects["balances"].items()
    ]
    return ", ".join(said)
