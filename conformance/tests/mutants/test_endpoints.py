"""No fault or variant breaks down by accident: each either answers or refuses."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Mutant, Variant, policy_of
from conformance.mutants.faults import MUTANTS
from conformance.mutants.service import Service
from conformance.mutants.variants import VARIANTS
from conformance.mutants.wire import new

GRID = 5
NOW_S = int(time.time())


def create(count: int, **rule: Any) -> Any:
    request = new("CreateMicrogridDispatchRequest")
    request.microgrid_id = GRID
    data = request.dispatch_data
    data.type = "T"
    data.start_time.seconds = NOW_S + 3600
    data.duration = 60
    data.target.component_categories.categories.extend([5, 3])
    data.payload.update({"a": [1, None, {"b": "c"}]})
    for name, value in rule.items():
        if isinstance(value, list):
            getattr(data.recurrence, name).extend(value)
        else:
            setattr(data.recurrence, name, value)
    if count:
        data.recurrence.end_criteria.count = count
    return request


def page(token: str = "") -> Any:
    request = new("ListMicrogridDispatchesRequest")
    request.microgrid_id = GRID
    request.filter.is_active = False
    request.filter.queries.append("T")
    request.filter.start_time_interval.start_time.seconds = NOW_S
    if token:
        request.pagination_params.page_token = token
    else:
        request.pagination_params.page_size = 2
    return request


def update(dispatch_id: int) -> Any:
    request = new("UpdateMicrogridDispatchRequest")
    request.microgrid_id, request.dispatch_id = GRID, dispatch_id
    request.update_mask.paths.extend(["duration", "recurrence.freq", "recurrence.byhours"])
    request.update.recurrence.freq = 3
    return request


@pytest.mark.parametrize("change", [*MUTANTS, *VARIANTS], ids=lambda change: change.id)
def test_answers_or_refuses(change: Mutant | Variant) -> None:
    service = Service(policy_of(change), Book())
    service.create(create(0))  # Some know a microgrid from its first dispatch on.
    stream = service.subscribe(create(0))
    made = [service.create(create(0)).dispatch.metadata.dispatch_id]
    for request in (
        create(3, freq=2, interval=2),
        create(2, freq=5, bymonthdays=[-1, 13], byweekdays=[5], byhours=[3, 3]),
        create(2, freq=6, bymonths=[1, 2]),
    ):
        with suppress(Refuse):
            made.append(service.create(request).dispatch.metadata.dispatch_id)
    first = service.list(page())
    with suppress(Refuse):
        service.list(page(first.pagination_info.next_page_token))
    with suppress(Refuse):
        service.update(update(made[0]))
    get = new("GetMicrogridDispatchRequest")
    get.microgrid_id, get.dispatch_id = GRID, made[-1]
    delete = new("DeleteMicrogridDispatchRequest")
    delete.microgrid_id, delete.dispatch_id = GRID, made[-1]
    with suppress(Refuse):
        service.get(get)
        service.delete(delete)
    stream.events.put(None)
    assert list(service.events(stream))
