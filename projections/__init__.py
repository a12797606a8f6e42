"""The log folded into tables, so that answers come fast; any of them can be dropped and folded again.

follower     keeps the tables in step with the log; everybody who reads catches up first
facts        what settlement reads: `Ledger(url, facts=projected)`
entries      which entries count, and which are behind a figure?
balances     who owes whom?            standing     what is open?
history      what happened?            agreements, payouts, disputes     which are there?

folding      a page of the log as rows    tables, schema, bulk, rows, summaries, moments    what it is made with
"""
