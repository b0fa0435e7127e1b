"""Lists: pages, tokens, counts, and walks that go on while others write."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services import pages
from simulator.services.tasks.memory import Memory
from simulator.tests.services.tasks.api import Api, Code, refused


def filled(count: int, *quirks: str, **more: Any) -> Api:
    api = Api(*quirks, **more)
    api.type()
    for number in range(count):
        api.task(f"a{number:02}", metadata={"n": number % 3, "even": number % 2 == 0})
    return api


def test_a_list_shows_all_tasks_of_its_tenant_and_no_other() -> None:
    api = filled(3)
    api.type(tenant="t2")
    api.task("other", tenant="t2")
    reply = api.list()
    assert [each.name for each in reply.tasks] == [f"tenants/t1/tasks/a0{n}" for n in range(3)]
    assert (reply.total_size, reply.next_page_token) == (3, "")
    assert api.ids(tenant="t2") == ["other"]
    assert api.ids("Types") == ["plain"]
    assert list(reply.tasks) == [api.get(each.name) for each in reply.tasks]


def test_an_empty_tenant_has_an_empty_list() -> None:
    reply = Api().list()
    assert (list(reply.tasks), reply.total_size, reply.next_page_token) == ([], 0, "")


@pytest.mark.parametrize("order", ["", "-create_time", "metadata.n", "-metadata.n,type", "state"])
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_a_walk_shows_each_task_once(size: int, order: str) -> None:
    api = filled(7)
    whole = api.ids(order_by=order)
    assert sorted(whole) == [f"a{n:02}" for n in range(7)]
    assert api.walk(page_size=size, order_by=order) == whole


def test_equal_items_are_ordered_by_name() -> None:
    assert filled(5).ids(order_by="-metadata.even") == ["a00", "a02", "a04", "a01", "a03"]


def test_sizes_are_bounded_and_defaulted() -> None:
    api = filled(60)
    assert len(api.ids()) == 50
    assert len(api.ids(page_size=2**31 - 1)) == 60
    assert refused(api.list, page_size=-1).fields == ["page_size"]
    assert len(filled(30, "small-default-page").ids()) == 10
    assert len(filled(30, "small-pages").ids(page_size=100)) == 25


def test_a_filter_comes_before_paging_and_is_counted() -> None:
    api = filled(10)
    reply = api.list(filter="metadata.n = 1", page_size=2)
    assert (reply.total_size, len(reply.tasks)) == (3, 2)
    assert api.walk(filter="metadata.n = 1", page_size=2) == ["a01", "a04", "a07"]
    assert api.list(filter="state = COMPLETED").total_size == 0
    estimated = filled(10, "total-size-estimated")
    assert estimated.list(filter="metadata.n = 1").total_size == 10


def test_a_token_is_good_for_its_own_list_only() -> None:
    api = filled(9)
    asked: dict[str, Any] = {"filter": "metadata.n < 9", "order_by": "type", "page_size": 2}
    token = api.list(**asked).next_page_token
    assert api.ids(**asked, page_token=token) == api.ids(**asked, page_token=token)
    assert api.ids(**{**asked, "page_size": 3}, page_token=token) == ["a02", "a03", "a04"]
    for changed in (
        {"filter": "metadata.n < 8"},
        {"filter": ""},
        {"order_by": "-type"},
        {"order_by": ""},
        {"tenant": "t2"},
        {"what": "Types", "filter": "", "order_by": "type"},
    ):
        refusal = refused(api.list, **{**asked, "page_token": token, **changed})
        assert refusal.code is Code.INVALID_ARGUMENT
        assert "page_token" in refusal.fields


@pytest.mark.parametrize("spoil", [lambda t: "garbage", lambda t: t[:-1], lambda t: t + "A"])
def test_garbage_is_no_token(spoil: Any) -> None:
    api = filled(3)
    token = api.list(page_size=1).next_page_token
    refusal = refused(api.list, page_size=1, page_token=spoil(token))
    assert (refusal.fields, refusal.reason) == (["page_token"], "PAGE_TOKEN_INVALID")


def test_every_bit_of_a_token_counts() -> None:
    api = filled(3)
    token = api.list(page_size=1).next_page_token
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert refused(api.list, page_size=1, page_token=token[:place] + other + token[place + 1 :])


def test_all_that_is_wrong_is_told_at_once() -> None:
    api = Api()
    refusal = refused(
        api.call,
        "ListTasks",
        parent="tenants/-",
        page_size=-1,
        filter="nope = 1",
        order_by="nope",
        page_token="x",
    )
    assert refusal.fields == ["parent", "page_size", "filter", "order_by", "page_token"]
    assert refused(api.call, "ListTypes").fields == ["parent"]
    assert refused(api.list, filter="a = ").reason == "FILTER_INVALID"
    assert refused(api.list, order_by="a,,").reason == "ORDER_BY_INVALID"


def test_an_unknown_tenant_is_not_found() -> None:
    refusal = refused(Api().list, tenant="t3")
    assert (refusal.code, refusal.reason) == (Code.NOT_FOUND, "RESOURCE_NOT_FOUND")
    assert refusal.details["ResourceInfo"].resource_name == "tenants/t3"
    assert Api("create-unknown-tenants").list(tenant="t3").total_size == 0


def test_long_texts_fit_into_tokens() -> None:
    api = Api()
    api.type()
    for number in range(6):
        text = "☂" * 3000 + str(number % 2)
        api.task(f"a{number}", metadata={"s": text, "t": text[::-1]})
    for order in ("metadata.s", "-metadata.s,metadata.t"):
        whole = api.ids(order_by=order)
        assert sorted(whole) == [f"a{n}" for n in range(6)]
        assert api.walk(order_by=order, page_size=1) == whole


@pytest.mark.parametrize("order", ["display_name", "-display_name", "-display_name,category"])
@pytest.mark.parametrize("suffix", ["", "0", "2x", "9"])
def test_a_place_whose_long_text_has_changed_loses_nothing(order: str, suffix: str) -> None:
    api = Api()
    for number in range(5):
        api.type(f"a{number}", display_name="x" * 400 + str(number))
    first = api.list("Types", order_by=order, page_size=2)
    last = first.types[-1].name
    text = "x" * 400 + suffix
    changed = {"type": {"name": last, "display_name": text}, "update_mask": {"paths": ["*"]}}
    api.call("UpdateType", **changed)
    rest = api.ids("Types", order_by=order, page_token=first.next_page_token)
    seen = {each.name.rpartition("/")[2] for each in first.types}
    assert set(rest) | seen == {f"a{number}" for number in range(5)}


def test_replies_stay_small_enough_to_be_received(monkeypatch: pytest.MonkeyPatch) -> None:
    api = filled(8)
    monkeypatch.setattr(pages, "PAGE_BYTES", 300)
    assert 1 <= len(api.ids()) < 8
    assert len(api.walk()) == 8
    monkeypatch.setattr(pages, "PAGE_BYTES", 1)
    assert len(api.ids()) == 1


def test_aip_precedence_can_be_switched() -> None:
    text = "state = COMPLETED AND state = NEW OR metadata.n = 0"
    assert filled(3).ids(filter=text) == []
    assert filled(3, "sql-precedence").ids(filter=text) == ["a00"]


WRITES = ("create", "claim", "nothing")


@given(
    st.integers(1, 4),
    st.sampled_from(("", "-create_time", "metadata.n", "-metadata.n", "state,-metadata.even")),
    st.lists(st.sampled_from(WRITES), max_size=8),
    st.sampled_from(("", "metadata.n < 2")),
)
@settings(max_examples=40, deadline=None)
def test_what_exists_for_the_whole_walk_is_seen_once_while_others_write(
    size: int, order: str, writes: list[str], text: str
) -> None:
    api = filled(8)
    asked = {"page_size": size, "order_by": order, "filter": text}
    still = set(api.ids(filter=text))
    seen: list[str] = []
    token = ""
    for turn in range(60):
        reply = api.list(**asked, page_token=token)
        seen += [each.name.rpartition("/")[2] for each in reply.tasks]
        token = reply.next_page_token
        if not token:
            break
        write = writes[turn] if turn < len(writes) else "nothing"
        if write == "create":
            api.task(f"new{turn}", metadata={"n": turn % 3})
        elif write == "claim":
            victim = f"a{turn:02}"
            api.claim(f"tenants/t1/tasks/{victim}")
            if "state" in order:
                still.discard(victim)
    assert still <= set(seen)
    if "state" not in order:
        assert len(set(seen)) == len(seen)


def test_a_long_list_lets_others_in_between() -> None:
    api = filled(1)

    async def run() -> tuple[int, float]:
        for number in range(3000):
            await api.service.create_task("t1", "plain", {"n": float(number)})
        turns, worst, last = 0, 0.0, time.monotonic()
        listing = asyncio.ensure_future(
            api.acall("ListTasks", parent="tenants/t1", filter="metadata.n > 7", order_by="type")
        )
        while not listing.done():
            await asyncio.sleep(0)
            turns += 1
            worst, last = max(worst, time.monotonic() - last), time.monotonic()
        assert (await listing).total_size == 2992
        return turns, worst

    turns, _ = asyncio.run(run())
    assert turns >= 6


def test_a_memory_forgets_states_of_the_past() -> None:
    api = filled(1)
    tenant = api.service.core.tenants.get("t1", "")
    calls: list[Any] = []
    memory: Memory[bool] = Memory(lambda message: bool(calls.append(message)))
    for turn in range(1100):
        stored = tenant.task("a00")
        tenant.tasks.put("a00", type(stored)(**{**vars(stored)}))
        memory(tenant.task("a00"))
        memory(tenant.task("a00"))
        assert len(calls) == turn + 1
    asyncio.run(memory.prepare(tenant.tasks, 1))
    assert len(calls) == 1101
