"""Load tests of the streaming paths that also check integrity.

Imports only `fixtures` and `conformance.oracles`. Nothing is imported here: locust has to come
first in the processes that drive load (see `bootstrap`) and never in the others.
"""
