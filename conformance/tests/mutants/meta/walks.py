"""What the walk through the naive endpoint of meta does, stretch by stretch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.mutants.meta.policy import Policy
from conformance.tests.mutants.meta.tour import DAY_NS, START_NS, Tour

FILTERS = (
    'title = "North" OR title = "South" AND is_default = TRUE',
    'NOT title = "North"',
    'title != "x" AND domain != "x" AND is_default = TRUE',
    'NOT (title = "North" OR is_default = TRUE)',
    "metadata.generation <= 5",
    'title in ("North", "West")',
    'title NOT IN ["North"]',
    "connectivity_scores IS NULL",
    "connectivity_scores IS NOT NULL",
    "location IS NOT NULL",
    "title IS NULL",
    "domain != NULL",
    'metadata.tags CONTAINS "e"',
    'metadata.tags CONTAINS ALL ("edge", "lab")',
    'metadata.tags CONTAIN "nothing"',
    'title LIKE "ort%"',
    'location.city = "Cork"',
    'location.country != "DE"',
    'metadata.labels.tier = "gold"',
    'metadata.labels.other = "gold"',
    'metadata.labels CONTAINS "tier"',
    'metadata.labels CONTAINS "gold"',
    'metadata.create_time > "2024-03-01T01:30:00Z"',
    'metadata.create_time = "2024-03-01T02:00:00+01:00"',
    "title = = 1",
    'nothing = "x"',
    "title = 1",
    "()",
    r'title = "a\"b"',
    'name = "regions/-"',
    'name < "regions/delft"',
)
BAD_ORDERS = ("nothing", "title sideways", ",", "title asc desc")


def walked(policy: Policy, part: str) -> list[str]:
    """The transcript of an endpoint in one part of the walk, by the group of a requirement."""
    tour = Tour(policy)
    for stretch in PARTS[part]:
        stretch(tour)
    return tour.lines


def _reading(tour: Tour) -> None:
    bergen = "regions/bergen"
    for name in (bergen, "regions/BERGEN", "regions/none", "regions/-", "regions/", "x", ""):
        tour.call("regions", "get", name=name)
    tour.call("regions", "get", name=bergen)
    for view, mask in itertools.product(range(6), ([], ["title"], ["location.city", "domain"])):
        tour.call("regions", "get", name=bergen, view=view, field_mask=mask)
        tour.call("services", "get", name="services/meta.edgelq.com", view=view)
    for mask in (["nothing"], ["*"], ["isDefault"], ["metadata.labels.tier"]):
        tour.call("regions", "get", name=bergen, field_mask=mask)
    for names in (
        ["regions/cork", bergen, "regions/none", "regions/nowhere", "regions/aachen"],
        [bergen, bergen],
        [bergen, "regions/"],
        [f"regions/none{n}" for n in range(60)],
        [],
    ):
        tour.call("regions", "batchGet", names=names, field_mask=["title"])
    deployments = ["regions/aachen/deployments/devices-0", "regions/bergen/deployments/meta-1"]
    tour.call("deployments", "batchGet", names=deployments)
    tour.put(name=bergen, title="South")
    tour.call("regions", "get", name=bergen)


def _lists(tour: Tour) -> None:
    for parent in ("regions/aachen", "regions/-", "regions/none", "", "x"):
        tour.call("deployments", "list", parent=parent)
    tour.call("deployments", "list", parent="regions/aachen", filter="metadata.generation >= 0")
    for kind in ("regions", "services"):
        tour.call(kind, "list")
    tour.call("resources", "list", parent="services/-")
    for size in (-1, 0, 1, 2**31 - 1):
        tour.call("regions", "list", page_size=size)
    tour.walk("regions")
    tour.walk("regions", (2, 3))
    tour.walk("regions", (2,), order_by="title", include_paging_info=True)
    tour.walk("regions", (3, 2), include_paging_info=True)
    tour.walk("regions", (1,), order_by="title desc", filter='title != "West"')
    for order in (
        "title desc",
        "title,domain desc",
        "title,location.country desc,name",
        "title desc,name desc",
        "metadata.generation",
        "metadata.createTime desc",
        " title  DESC ",
        "location.city desc",
        *BAD_ORDERS,
    ):
        tour.call("regions", "list", order_by=order, field_mask=["name"])
    for name in ("regions/zweibrucken", "regions/zutphen"):
        tour.put(name=name, metadata={"labels": {"tier": "gold"}})
    tour.call("regions", "list", order_by="metadata.create_time", field_mask=["name"])
    tour.call("regions", "list", include_paging_info=True, filter='title = "North"')
    page = tour.call("regions", "list", page_size=2, filter='title = "North"')
    token = page.next_page_token if page is not None else ""
    tour.call("regions", "list", page_size=2, page_token=token, filter='title = "South"')
    for text in ("abc", "x.e.O.5", token[:-6], "r.e.S.AAAA"):
        tour.call("regions", "list", page_token=text)
    page = tour.call("regions", "list", page_size=3)
    tour.put(name="regions/aaa", title="New")
    if page is not None:
        tour.call("regions", "list", page_size=3, page_token=page.next_page_token)
        tour.call("regions", "list", page_size=3, page_token=page.next_page_token)
    tour.book.commit([("regions/aaa", None)])
    tour.apply(*({"name": f"regions/large{n:03}"} for n in range(60)))
    tour.call("regions", "list", field_mask=["name"])
    watches = [tour.open("services") for _ in range(6)]
    tour.call("services", "list", page_size=20)
    tour.book.streams = [s for s in tour.book.streams if s not in watches]
    _close(tour)
    for order in ("metadata.shards.near", "title"):
        tour.call("regions", "list", order_by=order, field_mask=["name"])


def _close(tour: Tour) -> None:
    """Two regions whose values are one integer and one code point apart, against their names."""
    for number, title in enumerate(("\ufb00", "\U0001f600")):
        near = {"shards": {"near": 2**53 + number}}
        tour.put(name=f"regions/close{1 - number}", title=title, metadata=near)


def _filters(tour: Tour) -> None:
    tour.put(name="regions/quoted", title='a"b')
    tour.walk("regions", (2,), filter='title != "West"')
    for text in FILTERS:
        tour.call("regions", "list", filter=text, field_mask=["name"])
    tour.call("regions", "list", filter='title = "North"', view=1)
    tour.call("regions", "list", order_by="title", view=1)
    _close(tour)
    for text in (f"metadata.shards.near > {2**53}", 'title > "\ufb00"'):
        tour.call("regions", "list", filter=text, field_mask=["name"])


def _single(tour: Tour) -> None:
    one = tour.open("regions", "watch_one", name="regions/cork", field_mask=["title"])
    tour.take(one)
    for title in ("a", "a", "b"):
        tour.put(name="regions/cork", title=title, domain=f"{len(tour.lines)}.example.com")
        tour.put(name="regions/graz", title=title)
        tour.take(one)
    tour.book.commit([("regions/cork", None)])
    tour.take(one)
    tour.put(name="regions/cork", title="c")
    tour.take(one)
    tour.take(tour.open("regions", "watch_one", name="regions/none"))
    for _ in range(70):
        tour.open("regions", "watch_one", name="regions/cork")
    tour.book.streams.clear()


def _stateless(tour: Tour) -> None:
    asked: dict[str, Any] = {"type": 1, "filter": 'title = "North"', "field_mask": ["domain"]}
    for chunk in (-1, 0, 1, 2, 101):
        tour.take(tour.open("regions", type=1, max_chunk_size=chunk))
    for fields in ({"page_size": 2}, {"page_token": "r.e.O.1"}, {"order_by": "title"}):
        tour.take(tour.open("regions", type=1, **fields))
    narrowed: tuple[dict[str, Any], ...] = (
        {"filter": "("},
        {"field_mask": ["x"]},
        {"filter": 'title = "none"'},
    )
    for fields in narrowed:
        tour.take(tour.open("regions", type=1, max_chunk_size=2, **fields))
    for fields in ({}, {"filter": "metadata.generation >= 0"}):
        tour.take(tour.open("deployments", type=1, parent="regions/aachen", **fields))
    tour.book.streams.clear()
    first, second = tour.open("regions", **asked), tour.open("regions", **asked)
    tour.take(first), tour.take(second)
    for resource in (
        {"name": "regions/n1", "title": "North", "domain": "1"},
        {"name": "regions/n1", "title": "North", "domain": "1", "is_default": False},
        {"name": "regions/n1", "title": "South", "domain": "1"},
        {"name": "regions/n1", "title": "North", "domain": "1"},
        {"name": "regions/n2", "title": "South"},
    ):
        tour.put(**resource)
        tour.take(first), tour.take(second)
    tour.apply("regions/n1", "regions/n2")
    tour.take(first)
    many = [{"name": f"regions/many{n}", "title": "Many"} for n in range(7)]
    chunked = tour.open("regions", type=1, max_chunk_size=2)
    tour.take(chunked)
    tour.apply(*many)
    tour.take(chunked)
    for number in range(8):
        tour.put(name="regions/many0", title=f"Many {number}")
        tour.take(chunked)
    tour.put(name="regions/many0", title="Once")
    tour.put(name="regions/many0", title="Twice")
    tour.take(chunked)
    slow = tour.open("regions", type=1, max_chunk_size=1)
    tour.take(slow, 2)
    tour.apply("regions/many3", {"name": "regions/new", "title": "New"})
    tour.take(slow)
    large = [{"name": f"regions/large{n:03}", "title": "Large"} for n in range(120)]
    tour.apply(*large)
    tour.take(tour.open("regions", type=1))
    tour.apply(*(resource["name"] for resource in large))
    tour.book.streams.clear()


def _stateful(tour: Tour) -> None:
    for fields in (
        {},
        {"resume_token": "x"},
        {"starting_time": START_NS},
        {"max_chunk_size": 3},
        {"page_size": 3},
        {"page_size": 3, "page_token": "r.i.O.3"},
        {"order_by": "title desc", "page_size": 4},
    ):
        tour.take(tour.open("regions", **fields))
        tour.take(tour.open("regions", **fields))
    tour.book.streams.clear()
    streams = [
        tour.open("regions", order_by="title", field_mask=["title"]),
        tour.open("regions", order_by="title", view=1),
        tour.open("regions", order_by="title", page_size=4),
        tour.open("regions", order_by="title", max_chunk_size=2),
    ]
    for stream in streams:
        tour.take(stream)
    for change in (
        {"name": "regions/s1", "title": "Aa"},
        {"name": "regions/s2", "title": "Zz"},
        {"name": "regions/s1", "title": "Aa", "domain": "x"},
        {"name": "regions/s1", "title": "Nz"},
        {"name": "regions/s2", "title": "Ab"},
        "regions/s2",
        "regions/aachen",
        {"name": "regions/aachen", "title": "North", "domain": "aachen.example.com"},
    ):
        tour.apply(change)
        for stream in streams:
            tour.take(stream)
    tour.apply(*({"name": f"regions/t{n}", "title": "A"} for n in range(5)))
    for fault in ("soft_reset", "hard_reset", "send_snapshot_size"):
        tour.fault(fault)
    for stream in streams:
        tour.take(stream)
    tour.book.streams.clear()


def _token(messages: list[Any]) -> str:
    return next((m.resume_token for m in reversed(messages) if m.resume_token), "")


def _resuming(tour: Tour) -> None:
    asked: dict[str, Any] = {"type": 1, "max_chunk_size": 2}
    watch = tour.open("regions", **asked)
    old = _token(tour.take(watch))
    tour.put(name="regions/r1", title="One")
    middle = _token(tour.take(watch))
    tour.book.commit([("regions/r1", None)])
    tour.put(name="regions/r2", title="Two", metadata={"labels": {"tier": "gold"}})
    tour.apply(*({"name": f"regions/u{n}", "title": "U"} for n in range(5)))
    tour.take(watch, 4)
    for token in (old, middle, middle, old, "garbage", f"A{old[1:]}"):
        tour.take(tour.open("regions", resume_token=token, **asked))
    tour.take(tour.open("regions", resume_token=old, filter='title = "Two"', **asked))
    tour.take(tour.open("regions", resume_token=old, starting_time=START_NS, **asked))
    for at_ns in (START_NS, tour.book.log[-2].at_ns, START_NS + DAY_NS):
        tour.take(tour.open("regions", starting_time=at_ns, **asked))
    kept = tour.open("regions", tag="drop", **asked)
    token = _token(tour.take(kept))
    tour.fault("drop_stream", tag="drop", code=0)
    tour.take(kept)
    tour.put(name="regions/r3", title="Three")
    tour.take(tour.open("regions", resume_token=token, **asked))
    tour.fault("expire_resume_tokens")
    tour.take(tour.open("regions", resume_token=token, **asked))
    tour.book.streams.clear()


def _resets(tour: Tour) -> None:
    asked: dict[str, Any] = {"type": 1, "max_chunk_size": 3}
    watch = tour.open("regions", tag="mine", **asked)
    tour.take(watch, 2)
    tour.fault("soft_reset", tag="mine")
    token = _token(tour.take(watch))
    tour.fault("soft_reset", tag="mine")
    tour.take(watch)
    tour.apply(*({"name": f"regions/v{n}", "title": "V"} for n in range(7)))
    tour.take(watch, 1)
    tour.fault("soft_reset", tag="mine")
    tour.take(watch)
    tour.take(tour.open("regions", resume_token=token, **asked))
    tour.fault("pause_emission", tag="mine")
    tour.book.commit([("regions/v0", None)])
    tour.fault("hard_reset", tag="mine")
    tour.take(watch)
    tour.fault("resume_emission", tag="mine")
    tour.take(watch)
    tour.take(tour.open("regions", resume_token=token, **asked))
    for value in (None, 3):
        tour.fault("send_snapshot_size", tag="mine", **({} if value is None else {"value": value}))
        tour.take(watch)
    tour.fault("split_changeset", tag="mine", n=1)
    tour.apply("regions/v1", "regions/v2")
    tour.take(watch)
    tour.fault("send_snapshot_size", tag="late")
    tour.take(tour.open("regions", tag="late", **asked))
    empty = tour.open("regions", tag="empty", filter='title = "none"', **asked)
    tour.take(empty)
    tour.fault("send_snapshot_size", tag="empty")
    tour.take(empty)


PARTS: Mapping[str, Sequence[Callable[[Tour], None]]] = {
    **dict.fromkeys(("WIRE", "NAM", "GET", "BAT"), (_reading, _lists)),
    **dict.fromkeys(("LST", "PAG", "ORD"), (_lists,)),
    "FLT": (_filters,),
    "VMK": (_reading, _filters, _stateless),
    "WS1": (_single,),
    **dict.fromkeys(("CHK", "WSL"), (_stateless, _stateful, _resets)),
    "WST": (_stateful,),
    "RSM": (_resuming,),
    **dict.fromkeys(("RST", "SZ"), (_resets,)),
}
"""Stretches of the walk by group of requirements: what a fault in that group shows in."""
