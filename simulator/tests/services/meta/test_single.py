import pytest

from simulator.services.errors import Code, ServiceError

from .api import REGION, Api, mask
from .watching import due


class One:
    """A watch of one region."""

    def __init__(self, api, name="regions/aa", **fields):
        self.method = REGION.methods["watch_one"]
        request = self.method.request(name=name, **fields)
        self.feed = api.service.watch_one(REGION, request, {})

    async def read(self):
        return [self.method.response.FromString(m).change for m in await due(self.feed)]


@pytest.fixture
def api():
    made = Api()
    made.region("aa", title="1")
    return made


async def test_the_present_state_comes_first(api):
    (change,) = await One(api).read()
    assert change.added.region == api.get(REGION, "regions/aa")


async def test_a_new_state_is_modified(api):
    watched = One(api)
    await watched.read()
    region = api.region("aa", title="2")
    (change,) = await watched.read()
    assert change.modified.region == region
    assert change.modified.name == "regions/aa"


async def test_a_deletion_is_removed_and_a_new_one_added(api):
    watched = One(api)
    await watched.read()
    api.remove("regions/aa")
    (change,) = await watched.read()
    assert change.removed.name == "regions/aa"
    api.region("bb")
    assert await watched.read() == []
    region = api.region("aa")
    (change,) = await watched.read()
    assert change.added.region == region


async def test_others_and_hidden_fields_are_not_told(api):
    watched = One(api, field_mask=mask("title"))
    await watched.read()
    api.region("bb")
    api.region("aa", title="1", domain="hidden")
    assert await watched.read() == []
    api.region("aa", title="2", domain="hidden")
    (change,) = await watched.read()
    assert (change.modified.region.title, change.modified.region.domain) == ("2", "")


async def test_the_last_state_is_told_after_a_burst(api):
    watched = One(api)
    await watched.read()
    for n in range(50):
        region = api.region("aa", title=str(n))
    assert (await watched.read())[-1].modified.region == region
    assert watched.feed.position == watched.feed.newest


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("regions/zz", Code.NOT_FOUND),
        ("regions/-", Code.INVALID_ARGUMENT),
        ("", Code.INVALID_ARGUMENT),
        ("services/aa", Code.INVALID_ARGUMENT),
    ],
)
async def test_what_cannot_be_watched(api, name, code):
    with pytest.raises(ServiceError) as caught:
        One(api, name)
    assert caught.value.code is code
