"""What is drawn for the meta API is legal where it has to be, and varied."""

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.filter import parse
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.names import is_readable, judge_names
from conformance.oracles.meta.order import parse_order
from conformance.oracles.meta.views import mask_paths
from conformance.strategies import meta, meta_filters, meta_histories, meta_queries


@given(st.data())
@settings(max_examples=50)
def test_resources_are_complete_and_legal(data):
    kind = data.draw(meta.kinds())
    for item in data.draw(meta.populations(kind)):
        assert item == complete(kind.message, item)
        assert judge_names(kind, item) == []
        assert not item.get("is_default")
        assert not set(meta.SERVER_SET[:4]) & {k for k, v in item.get("metadata", {}).items() if v}


@given(st.data())
@settings(max_examples=50)
def test_queries_are_legal(data):
    kind = data.draw(meta.kinds())
    parse_order(data.draw(meta_queries.orders(kind)), kind)
    assert mask_paths(data.draw(meta_queries.masks(kind)), kind)
    assert data.draw(meta_queries.page_sizes(4)) >= 0
    assert 0 <= data.draw(meta.chunk_sizes(4)) <= 100


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_filters_tell_items_apart(kind):
    items = meta.crossing(
        kind,
        "regions/aa" if kind.parent == "regions" else "services/a.io" if kind.parent else "",
        5,
    )
    items[0] = complete(kind.message, {**items[0], "metadata": {"labels": {"k": "a"}}})

    def divides(text):
        return 0 < sum(parse(text, kind).matches(item) for item in items) < len(items)

    find(meta_filters.filters(kind, items), divides, settings=settings(max_examples=500))


@pytest.mark.parametrize(
    ("count", "wanted"), [(0, (1, 2, 3, 100)), (7, (1, 2, 3, 6, 7, 8, 100)), (250, (1, 2, 3, 100))]
)
def test_directed_chunks(count, wanted):
    assert meta.directed_chunks(count) == wanted


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_crossing_population_is_larger_than_a_default_page(kind):
    parent = {"regions": "regions/aa", "services": "services/a.io", "": ""}[kind.parent]
    items = meta.crossing(kind, parent)
    assert len({item["name"] for item in items}) == 103
    assert all(is_readable(kind, item["name"], by="doc") for item in items)


def test_faults_need_their_capabilities():
    allowed = meta_histories.actions(capabilities=frozenset({"fault.soft", "barrier"}))

    def drawn(what):
        return find(allowed, lambda action: action.what == what).what

    wanted = ["soft_reset", "barrier", "resume_old", "open"]
    assert [drawn(what) for what in wanted] == wanted


@given(meta_histories.histories(capabilities=frozenset({"fault.hard", "atomic"}), max_steps=30))
@settings(max_examples=50)
def test_histories_keep_to_the_capabilities(steps):
    for step in steps:
        if isinstance(step, meta_histories.Action):
            assert step.what not in ("soft_reset", "barrier", "size", "drop", "expire")
        if isinstance(step, meta_histories.Batch):
            slots = [write.slot for write in step.writes]
            assert len(set(slots)) == len(slots) >= 2


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_writes_do_what_they_say(kind):
    plan = meta_histories.plan_for(kind)
    fresh = complete(kind.message, {"name": "n"})
    where = parse(plan.filter, kind)

    def write(what, held, value="b"):
        step = meta_histories.Write(what=what, value=value)
        return meta_histories.written(step, plan, held, fresh)

    [inside] = write("enter", fresh)
    [outside] = write("leave", inside)
    assert where.matches(inside)
    assert not where.matches(outside)
    assert write("delete", fresh) == [None]
    assert write("delete", None) == []
    assert [state is None for state in write("recreate", fresh)] == [True, False]
    changed = {what: write(what, fresh)[0] for what in ("update_visible", "update_hidden")}
    changed["update_key"] = write("update_key", fresh)[0]
    assert len({repr(item) for item in changed.values()}) == 3
    assert fresh not in changed.values()
    parse_order(plan.key, kind)
    mask_paths([plan.visible, plan.key], kind)


def test_quoting():
    text = 'a"b\\c\nd'
    literal = meta_filters.quoted(text)
    item = complete("Region", {"name": "regions/aa", "title": text})
    assert parse(f"title = {literal}", KINDS["regions"]).matches(item)
