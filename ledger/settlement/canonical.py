"""A statement as data: plain JSON types, every figure with its derivation, and the digest that seals it.

The schema is documented in `docs/statement-format.md`. Amounts are decimal strings of major units; the exact
value of a figure is a rational in minor units (`value`), so that a checker can repeat every operation.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ledger.settlement.knowledge import Change
from ledger.settlement.statement import Account, Adjustment, Statement
from ledger.terms.comparing import Compared
from ledger.values.figures import RATE, Figure, Op, addresses
from ledger.values.money import Currency, currency, format_amount, format_money, format_number, format_rate

SCHEMA = "pactbook/statement/1"
EXPLANATION = "pactbook/explanation/1"
_FOREIGN = re.compile("[A-Z]{3}")
_RATE_DECIMALS = 10
_Money = Callable[[Figure], dict[str, Any]]  # a figure in the statement's currency, as data
NARROWING = ("currency", "day", "reporter")  #: parts of a query that are written only where they are said


def statement_data(statement: Statement) -> dict[str, Any]:
    """The statement as JSON types. The same statement gives the same data, always."""
    ids = figure_ids(statement)
    unit = statement.terms.unit

    def money(figure: Figure) -> dict[str, Any]:
        return {"amount": format_amount(figure.value, unit), "figure": ids[id(figure)]}

    settled = statement.settlement
    missing = [{"currency": each.currency, "for": each.period or each.day.isoformat()} for each in statement.missing]
    figures = sorted(all_figures(statement).values(), key=lambda figure: ids[id(figure)])
    return {
        **({"missing_rates": missing} if missing else {}),
        "schema": SCHEMA,
        "statement": statement.id,
        "agreement": statement.agreement,
        "title": statement.title,
        "period": {
            "key": statement.period.key,
            "first": statement.period.first.isoformat(),
            "last": statement.period.last.isoformat(),
        },
        "sealed": statement.sealed,
        "known_at": statement.known_at,
        "terms": statement.terms.digest,
        "currency": unit.code,
        "minor_digits": unit.digits,
        "parties": {party: who.name for party, who in sorted(statement.terms.parties.items())},
        "pool": [{"label": line.label, "clause": line.clause, **money(line)} for line in settled.pool.lines],
        "available": money(settled.available),
        **({"compared": [_compared(each, ids, unit) for each in settled.compared]} if settled.compared else {}),
        "shares": [
            {"clause": _clause(line), "parties": {party: {"label": f.label, **money(f)} for party, f in line.items()}}
            for line in settled.shared.lines
            if line
        ],
        "accounts": [_account(account, money) for account in statement.accounts],
        "capital": [_account(account, money) for account in statement.capital],
        **{
            what: [_account(account, money) for account in accounts]
            for what, accounts in (("reserves", statement.reserves), ("advances", statement.advances))
            if accounts
        },
        "adjustments": [_adjustment(adjustment, money) for adjustment in statement.adjustments],
        "venture": {
            "liabilities": money(statement.liabilities),
            "loss_carried_forward": money(statement.loss),
            **({"retained": money(statement.retained)} if statement.retained is not None else {}),
        },
        "figures": {ids[id(figure)]: figure_data(figure, ids, unit) for figure in figures},
    }


def canonical_bytes(data: Mapping[str, Any]) -> bytes:
    """The one way to write statement data: keys sorted, no spaces, UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(statement: Statement) -> str:
    """The SHA-256 of the statement's canonical bytes."""
    return hashlib.sha256(canonical_bytes(statement_data(statement))).hexdigest()


def figure_ids(statement: Statement) -> dict[int, str]:
    """The full id of every figure of a statement, by `id(figure)`: `acme-jot/2026-10/jot/share`."""
    return {key: f"{statement.id}/{address}" for key, address in addresses(statement.roots()).items()}


def all_figures(statement: Statement) -> dict[int, Figure]:
    """Every figure of a statement, by `id(figure)`."""
    found: dict[int, Figure] = {}
    stack = list(statement.roots())
    while stack:
        figure = stack.pop()
        if id(figure) not in found:
            found[id(figure)] = figure
            stack.extend(figure.operands)
    return found


def figure_data(figure: Figure, ids: Mapping[int, str], unit: Currency) -> dict[str, Any]:
    """One figure as JSON types; its operands by id."""
    data: dict[str, Any] = {
        "label": figure.label,
        "clause": figure.clause,
        "op": figure.op.value,
        "unit": figure.unit,
        "value": str(figure.value),
        "text": figure_text(figure, unit),
    }
    if figure.operands:
        data["operands"] = [ids[id(part)] for part in figure.operands]
    if figure.entries is not None:
        query = figure.entries
        data["entries"] = {
            "agreement": query.agreement,
            "kind": query.kind,
            "name": query.name,
            "party": query.party,
            "period": query.period,
            "known_at": query.known_at,
            "count": query.count,
            **{part: value for part in NARROWING if (value := getattr(query, part))},
        }
    if figure.reference:
        data["reference"] = figure.reference
    if figure.apportionment is not None:
        how = figure.apportionment
        data["apportionment"] = {
            "rule": how.rule.name.value,
            "to": how.rule.party,
            "order": list(how.order),
            "parties": list(how.parties),
            "party": how.party,
        }
    return data


def figure_text(figure: Figure, unit: Currency) -> str:
    """A figure as people read it: `1,234.50 EUR`, `30%`, `4200 signups`."""
    if figure.unit == unit.code:
        return format_money(figure.value, unit)
    if _FOREIGN.fullmatch(figure.unit):
        return format_money(figure.value, currency(figure.unit))
    if figure.unit == RATE:
        return format_rate(figure.value) if abs(figure.value) != 1 else str(figure.value)
    if figure.op is Op.FIXED or " per " in figure.unit:
        return f"{format_number(figure.value, _RATE_DECIMALS)} {figure.unit}"
    return f"{format_number(figure.value)} {figure.unit}"


def _compared(compared: Compared, ids: Mapping[int, str], unit: Currency) -> dict[str, Any]:
    return {
        "metric": compared.metric,
        "authority": compared.authority,
        "counts": compared.counts,
        "beyond": compared.beyond,
        "rows": [
            {"label": line.label, "clause": line.clause, "text": figure_text(line, unit), "figure": ids[id(line)]}
            for line in compared.lines
        ],
    }


def _adjustment(adjustment: Adjustment, money: _Money) -> dict[str, Any]:
    return {
        "period": adjustment.period,
        "net": {party: money(figure) for party, figure in adjustment.net.items()},
        "causes": [_change(change) for change in adjustment.causes],
    }


def _account(account: Account, money: _Money) -> dict[str, Any]:
    return {
        "party": account.party,
        **({"account": account.name} if account.name else {}),
        "rows": [
            {"kind": row.kind.value, "label": row.figure.label, "clause": row.figure.clause, **money(row.figure)}
            for row in account.rows
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "seq": change.seq,
        "event": change.event,
        "reference": change.reference,
        "effective_on": change.effective_on.isoformat(),
        "actor": change.actor,
        "reason": change.reason,
    }


def _clause(line: Mapping[str, Figure]) -> str:
    return next(iter(line.values())).clause
