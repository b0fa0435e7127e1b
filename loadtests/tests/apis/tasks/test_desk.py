from __future__ import annotations

from typing import Any

import pytest

from loadtests.errors import UsageError
from loadtests.tests.apis.tasks.frames import SAID, Stand, api, author, carry_out


def stand_with(tasks: int) -> tuple[Stand, list[str]]:
    stand = Stand(api("L-TSK-1", microgrids=1), 0)
    writer = author(stand.api)
    for number in range(2 * tasks):
        step = writer.next(number)
        writer.succeeded(step, carry_out(step, stand.ledger))
    names = [name for name in stand.ledger.tasks if "-0-0-" in name and "/t1/" in name]
    return stand, names


def call(stand: Stand, method: str, name: str, by: str) -> None:
    wire = stand.api.wire
    request = wire.claim(name) if method == "ClaimTask" else wire.complete(name, by)
    stand.ledger.take(method, request)
    what = "claimed" if method == "ClaimTask" else "completed"
    stand.desk.hear({"what": what, "name": name, "by": by})


def findings(stand: Stand) -> list[tuple[str, str, int]]:
    return list(stand.desk.findings(stand.desk.listing()))


def test_what_went_to_one_is_in_order() -> None:
    stand, names = stand_with(3)
    for name in names[:2]:
        call(stand, "ClaimTask", name, "0.c1")
    call(stand, "CompleteTask", names[0], "0.c1")
    assert findings(stand) == []


@pytest.mark.parametrize("what", ["claimed", "completed"])
def test_what_went_to_two_is_told_with_both(what: str) -> None:
    stand, names = stand_with(2)
    call(stand, "ClaimTask", names[0], "0.c1")
    call(stand, "CompleteTask", names[0], "0.c1")
    stand.desk.hear({"what": what, "name": names[0], "by": "1.c2"})
    ((code, text, scope),) = findings(stand)
    assert (code, scope) == ("INT-ONCE", 0)
    assert f"was {what} 2 times, by 0.c1, 1.c2" in text


def test_a_confirmed_completion_that_is_not_listed_is_told_unless_it_is_unclear() -> None:
    stand, names = stand_with(1)
    call(stand, "ClaimTask", names[0], "0.c1")
    stand.desk.hear({"what": "completed", "name": names[0], "by": "0.c1"})
    assert [code for code, _, _ in findings(stand)] == ["INT-CONV"]
    stand.desk.hear({"what": "unclear", "name": names[0], "by": "0.c1"})
    assert findings(stand) == []


def test_what_is_open_is_completed_and_what_stays_is_told() -> None:
    stand, names = stand_with(3)
    call(stand, "ClaimTask", names[0], "0.c1")
    made = len(stand.ledger.tasks)
    assert stand.desk.sweep() == (made, 0)
    assert {task.state for task in stand.ledger.tasks.values()} == {3}
    (remark,) = stand.desk.remarks()
    assert "tasks of t1" in remark
    assert "gp-0123456789ab" in remark
    assert stand.desk.sweep() == (0, 0)


def test_each_tenant_has_its_own_credentials() -> None:
    made = api(said=SAID.model_copy(update={"metadata": {"x": "y"}}))
    route = made.routes()["ClaimTask"]

    def sent(request: Any) -> dict[str, str]:
        return dict(route.target_of(request).metadata)

    assert sent(made.wire.claim("tenants/t1/tasks/a")) == {"x": "y", "authorization": "Bearer one"}
    assert sent(made.wire.claim("tenants/t2/tasks/a")) == {"x": "y"}
    assert sent(made.wire.create_type(0))["authorization"] == "Bearer one"
    streams = [Stand(made, 2).fleet.watchers[n].route.target for n in range(2)]
    assert ["authorization" in target.metadata for target in streams] == [True, False]


def test_other_names_of_the_services_are_called() -> None:
    made = api(said=SAID.model_copy(update={"service_names": ("TasksService", "TypesService")}))
    paths = {route.path for route in made.routes().values()}
    assert "/enpowerx.tasks.v3.TasksService/ClaimTask" in paths
    assert "/enpowerx.tasks.v3.TypesService/CreateType" in paths


def test_tenants_and_the_feed_have_to_be_named() -> None:
    with pytest.raises(UsageError, match="tenants"):
        api(said=SAID.model_copy(update={"tenants": ()}))
    with pytest.raises(UsageError, match="event_adapter"):
        api(said=SAID.model_copy(update={"has_feed": False}))
    assert api("L-TSK-1", said=SAID.model_copy(update={"has_feed": False})).scopes == (0, 1)
