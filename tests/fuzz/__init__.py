"""Fuzzing of everything that parses: no traceback, no change, bounded memory. See docs/testing.md."""
