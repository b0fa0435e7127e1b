"""The checks: laws written once, and what binds them to each API.

A requirement is judged by the functions that carry its id; `conformance.judging` says how they
are written.
"""
