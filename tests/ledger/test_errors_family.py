"""One family of errors: each tells what is wrong, where, and what to do, and has its own exit code."""

from __future__ import annotations

import copy
import pickle

import pytest

from ledger.values.errors import Broken, Finding, PactbookError, Refused, Rejected, Stale


@pytest.mark.parametrize(
    ("error", "exit_code", "kind"),
    [
        (Refused("the period is closed"), 1, "refused"),
        (Rejected("'x' is not a date"), 3, "rejected"),
        (Stale("somebody recorded something"), 4, "stale"),
        (Broken("the hash does not match"), 5, "broken"),
    ],
)
def test_each_kind_has_its_exit_code(error: PactbookError, exit_code: int, kind: str) -> None:
    """A script can tell a rule's no from bad input, from a race, from damage."""
    assert (error.exit_code, error.kind) == (exit_code, kind)
    assert isinstance(error, PactbookError)


def test_every_error_is_at_least_one_finding() -> None:
    """An error can be shown as a list of findings, whatever its kind."""
    assert Refused("no", "ask them").findings == (Finding("no", "ask them"),)
    assert Rejected("bad", "write it well").findings == (Finding("bad", "write it well"),)
    assert Stale("changed").findings == (Finding("changed"),)


def test_rejected_input_reports_all_findings_at_once() -> None:
    """A file with three mistakes is rejected once, with all three in order."""
    findings = [Finding(f"mistake {number}", file="costs.csv", line=number) for number in (3, 1, 2)]
    error = Rejected(iter(findings), more=7)
    assert error.findings == tuple(findings)
    assert error.more == 7
    assert str(error) == "costs.csv:3: mistake 3\ncosts.csv:1: mistake 1\ncosts.csv:2: mistake 2"


def test_a_rejection_without_a_finding_is_our_mistake() -> None:
    """Nobody is told no without being told what is wrong."""
    with pytest.raises(AssertionError):
        Rejected([])


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding("is missing"), "is missing"),
        (Finding("is missing", path="shares[2].fee"), "shares[2].fee: is missing"),
        (Finding("is missing", file="terms.yaml"), "terms.yaml: is missing"),
        (Finding("is missing", file="terms.yaml", line=14), "terms.yaml:14: is missing"),
        (Finding("is missing", file="terms.yaml", line=14, column=3), "terms.yaml:14:3: is missing"),
        (Finding("is missing", file="t.yaml", line=14, path="losses.acme"), "t.yaml:14: losses.acme: is missing"),
        (Finding("is missing", hint="add it"), "is missing"),
    ],
)
def test_a_finding_says_where(finding: Finding, text: str) -> None:
    """The place comes first, as editors and compilers write it; the hint is a line of its own, elsewhere."""
    assert str(finding) == text


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_travel_between_processes(again: object) -> None:
    """An error keeps its findings, hint and count when it is copied or sent to another process."""
    error = Rejected([Finding("a", "do b", "f.csv", 1), Finding("c")], "look at the file", more=2)
    assert callable(again)
    twin = again(error)
    assert (twin.findings, twin.hint, twin.more, str(twin)) == (error.findings, error.hint, 2, str(error))
