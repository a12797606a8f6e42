"""Long tests that kill, fill and cut off: collected by `make torture` alone, or when a file of this folder is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability.conftest import chance, killer, kind, places, told
from tests.durability.story import Story

__all__ = ["chance", "killer", "kind", "places", "story", "told"]

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folder out unless it, or something in it, was asked for by name."""
    named = (Path(config.invocation_params.dir, arg.split("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in named) else True


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whatever stands here is torture."""
    item.add_marker(pytest.mark.torture)


@pytest.fixture(scope="module")
def story() -> Story:
    """Four months, each with a file of some size."""
    return Story(months=4, rows=150)
