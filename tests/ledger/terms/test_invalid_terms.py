"""Terms that are rejected: every finding with its file, its line, its path, what is wrong and what to do.

`invalid/` has a table for each part of the language: a valid document, changes of it, and what each change leads to.
There `{steps}` stands for the words of all steps, and `{clauses}` for those of all clauses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.terms.written.document import TermsSchema, parse_terms
from ledger.terms.written.shares.step_list import STEPS
from ledger.values.errors import Finding, Rejected
from tests.settling import terms_of

TABLES: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
}
DOCUMENT: str = TABLES["whole"]["document"]

#: What is wrong where the message alone says all that there is to do.
PLAIN = (
    "is missing",
    "must not be empty",
    "must be one line of 1 to 200 characters",
    "must be a single value, not a list or a mapping",
)

STEP_WORDS = ", ".join(sorted(STEPS))
CLAUSES = ", ".join(sorted(field.data_key or name for name, field in TermsSchema().fields.items()))

CASES = [
    pytest.param(table["document"], case, id=f"{name}: {case['says']}")
    for name, table in TABLES.items()
    for case in table["rejected"]
]


def findings(text: str) -> list[str]:
    """Everything that is wrong with a document, as `line: path: message (hint)`."""
    with pytest.raises(Rejected) as caught:
        parse_terms(text, "terms.yaml")
    return [said(finding) for finding in caught.value.findings]


def said(finding: Finding) -> str:
    """A finding as the tables have it: all are in one file."""
    assert str(finding).startswith("terms.yaml:")
    assert finding.hint or finding.path is None or finding.message in PLAIN, "a finding says what is allowed"
    return str(finding).removeprefix("terms.yaml:") + (f" ({finding.hint})" if finding.hint else "")


@pytest.mark.parametrize("document", [pytest.param(table["document"], id=name) for name, table in TABLES.items()])
def test_the_documents_of_the_tables_are_valid(document: str) -> None:
    """Each case below is wrong in what it changes, and in nothing else."""
    assert parse_terms(document).agreement == "acme-jot"


@pytest.mark.parametrize(("document", "case"), CASES)
def test_what_is_wrong_is_said_at_its_place(document: str, case: dict[str, Any]) -> None:
    """All findings at once, in the order of the lines, each with what is allowed."""
    assert document.count(case["instead of"]) == 1
    expected = [each.replace("{steps}", STEP_WORDS).replace("{clauses}", CLAUSES) for each in case["finds"]]
    assert findings(document.replace(case["instead of"], case["written"])) == expected


def test_a_rate_over_the_whole_may_be_meant() -> None:
    """With its sign, or as a ratio, more than the whole is a rate like any other."""
    for rate in ("150%", "3/2", "1"):
        fee = f"fee: {{to: jot, rate: {rate}, of: sales, "
        assert parse_terms(DOCUMENT.replace('fee: {to: jot, each: signups, amount: "12.00", ', fee)).shares


@pytest.mark.parametrize("word", ["split by capital: {balance: opening, otherwise: acme}", "interest", "deals"])
def test_a_step_that_may_give_to_anybody_can_be_held_from(word: str) -> None:
    """Who has capital is not for the terms to know: such a step may be named for any party."""
    steps = {
        "interest": "interest: {on: opening capital, rate: 8%, days: 30/360}",
        "deals": "each deal: {deals: [sales], shares: [{return of capital: {}}, {split: acme}]}",
    }
    shares = f"shares:\n  - {steps.get(word, word)}\n    as: capital\n"
    last = "" if word.startswith("split") else "  - split: acme\n"
    head, tail = DOCUMENT.partition("shares:\n")[0], DOCUMENT.partition("short: in order\n")[2]
    reserve = "reserve: {jot: {rate: 10%, out of: [capital], release after: 3 periods}}\n"
    assert parse_terms(f"{head}{shares}{last}short: in order\n{tail}{reserve}").reserves


def test_units_need_no_reporter_where_nobody_reports_anything() -> None:
    """A document without `reports` says nothing about which metrics there will be."""
    silent = DOCUMENT.replace(", reports: [sales, signups]", "").replace("each: signups", "each: clicks")
    assert parse_terms(silent).parties["acme"].reports == ()


def test_a_document_that_is_nothing_misses_everything_that_must_be_said() -> None:
    """The words that terms cannot do without are listed, each as missing."""
    assert findings("{}\n") == [
        "1: agreement: is missing",
        "1: currency: is missing",
        "1: losses: is missing (write `as profits`, `carried forward`, or rates such as `{acme: 75%, jot: 25%}`)",
        "1: parties: is missing",
        "1: periods: is missing",
        "1: pool: is missing",
        "1: shares: is missing",
        "1: title: is missing",
    ]


def test_findings_name_the_file() -> None:
    """An editor can jump to `file:line`."""
    with pytest.raises(Rejected, match=r"^acme\.yaml:6: currency: 'EURO' is not a currency of ISO 4217$"):
        parse_terms(DOCUMENT.replace("currency: EUR", "currency: EURO"), "acme.yaml")


FEE = {"fee": {"to": "jot", "amount": "1.00"}}
SPLIT = {"split": {"acme": "60%", "jot": "40%"}}


@pytest.mark.parametrize(
    ("what", "clauses"),
    [
        ("shares: there are 8001 steps", {"shares": [FEE] * 8000 + [SPLIT], "short": "in full"}),
        (
            "shares: there are 203 steps",
            {"shares": [{"pot": {"rate": "5%", "of": "sales", "shares": [FEE] * 200 + [SPLIT]}}, SPLIT]},
        ),
        ("parties: there are 501 parties", {"parties": {f"p{n}": {"name": f"Party {n}"} for n in range(501)}}),
        (
            "pool: there are 1001 metrics, costs and liabilities",
            {"pool": {"results": ["sales", *(f"m{n}" for n in range(1000))]}},
        ),
    ],
)
def test_what_is_far_too_large_is_refused_at_once(what: str, clauses: dict[str, Any]) -> None:
    """A document that no agreement needs costs seconds to settle, and is not even checked further."""
    with pytest.raises(Rejected, match=what) as caught:
        terms_of(**{"shares": [SPLIT], **clauses})
    assert len(caught.value.findings) == 1


def test_a_large_agreement_is_accepted() -> None:
    """As many steps as there may be."""
    assert len(terms_of(shares=[FEE] * 199 + [SPLIT], short="in full").shares) == 200
