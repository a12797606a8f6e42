"""How properties are tried, in tests and documents alike: as many examples as it takes, never against the clock."""

from __future__ import annotations

import os

from hypothesis import settings

# In CI the same examples every time, so that a change fails for its own reasons only.
settings.register_profile("pactbook", settings.get_profile("ci" if "CI" in os.environ else "default"), deadline=None)
settings.load_profile("pactbook")
