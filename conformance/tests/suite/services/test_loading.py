"""Types that have to be several things at once, and how long the clock of a server is awaited."""

from types import SimpleNamespace

import pytest

from conformance.failures import NotApplicable
from conformance.oracles.services.model import SECOND_NS, Service
from conformance.suite.services import loading
from conformance.targets.profile import ServicesProfile
from fixtures.targets.services import ServiceType


def target(**types):
    profile = ServicesProfile(types=types)
    return SimpleNamespace(profile=profile, session=SimpleNamespace(policy="required"))


def test_one_type_has_to_have_all_configurations():
    found = loading.recipes(
        target(
            one=ServiceType(ok_config="{}"),
            elsewhere=ServiceType(ok_config="1", failing_config="2", collections=("kind",)),
            both=ServiceType(ok_config="3", failing_config="4"),
        ),
        "ok",
        "fail",
    )
    assert {kind: (r.type, r.config) for kind, r in found.items()} == {
        "ok": ("both", "3"),
        "fail": ("both", "4"),
    }


def test_two_types_with_one_each_do_not_do():
    apart = target(one=ServiceType(ok_config="{}"), other=ServiceType(failing_config="{}"))
    with pytest.raises(NotApplicable, match="no type with ok_config and failing_config"):
        loading.recipes(apart, "ok", "fail")


@pytest.mark.parametrize(
    ("part_ns", "waits_s"), [(1, loading.TICK_S), (0, 1 + loading.TICK_S)], ids=["fine", "whole"]
)
def test_servers_that_tell_whole_seconds_are_awaited_longer(monkeypatch, part_ns, waits_s):
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    loading.tick(Service(last_inactive_time=SECOND_NS, last_active_time=SECOND_NS + part_ns))
    assert waited == [waits_s]
