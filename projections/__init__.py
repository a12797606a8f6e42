"""The log folded into tables, so that answers come fast; any of them can be dropped and folded again.

follower     keeps the tables in step with the log; everybody who reads catches up first
             (`Ledger(url, facts=projected)`: settlement reads the tables)
glance       the tables as they stand, for who only reads: nothing that writes is loaded
facts        what settlement reads     sql          how what is asked in every command is put to them
entries      which entries count?      behind       which are behind a figure?
balances     who owes whom? (`owing`: asked of the tables)
standing     what is open?
history      what happened?            agreements, payouts, disputes     which are there?

folding      a page of the log as rows    tables, schema, bulk, rows, summaries, moments    what it is made with
"""
