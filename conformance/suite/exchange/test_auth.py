"""DX-AU-001, 002, 003 and 006: tokens that are known, unknown, past and of nobody any more."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.judging import expect, observe, passive, requirement, sampled
from conformance.suite.exchange.asking import SESSION, brief, taken
from conformance.suite.exchange.trees import ground
from conformance.targets.exchange import ExchangeTarget, Reply
from conformance.targets.exchange_documents import Document

KIND = "UnauthorizedException"
"""The word by which the published clients know a bad token."""


def _unknown(reply: Reply, what: str) -> None:
    """Fail unless a call is refused because nobody knows the token."""
    right = reply.status == 401 and reply.kinds[:1] == (KIND,) and not reply.has_data
    expect(right, what, got=brief(reply), wanted=f"status 401, {KIND}, no data")


def _strangers(exchange: ExchangeTarget) -> dict[str, ExchangeTarget]:
    return {
        "no token": exchange.with_token(None),
        "an empty token": exchange.with_token(""),
        "an unknown token": exchange.with_token(f"unknown-{exchange.fresh_name()}"),
    }


def _reads(exchange: ExchangeTarget) -> Sequence[Document]:
    ask = exchange.document
    documents = (
        ask("user_getUserSession"),
        ask("storage_listDataStores"),
        ask("timeSeriesDb_getDatabase", timeSeriesDbId=exchange.absent("timeSeriesDb")),
        ask("collaborative_listCollaboratives"),
    )
    return sampled(documents, 2)


@requirement("DX-AU-001")
@passive
def test_reading_needs_a_known_token(exchange: ExchangeTarget) -> None:
    for who, view in _strangers(exchange).items():
        for document in _reads(exchange):
            _unknown(view.post(document.body()), f"{document.operation.name} with {who}")


@requirement("DX-AU-001")
@passive
def test_what_is_like_a_token_is_none(exchange: ExchangeTarget) -> None:
    token, known = exchange.token or "", set(exchange.session.profile.tokens.values())
    alike = {
        "the first half of a token": token[: len(token) // 2],
        "a token twice": token * 2,
        "a token in other letters": token.swapcase(),
    }
    for what, text in alike.items():
        if text and text != token and text not in known:
            document = exchange.document("user_getUserSession")
            _unknown(exchange.with_token(text).post(document.body()), f"a call with {what}")


@requirement("DX-AU-001")
@passive
def test_documents_are_not_looked_at_without_a_token(exchange: ExchangeTarget) -> None:
    for who, view in _strangers(exchange).items():
        _unknown(view.post({"query": "{ nope }"}), f"a document that is wrong, with {who}")


@requirement("DX-AU-001")
def test_writing_needs_a_known_token(exchange: ExchangeTarget) -> None:
    store, name = ground(exchange), exchange.fresh_name()
    document = exchange.document(
        "storage_createDataStoreFile",
        dataStoreDirectoryId=store.home_directory_id,
        dataStoreId=store.data_store_id,
        name=name,
        fileExtension="",
    )
    for who, view in _strangers(exchange).items():
        _unknown(view.post(document.body()), f"a new file with {who}")
    files = exchange.get_directory(store.home_directory_id).files
    made = [file.name for file in files if file.name == name]
    expect(not made, "files of callers that nobody knows", got=made, wanted="none")


@requirement("DX-AU-002")
@passive
def test_the_token_stands_alone(exchange: ExchangeTarget) -> None:
    token = exchange.token or ""
    data = taken(exchange.post({"query": SESSION}), "call with the token and nothing else")
    prefixed = exchange.with_token(f"Bearer {token}").post({"query": SESSION})
    if prefixed.status == 401:
        observe("a word in front of the token is refused")
        return
    got = taken(prefixed, "call with a word in front of the token")
    expect(got == data, "user of the token behind Bearer", got=got, wanted=data)
    observe("the token may stand behind Bearer")


@requirement("DX-AU-003", needs=["expired"])
@passive
def test_an_expired_token_is_unknown(exchange: ExchangeTarget) -> None:
    view = exchange.as_role("expired")
    for document in _reads(exchange):
        _unknown(view.post(document.body()), f"{document.operation.name} with an expired token")


@requirement("DX-AU-003", needs=["administration"])
def test_a_deleted_token_is_unknown(exchange: ExchangeTarget) -> None:
    made = exchange.create_token(exchange.fresh_name())
    view = exchange.with_token(made.token_value)
    exchange.settled(
        lambda: view.post({"query": SESSION}).has_data, what="call with a token that was made"
    )
    exchange.delete_token(made.token_id)
    exchange.settled(
        lambda: view.post({"query": SESSION}).status == 401,
        what="refusal of a token that was deleted",
    )
    for document in _reads(exchange):
        _unknown(view.post(document.body()), f"{document.operation.name} with a deleted token")


@requirement("DX-AU-006")
@passive
def test_a_disabled_account_is_refused(exchange: ExchangeTarget) -> None:
    view = exchange.as_role("disabled")
    for document in _reads(exchange):
        reply = view.post(document.body())
        right = reply.errors and not reply.has_data and reply.status in (200, 401, 403)
        what = f"{document.operation.name} of a disabled account"
        expect(right, what, got=brief(reply), wanted="a refusal without data")
