"""Names, aliases, and resets."""

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.services import Policy, ServicesService, policy_with
from simulator.services.timers import Timers

from .api import METHODS, RETRYING, VERBS, Api

UNARY = ["get", "create", "delete", "list", "start", "configure", "stop", "get_metadata"]


@pytest.mark.parametrize("verb", UNARY)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nosuch", Code.NOT_FOUND),
        ("drivers/", Code.NOT_FOUND),
        ("other/drivers", Code.NOT_FOUND),
        ("", Code.UNIMPLEMENTED),
        ("node", Code.UNIMPLEMENTED),
    ],
)
def test_names_that_have_no_services(verb, name, code):
    with pytest.raises(ServiceError, match="name: ") as caught:
        Api().call(verb, name)
    assert caught.value.code is code


def test_aliases_lead_to_the_same_services():
    api = Api()
    api.create(name="node/drivers")
    assert api.get(name="drivers") == api.get(name="node/drivers")
    with pytest.raises(ServiceError):
        api.get(name="scratch")


def test_without_collections_there_are_no_names():
    api = Api()
    service = ServicesService(api.clock, api.timers, api.signer)
    with pytest.raises(ServiceError):
        service.list(METHODS[VERBS["list"]].request(name="drivers"))
    assert service.committed == 0


def test_reads_change_nothing():
    api = Api()
    api.create(active=True, config=RETRYING)
    before, revision = api.get(), api.service.committed
    for _ in range(2):
        assert api.get() == before
        assert list(api.list().services) == [before]
        api.totals()
    assert api.service.committed == revision


class TestClear:
    def test_begins_anew_under_another_policy(self):
        api = Api()
        made = api.create("", name="scratch").id
        api.create(active=True, config=RETRYING)
        stream = api.follow("pull_all")
        stream.changes()
        calls = list(api.calls)
        timers = Timers(api.clock)
        api.service.clear(api.signer, policy_with(["bare-errors"]), api.specs(), timers=timers)
        assert len(api.timers) == 0
        assert api.list().total_size == 0
        assert api.service.committed == 0
        assert api.calls == calls
        with pytest.raises(ServiceError) as caught:
            api.create("")
        assert caught.value.code is Code.UNKNOWN
        assert api.create("", name="scratch").id == made
        api.create(active=True, config=RETRYING)
        assert len(timers) == 1
        assert stream.changes() == []

    def test_may_change_the_collections(self):
        api = Api()
        api.service.clear(api.signer, Policy(), api.specs()[1:])
        with pytest.raises(ServiceError, match="there are scratch, systems"):
            api.list()
        assert list(api.service.collections) == ["systems", "scratch"]
