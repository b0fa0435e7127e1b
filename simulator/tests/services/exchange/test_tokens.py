"""Tokens: found by their text until their date, and never shown again."""

import pytest

from simulator.services.exchange.ids import Ids
from simulator.services.exchange.tokens import Tokens

NOW_US = 1_800_000_000_000_000


@pytest.fixture
def tokens() -> Tokens:
    values = iter(f"secret-{number}" for number in range(10))
    return Tokens(Ids(), lambda: next(values))


def test_a_token_is_found_by_its_text(tokens: Tokens) -> None:
    made = tokens.issue("ann", "laptop", NOW_US, NOW_US + 1000)
    assert made.token_value == "secret-0"
    assert made.date_created == "2027-01-15T08:00:00.000Z"
    found = tokens.find("secret-0", NOW_US)
    assert found is not None
    assert (found.token_id, found.user_id, found.name) == (made.token_id, "ann", "laptop")
    assert found.token_value is None


def test_a_token_ends_at_its_date(tokens: Tokens) -> None:
    tokens.issue("ann", "laptop", NOW_US, NOW_US + 1000)
    assert tokens.find("secret-0", NOW_US + 999) is not None
    assert tokens.find("secret-0", NOW_US + 1000) is None


def test_a_token_without_a_date_stays(tokens: Tokens) -> None:
    made = tokens.issue("ann", "laptop", NOW_US, None, value="mine")
    assert made.date_expires is None
    assert tokens.find("mine", NOW_US * 2) is not None


def test_state_holds_no_text(tokens: Tokens) -> None:
    tokens.issue("ann", "laptop", NOW_US, None, value="very secret")
    assert "very secret" not in repr(vars(tokens))


def test_a_text_belongs_to_one_token(tokens: Tokens) -> None:
    tokens.issue("ann", "laptop", NOW_US, None, value="mine")
    with pytest.raises(ValueError, match="one token"):
        tokens.issue("bob", "laptop", NOW_US, None, value="mine")
    assert tokens.of_user("bob") == []


def test_removed_and_dropped_tokens_are_not_found(tokens: Tokens) -> None:
    first = tokens.issue("ann", "one", NOW_US, None)
    tokens.issue("ann", "two", NOW_US, None)
    tokens.issue("bob", "three", NOW_US, None)
    tokens.remove(first.token_id)
    assert [each.name for each in tokens.of_user("ann")] == ["two"]
    tokens.drop("ann")
    assert tokens.find("secret-1", NOW_US) is None
    assert tokens.find("secret-2", NOW_US) is not None


def test_use_is_noted(tokens: Tokens) -> None:
    made = tokens.issue("ann", "one", NOW_US, None)
    tokens.used(made.token_id, "2027-01-15T08:00:00.000Z")
    assert tokens.of_user("ann")[0].last_active == "2027-01-15T08:00:00.000Z"
    assert tokens.find("secret-0", NOW_US) is not None
