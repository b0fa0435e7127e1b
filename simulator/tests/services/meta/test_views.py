import gc

import pytest

from simulator.services.errors import ServiceError
from simulator.services.meta import Policy
from simulator.services.meta.views import View, read_view
from simulator.store.paths import read
from simulator.store.projection import Projection

from .api import NOW_US, REGION, SERVICE, Api, mask

NAME, BASIC, DETAIL, FULL = 1, 2, 3, 4


@pytest.fixture
def api():
    api = Api()
    region = {"name": "regions/eu", "title": "Europe", "location": {"city": "c", "country": "d"}}
    api.put(REGION, {**region, "metadata": {"labels": {"a": "1", "b": "2"}}})
    service = {"name": "services/x.org", "display_name": "X", "current_version": "v1"}
    api.put(SERVICE, service)
    return api


def region(api, **fields):
    return api.get(REGION, "regions/eu", **fields)


def service(api, **fields):
    return api.get(SERVICE, "services/x.org", **fields)


@pytest.mark.parametrize("view", [0, BASIC, DETAIL, FULL])
def test_without_a_mask_everything_is_shown(api, view):
    assert region(api, view=view) == api.registry.get("regions/eu").message


def test_full_ignores_the_mask(api):
    assert region(api, view=FULL, field_mask=mask("title")) == region(api)


@pytest.mark.parametrize("view", [0, BASIC, DETAIL])
def test_a_mask_selects_and_the_name_is_always_there(api, view):
    found = region(api, view=view, field_mask=mask("title"))
    assert found == REGION.message(name="regions/eu", title="Europe")


def test_the_view_name(api):
    assert region(api, view=NAME) == REGION.message(name="regions/eu")
    shown = SERVICE.message(name="services/x.org", display_name="X")
    assert service(api, view=NAME) == shown


def test_the_view_name_with_a_mask_shows_both(api):
    found = service(api, view=NAME, field_mask=mask("currentVersion"))
    assert found == service(api, field_mask=mask("display-name", "current_version"))
    assert found.display_name == "X"


def test_nested_fields_and_keys(api):
    found = region(api, field_mask=mask("location.city", "metadata.labels.b"))
    expected = {"location": {"city": "c"}, "metadata": {"labels": {"b": "2"}}}
    assert found == REGION.message(name="regions/eu", **expected)


@pytest.mark.parametrize("path", ["nosuch", "*", "", "metadata.labels.a.b", "title.x"])
@pytest.mark.parametrize("view", [0, NAME])
def test_a_path_that_leads_nowhere_is_refused(api, path, view):
    with pytest.raises(ServiceError, match="field_mask: ") as caught:
        region(api, field_mask=mask("title", path), view=view)
    assert caught.value.code == 3


def test_a_mask_that_full_ignores_is_not_even_read(api):
    assert region(api, field_mask=mask("nosuch"), view=FULL).title == "Europe"


def test_masks_have_a_length(api):
    with pytest.raises(ServiceError, match="field_mask: is longer than 16384 characters"):
        region(api, field_mask=mask(*["title"] * 4000))


@pytest.mark.parametrize("view", [5, 99, -1])
def test_an_unknown_view_is_refused(api, view):
    with pytest.raises(ServiceError, match=f"view: {view} is not within 0 to 4"):
        region(api, view=view)


def view_of(kind, *paths, view=0, policy=None):
    request = kind.methods["get"].request(field_mask=mask(*paths), view=view)
    return read_view(kind, request, policy or Policy())


def test_an_item_is_encoded_once_for_each_view(api):
    stored = api.registry.get("regions/eu")
    view = view_of(REGION, "title", "metadata.labels")
    assert view_of(REGION, "metadata.labels", "title", "title") is view
    assert view.item(stored) is view.item(stored)
    assert REGION.message.FromString(view.encoded(stored)) == view.project(stored)
    response = REGION.methods["list"].response.FromString(view.item(stored))
    assert list(response.regions) == [view.project(stored)]


def test_encodings_go_with_their_resource(api):
    # A view of its own: those that are asked for are shared by everyone who asks the same.
    view = View(REGION, Projection([read("domain", REGION.message.DESCRIPTOR)]))
    view.item(api.registry.get("regions/eu"))
    assert len(view._items) == 1
    api.remove("regions/eu")
    api.service.registry = api.registry = None
    gc.collect()
    assert len(view._items) == 0


def test_a_long_item_keeps_its_length(api):
    api.put(REGION, {"name": "regions/eu", "title": "x" * 20_000})
    stored = api.registry.get("regions/eu")
    found = REGION.message.FromString(view_of(REGION, "title").encoded(stored))
    assert len(found.title) == 20_000


def test_sameness_is_that_of_what_is_shown(api):
    before = api.registry.get("regions/eu")
    api.clock.set(NOW_US + 5)
    api.put(REGION, {"name": "regions/eu", "title": "Europe", "domain": "new"})
    after = api.registry.get("regions/eu")
    assert view_of(REGION, "title", "metadata.create_time").same(before, after)
    assert not view_of(REGION, "domain").same(before, after)
    assert not view_of(REGION).same(before, after)
    assert view_of(REGION, view=NAME).same(before, after)


def test_maps_are_encoded_the_same_whatever_their_history(api):
    keys = [f"k{number}" for number in range(50)]
    for name, order in (("regions/aa", keys), ("regions/bb", keys[::-1])):
        message = REGION.message(name=name)
        for key in order:
            message.metadata.labels[key] = "v"
        api.put(REGION, message)
    view = view_of(REGION, "metadata.labels")
    one, other = (view.encoded(api.registry.get(f"regions/{each}")) for each in ("aa", "bb"))
    assert one.replace(b"regions/aa", b"regions/bb") == other


def test_views_that_show_the_same_have_one_digest():
    digests = {
        view_of(REGION, "title").digest,
        view_of(REGION, "name", "title", "title").digest,
        view_of(REGION, "title", view=NAME).digest,
    }
    assert len(digests) == 1
    others = [
        view_of(REGION),
        view_of(REGION, "domain"),
        view_of(SERVICE),
        view_of(SERVICE, "name"),
    ]
    assert len(digests | {view.digest for view in others}) == 5


def test_a_key_cannot_pass_for_two_paths():
    one, other = (
        view_of(REGION, f"metadata.labels.x{rest}", "title") for rest in ("", ",name,title")
    )
    assert one.digest != other.digest


def test_a_key_with_a_dot_is_no_path():
    dotted = view_of(REGION, r"metadata.labels.a\.b")
    assert dotted.paths == (r"metadata.labels.a\.b", "name")


def test_the_name_can_be_left_out():
    api = Api("mask-without-name")
    api.region("eu", title="Europe")
    assert region(api, field_mask=mask("title")) == REGION.message(title="Europe")
    assert region(api, view=NAME) == REGION.message(name="regions/eu")


def test_the_view_name_can_be_bare():
    api = Api("name-view-bare")
    api.put(SERVICE, {"name": "services/x.org", "display_name": "X"})
    assert service(api, view=NAME) == SERVICE.message(name="services/x.org")
