"""`pactbook terms check` and `show`: a document is checked and read back, with no store at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.terms.written.document import parse_terms
from tests.cli.conftest import TERMS, Pactbook
from tests.stores import Store

WRONG = TERMS.replace("EUR", "EURO").replace("split", "splitt").replace("every: month", "every: moon")
DIGEST = parse_terms(TERMS).digest


@pytest.fixture(autouse=True)
def wrong(folder: Path) -> None:
    """Beside the good document there is one with three mistakes; there is no store."""
    (folder / "wrong.yaml").write_text(WRONG, "utf-8")


# --- check ----------------------------------------------------------------------------------------------


def test_what_is_right_is_said_in_a_line(pactbook: Pactbook, folder: Path) -> None:
    """A document that can be proposed is named by its digest; no store is needed or made."""
    ran = pactbook("terms check terms.yaml")
    assert (ran.code, ran.out, ran.err) == (0, f"terms.yaml: terms {DIGEST[:12]} of acme-jot can be proposed\n", "")
    assert pactbook("terms check -", stdin=TERMS).out.startswith("-: terms ")
    assert not (folder / "pactbook.db").exists()


def test_all_that_is_wrong_is_said_at_once(pactbook: Pactbook) -> None:
    """File and line, the place in the document, what is wrong and what is allowed; the good ones are named, too."""
    ran = pactbook("terms check wrong.yaml terms.yaml missing.yaml")
    assert ran.code == 3
    assert ran.out.startswith("terms.yaml: terms ")
    assert [error.partition(": ")[0] for error in ran.errors] == [
        "wrong.yaml:6",
        "wrong.yaml:7",
        "wrong.yaml:13",
        "missing.yaml",
    ]
    assert "hint: did you mean split?" in ran.err


def test_findings_are_data_too(pactbook: Pactbook) -> None:
    """JSON has a list of findings for each file, CSV a line for each finding."""
    ran = pactbook("terms check wrong.yaml terms.yaml --format json")
    assert ran.code == 3
    bad, good = ran.json
    assert good == {"file": "terms.yaml", "agreement": "acme-jot", "terms": DIGEST, "findings": []}
    assert (bad["agreement"], [finding["line"] for finding in bad["findings"]]) == (None, [6, 7, 13])
    assert bad["findings"][2]["path"] == "shares[1].splitt"
    lines = pactbook("terms check wrong.yaml terms.yaml --format csv").out.splitlines()
    assert lines[0] == "file,agreement,terms,line,path,message,hint"
    assert len(lines) == 5


# --- show -----------------------------------------------------------------------------------------------


def test_a_contract_is_read_back_in_the_order_in_which_money_flows(pactbook: Pactbook, folder: Path) -> None:
    """Clause by clause in plain sentences: parties, pool, shares, losses, confirmation."""
    ran = pactbook("terms show terms.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("acme-jot: Audience acquisition for Acme\nsettled every month in EUR\n")
    told = [line.partition("  ")[0] for line in ran.out.splitlines()[6:]]
    assert told == [clause for clause, _ in parse_terms(TERMS).reading()]
    assert pactbook("terms show -", stdin=TERMS).out == ran.out
    assert not (folder / "pactbook.db").exists()


def test_the_reading_is_data_too(pactbook: Pactbook) -> None:
    """JSON has the sentences beside the canonical document; CSV and JSON Lines have a clause on each line."""
    data = pactbook("terms show terms.yaml --format json").json
    assert (data["schema"], data["digest"]) == ("pactbook/terms/1", DIGEST)
    assert data["terms"]["losses"] == {"acme": "60%", "jot": "40%"}
    says = "acme is Acme GmbH; it reports sales and signups, and pays tracking."
    assert data["reading"][0] == {"clause": "parties", "says": says}
    assert pactbook("terms show terms.yaml --format csv").out.startswith("agreement,terms,clause,says\nacme-jot,")
    assert pactbook("terms show terms.yaml --format jsonl").out.count("\n") == len(data["reading"])


def test_terms_of_a_store_are_named_by_agreement_or_digest(book: Store, pactbook: Pactbook) -> None:
    """Where there is a store, nobody has to look for the file."""
    shown = pactbook("terms show terms.yaml").out
    assert pactbook("terms show acme-jot").out == shown
    assert pactbook(f"terms show {DIGEST[:8]}").out == shown


@pytest.mark.parametrize(
    ("named", "code", "error"),
    [
        ("wrong.yaml", 3, "wrong.yaml:6: currency"),
        ("missing.yaml", 3, "missing.yaml: cannot be read: No such file or directory"),
        ("acme-kim", 1, "there is no file 'acme-kim', and there is no agreement 'acme-kim'"),
        ("deadbeef", 1, "no terms of the store have a digest that begins with deadbeef"),
    ],
)
def test_what_is_not_there_is_named(book: Store, pactbook: Pactbook, named: str, code: int, error: str) -> None:
    """A file that is wrong or missing, an agreement or a digest that the store does not have."""
    ran = pactbook(f"terms show {named}")
    assert (ran.code, ran.out) == (code, "")
    assert ran.errors[0].startswith(error)
    assert "hint: " in ran.err


def test_without_a_store_a_name_is_a_file(pactbook: Pactbook) -> None:
    """Who mistypes a file's name where there is no store is told of the file, too."""
    ran = pactbook("terms show trems")
    assert ran.code == 1
    assert "there is no file 'trems'" in ran.err
