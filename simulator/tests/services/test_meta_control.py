import pytest

from fixtures.contracts import load
from simulator.services import meta_control
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Right
from simulator.services.structs import write_struct

from .meta.api import REGION, Api
from .meta.watching import STATELESS, Watch

CONTRACT = load("control")
METHODS = CONTRACT.methods(meta_control.SERVICE)


class Control:
    """The hook of a service, called in-process."""

    def __init__(self):
        self.api = Api()
        self.restored = 0
        self.barriers = []
        self.dialect = meta_control.dialect(
            self.api.service, self.barrier, restore=self.restore, clock=True
        )

    async def barrier(self, timeout_s):
        self.barriers.append(timeout_s)
        return 3

    def restore(self):
        self.restored += 1
        self.api.region("default")

    def request(self, name, /, **fields):
        request = METHODS[name].request()
        for field, value in fields.items():
            if isinstance(value, dict):
                write_struct(value, getattr(request, field))
            else:
                setattr(request, field, value)
        return request

    def call(self, name, request=None, /, **fields):
        request = request or self.request(name, **fields)
        (method,) = [method for method in self.dialect.methods if method.name == name]
        return METHODS[name].response.FromString(method.handle(request))

    def apply(self, *changes):
        request = METHODS["Apply"].request()
        for change in changes:
            added = request.changes.add()
            if isinstance(change, str):
                added.delete = change
            elif change is not None:
                write_struct(change, added.upsert)
        return self.call("Apply", request)


@pytest.fixture
def control():
    return Control()


def refused(call, *args, **fields):
    with pytest.raises(ServiceError) as caught:
        call(*args, **fields)
    return caught.value.code, caught.value.text


def test_every_method_of_the_contract_is_there(control):
    assert {method.name for method in control.dialect.methods} == METHODS.keys()
    writes = {method.name for method in control.dialect.methods if method.right is Right.WRITE}
    assert writes == {"Upsert", "Delete", "Apply", "Reset", "InjectFault"}


def test_capabilities(control):
    reply = control.call("GetCapabilities")
    assert reply.tag_key == "x-gridproof-tag"
    assert {"mutate", "atomic", "barrier", "clock", "fault.soft"} <= set(reply.capabilities)
    without = meta_control.dialect(control.api.service, control.barrier)
    (method,) = [each for each in without.methods if each.name == "GetCapabilities"]
    reply = METHODS["GetCapabilities"].response.FromString(method.handle(None))
    assert "clock" not in reply.capabilities


def test_a_resource_of_each_kind_from_json(control):
    resources = {
        "regions/aa": {
            "title": "A",
            "isDefault": True,
            "connectivityScores": [{"dest": "regions/bb", "score": 3}],
            "location": {"city": "Ulm"},
        },
        "regions/aa/deployments/x": {"service": "services/s.io"},
        "services/s.io": {"display_name": "S", "all_versions": ["v2", "v1"]},
        "services/s.io/resources/Thing": {
            "is_regional": True,
            "metadata": {
                "labels": {"any key": "v"},
                "generation": "7",
                "createTime": "2026-01-01T00:00:00Z",
            },
        },
    }
    for count, (name, fields) in enumerate(resources.items(), start=1):
        assert control.call("Upsert", resource={"name": name, **fields}).revision == str(count)
    registry = control.api.registry
    region = registry.get("regions/aa").message
    assert (region.title, region.is_default, region.location.city) == ("A", True, "Ulm")
    assert region.connectivity_scores[0].score == 3
    assert list(registry.get("services/s.io").message.all_versions) == ["v2", "v1"]
    thing = registry.get("services/s.io/resources/Thing").message
    assert thing.metadata.labels["any key"] == "v"
    assert thing.metadata.generation == 7
    assert registry.get("regions/aa/deployments/x").message.service == "services/s.io"


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ({}, "resource.name: '' names no resource, expected one of"),
        ({"name": 5}, "resource.name: 5 is no text"),
        ({"name": "planets/x"}, "resource.name: 'planets/x' names no resource"),
        ({"name": "regions/A"}, "change.name: 'regions/A' is not of the form"),
        (
            {"name": "regions/aa", "titel": "x"},
            "resource: no field 'titel'; did you mean title?",
        ),
        (
            {"name": "regions/aa", "location": {"town": "x"}},
            "resource.location: no field 'town'; expected one of continent, country",
        ),
        (
            {"name": "regions/aa", "connectivityScores": [{}, {"destination": "x"}]},
            "resource.connectivityScores[1]: no field 'destination'; did you mean dest?",
        ),
        ({"name": "regions/aa", "title": 7}, "resource: "),
        ({"name": "regions/aa", "title": ["x"]}, "resource: "),
        ({"name": "regions/aa", "location": "x"}, "resource: "),
        ({"name": "regions/aa", "location": [1]}, "resource: "),
        ({"name": "regions/aa", "connectivityScores": "x"}, "resource: "),
        ({"name": "regions/aa", "connectivityScores": {"dest": "x"}}, "resource: "),
        ({"name": "regions/aa", "connectivityScores": ["x"]}, "resource: "),
        ({"name": "regions/aa", "metadata": {"labels": {"a": 1}}}, "resource: "),
        ({"name": "regions/aa", "metadata": {"labels": "a"}}, "resource: "),
        ({"name": "regions/aa", "metadata": {"createTime": "soon"}}, "resource: "),
        ({"name": "regions/aa", "metadata": {"createTime": 5}}, "resource: "),
        ({"name": "regions/aa", "metadata": {"generation": 0.5}}, "resource: "),
    ],
)
def test_what_is_no_resource(control, resource, text):
    code, found = refused(control.call, "Upsert", resource=resource)
    assert code is Code.INVALID_ARGUMENT
    assert found.startswith(text)
    assert control.api.registry.revision == 0


def test_apply_is_all_or_nothing(control):
    control.apply({"name": "regions/aa"}, {"name": "regions/bb"})
    code, text = refused(control.apply, "regions/aa", "regions/zz")
    assert code is Code.NOT_FOUND
    assert text.startswith("changes[1]")
    code, text = refused(control.apply, "regions/aa", None)
    assert (code, text) == (
        Code.INVALID_ARGUMENT,
        "changes[1]: neither upsert nor delete is set",
    )
    assert control.api.names() == ["regions/aa", "regions/bb"]
    assert control.apply("regions/aa", {"name": "regions/cc"}).revision == "2"
    assert control.api.names() == ["regions/bb", "regions/cc"]


def test_delete(control):
    control.api.region("aa")
    assert control.call("Delete", name="regions/aa").revision == "2"
    assert refused(control.call, "Delete", name="regions/aa")[0] is Code.NOT_FOUND


def test_reset(control):
    control.api.region("aa")
    assert control.call("Reset", fixture="empty").revision == "2"
    assert control.api.names() == []
    control.call("Reset", fixture="default")
    assert control.api.names() == ["regions/default"]
    code, text = refused(control.call, "Reset", fixture="defualt")
    assert (code, text) == (
        Code.INVALID_ARGUMENT,
        "fixture: there is no 'defualt'; did you mean default?",
    )


async def test_a_barrier_tells_the_revision_and_who_was_not_waited_for(control):
    control.api.region("aa")
    (method,) = [each for each in control.dialect.methods if each.name == "Barrier"]
    for timeout, expected_s in ((None, 10.0), ({"seconds": 1, "nanos": 500_000_000}, 1.5)):
        request = METHODS["Barrier"].request(timeout=timeout)
        reply = METHODS["Barrier"].response.FromString(await method.handle(request))
        assert (reply.revision, reply.stalled) == ("1", 3)
        assert control.barriers[-1] == expected_s


async def test_faults_reach_the_watches_with_their_tag(control):
    watched = Watch(control.api, type=STATELESS, tag="a")
    control.api.region("aa")
    reply = control.call("InjectFault", fault="hard_reset", tag="a", after_chunks=1)
    assert (reply.watches, reply.revision) == (1, "1")
    assert control.call("InjectFault", fault="soft_reset", tag="b").watches == 0
    messages = await watched.read()
    assert [m.is_hard_reset for m in messages] == [False, True, False]


@pytest.mark.parametrize(("fields", "expected"), [({}, 14), ({"code": 8}, 8), ({"code": 0}, None)])
async def test_how_a_stream_is_dropped(control, fields, expected):
    watched = Watch(control.api, type=STATELESS)
    control.call("InjectFault", fault="drop_stream", **fields)
    with pytest.raises(StopAsyncIteration if expected is None else ServiceError) as caught:
        await watched.read()
    assert expected is None or caught.value.code == expected


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"fault": "softreset"}, "fault: there is no 'softreset'; did you mean soft_reset?"),
        ({"fault": ""}, "fault: there is no ''; expected one of soft_reset"),
        ({"fault": "split_changeset"}, "n: 0 is not within 1 to 100"),
        ({"fault": "split_changeset", "n": 101}, "n: 101 is not within 1 to 100"),
        ({"fault": "send_snapshot_size", "value": -1}, "value: -1 is no size"),
        ({"fault": "drop_stream", "code": 99}, "code: 99 is no status that ends a stream"),
    ],
)
def test_what_is_no_fault(control, fields, text):
    code, found = refused(control.call, "InjectFault", **fields)
    assert code is Code.INVALID_ARGUMENT
    assert found.startswith(text)


async def test_a_size_of_ones_own(control):
    watched = Watch(control.api, REGION, type=STATELESS)
    await watched.read()
    control.call("InjectFault", fault="send_snapshot_size", value=0)
    assert [m.snapshot_size for m in await watched.read()] == [0]
