"""What a subscriber is handed, and how it ends."""

import json

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.faults import Fault, FaultKind
from simulator.services.exchange.graphql.binding import schema
from simulator.services.exchange.graphql.documents import Refused
from simulator.services.exchange.graphql.request import Request
from simulator.services.exchange.graphql.subscription import FIELDS, TOPICS
from simulator.services.exchange.notices import BACKLOG

from .conftest import record


async def subscribed(face, asset="a", token="owner"):
    document = (
        "subscription($d: ID!, $a: ID!) { onTimeSeriesDbPublish(timeSeriesDbId: $d, assetId: $a) "
        "{ assetId name attributes { name lastValue } } }"
    )
    variables = {"d": face.database, "a": asset}
    caller = face.exchange.user(token)
    return await face.graphql.subscribe(caller, Request(query=document, variables=variables))


def publish(face, value, asset="a"):
    face.exchange.service.series.publish(
        face.owner, face.database, asset, [record("SOC", str(value), value)]
    )


async def test_events_in_their_order(face):
    feed = await subscribed(face)
    for value in range(3):
        publish(face, value)
    publish(face, 9, "b")
    assert (feed.position, feed.newest) == (0, 3)
    events = [json.loads((await feed.take())[0])["data"] for _ in range(3)]
    # The newest value by time is the first one.
    values = [each["onTimeSeriesDbPublish"]["attributes"][0]["lastValue"] for each in events]
    assert values == ["0.0", "0.0", "0.0"]
    assert (feed.position, feed.newest) == (3, 3)
    feed.stop()
    assert await feed.take() == ()


async def test_who_is_too_slow_is_told(face):
    feed = await subscribed(face)
    for value in range(BACKLOG + 1):
        publish(face, value)
    with pytest.raises(ServiceError) as slow:
        await feed.take()
    assert slow.value.code is Code.RESOURCE_EXHAUSTED
    feed.stop()


async def test_who_may_not_read_hears_nothing(face):
    with pytest.raises(ExchangeError) as refused:
        await subscribed(face, token="outsider")
    assert refused.value.kind == "Unauthorized"


async def test_only_subscriptions_can_be_subscribed_to(face):
    with pytest.raises(Refused):
        await face.graphql.subscribe(face.owner, Request(query="{ __typename }"))


async def test_an_event_can_be_held_up(face):
    feed = await subscribed(face)
    face.graphql.faults.add(Fault(kind=FaultKind.DELAY_EVENT, times=1, seconds=0.0))
    publish(face, 1)
    assert len(await feed.take()) == 1
    assert face.graphql.faults.all() == {}
    feed.stop()


def test_every_subscription_of_the_contract_has_a_topic():
    assert set(schema().subscription_type.fields) == set(TOPICS) == set(FIELDS.values())
