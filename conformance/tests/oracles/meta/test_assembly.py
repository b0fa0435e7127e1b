"""The strict assemblers: every rule broken once, and clean streams."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.meta import history, names, order, paging, tokens
from conformance.oracles.meta.assembly import RULES, Asked
from conformance.oracles.meta.model import KINDS, Change, Data, Message
from conformance.oracles.meta.order import arrange
from conformance.oracles.meta.stateful import Stateful
from conformance.oracles.meta.stateless import Stateless
from conformance.oracles.meta.tolerant import Tolerant
from conformance.tests.oracles.meta.watching import (
    HARD,
    SOFT,
    added,
    change,
    chunk,
    closing,
    current,
    ids,
    region,
    removed,
    requirement_ids,
    size,
)


def codes(assembler, *messages):
    return [violation.code for violation in assembler.feed_all(messages)]


def stateless(*messages, **asked):
    return codes(Stateless(Asked(**asked)), *messages)


def stateful(*messages, **asked):
    return codes(Stateful(Asked(stateful=True, **asked)), *messages)


SYNCED = closing(*current("a", "b"))
FILLED = closing(*added("a", "b", "c"), token="")


def test_rules_lead_to_requirements():
    rules = (RULES, history.RULES, names.RULES, order.RULES, paging.RULES, tokens.RULES)
    assert {id_ for mapping in rules for id_ in mapping.values()} <= requirement_ids()


def test_a_clean_stateless_stream():
    watch = Stateless(Asked(chunk=2))
    assert watch.phase == "snapshot"
    watch.feed(chunk(*current("a", "b")))
    assert (watch.committed, len(watch.pending)) == ({}, 2)
    watch.feed(closing(*current("c")))
    assert (ids(watch.committed.values()), watch.phase) == (["a", "b", "c"], "live")
    watch.feed_all([size(3), chunk(*removed("a")), SOFT, closing(*current("d"), token="")])
    assert (ids(watch.committed.values()), watch.token) == (["a", "b", "c", "d"], "T1")
    watch.feed(HARD)
    assert (watch.token, watch.phase, len(watch.committed)) == ("", "snapshot", 4)
    watch.feed_all([closing(*current("e"), token="T2"), size(1), closing(*removed("nobody"))])
    assert ids(watch.committed.values()) == ["e"]
    assert [len(view.items) for view in watch.emitted] == [3, 4, 1, 1]
    assert watch.violations == []


def test_resumed_streams_begin_with_changes():
    watch = Stateless()
    watch.feed(SYNCED)
    watch.open(Asked(resumed=True))
    assert watch.phase == "delta"
    assert codes(watch, closing(*removed("a"), token="T2")) == []
    assert (ids(watch.committed.values()), watch.token) == (["b"], "T2")


def test_soft_reset_during_the_snapshot_starts_it_again():
    assert stateless(chunk(*current("a")), SOFT, closing(*current("a"))) == []


def test_an_empty_view_and_its_size():
    assert stateless(closing(), size(0)) == []
    assert stateless(closing(), size(0), empty_size=False) == []


NO_KIND = Change(kind="none", name="", data=None)
MISNAMED = Change(kind="current", name="regions/a", data=region("b"), object_name="regions/b")


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ([closing(*current("a"), soft_reset=True)], ["flags", "changes_in_control"]),
        ([SYNCED, Message(soft_reset=True, hard_reset=True)], ["flags"]),
        ([closing(token="T", snapshot_size=3)], ["flags"]),
        ([closing(*current("a", "b", "c"))], ["chunk"]),
        ([chunk(resume_token="T"), closing()], ["token_early"]),
        ([chunk(page_tokens=("", "")), closing()], ["pages_stateless", "pages_early"]),
        ([closing(page_tokens=("", ""))], ["pages_stateless"]),
        ([closing(*current("a"), token="")], ["no_token"]),
        ([SYNCED, HARD, closing(token="")], ["no_token_reset"]),
        ([closing(NO_KIND)], ["no_kind"]),
        ([closing(MISNAMED)], ["name"]),
        ([closing(*current(""))], ["name"]),
        ([closing(*added("a"))], ["snapshot_kind"]),
        ([closing(*removed("a"))], ["snapshot_removed"]),
        ([chunk(*current("a")), closing(*current("a"))], ["snapshot_twice"]),
        ([SYNCED, HARD, closing(*removed("a"))], ["reset_kind"]),
        ([SYNCED, closing(*added("c"))], ["kind_stateless"]),
        ([SYNCED, closing(change("modified", "a"))], ["kind_stateless"]),
        (
            [SYNCED, Message(hard_reset=True, changes=current("a")), closing()],
            ["changes_in_control"],
        ),
        ([SYNCED, Message(snapshot_size=2, changes=current("a"))], ["changes_in_control"]),
        ([closing(*current("a"), snapshot_size=0)], ["size_unset"]),
        ([Message(soft_reset=True, snapshot_size=0), SYNCED], ["size_unset"]),
        ([size(0), SYNCED], ["size_early"]),
        ([SYNCED, chunk(*current("c")), size(2), closing()], ["size_early"]),
        ([SYNCED, HARD, size(2), closing()], ["size_early"]),
        ([SYNCED, size(3)], ["size_wrong"]),
        ([SYNCED, size(0)], ["size_wrong"]),
        ([SYNCED, closing(change("current", "a", at=1))], ["index_unset"]),
    ],
)
def test_broken_stateless_streams(messages, wanted):
    assert stateless(*messages, chunk=2) == wanted


def test_what_depends_on_what_was_asked():
    many = tuple(change("current", f"n{n}") for n in range(101))
    assert stateless(closing(*many)) == ["chunk_default"]
    assert stateless(SYNCED, size(0), empty_size=False) == ["size_unset"]
    assert stateful(closing(*added(*"abc"), token=""), page=2) == ["window"]
    assert stateful(chunk(*added("a")), closing(token="")) == ["not_current"]
    assert stateful(chunk(*added("a")), closing(token=""), chunk=1) == []


def test_a_clean_stateful_stream():
    watch = Stateful()
    watch.feed(closing(*added("a", "c", "d"), token="", page_tokens=("", "r.e.O.3")))
    assert (ids(watch.committed), watch.pages) == (["a", "c", "d"], ("", "r.e.O.3"))
    watch.feed(closing(change("added", "b", at=1), change("removed", "d", at=3), token=""))
    watch.feed(closing(change("modified", "c", "new", at=0, was=2), token=""))
    assert ids(watch.committed) == ["c", "a", "b"]
    watch.feed(closing(change("modified", "a", "new", at=1, was=1), token=""))
    assert watch.committed[1]["title"] == "new"
    assert (watch.violations, watch.token) == ([], "")
    watch.open(Asked(stateful=True))
    watch.feed(closing(*added("x"), token=""))
    assert ids(watch.committed) == ["x"]


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ([closing(*added("a"))], ["token_stateful"]),
        ([FILLED, SOFT], ["reset_stateful"]),
        ([FILLED, size(3)], ["size_early"]),
        ([FILLED, size(0)], ["size_unset"]),
        ([closing(*current("a"), token="")], ["kind_stateful", "snapshot_kind"]),
        ([FILLED, closing(change("added", "d", at=4), token="")], ["index_added"]),
        ([FILLED, closing(change("added", "d", at=-1), token="")], ["index_added"]),
        ([FILLED, closing(change("added", "a", at=3), token="")], ["added_twice", "index_added"]),
        ([FILLED, closing(change("removed", "b", at=0), token="")], ["index_removed"]),
        ([FILLED, closing(change("removed", "x", at=0), token="")], ["index_removed"]),
        ([FILLED, closing(change("modified", "b", at=1, was=0), token="")], ["index_modified"]),
        ([FILLED, closing(change("modified", "b", at=3, was=1), token="")], ["index_modified"]),
        ([closing(*removed("a"), token="")], ["snapshot_kind", "index_removed"]),
        ([closing(change("added", "a"), change("added", "a"), token="")], ["snapshot_twice"]),
    ],
)
def test_broken_stateful_streams(messages, wanted):
    assert stateful(*messages) == wanted


def test_one_wrong_index_is_reported_once():
    watch = Stateful()
    watch.feed_all([FILLED, closing(change("removed", "b", at=0), token="")])
    assert ids(watch.committed) == ["a", "c"]
    assert codes(watch, closing(change("removed", "c", at=1), token="")) == []


EVENTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y", "z", None])), max_size=20
)


@given(EVENTS, st.integers(1, 4))
@settings(max_examples=60)
def test_the_assembled_window_is_what_sorting_gives(events, chunk_size):
    """Changes written from a sorted list against the list, sorted anew after each event."""
    kind = KINDS["regions"]
    watch, loose = Stateful(Asked(stateful=True, chunk=chunk_size)), Tolerant(Asked(stateful=True))
    held: dict[str, Data] = {}
    messages = [closing(token="")]
    for id_, title in events:
        before = ids(arrange(held.values(), "title desc", kind))
        was = before.index(id_) if id_ in before else None
        held.pop(id_, None)
        if title is not None:
            held[id_] = region(id_, title)
        after = ids(arrange(held.values(), "title desc", kind))
        at = after.index(id_) if id_ in after else None
        if at is None and was is None:
            continue
        if at is None:
            step = change("removed", id_, at=was)
        elif was is None:
            step = change("added", id_, title, at=at)
        else:
            step = change("modified", id_, title, at=at, was=was)
        messages.append(closing(step, token=""))
    assert codes(watch, *messages) == []
    loose.feed_all(messages)
    assert watch.committed == loose.committed == arrange(held.values(), "title desc", kind)


@given(EVENTS, st.integers(1, 5))
@settings(max_examples=60)
def test_chunks_and_cuts_do_not_change_a_stateless_view(events, chunk_size):
    held: dict[str, Data] = {}
    changes = []
    for id_, title in events:
        changes.append(change("removed" if title is None else "current", id_, title or ""))
        held.pop(id_, None)
        if title is not None:
            held[id_] = region(id_, title)
    messages = [closing()]
    for start in range(0, len(changes), chunk_size):
        messages.append(chunk(*changes[start : start + chunk_size]))
    messages.append(closing(token="T9"))
    whole, cut = Stateless(Asked(chunk=chunk_size)), Stateless(Asked(chunk=chunk_size))
    assert codes(whole, *messages) == []
    assert codes(cut, *messages[:-1]) == []
    cut.open(Asked(chunk=chunk_size, resumed=True))
    assert codes(cut, *messages[1:]) == []
    assert {k.removeprefix("regions/"): v for k, v in whole.committed.items()} == held
    assert cut.committed == whole.committed


@given(EVENTS, st.integers(1, 5))
@settings(max_examples=60)
def test_changesets_delivered_twice_change_nothing(events, count):
    once, twice = Stateless(), Stateless()
    for watch in (once, twice):
        watch.feed(closing(*current("a", "f")))
    for start in range(0, len(events), count):
        changes = [
            change("removed" if title is None else "current", id_, title or "")
            for id_, title in events[start : start + count]
        ]
        once.feed(closing(*changes))
        twice.feed_all([closing(*changes)] * 2)
        assert once.committed == twice.committed
