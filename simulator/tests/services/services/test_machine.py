"""Any history of any services, against a small model of what each must be.

The model knows no timers and no log: a load is the instant at which it will be over, worked out
when it begins. Streams opened on the way must lead to the same services and the same totals.
"""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from simulator.services.errors import Code, ServiceError

from .api import Api, at, config_text

IDS = ["a", "b", "c"]
DELAYS = {"": 0.0, "1s": 1.0}
INITIAL = 0.5


def configs() -> list[Any]:
    """Every way a load may go, and texts that cannot be read."""
    found: list[Any] = ["{", ""]
    for delay in DELAYS:
        for fails in (0, 2, None):
            for retry in (None, {}, {"maxAttempts": 2}):
                knobs: dict[str, Any] = {"loadDelay": delay} if delay else {}
                knobs |= {"failAlways": True} if fails is None else {"failAttempts": fails}
                if retry is not None:
                    knobs["retry"] = retry
                found.append({"fault": knobs})
    return found


@dataclass(frozen=True)
class Life:
    """What is known of one service."""

    config: Any = None
    active: bool = False
    failed: bool = False
    attempts: int = 0
    """Failures since the last stop or config."""
    begun: float | None = None
    """When the present load began; None if there is none."""

    def outcome(self) -> tuple[list[float], float | None, bool]:
        """Instants of failures, the end (None: never), and whether that is a success."""
        knobs = self.config["fault"]
        delay = DELAYS[knobs.get("loadDelay", "")]
        fails = None if knobs.get("failAlways") else knobs["failAttempts"]
        retry = knobs.get("retry")
        most = 1 if retry is None else retry.get("maxAttempts", 0)
        failures, now, wait = [], self.begun, INITIAL
        while len(failures) < 20:
            now += delay
            if fails is not None and len(failures) >= fails:
                return failures, now, True
            failures.append(now)
            if most and len(failures) >= most:
                return failures, now, False
            now += wait
            wait = min(wait * 1.5, 30.0)
        return failures, None, False

    def seen(self, now: float) -> "Life":
        """What it is at an instant."""
        if self.begun is None:
            return self
        failures, end, success = self.outcome()
        if end is None or end > now:
            return self
        count = self.attempts + len(failures)
        return replace(self, begun=None, attempts=count, active=success, failed=not success)

    def attempts_at(self, now: float) -> int:
        """How many failures are told."""
        if self.begun is None:
            return self.attempts
        return self.attempts + sum(failure <= now for failure in self.outcome()[0])


class Services(RuleBasedStateMachine):
    """Calls, time and streams."""

    streams = Bundle("streams")

    def __init__(self):
        super().__init__()
        self.api = Api()
        self.lives: dict[str, Life] = {}
        self.now = 0.0
        self.all = []

    def call(self, verb, **fields):
        """The code of a refusal, None if there was none."""
        try:
            self.api.call(verb, **fields)
        except ServiceError as error:
            return error.code
        return None

    service_ids = st.sampled_from(IDS)

    @rule(service_id=service_ids, config=st.sampled_from(configs()), active=st.booleans())
    def creates(self, service_id, config, active):
        service = {"id": service_id, "type": "plain", "active": active}
        code = self.call("create", service=service | {"config_raw": config_text(config)})
        if service_id in self.lives:
            assert code is Code.ALREADY_EXISTS
        elif config == "{":
            assert code is Code.INVALID_ARGUMENT
        else:
            assert code is None
            loads = active and config != ""
            self.lives[service_id] = Life(
                config=config or None, active=active, begun=self.now if loads else None
            )

    @rule(service_id=service_ids, allowed=st.booleans())
    def starts(self, service_id, allowed):
        code = self.call("start", id=service_id, allow_active=allowed)
        life = self.lives.get(service_id)
        if life is None:
            assert code is Code.NOT_FOUND
        elif life.active:
            assert code is (None if allowed else Code.FAILED_PRECONDITION)
        else:
            assert code is None
            begun = self.now if life.config is not None else None
            self.lives[service_id] = replace(life, active=True, failed=False, begun=begun)

    @rule(service_id=service_ids, allowed=st.booleans())
    def stops(self, service_id, allowed):
        code = self.call("stop", id=service_id, allow_inactive=allowed)
        life = self.lives.get(service_id)
        if life is None:
            assert code is Code.NOT_FOUND
        elif not life.active:
            assert code is (None if allowed else Code.FAILED_PRECONDITION)
        else:
            assert code is None
            self.lives[service_id] = Life(config=life.config)

    @rule(service_id=service_ids, config=st.sampled_from(configs()))
    def configures(self, service_id, config):
        code = self.call("configure", id=service_id, config_raw=config_text(config))
        life = self.lives.get(service_id)
        if life is None:
            assert code is Code.NOT_FOUND
        elif life.begun is not None:
            assert code is Code.FAILED_PRECONDITION
        elif isinstance(config, str):
            assert code is Code.INVALID_ARGUMENT
        else:
            assert code is None
            begun = self.now if life.active else None
            self.lives[service_id] = Life(config=config, active=life.active, begun=begun)

    @rule(service_id=service_ids, allowed=st.booleans())
    def deletes(self, service_id, allowed):
        code = self.call("delete", id=service_id, allow_missing=allowed)
        missing = self.lives.pop(service_id, None) is None
        assert code is (Code.NOT_FOUND if missing and not allowed else None)

    @rule(seconds=st.sampled_from([0.25, 0.5, 1.0, 3.0]))
    def waits(self, seconds):
        self.api.wait(seconds)
        self.now += seconds

    @rule(target=streams, updates_only=st.booleans())
    def follows(self, updates_only):
        if len(self.all) >= 4:
            return multiple()
        known = {service.id: service for service in self.api.list().services}
        stream = Follower(self.api, known if updates_only else {}, updates_only)
        self.all.append(stream)
        return stream

    @rule(stream=streams, most=st.integers(1, 3))
    def reads(self, stream, most):
        stream.read(most)

    @invariant()
    def each_service_is_what_it_must_be(self):
        listed = {service.id: service for service in self.api.list().services}
        self.lives = {key: life.seen(self.now) for key, life in self.lives.items()}
        assert listed.keys() == self.lives.keys()
        for service_id, life in self.lives.items():
            service = listed[service_id]
            assert service == self.api.get(service_id)
            told = (service.active, service.loading, bool(service.error))
            waits = life.attempts_at(self.now) > life.attempts
            assert told == (life.active, life.begun is not None, life.failed or waits)
            assert service.config_raw == ("" if life.config is None else config_text(life.config))
            assert service.failed_attempts == life.attempts_at(self.now)
            assert service.HasField("next_attempt_time") == waits
            check_times(service)

    @invariant()
    def the_totals_are_those_of_the_list(self):
        services, totals = self.api.list().services, self.api.totals()
        assert totals.total_count == len(services) == totals.type_counts["plain"]
        assert totals.total_active_count == sum(service.active for service in services)
        failed = [service for service in services if service.error and not service.active]
        assert totals.total_error_count == len(failed)

    def teardown(self):
        for stream in self.all:
            stream.read(None)
            assert stream.held == {service.id: service for service in self.api.list().services}
            assert stream.totals in (None, self.api.totals())


def check_times(service: Any) -> None:
    """What holds of the times of any service, whatever happened."""
    inactive, active = at(service, "last_inactive_time"), at(service, "last_active_time")
    assert inactive is not None
    assert (active is not None) >= service.active
    if active is not None:
        assert active >= inactive if service.active else inactive >= active
    begun, ended = at(service, "last_loading_start_time"), at(service, "last_loading_end_time")
    if service.loading:
        assert begun is not None
    assert (begun is None) <= (ended is None)
    if service.HasField("next_attempt_time"):
        assert at(service, "next_attempt_time") > at(service, "last_error_time")


class Follower:
    """A client of all streams of a collection that goes by the presence of values."""

    def __init__(self, api: Api, known: dict[str, Any], updates_only: bool) -> None:
        self.held = dict(known)
        self.totals = None
        self.all = api.follow("pull_all", updates_only=updates_only)
        self.metadata = api.follow("pull_metadata", updates_only=updates_only)

    def read(self, most: int | None) -> None:
        for message in self.all.messages(most):
            for change in message.changes:
                self.apply(change)
        for message in self.metadata.messages(most):
            for change in message.changes:
                assert change.metadata != self.totals
                self.totals = change.metadata

    def apply(self, change: Any) -> None:
        new = change.new_value if change.HasField("new_value") else None
        old = change.old_value if change.HasField("old_value") else None
        service_id = (new or old).id
        assert self.held.get(service_id) == old
        if new is None:
            del self.held[service_id]
        else:
            self.held[service_id] = new


Services.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestServices = Services.TestCase
