"""What `pactbook terms try` takes to happen: options read against the terms, so that a misspelt name is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from cli.options import BadValue
from ledger.settlement.trial import Assumed, Varied, What
from ledger.terms.context import RESERVED_BASES
from ledger.terms.document import Terms
from ledger.terms.numbers import PortionOf
from ledger.terms.problems import did_you_mean
from ledger.values.errors import Rejected
from ledger.values.money import parse_amount, parse_quantity, parse_rate

LEVELS_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is varied, at which levels (None: wherever the terms turn), and what happens besides."""

    varied: Varied
    levels: tuple[int, ...] | None
    assumed: Assumed


def asked(terms: Terms, given: Mapping[str, Any]) -> Asked:
    """What the options of a trial say. Raises an error of usage for what these terms do not know."""
    first = terms.pool.results[0]
    results = _named(terms, given, "metric", _money(terms))
    units = _named(terms, given, "units", parse_quantity)
    found: list[tuple[Varied, tuple[int, ...] | None]] = [
        (Varied(What.RESULT, name), levels) for name, levels in results.items() if len(levels) > 1
    ]
    found += [(Varied(What.UNITS, name), levels) for name, levels in units.items() if len(levels) > 1]
    if given["pools"] is not None:
        found.append((Varied(What.RESULT, first), _values("pools", given["pools"], _money(terms))))
    if len(found) > 1:
        named = ", ".join(f"{varied.name} ({varied.what.value})" for varied, _ in found)
        raise click.UsageError(f"only one thing can differ from row to row, and these would: {named}")
    fixed = {name: levels[0] for name, levels in results.items() if len(levels) == 1}
    varied, levels = found[0] if found else (Varied(What.RESULT, first), _alone(fixed, first))
    assumed = Assumed(
        results=fixed,
        units={name: levels[0] for name, levels in units.items() if len(levels) == 1},
        costs=dict(_costs(terms, given, first)),
        liabilities=_amounts(terms, given, "liability", terms.pool.liabilities),
        capital=_amounts(terms, given, "capital", _owners(terms)),
        advances=dict(_advances(terms, given)),
    )
    return Asked(varied, levels, assumed)


def _alone(fixed: Mapping[str, int], first: str) -> tuple[int, ...] | None:
    return (fixed[first],) if first in fixed else None


def _money(terms: Terms) -> Callable[[str], int]:
    return lambda text: parse_amount(text, terms.unit)


def _named(
    terms: Terms, given: Mapping[str, Any], option: str, parse: Callable[[str], int]
) -> dict[str, tuple[int, ...]]:
    """The levels of each metric that an option names, which the terms must mention."""
    mentioned = set(re.findall(r"[a-z][a-z0-9_-]*", terms.canonical))
    offered = sorted({*money_metrics(terms), *unit_metrics(terms)})
    return {name: _values(option, text, parse) for name, text in _pairs(given, option, mentioned, offered)}


def money_metrics(terms: Terms) -> list[str]:
    """The metrics of which the terms look at the money: those of the pool first."""
    named = (*terms.pool.results, *(name for step in terms.shares for _, name in step.bases()))
    return [name for name in dict.fromkeys(named) if name not in RESERVED_BASES]


def unit_metrics(terms: Terms) -> list[str]:
    """The metrics of which the terms look at the quantity."""
    return list(dict.fromkeys(name for step in terms.shares for _, name in step.metrics()))


def _amounts(
    terms: Terms, given: Mapping[str, Any], option: str, allowed: Sequence[str] | Mapping[str, Any]
) -> dict[str, int]:
    return {name: _one(option, text, _money(terms)) for name, text in _pairs(given, option, set(allowed))}


def _costs(terms: Terms, given: Mapping[str, Any], first: str) -> Iterator[tuple[str, PortionOf | int]]:
    for name, text in _pairs(given, "cost", {cost.category for cost in terms.pool.costs}):
        rate, of, metric = text.partition(" of ")
        if of or text.endswith("%"):
            yield name, PortionOf(_one("cost", rate, parse_rate), metric or first)
        else:
            yield name, _one("cost", text, _money(terms))


def _owners(terms: Terms) -> list[str]:
    """Who can put capital in: a party, for all or for one deal."""
    return [*terms.parties, *(f"{party}:{deal}" for party in terms.parties for deal in terms.pool.results)]


def _advances(terms: Terms, given: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Advances by who pays whom, and on which account."""
    accounts: Mapping[str, Any] = getattr(terms, "advances", {})
    ways = {name: f"{account.payer}:{account.payee}:{name}" for name, account in accounts.items()}
    ways |= {
        f"{payer}:{payee}": f"{payer}:{payee}" for payer in terms.parties for payee in terms.parties if payer != payee
    }
    for name, text in _pairs(given, "advance", set(ways), list(ways)):
        yield ways[name], _one("advance", text, _money(terms))


def _pairs(
    given: Mapping[str, Any], option: str, allowed: set[str], offered: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """What an option gives by name; each name once, and only those that the terms know."""
    seen: set[str] = set()
    for text in given[option]:
        name, equals, value = text.partition("=")
        if not equals:
            raise _bad(option, Rejected(f"{text!r} has no `=`", f"write {name or 'name'}=1000"))
        if name not in allowed:
            hint = did_you_mean(name, offered or sorted(allowed)) if offered or allowed else None
            raise _bad(option, Rejected(f"the terms do not know {name!r}", hint))
        if name in seen:
            raise _bad(option, Rejected(f"{name!r} is given twice", f"levels go into one list: {name}=1000,2000"))
        seen.add(name)
        yield name, value


def _values(option: str, text: str, parse: Callable[[str], int]) -> tuple[int, ...]:
    """A number, a list of numbers, or a range FROM:TO:STEP with both ends."""
    if ":" not in text:
        return tuple(sorted({_one(option, part, parse) for part in text.split(",")}))
    parts = text.split(":")
    if len(parts) != 3:
        raise _bad(option, Rejected(f"{text!r} is not a range", "write FROM:TO:STEP, such as -10000:100000:10000"))
    low, high, step = (_one(option, part, parse) for part in parts)
    if step <= 0 or high < low:
        raise _bad(option, Rejected(f"{text!r} goes nowhere", "write FROM:TO:STEP with a step above 0"))
    if (high - low) // step >= LEVELS_LIMIT:
        raise _bad(option, Rejected(f"{text!r} has more than {LEVELS_LIMIT} levels", "take larger steps"))
    return tuple(range(low, high + 1, step))


def _one(option: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text.strip())
    except Rejected as error:
        raise _bad(option, error) from None


def _bad(option: str, error: Rejected) -> BadValue:
    bad = BadValue(error, click.get_current_context(silent=True), None)
    bad.param_hint = f"'--{option}'"
    return bad
