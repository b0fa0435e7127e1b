"""L-ALL-1, soak: all APIs at once at 30 % of their load, for long, to see whether anything leaks.

Every scenario that disturbs nobody is played as it is, with users, streams and proofs of its own;
`--services` chooses APIs, `--share` another part of the load. Besides, the memory of client and
server is watched, and the streams that a server still has when all are closed.
Run it with `gridproof load L-ALL-1` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from importlib import import_module

from loadtests.catalogue import find
from loadtests.parts import part_of
from loadtests.stage import install

LOCUST = bootstrap.LOCUST_VERSION
ENTRY = find("L-ALL-1")

_MODULES = [import_module(f"loadtests.scenarios.{find(id_).path.stem}") for id_ in ENTRY.parts]
_PARTS = [part_of(module) for module in _MODULES]
# Locust finds users by their names in this module.
globals().update({user.__name__: user for _, users in _PARTS for user in users})
install(*(scenario for scenario, _ in _PARTS), entry=ENTRY)
