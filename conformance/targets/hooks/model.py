"""What every hook speaks, and what can go wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from conformance.failures import NotApplicable, Untestable

Json = dict[str, Any]

FAULTS: Mapping[str, str] = {
    "soft_reset": "fault.soft",
    "hard_reset": "fault.hard",
    "drop_stream": "fault.drop",
    "expire_resume_tokens": "fault.expire",
    "send_snapshot_size": "fault.size",
    "split_changeset": "fault.split",
    "pause_emission": "fault.pause",
    "resume_emission": "fault.pause",
}
"""Faults, and the capability that each of them needs."""

UNSUPPORTED: Json = {"ok": False, "unsupported": True}


class HookError(Untestable):
    """A hook that was declared did not do what was asked of it."""


class HookRefused(HookError):
    """The hook understood and said no.

    Attributes:
        code: name of a gRPC status, `UNKNOWN` where the hook gave none.
    """

    def __init__(self, what: str, code: str, text: str) -> None:
        self.code = code
        super().__init__(f"the hook refuses {what}: {code}: {text}")


class Undeclared(NotApplicable):
    """The hook does not have what is asked for."""


class Adapter(Protocol):
    """Carries requests to a hook."""

    def send(self, request: Json) -> Json:
        """The answer to one request: `{"ok": true, …}`, refused or unsupported.

        Raises:
            HookError: the hook cannot be reached, or does not answer in time.
        """

    def close(self) -> None:
        """End what belongs to it."""
