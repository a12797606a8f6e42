"""What becomes of entries, one or many at once, and how they are listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.stores import Store

SALE = "record result acme-jot {} sales {} --on 2026-01-{:02} --collected-by acme"


@pytest.fixture
def sales(book: Store, pactbook: Pactbook) -> None:
    """Three sales of January: INV-1 of 10.00, INV-2 of 20.00, INV-3 of 30.00."""
    for number in (1, 2, 3):
        pactbook(SALE.format(f"INV-{number}", f"{number}0.00", number))


@pytest.fixture
def awaiting(book: Store, pactbook: Pactbook) -> None:
    """Two costs of JOT that wait for Acme's yes: M-1 and M-2."""
    for number in (1, 2):
        pactbook(f"record cost acme-jot M-{number} media {number}500.00 --on 2026-01-0{number} --as jot/leo")


def states(pactbook: Pactbook, options: str = "") -> dict[str, str]:
    """How every entry stands, by reference."""
    listed = pactbook(f"entries acme-jot --format json {options}").json
    return {each["reference"]: each["status"] for each in listed["entries"]}


# --- confirm and reject ---------------------------------------------------------------------------------


def test_the_counterparty_says_yes_or_no(awaiting: None, pactbook: Pactbook) -> None:
    """A confirmed entry counts, a rejected one does not; saying so twice changes nothing."""
    yes = pactbook("confirm acme-jot M-1 --note 'seen the invoice'")
    assert yes.out == "confirmed M-1: cost media, 1500.00 EUR, on 2026-01-01, paid by jot\n"
    no = pactbook("reject acme-jot M-2 --reason 'not ours'")
    assert no.out == "rejected M-2: cost media, 2500.00 EUR, on 2026-01-02, paid by jot\n"
    assert states(pactbook) == {"M-1": "counted", "M-2": "rejected"}
    assert pactbook("confirm acme-jot M-1").out == "already so; nothing recorded\n"
    assert pactbook("reject acme-jot M-2 --reason again").out == "already so; nothing recorded\n"


def test_several_are_confirmed_at_once_or_none(awaiting: None, sales: None, pactbook: Pactbook) -> None:
    """One refusal keeps all of them as they were, and every refusal is told."""
    before = size()
    ran = pactbook("confirm acme-jot M-1 M-9 M-2 M-8")
    assert (ran.code, ran.errors) == (1, ["acme-jot has no entry 'M-9'", "acme-jot has no entry 'M-8'"])
    assert size() == before
    ran = pactbook("confirm acme-jot M-1 INV-1 M-2 M-1")
    assert ran.out == "confirmed 2 entries; 1 already were\n"
    assert set(states(pactbook).values()) == {"counted"}


def test_nobody_confirms_its_own_entry(awaiting: None, pactbook: Pactbook) -> None:
    """The party that recorded an entry is not the one that confirms it."""
    ran = pactbook("confirm acme-jot M-1 --as jot/mia")
    assert (ran.code, ran.errors) == (1, ["jot recorded M-1 and cannot confirm or reject it itself"])


# --- void -----------------------------------------------------------------------------------------------


def test_an_entry_is_taken_back_and_stays_on_record(sales: None, pactbook: Pactbook) -> None:
    """A void is said with what is voided; the entry is still listed, as voided."""
    ran = pactbook("void acme-jot INV-2 --reason cancelled")
    assert ran.out == "voided INV-2: result sales, 20.00 EUR, on 2026-01-02, collected by acme\n"
    assert pactbook("void acme-jot INV-2 --reason again").out == "already so; nothing recorded\n"
    assert states(pactbook) == {"INV-1": "counted", "INV-2": "voided", "INV-3": "counted"}


def test_a_list_of_references_is_voided_in_one_go(book: Store, pactbook: Pactbook, folder: Path) -> None:
    """Hundreds of returned orders are one command, one transaction, and one line."""
    rows = "".join(f"O-{number},2026-01-05,{number}.00\n" for number in range(1, 1_502))
    (folder / "orders.csv").write_text(f"Id,Day,Amount\n{rows}", "utf-8")
    (folder / "map.yaml").write_text(
        "currency: EUR\nentries:\n"
        "  - {result: sales, reference: '{Id}', on: Day, amount: Amount, collected by: acme}\n",
        "utf-8",
    )
    pactbook("import acme-jot orders.csv --map map.yaml")
    returned = "".join(f"O-{number}\r\n" for number in range(1, 1_202))
    (folder / "returned.txt").write_text(f"\ufeff{returned}\n  O-1  \n", "utf-8")
    tried = pactbook("void acme-jot --from returned.txt --reason returned --dry-run")
    assert tried.out.startswith("would have voided 1,201 entries\n")
    assert tried.out.endswith("and 1,181 more\n")
    ran = pactbook("void acme-jot --from returned.txt --reason returned")
    assert ran.out == "voided 1,201 entries\n"
    assert list(states(pactbook).values()).count("voided") == 1_201
    again = pactbook("void acme-jot O-1300 --from - --reason returned", stdin=returned)
    assert again.out == "voided 1 entry; 1,201 already were\n"


def test_all_lines_of_an_order_are_voided_at_once(book: Store, pactbook: Pactbook) -> None:
    """--under takes what stands below a reference, and only that; where nothing does, nothing is voided."""
    for reference in ("ORDER-7/1", "ORDER-7/2", "ORDER-77/1", "ORDER-8"):
        pactbook(SALE.format(reference, "5.00", 1))
    wrong = pactbook("void acme-jot --under ORDER-7 ORDER-8 ORDER-9 --reason returned")
    assert (wrong.code, wrong.errors) == (
        1,
        ["there is no entry under 'ORDER-8'", "there is no entry under 'ORDER-9'"],
    )
    assert set(states(pactbook).values()) == {"counted"}
    assert pactbook("void acme-jot --under ORDER-7 --reason returned").out == "voided 2 entries\n"
    voided = [reference for reference, status in states(pactbook).items() if status == "voided"]
    assert voided == ["ORDER-7/1", "ORDER-7/2"]


def test_one_wrong_reference_of_a_list_keeps_all_entries(sales: None, pactbook: Pactbook) -> None:
    """All or none: what is wrong is named, entry by entry, and nothing is recorded."""
    pactbook("record cost acme-jot M-1 media 5.00 --on 2026-01-01 --as jot/leo")
    before = size()
    ran = pactbook("void acme-jot --from - --reason returned", stdin="INV-1\nINV-9\nM-1\n")
    assert ran.code == 1
    assert ran.errors == ["acme-jot has no entry 'INV-9'", "M-1 was recorded by jot, so only jot can change it"]
    assert size() == before


def test_a_part_of_a_liability_is_voided_alone(book: Store, pactbook: Pactbook) -> None:
    """A payment that was recorded by mistake is taken back, the liability stays."""
    pactbook("record liability acme-jot CB-1 chargebacks 400.00 --on 2026-10-31")
    pactbook("record liability-settled acme-jot CB-1 PAY-1 150.00 --on 2026-11-12")
    whole = pactbook("void acme-jot CB-1 --reason wrong")
    assert (whole.code, "PAY-1" in whole.errors[0]) == (1, True)
    assert pactbook("void acme-jot CB-1 --part PAY-1 --reason bounced").out == "voided PAY-1 of CB-1\n"
    [entry] = pactbook("entries acme-jot --format json").json["entries"]
    assert (entry["status"], entry["outstanding"]) == ("counted", "400.00")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("void acme-jot --reason x", 2, "name at least one REFERENCE, or a list of them with --from"),
        ("void acme-jot INV-1", 2, "missing option '--reason'"),
        ("void acme-jot INV-1 --reason ' '", 1, "a reason is missing"),
        ("void acme-jot INV-1 INV-2 --part P --reason x", 2, "--part belongs to one liability: name that alone"),
        ("void acme-jot INV-1 --part P --reason x", 1, "INV-1 has no part P"),
        ("void acme-jot --from none.txt --reason x", 3, "none.txt: cannot be read: No such file or directory"),
        ("void acme-jot --from empty.txt --reason x", 3, "empty.txt: holds no reference"),
        ("void acme-jot --from latin.txt --reason x", 3, "latin.txt: is not UTF-8"),
        ("void acme-jto INV-1 --reason x", 1, "there is no agreement 'acme-jto'"),
        ("void acme-jot INV-1 --reason x --as jot/leo", 1, "INV-1 was recorded by acme, so only acme can change it"),
        ("reject acme-jot INV-1 --reason x --as jot/leo", 1, "INV-1 does not await confirmation: it counts"),
        ("confirm acme-jot 'INV\t1'", 1, "acme-jot has no entry 'INV\\t1'"),
        ("correct acme-jot INV-1 --reason x", 2, "say what to correct"),
        ("correct acme-jot INV-9 --amount 1 --reason x", 1, "acme-jot has no entry 'INV-9'"),
        ("correct acme-jot INV-1 --paid-by acme --reason x", 1, "INV-1 is recorded as result, which has no --paid-by"),
        ("correct acme-jot INV-1 --amount 1.005 --reason x", 3, "'1.005' has more decimals than EUR has (2)"),
        ("correct acme-jot INV-1 --amount 1,5 --reason x", 2, "'1,5' is not a decimal number"),
        ("correct acme-jot INV-1 --amount 5 --currency USD --reason x", 1, "kept in EUR, not in USD"),
        ("correct acme-jot INV-1 --amount 5 --reason x --as jot/leo", 1, "INV-1 was recorded by acme"),
        ("correct acme-jot INV-1 --on 2025-12-31 --reason x", 1, "not in force on 2025-12-31"),
        ("entries acme-jto", 1, "there is no agreement 'acme-jto'"),
        ("entries acme-jot --kind sale", 2, "'sale' is not one of"),
        ("entries acme-jot --after x", 3, "'x' is no page of entries"),
        ("entries acme-jot --limit 0", 2, "0 is not in the range"),
        ("entries acme-jot --period 2026-1", 2, "'2026-1' is not a period"),
    ],
)
def test_what_cannot_be_done_is_refused(
    sales: None, pactbook: Pactbook, folder: Path, line: str, code: int, error: str
) -> None:
    """Every refusal is one error in one line, with the right exit code; nothing is recorded."""
    (folder / "empty.txt").write_text("\n \n", "utf-8")
    (folder / "latin.txt").write_bytes(b"Stra\xdfe\n")
    before = size()
    ran = pactbook(line)
    assert (ran.code, ran.out) == (code, ""), ran.err
    [said] = ran.errors
    assert error in said
    assert size() == before


# --- silence --------------------------------------------------------------------------------------------


@pytest.fixture
def silent(store: Store, folder: Path, pactbook: Pactbook) -> None:
    """A cost of JOT that waits, under terms by which silence accepts after 10 days; recorded on 20 January at noon."""
    terms = (folder / "terms.yaml").read_text("utf-8")
    (folder / "terms.yaml").write_text(
        terms.replace('"1000.00"}', '"1000.00", silence: accepts after 10 days}'), "utf-8"
    )
    pactbook("init")
    pactbook("agreement propose terms.yaml --today 2026-01-02")
    pactbook("agreement accept acme-jot --as jot/leo --today 2026-01-02")
    pactbook("record cost acme-jot M-1 media 1500.00 --on 2026-01-20 --as jot/leo --today 2026-01-20")


def test_what_nobody_answered_is_accepted_on_request(silent: None, pactbook: Pactbook) -> None:
    """Not a day too early, and once; the history says why."""
    assert pactbook("confirm acme-jot --lapsed --today 2026-01-29").out == "already so; nothing recorded\n"
    dry = pactbook("confirm acme-jot --lapsed --today 2026-01-30 --dry-run")
    assert dry.out.startswith("would have accepted M-1 by silence: no answer for 10 days (confirm.silence)\n")
    assert states(pactbook) == {"M-1": "awaiting"}
    ran = pactbook("confirm acme-jot --lapsed --today 2026-01-30")
    assert ran.out == "accepted M-1 by silence: no answer for 10 days (confirm.silence)\n"
    assert states(pactbook) == {"M-1": "counted"}
    assert pactbook("confirm acme-jot --lapsed --today 2026-01-30").out == "already so; nothing recorded\n"
    [event] = pactbook("history acme-jot --kind EntryAcceptedBySilence --format json").json["events"]
    assert (event["actor"], event["reason"]) == ("acme/ann", "no answer for 10 days (confirm.silence)")


def test_a_close_accepts_what_nobody_answered(silent: None, pactbook: Pactbook) -> None:
    """It counts in the period that is closed; a dry run says that it would."""
    dry = pactbook("close acme-jot 2026-01 --dry-run --today 2026-02-01")
    assert "note: M-1 would be accepted by silence first, and does not count here" in dry.err
    ran = pactbook("close acme-jot 2026-01 --today 2026-02-01 --format json")
    assert "note: M-1 was accepted by silence" in ran.err
    assert ran.json["pool"][-1]["amount"] == "-1500.00"
    assert states(pactbook) == {"M-1": "counted"}


def test_a_late_silence_becomes_an_adjustment(silent: None, pactbook: Pactbook) -> None:
    """Where the term ends after the close, the next statement names the entry and what happened to it."""
    pactbook("record cost acme-jot M-2 media 2000.00 --on 2026-01-31 --as jot/leo --today 2026-01-31")
    pactbook("close acme-jot 2026-01 --today 2026-02-01")
    made = pactbook("close acme-jot 2026-02 --today 2026-03-01 --format json").json
    [adjustment] = made["adjustments"]
    [cause] = adjustment["causes"]
    assert (cause["event"], cause["reference"]) == ("EntryAcceptedBySilence", "M-2")
    assert cause["reason"] == "no answer for 10 days (confirm.silence)"


def test_a_no_is_no_silence(silent: None, pactbook: Pactbook) -> None:
    """A rejected entry is never accepted by silence."""
    pactbook("reject acme-jot M-1 --reason 'not ours' --today 2026-01-21")
    assert pactbook("confirm acme-jot --lapsed --today 2026-12-31").out == "already so; nothing recorded\n"


def test_lapsed_names_no_entries(silent: None, pactbook: Pactbook) -> None:
    """It is about all of them."""
    ran = pactbook("confirm acme-jot M-1 --lapsed")
    assert (ran.code, ran.errors) == (2, ["--lapsed goes without references and without --note"])


# --- correct --------------------------------------------------------------------------------------------


def test_a_correction_shows_before_and_after(sales: None, pactbook: Pactbook) -> None:
    """Only what is named changes; the same correction again is so already."""
    line = "correct acme-jot INV-1 --amount -10.50 --on 2026-01-09 --quantity 2 --reason 'a refund'"
    tried = pactbook(f"{line} --dry-run")
    said = "corrected INV-1: amount 10.00 EUR -> -10.50 EUR, on 2026-01-01 -> 2026-01-09, quantity nothing -> 2"
    assert sorted(tried.out.splitlines()[0].removeprefix("would have ").split(", ")) == sorted(said.split(", "))
    ran = pactbook(line)
    assert sorted(ran.out.strip().split(", ")) == sorted(said.split(", "))
    assert pactbook(line).out == "already so; nothing recorded\n"
    [entry] = pactbook("entries acme-jot --reference INV-1 --format json").json["entries"]
    assert (entry["amount"], entry["quantity"], entry["effective_on"]) == ("-10.50", "2", "2026-01-09")
    assert (entry["party"], entry["version"]) == ("acme", 2)


@pytest.mark.parametrize(
    ("record", "correct", "said"),
    [
        ("cost acme-jot X tracking 5.00 --on 2026-01-01", "--category media --as acme/ann", "acme does not pay media"),
        ("cost acme-jot X tracking 5.00 --on 2026-01-01", "--amount 2000", "-> 2000.00 EUR (counts once another"),
        ("liability acme-jot X chargebacks 5.00 --on 2026-01-01", "--amount 6", "amount 5.00 EUR -> 6.00 EUR"),
        ("contribution acme-jot X 5.00 --on 2026-01-01", "--party jot", "acme cannot record a contribution of jot"),
        ("withdrawal acme-jot X 5.00 --on 2026-01-01", "--on 2026-01-02", "on 2026-01-01 -> 2026-01-02"),
        ("advance acme-jot X 5.00 --to jot --on 2026-01-01", "--paid-by jot --paid-to acme", "paid by acme -> jot"),
        ("result acme-jot X signups --quantity 5 --on 2026-01-01", "--quantity 6", "quantity 5 -> 6"),
        (
            "result acme-jot X signups --quantity 5 --on 2026-01-01",
            "--amount 7 --collected-by jot",
            "amount nothing -> 7.00 EUR",
        ),
        ("result acme-jot X signups --quantity 5 --on 2026-01-01", "--metric sgnups", "metric signups -> sgnups"),
    ],
)
def test_every_kind_of_entry_can_be_corrected(
    book: Store, pactbook: Pactbook, record: str, correct: str, said: str
) -> None:
    """Each kind has its own words, and the rules of recording hold for corrections too."""
    assert pactbook(f"record {record}").code == 0
    ran = pactbook(f"correct acme-jot X {correct} --reason 'typing error'")
    assert said in ran.out + ran.err


def test_a_corrected_metric_that_the_terms_do_not_mention_is_pointed_out(sales: None, pactbook: Pactbook) -> None:
    """A correction can be misspelt as well as a record."""
    ran = pactbook("correct acme-jot INV-1 --metric slaes --reason x")
    assert (ran.code, ran.err) == (0, "note: the terms of acme-jot do not mention slaes; did you mean sales?\n")


# --- listing --------------------------------------------------------------------------------------------


def test_entries_are_listed_by_effective_date(sales: None, awaiting: None, pactbook: Pactbook) -> None:
    """A table for people: what, when, how much, whose, and how it stands."""
    pactbook("record advance acme-jot ADV-1 5.00 --to jot --on 2026-02-01")
    rows = [line.split() for line in pactbook("entries acme-jot").out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["INV-1", "M-1", "INV-2", "M-2", "INV-3", "ADV-1"]
    assert rows[0] == ["INV-1", "result", "sales", "2026-01-01", "10.00", "EUR", "acme", "counted", "acme", "3"]
    pactbook("record result acme-jot S-1 signups --quantity 2 --on 2026-01-31")
    assert pactbook("entries acme-jot").out.split()[:6] == [
        "reference",
        "entry",
        "effective",
        "amount",
        "quantity",
        "party",
    ]
    assert pactbook("entries acme-jot --reference S-").out.split()[:5] == [
        "reference",
        "entry",
        "effective",
        "quantity",
        "status",
    ]
    assert rows[5][:-1] == ["ADV-1", "advance", "2026-02-01", "5.00", "EUR", "acme", "to", "jot", "counted", "acme"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--kind cost", ["M-1", "M-2"]),
        ("--name sales", ["INV-1", "INV-2", "INV-3"]),
        ("--party jot", ["M-1", "M-2"]),
        ("--status awaiting", ["M-1", "M-2"]),
        ("--reference INV-3", ["INV-3"]),
        ("--reference M-", ["M-1", "M-2"]),
        ("--period 2026-02", []),
        ("--as-of 2026-01-01", ["INV-1", "M-1"]),
        ("--known-at 4", ["INV-1", "INV-2"]),
        ("--kind result --as-of 2026-01-02", ["INV-1", "INV-2"]),
    ],
)
def test_entries_are_chosen_by_either_axis_of_time_and_by_what_they_are(
    sales: None, awaiting: None, pactbook: Pactbook, options: str, found: list[str]
) -> None:
    """Conditions narrow the list; no entry is an answer too."""
    assert sorted(states(pactbook, options)) == found
    if not found:
        assert pactbook(f"entries acme-jot {options}").out == "no entries\n"


def test_an_earlier_moment_shows_entries_as_they_stood(sales: None, pactbook: Pactbook) -> None:
    """What was voided later still counted then."""
    pactbook("void acme-jot INV-1 --reason x")
    assert states(pactbook, "--known-at 5")["INV-1"] == "counted"
    assert states(pactbook)["INV-1"] == "voided"


def test_pages_follow_each_other(sales: None, pactbook: Pactbook) -> None:
    """A table ends with how to go on; programs get the token, or everything at once."""
    first = pactbook("entries acme-jot --limit 2")
    token = first.out.strip().rpartition(" ")[2]
    assert "more: add --after" in first.out
    rest = pactbook(f"entries acme-jot --limit 2 --after {token}")
    assert "INV-3" in rest.out
    assert "more" not in rest.out
    assert pactbook("entries acme-jot --limit 2 --format json").json["next"] == token
    assert pactbook("entries acme-jot --format json").json["next"] is None
    cut = pactbook("entries acme-jot --limit 2 --format csv")
    assert cut.out.count("\n") == 3
    assert cut.err == f"note: there are more; add --after {token}\n"


def test_a_table_of_an_empty_book_has_headings_for_spreadsheets(book: Store, pactbook: Pactbook) -> None:
    """CSV of no entries is one line of headings."""
    assert pactbook("entries acme-jot --format csv").out.startswith("reference,kind,name,effective_on,")
    assert pactbook("entries acme-jot --format jsonl").out == ""


def test_a_reference_cannot_become_a_formula_nor_steer_a_terminal(book: Store, pactbook: Pactbook) -> None:
    """What people type into a note or a reference is data wherever it is shown."""
    pactbook(f"{SALE.format('=1+1', '-5.00', 5)} --note '[red]x[/] :smile:'")
    [line] = pactbook("entries acme-jot --format csv").out.splitlines()[1:]
    assert line.startswith("'=1+1,result,sales,2026-01-05,2026-01,-5.00,EUR,,acme,,counted,")
    assert line.endswith(",[red]x[/] :smile:")
    assert "=1+1" in pactbook("entries acme-jot").out


def test_the_installed_command_voids_and_lists(sales: None, installed: Pactbook) -> None:
    """A list on standard input, then the entries that are left, as a file."""
    assert installed("void acme-jot --from - --reason returned", stdin="INV-1\nINV-2\n").out == "voided 2 entries\n"
    listed = installed("entries acme-jot --status counted --format csv -o left.csv")
    assert (listed.code, listed.out) == (0, "")
    assert Path("left.csv").read_text("utf-8").splitlines()[1].startswith("INV-3,")
