"""The observed behaviour of the published Go client, situation by situation."""

import pytest

from conformance.oracles.meta.go_client import SEVERITY, GoClient
from conformance.oracles.meta.model import KINDS, Message
from conformance.tests.oracles.meta.watching import (
    HARD,
    SOFT,
    added,
    change,
    chunk,
    closing,
    current,
    region,
    removed,
    size,
)


@pytest.fixture
def client():
    return GoClient(KINDS["regions"])


@pytest.fixture
def synced(client):
    client.feed_all([chunk(*current("a", "b")), closing(*current("c"))])
    assert client.in_sync
    return client


def truth(*ids):
    return {f"regions/{id_}": region(id_) for id_ in ids}


def test_chunked_snapshot_increments_and_a_matching_size(synced):
    assert [event.resync for event in synced.events] == [True]
    synced.feed_all([chunk(*removed("a")), closing(*current("d"), token="T2"), size(3)])
    assert len(synced.events) == 2
    assert synced.events[1].deleted == {"regions/a"}
    assert synced.events[1].added == {"regions/d"}
    assert synced.token == "T2"
    assert synced.predict(truth("b", "c", "d")) == "fine"


def test_size_0_on_every_message_is_a_storm(client):
    for _ in range(3):
        assert client.feed(chunk(*current("a"), snapshot_size=0)) == "reopen"
    assert not client.in_sync
    assert client.reconnects == 3
    assert client.predict() == "reconnect storm"


@pytest.mark.parametrize("make", [current, added])
def test_size_0_on_increments_is_a_storm_from_scratch(synced, make):
    assert synced.feed(closing(*make("d"), token="T2", snapshot_size=0)) == "reopen"
    assert synced.token == ""
    assert synced.predict() == "reconnect storm"


def test_a_wrong_size_restarts_once_without_token_and_reports_the_difference(synced):
    assert synced.feed(size(2)) == "reopen"
    assert synced.token == ""
    synced.feed(closing(*current("a", "b"), token="T2"))
    assert synced.events[-1].deleted == {"regions/c"}
    assert not synced.events[-1].resync
    assert synced.predict(truth("a", "b")) == "restart"
    synced.feed(size(7))
    assert synced.predict() == "reconnect storm"


def test_soft_reset_during_the_snapshot_restarts_it_without_an_event(client):
    client.feed_all([chunk(*current("a", "gone")), SOFT])
    assert client.events == []
    client.feed(closing(*current("a")))
    assert client.predict(truth("a")) == "fine"


def test_soft_reset_afterwards_drops_the_partial_changeset(synced):
    synced.feed_all([chunk(*removed("a")), SOFT, closing(*current("d"))])
    assert synced.predict(truth("a", "b", "c", "d")) == "fine"


def test_hard_reset_gives_one_event_with_the_difference(synced):
    synced.feed_all([HARD, chunk(*current("a", title="new")), closing(*current("d"))])
    event = synced.events[-1]
    assert (event.resync, event.added, event.modified, event.deleted) == (
        False,
        {"regions/d"},
        {"regions/a"},
        {"regions/b", "regions/c"},
    )
    assert synced.predict() == "fine"


def test_changes_in_a_hard_reset_are_lost(synced):
    synced.feed_all([Message(hard_reset=True, changes=current("a")), closing(*current("b"))])
    assert synced.predict(truth("a", "b")) == "silent divergence"


def test_a_size_while_snapshotting_again_is_a_storm(synced):
    synced.feed(HARD)
    assert synced.feed(size(0)) == "reopen"
    assert synced.predict() == "reconnect storm"


def test_an_end_after_sync_keeps_the_token_and_drops_partial_chunks(synced):
    synced.feed(chunk(*removed("a")))
    assert synced.ended() == "reopen later"
    assert synced.token == "T1"
    synced.feed(closing(*removed("b"), token="T2"))
    assert synced.predict(truth("a", "c")) == "fine"


def test_an_end_during_the_snapshot_starts_without_token(client):
    client.feed(chunk(*current("gone")))
    client.ended()
    assert client.token == ""
    client.feed(closing(*current("a")))
    assert client.predict(truth("a")) == "fine"


def test_an_end_while_snapshotting_again_goes_on_with_the_snapshot(synced):
    synced.feed_all([HARD, chunk(*current("a"))])
    synced.ended()
    synced.feed(closing(*current("b")))
    assert synced.predict(truth("b")) == "fine"


def test_a_plain_snapshot_for_a_token_leaves_deleted_items_for_ever(synced):
    synced.ended()
    synced.feed(closing(*current("a", "b")))
    assert synced.predict(truth("a", "b")) == "silent divergence"


def test_a_refused_token_stalls_until_the_deadline(synced):
    synced.ended()
    synced.refused()
    assert synced.token == "T1"
    synced.refused(for_good=True)
    assert (synced.token, synced.in_sync) == ("", False)
    synced.feed(closing(*current("b")))
    assert synced.events[-1].resync
    assert synced.predict(truth("b")) == "stall"


@pytest.mark.parametrize(
    "bad", [removed("a"), (change("modified", "a"),), current(""), added("")], ids=range(4)
)
def test_removals_modifications_and_nameless_items_in_a_snapshot_panic(client, bad):
    assert client.feed(chunk(*bad)) == "dead"
    assert client.feed(closing(*current("a"))) == "dead"
    assert client.predict() == "panic"


@pytest.mark.parametrize("kind", ["current", "modified", "added"])
def test_a_nameless_item_panics_later_too(synced, kind):
    synced.feed(closing(change(kind, "")))
    assert synced.predict() == "panic"


def test_resumed_streams_may_begin_with_removals_and_refresh_tokens(synced):
    synced.ended()
    synced.feed_all([closing(*removed("a"), token=""), closing(token="T3"), closing(token="")])
    assert synced.token == "T3"
    assert synced.predict(truth("b", "c")) == "fine"


def test_soft_reset_with_is_current_discards_everything_and_the_token(synced):
    synced.feed(closing(*current("d"), token="T2", soft_reset=True))
    assert synced.token == "T1"
    assert synced.predict(truth("a", "b", "c", "d")) == "silent divergence"


def test_stateful_reconnection_reports_survivors_again_and_never_deletions(client):
    client.feed(closing(*added("a", "b"), token=""))
    client.ended()
    client.feed(closing(*added("a"), token=""))
    assert client.events[-1].added == {"regions/a"}
    assert client.events[-1].deleted == frozenset()
    assert client.predict(truth("a")) == "silent divergence"


def test_removal_of_an_unknown_name_is_tolerated(synced):
    synced.feed(closing(*removed("nobody")))
    event = synced.events[-1]
    assert event.added | event.modified | event.deleted == frozenset()
    assert synced.predict(truth("a", "b", "c")) == "fine"


@pytest.mark.parametrize(
    "message",
    [closing(*current("-x")), closing(page_tokens=("", "abc"))],
    ids=["name", "page token"],
)
def test_unreadable_names_and_page_tokens_cannot_be_decoded(client, message):
    assert client.feed(message) == "reopen later"
    assert client.predict() == "decode error"


def test_an_empty_snapshot_is_in_sync(client):
    client.feed(closing())
    assert client.in_sync
    assert client.predict({}) == "fine"


def test_a_partial_object_replaces_the_whole_one(synced):
    synced.feed(closing(change("modified", "a", title="")))
    assert synced.predict(truth("a", "b", "c")) == "silent divergence"


def test_trouble_is_ordered():
    assert SEVERITY[0] == "fine"
    assert SEVERITY[-1] == "panic"
