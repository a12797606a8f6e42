"""Terms as tables keep them, once they were read: so that who settles does not read again what people wrote.

The canonical form is what was signed, and reading it takes the rules of writing. What they made of it is kept here:
the very values, each with the name of its type. Types are found in a closed list; other text gives no value at all.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec

from ledger.terms import (
    advances,
    authority,
    context,
    document,
    exchange,
    goals,
    guarantees,
    numbers,
    parties,
    periods,
    pool,
    protections,
    reserves,
    short,
)
from ledger.terms.document import Terms
from ledger.terms.shares import (
    bands,
    bonus,
    by_capital,
    carried_interest,
    catch_up,
    clawback,
    each_deal,
    fee,
    interest,
    pot,
    preferred_return,
    return_of_capital,
    salary,
    split,
    withdrawals,
)
from ledger.values import apportionment, daycounts, figures, money
from ledger.values import periods as calendar
from ledger.values.errors import Broken, Rejected

_MODULES = (
    advances, authority, context, document, exchange, goals, guarantees, numbers, parties, periods, pool, protections,
    reserves, short, bands, bonus, by_capital, carried_interest, catch_up, clawback, each_deal, fee, interest, pot,
    preferred_return, return_of_capital, salary, split, withdrawals, apportionment, daycounts, figures, money, calendar,
)  # fmt: skip

_NAMES: dict[type[Any], str] = {
    each: f"{module.__name__.rpartition('.')[2]}.{each.__name__}"
    for module in _MODULES
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct | Enum) and each.__module__ == module.__name__
}
_TYPES = {name: each for each, name in _NAMES.items()}


_ANEW = "run `pactbook rebuild`, then `pactbook doctor`"


def shape() -> str:
    """All types and their fields: what is kept of other ones must be made anew."""
    return " ".join(f"{name}({','.join(getattr(each, '__struct_fields__', ()))})" for name, each in _TYPES.items())


def keep(terms: Terms) -> str:
    """Terms as text; `read_kept` gives equal ones."""
    return msgspec.json.encode(_plain(terms)).decode()


@lru_cache(maxsize=256)
def read_kept(text: str) -> Terms:
    """The terms that were kept. Raises `Broken` for text that is not of this kind."""
    try:
        found = _value(msgspec.json.decode(text))
    except (msgspec.DecodeError, ArithmeticError, AttributeError, KeyError, TypeError, ValueError, Rejected) as error:
        raise Broken("the terms in the tables cannot be read", _ANEW) from error
    if not isinstance(found, Terms):
        raise Broken("the tables hold no terms where they should", _ANEW)
    return found


def _plain(value: Any) -> Any:
    """A value of terms as JSON has it: an object of one key names a type."""
    if isinstance(value, msgspec.Struct):
        return {_NAMES[type(value)]: [_plain(getattr(value, field)) for field in value.__struct_fields__]}
    if isinstance(value, Enum):
        return {_NAMES[type(value)]: value.value}
    if isinstance(value, Fraction):
        return {"ratio": f"{value.numerator}/{value.denominator}"}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, dict):
        return {"map": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    assert value is None or type(value) in (bool, int, str), f"terms do not hold a {type(value).__name__}"
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(map(_value, plain))
    if not isinstance(plain, dict):
        return plain
    [(name, content)] = plain.items()
    if name == "ratio":
        above, _, below = content.partition("/")
        return Fraction(int(above), int(below))
    if name == "day":
        return date.fromisoformat(content)
    if name == "map":
        return {_value(key): _value(each) for key, each in content}
    made = _TYPES[name]
    if issubclass(made, Enum):
        return made(content)
    return made(**dict(zip(made.__struct_fields__, map(_value, content), strict=True)))
