"""Faulty endpoints that the suite has to catch, and unusual but legal ones that it must accept.

`server` and `service` are a naive dispatch endpoint that is correct and asks a table of functions
(`policy`) about everything; `faults` and `variants` exchange one of them each, as data; `meta`
holds the same for the meta API. What both share: `change` says what a fault is, `catalogue` lists
them, `endpoints` serves one, `trial` judges it and `table` prints what came of all. The endpoints
share nothing with the reference server, so the judge is proven without it.
"""
