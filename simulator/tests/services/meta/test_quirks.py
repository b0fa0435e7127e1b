from dataclasses import fields

import pytest

from simulator.services.errors import ServiceError
from simulator.services.meta import PROFILES, QUIRKS, Policy, policy_with
from simulator.services.quirks import UnknownQuirk

from .api import REGION, Api
from .watching import due


def test_without_quirks_the_preferred_readings_hold():
    assert policy_with(()) == policy_with(["doc"]) == Policy()


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_each_quirk_bends_one_field(quirk):
    bent = policy_with([quirk.name])
    changed = [
        field.name
        for field in fields(Policy)
        if getattr(bent, field.name) != getattr(Policy(), field.name)
    ]
    assert changed == [quirk.field]
    assert quirk.sentence.endswith(".")


def test_each_field_can_be_bent():
    assert {quirk.field for quirk in QUIRKS.values()} == {field.name for field in fields(Policy)}


def test_a_profile_is_its_quirks():
    assert policy_with(["sdk"]) == policy_with(PROFILES["sdk"]) != Policy()
    assert policy_with(["sdk", "name-view-bare"]) == policy_with(["name-view-bare", "sdk"])


def test_a_mistyped_name_finds_its_neighbour():
    with pytest.raises(UnknownQuirk, match="meta has no quirk 'token-unsealed'; did you mean"):
        policy_with(["token-unsealed"])
    with pytest.raises(UnknownQuirk, match="there are doc, sdk, like-unimplemented"):
        policy_with(["?"])


async def watched(api, **fields):
    """The messages of a watch of regions that are due at once."""
    method = REGION.methods["watch"]
    feed = api.service.watch(REGION, method.request(**fields), {})
    return [method.response.FromString(message) for message in await due(feed)]


async def test_too_large_chunks_are_refused_or_made_smaller():
    plain, bent = Api(), Api("chunk-clamped")
    for api in (plain, bent):
        api.put(REGION, *({"name": f"regions/r{number}"} for number in range(150)))
    with pytest.raises(ServiceError, match="max_chunk_size: 150 is not within 0 to 100"):
        await watched(plain, max_chunk_size=150)
    messages = await watched(bent, max_chunk_size=150)
    assert [len(message.region_changes) for message in messages] == [100, 50]


async def test_messages_that_are_no_size_check_may_have_the_size_0():
    for api, size in ((Api(), -1), (Api("size-zero-by-default"), 0)):
        api.region("eu")
        assert [message.snapshot_size for message in await watched(api)] == [size]
