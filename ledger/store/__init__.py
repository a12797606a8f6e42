"""How a book is kept and proved: the bytes of its events, the log in a database, the tree over both.

    encoding    an event's bytes: EventMapper, encode, decode, is_canonical     needs no database
    proof       the Merkle tree of RFC 9162: Head, Frontier, proofs             needs nothing at all
    engine      a database by URL: make_engine, reading, writing
    schema      its tables: create_schema, check_schema
    recorder    the log: BookRecorder, BookNotification (and `appender`: one writer's turn; `sharing`: one turn for
                all who wait; `direct`: the driver's own connection)
    tracking    how far followers have come: TrackingBookRecorder, insert_tracking
    factory     all of it for the `eventsourcing` library's application: BookFactory
    failures    what can go wrong: Conflict, StoreBusy, StoreUnavailable, StoreDamaged

Nothing is imported here, so that a bundle can be verified without loading a database's library.
"""
