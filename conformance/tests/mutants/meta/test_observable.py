"""Every fault and every variant can be told from a correct endpoint by what is sent."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import Any

import grpc
import pytest

from conformance.mutants.change import Mutant, Variant, bent
from conformance.mutants.meta import stream
from conformance.mutants.meta.faults import MUTANTS
from conformance.mutants.meta.policy import STRAIGHT, Policy
from conformance.mutants.meta.server import ALL_TOKEN, NOTHING_TOKEN, WATCH_TOKEN
from conformance.mutants.meta.variants import VARIANTS
from conformance.tests.mutants.meta.client import Client, connected
from conformance.tests.mutants.meta.tour import Tour
from conformance.tests.mutants.meta.walks import walked

EVERYTHING: list[Mutant | Variant] = [*MUTANTS, *VARIANTS]
SEEN = 1500
"""Bytes of a stream that are compared."""
WIRE = {"serves", "undocumented", "encoded"}
STALLING = "reader-stalls-all"


def hooks(change: Mutant | Variant) -> set[str]:
    return set(change.changes)


def group_of(change: Mutant | Variant) -> str:
    ids = change.kills if isinstance(change, Mutant) else change.near
    return ids[0].split("-")[1]


REST = [c for c in EVERYTHING if any(hook.startswith("rest_") for hook in hooks(c))]
ACCESS = [c for c in EVERYTHING if group_of(c) == "AUTH"]
ON_WIRE = [c for c in EVERYTHING if hooks(c) & WIRE]
APART = {c.id for c in (*REST, *ACCESS, *ON_WIRE)} | {"meta-straight", STALLING}
INSIDE = [c for c in EVERYTHING if c.id not in APART]


@cache
def walked_straight(part: str) -> list[str]:
    return walked(STRAIGHT, part)


def test_the_walk_is_repeatable():
    assert walked(STRAIGHT, "CHK") == walked_straight("CHK")


@pytest.mark.parametrize("change", INSIDE, ids=lambda change: change.id)
def test_shows_in_a_walk(change):
    part = group_of(change)
    assert walked(bent(STRAIGHT, change), part) != walked_straight(part)


def told(call: Any) -> str:
    try:
        return str(call())
    except grpc.RpcError as error:
        return error.code().name


def over_wire(policy: Policy) -> list[str]:
    with connected(policy) as client:
        with client.watch("deployments", "watch_one", name="regions/none/deployments/d") as watch:
            ended = watch.ended()
        path = "/ntt.meta.v1alpha2.RegionService/CreateRegion"
        create = client.channel.unary_unary(path, bytes, bytes)
        region = client.call("regions", "get", name="regions/cork")
        size = len(region.SerializeToString())
        return [str(ended), told(lambda: create(b"", timeout=5)), str(size)]


@pytest.mark.parametrize("change", ON_WIRE, ids=lambda change: change.id)
def test_shows_on_the_wire(change):
    assert over_wire(bent(STRAIGHT, change)) != over_wire(STRAIGHT)


def over_rest(policy: Policy) -> list[str]:
    with connected(policy) as client:
        for number in range(3):
            name = f"regions/r{number}"
            metadata = {"lifecycle": {"state": "ACTIVE"}, "createTime": "2024-01-01T00:00:00Z"}
            client.upsert(name=name, title="~~", metadata=metadata)
        page = client.call("regions", "list", page_size=3, order_by="title desc")
        seen = [
            client.http("regions/cork"),
            client.http("regions/r0"),
            client.http("services/devices.edgelq.com/resources"),
            client.http("resources:batchGet", names=[]),
            client.http("regions:batchGet", names=["regions/cork", "regions/graz"]),
            client.http("regions", view="NAME", pageSize=2),
            client.http("regions", fieldMask="title", page_size=2),
            client.http("regions", pageToken=page.next_page_token, orderBy="title desc"),
            client.http("regions", filter='title = "No+rth"'),
            client.http("regions/none"),
            client.http("regions", filter="("),
            client.http("regions", nothing="1"),
            client.http("nothing"),
            client.http("regions/cork", verb="DELETE"),
        ]
        for body in (b"", b'{"orderBy": "title"}'):
            with client.http_lines("regions:watch", body, type=1, maxChunkSize=1) as answer:
                content = b""
                while len(content) < SEEN and (part := answer.read1(SEEN)):
                    content += part
                seen.append((answer.status, content.decode()[:SEEN]))
        # A server's secret and clock are its own.
        volatile = r'"(resumeToken|nextPageToken|prevPageToken|updateTime)": "[^"]*"'
        return [re.sub(volatile, r'"\1": "…"', f"{status} {text}") for status, text in seen]


@pytest.fixture(scope="module")
def rest_straight() -> list[str]:
    return over_rest(STRAIGHT)


def test_rest_is_repeatable(rest_straight):
    assert over_rest(STRAIGHT) == rest_straight


@pytest.mark.parametrize("change", REST, ids=lambda change: change.id)
def test_shows_over_rest(change, rest_straight):
    assert over_rest(bent(STRAIGHT, change)) != rest_straight


def with_tokens(policy: Policy) -> list[str]:
    seen = []
    with connected(policy, auth=True) as client:
        for token in ("", "unknown", ALL_TOKEN, NOTHING_TOKEN, WATCH_TOKEN):
            caller = Client(client.addresses, client.channel, token)
            seen.append(told(lambda caller=caller: caller.names("regions")))
            for short, fields in (("watch", {}), ("watch_one", {"name": "regions/cork"})):
                with caller.watch("regions", short, **fields) as watch:
                    first = watch.next(1)
                    seen.append(str(watch.ended() if first is None else "opened"))
            seen.append(str(caller.http("services/none")[0]))
    return seen


@pytest.fixture(scope="module")
def access_straight() -> list[str]:
    return with_tokens(STRAIGHT)


def test_permissions_of_a_correct_endpoint(access_straight):
    refused = [f"StatusCode.{code}" for code in ("UNAUTHENTICATED", "PERMISSION_DENIED")]
    lists, watches, singles, statuses = (access_straight[n::4] for n in range(4))
    assert watches == singles == [refused[0], refused[0], "opened", refused[1], "opened"]
    no, denied = "UNAUTHENTICATED", "PERMISSION_DENIED"
    assert [text for text in lists if not text.startswith("[")] == [no, no, denied, denied]
    assert statuses == ["401", "401", "404", "403", "403"]


@pytest.mark.parametrize("change", [c for c in ACCESS], ids=lambda change: change.id)
def test_shows_to_callers(change, access_straight):
    assert with_tokens(bent(STRAIGHT, change)) != access_straight


def test_a_stalled_reader_shows(monkeypatch):
    monkeypatch.setattr(stream, "UNREAD_S", 0.01)

    def heard(policy: Policy) -> bool:
        tour = Tour(policy)
        stalled, watch = tour.open("services", type=1), tour.open("regions", type=1)
        assert stalled is not None
        messages = stalled.responses()
        next(messages)
        time.sleep(0.02)  # Longer than a message may be on its way before nobody reads it.
        tour.take(watch)
        tour.put(name="regions/r", title="New")
        heard_of = bool(tour.take(watch))
        messages.close()  # type: ignore[attr-defined] # It is a generator.
        return heard_of

    assert heard(STRAIGHT)
    assert not heard(bent(STRAIGHT, next(m for m in MUTANTS if m.id == STALLING)))
