import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta import Registry, Remove, Upsert
from simulator.services.meta.registry import LARGEST
from simulator.store import Kind

from .api import DEPLOYMENT, NOW_US, REGION, RESOURCE, SERVICE, Api


@pytest.fixture
def api():
    return Api()


def refusal(api, *changes):
    """The refusal of changes that leave no trace."""
    registry = api.registry
    kept = {kind: dict(registry.collection(kind).items()) for kind in (REGION, SERVICE)}
    revision = registry.revision
    with pytest.raises(ServiceError) as caught:
        registry.apply(changes)
    assert registry.revision == revision
    assert kept == {kind: dict(registry.collection(kind).items()) for kind in kept}
    return caught.value


def upsert(kind, name, **fields):
    return Upsert(message=kind.message(name=name, **fields))


def test_a_new_resource_gets_its_metadata(api):
    metadata = api.region("eu", metadata={"labels": {"a": "b"}, "tags": ["t"]}).metadata
    assert metadata.create_time.ToMicroseconds() == NOW_US
    assert metadata.update_time == metadata.create_time
    assert not metadata.HasField("delete_time")
    assert (metadata.generation, metadata.resource_version) == (1, "1")
    assert len(metadata.uuid) == 36
    assert (dict(metadata.labels), list(metadata.tags)) == ({"a": "b"}, ["t"])


def test_what_only_the_server_says_is_not_taken_from_the_writer(api):
    time = {"seconds": 5}
    metadata = api.region(
        "eu",
        metadata={
            "create_time": time,
            "update_time": time,
            "delete_time": time,
            "uuid": "mine",
            "resource_version": "mine",
        },
    ).metadata
    assert metadata.create_time.ToMicroseconds() == metadata.update_time.ToMicroseconds() == NOW_US
    assert not metadata.HasField("delete_time")
    assert "mine" not in (metadata.uuid, metadata.resource_version)


def test_a_replacement_keeps_its_identity_and_tells_its_age(api):
    old = api.region("eu", title="Old", domain="eu.org").metadata
    api.clock.set(NOW_US + 7)
    new = api.region("eu", title="New")
    assert new.domain == ""
    assert new.metadata.uuid == old.uuid
    assert new.metadata.create_time == old.create_time
    assert new.metadata.update_time.ToMicroseconds() == NOW_US + 7
    assert new.metadata.resource_version != old.resource_version


def test_the_generation_counts_changes_outside_the_metadata(api):
    assert api.region("eu", title="A").metadata.generation == 1
    assert api.region("eu", title="A", metadata={"labels": {"a": "b"}}).metadata.generation == 1
    changed = api.region("eu", title="B")
    assert changed.metadata.generation == 2
    changed_copy = REGION.message()
    changed_copy.CopyFrom(changed)
    changed_copy.title = "C"
    api.put(REGION, changed_copy)
    assert api.registry.get("regions/eu").message.metadata.generation == 3


def test_a_writer_may_set_the_generation(api):
    assert api.region("eu", metadata={"generation": 7}).metadata.generation == 7
    assert api.region("eu", metadata={"generation": 3}).metadata.generation == 3
    assert api.region("eu", title="New").metadata.generation == 4


def test_a_name_that_comes_back_is_someone_else(api):
    first = api.region("eu").metadata.uuid
    api.remove("regions/eu")
    assert api.region("eu").metadata.uuid != first


def test_the_same_history_gives_the_same_bytes(api):
    for each in (api, other := Api()):
        each.region("eu", metadata={"labels": {str(n): "v" for n in range(20)}})
    assert other.registry.get("regions/eu").item == api.registry.get("regions/eu").item


def test_what_is_kept_is_not_the_writers_message(api):
    message = REGION.message(name="regions/eu", title="A")
    api.put(REGION, message)
    message.title = "B"
    assert not message.HasField("metadata")
    assert api.registry.get("regions/eu").message.title == "A"


def test_unknown_fields_are_forgotten(api):
    message = REGION.message.FromString(b"\x0a\x0aregions/eu\xa2\x06\x01x")
    api.put(REGION, message)
    assert not api.registry.get("regions/eu").message.SerializeToString().count(b"\xa2\x06")


def test_changes_of_all_kinds_make_one_revision(api):
    seen = []
    api.registry.observers.append(seen.append)
    api.registry.apply([upsert(REGION, "regions/eu"), upsert(SERVICE, "services/x")])
    revision = api.registry.apply(
        [
            Remove(name="regions/eu"),
            upsert(RESOURCE, "services/x/resources/Thing"),
            upsert(DEPLOYMENT, "regions/us/deployments/x", service="services/x"),
        ]
    )
    assert seen == [1, 2]
    assert revision == api.registry.revision == 2
    found = {api.registry.get(f"services/x{end}").revision for end in ("", "/resources/Thing")}
    assert found == {1, 2}
    assert api.registry.get("regions/eu") is None


def test_the_changes_of_a_kind_are_one_batch(api):
    collection = api.registry.collection(REGION)
    watch = collection.subscribe()
    api.put(REGION, *({"name": f"regions/r{n}"} for n in range(3)))
    assert [change.batch for change in watch.pending()] == [1, 1, 1]
    api.clock.set(NOW_US + 9)
    api.remove("regions/r1", "regions/r2")
    gone = watch.pending()
    assert [(change.kind, change.key) for change in gone] == [
        (Kind.DELETED, "regions/r1"),
        (Kind.DELETED, "regions/r2"),
    ]
    assert {(change.after.revision, change.after.commit_us) for change in gone} == {(2, NOW_US + 9)}


def test_changes_are_there_when_observers_hear_of_them(api):
    held = []
    api.registry.observers.append(lambda _: held.append(len(api.registry.collection(REGION))))
    api.put(REGION, {"name": "regions/aa"}, {"name": "regions/bb"})
    assert held == [2]


def test_several_changes_of_one_resource_leave_the_last(api):
    api.registry.apply(
        [
            upsert(REGION, "regions/eu", title="A"),
            Remove(name="regions/eu"),
            upsert(REGION, "regions/eu", title="B"),
            upsert(REGION, "regions/us"),
            Remove(name="regions/us"),
        ]
    )
    assert api.names() == ["regions/eu"]
    assert api.registry.get("regions/eu").message.title == "B"
    assert api.registry.collection(REGION).revision == 1


def test_nothing_makes_no_revision(api):
    seen = []
    api.registry.observers.append(seen.append)
    assert api.registry.apply([]) == 0
    assert seen == []


class Reset:
    """A clock that has been set back."""

    def __init__(self, *times_us):
        self._times_us = iter(times_us)

    def now_us(self):
        return next(self._times_us)


def test_commit_times_never_go_back():
    registry = Registry(Reset(NOW_US, NOW_US - 1000, NOW_US - 999))
    registry.apply([upsert(REGION, "regions/aa")])
    registry.apply([upsert(REGION, "regions/bb")])
    registry.apply([Remove(name="regions/aa")])
    changes = registry.collection(REGION).subscribe(after=0).pending()
    assert [change.after.commit_us for change in changes] == [NOW_US] * 3
    updated = registry.get("regions/bb").message.metadata.update_time
    assert updated.ToMicroseconds() == NOW_US - 1000


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (upsert(REGION, ""), Code.INVALID_ARGUMENT, "name: '' is not of the form regions/{region}"),
        (upsert(REGION, "regions/-"), Code.INVALID_ARGUMENT, "name: 'regions/-' is a wildcard"),
        (upsert(REGION, "services/x"), Code.INVALID_ARGUMENT, "name: 'services/x' is not of"),
        (
            upsert(DEPLOYMENT, "regions/eu/deployments/x", service="x"),
            Code.INVALID_ARGUMENT,
            "service: 'x' is not of the form services/{service}",
        ),
        (
            upsert(REGION, "regions/eu", connectivity_scores=[{}, {"dest": "regions/E"}]),
            Code.INVALID_ARGUMENT,
            "connectivity_scores.dest: 'regions/E' is not of the form",
        ),
        (
            upsert(REGION, "regions/eu", title="x" * LARGEST),
            Code.INVALID_ARGUMENT,
            f"bytes, above {LARGEST}",
        ),
        (Remove(name="regions/nowhere"), Code.NOT_FOUND, "name: there is no 'regions/nowhere'"),
        (Remove(name="nothing"), Code.INVALID_ARGUMENT, "name: 'nothing' names no resource"),
        (
            Upsert(message=REGION.methods["get"].request()),
            Code.INVALID_ARGUMENT,
            "ntt.meta.v1alpha2.GetRegionRequest is no resource",
        ),
    ],
)
def test_one_bad_change_spoils_all(api, change, code, text):
    api.region("kept")
    error = refusal(api, upsert(REGION, "regions/new"), Remove(name="regions/kept"), change)
    assert error.code is code
    assert error.text.startswith("changes[2]")
    assert text in error.text
    alone = refusal(api, change)
    assert alone.text.startswith("change")
    assert text in alone.text


def test_references_may_lead_nowhere(api):
    api.put(DEPLOYMENT, {"name": "regions/eu/deployments/x", "service": "services/nowhere"})
    api.put(DEPLOYMENT, {"name": "regions/eu/deployments/y"})
    assert len(api.registry.collection(DEPLOYMENT)) == 2


def test_only_one_region_is_the_default(api):
    api.region("eu", is_default=True)
    error = refusal(api, upsert(REGION, "regions/us", is_default=True))
    assert error.code is Code.FAILED_PRECONDITION
    assert error.text.endswith("only one region may be the default, not regions/eu and regions/us")
    both = [upsert(REGION, f"regions/{name}", is_default=True) for name in ("us", "asia")]
    assert refusal(api, Remove(name="regions/eu"), *both).code is Code.FAILED_PRECONDITION


def test_the_default_may_change_hands(api):
    api.region("eu", is_default=True)
    api.region("eu", is_default=True, title="still")
    api.put(REGION, {"name": "regions/us", "is_default": True}, {"name": "regions/eu"})
    assert api.names(filter="is_default = TRUE") == ["regions/us"]
    api.registry.apply([upsert(REGION, "regions/eu", is_default=True), Remove(name="regions/us")])
    assert api.names() == api.names(filter="is_default = TRUE") == ["regions/eu"]


def test_clearing_is_a_revision_like_any_other(api):
    api.region("eu")
    api.put(SERVICE, {"name": "services/x"})
    watch = api.registry.collection(REGION).subscribe()
    api.registry.clear()
    assert api.registry.revision == 3
    assert api.names() == api.names(SERVICE) == []
    assert [change.kind for change in watch.pending()] == [Kind.DELETED]


def test_wide_ids_are_kept_only_by_policies_that_have_them(api):
    assert refusal(api, upsert(REGION, "regions/US_West.2")).code is Code.INVALID_ARGUMENT
    wide = Api("wide-region-ids")
    wide.region("US_West.2")
    assert wide.get(REGION, "regions/US_West.2").name == "regions/US_West.2"
