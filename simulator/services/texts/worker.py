"""A process that evaluates texts and may be ended at any moment: one JSON job a line, one reply.

It ends itself when its input does, so it never outlives the server; where the system has them, it
also carries limits of its own: processor time for a job, memory, and a low priority.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from simulator.services.texts.errors import ExecutionFailed, InputInvalid, SchemaInvalid
from simulator.services.texts.limits import CPU_S, FULL
from simulator.services.texts.schemas import Checker
from simulator.services.texts.templates import Renderer, TooMuch

__all__ = ["main"]

_MEMORY = 2 * 1024**3


def main() -> None:
    """Announce readiness with an empty reply, then answer jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # An interrupt is the server's to handle.
    _lower()
    jobs = _jobs()
    _reply({})
    for line in sys.stdin:
        job = json.loads(line)
        _limit(CPU_S)
        try:
            reply = _answer(jobs[job.pop("do")], job)
        finally:
            _limit(0)
        _reply(reply)


def _jobs() -> dict[str, Callable[..., Any]]:
    return {"render": Renderer(FULL).render, "check": Checker(FULL).check}


def _answer(call: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": call(**arguments)}
    except InputInvalid as error:
        return {"error": "InputInvalid", "violations": error.violations}
    except (ExecutionFailed, SchemaInvalid, TooMuch) as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {"error": "TooMuch", "text": "more memory than the limit allows"}


def _reply(reply: dict[str, Any]) -> None:
    print(json.dumps(reply), flush=True)


def _lower() -> None:
    if hasattr(os, "nice"):
        os.nice(19)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _limit(seconds: float) -> None:
    """Let the system end this process after so much processor time; 0 lifts the limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


if __name__ == "__main__":
    main()
