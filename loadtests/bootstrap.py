"""Makes gevent, locust and gRPC live together; every scenario imports this module first.

Importing locust patches the standard library; only then may gRPC be told to wait through gevent,
and only after that may anything open a channel. Without `init_gevent` the first call freezes the
whole worker. Nothing here opens a socket or starts a thread, so `--processes` may fork afterwards.
"""

from __future__ import annotations

import locust

# isort: split
# Everything below has to see the patched library.
from importlib import import_module

from gevent import monkey

if not monkey.is_module_patched("socket"):
    raise ImportError(
        "locust has not patched the standard library: unset LOCUST_SKIP_MONKEY_PATCH "
        "and run load scenarios in a process of their own"
    )

# By name, because the type stubs do not know this module.
import_module("grpc.experimental.gevent").init_gevent()

LOCUST_VERSION: str = locust.__version__
