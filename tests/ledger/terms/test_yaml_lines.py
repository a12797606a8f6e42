"""YAML is read as the text that was written, with lines; what could surprise is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.terms.yaml_lines import DEPTH_LIMIT, SIZE_LIMIT, Path, decode_utf8, findings_of, path_text, read_yaml
from ledger.values.errors import Finding, Rejected


def refusals(text: str) -> list[Finding]:
    with pytest.raises(Rejected) as caught:
        read_yaml(text, "terms.yaml")
    return list(caught.value.findings)


def test_scalars_are_the_text_that_was_written() -> None:
    """Nothing becomes a float, a boolean, a date or an octal number on the way in."""
    data, _ = read_yaml("a: 1.10\nb: no\nc: 010\nd: 2026-01-01\ne: 1e3\nf: '7'\n", "terms.yaml")
    assert data == {"a": "1.10", "b": "no", "c": "010", "d": "2026-01-01", "e": "1e3", "f": "7"}


def test_nothing_is_none() -> None:
    """A key without a value is None; quotes make it text."""
    assert read_yaml("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", "f")[0] == {
        "a": None, "b": None, "c": None, "d": "", "e": "null",
    }  # fmt: skip


def test_every_place_has_its_line() -> None:
    """An item of a mapping has the line of its key, an item of a list its own."""
    _, lines = read_yaml("# terms\n\nshares:\n  - fee: {to: jot,\n      each: click}\n  - rest\n", "f")
    assert lines == {
        (): 3,
        ("shares",): 3,
        ("shares", 0): 4,
        ("shares", 0, "fee"): 4,
        ("shares", 0, "fee", "to"): 4,
        ("shares", 0, "fee", "each"): 5,
        ("shares", 1): 6,
    }


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    """A file that Windows saved reads like any other."""
    assert read_yaml("\ufeffa: 1\n", "f")[0] == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "terms.yaml:3:1: a: 'a' is written twice"),
        ("x: {a: 1, a: 2}\n", "terms.yaml:1:11: x.a: 'a' is written twice"),
        ("a: &one 1\n", "terms.yaml:1:4: a: an anchor (&one) is not allowed"),
        ("a: *one\n", "terms.yaml:1:4: a: an alias (*one) is not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "terms.yaml:1:4: a: a tag"),
        ("a: 1\n---\nb: 2\n", "terms.yaml:2:1: a second document starts here"),
        ("? [a]\n: 1\n", "terms.yaml:1:3: a key must be text"),
        ("~: 1\n", "terms.yaml:1:1: a key must be text"),
        ("", "terms.yaml:1: the document is empty"),
        ("- a\n", "terms.yaml:1: the document is not a mapping"),
        ("a: 1\n b: 2\n", "terms.yaml:2:3: not valid YAML: mapping values are not allowed here"),
        ("\ta: 1\n", "terms.yaml:1:1: not valid YAML: found character '\\t'"),
        ('a: "\\UFFFFFFFF"\n', "terms.yaml: not valid YAML: a number in it is out of range"),
        ('a: "\\ud800"\n', "terms.yaml:1:4: the character U+D800 is not allowed"),
        ('a: "\\e[31m"\n', "terms.yaml:1:4: the character U+001B is not allowed"),
        ("a: 1\nb\0: 2\n", "terms.yaml:2:2: the character U+0000 is not allowed"),
        ("a: " + "[" * (DEPTH_LIMIT + 1), "terms.yaml:1:67: a[1][1][1]: nested more than 64 levels deep"),
    ],
)
def test_what_could_surprise_is_refused_at_its_place(text: str, expected: str) -> None:
    """Each refusal names file, line, column and path."""
    assert str(refusals(text)[0]).startswith(expected)


def test_all_that_is_wrong_is_said_at_once() -> None:
    """One bad place does not hide the next."""
    assert [finding.line for finding in refusals("a: &x 1\nb: *x\nb: !t 2\n")] == [1, 2, 3, 3]


def test_a_flood_of_findings_is_counted_not_kept() -> None:
    """Only the first hundred findings are shown; the rest are counted."""
    with pytest.raises(Rejected) as caught:
        read_yaml("a: [" + "*x," * 250 + "]", "f")
    assert (len(caught.value.findings), caught.value.more) == (100, 150)


def test_a_huge_document_is_refused_unread() -> None:
    """Size is counted in bytes, before anything is parsed."""
    assert "larger than" in refusals("a: " + "é" * (SIZE_LIMIT // 2))[0].message
    with pytest.raises(Rejected, match="larger than"):
        decode_utf8(b"a" * (SIZE_LIMIT + 1), "f")


def test_bytes_that_are_not_utf_8_are_found() -> None:
    """The first wrong byte is named with its line and column."""
    with pytest.raises(Rejected) as caught:
        decode_utf8("a: ü\nb: ".encode() + b"\xff", "terms.yaml")
    assert str(caught.value) == "terms.yaml:2:4: byte 0xff is not UTF-8"


def test_paths_read_like_the_document() -> None:
    """A path is written as people would point at it, counting from one."""
    assert path_text(("shares", 1, "fee", "rate")) == "shares[2].fee.rate"


def test_messages_about_a_document_get_the_line_they_are_about() -> None:
    """Nested messages become findings in the order of the lines; a missing key has the line of its parent."""
    _, lines = read_yaml("title: x\nshares:\n  - fee:\n      to: jot\n", "f")
    messages = {"shares": {0: {"fee": {"rate": ["is missing"], "_schema": ["is odd"]}}}, "title": ["is short"]}
    assert [str(finding) for finding in findings_of(messages, lines, "f")] == [
        "f:1: title: is short",
        "f:3: shares[1].fee.rate: is missing",
        "f:3: shares[1].fee: is odd",
    ]


@given(st.one_of(st.text(), st.text(alphabet="ab:-[]{}!&*?|>'\"\\%@#, \n\t0x~<U\ud800\x00\ufeff\x85", max_size=60)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, the answer is data with a line for each place, or findings."""
    try:
        data, lines = read_yaml(text, "f")
    except Rejected:
        return

    def check(value: Any, path: Path) -> None:
        assert lines[path] >= 1
        assert isinstance(value, (dict, list, str, type(None)))
        for key, item in value.items() if isinstance(value, dict) else enumerate(value or ()):
            if not isinstance(value, str):
                check(item, (*path, key))

    check(data, ())
