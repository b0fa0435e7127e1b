"""Pages are cut where a reply would become too large, but never to nothing."""

import pytest

from simulator.services import pages
from simulator.services.pages import bounded_page
from simulator.store import Collection, Query


@pytest.fixture
def numbers() -> Collection[int]:
    collection: Collection[int] = Collection(
        orders={"value": lambda value: (value,)}, encode=lambda value: b"%03d" % value
    )
    for value in range(6):
        collection.put(value, value)
    return collection


@pytest.mark.parametrize(("most", "items"), [(100, 4), (15, 3), (14, 2), (5, 1), (1, 1)])
def test_a_page_ends_where_it_would_be_too_large(
    monkeypatch: pytest.MonkeyPatch, numbers: Collection[int], most: int, items: int
) -> None:
    monkeypatch.setattr(pages, "PAGE_BYTES", most)
    query: Query[int] = Query(order="value")
    page, joined = bounded_page(
        numbers, query, size=4, after=None, encode=lambda item: b"<" + item + b">"
    )
    assert page.items == tuple(range(items))
    assert joined == b"".join(b"<%03d>" % value for value in range(items))
    assert page.next is not None
    following, _ = bounded_page(numbers, query, size=1, after=page.next)
    assert following.items == (items,)
