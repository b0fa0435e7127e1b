"""The naive endpoint is right: assembled watches equal what is listed, whatever happens."""

from __future__ import annotations

import random
from typing import Any

import pytest

from conformance.mutants.change import bent
from conformance.mutants.meta.policy import STRAIGHT, Policy
from conformance.mutants.meta.variants import VARIANTS
from conformance.oracles.meta.model import KINDS
from conformance.tests.mutants.meta.client import connected
from conformance.tests.mutants.meta.tour import Tour

TITLES = ("A", "B", "C", "D")
STEPS = 60

VIEWS: list[dict[str, Any]] = [
    {"type": 1, "filter": 'title != "B"', "max_chunk_size": 2},
    {"type": 1, "field_mask": ["title"]},
    {"order_by": "title desc"},
    {"order_by": "title", "page_size": 4, "field_mask": ["domain"]},
    {"order_by": "title,domain desc", "page_size": 3, "max_chunk_size": 2},
    {"page_size": 3, "page_token": "r.i.O.2", "filter": 'title != "B"'},
]
"""Watches with their windows and filters; the last one begins at an item of its own."""

ORDERLY = [v for v in VARIANTS if v.id in ("window-adds-first", "moves-in-two", "coalescing")]


def changes_in(message: Any) -> list[tuple[str, Any]]:
    arms = [(c.WhichOneof("change_type"), c) for c in message.region_changes]
    return [(arm, getattr(c, arm)) for arm, c in arms]


def applied(view: list[Any], messages: list[Any]) -> None:
    """Apply the changes of a stateful watch, strictly."""
    for message in messages:
        for arm, change in changes_in(message):
            if arm == "added":
                assert 0 <= change.view_index <= len(view)
                assert change.region.name not in [region.name for region in view]
                view.insert(change.view_index, change.region)
            elif arm == "removed":
                assert view.pop(change.view_index).name == change.name
            else:
                assert arm == "modified"
                assert view.pop(change.previous_view_index).name == change.name
                assert 0 <= change.view_index <= len(view)
                view.insert(change.view_index, change.region)


def mapped(view: dict[str, Any], messages: list[Any]) -> None:
    """Apply the changes of a stateless watch."""
    for message in messages:
        for arm, change in changes_in(message):
            if arm == "current":
                view[change.region.name] = change.region
            else:
                assert arm == "removed"
                view.pop(change.name, None)


def shaken(tour: Tour, chance: random.Random) -> None:
    """Some change: a new or changed resource, a deletion, or several at once."""
    changes: list[Any] = []
    for number in chance.sample(range(9), chance.choice((1, 1, 1, 3))):
        name = f"regions/x{number}"
        if name in tour.book.objects and chance.random() < 0.3:
            changes.append(name)
        else:
            fields = {"title": chance.choice(TITLES), "domain": chance.choice("xyz")}
            changes.append({"name": name, **fields})
    tour.apply(*changes)


def listed(tour: Tour, fields: dict[str, Any]) -> list[Any]:
    kept = ("filter", "field_mask", "order_by", "page_size", "page_token")
    request = tour.request("regions", "list", **{k: v for k, v in fields.items() if k in kept})
    return list(tour.service.list(KINDS["regions"], request).regions)


@pytest.mark.parametrize("policy", [STRAIGHT, *(bent(STRAIGHT, v) for v in ORDERLY)])
@pytest.mark.parametrize("fields", VIEWS[:5])
@pytest.mark.parametrize("seed", range(2))
def test_views_stay_what_is_listed(policy: Policy, fields: dict[str, Any], seed: int):
    chance, tour = random.Random(seed), Tour(policy)
    tour.service.fill([])
    stream = tour.open("regions", **fields)
    view: Any = {} if fields.get("type") else []
    apply = mapped if fields.get("type") else applied
    apply(view, tour.take(stream))
    for _ in range(STEPS):
        for _ in range(chance.choice((1, 1, 2))):
            shaken(tour, chance)
        messages = tour.take(stream, 200)
        assert not messages or messages[-1].is_current
        apply(view, messages)
        found = sorted(view.values(), key=lambda r: r.name) if fields.get("type") else view
        assert found == listed(tour, fields)


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_watch_cut_anywhere_is_resumed(cut: int):
    fields = VIEWS[0]
    chance, tour = random.Random(cut), Tour(STRAIGHT)
    view: dict[str, Any] = {}
    token = ""
    for _ in range(20):
        stream = tour.open("regions", resume_token=token, **fields)
        for _ in range(3):
            shaken(tour, chance)
        messages = tour.take(stream, cut)
        closed = [n for n, message in enumerate(messages, 1) if message.is_current]
        mapped(view, messages[: closed[-1]] if closed else [])
        token = messages[closed[-1] - 1].resume_token if closed else token
    mapped(view, tour.take(tour.open("regions", resume_token=token, **fields), 500))
    assert sorted(view) == [region.name for region in listed(tour, fields)]


def test_a_window_at_a_token_is_the_page_at_it():
    tour = Tour(STRAIGHT)
    fields = VIEWS[5]
    view: list[Any] = []
    applied(view, tour.take(tour.open("regions", **fields)))
    assert view == listed(tour, fields)


def test_barrier_waits_for_readers_only():
    with connected() as client, client.watch("regions", type=1, tag="quiet") as quiet:
        quiet.changeset()
        client.upsert(name="regions/a1", title="A")
        assert client.hook("Barrier").stalled == 0
        # Emitted is not received: the client's own thread may lag.
        assert quiet.next().region_changes[0].current.region.title == "A"
        client.fault("pause_emission", tag="quiet")
        client.upsert(name="regions/a1", title="B")
        assert client.hook("Barrier").stalled == 1
        assert len(quiet.seen) == 2
        client.fault("resume_emission", tag="quiet")
        client.hook("Barrier")
        assert quiet.next().region_changes[0].current.region.title == "B"


def test_faults_wait_for_their_watch_and_their_chunk():
    with connected() as client:
        client.fault("soft_reset", tag="later", after_chunks=2)
        with client.watch("regions", type=1, tag="later", max_chunk_size=2) as watch:
            before = watch.changeset()
            assert [len(m.region_changes) for m in before] == [2, 2, 0]
            assert before[-1].is_soft_reset
            assert sum(len(m.region_changes) for m in watch.changeset()) == 8


def test_a_batch_of_changes_is_made_or_refused_as_a_whole():
    with connected() as client:
        changes = [{"name": "regions/b1", "title": "B"}, "regions/none"]
        before = client.names("regions")
        code = client.refused_hook("Apply", changes=changes)
        assert code.name == "NOT_FOUND"
        assert client.names("regions") == before
        client.hook("Reset", fixture="empty")
        assert client.names("regions") == []
        client.hook("Reset", fixture="default")
        assert client.names("regions") == before
