"""A small evaluator of Timestream's SQL over lists of rows, by hand: no engine, no SQL library.

`tokens` and `parser` read a statement into the nodes of `tree`, `select` evaluates it with the
functions of `scalars`, `aggregates` and `series`; `answer` writes results as Timestream does.
What is not known is refused by name.
"""
