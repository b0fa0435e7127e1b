import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.meta.coalescing import coalesced
from simulator.services.meta.views import read_view

from .api import REGION, Api, mask
from .watching import changes_of

RESPONSE = REGION.methods["watch"].response
NAMES = ["regions/aa", "regions/bb"]
TITLES = [None, "in", "also in", "out"]
histories = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(TITLES)), max_size=8)


def sees(stored):
    return "in" in stored.message.title


def put(api, history):
    """Make changes, of which each state that can be seen is noted by name."""
    for name, title in history:
        if title is not None:
            api.put(REGION, {"name": name, "title": title})
        elif api.registry.get(name) is not None:
            api.remove(name)


def told(api, after, *, thorough):
    """What is told of the changes after a revision: titles by name, None for removed ones."""
    view = read_view(REGION, REGION.methods["watch"].request(field_mask=mask("title")), POLICY)
    changes = api.registry.collection(REGION).subscribe(after=after).pending()
    data = b"".join(coalesced(changes, sees, view, thorough=thorough))
    found = {}
    for what, inside, region in changes_of(RESPONSE.FromString(data)):
        name = inside.name if region is None else region.name
        assert name not in found
        found[name] = None if what == "removed" else region.title
    return found


POLICY = Api().service.policy


def shown(api):
    return {stored.name: stored.message.title for stored in state(api) if sees(stored)}


def state(api):
    return [stored for _, stored in api.registry.collection(REGION).items()]


@given(histories, histories)
def test_it_leads_from_the_state_before_to_the_one_after(first, second):
    api = Api()
    put(api, first)
    before, revision = shown(api), api.registry.collection(REGION).revision
    put(api, second)
    found = told(api, revision, thorough=False)
    after = {name: title for name, title in {**before, **found}.items() if title is not None}
    assert after == shown(api)
    # Nothing is told that the client knows.
    assert all(found[name] != before.get(name) for name in found)


@given(histories, histories)
def test_if_thorough_it_leads_there_from_every_state_between(first, second):
    api = Api()
    put(api, first)
    revision = api.registry.collection(REGION).revision
    between = [shown(api)]
    for step in second:
        put(api, [step])
        between.append(shown(api))
    found = told(api, revision, thorough=True)
    for known in between:
        after = {name: title for name, title in {**known, **found}.items() if title is not None}
        assert after == shown(api)


@pytest.mark.parametrize(("thorough", "expected"), [(False, {}), (True, {"regions/aa": None})])
def test_what_came_and_went(thorough, expected):
    api = Api()
    put(api, [("regions/aa", "in"), ("regions/aa", None)])
    assert told(api, 0, thorough=thorough) == expected
