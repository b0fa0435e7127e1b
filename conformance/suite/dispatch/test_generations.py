"""One server for both published generations, and for messages from the future (seed 000)."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.judging import ABSENT, UNIMPLEMENTED, expect, refused, requirement
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import BATTERY, INVERTER, categories, ids
from fixtures.contracts import load

UNKNOWN_FIELD = b"\xa2\x06\x04test"
"""Field 100, four bytes: no release has it."""

PACKAGE = "frequenz.api.dispatch.v1"
LIMIT = 4 * 1024 * 1024
"""What a gRPC client receives by default."""


@requirement("DSP-GEN-001")
def test_unknown_fields_are_ignored(dispatch: DispatchTarget) -> None:
    dispatch.create()  # so that the microgrid is known, whatever the target does about others
    request = dispatch.message("CreateMicrogridDispatchRequest")()
    request.microgrid_id = dispatch.microgrid
    data = dispatch.encode(dispatch.data(payload=dispatch.tagged({})))
    request.dispatch_data.MergeFromString(data.SerializeToString() + UNKNOWN_FIELD)
    answer = dispatch.call_bytes(
        "CreateMicrogridDispatch", request.SerializeToString() + UNKNOWN_FIELD
    )
    reply: Any = dispatch.message("CreateMicrogridDispatchResponse").FromString(answer)
    created = dispatch.decode(reply.dispatch)
    listing = dispatch.list_request().SerializeToString() + UNKNOWN_FIELD
    page: Any = dispatch.message("ListMicrogridDispatchesResponse").FromString(
        dispatch.call_bytes("ListMicrogridDispatches", listing)
    )
    listed = [item.metadata.dispatch_id for item in page.dispatches]
    expect(created.id in listed, "list, unknown field sent", got=listed, wanted=created.id)


@requirement("DSP-GEN-001")
def test_unknown_fields_of_later_calls_are_ignored(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=600)

    def call(verb: str, request: Any) -> Any:
        request.microgrid_id, request.dispatch_id = dispatch.microgrid, created.id
        data = request.SerializeToString() + UNKNOWN_FIELD
        name = f"{verb}MicrogridDispatch"
        return dispatch.message(f"{name}Response").FromString(dispatch.call_bytes(name, data))

    update = dispatch.message("UpdateMicrogridDispatchRequest")()
    update.update_mask.paths.append("duration")
    update.update.duration = 900
    update.update.MergeFromString(UNKNOWN_FIELD)
    replies = {
        "update": call("Update", update),
        "get": call("Get", dispatch.message("GetMicrogridDispatchRequest")()),
    }
    for verb, reply in replies.items():
        got = dispatch.decode(reply.dispatch).duration_s
        expect(got == 900, f"duration in {verb}, unknown field sent", got=got, wanted=900)
    call("Delete", dispatch.message("DeleteMicrogridDispatchRequest")())
    refused(partial(dispatch.get, created.id), ABSENT, "getting what was deleted so")


@requirement("DSP-GEN-002")
def test_mask_path_of_the_target_in_either_generation(dispatch: DispatchTarget) -> None:
    for number, path in enumerate(("target", "selector"), start=10):
        created = dispatch.create()
        updated = dispatch.update(created.id, [path], target=ids(number), raw_paths=True)
        expect(
            updated.target == ids(number),
            f"target after an update of {path!r}",
            got=updated.target,
            wanted=ids(number),
        )


@requirement("DSP-GEN-003")
def test_first_generation_reads_what_it_wrote(dispatch: DispatchTarget) -> None:
    dispatch.create()  # so that the microgrid is known, whatever the target does about others
    old = load("dispatch", "0.15")
    for target, arm in (
        (categories(BATTERY, INVERTER), "component_categories"),
        (ids(7, 8), "component_ids"),
    ):
        data = dispatch.data(payload=dispatch.tagged({}), target=target)
        request: Any = old.message(f"{PACKAGE}.CreateMicrogridDispatchRequest")()
        request.microgrid_id = dispatch.microgrid
        request.dispatch_data.MergeFromString(dispatch.encode(data).SerializeToString())
        answer = dispatch.call_bytes("CreateMicrogridDispatch", request.SerializeToString())
        reply: Any = old.message(f"{PACKAGE}.CreateMicrogridDispatchResponse").FromString(answer)
        selector = reply.dispatch.data.selector
        shown = selector.WhichOneof("selector")
        expect(shown == arm, "target as the first generation reads it", got=shown, wanted=arm)
        wanted, got = listed(request.dispatch_data.selector), listed(selector)
        expect(got == wanted, "its components, in any order", got=got, wanted=wanted)


def listed(selector: Any) -> list[int]:
    """The components of a selector of the first generation; order and repetition mean nothing."""
    return sorted({*selector.component_ids.ids, *selector.component_categories.categories})


@requirement("DSP-GEN-004")
def test_method_that_does_not_exist(dispatch: DispatchTarget) -> None:
    for method in ("ListMicrogridOccurrences", "listMicrogridDispatches"):
        refused(
            partial(dispatch.call_bytes, method, b""),
            UNIMPLEMENTED,
            f"the method {method}",
        )


@requirement("DSP-GEN-005", needs=["full"])
def test_answers_without_parameters_stay_below_4_mib(dispatch: DispatchTarget) -> None:
    dispatch.new_microgrid()
    dispatch.require_private()
    filling = {"filling": "x" * 44_000}
    wanted = sorted(dispatch.create(payload=filling).id for _ in range(110))
    pages = dispatch.walk()
    largest = max(page.message.ByteSize() for page in pages)
    expect(largest < LIMIT, "largest answer to a list, bytes", got=largest, wanted=f"< {LIMIT}")
    shown = sorted(item.id for page in pages for item in page.items)
    expect(shown == wanted, "the whole list of 110 large dispatches", got=shown, wanted=wanted)
