"""Accounts that an exchange begins with, as a file gives them."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.services.exchange.accounts import Accounts, shipped_accounts


def small() -> dict[str, Any]:
    """Return a small population: a host with a member who shares a store, and a guest."""
    return {
        "organizations": [{"id": "o1", "name": "One", "host": True}, {"id": "o2", "name": "Two"}],
        "users": [
            {
                "id": "u1",
                "email": "a@one.example",
                "first_name": "A",
                "last_name": "One",
                "organization": "o1",
                "tokens": [{"value": "t1"}, {"value": "t2", "expires": "2030-01-01T00:00:00Z"}],
                "stores": [{"name": "files"}],
                "databases": [{"name": "series", "description": "Of meters."}],
            },
            {
                "id": "u2",
                "email": "b@two.example",
                "first_name": "B",
                "last_name": "Two",
                "organization": "o2",
                "stores": [{"name": "other files"}],
            },
        ],
        "collaboratives": [
            {
                "id": "c1",
                "name": "Group",
                "host": "o1",
                "organizations": [{"id": "o2", "state": "PENDING_APPROVAL"}],
                "members": [{"user": "u1", "permission": "READ_WRITE"}],
                "services": ["files", "series"],
            }
        ],
    }


def mistakes(population: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        Accounts.model_validate(population)
    return [(each["loc"], each["msg"]) for each in caught.value.errors()]


def test_a_population_is_read() -> None:
    read = Accounts.model_validate(small())
    assert read.users[0].tokens[1].expires is not None
    assert read.users[0].state == "ACTIVE"
    assert read.collaboratives[0].organizations[0].state == "PENDING_APPROVAL"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda p: p["users"][0].update(organization="o3"), ("users", 0, "organization")),
        (lambda p: p["users"][1].update(id="u1"), ("users", 1, "id")),
        (lambda p: p["users"][1].update(email="a@one.example"), ("users", 1, "email")),
        (lambda p: p["organizations"][1].update(id="o1"), ("organizations", 1, "id")),
        (
            lambda p: p["users"][1].update(tokens=[{"value": "t1"}]),
            ("users", 1, "tokens", 0, "value"),
        ),
        (
            lambda p: p["users"][1]["stores"][0].update(name="series"),
            ("users", 1, "stores", 0, "name"),
        ),
        (
            lambda p: p["collaboratives"].append({**p["collaboratives"][0]}),
            ("collaboratives", 1, "id"),
        ),
        (lambda p: p["collaboratives"][0].update(host="o3"), ("collaboratives", 0, "host")),
        (
            lambda p: p["collaboratives"][0].update(services=["files", "none"]),
            ("collaboratives", 0, "services", 1),
        ),
        (
            lambda p: p["collaboratives"][0].update(services=["other files"]),
            ("collaboratives", 0, "services", 0),
        ),
        (
            lambda p: p["collaboratives"][0]["members"].append({"user": "u3"}),
            ("collaboratives", 0, "members", 1, "user"),
        ),
        (
            lambda p: p["collaboratives"][0]["organizations"][0].update(id="o3"),
            ("collaboratives", 0, "organizations", 0, "id"),
        ),
        (
            lambda p: p["collaboratives"][0]["organizations"][0].update(state="HOST_ORGANIZATION"),
            ("collaboratives", 0, "organizations", 0, "state"),
        ),
        (lambda p: p["users"][0].update(role="x"), ("users", 0, "role")),
        (lambda p: p["users"][0].update(roles=["KING"]), ("users", 0, "roles", 0)),
        (lambda p: p["users"][0]["tokens"][0].update(value=""), ("users", 0, "tokens", 0, "value")),
        (
            lambda p: p["users"][0]["tokens"][1].update(expires="2030-01-01"),
            ("users", 0, "tokens", 1, "expires"),
        ),
        (lambda p: p.update(users=[]), ("users",)),
    ],
)
def test_each_mistake_is_told_at_its_place(change: Any, place: tuple[Any, ...]) -> None:
    population = small()
    change(population)
    assert mistakes(population)[0][0] == place


def test_a_guest_of_no_organization_here_is_no_member() -> None:
    population = small()
    population["collaboratives"][0]["organizations"] = []
    population["collaboratives"][0]["members"].append({"user": "u2"})
    assert [place for place, _ in mistakes(population)] == [
        ("collaboratives", 0, "members", 1, "user")
    ]


def test_an_organization_hosts_only_if_it_may() -> None:
    population = small()
    population["organizations"][0]["host"] = False
    assert [place for place, _ in mistakes(population)] == [("collaboratives", 0, "host")]


def test_all_mistakes_are_told_at_once_and_no_token() -> None:
    population = small()
    population["users"][1]["tokens"] = [{"value": "t1"}]
    population["users"][1]["organization"] = "o3"
    found = mistakes(population)
    assert len(found) == 2
    with pytest.raises(ValidationError) as caught:
        Accounts.model_validate(population)
    assert "t1" not in str(caught.value)
    assert "o3" in str(caught.value)
    assert "t1" not in repr(Accounts.model_validate(small()))


def test_the_shipped_population_has_all_roles() -> None:
    tokens = {token.value: user for user in shipped_accounts().users for token in user.tokens}
    assert set(tokens) == {
        "owner",
        "second_owner",
        "same_organization",
        "read_write",
        "read_only",
        "pending",
        "denied",
        "outsider",
        "expired",
        "disabled",
        "admin",
    }
    assert tokens["expired"] is tokens["owner"]
    assert tokens["same_organization"].organization == tokens["owner"].organization
    for role in ("owner", "second_owner", "outsider"):
        assert tokens[role].stores
        assert tokens[role].databases
    for role in ("read_write", "read_only"):
        assert tokens[role].stores
