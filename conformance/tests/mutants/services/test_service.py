"""The naive services endpoint itself, called without a socket."""

import itertools
import time

import pytest

from conformance.mutants.services import straight
from conformance.mutants.services.book import Book, Code, Refuse
from conformance.mutants.services.policy import STRAIGHT, Policy
from conformance.mutants.services.service import Service
from conformance.mutants.services.wire import METHODS, fill

QUICK = Policy(load_s=lambda config: 0.0, delay_s=lambda attempt: 0.01)


@pytest.fixture
def service():
    made = Service(QUICK, Book())
    yield made
    made.book.close()


def call(endpoint, method, /, name="drivers", **values):
    request = fill(METHODS[method].request(), {"name": name, **values})
    return endpoint.call(method, request)


def make(service, id_="a", does="", **values):
    config = f'{{"does": "{does}"}}' if does else ""
    given = {"id": id_, "type": "mock", "config_raw": config, **values}
    return call(service, "CreateService", service=given)


def settled(service, id_="a"):
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        shown = call(service, "GetService", id=id_)
        if not shown.loading:
            return shown
        time.sleep(0.005)
    raise AssertionError("it never settles")


def refused(endpoint, method, /, **values):
    with pytest.raises(Refuse) as caught:
        call(endpoint, method, **values)
    return caught.value.code


def test_a_life(service):
    assert not make(service, does="ok").active
    assert call(service, "StartService", id="a").loading
    assert settled(service).active
    assert refused(service, "StartService", id="a") is Code.FAILED_PRECONDITION
    assert call(service, "StartService", id="a", allow_active=True).active
    assert not call(service, "StopService", id="a").active
    assert refused(service, "StopService", id="a") is Code.FAILED_PRECONDITION
    assert call(service, "DeleteService", id="a").id == "a"
    assert refused(service, "DeleteService", id="a") is Code.NOT_FOUND
    assert call(service, "DeleteService", id="a", allow_missing=True).id == "a"


def test_loads_fail_and_are_retried(service):
    make(service, "a", "fail", active=True)
    failed = settled(service)
    assert (failed.active, bool(failed.error), failed.failed_attempts) == (False, True, 1)
    make(service, "b", "retry", active=True)
    done = settled(service, "b")
    assert (done.active, done.error) == (True, "")
    seen = [c.after for c in service.book.collections[0].log if c.id == "b" and c.after]
    assert max(state["failed_attempts"] for state in seen) == 3
    assert call(service, "GetServiceMetadata").total_error_count == 1


def test_a_stop_ends_what_is_tried_again(service):
    slow = Service(Policy(load_s=lambda config: 0.05), Book())
    make(slow, does="slow", active=True)
    stopped = call(slow, "StopService", id="a")
    time.sleep(0.1)
    assert call(slow, "GetService", id="a") == stopped
    slow.book.close()


def test_refusals(service):
    make(service)
    codes = {
        refused(service, "CreateService", service={"id": "b"}),
        refused(service, "CreateService", service={"type": "mock"}),
        refused(service, "CreateService"),
        refused(service, "ConfigureService", id="a", config_raw="{"),
        refused(service, "GetService", id=""),
        refused(service, "ListServices", page_token="?"),
        refused(service, "ListServices", page_size=-1),
    }
    assert codes == {Code.INVALID_ARGUMENT}
    assert refused(service, "GetService", id="a", name="other") is Code.NOT_FOUND
    with pytest.raises(Refuse, match="exists"):
        make(service)


def test_pages_and_tokens(service):
    for id_ in "bac":
        make(service, id_)
    page = call(service, "ListServices", page_size=2)
    assert [item.id for item in page.services] == ["a", "b"]
    last = call(service, "ListServices", page_size=2, page_token=page.next_page_token)
    assert ([item.id for item in last.services], last.next_page_token) == (["c"], "")
    assert straight.unseal(straight.seal("ä/ b")) == "ä/ b"


def test_pulls_follow_the_log(service):
    make(service)
    request = fill(METHODS["PullServices"].request(), {"name": "site/drivers"})
    one = fill(METHODS["PullService"].request(), {"name": "drivers", "id": "a"})
    stream = service.streams["PullServices"](request, lambda: True)
    alone = service.streams["PullService"](one, lambda: True)
    assert next(stream).changes[0].new_value.id == "a"
    assert next(alone).changes[0].service.id == "a"
    call(service, "StartService", id="a")
    call(service, "DeleteService", id="a")
    kinds = [message.changes[0].type for message in itertools.islice(stream, 3)]
    assert kinds == [2, 2, 3]
    assert [message.changes[0].service.active for message in alone] == [True, False]


def test_straight_is_the_default():
    assert Policy() == STRAIGHT
