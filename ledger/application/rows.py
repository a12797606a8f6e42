"""Many rows at once, for tables that follow the log: as the store writes its own."""

from __future__ import annotations

from ledger.store.direct import copied
from ledger.store.inserts import inserts

__all__ = ["copied", "inserts"]
