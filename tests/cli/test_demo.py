"""The demo tells the whole story in an empty folder, and leaves a ledger that one can go on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.demo import WHERE_NEXT
from cli.main import run


def test_the_demo_shows_a_statement_an_explanation_and_where_to_go_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command, in an empty folder, shows what pactbook is for; its suggestions are commands that work."""
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == 0
    told = capsys.readouterr().out
    assert "Statement of 2025-07" in told
    assert "EntryVoided TRK-2025-02" in told
    assert "rate from 150,000" in told
    assert WHERE_NEXT.strip().splitlines()[0] in told
    suggested = [line.split("  ")[1].split() for line in WHERE_NEXT.splitlines() if "  pactbook " in line]
    assert len(suggested) == 5
    for _, *arguments in suggested:
        assert run(arguments) == 0, arguments
    assert (tmp_path / "pactbook-demo" / "terms.yaml").exists()


def test_the_demo_does_not_touch_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder that has a demo already, the demo is refused and nothing changes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pactbook-demo").mkdir()
    assert run(["demo"]) == 1
    assert "run the demo in another folder, or remove this one and the store" in capsys.readouterr().err
    assert not (tmp_path / "pactbook.db").exists()
