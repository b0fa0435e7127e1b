"""The life cycle of one service, each transition with its times and counters."""

from itertools import pairwise

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.services import LoadFailed

from .api import FAILING, FATAL, RETRYING, SLOW, TWICE, Api, at, fault, state, times


@pytest.fixture
def api() -> Api:
    return Api()


def seen(stream):
    """The states that a stream tells."""
    return [state(change.service) for change in stream.changes()]


def test_created_inactive(api):
    created = api.create()
    assert state(created) == "INACTIVE"
    assert (created.id, created.type, created.config_raw) == ("a", "plain", "")
    assert times(created).inactive == 0
    assert [name for name, value in vars(times(created)).items() if value is not None] == [
        "inactive"
    ]


def test_created_inactive_with_a_config(api):
    created = api.create(config='{ "ü":  1}')
    assert state(created) == "INACTIVE"
    assert created.config_raw == '{ "ü":  1}'
    assert times(created).config == 0
    assert times(created).loading_start is None
    assert api.calls == []


def test_created_active_without_a_config_never_loads(api):
    stream = api.follow("pull_all")
    created = api.create(active=True)
    assert state(created) == "ACTIVE"
    assert times(created).inactive == times(created).active == 0
    assert times(created).loading_start is None
    assert [change.new_value.loading for change in stream.changes()] == [False]
    assert api.calls == [("a", "apply", None)]


def test_created_active_with_a_config_is_loading_in_the_reply(api):
    api.wait(1)
    created = api.create(active=True, config="{}")
    assert state(created) == "LOADING"
    loaded = api.get()
    assert state(loaded) == "ACTIVE"
    found = times(loaded)
    assert found.inactive <= found.active <= found.config <= found.loading_start
    assert found.loading_start <= found.loading_end
    assert api.calls == [("a", "apply", {})]


def test_a_slow_load_takes_its_time(api):
    created = api.create(active=True, config=SLOW)
    assert state(created) == "LOADING"
    api.wait(1.999999)
    assert state(api.get()) == "LOADING"
    assert api.calls == []
    api.wait(0.000001)
    loaded = api.get()
    assert state(loaded) == "ACTIVE"
    assert (times(loaded).loading_start, times(loaded).loading_end) == (0, 2)


def test_start_loads_the_config(api):
    api.create(config=SLOW)
    api.wait(1)
    started = api.start()
    assert state(started) == "LOADING"
    assert (times(started).inactive, times(started).active) == (0, 1)
    assert times(started).loading_start == 1
    api.wait(2)
    assert state(api.get()) == "ACTIVE"


def test_start_without_a_config_applies_the_default(api):
    api.create("a", "other")
    started = api.start()
    assert state(started) == "ACTIVE"
    assert times(started).loading_start is None
    assert api.calls == [("a", "apply", {})]


def test_a_default_that_cannot_be_applied_is_an_error(api):
    created = api.create("a", "needy", active=True)
    assert state(created) == "ERROR"
    assert created.error == "a config is needed"
    assert times(created).active == times(created).inactive == times(created).error == 0
    api.wait(1)
    again = api.start()
    assert state(again) == "ERROR"
    assert (times(again).active, times(again).error) == (1, 1)
    assert again.failed_attempts == 2
    api.configure("{}")
    api.start()
    assert state(api.get()) == "ACTIVE"


def test_a_failing_load_ends_in_error(api):
    api.create(config=fault(failAlways=True, loadDelay="1s"))
    api.start()
    api.wait(1)
    failed = api.get()
    assert state(failed) == "ERROR"
    assert failed.error == "fault: attempt 1 fails on request"
    found = times(failed)
    assert found.loading_end == found.error == found.inactive == 1
    assert found.active == found.loading_start == 0
    assert failed.failed_attempts == 1
    assert api.calls == [("a", "stop")]


def test_what_the_driver_refuses_is_the_error(api):
    api.create(active=True, config={"refuses": "held by battery-5"})
    assert api.get().error == "held by battery-5"
    assert api.calls == [("a", "apply", {"refuses": "held by battery-5"}), ("a", "stop")]


def test_a_start_after_an_error_clears_it_and_goes_on_counting(api):
    api.create(active=True, config=FAILING | {"fault": {"failAlways": True, "loadDelay": "1s"}})
    api.wait(1)
    api.wait(1)
    started = api.start()
    assert state(started) == "LOADING"
    assert started.error == ""
    assert started.failed_attempts == 1
    assert times(started).error == 1
    api.wait(1)
    assert api.get().failed_attempts == 2
    assert times(api.get()).error == 3


def test_recovery_keeps_the_time_of_the_error(api):
    api.create(active=True, config=FAILING)
    api.wait(1)
    configured = api.configure("{}")
    assert state(configured) == "INACTIVE"
    assert configured.failed_attempts == 0
    api.start()
    recovered = api.get()
    assert state(recovered) == "ACTIVE"
    assert recovered.error == ""
    assert times(recovered).error == 0


def test_retries_follow_the_published_delays(api):
    api.create(config=RETRYING)
    stream = api.follow("pull", id="a", updates_only=True)
    api.start()
    api.wait(120)
    waiting = [change.service for change in stream.changes() if change.service.failed_attempts]
    assert [service.failed_attempts for service in waiting] == list(range(1, len(waiting) + 1))
    assert {state(service) for service in waiting} == {"RETRYING"}
    instants = [at(service, "last_error_time") for service in waiting]
    delays = [0.5, 0.75, 1.125, 1.6875, 2.53125, 3.796875, 5.695312, 8.542969, 12.814453, 19.22168]
    gaps = [later - earlier for earlier, later in pairwise(instants)]
    assert gaps[:10] == pytest.approx(delays, abs=1e-5)
    assert gaps[10] == pytest.approx(28.83252, abs=1e-5)
    for service, following in zip(waiting, instants[1:], strict=False):
        assert at(service, "next_attempt_time") == following
        assert at(service, "last_loading_start_time") == 0


def test_delays_stay_below_their_maximum(api):
    api.create(active=True, config=RETRYING)
    api.wait(100_000)
    service = api.get()
    assert at(service, "next_attempt_time") - at(service, "last_error_time") == 30
    assert service.failed_attempts > 3000


def test_success_after_failures(api):
    api.create(active=True, config=TWICE)
    assert state(api.get()) == "RETRYING"
    api.wait(1.25)
    loaded = api.get()
    assert state(loaded) == "ACTIVE"
    assert loaded.error == ""
    assert loaded.failed_attempts == 2
    assert times(loaded).error == 0.5
    assert times(loaded).loading_end == 1.25
    assert api.calls == [("a", "apply", TWICE)]


def test_each_attempt_takes_as_long_as_a_load(api):
    knobs = fault(failAttempts=1, loadDelay="2s", retry={"initial": "1s"})
    api.create(active=True, config=knobs)
    api.wait(2)
    assert times(api.get()).next_attempt == 3
    api.wait(2.9)
    assert state(api.get()) == "RETRYING"
    api.wait(0.1)
    assert state(api.get()) == "ACTIVE"
    assert times(api.get()).loading_end == 5


@pytest.mark.parametrize(
    ("config", "attempts"),
    [
        (FATAL, 1),
        (fault(failAlways=True, retry={"maxAttempts": 3}), 3),
        (fault(failAlways=True, retry={"maxAttempts": 1}), 1),
    ],
)
def test_some_retries_end(api, config, attempts):
    api.create(active=True, config=config)
    api.wait(100)
    ended = api.get()
    assert state(ended) == "ERROR"
    assert ended.failed_attempts == attempts
    assert times(ended).error == times(ended).inactive == times(ended).loading_end


def test_a_driver_that_calls_a_failure_fatal_is_not_asked_again(api):
    config = {"refuses": "no", "fatal": True, "fault": {"retry": {}}}
    api.create(active=True, config=config)
    assert state(api.get()) == "ERROR"
    api.wait(10)
    assert api.calls == [("a", "apply", config), ("a", "stop")]


def test_stop_keeps_the_config_and_the_times(api):
    api.create(active=True, config="{}")
    before = times(api.get())
    api.wait(1)
    stopped = api.stop()
    assert state(stopped) == "INACTIVE"
    assert stopped.config_raw == "{}"
    assert stopped.type == "plain"
    before.inactive = 1
    assert times(stopped) == before
    assert api.calls[-1] == ("a", "stop")


def test_stop_ends_a_load(api):
    api.create(active=True, config=SLOW)
    stream = api.follow("pull", id="a")
    api.wait(1)
    stopped = api.stop()
    assert state(stopped) == "INACTIVE"
    assert (times(stopped).inactive, times(stopped).loading_end) == (1, 1)
    api.wait(5)
    assert api.get() == stopped
    assert seen(stream) == ["LOADING", "INACTIVE"]
    assert api.calls == [("a", "stop")]


def test_stop_and_start_while_loading_begins_anew(api):
    api.create(active=True, config=SLOW)
    api.wait(1)
    api.stop()
    assert state(api.start()) == "LOADING"
    api.wait(1.5)
    assert state(api.get()) == "LOADING"
    api.wait(0.5)
    assert state(api.get()) == "ACTIVE"
    assert times(api.get()).loading_end == 3


def test_stop_ends_retrying_and_leaves_nothing_behind(api):
    api.create(active=True, config=RETRYING)
    api.wait(1)
    stopped = api.stop()
    assert state(stopped) == "INACTIVE"
    assert stopped.failed_attempts == 0
    assert stopped.error == ""
    assert times(stopped).error == 0.5
    api.wait(100)
    assert api.get() == stopped
    assert state(api.configure("{}")) == "INACTIVE"


def test_failures_are_counted_from_1_after_stop_and_after_configure(api):
    api.create(active=True, config=RETRYING)
    api.wait(2)
    assert api.get().failed_attempts == 3
    api.stop()
    api.start()
    assert api.get().failed_attempts == 1
    api.stop()
    api.configure(FAILING)
    api.start()
    assert api.get().failed_attempts == 1
    assert state(api.get()) == "ERROR"
    assert api.configure(FAILING).failed_attempts == 0


def test_configure_of_an_inactive_service_does_not_start_it(api):
    api.create(config='{"v": 1}')
    api.wait(1)
    configured = api.configure('{"v": 2}')
    assert state(configured) == "INACTIVE"
    assert configured.config_raw == '{"v": 2}'
    assert times(configured).config == 1
    assert times(configured).loading_start is None
    assert api.calls == []


def test_configure_of_an_active_service_loads_without_a_break(api):
    api.create(active=True, config="{}")
    stream = api.follow("pull", id="a", updates_only=True)
    api.wait(1)
    configured = api.configure(SLOW)
    assert state(configured) == "LOADING"
    assert (times(configured).config, times(configured).loading_start) == (1, 1)
    assert (times(configured).active, times(configured).loading_end) == (0, 0)
    api.wait(2)
    loaded = api.get()
    assert state(loaded) == "ACTIVE"
    assert (times(loaded).active, times(loaded).loading_end) == (0, 3)
    assert seen(stream) == ["LOADING", "ACTIVE"]
    assert [call[1] for call in api.calls] == ["apply", "apply"]


def test_the_same_config_is_applied_again(api):
    api.create(active=True, config="{}")
    api.wait(1)
    assert times(api.configure("{}")).config == 1
    assert [call[1] for call in api.calls] == ["apply", "apply"]


def test_a_failing_reconfigure_ends_a_running_service(api):
    api.create(active=True, config="{}")
    api.wait(1)
    api.configure(FAILING)
    failed = api.get()
    assert state(failed) == "ERROR"
    assert times(failed).inactive == times(failed).error == 1
    assert times(failed).active == 0
    assert [call[1] for call in api.calls] == ["apply", "stop"]


@pytest.mark.parametrize("config", [SLOW, RETRYING])
def test_configure_while_loading_is_refused(api, config):
    api.create(active=True, config=config)
    before = api.get()
    with pytest.raises(ServiceError, match="already loading") as caught:
        api.configure("{}")
    assert caught.value.code is Code.FAILED_PRECONDITION
    assert api.get() == before


@pytest.mark.parametrize("config", ["{", "", "[]", "null", '{"unreadable": "?"}', '{"a": NaN}'])
@pytest.mark.parametrize("created", ["", "{}"])
@pytest.mark.parametrize("active", [False, True])
def test_an_unreadable_config_changes_nothing(api, config, created, active):
    before = api.create(active=active, config=created)
    before = api.get()
    api.wait(1)
    with pytest.raises(ServiceError, match="config_raw: ") as caught:
        api.configure(config)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert api.get() == before


def test_config_never_changes_id_or_type(api):
    api.create(active=True, config={"name": "b", "type": "other"})
    api.configure({"name": "c", "type": "needy"})
    assert (api.get().id, api.get().type) == ("a", "plain")


def test_deleting_stops_first(api):
    api.create(active=True, config="{}")
    api.delete()
    assert [call[1] for call in api.calls] == ["apply", "stop", "remove"]
    api.create()
    api.delete()
    assert [call[1] for call in api.calls[3:]] == ["remove"]


@pytest.mark.parametrize("config", [SLOW, RETRYING])
def test_a_deleted_service_never_stirs_again(api, config):
    api.create(active=True, config=config)
    api.delete()
    revision = api.service.committed
    api.wait(100)
    assert api.service.committed == revision
    assert len(api.timers) == 0
    assert [call[1] for call in api.calls] == ["stop", "remove"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_driver_may_stop_its_own_service_while_it_is_applied(api, fails):
    api.create(config="{}")
    instance = api.service.collections["drivers"]._instances["a"]
    told = []

    def apply(value):
        told.append((api.stop(), api.service.committed))
        if fails:
            raise LoadFailed("too late")

    instance._driver.apply = apply
    assert state(api.start()) == "LOADING"
    assert [(api.get(), api.service.committed)] == told
    assert state(api.get()) == "INACTIVE"


def test_a_late_timer_counts_from_when_it_was_due(api):
    api.create(active=True, config=TWICE)
    api.clock.advance(700_000)
    api.timers.run(api.clock.now_us())
    waiting = api.get()
    assert (times(waiting).error, times(waiting).next_attempt) == (0.5, 1.25)


def test_change_times_never_go_back_whatever_timers_are_late(api):
    api.create("a", active=True, config=TWICE)
    stream = api.follow("pull_all", updates_only=True)
    api.clock.advance(700_000)
    api.create("b")
    api.timers.run(api.clock.now_us())
    instants = [at(change, "change_time") for change in stream.changes()]
    assert instants == [0.7, 0.7]
