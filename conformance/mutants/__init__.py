"""Faulty endpoints that the suite has to catch, and unusual but legal ones that it must accept.

`server` and `service` are a naive dispatch endpoint that is correct and asks a table of functions
(`policy`) about everything; `faults` and `variants` exchange one of them each, as data. The
endpoint shares nothing with the reference server, so the judge is proven without it.
"""
