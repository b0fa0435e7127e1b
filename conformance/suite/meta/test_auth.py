"""Who may call: credentials, and the permissions of seed 003, over both transports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import grpc

from conformance.failures import NotApplicable
from conformance.judging import (
    DENIED,
    EVENT_S,
    HIDDEN,
    UNAUTHENTICATED,
    Refused,
    advise,
    expect,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS
from conformance.suite.meta.reading import absent_name, parent_for
from conformance.suite.meta.samples import sample
from conformance.targets.meta import MetaTarget

Call = Callable[[MetaTarget], Any]

NO_PERMISSION, WATCH_ONLY = "no_permission", "watch_only"
READS, WATCHES = ("Get", "BatchGet", "List"), ("Watch of one", "Watch")


def _transports(meta: MetaTarget) -> Sequence[MetaTarget]:
    """The target over gRPC, and over REST where it has that."""
    return (meta,) if meta.session.rest is None else (meta, meta.over_rest())


def _calls(meta: MetaTarget, kind: str) -> Mapping[str, Call]:
    """Each method of a kind, as a call about something that is there if anything is."""
    name, scope = _known(meta, kind)
    return {
        "Get": lambda api: api.get(name),
        "BatchGet": lambda api: api.batch(kind, [name]),
        "List": lambda api: api.list(kind, **scope),
        "Watch of one": partial(_first_of_one, name),
        "Watch": partial(_first, kind, scope),
    }


def _known(meta: MetaTarget, kind: str) -> tuple[str, Mapping[str, Any]]:
    """The name of a resource, and arguments of a list that has it, if there is any."""
    try:
        population = sample(meta, kind)
    except NotApplicable:
        return absent_name(meta, kind), {"parent": parent_for(meta, kind)}
    return population.names[0], population.scope


def _first_of_one(name: str, api: MetaTarget) -> Any:
    with api.watch_one(name) as watch:
        return watch.first(EVENT_S)


def _first(kind: str, scope: Mapping[str, Any], api: MetaTarget) -> Any:
    with api.watch(kind, **scope) as watch:
        return watch.first(EVENT_S)


def _kinds() -> list[str]:
    return sampled(tuple(KINDS), 1)


@requirement("META-AUTH-001")
def test_calls_without_credentials(meta: MetaTarget) -> None:
    for kind in _kinds():
        for method, call in _calls(meta, kind).items():
            for api in _transports(meta):
                what = f"{method} of {kind} without credentials over {api.transport}"
                refusal = refused(partial(call, api.without_credentials()), DENIED, what)
                code = refusal.code
                advise(code in UNAUTHENTICATED, what, got=code, wanted=UNAUTHENTICATED)


@requirement("META-AUTH-002", needs=[NO_PERMISSION])
def test_calls_without_any_permission(meta: MetaTarget) -> None:
    _denied(meta, NO_PERMISSION, (*READS, *WATCHES))


@requirement("META-AUTH-002", needs=[WATCH_ONLY])
def test_reads_with_the_permission_to_watch(meta: MetaTarget) -> None:
    _denied(meta, WATCH_ONLY, READS)


def _denied(meta: MetaTarget, role: str, methods: Sequence[str]) -> None:
    """Fail unless a caller is told to lack permission; that nothing is there may be said, too."""
    for kind in _kinds():
        calls = _calls(meta, kind)
        for method in methods:
            for api in _transports(meta):
                what = f"{method} of {kind} as {role} over {api.transport}"
                codes = {*HIDDEN, *UNAUTHENTICATED}
                refusal = refused(partial(calls[method], api.as_identity(role)), codes, what)
                denied = refusal.code is grpc.StatusCode.PERMISSION_DENIED
                advise(denied, what, got=refusal.code, wanted=grpc.StatusCode.PERMISSION_DENIED)


@requirement("META-AUTH-003", needs=[WATCH_ONLY])
def test_permission_to_watch_is_enough_for_both_watches(meta: MetaTarget) -> None:
    for kind in _kinds():
        calls = _calls(meta, kind)
        for method in WATCHES:
            for api in _transports(meta):
                _admitted(api.as_identity(WATCH_ONLY), calls[method], f"{method} of {kind}")


def _admitted(api: MetaTarget, call: Call, what: str) -> None:
    what = f"{what} as {WATCH_ONLY} over {api.transport}"
    try:
        call(api)
    except Refused as refusal:
        # Without anything to watch, that is what may be said.
        missing = refusal.code is grpc.StatusCode.NOT_FOUND
        expect(missing, what, got=refusal.got, wanted="a message")


@requirement("META-AUTH-004", needs=[NO_PERMISSION])
def test_watches_without_permission_say_nothing(meta: MetaTarget) -> None:
    for kind in _kinds():
        for api in _transports(meta):
            _silent(meta, api.as_identity(NO_PERMISSION), kind, f"as {NO_PERMISSION}")


@requirement("META-AUTH-004")
def test_watches_without_credentials_say_nothing(meta: MetaTarget) -> None:
    for kind in _kinds():
        for api in _transports(meta):
            _silent(meta, api.without_credentials(), kind, "without credentials")


def _silent(meta: MetaTarget, caller: MetaTarget, kind: str, who: str) -> None:
    """Fail unless both watches of a kind end with a refusal, and nothing comes before it."""
    name, scope = _known(meta, kind)
    codes = DENIED | HIDDEN
    for method, watching in (
        (WATCHES[0], caller.watch_one(name)),
        (WATCHES[1], caller.watch(kind, **scope)),
    ):
        what = f"{method} of {kind} {who} over {caller.transport}"
        with watching as watch:
            message = watch.next(EVENT_S)
            expect(message is None, f"first message of {what}", got=message, wanted="none")
            expect(watch.status in codes, f"end of {what}", got=watch.status, wanted=codes)
