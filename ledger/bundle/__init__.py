"""A book in one file, and everything that can be checked of it from that file alone."""
