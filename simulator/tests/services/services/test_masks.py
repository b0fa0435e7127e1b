import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.services.wire import Service
from simulator.tests.store.things import repeatable

from .api import FAILING, Api, mask

FIELDS = [field.name for field in Service.DESCRIPTOR.fields]


def filled(*quirks: str) -> Api:
    api = Api(*quirks)
    api.create(config=FAILING)
    api.start()
    return api


@given(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=6))
@repeatable
def test_a_mask_leaves_what_it_names(paths):
    api = filled()
    whole = api.get()
    expected = Service()
    for path in paths:
        field = Service.DESCRIPTOR.fields_by_name[path]
        if field.message_type is None:
            setattr(expected, path, getattr(whole, path))
        elif whole.HasField(path):
            getattr(expected, path).CopyFrom(getattr(whole, path))
    assert api.get(read_mask=mask(*paths)) == expected
    assert list(api.list(read_mask=mask(*paths)).services) == [expected]


@pytest.mark.parametrize("paths", [(), ("*",), ("id", "*")])
def test_masks_that_show_everything(paths):
    api = filled()
    assert api.get(read_mask=mask(*paths)) == api.get()


def test_paths_may_be_spelled_as_in_json():
    api = filled()
    assert api.get(read_mask=mask("configRaw")) == api.get(read_mask=mask("config_raw"))


@pytest.mark.parametrize("path", ["nosuch", "", "id.x", "last_error_time.seconds", "ID", "id,type"])
@pytest.mark.parametrize("verb", ["get", "list", "get_metadata", "pull", "pull_all"])
def test_a_path_that_leads_nowhere_is_refused(path, verb):
    api = filled()
    fields = {"id": "a"} if verb in ("get", "pull") else {}
    call = api.follow if verb.startswith("pull") else api.call
    with pytest.raises(ServiceError, match="read_mask: ") as caught:
        call(verb, read_mask=mask(path), **fields)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_a_mask_has_a_longest_length():
    with pytest.raises(ServiceError, match="longer than"):
        filled().get(read_mask=mask("x" * 20_000))


@pytest.mark.parametrize("paths", [(), ("*",), ("nosuch",), ("configRaw",), ("*", "configRaw")])
def test_lenient_masks_show_nothing_where_others_are_refused_or_show_all(paths):
    assert filled("lenient-mask").get(read_mask=mask(*paths)).ByteSize() == 0


def test_lenient_masks_still_show_what_they_name():
    api = filled("lenient-mask")
    assert api.get(read_mask=mask("nosuch", "id", "config_raw")) == Service(
        id="a", config_raw=api.get().config_raw
    )
    assert api.totals(read_mask=mask("type_counts.plain")).type_counts == {"plain": 1}
