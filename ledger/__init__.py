"""The ledger of a partnership: what the parties agreed, what happened, what follows, and how it is proved.

Its rooms, in the order of a partnership's life; each imports only from those above it in this list:

    values/        what everything is made of: money, periods, apportionment, figures, errors
    terms/         what the parties agreed: a document of clauses
    book/          what happened: immutable events, a file for each kind of stream
    settlement/    what follows: statements, closing, the journal
    store/         how it is kept and proved: bytes, recorder, Merkle tree (knows values and book only)
    bundle/        a book in one file, checked from that file alone (of the store it knows only bytes and proofs)
    application/   load, decide, save: the one place that knows the store as a whole

`ledger` alone computes any statement from raw events: that is the definition. `projections` only makes it fast.
"""
