"""Work on many books at once: here, in processes of this machine, or on a cluster. Books are independent of each other.

place        where work is done, and with what; what one unit of work is given
crew         those who do it: one alone, or several processes
cluster      the workers of a Dask cluster (the extra `pactbook[cluster]`)

verifying, simulating, rebuilding     what is done for each book, and how the results come together

A unit of work is a function of a module. It is given a `Desk` and a task (a book and what to do with it), depends on
nothing else, and so can be done by any process, and again where one died. What it writes is written once,
however often it is done.
"""
