"""DX-US: the session of a token, and the words of an account."""

from conformance.judging import expect, not_applicable, passive, requirement
from conformance.oracles.exchange.model import steady
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_contract import schema


@requirement("DX-US-001")
@passive
def test_session_shows_who_the_token_is_of(exchange: ExchangeTarget) -> None:
    user = exchange.user()
    expect(user.user_id, "userId of the session", got=user.user_id, wanted="an id")
    expect(
        user.first_name and user.last_name,
        "names of the session's user",
        got=(user.first_name, user.last_name),
        wanted="a first and a last name",
    )
    found = user.organization
    expect(
        found is not None and found.organization_id and found.name,
        "organization of the session's user",
        got=found,
        wanted="an organization with id and name",
    )


@requirement("DX-US-001")
@passive
def test_session_is_the_same_each_time(exchange: ExchangeTarget) -> None:
    first, second = steady(exchange.user()), steady(exchange.user())
    expect(first == second, "user of the same token, asked again", got=second, wanted=first)


@requirement("DX-US-002", needs=["owner_again"])
@passive
def test_two_tokens_of_one_user_show_one_user(exchange: ExchangeTarget) -> None:
    one, two = steady(exchange.user()), steady(exchange.as_role("owner_again").user())
    expect(one == two, "user of another token of the owner", got=two, wanted=one)


@requirement("DX-US-002", needs=["administration"])
def test_a_new_token_shows_the_user_who_made_it(exchange: ExchangeTarget) -> None:
    made = exchange.create_token(exchange.fresh_name())
    expect(made.token_value, "value of a new token", got=made.token_value, wanted="a token")
    one, two = steady(exchange.user()), steady(exchange.with_token(made.token_value).user())
    expect(one == two, "user of a new token", got=two, wanted=one)
    expect(made.user_id == one.user_id, "userId of a new token", got=made, wanted=one.user_id)


@requirement("DX-US-002")
@passive
def test_tokens_of_two_users_show_two_users(exchange: ExchangeTarget) -> None:
    owners = {"owner", "owner_again", "expired", "disabled"}
    others = [role for role in exchange.roles if role not in owners]
    if not others:
        not_applicable("the profile gives no token of a second user")
    seen = {exchange.me.user_id: "owner"}
    for role in others:
        id_ = exchange.as_role(role).me.user_id
        expect(
            id_ not in seen,
            f"userId of the {role}",
            got=id_,
            wanted=f"another one than that of the {seen.get(id_)}",
        )
        seen[id_] = role


@requirement("DX-US-003")
@passive
def test_roles_and_state_are_known_words(exchange: ExchangeTarget) -> None:
    user, enums = exchange.user(), schema().enums
    if user.user_roles is not None:
        unknown = set(user.user_roles) - set(enums["UserRole"])
        expect(not unknown, "userRoles", got=user.user_roles, wanted=enums["UserRole"])
    if user.user_account_state is not None:
        states = enums["UserAccountState"]
        expect(
            user.user_account_state in states,
            "userAccountState",
            got=user.user_account_state,
            wanted=states,
        )
