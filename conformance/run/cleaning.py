"""Removes what a run has made and asks whether it is gone; touches only what a journal names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from conformance.failures import JudgeError
from conformance.targets import journal
from conformance.targets.client import Client
from conformance.targets.dispatch_codec import SERVICE, Codec
from conformance.targets.journal import Made

AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What cleaning found: things that still exist, and calls it took."""

    residue: int
    calls: int


def clean(folder: Path, client: Client, codec: Codec, *, looks: int | None = None) -> Cleaned:
    """Remove what a run left, and count what is still there.

    Args:
        folder: of the run's journal.
        client: the connection.
        codec: of the target's contract.
        looks: None gets everything once more. A number lists so many microgrids and believes
            what was confirmed about the others; if anything is found, all of them are listed.
    """
    created, left = journal.read(folder)
    book = journal.Journal(folder)
    before = client.budget.used
    try:
        for made, gone in _each(left, lambda made: _remove(made, client, codec)):
            if gone:
                book.removed(made)
        _, unremoved = journal.read(folder)
        if looks is None:
            found = _each(created, lambda made: _exists(made, client, codec))
        else:
            found = _listed(created, client, codec, looks)
        residue = sum(made in unremoved if there is None else there for made, there in found)
    finally:
        book.close()
    return Cleaned(residue=residue, calls=client.budget.used - before)


def _each(
    things: Iterable[Made], call: Callable[[Made], bool | None]
) -> list[tuple[Made, bool | None]]:
    ordered = sorted(things)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(zip(ordered, pool.map(call, ordered), strict=True))


def _remove(made: Made, client: Client, codec: Codec) -> bool:
    code, _ = _call("Delete", made, client, codec)
    return code in ("OK", "NOT_FOUND")


def _exists(made: Made, client: Client, codec: Codec) -> bool | None:
    """Whether it can still be got; None if the answer does not tell."""
    code, reply = _call("Get", made, client, codec)
    if code == "OK":
        return bool(reply.dispatch.metadata.dispatch_id == int(made.id))
    return False if code == "NOT_FOUND" else None


def _listed(
    created: Iterable[Made], client: Client, codec: Codec, looks: int
) -> list[tuple[Made, bool | None]]:
    """For each thing whether the list of its microgrid shows it; None if nobody looked."""
    places: dict[str, list[Made]] = {}
    for made in sorted(created):
        places.setdefault(made.parent, []).append(made)
    result: list[tuple[Made, bool | None]] = []
    found = False
    for number, (place, things) in enumerate(places.items()):
        shown = _ids_in(int(place), client, codec) if found or number < looks else None
        result += [(made, None if shown is None else int(made.id) in shown) for made in things]
        found = any(there for _, there in result)
    return result


def _ids_in(microgrid: int, client: Client, codec: Codec) -> set[int] | None:
    """Ids on the first page of a microgrid; None if it cannot be listed or has further pages."""
    request = codec.message("ListMicrogridDispatchesRequest")()
    request.microgrid_id = microgrid
    try:
        path = f"/{SERVICE}/ListMicrogridDispatches"
        data = client.unary(path, request.SerializeToString(), cleaning=True)
        reply = codec.message("ListMicrogridDispatchesResponse").FromString(data)
    except grpc.RpcError as error:
        return set() if error.code() is grpc.StatusCode.NOT_FOUND else None
    except (JudgeError, DecodeError):
        return None
    if reply.pagination_info.next_page_token:
        return None
    return {int(item.metadata.dispatch_id) for item in reply.dispatches}


def _call(verb: str, made: Made, client: Client, codec: Codec) -> tuple[str, Any]:
    request = codec.message(f"{verb}MicrogridDispatchRequest")()
    request.microgrid_id, request.dispatch_id = int(made.parent), int(made.id)
    path = f"/{SERVICE}/{verb}MicrogridDispatch"
    try:
        reply = client.unary(path, request.SerializeToString(), cleaning=True)
        return "OK", codec.message(f"{verb}MicrogridDispatchResponse").FromString(reply)
    except grpc.RpcError as error:
        return error.code().name, None
    except (JudgeError, DecodeError) as error:
        return type(error).__name__, None
