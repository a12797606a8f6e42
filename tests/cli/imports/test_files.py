"""Files of any sort are read or refused: layouts, encodings, broken quotes, lines of JSON, bytes of no kind."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.imports import Entry, parse_mapping, read_entries
from cli.imports.sources import LINE_LIMIT
from ledger.values.errors import Finding, Rejected
from tests.cli.imports.reading import entries, findings, rows

RULE = """
currency: EUR
entries:
  - result: sales
    reference: "{Id}"
    on: Day
    amount: Net
    collected by: acme
"""
GOOD = "Id,Day,Net\nü1,2026-10-05,1.50\n"


def references(top: str, data: str | bytes) -> list[str]:
    return [entry.reference for entry in entries(f"{top}\n{RULE}", data)]


@pytest.mark.parametrize(
    ("top", "data"),
    [
        ("", GOOD),
        ("", GOOD.encode("utf-8-sig")),
        ("encoding: utf-8-sig", GOOD.encode("utf-8-sig")),
        ("encoding: latin-1", GOOD.encode("latin-1")),
        ("encoding: iso-8859-15", GOOD.encode("iso-8859-15")),
        ("encoding: cp1252", GOOD.encode("cp1252")),
        ("encoding: utf-16", GOOD.encode("utf-16")),
        ("delimiter: tab", GOOD.replace(",", "\t")),
        ('delimiter: ";"', GOOD.replace(",", ";")),
        ("delimiter: pipe", GOOD.replace(",", "|")),
        ("skip lines: 2", f"Report\n\n{GOOD}"),
        ("columns: {Net: 3, Day: 2, Id: 1}", GOOD.partition("\n")[2]),
        ("skip lines: 1\ncolumns: {Net: 3, Day: 2, Id: 1}", GOOD),
        ("", GOOD.replace("\n", "\r\n")),
        ("", GOOD.replace("\n", "\r")),
        ("", GOOD.removesuffix("\n")),
        ("", "\n\n" + GOOD.replace("\n", "\n\n,,\n")),
        ("", "Id , Day,Other, Net\n ü1 , 2026-10-05 ,, 1.50 \n"),
        ("format: jsonl", '{"Id": "ü1", "Day": "2026-10-05", "Net": 1.50}\n'),
        ("format: jsonl", '\ufeff\n {"Net": "1.50", "x": [{}], "Day": "2026-10-05", "Id": "\\u00fc1"} \r\n\n'),
    ],
)
def test_one_table_in_many_layouts(top: str, data: str | bytes) -> None:
    """However the same row is written, it makes the same entry."""
    [entry] = entries(f"{top}\n{RULE}", data)
    assert (entry.reference, str(entry.fact.effective_on), entry.fact.amount_minor) == ("ü1", "2026-10-05", 150)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", "file.csv: the file is empty"),
        ("\n\n", "file.csv: the file is empty"),
        ("Id,Day,Nett\n", "file.csv:1: there is no column 'Net'"),
        ("\nId;Day;Net\n", "file.csv:2: there is no column 'Id'"),
        ("Id,Day,Net,Id\n", "file.csv:1: two columns are called 'Id': 1 and 4"),
        (GOOD + "2,2026-10-05\n", "file.csv:3: has 2 fields where the first line has 3"),
        (GOOD + "2,2026-10-05,1,5\n", "file.csv:3: has 4 fields where the first line has 3"),
        (GOOD + '2,2026-10-05,"1\n3,2026-10-05,1\n', "file.csv:3: a field in quotes begins here and never ends"),
        (GOOD + '2,2026-10-05,"' + "x\n" * 70_000, "file.csv:3: a field in quotes begins here and never ends"),
        (GOOD + '2,2026-10-05,"1"2\n', "file.csv:3: is not valid CSV: ',' expected after '\"'"),
        ('"Id,Day,Net\n', "file.csv:1: a field in quotes begins here and never ends"),
        (GOOD.encode("latin-1"), "file.csv:2: byte 0xfc at offset 11 is not utf-8"),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), "file.csv:1: is UTF-16"),
        (GOOD + "a\0b,2026-10-05,1\n", "file.csv:3: has a NUL character"),
        (GOOD.encode() + b"\xc3", "file.csv:3: byte 0xc3 at offset 31 is not utf-8"),
        (b"PK\x03\x04...", "file.csv:1: is a workbook or an archive, not text"),
        (GOOD + "x" * (LINE_LIMIT * 2 + 1), f"file.csv:3: a line is longer than {LINE_LIMIT} bytes"),
    ],
)
def test_what_is_wrong_with_a_csv(data: str | bytes, expected: str) -> None:
    """A broken file is a finding at its line."""
    assert findings(RULE, data)[0] == expected


def test_a_finding_of_the_head_says_what_to_do() -> None:
    """The nearest column is named, and a delimiter that was meant."""
    [row] = rows(RULE, "Id,Day,Nett\n")
    assert isinstance(row, Finding)
    assert row.hint == "did you mean Nett? allowed here: Day, Id, Nett"
    row = rows(RULE, "Id;Day;Net\n")[0]
    assert isinstance(row, Finding)
    assert row.hint == "the whole line is one column; is it `delimiter: semicolon`?"


def test_reading_goes_on_after_a_broken_row() -> None:
    """One row that is no CSV does not hide the others."""
    found = rows(RULE, GOOD + '2,2026-10-05,"1"2\n3,2026-10-05,1\n4\n5,2026-10-05,1\n')
    assert [row.line for row in found] == [2, 3, 4, 5, 6]
    assert [type(row) for row in found] == [Entry, Finding, Entry, Finding, Entry]


def test_a_numbered_column_must_be_there() -> None:
    """A number beyond the row is a slip in the mapping."""
    assert findings(f"columns: {{Id: 1, Day: 2, Net: 9}}\n{RULE}", "1,2026-10-05,1\n") == [
        "file.csv:1: Net: there is no column 9: rows have 3"
    ]


def test_an_encoding_that_was_not_meant() -> None:
    """UTF-16 announces itself; a byte that has no meaning in a code page is found."""
    assert findings(f"encoding: utf-16\n{RULE}", GOOD) == ["file.csv:1: does not begin with the mark of UTF-16"]
    assert findings(f"encoding: cp1252\n{RULE}", b"Id\n\x81") == ["file.csv:2: byte 0x81 at offset 3 is not cp1252"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "file.csv: the file is empty"),
        ("x", "file.csv:1:1: is not JSON: Expecting value"),
        ("[1]", "file.csv:1: is not a JSON object"),
        ("7", "file.csv:1: is not a JSON object"),
        ('{"Id": 1} {}', "file.csv:1:11: is not JSON: Extra data"),
        ('{"Id": 1, "Id": 2}', "file.csv:1: has the field 'Id' twice"),
        ('{"Id": 1, "Day": "2026-10-05"}', "file.csv:1: there is no field 'Net'"),
        ('{"Id": 1, "Day": "2026-10-05", "Net": NaN}', "file.csv:1: has NaN, which is not JSON"),
        ('{"Id": [1], "Day": "2026-10-05", "Net": 1}', "file.csv:1: the field 'Id' is not a single value"),
        ('{"Id": null, "Day": "2026-10-05", "Net": 1}', "file.csv:1: Id: is empty: the reference needs it"),
        ('{"Id": 1, "Day": "2026-10-05", "Net": 1e3}', 'file.csv:1: Net: "1e3" is not a number'),
        ('{"Id": 1, "Day": "2026-10-05", "Net": true}', 'file.csv:1: Net: "true" is not a number'),
        ('{"Id": "\\ud800", "Day": "2026-10-05", "Net": 1}', 'file.csv:1: " " has the character U+D800'),
        ('{"Id": "a\\u0000", "Day": "2026-10-05", "Net": 1}', 'file.csv:1: "a " has the character U+0000'),
        ("[" * 100_000, "file.csv:1: is nested too deep"),
    ],
)
def test_what_is_wrong_with_a_line_of_json(line: str, expected: str) -> None:
    """Each line stands alone: it is an object with one value for each field that is read, or a finding."""
    assert findings(f"format: jsonl\n{RULE}", line) == [expected]


def test_numbers_of_json_are_exact() -> None:
    """They are taken as they are written, however long, and never as floats."""
    top = "format: jsonl\nrounding: down"
    line = '{"Id": 12345678901234567890, "Day": "2026-10-05", "Net": 0.1000000000000000055511151231257827}'
    [entry] = entries(f"{top}\n{RULE}", line)
    assert (entry.reference, entry.fact.amount_minor) == ("12345678901234567890", 10)
    assert entry.original == "0.1000000000000000055511151231257827"


def test_fields_of_inner_objects_are_named_with_a_point() -> None:
    """A field whose own name has a point comes first."""
    text = f"format: jsonl\n{RULE}".replace("Net", "price.net")
    head = '{"Id": 1, "Day": "2026-10-05", "price'
    data = f'{head}": {{"net": 1}}}}\n{head}.net": 2, "price": 0}}\n'
    assert [entry.fact.amount_minor for entry in entries(text, data)] == [100, 200]
    assert findings(text, '{"Id": 1, "Day": "2026-10-05", "price": 5}') == ["file.csv:1: there is no field 'price.net'"]


@pytest.mark.parametrize("shift", range(4))
def test_characters_may_lie_across_the_pieces_that_are_read(shift: int) -> None:
    """A character of several bytes is whole wherever the file is cut, and a broken one has its own offset."""
    line = b"\xe2\x82\xac1,2026-10-05,1\n"
    data = b"Id,Day,Net\n" + b"x" * shift + line * (LINE_LIMIT // len(line) + 2)
    assert findings(RULE, data) == []
    broken = LINE_LIMIT - 1 - (LINE_LIMIT - 11 - shift) % len(line)
    assert findings(RULE, data[:broken] + b"\xe2\x82\n" + data[broken:])[0].endswith(f"at offset {broken} is not utf-8")


def test_a_file_is_read_from_a_path(tmp_path: Path) -> None:
    """The path names the file in findings; one that cannot be read is refused at once."""
    mapping = parse_mapping(RULE)
    path = tmp_path / "orders.csv"
    path.write_text(GOOD + "2\n", encoding="utf-8")
    with read_entries(path, mapping) as found:
        entry, finding = found
    assert isinstance(entry, Entry)
    assert str(finding).startswith(f"{path}:3: has 1 field ")
    with pytest.raises(Rejected, match=r"nowhere.csv: cannot be read: No such file"):
        read_entries(tmp_path / "nowhere.csv", mapping)
    with pytest.raises(Rejected, match="cannot be read: Is a directory"):
        read_entries(tmp_path, mapping)


def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    """What cannot be read twice is copied first; the digest is that of the content."""
    mapping = parse_mapping(RULE)
    pipe, plain = tmp_path / "pipe", tmp_path / "plain"
    os.mkfifo(pipe)
    plain.write_text(GOOD, encoding="utf-8")
    writer = threading.Thread(target=lambda: pipe.write_text(GOOD, encoding="utf-8"))
    writer.start()
    with read_entries(pipe, mapping) as piped, read_entries(plain, mapping) as read:
        assert list(piped) == list(read)
        assert piped.digest == read.digest
    writer.join()


def test_a_file_that_changes_meanwhile_is_found(tmp_path: Path) -> None:
    """The digest on the entries must be that of what was read."""
    path = tmp_path / "orders.csv"
    path.write_text(GOOD, encoding="utf-8")
    with read_entries(path, parse_mapping(RULE)) as found:
        with path.open("ab") as file:
            file.write(b"2,2026-10-05,2\n")
        assert str(list(found)[-1]) == f"{path}: the file changed while it was read"
        path.write_bytes(b"Id,Day,Net\n\xff")
        assert str(list(found)[-1]) == f"{path}: the file changed while it was read"


def test_rows_are_read_as_they_are_asked_for() -> None:
    """Whoever needs only the first rows does not pay for the rest."""
    data = GOOD + "2,2026-10-05,1\n" * 50_000
    with read_entries(io.BytesIO(data.encode()), parse_mapping(RULE)) as found:
        first = next(iter(found))
        assert isinstance(first, Entry)
        assert found.rows == 1


TOPS = [
    "",
    "format: jsonl",
    "encoding: utf-16",
    "encoding: cp1252",
    "skip lines: 1",
    "delimiter: tab",
    "columns: {Id: 1, Day: 2, Net: 3}",
    "columns: {Id: 1, Day: 1, Net: 1}",
]
ROWS = [b"Id,Day,Net\n", b"1,2026-10-05,1.50\n", b'{"Id": 1, "Day": "2026-10-05", "Net": 1}\n']
SIGNS = [b'"', b",", b"\n", b"\r", b"\t", b"{", b"[", b"\\u0000", b"\\ud800", b"\xef\xbb\xbf", b"\xff\xfe"]
PIECES = st.lists(st.one_of(st.binary(max_size=6), st.sampled_from(ROWS + SIGNS))).map(b"".join)


@given(st.one_of(st.binary(), PIECES), st.sampled_from(TOPS))
@example(b"\xff\xfe\x00", "encoding: utf-16")
@example(b'"\r"\n', "")
def test_any_bytes_are_rows_or_findings(data: bytes, top: str) -> None:
    """Whatever a file holds, nothing but entries and findings comes of it, and the same again."""
    mapping = parse_mapping(f"{top}\n{RULE}")
    with read_entries(io.BytesIO(data), mapping, file_name="f") as found:
        first = list(found)
        assert first == list(found)
    assert all(isinstance(row, Entry) or (row.file == "f" and row.message) for row in first)
