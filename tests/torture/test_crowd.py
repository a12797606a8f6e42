"""Sixteen processes at one store: the same book, books of their own, the same facts, and closes in between."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.durability import crowd
from tests.durability.examine import problems

SIXTEEN = 16


def test_sixteen_in_one_book(store_url: str, tmp_path: Path) -> None:
    """No event is lost, none is there twice, nobody is turned away."""
    crowd.make(store_url, crowd.BOOK)
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_same_book] * SIXTEEN, turns=100)
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged] == [1] * SIXTEEN * 100
    assert found.total() == SIXTEEN * 100 + 2
    assert problems(store_url) == []


def test_sixteen_in_books_of_their_own(store_url: str, tmp_path: Path) -> None:
    """The same, where only the log of the store is shared."""
    crowd.make(store_url, *(f"book-{number}" for number in range(SIXTEEN)))
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_own_book] * SIXTEEN, turns=100)
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged] == [1] * SIXTEEN * 100
    assert found.total() == SIXTEEN * 102
    assert problems(store_url) == []


def test_sixteen_report_the_same(store_url: str, tmp_path: Path) -> None:
    """Sixteen reports of one fact are one event, and sixteen acknowledgements."""
    crowd.make(store_url, crowd.BOOK)
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_same_entries] * SIXTEEN, turns=50)
    assert len(acknowledged) == SIXTEEN * 50
    found = crowd.recorded(store_url)
    assert {found[stream] for stream in acknowledged} == {1}
    assert problems(store_url) == []


def test_closes_rebuilds_and_readers_among_writers(store_url: str, tmp_path: Path) -> None:
    """A year is closed by two at once while ten record, two read and two drop the tables."""
    crowd.make(store_url, crowd.BOOK)
    works = [
        *[crowd.write_same_book] * 10, *[crowd.close_months] * 2, *[crowd.rebuild] * 2, *[crowd.read] * 2,
    ]  # fmt: skip
    acknowledged = crowd.at_once(store_url, tmp_path, works, turns=40)
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged if "/entry/" in stream] == [1] * 400
    assert found[f"{crowd.BOOK}/closing"] == 12
    assert problems(store_url) == []


def test_sixteen_installed_commands(store_url: str, tmp_path: Path) -> None:
    """As people do it: sixteen shells, each with one command after the other."""
    crowd.make(store_url, crowd.BOOK)
    command = shlex.quote(str(Path(sys.executable).with_name("pactbook")))
    environment = os.environ | {"PACTBOOK_STORE": store_url, "PACTBOOK_ACTOR": "acme/ann"}
    lines = [
        " && ".join(
            f"{command} record result {crowd.BOOK} C-{shell}-{turn} sales 1.00 --on 2026-01-05 --collected-by acme"
            for turn in range(5)
        )
        for shell in range(SIXTEEN)
    ]
    shells = [
        subprocess.Popen(
            ["sh", "-c", line], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for line in lines
    ]
    assert [shell.communicate()[1] for shell in shells] == [""] * SIXTEEN
    assert [shell.returncode for shell in shells] == [0] * SIXTEEN
    found = crowd.recorded(store_url)
    assert [found[f"{crowd.BOOK}/entry/C-{shell}-{turn}"] for shell in range(SIXTEEN) for turn in range(5)] == [1] * 80
    assert problems(store_url) == []


def test_sixteen_make_a_store_at_once(store_url: str) -> None:
    """One of them makes it, the others find it made, and all of them are told so."""
    command = Path(sys.executable).with_name("pactbook")
    for _ in range(5):
        makers = [
            subprocess.Popen([command, "init", "--store", store_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(SIXTEEN)
        ]
        said = [maker.communicate()[1] for maker in makers]
        assert not any(b"error" in each for each in said), said
        assert [maker.returncode for maker in makers] == [0] * SIXTEEN
    assert problems(store_url) == []
