from __future__ import annotations

from typing import Any

from loadtests.target import Services
from loadtests.tests.apis.services.frames import NAMES, Stand, api, fleet_of
from loadtests.tests.apis.services.shelf import View


def test_streams_pull_everything_in_turn() -> None:
    stand = Stand(api(population=8), 20)
    kinds = [type(watcher).__name__ for watcher in stand.fleet.watchers]
    assert [kinds.count(name) for name in ("ServicesPull", "ServicePull", "MetadataPull")] == [
        12,
        4,
        4,
    ]
    assert {watcher.scope for watcher in stand.fleet.watchers} == {0, 1}


def test_the_server_chooses_ids_where_it_wants_to() -> None:
    stand = Stand(api(population=4), 0)
    assert all(id_.startswith("gp-0123456789ab-") for id_ in stand.shelf.services["drivers"])
    assert all(id_.startswith("made-") for id_ in stand.shelf.services["scratch"])


def test_a_sweep_leaves_only_what_others_made() -> None:
    stand = Stand(api(population=6), 1)
    theirs: Any = stand.api.wire.methods["CreateService"].request(name="drivers")
    theirs.service.id = "theirs"
    stand.shelf.take("CreateService", theirs)
    assert stand.desk.sweep() == (8, 0)
    assert [list(stand.shelf.services[name]) for name in NAMES] == [["theirs"], []]


def test_without_a_type_a_run_only_reads() -> None:
    stand = Stand(api(target=Services(names=("drivers",), unusable="nothing is said")), 0)
    made = stand.api
    assert not made.can_write(made.target)
    assert "read-only, as nothing is said" in made.notes[0]
    assert made.scopes == (0,)
    theirs: Any = made.wire.methods["CreateService"].request(name="drivers")
    theirs.service.id = "theirs"
    stand.shelf.take("CreateService", theirs)
    made.begin(stand.desk.populate(9))
    fleet = fleet_of(made)
    for number in range(5):
        watcher = fleet.join(number)
        assert not watcher.is_live
        for message in View(stand.shelf, watcher.request()).snapshot():
            watcher.take(watcher.route.decode(message), 1)
    assert fleet.state() == {"watchers": 5, "live": 5, "reached": 5, "ended": 0}
    listing = made.listing(stand.desk.listing())
    assert fleet.outstanding(listing) == 0
    assert stand.desk.sweep() == (0, 0)
    assert list(stand.shelf.services["drivers"]) == ["theirs"]


def test_a_pull_of_an_empty_collection_is_live_at_once_where_nothing_is_written() -> None:
    stand = Stand(api(target=Services(names=("drivers",))), 0)
    stand.api.begin(stand.desk.populate(0))
    assert fleet_of(stand.api).join(0).is_live


def test_the_credentials_are_those_of_the_services_api() -> None:
    said = Services(names=NAMES, kind="mock", configs={"ok": "{}"}, metadata={"a": "b"})
    made = api(target=said)
    assert made.watched.metadata == {"a": "b"}
    assert {route.target.metadata["a"] for route in made.routes().values()} == {"b"}
    assert made.routes()["ListServices"].path.startswith("/smartcore.bos.services.v1.")
    old = api(target=said.model_copy(update={"package": "v0"}))
    assert old.routes()["ListServices"].path.startswith("/smartcore.bos.ServicesApi/")
