"""What computes the published examples that terms can express: each becomes terms, one period, and its figures.

Names become short names, percentages become rates, and nothing else is worked out here: the figures are those of
the settlement. Where a source states the capital, it is there from the first day of the year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ledger.settlement.settle import Settlement
from ledger.values.figures import Figure, walk
from tests.settling import settled, terms_of

Inputs = dict[str, Any]

SHORT = {"full_then_negative_residual": "in full", "pro_rata_to_available": "pro rata", None: "in full"}


# --- profit divisions -------------------------------------------------------------------------------------


def division(inputs: Inputs) -> dict[str, Any]:
    """A profit divided among partners: allowances, then a residual, then a guarantee if there is one."""
    settlement = _divided(inputs)
    names = {short(name): name for name in inputs["partners"]}
    residual = settlement.shared.taken["split"]
    labelled = {step.label: step.word for step in settlement.terms.shares if step.label}
    return {
        "shares": {name: _major(settlement.shares.get(party)) for party, name in names.items()},
        "residual": _major(settlement.shared.residual),
        "residual_shares": {name: _major(residual.get(party)) for party, name in names.items()},
        "steps": {label: sum(map(_major, settlement.shared.taken[label].values())) for label in labelled},
    }


def division_capital(inputs: Inputs) -> dict[str, Any]:
    """The same, where capital fluctuates: all shares are retained, and what is drawn comes off the capital."""
    settlement = _divided(inputs, retain={short(name): "100%" for name in inputs["partners"]})
    held = {name: _major(settlement.forward[f"{short(name)}/capital.held"]) for name in inputs["partners"]}
    assert not any(figure.value for party, figure in settlement.net.items() if party != HOLDER)
    return {**division(inputs), "closing": held}


def avg_capital_division(inputs: Inputs) -> dict[str, Any]:
    """A profit shared by average capital; months have 30 days, and balances move on the first of a month."""
    split = {"balance": "average", "days": "30/360", "otherwise": _ratio(dict.fromkeys(inputs["paths"], 1))}
    given: Inputs = {"contributed": {}, "withdrawn": {}}
    for name, path in inputs["paths"].items():
        before = 0
        for month, balance in path:
            what = "contributed" if balance > before else "withdrawn"
            given[what].setdefault(f"2026-{month + 1:02}-01", {})[short(name)] = abs(balance - before)
            before = balance
    assert inputs["months"] == 12
    settlement = _year({"parties": _named(*inputs["paths"]), "shares": [{"split by capital": split}]}, inputs, given)
    averages = {figure.label: figure for figure in walk(settlement.shared.entitlements.values())}
    return {
        "average_capital": {name: _major(averages[f"average capital of {short(name)}"]) for name in inputs["paths"]},
        "shares": {name: _major(settlement.shares[short(name)]) for name in inputs["paths"]},
    }


def bonus(inputs: Inputs) -> dict[str, Any]:
    """A bonus reckoned before or after itself."""
    step = _bonus({**inputs, "to": "partner"})
    clauses = {"parties": _named("firm", "partner"), "shares": [step, {"split": "firm"}], "short": "in full"}
    return {"bonus": _shares(clauses, inputs["base"])["partner"]}


#: Who collects the profit: a party that is no partner, so that the accounts of the partners are only about shares.
HOLDER = "firm"


def _divided(inputs: Inputs, **more: Any) -> Settlement:
    """The year of a division. Capital is there from the first day; what is drawn is drawn in the middle of the year."""
    steps = [allowance for step in inputs["steps"] for allowance in _allowances(step)]
    (residual,) = (step for step in inputs["steps"] if step["type"] == "residual")
    clauses: dict[str, Any] = {
        "parties": _named(*inputs["partners"], HOLDER),
        "shares": [*steps, {"split": _ratio(residual["ratio"])}],
        "short": SHORT[inputs.get("insufficiency")],
        **more,
    }
    for step in inputs["steps"]:
        if step["type"] == "guarantee":
            guarantee = {"at least": str(step["minimum"]), "borne by": _ratio(step["borne_by"])}
            clauses["guarantee"] = {short(step["to"]): guarantee}
    capital = [step["base"] for step in inputs["steps"] if step["type"] == "interest" and "base" in step]
    given = {
        "contributed": {"2026-01-01": _short(inputs.get("opening", capital[0] if capital else {}))},
        "withdrawn": {"2026-07-01": _short(inputs.get("drawings", {}))},
    }
    return _year(clauses, inputs, given)


def _year(clauses: Inputs, inputs: Inputs, given: Inputs) -> Settlement:
    terms = terms_of(**{"periods": {"every": "year", "from": "2026-01-01"}, **clauses})
    holder = HOLDER if HOLDER in terms.parties else min(terms.parties)
    (settlement,) = settled(terms, {"results": {"sales": {holder: inputs["profit"]}}, **given})
    return settlement


def _allowances(step: Inputs) -> list[Inputs]:
    match step["type"]:
        case "salary":
            return [{"salary": {"amounts": _texts(step["amounts"]), "per": "year"}}]
        case "interest" if "base" in step:
            return [{"interest": {"on": "opening capital", "rate": step["rate"], "days": "30/360"}}]
        case "interest":  # the source states the amounts alone
            return [{"salary": {"amounts": _texts(step["amounts"]), "per": "period"}}]
        case "interest_on_drawings":
            return [{"interest on withdrawals": {"rate": step["rate"], "days": "flat"}}]
        case "bonus":
            return [_bonus(step)]
        case _:
            return []


def _bonus(step: Inputs) -> Inputs:
    """A bonus of the profit, or of what it is after the steps that are deducted: all those before it."""
    of = "remaining" if "deduct" in step else "pool"
    reckoned = "after itself" if step.get("after_itself") else "before itself"
    written = {"bonus": {"to": short(step["to"]), "rate": step["rate"], "of": of, "reckoned": reckoned}}
    return {**written, "as": step["id"]} if "id" in step else written


def _texts(amounts: Mapping[str, int]) -> dict[str, str]:
    return {short(name): str(amount) for name, amount in amounts.items()}


def _short(amounts: Mapping[str, int]) -> dict[str, int]:
    return {short(name): amount for name, amount in amounts.items()}


def short(name: str) -> str:
    """A short name for a party: `DelaCruz` is `delacruz`."""
    return name.lower()


def _ratio(weights: Mapping[str, int]) -> dict[str, str]:
    """Rates that add up to the whole, out of weights."""
    return {short(name): f"{weight}/{sum(weights.values())}" for name, weight in weights.items()}


# --- orders of sharing ------------------------------------------------------------------------------------


def nested(inputs: Inputs) -> dict[str, Any]:
    """15% go to a pot: 20% of it tax, 5% of the rest cashback up to 1000, else revenue; the merchant has the rest."""
    inner = [
        {"fee": {"to": "sales_tax", "rate": "20%", "of": "remaining"}},
        {"fee": {"to": "cashback", "rate": "5%", "of": "remaining", "at most": "1000"}},
        {"split": "revenue"},
    ]
    shares = [{"pot": {"rate": "15%", "of": "pool", "shares": inner}}, {"split": "merchant"}]
    parties = ("sales_tax", "cashback", "revenue", "merchant")
    return _shares({"parties": _named(*parties), "shares": shares, "short": "in order"}, inputs["amount"])


def capfee(inputs: Inputs) -> dict[str, Any]:
    """A fee as a rate, at most so much; the rest to the other party."""
    found = []
    for amount, rate, cap in inputs["cases"]:
        fee = {"to": "fees", "rate": rate, "of": "sales", "at most": str(cap)}
        clauses = {
            "parties": _named("fees", "seller"),
            "shares": [{"fee": fee}, {"split": "seller"}],
            "short": "in order",
        }
        shares = _shares(clauses, amount)
        found.append([shares["fees"], shares["seller"]])
    return {"out": found}


def share_plugin(inputs: Inputs) -> dict[str, Any]:
    """Fixed amounts first, then rates of what is left, then equal parts of the rest for the others and the owner."""
    steps: list[Inputs] = [{"fee": {"to": short(n), "amount": str(a)}} for n, a in inputs["fixed"].items()]
    steps += [{"fee": {"to": short(n), "rate": r, "of": "remaining"}} for n, r in inputs["percent"].items()]
    steps.append({"split": _ratio(dict.fromkeys(["owner", *inputs["equal"]], 1))})
    names = ["owner", *inputs["fixed"], *inputs["percent"], *inputs["equal"]]
    shares = _shares({"parties": _named(*names), "shares": steps, "short": "in order"}, inputs["total"])
    return {name: shares[short(name)] for name in names}


def nri(inputs: Inputs) -> dict[str, Any]:
    """A royalty comes off the top; what is left is shared by working interests: net revenue interests."""
    interests = {short(name): rate for name, rate in inputs["wi"].items()}
    shares = [{"fee": {"to": "royalty", "rate": inputs["royalty"], "of": "sales"}}, {"split": interests}]
    settlement = one_period({"parties": _named("royalty", *interests), "shares": shares, "short": "in order"}, 1000)
    exact = settlement.shared.entitlements
    return {"nri": {name: exact[short(name)].value / settlement.pool.pool.value for name in inputs["wi"]}}


# --- commissions and royalties ----------------------------------------------------------------------------


def marginal(inputs: Inputs) -> dict[str, Any]:
    """A tiered commission: each rate for what lies in its band."""
    total = _tiered(inputs, "marginal")
    return {"total": total, "effective": total / inputs["amount"]}


def marginal_and_cliff(inputs: Inputs) -> dict[str, Any]:
    """The same tiers read in both ways: past each tier, and for all."""
    return {"marginal": _tiered(inputs, "marginal"), "cliff": _tiered(inputs, "whole")}


def _tiered(inputs: Inputs, mode: str) -> Fraction:
    rates = {str(level): {"agent": rate} for level, rate in inputs["tiers"]}
    bands = {"of": "sales", "over": "period", "mode": mode, "rates": rates}
    clauses = {"parties": _named("agent", "firm"), "shares": [{"bands": bands}, {"split": "firm"}], "short": "in order"}
    return _shares(clauses, inputs["amount"])["agent"]


def credit_notes(inputs: Inputs) -> dict[str, Any]:
    """A credit note is a negative result and takes its commission back; counted as another invoice, it adds to it."""
    fee = {"to": "agent", "rate": inputs["rate"], "of": "sales"}
    clauses = {"parties": _named("agent", "firm"), "shares": [{"fee": fee}, {"split": "firm"}], "short": "in order"}
    return {
        "correct": _shares(clauses, inputs["invoices"] - inputs["credits"])["agent"],
        "bug": _shares(clauses, inputs["invoices"] + inputs["credits"])["agent"],
    }


def mg_topup(inputs: Inputs) -> dict[str, Any]:
    """A minimum guaranteed: what royalties fall short of it, the licensee adds."""
    guarantee = {"licensor": {"at least": str(inputs["minimum"]), "borne by": "licensee"}}
    clauses = {"parties": _named("licensor", "licensee"), "shares": [{"split": "licensor"}], "guarantee": guarantee}
    settlement = one_period(clauses, inputs["earned"])
    (added,) = (line["licensor"] for line in settlement.shared.lines if line and line["licensor"].clause != "shares[1]")
    return {"topup": _major(added)}


def mg_installments(inputs: Inputs) -> dict[str, Any]:
    """A minimum in instalments, the first of them paid: each event has its period, and what is invoiced in it."""
    due = {"2026-01": str(inputs["installments"][0])}
    months: list[Inputs] = [{}]
    invoiced = []
    for place, (what, number) in enumerate(inputs["events"], 2):
        months.append({"results": {"sales": {"licensee": number}}} if what == "earned" else {})
        if what == "installment":
            due[f"2026-{place:02d}"] = str(inputs["installments"][number - 1])
    guarantee = {"licensor": {"instalments": due, "borne by": "licensee"}}
    clauses = {"parties": _named("licensor", "licensee"), "shares": [{"split": "licensor"}], "guarantee": guarantee}
    for settlement in settled(terms_of(**clauses), *months)[1:]:
        invoiced.append(_major(settlement.shares.get("licensor")))
    return {"invoices": invoiced}


def recoup(inputs: Inputs) -> dict[str, Any]:
    """An advance recouped out of all of an artist's share, found by trial: the revenue that does it."""
    advances = [{"album": {"from": "label", "to": "artist", "rate": "100%"}}]
    split = {"artist": inputs["rate"], "label": str(1 - Fraction(inputs["rate"]))}
    terms = terms_of(parties=_named("label", "artist"), shares=[{"split": split}], advances=advances)
    paid = {"advances": {"album": {"artist": inputs["advance"]}}}
    low, high = 0, 100 * inputs["advance"]
    while low < high:
        sales = (low + high) // 2
        (settlement,) = settled(terms, {**paid, "results": {"sales": {"label": sales}}})
        low, high = (sales + 1, high) if "artist/advance.album" in settlement.forward else (low, sales)
    return {"breakeven_revenue": low}


def reserve(inputs: Inputs) -> dict[str, Any]:
    """A reserve of sales, which lessens what the royalty is taken of, and one of the royalty: the same is payable."""
    royalty = {"fee": {"to": "author", "rate": inputs["rate"], "of": "sales"}, "as": "royalty"}
    clauses = {
        "parties": _named("publisher", "author"),
        "shares": [royalty, {"split": "publisher"}],
        "short": "in order",
    }
    held = {"author": {"rate": inputs["reserve"], "out of": ["royalty"], "release after": "2 periods"}}
    counted = inputs["sales"] * (1 - Fraction(inputs["reserve"]))
    return {
        "payable_sales_based": _major(one_period(clauses, counted).net["author"]),
        "payable_earnings_based": _major(one_period({**clauses, "reserve": held}, inputs["sales"]).net["author"]),
    }


# --- one period -------------------------------------------------------------------------------------------


def one_period(clauses: Mapping[str, Any], sales: Any) -> Settlement:
    """A period in which sales were so much, under terms of these clauses."""
    holder = next(iter(clauses["parties"]))
    (settlement,) = settled(terms_of(**clauses), {"results": {"sales": {holder: sales}}})
    return settlement


def _shares(clauses: Mapping[str, Any], sales: Any) -> dict[str, Fraction]:
    return {party: _major(share) for party, share in one_period(clauses, sales).shares.items()}


def _named(*names: str) -> dict[str, dict[str, str]]:
    return {short(name): {"name": name} for name in names}


def _major(figure: Figure | None) -> Fraction:
    return Fraction(0) if figure is None else figure.value / 100


CALCS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "division": division,
    "division_capital": division_capital,
    "avg_capital_division": avg_capital_division,
    "bonus": bonus,
    "nested": nested,
    "capfee": capfee,
    "share_plugin": share_plugin,
    "nri": nri,
    "marginal": marginal,
    "marginal_and_cliff": marginal_and_cliff,
    "credit_notes": credit_notes,
    "mg_topup": mg_topup,
    "mg_installments": mg_installments,
    "recoup": recoup,
    "reserve": reserve,
}
