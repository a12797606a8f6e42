"""What makes one period differ from another: the inputs of its figures, one after the other.

Between two periods no event is to blame; they had other facts. So the inputs of a figure (totals of entries, what was
brought forward, rates of exchange, adjustments) take on their values of the later period one by one, and each is told
what it changed. What is left when all have their place is the work of other terms, or of another rule of the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ledger.settlement.difference import Cause, Changed, Effect, lines_of, pair
from ledger.settlement.statement import Statement
from ledger.values.errors import PactbookError
from ledger.values.figures import Figure, Op, evaluate

INPUT, TERMS = "input", "terms"


def across(then: Statement, now: Statement) -> list[Changed]:
    """Every row of the statements of two periods, with what each input changed."""
    old, new = lines_of(then), lines_of(now)
    told = {
        key: tuple(_effects(old[key][1] if key in old else None, new[key][1] if key in new else None))
        for key in {**new, **old}
    }
    return pair(then, now, told)


def _effects(then: Figure | None, now: Figure | None) -> Iterator[Effect]:
    """What each input changed, and what none of them did; without those that changed nothing."""
    value = Fraction(0) if then is None else then.value
    for cause, step in _walk(then, now):
        if step != value:
            yield cause, step - value
            value = step


def _walk(then: Figure | None, now: Figure | None) -> Iterator[tuple[Cause, Fraction]]:
    """From the value then to the value now, input by input: those that are gone, other terms, those that are there."""
    before, after = ({} if figure is None else inputs_of(figure) for figure in (then, now))
    if then is not None:
        yield from _steps(then, {name: figure for name, figure in before.items() if name not in after}, {})
    if now is None:
        yield Cause(TERMS, "", reason="it is not part of this period"), Fraction(0)
        return
    as_then = {name: _value_then(each, before.get(name)) for name, each in after.items()}
    first = _evaluated(now, after, as_then)
    if first is not None:
        yield Cause(TERMS, "", reason=_OTHER), first
    yield from _steps(now, after, as_then)
    yield Cause(TERMS, "", reason=_OTHER), now.value


_OTHER = "other terms, or another rule of them"


def inputs_of(figure: Figure) -> dict[str, Figure]:
    """The named inputs of a figure, in the order in which it uses them; an adjustment counts as one."""
    found: dict[str, Figure] = {}
    seen: set[int] = set()
    stack = [figure]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.name and (not each.operands or "adjustment" in each.name):
            found.setdefault(each.name, each)
        else:
            stack.extend(reversed(each.operands))
    return found


def _value_then(now: Figure, then: Figure | None) -> Fraction:
    """What an input was in the earlier period; a rate or a constant that was not used then is as it is now."""
    if then is not None:
        return then.value
    return now.value if now.op in (Op.FIXED, Op.TERM) else Fraction(0)


def _steps(
    figure: Figure, inputs: Mapping[str, Figure], others: Mapping[str, Fraction]
) -> Iterator[tuple[Cause, Fraction]]:
    """The figure's value after each of the inputs has changed: to its own, from `others`; or to nothing."""
    values = {name: others.get(name, each.value) for name, each in inputs.items()}
    for name, each in inputs.items():
        becomes = each.value if others else Fraction(0)
        if values[name] == becomes:
            continue
        values[name] = becomes
        value = _evaluated(figure, inputs, values)
        if value is not None:
            yield Cause(INPUT, name, reason=each.label), value


def _evaluated(figure: Figure, inputs: Mapping[str, Figure], values: Mapping[str, Fraction]) -> Fraction | None:
    """The figure with other values of its inputs; None where it has none, as when it divides by nothing."""
    try:
        return evaluate(figure, {id(each): values[name] for name, each in inputs.items()})
    except (ZeroDivisionError, PactbookError):
        return None
