"""Terms that were read once are kept as values: what is found again is equal, down to the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.terms.kept import keep, read_kept
from ledger.terms.written.document import parse_terms, read_canonical
from ledger.values.errors import Broken

GALLERY = sorted((Path(__file__).parents[3] / "examples" / "terms").glob("*.yaml"))


@pytest.mark.parametrize("file", GALLERY, ids=lambda file: file.stem)
def test_what_is_kept_is_what_was_read(file: Path) -> None:
    """Every deal of the gallery is found again as its canonical form reads: the same values of the same types."""
    terms = read_canonical(parse_terms(file.read_text("utf-8")).canonical)
    found = read_kept(keep(terms))
    assert found == terms
    assert repr(found) == repr(terms)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "1",
        '{"bands.Mode":"whole"}',
        '{"os.system":["true"]}',
        '{"ratio":"1/0"}',
        '{"document.Terms":[]}',
    ],
)
def test_other_text_gives_no_terms(text: str) -> None:
    """What is no kept terms is said to be broken; a type that is not on the list gives nothing."""
    with pytest.raises(Broken, match="terms"):
        read_kept(text)
