"""The naive endpoint, with nothing bent, behaves as the documents say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import grpc
import pytest

from conformance.mutants.wire import new
from conformance.tests.mutants.client import GRID, Client, connected

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture
def client() -> Iterator[Client]:
    with connected() as client:
        yield client


def test_create_get_delete(client: Client) -> None:
    created = client.create(is_dry_run=True)
    assert created.metadata.end_time.seconds == client.start_s + 60
    assert created.metadata.create_time == created.metadata.update_time
    assert client.get(created.metadata.dispatch_id) == created
    gone = client.delete(created.metadata.dispatch_id)
    assert (gone.microgrid_id, gone.dispatch_id) == (GRID, created.metadata.dispatch_id)
    request = new("GetMicrogridDispatchRequest")
    request.microgrid_id, request.dispatch_id = GRID, created.metadata.dispatch_id
    assert client.refused("Get", request) is NOT_FOUND


def test_every_field_comes_back(client: Client) -> None:
    request = client.data(
        is_active=True, recurrence={"freq": 3, "interval": 2, "byhours": [4, 1], "bymonths": [1]}
    )
    data = request.dispatch_data
    data.recurrence.end_criteria.until_time.seconds = client.start_s + 10**8
    data.payload.update({"a": [1, None, True, {"b": "ü"}], "c": {}})
    pair = data.target.component_categories_types.categories.add(category=5)
    pair.battery = 1
    assert client.call("Create", request).dispatch.data == data
    data.target.component_categories.categories.extend([3, 5])
    data.ClearField("duration")
    assert client.call("Create", request).dispatch.data == data


def test_past_and_unsound_dispatches_are_refused(client: Client) -> None:
    late = client.data()
    late.dispatch_data.start_time.seconds -= 7200
    assert client.refused("Create", late) is INVALID
    late.start_immediately = True
    assert client.call("Create", late).dispatch.data.start_time.seconds > client.start_s - 3700
    weekly = client.data(recurrence={"freq": 4, "bymonthdays": [1]})
    assert client.refused("Create", weekly) is INVALID
    assert client.page().pagination_info.total_items == 1


def test_count_and_empty_rule(client: Client) -> None:
    request = client.data(recurrence={"freq": 3})
    request.dispatch_data.recurrence.end_criteria.count = 3
    created = client.call("Create", request).dispatch
    assert created.metadata.end_time.seconds == client.start_s + 2 * 86_400 + 60
    assert created.data.recurrence.interval == 1
    empty = client.data()
    empty.dispatch_data.recurrence.SetInParent()
    assert not client.call("Create", empty).dispatch.data.HasField("recurrence")


def test_update_by_mask(client: Client) -> None:
    created = client.create()
    request = client.update_request(created.metadata.dispatch_id, "duration", "selector")
    request.update.target.component_ids.ids.append(7)
    request.update.is_active = True
    updated = client.call("Update", request).dispatch
    assert not updated.data.HasField("duration")
    assert not updated.metadata.HasField("end_time")
    assert list(updated.data.target.component_ids.ids) == [7]
    assert not updated.data.is_active
    assert updated.metadata.update_time.ToNanoseconds() > (
        created.metadata.update_time.ToNanoseconds()
    )
    assert client.refused("Update", client.update_request(updated.metadata.dispatch_id)) is INVALID
    bad = client.update_request(updated.metadata.dispatch_id, "is_active", "nonsense")
    bad.update.is_active = True
    assert client.refused("Update", bad) is INVALID
    assert client.get(updated.metadata.dispatch_id) == updated
    assert client.refused("Update", client.update_request(99, "is_active")) is NOT_FOUND


def test_pages_hold_everything_once_newest_first(client: Client) -> None:
    ids = [client.create().metadata.dispatch_id for _ in range(5)]
    seen: list[int] = []
    page = client.page(size=2)
    while True:
        assert page.pagination_info.total_items == 5
        seen += [dispatch.metadata.dispatch_id for dispatch in page.dispatches]
        if not page.pagination_info.HasField("next_page_token"):
            break
        token = page.pagination_info.next_page_token
        page = client.page(token=token)
    assert seen == ids[::-1]
    assert len(page.dispatches) == 1


def test_tokens_are_their_own_and_their_microgrids(client: Client) -> None:
    for _ in range(3):
        client.create()
    token = client.page(size=1).pagination_info.next_page_token
    client.delete(3)
    assert [d.metadata.dispatch_id for d in client.page(token=token).dispatches] == [2]
    for bad in (token[:-1], token + "A", token.swapcase(), "x"):
        with pytest.raises(grpc.RpcError, match="not one of ours"):
            client.page(token=bad)
    with pytest.raises(grpc.RpcError, match="another microgrid"):
        client.page(token=token, grid=GRID + 1)


def test_filter_and_sort(client: Client) -> None:
    client.create(type="charge")
    client.create(type="recharge", is_active=True)
    client.create(type="other", is_active=True)
    request = new("ListMicrogridDispatchesRequest")
    request.microgrid_id = GRID
    request.filter.is_active = True
    request.filter.queries.extend(["charge", "#1"])
    answer = client.call("List", request)
    assert [d.data.type for d in answer.dispatches] == ["recharge"]
    assert answer.pagination_info.total_items == 1
    request = new("ListMicrogridDispatchesRequest")
    request.microgrid_id = GRID
    request.sort_options.sort_field, request.sort_options.sort_order = 2, 1
    answer = client.call("List", request)
    assert [d.data.type for d in answer.dispatches] == ["charge", "recharge", "other"]


def test_stream_shows_changes_in_order(client: Client) -> None:
    with client.stream() as stream:
        client.wait_until_open(stream)
        made = client.create(type="x")
        request = client.update_request(made.metadata.dispatch_id, "is_active")
        request.update.is_active = True
        updated = client.call("Update", request).dispatch
        client.delete(made.metadata.dispatch_id)
        of_x = (event for event in stream if event.dispatch.data.type == "x")
        events = list(islice(of_x, 3))
        assert [event.event for event in events] == [1, 2, 3]
        assert events[0].dispatch == made
        assert events[1].dispatch == updated
        assert events[2].dispatch.data == updated.data
