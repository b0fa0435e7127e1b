"""Whose token it is."""

import pytest

from simulator.tests.services.exchange.exchange import NOW_US, Exchange, refused

MINUTE_US = 60_000_000


def test_a_token_tells_its_user(exchange: Exchange) -> None:
    user = exchange.user("owner")
    assert (user.user_id, user.first_name, user.last_name) == ("user-owner", "Olive", "Owner")
    assert exchange.people.organization(user.organization_id).name == "Falls Valley Utility"


@pytest.mark.parametrize("token", ["", "nobody", "Owner", "owner ", "Bearer owner", "\ud800"])
def test_unknown_texts_tell_nobody(exchange: Exchange, token: str) -> None:
    assert exchange.service.caller(token) is None


@pytest.mark.parametrize("token", ["expired", "disabled"])
def test_expired_tokens_and_closed_accounts_tell_nobody(exchange: Exchange, token: str) -> None:
    assert exchange.service.caller(token) is None


def test_an_expired_token_takes_nothing_from_its_users_others(exchange: Exchange) -> None:
    values = {
        each.name for each in exchange.users.list_authentication_tokens(exchange.user("owner"))
    }
    assert values == {"Given with the account"}


def test_activity_is_noted_by_the_minute(exchange: Exchange) -> None:
    assert exchange.people.user("user-owner").last_active is None
    exchange.advance(-NOW_US % MINUTE_US + 59_999_999)
    first = exchange.user("owner")
    assert first.last_active == "2027-01-15T08:00:00.000Z"
    exchange.advance(1)
    assert exchange.user("owner").last_active == "2027-01-15T08:01:00.000Z"
    assert exchange.people.user("user-second-owner").last_active is None


def test_unknown_ids_are_refused(exchange: Exchange) -> None:
    with refused():
        exchange.people.user("user-none")
    with refused():
        exchange.people.organization("organization-none")


def test_a_removed_user_has_no_token_any_more(exchange: Exchange) -> None:
    exchange.people.remove_user("user-pending")
    assert exchange.service.caller("pending") is None
    assert [each.user_id for each in exchange.people.users()].count("user-pending") == 0
