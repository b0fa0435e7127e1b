from __future__ import annotations

import time
from typing import Any

import pytest

from conformance.oracles.events import Mark as Numbered
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.wire import Decoder, Wire, pages
from loadtests.marks import Mark
from loadtests.tests.apis.dispatch.frames import GRIDS, RUN, Backend, authors, written

MARK = Mark(run=RUN, scope=GRIDS[0], writer="w", object=3, number=2, due_us=99)


@pytest.mark.parametrize(("generation", "field"), [("1.1", "target"), ("0.15", "selector")])
def test_what_a_run_creates_never_moves_a_site(generation: str, field: str) -> None:
    data = Wire(generation).create(MARK, duration_s=60).dispatch_data
    assert not data.is_active
    assert data.is_dry_run
    assert data.start_time.seconds > time.time() + 365 * 86_400
    assert list(getattr(data, field).component_ids.ids) == [1]


def test_an_update_touches_only_what_its_mask_names() -> None:
    wire = Wire()
    assert list(wire.update(MARK, 5).update_mask.paths) == ["payload"]
    longer = wire.update(MARK, 5, duration_s=0)
    assert list(longer.update_mask.paths) == ["payload", "duration"]
    assert longer.update.HasField("duration")


def test_a_page_is_asked_for_by_size_first_and_by_token_then() -> None:
    wire = Wire()
    first, then = wire.page(1, size=7), wire.page(1, size=7, token="t")
    assert first.pagination_params.page_size == 7
    assert not first.pagination_params.HasField("page_token")
    assert then.pagination_params.page_token == "t"
    assert not then.pagination_params.HasField("page_size")


def test_the_parts_of_a_list_reply() -> None:
    reply: Any = Wire().methods[dispatch.LIST].response()
    reply.dispatches.add().metadata.dispatch_id = 4
    reply.pagination_info.total_items = 9
    items, total, token = pages(reply)
    assert ([item.metadata.dispatch_id for item in items], total, token) == ([4], 9, None)
    reply.pagination_info.next_page_token = "t"
    assert pages(reply)[2] == "t"


def frame(number: int = 0) -> bytes:
    return list(written(Backend(Wire()), authors(Wire(), 1), number + 1))[number][1]


def test_an_event_is_decoded_with_its_mark() -> None:
    delivery = Decoder(Wire(), RUN)(frame(1))
    assert delivery.event is not None
    assert (delivery.event.kind, delivery.event.key) == (2, 1)
    assert delivery.event.mark == Numbered(scope=GRIDS[0], number=1)
    assert delivery.event.state
    assert delivery.mark is not None
    assert (delivery.mark.writer, delivery.mark.due_us) == ("0.0", 1)
    assert delivery.size == len(frame(1))


def test_equal_messages_are_decoded_once() -> None:
    decoder = Decoder(Wire(), RUN)
    assert decoder(frame()) is decoder(frame())
    assert decoder(frame()).identity != decoder(frame(1)).identity


def test_another_run_is_somebody_else() -> None:
    delivery = Decoder(Wire(), "ld-000000000000-2")(frame())
    assert delivery.mark is None
    assert delivery.event is not None
    assert delivery.event.mark is None


def test_levels_of_verification() -> None:
    assert Decoder(Wire(), RUN, verify="off")(frame()).event is None
    only_marks = Decoder(Wire(), RUN, verify="marks")(frame()).event
    assert only_marks is not None
    assert only_marks.mark is not None
    assert only_marks.state is None
