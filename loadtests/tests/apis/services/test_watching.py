from __future__ import annotations

import pytest

from loadtests.apis.services import watching
from loadtests.apis.services.watching import MetadataPull, ServicePull, ServicesPull
from loadtests.tests.apis.services.frames import Stand, api, authors, write
from loadtests.tests.apis.services.shelf import Fault


def test_a_clean_run_raises_no_alarm() -> None:
    stand = Stand(api(population=4), 20)
    stand.play(400)
    assert stand.fleet.state() == {"watchers": 20, "live": 20, "reached": 20, "ended": 0}
    assert stand.fleet.changes > 2000
    assert stand.codes() == {}


def test_services_that_came_and_went_are_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watching, "MOST_KNOWN", 5)
    stand = Stand(api(population=4), 20)
    stand.play(400)
    pulls = [watcher for _, watcher in stand.views if isinstance(watcher, ServicesPull)]
    assert max(len(pull.replay.reports) for pull in pulls) > 5
    assert {len(pull._latest) for pull in pulls} == {5}
    assert stand.codes() == {}


@pytest.mark.parametrize("verify", ["marks", "off"])
def test_less_verification_raises_no_alarm_either(verify: str) -> None:
    stand = Stand(api(population=4, verify=verify), 20)
    stand.play(200)
    assert stand.fleet.state()["reached"] == 20
    assert stand.codes() == {}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("skip", "INT-GAP"),
        ("repeat", "INT-DUP"),
        ("swap", "INT-ORD"),
        ("misroute", "INT-FOREIGN"),
        ("old", "INT-PROTO"),
    ],
)
def test_every_fault_of_a_pulled_collection_is_its_own_code(kind: str, code: str) -> None:
    stand = Stand(api("L-SVC-2"), 3, Fault(kind=kind, period=30))
    stand.play(600, writers=2, at_once=3)
    assert stand.tampered >= 5
    found = stand.codes()
    assert found[code] >= stand.tampered // 2
    assert set(found) <= {code, "INT-CONV"}


def one(stand: Stand, kind: type) -> int:
    return next(n for n, (_, watcher) in enumerate(stand.views) if isinstance(watcher, kind))


@pytest.mark.parametrize(
    ("pull", "kind", "codes"),
    [
        (ServicePull, "skip", {"INT-GAP", "INT-CONV"}),
        (ServicePull, "repeat", {"INT-DUP"}),
        (MetadataPull, "skip", {"INT-CONV"}),
        (MetadataPull, "repeat", {"INT-DUP"}),
        (ServicesPull, "skip", {"INT-GAP", "INT-CONV"}),
    ],
)
def test_a_last_change_that_is_lost_and_one_that_comes_twice_are_caught(
    pull: type, kind: str, codes: set[str]
) -> None:
    stand = Stand(api(population=2), 5)
    view, watcher = stand.views[one(stand, pull)]
    author = authors(stand.api, 1)[0]
    steps = write(stand.shelf, [author], 40)
    for _ in range(39):
        next(steps)
        stand.emit()
    view._fault = Fault(kind=kind, period=0)
    # A start or stop, which every pull has to tell.
    service = stand.shelf.services["drivers"]["gp-0123456789ab-p0"]
    method = "StopService" if service.active else "StartService"
    request = stand.api.wire.stop if service.active else stand.api.wire.start
    stand.shelf.take(method, request("drivers", service.id))
    stand.emit()
    view._fault = Fault()
    stand.close()
    assert view.tampered == 1
    assert set(stand.codes()) == codes
    assert {kept["stream"] for kept in stand.fleet.saved} == {watcher.name}


def test_a_pull_of_one_service_must_not_show_another() -> None:
    stand = Stand(api(population=4), 5)
    view, watcher = stand.views[one(stand, ServicePull)]
    other = stand.shelf.services["drivers"]["gp-0123456789ab-p2"]
    change = view._change(5, service=other)
    stand.hand(watcher, view._message(change))
    assert stand.codes() == {"INT-FOREIGN": 1}


def test_states_of_one_service_do_not_go_back() -> None:
    stand = Stand(api(population=2), 5)
    view, watcher = stand.views[one(stand, ServicePull)]
    service = stand.shelf.services["drivers"]["gp-0123456789ab-p0"]
    stand.shelf.take("StartService", stand.api.wire.start("drivers", service.id))
    stand.emit()
    stand.hand(watcher, view._message(view._change(99, service=service)))
    assert stand.codes() == {"INT-ORD": 1}


def test_counts_have_to_add_up() -> None:
    stand = Stand(api(population=2), 5)
    view, watcher = stand.views[one(stand, MetadataPull)]
    counts = stand.shelf.counts("drivers")
    counts.total_count += 1
    stand.hand(watcher, view._message(view._change(metadata=counts)))
    counts.total_active_count = 9
    counts.total_count -= 1
    stand.hand(watcher, view._message(view._change(metadata=counts)))
    assert stand.codes() == {"INT-PROTO": 2}


def test_a_change_needs_a_name_and_a_time() -> None:
    stand = Stand(api(population=2), 5)
    view, watcher = stand.views[0]
    service = stand.shelf.services["drivers"]["gp-0123456789ab-p0"]
    change = view._change(type=1, new_value=service)
    change.ClearField("change_time")
    stand.hand(watcher, view._message(change))
    assert stand.codes()["INT-PROTO"] == 1


def test_messages_that_say_nothing_break_the_feed() -> None:
    stand = Stand(api(population=2), 1)
    for message in (b"\xff\xff", b""):
        stand.hand(stand.fleet.watchers[0], message)
    assert stand.codes() == {"INT-FEED": 2}


def test_changes_are_timed_by_kind_of_pull_and_starts_are_not() -> None:
    stand = Stand(api(population=4), 20)
    stand.play(200)
    flushed = stand.fleet.stats.flush()
    timed = {
        name: sum(n for _, n in data["buckets"])
        for name, data in flushed["distributions"].items()
        if name.startswith(("deliver", "open", "batch"))
    }
    assert timed["open.services"] == 12
    assert timed["open.service"] == timed["open.service_metadata"] == 4
    assert 0 < timed["deliver.services"] < timed["batch.services"]
    assert 0 < timed["deliver.service"] < timed["batch.service"]
    assert "deliver.service_metadata" not in timed


def test_a_pull_that_ends_breaks_the_feed_unless_it_was_not_read() -> None:
    stand = Stand(api("L-SVC-2"), 2)
    stalled, other = stand.fleet.watchers
    for watcher in (stalled, other):
        watcher.ended("RESOURCE_EXHAUSTED", 9, is_ours=False)
    assert stand.codes() == {"INT-FEED": 1}


def test_known_departures_are_not_judged() -> None:
    said = api().target.services.model_copy(update={"quirks": ("stream-reorder", "metadata-drift")})
    stand = Stand(api(target=said, population=2), 5, Fault(kind="skip", period=7))
    stand.play(100)
    assert stand.tampered > 5
    # What is left is which services there are.
    assert set(stand.codes()) <= {"INT-PROTO", "INT-CONV", "INT-GAP"}
