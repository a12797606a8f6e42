"""Texts as people read them: names in a list, and texts that look like what they are.

No character of the latter is invisible or changes how others are shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

#: Control characters, format characters (among them those that override the direction of writing), surrogates.
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})


def hidden_character(text: str) -> str | None:
    """The first character that cannot be seen or changes how others are shown, as `U+202E`; None where there is none.

    Source: the general categories Cc, Cf and Cs of the Unicode standard.
    """
    if text.isprintable():  # as nearly all texts are: then none of its characters is of these categories
        return None
    found = next((mark for mark in text if unicodedata.category(mark) in _HIDDEN), None)
    return None if found is None else f"U+{ord(found):04X}"


def listed(names: Sequence[str]) -> str:
    """One name or more in words: `sales, rent and fees`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def is_composed(text: str) -> bool:
    """Whether a text is in the composed form (NFC), so that texts that look the same are the same."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)
