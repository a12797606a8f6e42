"""How fast pactbook is, as ratios against something real that is measured in the same run.

    make bench                          # the table, in minutes
    python -m bench --full              # the long ones too
    python -m bench large growing       # some parts

    material     the book that is measured: its terms, events, file and journal
    measuring    how time and memory are taken, and the rows of the table
    machine      what it was measured on

Each other file measures one thing. `proofs` and `settling` are tables of their own.
"""
