"""What users do for themselves."""

import pytest

from simulator.tests.services.exchange.exchange import Exchange, refused

DAY_US = 86_400_000_000


def test_the_session_tells_who_calls(exchange: Exchange) -> None:
    user = exchange.user("read_only")
    assert exchange.users.get_user_session(user).user == user


def test_a_new_token_is_good_until_its_day(exchange: Exchange) -> None:
    owner = exchange.user("owner")
    made = exchange.users.create_authentication_token(owner, "laptop", 2)
    assert made.date_expires == "2027-01-17T08:00:00.000Z"
    assert exchange.user(made.token_value).user_id == "user-owner"
    exchange.advance(2 * DAY_US - 1)
    assert exchange.service.caller(made.token_value) is not None
    exchange.advance(1)
    assert exchange.service.caller(made.token_value) is None
    assert exchange.service.caller("owner") is not None


def test_values_are_told_once_and_cannot_be_guessed(exchange: Exchange) -> None:
    owner = exchange.user("owner")
    made = [exchange.users.create_authentication_token(owner, "a", 1) for _ in range(3)]
    assert len({each.token_value for each in made}) == 3
    assert all(len(str(each.token_value)) >= 40 for each in made)
    listed = exchange.users.list_authentication_tokens(owner)
    assert [each.token_id for each in listed[-3:]] == [each.token_id for each in made]
    assert {each.token_value for each in listed} == {None}


def test_a_deleted_token_is_good_for_nothing(exchange: Exchange) -> None:
    owner = exchange.user("owner")
    made = exchange.users.create_authentication_token(owner, "laptop", 2)
    deleted = exchange.users.delete_authentication_token(owner, made.token_id)
    assert (deleted.token_id, deleted.token_value) == (made.token_id, None)
    assert exchange.service.caller(made.token_value) is None
    with refused():
        exchange.users.delete_authentication_token(owner, made.token_id)


def test_nobody_sees_or_deletes_tokens_of_others(exchange: Exchange) -> None:
    owner, other = exchange.user("owner"), exchange.user("second_owner")
    made = exchange.users.create_authentication_token(owner, "laptop", 2)
    listed = exchange.users.list_authentication_tokens(other)
    assert made.token_id not in [each.token_id for each in listed]
    with refused():
        exchange.users.delete_authentication_token(other, made.token_id)
    assert exchange.service.caller(made.token_value) is not None


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_out_of_bounds_are_refused(exchange: Exchange, days: int) -> None:
    with refused("ValidationError"):
        exchange.users.create_authentication_token(exchange.user("owner"), "laptop", days)


@pytest.mark.parametrize("days", [1, 3650])
def test_days_at_the_bounds_are_not(exchange: Exchange, days: int) -> None:
    made = exchange.users.create_authentication_token(exchange.user("owner"), "laptop", days)
    assert made.token_value


def test_a_name_is_needed(exchange: Exchange) -> None:
    with refused("ValidationError"):
        exchange.users.create_authentication_token(exchange.user("owner"), "", 1)


def test_tokens_are_limited(exchange: Exchange) -> None:
    owner = exchange.user("read_only")
    for _ in range(99):
        exchange.users.create_authentication_token(owner, "laptop", 2)
    with refused("LimitExceeded"):
        exchange.users.create_authentication_token(owner, "laptop", 2)
