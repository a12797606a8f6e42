"""The steps that take from the pool, in order; the last of them shares out all that remains.

A step is a class in a file of its own: its value, what it takes, what is contradictory, how it reads. How it is written
is told by the file of the same name in `ledger/terms/written/shares`, which is named there.
"""
