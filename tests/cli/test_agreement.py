"""Agreements as people propose, accept, amend and read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import TERMS, Pactbook, size
from tests.stores import Store

BETTER = TERMS.replace("{acme: 60%, jot: 40%}", "{acme: 50%, jot: 50%}", 1)


@pytest.fixture
def empty(store: Store, pactbook: Pactbook) -> None:
    """A store without agreements."""
    pactbook("init")


@pytest.fixture
def closed(book: Store, pactbook: Pactbook, folder: Path) -> None:
    """January is closed with sales of 1,000.00; better terms for JOT are in a file."""
    pactbook("record result acme-jot INV-1 sales 1000.00 --on 2026-01-10 --collected-by acme")
    assert pactbook("close acme-jot 2026-01 --today 2026-02-03").code == 0
    (folder / "better.yaml").write_text(BETTER, "utf-8")


# --- the way into force ---------------------------------------------------------------------------------


def test_of_three_parties_each_acceptance_is_told_as_such(empty: None, pactbook: Pactbook, folder: Path) -> None:
    """Whoever accepts before the last party is told that it is recorded, and who is still waited for."""
    kim = "  kim: {name: Kim Ltd}\n"
    (folder / "three.yaml").write_text(TERMS.replace("currency:", f"{kim}currency:", 1), "utf-8")
    pactbook("agreement propose three.yaml")
    accepted = pactbook("agreement accept acme-jot --as jot/leo")
    assert accepted.code == 0
    assert accepted.out.endswith("waits for kim\n")
    assert "in force from" in pactbook("agreement accept acme-jot --as kim/kay").out


def test_terms_come_into_force_when_every_party_has_accepted(empty: None, pactbook: Pactbook) -> None:
    """One party proposes, the other accepts; each is told where the agreement stands, and asking twice is harmless."""
    proposed = pactbook("agreement propose terms.yaml")
    digest = proposed.out.partition("terms ")[2][:12]
    assert proposed.out == f"proposed acme-jot, terms {digest}; waits for jot\n"
    assert pactbook("agreement propose terms.yaml").out == "already so; nothing recorded\n"
    accepted = pactbook(f"agreement accept acme-jot --digest {digest} --as jot/leo")
    assert accepted.out == f"accepted acme-jot, terms {digest}; in force from 2026-01-01\n"
    assert pactbook("agreement accept acme-jot --as jot/leo").out == "already so; nothing recorded\n"


def test_terms_are_read_from_standard_input(empty: None, pactbook: Pactbook) -> None:
    """A dash stands for stdin, as everywhere."""
    assert pactbook("agreement propose -", stdin=TERMS).out.startswith("proposed acme-jot")


def test_a_dry_run_proposes_nothing(empty: None, pactbook: Pactbook) -> None:
    """The event is shown, and no agreement is there afterwards."""
    ran = pactbook("agreement propose terms.yaml --dry-run")
    assert ran.out.startswith("would have proposed acme-jot")
    assert '"type":"AgreementProposed.v1"' in ran.out
    assert pactbook("agreement show acme-jot").code == 1


def test_declined_terms_cannot_be_accepted(empty: None, pactbook: Pactbook) -> None:
    """A party that declines says why; the terms never come into force, and can be proposed again."""
    pactbook("agreement propose terms.yaml")
    declined = pactbook("agreement decline acme-jot --reason 'too little' --as jot/leo")
    assert declined.out.startswith("declined acme-jot, terms ")
    ran = pactbook("agreement accept acme-jot --as jot/leo")
    assert (ran.code, "were declined by jot" in ran.err) == (1, True)
    assert "too little" in pactbook("agreement show acme-jot").out
    assert pactbook("agreement propose terms.yaml").out.startswith("proposed")


def test_every_mistake_in_terms_is_reported_at_once_with_its_line(
    empty: None, pactbook: Pactbook, folder: Path
) -> None:
    """The document is checked whole: file, line, path, and what is allowed."""
    wrong = TERMS.replace("EUR", "EURO").replace("split", "splitt").replace("every: month", "every: moon")
    (folder / "terms.yaml").write_text(wrong, "utf-8")
    ran = pactbook("agreement propose terms.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert [error.rpartition(": ")[0] for error in ran.errors] == [
        "terms.yaml:6: currency",
        "terms.yaml:7: periods.every",
        "terms.yaml:13: shares[1].splitt",
    ]
    assert "did you mean split?" in ran.err


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("propose missing.yaml", 3, "missing.yaml: cannot be read: No such file or directory"),
        ("propose .", 3, ".: cannot be read: Is a directory"),
        ("propose other.yaml", 1, "acme-jot cannot be proposed: the agreement is in force"),
        ("accept acme-jto", 1, "there is no agreement 'acme-jto'"),
        ("accept acme-jot --digest 123", 1, "'123' is too short for a digest"),
        ("accept acme-jot --digest 0000000000", 1, "no terms with digest 0000000000 were proposed"),
        ("decline acme-jot --reason no", 1, "are in force: every party accepted them"),
        ("decline acme-jot", 2, "missing option '--reason'"),
        ("amend terms.yaml --from 2026-13 --reason x", 2, "invalid value for '--from': '2026-13' is not a period"),
        ("amend terms.yaml --from 2026-02-30 --reason x", 2, "invalid value for '--from': '2026-02-30' is not a date"),
        ("amend other.yaml --from 2026-02-10 --reason x", 1, "begins with a settlement period"),
        ("amend other.yaml --from 2026-02 --reason ''", 1, "a reason is missing"),
        ("terminate acme-jot --on 2025-01-01 --reason x", 1, "cannot end on 2025-01-01"),
        ("show acme-jto", 1, "there is no agreement 'acme-jto'"),
        ("shwo acme-jot", 2, "no such command 'shwo'"),
        ("show", 2, "missing argument 'AGREEMENT'"),
    ],
)
def test_refusals_name_the_rule(
    book: Store, pactbook: Pactbook, folder: Path, line: str, code: int, error: str
) -> None:
    """What cannot be done is refused with one error, a hint and the right exit code; nothing is recorded."""
    (folder / "other.yaml").write_text(BETTER, "utf-8")
    ran = pactbook(f"agreement {line}")
    assert ran.code == code, ran.err
    [said] = ran.errors
    assert error in said
    assert "hint: " in ran.err
    assert size() == 2


# --- amendments -----------------------------------------------------------------------------------------

EFFECT = ["2026-01", "-100.00", "100.00"]


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


def test_an_amendment_shows_its_effect_on_closed_periods_before_anybody_accepts(
    closed: None, pactbook: Pactbook
) -> None:
    """Who proposes, who looks and who is about to accept all see what changes for each party."""
    proposed = pactbook("agreement amend better.yaml --from 2026-01 --reason 'fair is fair'")
    assert proposed.out.startswith("proposed an amendment of acme-jot from 2026-01-01, terms ")
    assert EFFECT in rows(proposed.out)
    shown = pactbook("agreement show acme-jot")
    assert EFFECT in rows(shown.out)
    assert "What remains is shared: acme 50%, jot 50%." in shown.out
    assert "fair is fair" in shown.out
    tried = pactbook("agreement accept acme-jot --as jot/leo --dry-run")
    assert EFFECT in rows(tried.out)
    accepted = pactbook("agreement accept acme-jot --as jot/leo")
    assert EFFECT in rows(accepted.out)
    assert "EUR" in accepted.out


def test_an_amendment_of_open_periods_changes_nothing_that_is_closed(closed: None, pactbook: Pactbook) -> None:
    """A first day is as good as a period, and no effect is shown where there is none."""
    proposed = pactbook("agreement amend better.yaml --from 2026-02-01 --reason 'from now on'")
    assert proposed.out.count("\n") == 1
    assert "It changes no closed period." in pactbook("agreement show acme-jot").out


def test_an_amendment_from_the_first_period_begins_with_the_agreement(
    empty: None, pactbook: Pactbook, folder: Path
) -> None:
    """In a period that the agreement begins in, the amendment begins on its first day."""
    (folder / "terms.yaml").write_text(TERMS.replace("2026-01-01", "2026-01-15"), "utf-8")
    (folder / "better.yaml").write_text(BETTER.replace("2026-01-01", "2026-01-15"), "utf-8")
    pactbook("agreement propose terms.yaml")
    pactbook("agreement accept acme-jot --as jot/leo")
    ran = pactbook("agreement amend better.yaml --from 2026-01 --reason 'from the start'")
    assert "from 2026-01-15" in ran.out


# --- reading --------------------------------------------------------------------------------------------


def test_show_reads_the_terms_in_plain_sentences(book: Store, pactbook: Pactbook) -> None:
    """Who accepted and when, the versions, and each clause with what it says."""
    out = pactbook("agreement show acme-jot").out
    assert out.startswith("acme-jot: Audience acquisition for Acme\nin force, settled every month in EUR\n")
    assert ["acme", "Acme", "GmbH", "proposed", "by", "acme/ann", "on", "2026-01-02"] in rows(out)
    assert "accepted by jot/leo on 2026-01-02" in out
    assert "The pool is made of sales." in out
    assert "A cost over 1,000.00 EUR counts only when another party has confirmed it." in out


def test_show_in_json_has_the_canonical_document(closed: None, pactbook: Pactbook) -> None:
    """A program gets the document that the digest names, and what is open, with money as strings."""
    from ledger.terms.written.document import parse_terms

    pactbook("agreement amend better.yaml --from 2026-01 --reason 'fair is fair'")
    data = pactbook("agreement show acme-jot --format json").json
    assert data["status"] == "in force, amendment open"
    assert data["digest"] == parse_terms(TERMS).digest
    assert data["terms"]["parties"]["acme"]["name"] == "Acme GmbH"
    assert [version["status"] for version in data["versions"]] == ["in force", "open"]
    assert data["versions"][1]["answers"][0]["reason"] == "fair is fair"
    assert data["open"]["waits_for"] == ["jot"]
    assert data["open"]["digest"] == parse_terms(BETTER).digest
    assert data["open"]["effects"] == [
        {"period": "2026-01", "party": "acme", "amount": "-100.00", "currency": "EUR"},
        {"period": "2026-01", "party": "jot", "amount": "100.00", "currency": "EUR"},
    ]
    [change] = data["open"]["changes"]
    assert change["clause"] == "shares[1]"


def test_show_in_flat_formats_has_a_clause_on_each_line(book: Store, pactbook: Pactbook) -> None:
    """CSV and JSON Lines hold the reading of the terms, with the digest that it belongs to."""
    assert pactbook("agreement show acme-jot --format csv").out.startswith("agreement,terms,clause,says\nacme-jot,")
    assert '"clause": "shares[1]"' in pactbook("agreement show acme-jot --format jsonl").out


def test_an_accepted_amendment_governs_from_its_day(closed: None, pactbook: Pactbook) -> None:
    """Before that day the old terms are read, and the new ones are only accepted; from it on they are in force."""
    pactbook("agreement amend better.yaml --from 2026-03 --reason 'spring'")
    pactbook("agreement accept acme-jot --as jot/leo")
    before = pactbook("agreement show acme-jot --format json --today 2026-02-28").json
    after = pactbook("agreement show acme-jot --format json --today 2026-03-01").json
    assert [version["status"] for version in before["versions"]] == ["in force", "accepted"]
    assert [version["status"] for version in after["versions"]] == ["replaced", "in force"]
    assert before["digest"] != after["digest"]


def test_a_termination_is_shown_with_its_reason(book: Store, pactbook: Pactbook) -> None:
    """Until its last day the agreement is in force; afterwards it has ended."""
    ran = pactbook("agreement terminate acme-jot --on 2027-12-31 --reason 'the campaign is over'")
    assert ran.out == "recorded that acme-jot ends on 2027-12-31\n"
    assert (
        pactbook("agreement terminate acme-jot --on 2027-12-31 --reason again").out == "already so; nothing recorded\n"
    )
    until = pactbook("agreement show acme-jot --today 2027-12-31").out
    assert "in force until 2027-12-31" in until
    assert "ends on 2027-12-31: the campaign is over (acme/ann)" in until
    assert "ended on 2027-12-31" in pactbook("agreement show acme-jot --today 2028-01-01").out


def test_agreements_are_listed(empty: None, pactbook: Pactbook, folder: Path) -> None:
    """One on a line; an empty store says how to begin, and still has headings for a spreadsheet."""
    assert "propose one" in pactbook("agreement list").out
    heading = "agreement,title,status,parties,currency,from,terms\n"
    assert pactbook("agreement list --format csv").out == heading
    (folder / "other.yaml").write_text(TERMS.replace("acme-jot", "acme-kim"), "utf-8")
    pactbook("agreement propose terms.yaml")
    pactbook("agreement propose other.yaml")
    listed = pactbook("agreement list --format json").json
    assert [(each["agreement"], each["status"]) for each in listed] == [
        ("acme-jot", "proposed"),
        ("acme-kim", "proposed"),
    ]


def test_the_installed_command_takes_an_agreement_into_force(installed: Pactbook) -> None:
    """From an empty folder: init, propose on stdin, accept, show."""
    assert installed("init").code == 0
    assert installed("agreement propose -", stdin=TERMS).code == 0
    assert installed("agreement accept acme-jot", env={"PACTBOOK_ACTOR": "jot/leo"}).code == 0
    shown = installed("agreement show acme-jot")
    assert (shown.code, shown.err) == (0, "")
    assert "in force" in shown.out
