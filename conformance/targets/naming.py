"""Names for what checks make: fresh in every call, with the tag of the run."""

from __future__ import annotations

import hashlib
import itertools
import os
import re

_TAGGED = re.compile(r"gp[0-9a-f]{6}-")


def is_tagged(name: str) -> bool:
    """Whether a name is one of ours, of whichever run."""
    return bool(_TAGGED.match(name))


class Names:
    """Ids that no other run, process or call has used; each bears the tag of the run.

    Args:
        run_id: everything made in one run has a prefix of its own.
    """

    def __init__(self, run_id: str) -> None:
        self.prefix = "gp" + hashlib.sha256(run_id.encode()).hexdigest()[:6]
        self._process = f"{os.getpid():x}"
        self._numbers = itertools.count()

    def fresh(self) -> str:
        """An id that callers may choose: a lower-case label (RFC 1034)."""
        return f"{self.prefix}-{self._process}-{next(self._numbers):05d}"
