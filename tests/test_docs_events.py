"""The page on the storage format is true and complete: every event, every field, and examples that are real lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from ledger.book.events import EVENTS, EntryEvent, Event, Fact, LiabilityPart, topic
from ledger.store import proof

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
FROZEN = (ROOT / "tests" / "cases" / "frozen_events.jsonl").read_text("utf-8").splitlines()
EXAMPLES = [line for block in re.findall(r"^```jsonl\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
FACTS: tuple[type[msgspec.Struct], ...] = get_args(Fact)


def _row(name: str) -> str:
    """The row of a table whose first cell names this."""
    [row] = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}`" in line.split("|")[1]]
    return row


def _named(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def _fields(struct: type[msgspec.Struct]) -> set[str]:
    return set(struct.__struct_fields__)


def _order(struct: type[msgspec.Struct], text: str) -> list[str]:
    """The fields of a struct in the order in which a text names them first."""
    return sorted(_fields(struct), key=lambda name: text.index(f"`{name}`"))


@pytest.mark.parametrize("event_type", EVENTS, ids=lambda each: each.__name__)
def test_every_event_has_a_row_with_all_its_own_fields(event_type: type[Event]) -> None:
    """No field is left out, none is invented, and they stand in the order in which they are written."""
    common = _fields(EntryEvent) if issubclass(event_type, EntryEvent) else _fields(Event)
    own = [name for name in event_type.__struct_fields__ if name not in common]
    named = [name for name in re.findall(r"`([a-z_]+)`", _row(event_type.__name__).split("|")[3]) if name != "seq"]
    assert named == own


@pytest.mark.parametrize("struct", [Event, EntryEvent], ids=lambda each: each.__name__)
def test_every_common_field_has_a_row(struct: type[msgspec.Struct]) -> None:
    """The fields that all events, or all first events of an entry, have are explained one by one."""
    assert all(_row(name) for name in _fields(struct))


@pytest.mark.parametrize("fact", FACTS, ids=lambda each: each.__name__)
def test_every_kind_of_fact_has_a_row_with_all_its_fields(fact: type[msgspec.Struct]) -> None:
    """The fields of each kind of fact are named, in the order in which they are written."""
    tag = fact.__struct_config__.tag
    row = _row(str(tag)).split("|")[2]
    assert _named(row) == _fields(fact)
    assert _order(fact, row) == list(fact.__struct_fields__)


def test_the_part_of_a_liability_is_explained() -> None:
    """A settlement or release names itself, its day, its amount and its payer."""
    said = PAGE[PAGE.index("The `part` of a liability") :].partition("\n\n")[0]
    assert _named(said) - {"part"} == _fields(LiabilityPart)


def test_every_event_has_an_example_that_is_a_frozen_line() -> None:
    """One line of each type, byte for byte as books hold it."""
    assert set(EXAMPLES) <= set(FROZEN)
    assert sorted(json.loads(line)["type"] for line in EXAMPLES) == sorted(topic(each) for each in EVENTS)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13, len(FROZEN)])
def test_the_root_can_be_computed_as_the_page_says(size: int) -> None:
    """The few lines of Python on the page give the root that the store keeps."""
    [source] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    space: dict[str, Any] = {}
    exec(source, space)
    lines = [line.encode() for line in FROZEN[:size]]
    assert space["root"](lines) == proof.root(proof.leaf_hash(line) for line in lines)
