"""Ids: readable, different, and the same for the same seed."""

from uuid import UUID

from simulator.services.exchange.ids import Ids


def test_an_id_is_a_prefix_and_a_uuid() -> None:
    prefix, _, uuid = Ids().new("dataStore").partition("-")
    assert prefix == "dataStore"
    assert str(UUID(uuid)) == uuid


def test_the_same_seed_gives_the_same_ids() -> None:
    first, second, other = Ids(7), Ids(7), Ids(8)
    assert [first.new("a"), first.new("b")] == [second.new("a"), second.new("b")]
    assert other.new("a") != Ids(7).new("a")


def test_ids_differ() -> None:
    ids = Ids()
    assert len({ids.new("a") for _ in range(1000)}) == 1000
