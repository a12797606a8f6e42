"""Agreements and histories to try: any valid terms document, and all that may happen under it.

Everything is plain data, as people would write it: a document is what YAML would hold (all scalars are text), a
history is a list of steps. `play` (in `tests.playing`) makes a book of them, and `tests.auditor` recomputes them.

A strategy is made once for the same arguments (`@cache`): to make one takes longer than to draw from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.auditor import period_key

Document = dict[str, Any]
Step = dict[str, Any]

PARTIES = ("acme", "jot", "kim", "lou")
METRICS = ("sales", "ads", "referrals")
COSTS = ("media", "tools")
LIABILITIES = ("chargebacks", "fines")
DIGITS = {"EUR": 2, "JPY": 0, "BHD": 3}
DAYS = {"week": 7, "month": 30, "quarter": 91, "year": 365}

RATES = st.sampled_from(["0%", "5%", "12.5%", "1/3", "0.07", "2/7", "33.333%", "50%", "1/6", "100%"])
AMOUNTS = st.sampled_from(["0", "1", "7", "50", "120", "333", "900", "2500"])
PRICES = st.sampled_from(["0", "0.0035", "1.2", "12", "1.000000001"])
WEIGHTS = st.integers(1, 7)


# --- documents --------------------------------------------------------------------------------------------


@cache
@st.composite
def headers(draw: st.DrawFn) -> Document:
    """What amendments never change: name, currency, length of periods and first day."""
    every = draw(st.sampled_from(["month", "month", "month", "quarter", "week", "year"]))
    first = draw(st.sampled_from(["2026-01-01", "2026-11-01", "2026-11-16", "2024-12-29"]))
    return {
        "agreement": "acme-jot",
        "title": "Audience acquisition for Acme",
        "currency": draw(st.sampled_from(["EUR", "EUR", "JPY", "BHD"])),
        "periods": {"every": every, "from": first},
    }


@st.composite
def documents(draw: st.DrawFn, header: Document | None = None) -> Document:
    """A valid terms document of two to four parties, with any clause that the language has."""
    document = dict(draw(headers()) if header is None else header)
    parties = PARTIES[: draw(st.integers(2, 4))]
    results = draw(st.sampled_from([("sales",), ("sales", "ads")]))
    document |= {
        "parties": {party: {"name": party.title()} for party in parties},
        "pool": draw(pools(results)),
    }
    document["parties"][draw(st.sampled_from(parties))]["reports"] = ["referrals", "signups"]
    document |= draw(authorities(parties, document["parties"]))
    document |= draw(st.sampled_from([{}, {}, {"goals": {"sales": {"month": "500", "year": {"quantity": "7.5"}}}}]))
    taking = draw(st.lists(taking_steps(parties, results), max_size=3))
    last = draw(last_steps(parties))
    tiers = draw(waterfalls(parties, results)) if draw(st.integers(0, 2)) == 0 else []
    document["shares"] = [*taking, *tiers, last] if draw(st.booleans()) else [*tiers, *taking, last]
    if taking or tiers:
        document["short"] = draw(st.sampled_from(["in full", "in order", *([] if tiers else ["pro rata"])]))
    document["losses"] = draw(losses(parties, as_profits="bands" not in last))
    document |= draw(protections(parties, document["periods"]))
    document["rounding"] = draw(roundings(parties))
    if draw(st.integers(0, 3)) == 0:
        document["retain"] = draw(st.dictionaries(st.sampled_from(parties), RATES, min_size=1))
    if draw(st.booleans()):
        document |= draw(withholdings(document))
    if draw(st.integers(0, 4)) == 0:
        document["exchange"] = draw(exchanges())
    if draw(st.integers(0, 4)) == 0:
        document["confirm"] = draw(st.sampled_from([{"costs over": "900"}, {"results over": "300"}]))
        document["confirm"] |= draw(st.sampled_from([{}, {"silence": "accepts after 10 days"}]))
    return document


@cache
def exchanges() -> st.SearchStrategy[Document]:
    """Dollars, which are no document's own currency, at any of the rates."""
    rates = st.sampled_from(["on the day", "period end", "period average"])
    whose = st.sampled_from(["shared", "with the holder"])
    return st.fixed_dictionaries({"USD": st.fixed_dictionaries({"rate": rates, "differences": whose})})


@cache
@st.composite
def pools(draw: st.DrawFn, results: tuple[str, ...]) -> Document:
    """Which results count; costs with and without caps; liabilities."""
    pool: Document = {"results": list(results)}
    caps = st.one_of(
        st.just("all"),
        st.builds(lambda rate, of: {"cap": f"{rate} of {of}"}, RATES, st.sampled_from([*results, "results"])),
        st.builds(lambda amount: {"cap": amount}, AMOUNTS),
    )
    costs = draw(st.dictionaries(st.sampled_from(COSTS), caps))
    if costs:
        pool["less costs"] = costs
    liabilities = draw(st.sampled_from([[], ["chargebacks"], ["chargebacks", "fines"]]))
    if liabilities:
        pool["less liabilities"] = liabilities
    return pool


@cache
def ratios(parties: tuple[str, ...]) -> st.SearchStrategy[Document | str]:
    """Rates of some parties that add up to the whole; one party may stand alone."""
    some = st.lists(st.sampled_from(parties), min_size=1, unique=True)

    @st.composite
    def shared(draw: st.DrawFn) -> Document:
        weights = {party: draw(WEIGHTS) for party in draw(some)}
        return {party: f"{weight}/{sum(weights.values())}" for party, weight in weights.items()}

    return st.one_of(shared(), st.sampled_from(parties))


@cache
@st.composite
def shared_rates(draw: st.DrawFn, parties: tuple[str, ...]) -> Document:
    """As `ratios`, always written out."""
    found = draw(ratios(parties))
    return {found: "100%"} if isinstance(found, str) else found


@cache
def taking_steps(parties: tuple[str, ...], results: tuple[str, ...]) -> st.SearchStrategy[Step]:
    """A step that takes from the pool before the last one."""
    return st.one_of(
        fees(parties, results), bands(parties, results), pots(parties, results),
        salaries(parties), interest(parties), withdrawal_interest(), bonuses(parties, results),
    )  # fmt: skip


@cache
def bases(results: tuple[str, ...]) -> st.SearchStrategy[str]:
    """What a rate may be taken of."""
    return st.sampled_from([*results, "referrals", "results", "pool", "remaining"])


@cache
@st.composite
def fees(draw: st.DrawFn, parties: tuple[str, ...], results: tuple[str, ...]) -> Step:
    """A rate of a base, an amount per unit, or a flat amount; at most so much."""
    fee: Document = {"to": draw(st.sampled_from(parties))}
    match draw(st.integers(0, 2)):
        case 0:
            fee |= {"rate": draw(RATES), "of": draw(bases(results))}
        case 1:
            fee |= {"amount": draw(PRICES), "each": "signups"}
        case _:
            fee |= {"amount": draw(AMOUNTS)}
    if draw(st.booleans()):
        fee["at most"] = draw(AMOUNTS)
    return {"fee": fee}


@cache
@st.composite
def bands(draw: st.DrawFn, parties: tuple[str, ...], results: tuple[str, ...]) -> Step:
    """Rates (or prices) by level, over any span, in either mode."""
    step: Document = {
        "over": draw(st.sampled_from(["period", "year", "life"])),
        "mode": draw(st.sampled_from(["marginal", "whole"])),
    }
    values = RATES
    if draw(st.booleans()):
        step["of"] = draw(st.sampled_from([*results, "results", "pool"]))
    else:
        step["each"], values = "signups", PRICES
    per_party = st.dictionaries(st.sampled_from(parties), values, min_size=1)
    step["rates"] = {level: draw(per_party) for level in draw(levels())}
    return {"bands": step}


DAY_COUNTS = st.sampled_from(["ACT/365F", "ACT/360", "30/360", "ACT/ACT"])


@cache
@st.composite
def salaries(draw: st.DrawFn, parties: tuple[str, ...]) -> Step:
    """Amounts for some parties, by period or by year."""
    amounts = draw(st.dictionaries(st.sampled_from(parties), AMOUNTS, min_size=1))
    return {"salary": {"amounts": amounts, "per": draw(st.sampled_from(["period", "year"]))}}


@cache
@st.composite
def interest(draw: st.DrawFn, parties: tuple[str, ...]) -> Step:
    """Interest on opening or average capital, for all or for some."""
    on = draw(st.sampled_from(["opening capital", "average capital"]))
    clause: Document = {"on": on, "rate": draw(RATES), "days": draw(DAY_COUNTS)}
    clause |= draw(st.sampled_from([{}, {}, {"overdrawn": "charged"}, {"overdrawn": "nothing"}]))
    if draw(st.booleans()):
        clause["to"] = draw(st.lists(st.sampled_from(parties), min_size=1, unique=True))
    return {"interest": clause}


@cache
@st.composite
def withdrawal_interest(draw: st.DrawFn) -> Step:
    """Interest on withdrawals, flat or by days."""
    return {"interest on withdrawals": {"rate": draw(RATES), "days": draw(st.one_of(st.just("flat"), DAY_COUNTS))}}


@cache
@st.composite
def bonuses(draw: st.DrawFn, parties: tuple[str, ...], results: tuple[str, ...]) -> Step:
    """A bonus of any base, before or after itself, at most so much."""
    clause: Document = {"to": draw(st.sampled_from(parties)), "rate": draw(RATES), "of": draw(bases(results))}
    clause["reckoned"] = draw(st.sampled_from(["before itself", "after itself"]))
    if draw(st.booleans()):
        clause["at most"] = draw(AMOUNTS)
    return {"bonus": clause}


@cache
@st.composite
def capital_splits(draw: st.DrawFn, parties: tuple[str, ...]) -> Step:
    """A split by capital of any balance."""
    clause: Document = {"balance": draw(st.sampled_from(["opening", "closing", "average", "contributed"]))}
    if clause["balance"] == "average":
        clause["days"] = draw(DAY_COUNTS)
    return {"split by capital": {**clause, "otherwise": draw(ratios(parties))}}


@cache
def levels() -> st.SearchStrategy[list[str]]:
    """Where bands begin: at nothing, and at some more levels, in any order."""
    more = st.lists(st.sampled_from(["10.5", "100", "500", "1200"]), unique=True, max_size=3)
    return st.builds(lambda found: ["0", *found], more)


@cache
@st.composite
def pots(draw: st.DrawFn, parties: tuple[str, ...], results: tuple[str, ...]) -> Step:
    """A part of a base, shared out by steps of its own."""
    inner = draw(st.lists(fees(parties, results), max_size=2))
    pot = {"rate": draw(RATES), "of": draw(bases(results))}
    return {"pot": {**pot, "shares": [*inner, draw(last_steps(parties, spans=("period",)))]}}


@cache
@st.composite
def last_steps(draw: st.DrawFn, parties: tuple[str, ...], spans: tuple[str, ...] = ("period", "year", "life")) -> Step:
    """A step that shares out all that remains."""
    if draw(st.integers(0, 2)):
        return {"split": draw(ratios(parties))}
    if draw(st.booleans()):
        return draw(capital_splits(parties))
    step = {
        "of": "remaining",
        "over": draw(st.sampled_from(spans)),
        "mode": draw(st.sampled_from(["marginal", "whole"])),
    }
    return {"bands": {**step, "rates": {level: draw(shared_rates(parties)) for level in draw(levels())}}}


@cache
@st.composite
def waterfalls(draw: st.DrawFn, parties: tuple[str, ...], results: tuple[str, ...]) -> list[Step]:
    """The tiers of a fund, for all its deals as one or for each."""
    if draw(st.booleans()):
        return [*draw(tiers(parties)), *([draw(fees(parties, results))] if draw(st.booleans()) else [])]
    deals = draw(st.lists(st.sampled_from(results), min_size=1, unique=True))
    last = draw(st.one_of(st.builds(lambda rates: {"split": rates}, ratios(parties)), capital_splits(parties)))
    taking = draw(st.lists(fees(parties, results), max_size=1))
    each: Document = {"deals": deals, "shares": [*draw(tiers(parties)), *taking, last]}
    if draw(st.booleans()):
        giver = draw(st.sampled_from(parties))
        others = tuple(party for party in parties if party != giver)
        each["clawback"] = {"from": giver, "to": draw(ratios(others)), "keeps": draw(RATES)}
        each["clawback"]["when"] = draw(st.sampled_from(["every period", "at the end"]))
    return [{"each deal": each}]


@cache
@st.composite
def tiers(draw: st.DrawFn, parties: tuple[str, ...]) -> list[Step]:
    """Capital back, preferred returns, a catch-up behind them, carried interest; not all of them need be there."""
    some = st.lists(st.sampled_from(parties), min_size=1, unique=True)
    to = st.one_of(st.just({}), st.builds(lambda named: {"to": named}, some))
    days = st.sampled_from(["ACT/365F", "ACT/360", "30/360", "ACT/ACT"])
    returns = st.builds(
        lambda named, rate, counted, how: {"preferred return": {"rate": rate, "days": counted, **how, **named}},
        to, st.sampled_from(["8%", "1/3", "100%"]), days,
        st.sampled_from(
            [{"compound": each, "unpaid": "carried"} for each in ("never", "every period", "every year")]
            + [{"compound": "never", "unpaid": "lapses"}]
        ),
    )  # fmt: skip
    capital = st.builds(lambda named: {"return of capital": named}, to)
    found = draw(st.lists(st.one_of(capital, returns), max_size=3))
    manager = draw(st.sampled_from(parties))
    if any("preferred return" in step for step in found) and draw(st.booleans()):
        rest = draw(ratios(tuple(party for party in parties if party != manager)))
        rate = draw(st.sampled_from(["100%", "60%", "1/2"]))
        found.append(
            {
                "catch-up": {
                    "to": manager,
                    "rate": rate,
                    "until": draw(st.sampled_from(["0%", "20%", "1/7"])),
                    "rest": rest,
                }
            }
        )
    if draw(st.booleans()):
        carried: Document = {"to": manager, "rate": draw(RATES), "of": draw(st.sampled_from(["pool", "remaining"]))}
        if draw(st.booleans()):
            carried["hurdle"] = {
                "rate": draw(st.sampled_from(["5%", "100%"])), "days": draw(days),
                "on": draw(st.sampled_from(["opening capital", "average capital"])),
                "mode": draw(st.sampled_from(["hard", "soft"])),
            }  # fmt: skip
        found.append({"carried interest": carried})
    return found


@cache
def losses(parties: tuple[str, ...], *, as_profits: bool) -> st.SearchStrategy[Any]:
    """Who bears a loss."""
    words = ["carried forward", *(["as profits"] if as_profits else [])]
    return st.one_of(st.sampled_from(words), shared_rates(parties))


@st.composite
def protections(draw: st.DrawFn, parties: tuple[str, ...], periods: Document) -> Document:
    """Guarantees and caps that can all be kept."""
    found: Document = {}
    guaranteed = draw(st.lists(st.sampled_from(parties), unique=True, max_size=len(parties) - 1))
    capped = draw(st.lists(st.sampled_from(parties), unique=True, max_size=len(parties) - 1))
    if draw(st.booleans()) and guaranteed:
        bearers = tuple(party for party in parties if party not in guaranteed)
        found["guarantee"] = {
            party: {**draw(least(periods)), "borne by": draw(ratios(bearers))} for party in guaranteed
        }
    if draw(st.booleans()) and capped:
        takers = tuple(party for party in parties if party not in capped)
        found["cap"] = {
            party: {"at most": draw(st.sampled_from(["300", "450"])), "excess to": draw(ratios(takers))}
            for party in capped
        }
    return found


@st.composite
def least(draw: st.DrawFn, periods: Document) -> Document:
    """What is guaranteed: an amount in each period, each year or in all, or instalments."""
    if draw(st.integers(0, 3)) == 0:
        first, span = date.fromisoformat(periods["from"]), DAYS[periods["every"]]
        days = [first + timedelta(days=number * span) for number in draw(st.lists(st.integers(0, 4), min_size=1))]
        keys = [period_key(day.isoformat(), periods["every"]) for day in days]
        return {"instalments": {key: draw(st.sampled_from(["40", "300"])) for key in keys}}
    amount = {"at least": draw(st.sampled_from(["0", "40", "300"]))}
    return amount | draw(st.sampled_from([{}, {}, {"over": "period"}, {"over": "year"}, {"over": "life"}]))


@st.composite
def authorities(draw: st.DrawFn, parties: tuple[str, ...], described: Document) -> Document:
    """Whose number counts of what several report; never that a close is refused, for then histories would end."""
    if draw(st.integers(0, 3)):
        return {}
    found = {}
    for metric in draw(st.sampled_from([["sales"], ["signups"], ["sales", "signups"]])):
        tolerance, beyond = (
            draw(st.sampled_from(["0%", "5%", "150%"])),
            draw(st.sampled_from(["lower", "higher", "average"])),
        )
        found[metric] = {"party": draw(st.sampled_from(parties)), "tolerance": tolerance, "beyond": beyond}
    if "signups" in found:
        for party in parties:
            described[party]["reports"] = ["referrals", "signups"]
    return {"authority": found}


@st.composite
def withholdings(draw: st.DrawFn, document: Document) -> Document:
    """Accounts of advances and reserves, out of all of a share or out of steps that are given names for it."""
    named = [{**step, "as": f"step-{place}"} for place, step in enumerate(document["shares"])]
    shares = [draw(st.sampled_from(pair)) for pair in zip(document["shares"], named, strict=True)]
    parties = [party for party in document["parties"] if party not in document.get("retain", {})]
    if not parties:
        return {}
    rates = st.sampled_from(["5%", "12.5%", "1/3", "50%", "100%", "100%"])
    advances: Document = {}
    for name in draw(st.lists(st.sampled_from(["first", "second", "third"]), unique=True)):
        payee = draw(st.sampled_from(parties))
        payer = draw(st.sampled_from([party for party in document["parties"] if party != payee]))
        advances[name] = {"from": payer, "to": payee, "rate": draw(rates), **draw(out_of(shares, payee))}
    reserve: Document = {}
    for party in draw(st.lists(st.sampled_from(parties), unique=True, max_size=2)):
        reserve[party] = {"rate": draw(rates), "release after": draw(st.sampled_from(["1 period", "3 periods"]))}
        reserve[party] |= draw(out_of(shares, party))
        if "out of" not in reserve[party] and any(a["to"] == party and "out of" in a for a in advances.values()):
            del reserve[party]
    found = {"shares": shares, "advances": [{name: each} for name, each in advances.items()], "reserve": reserve}
    return {word: clause for word, clause in found.items() if clause}


@st.composite
def out_of(draw: st.DrawFn, shares: list[Step], party: str) -> Document:
    """Some of the named steps that surely give a party something, or nothing said."""
    named = [step["as"] for step in shares if "as" in step and _gives(step, party)]
    chosen = draw(st.lists(st.sampled_from(named), unique=True)) if named else []
    return {"out of": chosen} if chosen else {}


def _gives(step: Step, party: str) -> bool:
    if "fee" in step:
        return bool(step["fee"]["to"] == party)
    split = step.get("split", {})
    return bool(split == party or (isinstance(split, dict) and party in split))


@cache
def roundings(parties: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """A remainder rule, mostly the one that holds when nothing is said."""
    words = ["first", "last", "largest fraction", "largest ratio", "moneyphp"]
    return st.one_of(
        st.just("carried"),
        st.just("carried"),
        st.sampled_from(words),
        st.builds(lambda party: {"to": party}, st.sampled_from(parties)),
        st.builds(lambda word, order: {word: order}, st.sampled_from(words), st.permutations(parties)),
    )


# --- histories --------------------------------------------------------------------------------------------


@cache
def amounts(low: int) -> st.SearchStrategy[int]:
    """Minor units, from some number on."""
    return st.one_of(st.integers(low, 200_000), st.sampled_from([1, 100, 33_333, 100_000, 999_999]))


@dataclass(frozen=True)
class History:
    """Terms, and what was done under them, in order: each step says what it does under `do`."""

    document: Document
    steps: tuple[Step, ...]


@st.composite
def histories(draw: st.DrawFn, max_steps: int = 24, *, amendments: bool = True) -> History:
    """Facts in time, late, corrected and taken back; closes, amendments (retroactive ones too), payouts, disputes."""
    document = draw(documents())
    teller = _Teller(draw, document)
    words = ["record"] * 10 + ["close"] * 3 + ["correct", "correct", "void", "settle", "release", "answer"]
    words += ["pay", "pay", "reverse", "dispute", "terminate", "wait"] + (["amend"] if amendments else [])
    for word in ["record"] * 3 + draw(st.lists(st.sampled_from(words), min_size=5, max_size=max_steps)):
        teller.tell(word)
    teller.tell("close")
    return History(document, tuple(teller.steps))


KINDS = st.sampled_from(
    ["result"] * 5 + ["cost"] * 3 + ["liability"] * 2 + ["advance", "withdrawal"] + ["contribution"] * 2
)


class _Teller:
    """Makes up one step after the other; not all of them will be accepted by the book."""

    def __init__(self, draw: st.DrawFn, document: Document) -> None:
        self.draw = draw
        self.document = document
        self.first = date.fromisoformat(document["periods"]["from"])
        self.span = DAYS[document["periods"]["every"]]
        self.parties: st.SearchStrategy[str] = st.sampled_from(tuple(document["parties"]))
        self.entries: dict[str, Step] = {}
        self.steps: list[Step] = []
        self.parts = 0

    def tell(self, word: str) -> None:
        """Add a step of a kind, if there is something that it could be about."""
        made: Step | None = {"close": {"do": "close"}}.get(word) or getattr(self, f"_{word}", lambda: None)()
        if made is not None:
            self.steps.append(made)

    def _day(self) -> str:
        """A day in the first five periods or so."""
        return (self.first + timedelta(days=self.draw(st.integers(0, 5 * self.span)))).isoformat()

    def _party(self) -> str:
        return self.draw(self.parties)

    def _amount(self, low: int = -150_000) -> int:
        return self.draw(amounts(low))

    def _content(self, kind: str) -> Step:
        content: Step = {"kind": kind, "day": self._day(), "name": "", "party": self._party(), "quantity": 0}
        match kind:
            case "result":
                name = self.draw(st.sampled_from([*METRICS, "sales", "signups", "signups"]))
                content |= {"name": name, "amount": self._amount(), "by": self._party()}
                if name == "signups":
                    quantity = self.draw(st.integers(-5, 300)) * 1_000_000 + self.draw(st.sampled_from([0, 0, 500_000]))
                    content |= {"amount": 0, "party": "", "quantity": quantity}
            case "cost":
                content |= {"name": self.draw(st.sampled_from(COSTS)), "amount": self._amount()}
            case "liability":
                content |= {"name": self.draw(st.sampled_from(LIABILITIES)), "amount": self._amount(1), "party": ""}
            case "advance":
                content |= {"to": self._party(), "amount": self._amount(1)}
                accounts = self.document.get("advances", [])
                if accounts and self.draw(st.booleans()):
                    [(name, account)] = self.draw(st.sampled_from(accounts)).items()
                    content |= {"name": name, "party": account["from"], "to": account["to"]}
            case "contribution":
                content |= {"amount": self._amount(1), "deal": self.draw(st.sampled_from(["", "sales", "ads"]))}
            case _:
                content |= {"amount": self._amount(1)}
        return content

    def _record(self) -> Step:
        reference = f"E{len(self.entries) + 1}"
        self.entries[reference] = self._content(self.draw(KINDS))
        return {"do": "record", "ref": reference, **self.entries[reference]}

    def _any(self, *kinds: str) -> str | None:
        known = [ref for ref, content in self.entries.items() if not kinds or content["kind"] in kinds]
        return self.draw(st.sampled_from(known)) if known else None

    def _correct(self) -> Step | None:
        reference = self._any()
        if reference is None:
            return None
        return {"do": "correct", "ref": reference, **self._content(self.entries[reference]["kind"])}

    def _void(self) -> Step | None:
        reference = self._any()
        if reference is None:
            return None
        part = self.draw(st.sampled_from([None, *(f"P{number}" for number in range(1, self.parts + 1))]))
        return {"do": "void", "ref": reference, "part": part}

    def _answer(self) -> Step | None:
        reference = self._any()
        word = self.draw(st.sampled_from(["confirm", "confirm", "reject"]))
        return None if reference is None else {"do": word, "ref": reference, "party": self._party()}

    def _settle(self) -> Step | None:
        return self._part("settle", self._party())

    def _release(self) -> Step | None:
        return self._part("release", "")

    def _part(self, word: str, party: str) -> Step | None:
        reference = self._any("liability")
        if reference is None:
            return None
        self.parts += 1
        day = max(self._day(), self.entries[reference]["day"])
        amount = self.draw(st.integers(1, max(1, self.entries[reference]["amount"])))
        return {"do": word, "ref": reference, "part": f"P{self.parts}", "day": day, "party": party, "amount": amount}

    def _pay(self) -> Step:
        day = (self.first + timedelta(days=self.draw(st.integers(0, 6 * self.span)))).isoformat()
        return {"do": "pay", "party": self._party(), "to": self._party(), "amount": self._amount(1), "day": day}

    def _reverse(self) -> Step:
        return {"do": "reverse", "nth": self.draw(st.integers(0, 3)), "day": self._day()}

    def _wait(self) -> Step:
        return {"do": "wait", "days": self.draw(st.sampled_from([9, 10, 30]))}

    def _terminate(self) -> Step:
        return {"do": "terminate", "day": self._day()}

    def _dispute(self) -> Step:
        return {"do": "dispute", "party": self._party(), "effect": self._amount()}

    def _amend(self) -> Step:
        header = {word: self.document[word] for word in ("agreement", "title", "currency", "periods")}
        document = self.draw(documents(header))
        return {"do": "amend", "terms": document, "nth": self.draw(st.integers(0, 4))}
