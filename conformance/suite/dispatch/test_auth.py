"""Keys and signatures (service notes of the published API; metadata as the clients send it)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.failures import TargetLost
from conformance.judging import (
    DENIED,
    UNAUTHENTICATED,
    Refused,
    attempt,
    expect,
    refused,
    requirement,
)
from conformance.recorder import now_us
from conformance.suite.dispatch.listing import some
from conformance.targets.credentials import Headers
from conformance.targets.dispatch import DispatchTarget

SIGNING = ("key", "ts", "nonce", "sig")
GET, LIST, DELETE = "GetMicrogridDispatch", "ListMicrogridDispatches", "DeleteMicrogridDispatch"
HOUR_S = 3600
PLAIN_S = 5.0

Call = Callable[[Headers], Any]


def without(dispatch: DispatchTarget, method: str, *names: str) -> Headers:
    """Our headers without some of them; what a gateway wants stays."""
    return [(k, v) for k, v in dispatch.credentials.headers(method) if k not in names]


def altered(headers: Headers, name: str, value: str) -> Headers:
    return [(k, value if k == name else v) for k, v in headers]


def calls(dispatch: DispatchTarget) -> list[tuple[str, Call]]:
    """Every method by name, as a call that takes headers; in this order all of them succeed."""
    kept = dispatch.create()

    def stream(metadata: Headers) -> None:
        with dispatch.stream(metadata=metadata):
            pass

    return [
        (LIST, lambda metadata: dispatch.list(metadata=metadata)),
        (GET, lambda metadata: dispatch.get(kept.id, metadata=metadata)),
        ("CreateMicrogridDispatch", lambda metadata: dispatch.create(metadata=metadata)),
        (
            "UpdateMicrogridDispatch",
            lambda metadata: dispatch.update(kept.id, duration_s=900, metadata=metadata),
        ),
        ("StreamMicrogridDispatches", stream),
        (DELETE, lambda metadata: dispatch.delete(kept.id, metadata=metadata)),
    ]


@requirement("DSP-AUT-001")
def test_call_without_key(dispatch: DispatchTarget) -> None:
    for method, call in calls(dispatch):
        headers = without(dispatch, method, *SIGNING)
        refused(partial(call, headers), UNAUTHENTICATED, f"{method} without a key")


@requirement("DSP-AUT-002")
def test_unknown_key(dispatch: DispatchTarget) -> None:
    for method, call in calls(dispatch):
        headers = dispatch.credentials.headers(method, key=f"unknown-{dispatch.random_id()}")
        refused(partial(call, headers), DENIED, f"{method} with an unknown key")


@requirement("DSP-AUT-003")
def test_call_without_signature(dispatch: DispatchTarget) -> None:
    for method, call in calls(dispatch):
        headers = without(dispatch, method, "ts", "nonce", "sig")
        refused(partial(call, headers), DENIED, f"{method} without a signature")


@requirement("DSP-AUT-004")
def test_signed_calls_are_accepted(dispatch: DispatchTarget) -> None:
    for method, call in calls(dispatch):
        answer = attempt(partial(call, dispatch.credentials.headers(method)))
        expect(not isinstance(answer, Refused), f"{method}, signed", got=answer, wanted="accepted")


@requirement("DSP-AUT-005")
def test_altered_signature_parts(dispatch: DispatchTarget) -> None:
    headers = partial(dispatch.credentials.headers, LIST)
    values = dict(headers())
    sig, nonce, ts = values["sig"], values["nonce"], values["ts"]
    wrong_sig = sig[:-2] + ("A" if sig[-2] != "A" else "B") + sig[-1]
    wrong_nonce = ("A" if nonce[0] != "A" else "B") + nonce[1:]
    cases = {
        "an altered signature": altered(headers(), "sig", wrong_sig),
        "an altered nonce": altered(headers(), "nonce", wrong_nonce),
        "an altered time stamp": altered(headers(), "ts", str(int(ts) - 1)),
        "an empty signature": altered(headers(), "sig", ""),
        "the signature of another method": dispatch.credentials.headers(GET),
        "a signature by another secret": headers(secret=f"{dispatch.credentials.secret}x"),
    }
    for what, forged in cases.items():
        refused(partial(dispatch.list, metadata=forged), DENIED, f"a call with {what}")


@requirement("DSP-AUT-006")
def test_old_time_stamps_and_repeated_nonces(dispatch: DispatchTarget) -> None:
    now_s = now_us() // 1_000_000  # who signs uses the own clock, whatever the target's shows
    old = dispatch.credentials.headers(LIST, ts=now_s - HOUR_S)
    refused(partial(dispatch.list, metadata=old), DENIED, "a call signed an hour ago")
    headers = dispatch.credentials.headers(LIST)
    dispatch.list(metadata=headers)
    refused(partial(dispatch.list, metadata=headers), DENIED, "a signed call repeated")


@requirement("DSP-AUT-007")
def test_signature_is_good_for_its_own_method_only(dispatch: DispatchTarget) -> None:
    created = dispatch.create()
    headers = dispatch.credentials.headers(LIST)
    refused(
        lambda: dispatch.delete(created.id, metadata=headers),
        DENIED,
        "a deletion signed as a list",
    )
    shown = dispatch.get(created.id)
    expect(shown == created, "dispatch after the refused deletion", got=shown, wanted=created)


@requirement("DSP-AUT-008")
def test_plain_text_is_refused(dispatch: DispatchTarget) -> None:
    with dispatch.plaintext_connection() as plain:
        try:
            plain.list(deadline_s=PLAIN_S)
        except TargetLost:
            # No connection comes about without TLS; the target itself has to be there still.
            dispatch.list()
            return
        except Refused as refusal:
            known = refusal.code.name in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "UNAUTHENTICATED")
            expect(known, "a call in plain text", got=refusal.code.name, wanted="no connection")
            return
    expect(False, "a call in plain text", got="answered", wanted="no connection")


@requirement("DSP-AUT-009")
def test_key_is_judged_before_existence(dispatch: DispatchTarget) -> None:
    (created,) = dispatch.prepared(some, 1)
    key = f"unknown-{dispatch.random_id()}"
    answers = {
        what: refused(
            partial(dispatch.get, id, metadata=dispatch.credentials.headers(GET, key=key)),
            DENIED,
            f"getting {what} with an unknown key",
        )
        for what, id in (("a dispatch", created.id), ("no dispatch", dispatch.random_id()))
    }
    codes = {what: answer.code.name for what, answer in answers.items()}
    expect(len(set(codes.values())) == 1, "status with an unknown key", got=codes, wanted="one")
