import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.services.errors import Code, ServiceError
from simulator.services.services import paging
from simulator.tests.store.things import repeatable

from .api import Api, mask

PROFILES = [(), ("open-tokens",)]


def filled(count: int, *quirks: str) -> Api:
    api = Api(*quirks)
    for number in range(count):
        api.create(f"n{number:04}")
    return api


def ids(page):
    return [service.id for service in page.services]


def walked(api, sizes):
    """The ids of a walk with a page size for each step, the last one from then on."""
    found, token = [], ""
    for step in range(1000):
        page = api.list(page_size=sizes[min(step, len(sizes) - 1)], page_token=token)
        found += ids(page)
        token = page.next_page_token
        if not token:
            return found
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("quirks", PROFILES)
@given(count=st.integers(0, 30), sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5))
@example(count=12, sizes=[4])
@repeatable
def test_a_walk_meets_each_service_once_by_id(quirks, count, sizes):
    assert walked(filled(count, *quirks), sizes) == [f"n{number:04}" for number in range(count)]


@pytest.mark.parametrize(
    ("size", "most"), [(0, 50), (1, 1), (50, 50), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)]
)
def test_sizes(size, most):
    api = filled(1100) if most == 1000 else filled(60)
    page = api.list(page_size=size)
    assert len(page.services) == most
    assert page.total_size == len(api.service.collections["drivers"].store)


def test_a_full_last_page_has_no_token():
    assert filled(4).list(page_size=4).next_page_token == ""


@pytest.mark.parametrize("quirks", PROFILES)
def test_services_come_and_go_during_a_walk(quirks):
    api = filled(6, *quirks)
    first = api.list(page_size=3)
    for gone in ("n0001", "n0002", "n0003"):
        api.delete(gone)
    api.create("a-before")
    api.create("n0004b")
    assert ids(api.list(page_token=first.next_page_token)) == ["n0004", "n0004b", "n0005"]


def test_order_is_that_of_bytes():
    api = Api()
    names = ["b", "a", "B", "ä", "😀", "\uffff", "10", "2"]
    for name in names:
        api.create(name)
    assert ids(api.list()) == sorted(names, key=lambda name: name.encode())


def test_a_mask_concerns_the_services_alone():
    page = filled(3).list(page_size=2, read_mask=mask("id"))
    assert [service.ByteSize() for service in page.services] == [7, 7]
    assert page.total_size == 3
    assert page.next_page_token


def test_the_items_are_what_get_returns():
    api = filled(3)
    assert list(api.list().services) == [api.get(service_id) for service_id in ids(api.list())]


@pytest.mark.parametrize("service_id", ["x" * 1000, "\x01" * 1000, "ü" * 500, "😀" * 250])
@pytest.mark.parametrize("quirks", PROFILES)
def test_tokens_hold_any_id(service_id, quirks):
    api = Api(*quirks)
    api.create(service_id)
    api.create("\U0010ffff")
    token = api.list(page_size=1).next_page_token
    assert ids(api.list(page_token=token)) == ["\U0010ffff"]


def test_a_negative_size_is_refused():
    for size in (-1, -(2**31)):
        with pytest.raises(ServiceError, match=r"page_size: .* is negative"):
            Api().list(page_size=size)


@pytest.mark.parametrize("quirks", PROFILES)
@pytest.mark.parametrize(
    "token",
    ["%%%", "?", "x", "a b", "AA", base64.b64encode(b"\xff\xfe\x80").decode(), "EgVuMDA0OA=", "☀"],
)
def test_garbage_is_refused(token, quirks):
    with pytest.raises(ServiceError, match="page_token: ") as caught:
        filled(3, *quirks).list(page_token=token)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_a_token_belongs_to_its_collection_and_survives_a_restart():
    api = filled(3)
    token = api.list(page_size=1).next_page_token
    with pytest.raises(ServiceError, match="another collection"):
        api.list("systems", page_token=token)
    assert ids(api.list("node/drivers", page_token=token)) == ["n0001", "n0002"]
    assert ids(filled(3).list(page_token=token)) == ["n0001", "n0002"]


def test_an_altered_token_is_refused():
    api = filled(3)
    token = api.list(page_size=1).next_page_token
    for index in range(len(token)):
        other = "A" if token[index] != "A" else "B"
        with pytest.raises(ServiceError):
            api.list(page_token=token[:index] + other + token[index + 1 :])


class TestOpenTokens:
    """Those of the published Go service."""

    def test_are_written_as_it_writes_them(self):
        api = filled(60, "open-tokens")
        assert api.list(page_size=49).next_page_token == "EgVuMDA0OA=="

    @pytest.mark.parametrize(
        ("token", "first"),
        [("EgJuMQ==", "n1"), ("EgF6", None), ("CAU=", "n0000"), ("EgA=", "n0000")],
    )
    def test_lead_anywhere(self, token, first):
        api = filled(3, "open-tokens")
        api.create("n1")
        api.create("n10")
        found = ids(api.list(page_token=token))
        assert found[:1] == ([] if first is None else ["n10" if first == "n1" else first])
        assert ids(api.list("systems", page_token=token)) == []


def test_a_page_is_cut_where_it_becomes_too_large(monkeypatch):
    api = Api()
    for number in range(5):
        api.create(f"n{number}", config={"x": "y" * 300})
    monkeypatch.setattr(paging, "PAGE_BYTES", 800)
    assert len(api.list().services) == 2
    assert walked(api, [0]) == [f"n{number}" for number in range(5)]
    monkeypatch.setattr(paging, "PAGE_BYTES", 10)
    assert walked(api, [0]) == [f"n{number}" for number in range(5)]
