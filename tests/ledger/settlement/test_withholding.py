"""What is withheld of shares: advances that are recouped, reserves that are released, on statements and over time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.book.events import Advance
from ledger.settlement.canonical import statement_data
from ledger.settlement.payable import payables
from ledger.settlement.settle import Settlement
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.ledger.settlement.books import adjusted, advance, book, closing, day, recorded, sales
from tests.settling import document, settled, terms_of
from tests.world import Book

ROYALTY: dict[str, Any] = {
    "shares": [{"fee": {"to": "jot", "rate": "10%", "of": "sales"}, "as": "royalty"}, {"split": "acme"}],
    "short": "in full",
    "losses": "acme",
}
ACCOUNT = [{"album-1": {"from": "acme", "to": "jot", "rate": "100%", "out of": ["royalty"]}}]
RESERVE = {"jot": {"rate": "20%", "out of": ["royalty"], "release after": "2 periods"}}


def ahead(minor: int, on: str, account: str = "album-1") -> Advance:
    """An advance of Acme to JOT on an account."""
    return Advance(
        paid_by="acme", paid_to="jot", effective_on=day(on), amount_minor=minor, currency="EUR", account=account
    )


def royalty(**clauses: Any) -> Book:
    """A book of Acme and JOT, who gets a royalty."""
    return book(**{**ROYALTY, **clauses})


def rows(made: Any, accounts: str) -> list[tuple[str, str, int]]:
    """The rows of the accounts beside the current ones: figure, label, minor units."""
    return [
        (row.figure.name, row.figure.label, row.figure.minor)
        for account in getattr(made, accounts)
        for row in account.rows
    ]


# --- on a statement ---------------------------------------------------------------------------------------


def test_an_advance_on_an_account_is_no_debt() -> None:
    """Nobody's balance changes when it is paid, so nothing can be paid out of it; what is recouped moves both."""
    one = recorded(royalty(advances=ACCOUNT), A1=ahead(5_000, "01-05"))
    made = one.close()
    assert closing(made) == {"acme": 0, "jot": 0}
    assert [each.payable for each in payables(one.facts)] == [0, 0]
    recorded(one, S1=sales(30_000, "02-05"))
    made = one.close()
    assert closing(made) == {"acme": 0, "jot": 0}
    assert rows(made, "advances") == [
        ("jot/advance.album-1.opening", "opening not recouped", 5_000),
        ("jot/advance.album-1.recouped", "recouped", -3_000),
        ("jot/advance.album-1.closing", "closing not recouped", 2_000),
    ]


def test_an_advance_without_an_account_counts_at_once() -> None:
    """As it always did, also where the terms have accounts."""
    one = recorded(royalty(advances=ACCOUNT), A1=advance(5_000, "01-05"))
    assert closing(one.close()) == {"acme": 5_000, "jot": -5_000}


def test_what_was_recouped_too_much_goes_back() -> None:
    """An advance that is void was never there: the statement after it adjusts the periods in which it was recouped."""
    one = recorded(royalty(advances=ACCOUNT), A1=ahead(5_000, "01-05"), S1=sales(30_000, "01-20"))
    assert closing(one.close()) == {"acme": 0, "jot": 0}
    recorded(one, S2=sales(40_000, "02-20"))
    assert closing(one.close()) == {"acme": -2_000, "jot": 2_000}
    one.void("A1")
    made = one.close()
    assert closing(made) == {"acme": -7_000, "jot": 7_000}
    assert adjusted(made) == [
        ("2026-01", {"acme": -3_000, "jot": 3_000}, ["A1"]),
        ("2026-02", {"acme": -2_000, "jot": 2_000}, []),
    ]
    assert made.advances[0].closing.minor == 0


def test_an_advance_that_was_smaller_gives_the_excess_back() -> None:
    """Corrected below what was recouped, the difference returns to who earned it, and nothing is left to recoup."""
    one = recorded(royalty(advances=ACCOUNT), A1=ahead(5_000, "01-05"), S1=sales(50_000, "01-20"))
    one.close()
    one.correct("A1", ahead(2_000, "01-05"))
    made = one.close()
    assert closing(made) == {"acme": -3_000, "jot": 3_000}
    assert [minor for _, _, minor in rows(made, "advances")] == [0, 0]


def test_a_reserve_is_an_account_of_its_own() -> None:
    """What is held is neither paid out nor lost: it stands beside the current account until it is released."""
    one = recorded(royalty(reserve=RESERVE), S1=sales(30_000, "01-20"))
    made = one.close()
    assert closing(made) == {"acme": -3_000, "jot": 2_400}
    assert rows(made, "reserves") == [
        ("jot/reserve.opening", "opening reserve", 0),
        ("jot/reserve.in", "held", 600),
        ("jot/reserve.closing", "closing reserve", 600),
    ]
    assert {each.party: each.payable for each in payables(one.facts)} == {"acme": -3_000, "jot": 2_400}
    recorded(one, S2=sales(-4_000, "02-05"))
    assert closing(one.close()) == {"acme": -2_600, "jot": 2_400}
    made = one.close()
    assert closing(made) == {"acme": -2_600, "jot": 2_600}
    assert rows(made, "reserves")[-1][2] == 0


def test_a_reserve_outlives_the_agreement() -> None:
    """After its last day nothing more is held, and what is held is released when its time has come."""
    one = recorded(royalty(reserve=RESERVE), S1=sales(30_000, "01-20"))
    one.terminate(day("01-31"))
    held = [made.reserves[0].closing.minor for made in (one.close(), one.close(), one.close())]
    assert held == [600, 600, 0]


def test_the_accounts_are_in_the_data() -> None:
    """A statement as data has them where there are any, and no trace of them where there are none."""
    one = recorded(royalty(advances=ACCOUNT, reserve=RESERVE), A1=ahead(100, "01-05"), S1=sales(30_000, "01-20"))
    data = statement_data(one.close())
    assert [(account["party"], account["account"]) for account in data["advances"]] == [("jot", "album-1")]
    assert [account["party"] for account in data["reserves"]] == ["jot"]
    plain = statement_data(recorded(royalty(), S1=sales(30_000, "01-20")).close())
    assert not {"advances", "reserves"} & plain.keys()


# --- other parties ----------------------------------------------------------------------------------------


def between(payer: str, payee: str = "jot") -> dict[str, Any]:
    """The clauses of an account of these two, which recoups all of what the payee gets."""
    return {"advances": [{"adv": {"from": payer, "to": payee, "rate": "100%"}}], "shares": [{"split": THIRDS}]}


THIRDS = dict.fromkeys(("acme", "jot", "kim"), "1/3")


def paid_by(payer: str, minor: int, on: str) -> Advance:
    """An advance to JOT on the account."""
    return Advance(
        paid_by=payer, paid_to="jot", effective_on=day(on), amount_minor=minor, currency="EUR", account="adv"
    )


def test_a_new_payer_recoups_what_it_paid_itself() -> None:
    """What the old payer is owed stays on the account, and is recouped once the account is given back to it."""
    one = Book(document(**between("acme")))
    recorded(one, A1=paid_by("acme", 10_000, "01-05"))
    one.close()
    one.amend(document(**between("kim")), day("02-01"))
    one.amend(document(**between("acme")), day("04-01"))
    recorded(one, S2=sales(9_000, "02-05"), A3=paid_by("kim", 1_000, "03-05"), S3=sales(9_000, "03-06"))
    made = [one.close(), one.close()]
    assert [closing(each) for each in made] == [
        {"acme": -6_000, "jot": 3_000, "kim": 3_000},
        {"acme": -12_000, "jot": 5_000, "kim": 7_000},
    ]
    assert [each.advances[0].closing.minor for each in made] == [10_000, 10_000]
    recorded(one, S4=sales(36_000, "04-05"))
    last = one.close()
    assert closing(last) == {"acme": -26_000, "jot": 7_000, "kim": 19_000}
    assert last.advances[0].closing.minor == 0


def test_two_payers_in_one_period_are_told_apart() -> None:
    """An amendment from the beginning makes the account another's; the new payer recoups its own advance only."""
    one = Book(document(**between("acme")))
    recorded(one, A1=paid_by("acme", 10_000, "01-05"))
    one.amend(document(**between("kim")), day("01-01"))
    recorded(one, A2=paid_by("kim", 1_000, "01-06"), S1=sales(9_000, "01-07"))
    made = one.close()
    assert closing(made) == {"acme": -6_000, "jot": 2_000, "kim": 4_000}
    assert [row.figure.name for row in made.advances[0].rows] == [
        "jot/advance.adv.opening", "jot/advance.adv.paid", "jot/advance.adv.recouped", "jot/advance.adv.acme.paid",
        "jot/advance.adv.closing",
    ]  # fmt: skip
    assert all(evaluate(figure) == figure.value for figure in walk(made.roots()))


# --- within the share -------------------------------------------------------------------------------------

CAPPED = {
    "shares": [{"fee": {"to": "jot", "amount": "1000"}, "as": "royalty"}, {"split": "acme"}],
    "cap": {"jot": {"at most": "300", "excess to": "acme"}},
}


def test_no_more_is_recouped_than_the_share_has() -> None:
    """A step gave 1,000.00, of which a cap leaves 300.00: so much is recouped, by all accounts together."""
    accounts = [{"first": ACCOUNT[0]["album-1"] | {"rate": "20%"}}, *ACCOUNT]
    one = royalty(**CAPPED, advances=accounts)
    recorded(one, S1=sales(500_000, "01-20"), A1=ahead(100_000, "01-05"), A2=ahead(25_000, "01-05", "first"))
    made = one.close()
    assert closing(made)["jot"] == 0
    assert [(each.name, each.closing.minor) for each in made.advances] == [("album-1", 90_000), ("first", 5_000)]
    assert all(evaluate(figure) == figure.value for figure in walk(made.roots()))


def test_no_more_is_held_than_the_share_has() -> None:
    """Half of what a step gave is more than the cap leaves; what is held leaves nothing to recoup."""
    reserve = {"jot": {"rate": "50%", "out of": ["royalty"], "release after": "1 period"}}
    one = royalty(**CAPPED, advances=ACCOUNT, reserve=reserve)
    recorded(one, S1=sales(500_000, "01-20"), A1=ahead(100_000, "01-05"))
    made = one.close()
    assert closing(made)["jot"] == 0
    assert (made.reserves[0].closing.minor, made.advances[0].closing.minor) == (30_000, 100_000)
    assert all(evaluate(figure) == figure.value for figure in walk(made.roots()))


def test_a_reserve_may_be_due_after_the_last_year_of_the_calendar() -> None:
    """It is held on, and periods close."""
    terms = terms_of(
        **{**ROYALTY, "periods": {"every": "year", "from": "9001-01-01"}},
        reserve={"jot": {"rate": "20%", "out of": ["royalty"], "release after": "999 periods"}},
    )
    assert [each.forward["jot/reserve.royalty.9001"].minor for each in settled(terms, SOLD, {})] == [200, 200]


SOLD = {"results": {"sales": 100}}

# --- laws -------------------------------------------------------------------------------------------------

amounts = st.integers(-5_000, 20_000)
months = st.lists(st.tuples(amounts, st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=8)
rates = st.sampled_from(["5%", "1/3", "50%", "100%"])


@st.composite
def withholding(draw: st.DrawFn) -> dict[str, Any]:
    """Two accounts, of the same step or of all, and a reserve."""
    named = draw(st.sampled_from([{"out of": ["royalty"]}, {"out of": ["royalty", "extra"]}]))
    accounts = [
        {
            name: {"from": draw(st.sampled_from(["acme", "kim"])), "to": "jot", "rate": draw(rates)}
            | draw(st.sampled_from([{}, {"out of": ["royalty"]}, {"out of": ["extra"]}]))
        }
        for name in ("one", "two")
    ]
    after = draw(st.sampled_from(["1 period", "2 periods", "3 periods"]))
    return {"advances": accounts, "reserve": {"jot": {"rate": draw(rates), "release after": after, **named}}}


SHARES = [
    {"fee": {"to": "jot", "rate": "17%", "of": "sales"}, "as": "royalty"},
    {"fee": {"to": "jot", "rate": "1/7", "of": "ads"}, "as": "extra"},
    {"split": {"acme": "2/3", "jot": "1/3"}},
]


def play(clauses: dict[str, Any], happened: list[tuple[int, int, int]], quiet: int) -> tuple[Settlement, ...]:
    """Months with sales and with advances on both accounts, and then some in which nothing happens."""
    terms = terms_of(shares=SHARES, short="in full", losses="as profits", pool={"results": ["sales", "ads"]}, **clauses)
    given: list[Any] = [
        {"results": {"sales": minor, "ads": minor // 3}, "advances": {"one": {"jot": one}, "two": {"jot": two}}}
        for minor, one, two in happened
    ]
    return settled(terms, *given, *([{}] * quiet))


@given(withholding(), months)
def test_an_advance_is_never_recouped_beyond_its_amount(
    clauses: dict[str, Any], happened: list[tuple[int, int, int]]
) -> None:
    """What is paid is what was recouped and what is left, which is never below nothing; money is used once."""
    paid, recouped = {"one": 0, "two": 0}, {"one": 0, "two": 0}
    for settlement in play(clauses, happened, 0):
        for (party, name), lines in settlement.withheld.advances.items():
            assert party == "jot"
            paid[name] += sum(line.minor for line in lines if line.name.endswith(".paid"))
            recouped[name] -= sum(line.minor for line in lines if line.name.endswith(".recouped"))
        for name in paid:
            left = settlement.forward.get(f"jot/advance.{name}")
            assert paid[name] - recouped[name] == (0 if left is None else left.minor) >= 0


@given(withholding(), months)
def test_reserves_are_always_released_in_full_in_the_end(
    clauses: dict[str, Any], happened: list[tuple[int, int, int]]
) -> None:
    """After as many quiet periods as the terms name nothing is held, and all that was ever held came back."""
    settlements = play(clauses, happened, 3)
    assert not [name for name in settlements[-1].forward if "/reserve." in name]
    assert sum(line.minor for each in settlements for line in each.withheld.reserves.get("jot", ())) == 0


@given(withholding(), months)
def test_withholding_creates_nothing_and_loses_nothing(
    clauses: dict[str, Any], happened: list[tuple[int, int, int]]
) -> None:
    """Each row is whole and its own derivation; what leaves current accounts is what reserves gain."""
    for settlement in play(clauses, happened, 1):
        rows = [row for lines in settlement.withheld.rows.values() for row in lines]
        assert sum(row.minor for row in rows) == -sum(
            line.minor for lines in settlement.withheld.reserves.values() for line in lines
        )
        assert all(evaluate(figure) == figure.value for figure in walk(rows))


def test_what_is_held_comes_back_so_many_periods_later() -> None:
    """Weeks, quarters and years count as months do."""
    for every, keys in (("week", "2026-W03"), ("quarter", "2026-Q3"), ("year", "2028")):
        terms = terms_of(**{**ROYALTY, "periods": {"every": every, "from": "2026-01-01"}}, reserve=RESERVE)
        found = settled(terms, {"results": {"sales": 100}}, {}, {})
        assert [("jot" in each.withheld.reserves, each.period.key) for each in found][-1] == (True, keys)
        assert found[-1].period == parse_period(keys)
