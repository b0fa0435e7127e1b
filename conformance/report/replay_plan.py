"""Turns a recorded exchange into steps that can be repeated later.

Texts that the target gave out (ids, page tokens, times) become variables, instants near the run
become offsets from "now". Both are written as `{{name}}` and `{{now+SECONDS}}` inside JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.targets.api import Replay

NEAR_S = 40 * 86400
"""Instants this close to the run move along with it; others stay where they are."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
_SAVED = (
    "dispatch_id",
    "next_page_token",
    "nextPageToken",
    "create_time",
    "update_time",
    "modification_time",
)
_HTTP = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/.*)")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a script needs to know of the target; nothing secret.

    Attributes:
        endpoint, http: its addresses.
        tls: whether it speaks TLS.
        replay: what its API adds to that.
        file: name of the descriptors beside the script.
    """

    endpoint: str
    http: str
    tls: bool
    replay: Replay
    file: str

    def path(self, method: str) -> str:
        """`package.Service/Method`; a method that no service has is asked of the first."""
        replay = self.replay
        for service in replay.services:
            if replay.contract is not None and method in replay.contract.methods(service):
                return f"{service}/{method}"
        return f"{replay.services[0]}/{method}"


def plan(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps to repeat: calls and opened streams, with what to save from their answers.

    Each has `kind` (`call`, `open`, `hook`), `method`, `request` (JSON with placeholders) or
    `bytes`, `saves` (variable name to path in the answer) and `was` (the status seen). Calls over
    HTTP have `http` (verb and path), and their request has a `query` and perhaps a `body`. What was
    asked of a mutation hook is for people to repeat.
    """
    base_us = next((s["at_us"] for s in steps if "at_us" in s), 0)
    base_s = base_us // 1_000_000
    names: dict[str, str] = {}
    sent: set[str] = set()
    planned = []
    for step in steps:
        if step["kind"] not in ("call", "open", "hook"):
            continue
        request = step.get("request", {})
        entry: dict[str, Any] = {"kind": step["kind"], "method": step["method"]}
        if http := _HTTP.fullmatch(step["method"]):
            entry["http"] = [http[1], http[2]]
        if "bytes_base64" in request:
            entry["bytes"] = request["bytes_base64"]
        else:
            entry["request"] = _replaced(request, names, base_s)
            sent |= {text for _, text in _texts(request)}
        saves = {} if step["kind"] == "hook" else _saves(step.get("reply"), names, sent)
        if saves:
            entry["saves"] = saves
        status = step.get("status")
        entry["was"] = f"{status['code']}: {status['details']}" if status else "OK"
        planned.append(entry)
    return planned


def _saves(reply: Any, names: dict[str, str], sent: set[str]) -> dict[str, str]:
    """Variables for what this answer gave out for the first time."""
    saves = {}
    for path, text in _texts(reply):
        if path[-1] in _SAVED and text not in names and text not in sent:
            names[text] = f"v{len(names) + 1}"
            saves[names[text]] = ".".join(str(part) for part in path)
    return saves


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str) and path:
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _replaced(value: Any, names: dict[str, str], base_s: int) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, names, base_s) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, names, base_s) for item in value]
    if not isinstance(value, str):
        return value
    if value in names:
        return f"{{{{{names[value]}}}}}"
    if value[:1] == "#" and value[1:] in names:
        return f"#{{{{{names[value[1:]]}}}}}"
    return _relative(value, base_s)


def _relative(text: str, base_s: int) -> str:
    match = _TIME.fullmatch(text)
    if not match:
        return text
    at_s = int(datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp())
    if abs(at_s - base_s) > NEAR_S:
        return text
    return f"{{{{now{at_s - base_s:+d}{match[2] or ''}}}}}"


__all__ = ["Context", "plan"]
