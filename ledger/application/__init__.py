"""The ledger as one object: its commands by noun, on a store.

ledger = Ledger("sqlite:///pactbook.db", actor="acme/ann")
ledger.agreements.propose(terms)
ledger.entries.record("acme-jot", "INV-1", fact)
ledger.statements.close("acme-jot")

What is named here is loaded when it is asked for: who only reads a statement needs none of what records.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.application.core import Core, Recorded
    from ledger.application.imports import Imported
    from ledger.application.issued import FigureAt
    from ledger.application.scratch import ReadOnly, Scratch
    from ledger.application.whole import Ledger, create_store

__all__ = ["Core", "FigureAt", "Imported", "Ledger", "ReadOnly", "Recorded", "Scratch", "create_store"]

_HOMES = {
    "Scratch": "scratch",
    "Core": "core",
    "FigureAt": "issued",
    "Imported": "imports",
    "Ledger": "whole",
    "ReadOnly": "scratch",
    "Recorded": "core",
    "create_store": "whole",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
