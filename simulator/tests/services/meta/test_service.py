import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta import Policy
from simulator.services.meta.service import MOST_NAMES
from simulator.store import TokenSigner

from .api import DEPLOYMENT, REGION, RESOURCE, SERVICE, Api, mask

ONE_OF_EACH = [
    (DEPLOYMENT, {"name": "regions/eu/deployments/edge", "service": "services/x.org"}),
    (REGION, {"name": "regions/eu", "title": "Europe"}),
    (RESOURCE, {"name": "services/x.org/resources/Thing", "plural_name": "Things"}),
    (SERVICE, {"name": "services/x.org", "all_versions": ["v2", "v1"]}),
]
each = pytest.mark.parametrize(("kind", "fields"), ONE_OF_EACH, ids=lambda value: str(value)[:16])


@pytest.fixture
def api():
    api = Api()
    for kind, fields in ONE_OF_EACH:
        api.put(kind, fields)
    return api


@each
def test_a_resource_is_found_by_its_name(api, kind, fields):
    found = api.get(kind, fields["name"])
    assert found == api.registry.get(fields["name"]).message
    found.ClearField("metadata")
    assert found == kind.message(**fields)


@each
def test_one_that_does_not_exist(api, kind, fields):
    absent = fields["name"] + "x"
    with pytest.raises(ServiceError) as caught:
        api.get(kind, absent)
    assert (caught.value.code, caught.value.text) == (
        Code.NOT_FOUND,
        f"name: there is no '{absent}'",
    )
    assert api.batch(kind, absent) == ([], [absent])


@each
@pytest.mark.parametrize("name", ["", "foo/x", "regions/", "regions/-", "x" * 2000])
def test_a_malformed_name(api, kind, fields, name):
    for call in (lambda: api.get(kind, name), lambda: api.batch(kind, fields["name"], name)):
        with pytest.raises(ServiceError) as caught:
            call()
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert caught.value.text.startswith(("name: ", "names[1]: "))


def test_a_malformed_name_may_be_an_internal_error():
    api = Api("malformed-names-internal")
    with pytest.raises(ServiceError) as caught:
        api.get(REGION, "foo")
    assert caught.value.code is Code.INTERNAL


def test_a_batch_is_in_the_order_of_the_request(api):
    for name in ("aa", "bb", "cc"):
        api.region(name)
    wanted = ["regions/cc", "regions/nowhere", "regions/aa", "regions/gone", "regions/bb"]
    found, missing = api.batch(REGION, *wanted)
    assert [resource.name for resource in found] == ["regions/cc", "regions/aa", "regions/bb"]
    assert missing == ["regions/nowhere", "regions/gone"]


def test_a_batch_names_nothing_twice(api):
    found, missing = api.batch(REGION, *["regions/eu", "regions/no"] * 3)
    assert [resource.name for resource in found] == ["regions/eu"]
    assert missing == ["regions/no"]


def test_or_as_often_as_asked():
    api = Api("batch-duplicates-kept")
    api.region("eu")
    found, missing = api.batch(REGION, *["regions/eu", "regions/no"] * 2)
    assert (len(found), missing) == (2, ["regions/no"] * 2)


def test_an_empty_batch_is_empty(api):
    assert api.batch(REGION) == ([], [])


def test_a_batch_may_span_parents(api):
    api.put(DEPLOYMENT, {"name": "regions/us/deployments/edge"})
    names = ["regions/us/deployments/edge", "regions/eu/deployments/edge"]
    found, _ = api.batch(DEPLOYMENT, *names)
    assert [resource.name for resource in found] == names


def test_a_batch_shows_what_get_shows(api):
    fields = {"field_mask": mask("title", "metadata.uuid"), "view": 1}
    assert api.batch(REGION, "regions/eu", **fields)[0] == [api.get(REGION, "regions/eu", **fields)]


def test_a_batch_has_bounds(api):
    with pytest.raises(ServiceError, match="names: 1001 of them, above 1000"):
        api.batch(REGION, *["regions/eu"] * (MOST_NAMES + 1))
    names = [f"regions/r{number:03}" for number in range(100)]
    api.put(REGION, *({"name": name, "title": "x" * 32_000} for name in names))
    with pytest.raises(ServiceError, match="names: the reply would have") as caught:
        api.batch(REGION, *names)
    assert caught.value.code is Code.RESOURCE_EXHAUSTED
    assert len(api.batch(REGION, *names, field_mask=mask("domain"))[0]) == 100


def test_reading_twice_is_reading_once(api):
    assert api.get(REGION, "regions/eu") == api.get(REGION, "regions/eu")
    assert api.registry.revision == len(ONE_OF_EACH)


def test_clearing_begins_anew(api):
    for name in ("aa", "bb"):
        api.region(name)
    token = api.list(page_size=1).next_page_token
    api.service.clear(TokenSigner(b"another secret of the tests"), Policy(wide_ids=True))
    assert api.names() == []
    api.region("A.B")
    assert api.names() == ["regions/A.B"]
    with pytest.raises(ServiceError, match="page_token"):
        api.list(page_token=token)
