"""Faults of an exchange API, brought about through the REST side of `gridproof.control.v1`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from conformance.failures import NotApplicable, Untestable
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.credentials import Credentials
from conformance.targets.exchange_session import ExchangeSession
from conformance.targets.http_client import HttpClient, HttpError

PATH = "/control/v1/exchange/faults"


@contextmanager
def fault(session: ExchangeSession, recorder: Recorder, order: Mapping[str, Any]) -> Iterator[None]:
    """Bring a fault about, and clear it at the end.

    Args:
        session: what all checks of the process share.
        recorder: what this check says and hears.
        order: an `ExchangeFault` as JSON, without id.

    Raises:
        NotApplicable: the profile names no control interface.
        Untestable: it does not answer, or refuses.
    """
    id_ = _ordered(session, recorder, "POST", PATH, order).get("id")
    try:
        yield
    finally:
        _ordered(session, recorder, "DELETE", f"{PATH}/{id_}", None)


def _ordered(
    session: ExchangeSession,
    recorder: Recorder,
    verb: str,
    path: str,
    order: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    control = session.profile.control
    if control is None:
        raise NotApplicable("the profile names no control interface")
    client = HttpClient(
        control.url,
        tls=session.target.tls,
        credentials=Credentials(metadata=control.headers),
        budget=session.budget,
        deadline_s=session.profile.deadline,
    )
    began, at_us = time.perf_counter(), now_us()
    body = None if order is None else json.dumps(order).encode()
    headers = [*client.headers(), ("Content-Type", "application/json")]
    try:
        answer = client.call(verb, path, headers=headers, body=body)
    except HttpError as error:
        raise Untestable(f"{control.url} does not answer: {error}") from None
    said = answer.body.decode(errors="replace")
    recorder.add(
        Step(
            kind="hook",
            method=f"{verb} {path}",
            request=dict(order or {}),
            reply={"status": answer.status, "text": said[:500]},
            at_us=at_us,
            took_ms=(time.perf_counter() - began) * 1000,
        )
    )
    # A fault that has happened as often as it was to is gone by itself.
    if answer.status != 200 and not (verb == "DELETE" and answer.status == 404):
        raise Untestable(f"{verb} {path} at {control.url}: HTTP {answer.status} {said[:200]}")
    found = json.loads(said)
    return found if isinstance(found, dict) else {}
