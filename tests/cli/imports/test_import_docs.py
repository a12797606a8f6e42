"""The mapping reference is true: every example in it runs, and every word is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.imports.dates import parse_pattern
from cli.imports.mapping import Encoding, Kind
from cli.imports.schema import DOCUMENT_WORDS, ENTRY_WORDS
from tests.cli.imports.reading import rows, sentence

DOCUMENT = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
EXAMPLES = [BLOCKS[place : place + 3] for place in range(0, len(BLOCKS), 3)]


def test_every_block_belongs_to_an_example() -> None:
    """Blocks come in threes: a mapping, a file, and what is read."""
    assert len(EXAMPLES) >= 7
    assert all(
        [kind for kind, _ in example] in (["yaml", "csv", "text"], ["yaml", "jsonl", "text"]) for example in EXAMPLES
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_every_example_reads_as_the_page_says(example: list[tuple[str, str]]) -> None:
    """The mapping of an example makes of its file exactly what stands below them."""
    (_, mapping), (kind, file), (_, expected) = example
    assert "".join(f"{sentence(row)}\n" for row in rows(mapping, file, f"file.{kind}")) == expected


@pytest.mark.parametrize("word", sorted({*DOCUMENT_WORDS, *ENTRY_WORDS, *Kind, *Encoding}))
def test_every_word_is_explained(word: str) -> None:
    """No word of the language is missing from its reference."""
    assert re.search(rf"`{re.escape(word)}[`:]", DOCUMENT)


def test_every_pattern_of_dates_in_the_table_is_one() -> None:
    """The table of patterns lists nothing that would be refused."""
    table = DOCUMENT[DOCUMENT.index("| pattern |") : DOCUMENT.index("Two patterns that")]
    patterns = re.findall(r"`([DMY][^`]* ?[DMY][^`]*)`", table)
    assert len(patterns) >= 15
    assert [parse_pattern(pattern).text for pattern in patterns if len(pattern) > 3] == [
        pattern for pattern in patterns if len(pattern) > 3
    ]
