"""Terms that are rejected: every finding with its line, its path, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.terms.document import parse_terms
from ledger.values.errors import Finding, Rejected

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "invalid_terms.yaml").read_text("utf-8"))
DOCUMENT: str = TABLE["document"]


def findings(text: str) -> list[str]:
    """Everything that is wrong with a document, as `line: path: message (hint)`."""
    with pytest.raises(Rejected) as caught:
        parse_terms(text, "terms.yaml")
    return [said(finding) for finding in caught.value.findings]


def said(finding: Finding) -> str:
    return str(finding).removeprefix("terms.yaml:") + (f" ({finding.hint})" if finding.hint else "")


def test_the_document_of_the_table_is_valid() -> None:
    """Each case below is wrong in what it changes, and in nothing else."""
    assert parse_terms(DOCUMENT).agreement == "acme-jot"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["says"]) for case in TABLE["rejected"]])
def test_what_is_wrong_is_said_at_its_place(case: dict[str, Any]) -> None:
    """All findings at once, in the order of the lines."""
    assert DOCUMENT.count(case["instead of"]) == 1
    assert findings(DOCUMENT.replace(case["instead of"], case["written"])) == case["finds"]


def test_a_rate_over_the_whole_may_be_meant() -> None:
    """With its sign, or as a ratio, more than the whole is a rate like any other."""
    for rate in ("150%", "3/2", "1"):
        fee = f"fee: {{to: jot, rate: {rate}, of: sales, "
        assert parse_terms(DOCUMENT.replace('fee: {to: jot, each: signups, amount: "12.00", ', fee)).shares


def test_units_need_no_reporter_where_nobody_reports_anything() -> None:
    """A document without `reports` says nothing about which metrics there will be."""
    silent = DOCUMENT.replace(", reports: [sales, signups]", "").replace("each: signups", "each: clicks")
    assert parse_terms(silent).parties["acme"].reports == ()


def test_a_document_that_is_nothing_misses_everything_that_must_be_said() -> None:
    """The words that terms cannot do without are listed, each as missing."""
    assert findings("{}\n") == [
        "1: agreement: is missing",
        "1: currency: is missing",
        "1: losses: is missing",
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
