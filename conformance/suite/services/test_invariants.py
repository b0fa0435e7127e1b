"""What holds for every service at any time, and for every call (seed 004)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import grpc

from conformance.judging import Refused, by_depth, expect, observe, passive, requirement
from conformance.oracles.services.invariants import backwards, broken
from conformance.oracles.services.model import Service
from conformance.suite.services.loading import waiting
from conformance.suite.services.reading import some, writing
from conformance.targets.services import ServicesTarget

LOOKS = ("SVC-INV-001", "SVC-INV-002", "SVC-INV-003", "SVC-INV-005")
"""What one look at a service can break."""

NO_ANSWER = frozenset(
    {
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""Statuses that tell of a call that was never answered."""

BARE = frozenset({grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL})
"""Statuses that blame the server."""

Calls = Mapping[str, Callable[[], object]]


@requirement(*LOOKS)
@passive
def test_every_service_that_is_listed_is_sound(services: ServicesTarget) -> None:
    if writing(services) and services.session.lacks("ok") is None:
        services.make(active=True)
    for name in services.profile.names.model_dump().values():
        if name:
            for shown in services.list_all(name=name):
                judge_look(services, shown)


@requirement(*LOOKS, "SVC-INV-004")
def test_a_service_is_sound_all_its_life(services: ServicesTarget) -> None:
    kinds = [kind for kind in ("ok", "fail", "slow", "retry") if services.session.recipe(kind)]
    for kind in by_depth(full=kinds, staging=kinds[:2]):
        made = services.make(kind)
        looks = _Looks(services, made)
        with services.pull(made.id) as pull, services.pull_all() as all_:
            services.start(made.id)
            services.until(made.id, looks.ended, what="an end of loading")
            services.stop(made.id, allow_inactive=True)
            services.until(made.id, looks.ended, what="an end of loading")
            services.start(made.id)
            looks.take(waiting(services, made.id) if kind == "retry" else services.get(made.id))
            services.stop(made.id, allow_inactive=True)
            looks.take(services.get(made.id))
            services.delete(made.id)
            pull.ended(services.profile.latency)
            shown = [change.service for change in pull.changes]
            shown += [change.new for change in all_.changes if change.id == made.id]
        for look in shown:
            if look is not None:
                judge_look(services, look)


class _Looks:
    """One look after the other at a service, by Get."""

    def __init__(self, services: ServicesTarget, first: Service) -> None:
        self.services = services
        self.latest = first

    def take(self, shown: Service) -> None:
        """Judge a look by itself and against the one before."""
        judge_look(self.services, shown)
        for violation in backwards(self.latest, shown):
            expect(False, f"service {shown.id}", got=violation.text, breaks=violation.code)
        self.latest = shown

    def ended(self, shown: Service) -> bool:
        """The same; whether no load is under way."""
        self.take(shown)
        return shown.settled


def judge_look(services: ServicesTarget, shown: Service) -> None:
    """Fail unless a service, shown whole, makes sense."""
    sticky = services.quirky("stop-in-backoff-sticky")
    for violation in broken(shown, sticky=sticky):
        expect(False, f"service {shown.id}", got=violation.text, breaks=violation.code)


@requirement("SVC-INV-006", "SVC-INV-007")
@passive
def test_mistakes_of_readers(services: ServicesTarget) -> None:
    _judge_answers(services, _reads(services))


@requirement("SVC-INV-006", "SVC-INV-007")
def test_mistakes_of_writers(services: ServicesTarget) -> None:
    _judge_answers(services, _writes(services))


def _judge_answers(services: ServicesTarget, calls: Calls) -> None:
    """Fail where a call was not answered, or the server takes the blame for its caller."""
    codes = _codes(calls)
    unanswered = {what: code.name for what, code in codes.items() if code in NO_ANSWER}
    what, wanted = "ends of calls", "an answer or a refusal"
    expect(not unanswered, what, got=unanswered, wanted=wanted, breaks="SVC-INV-006")
    bare = {what: code.name for what, code in codes.items() if code in BARE}
    if services.quirky("bare-errors"):
        tally = Counter(code.name for code in codes.values())
        observe(", ".join(f"{number} times {name}" for name, number in sorted(tally.items())))
        return
    wanted = "a status that says what is wrong"
    expect(not bare, "mistakes of a caller", got=bare, wanted=wanted, breaks="SVC-INV-007")


def _codes(calls: Calls) -> dict[str, grpc.StatusCode]:
    """With what each call ends."""
    codes = {}
    for what, call in calls.items():
        try:
            call()
            codes[what] = grpc.StatusCode.OK
        except Refused as refusal:
            codes[what] = refusal.code
    return codes


def _reads(services: ServicesTarget) -> Calls:
    """Calls that only read, all but the first two of them mistaken."""
    id_, absent = some(services).id, services.fresh_id()
    return {
        "Get": lambda: services.get(id_),
        "Get of metadata": lambda: services.metadata(),
        "Get of an unknown id": lambda: services.get(absent),
        "Get without id": lambda: services.get(""),
        "List with a token of our own": lambda: services.list(token="no token"),
        "List of an unknown collection": lambda: services.list(name=absent),
        "metadata of an unknown collection": lambda: services.metadata(name=absent),
    }


def _writes(services: ServicesTarget) -> Calls:
    """Mistaken calls that would write."""
    absent, recipe = services.fresh_id(), services.recipe()
    idle, active = services.make(), services.make(active=True)
    calls: dict[str, Callable[[], object]] = {
        "Start of an unknown id": lambda: services.start(absent),
        "Stop of an unknown id": lambda: services.stop(absent),
        "Configure of an unknown id": lambda: services.configure(absent, recipe.config),
        "Delete of an unknown id": lambda: services.delete(absent),
        "Start without id": lambda: services.start(""),
        "Stop without id": lambda: services.stop(""),
        "Configure without id": lambda: services.configure("", recipe.config),
        "Delete without id": lambda: services.delete(""),
        "Create without a type": lambda: services.create(id=services.fresh_id()),
        "Create of an unknown type": lambda: services.create(
            id=services.fresh_id(), type=services.fresh_id()
        ),
        "Start of an active service": lambda: services.start(active.id),
        "Stop of an inactive service": lambda: services.stop(idle.id),
    }
    if services.session.recipe("bad"):
        bad = services.recipe("bad")
        if bad.type == recipe.type:
            calls["Configure with a bad text"] = lambda: services.configure(active.id, bad.config)
    return calls
