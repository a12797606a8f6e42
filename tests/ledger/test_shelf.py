"""Files by digest beside a store: whole or not there, also where whoever wrote them was killed."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

from ledger.store.shelf import Found, Shelf


def test_what_was_never_finished_goes(tmp_path: Path) -> None:
    """A partial file that was left is taken away when the next is put there; one that is being written stays."""
    shelf = Shelf(tmp_path / "shelf")
    shelf.put([b"first"])
    left, busy = (shelf.folder / f".{name}.partial" for name in ("left", "busy"))
    for each in (left, busy):
        each.write_bytes(b"half of it")
    before = time.time() - 7200
    os.utime(left, (before, before))
    digest = shelf.put([b"sec", b"ond"])
    assert digest == sha256(b"second").hexdigest()
    assert (left.exists(), busy.exists()) == (False, True)
    assert shelf.found(digest) is Found.WHOLE
