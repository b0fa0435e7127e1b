import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simulator.services.meta
from simulator.services.meta import KINDS, changesets
from simulator.services.meta.changesets import PageTokens, message, single
from simulator.services.wire import delimited

INDICES = st.sampled_from([0, 1, 127, 128, 16_384, 2**31 - 1])
TITLES = st.text(max_size=300)


def made(kind, **fields):
    resource = kind.message(**fields)
    return resource, delimited(1, resource.SerializeToString())


def resources(kind, text):
    """A resource of any kind, with a text somewhere in it."""
    return made(kind, name="x/y", metadata={"uuid": text})


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
@settings(max_examples=20)
@given(text=TITLES, index=INDICES, previous=INDICES)
def test_frames_are_what_protobuf_writes(kind, text, index, previous):
    resource, item = resources(kind, text)
    field = kind.singular
    frames = [
        changesets.standing(item),
        changesets.added(item, index),
        changesets.modified("x/y", item, previous, index),
        changesets.removed("x/y", index),
    ]
    moved = {"name": "x/y", "previous_view_index": previous, "view_index": index}
    changes = [
        {"current": {field: resource}},
        {"added": {field: resource, "view_index": index}},
        {"modified": {field: resource, **moved}},
        {"removed": {"name": "x/y", "view_index": index}},
    ]
    response = kind.methods["watch"].response
    expected = response(**{f"{field}_changes": changes}, is_current=True, snapshot_size=-1)
    sent = message(frames, is_current=True)
    assert response.FromString(sent.data) == expected
    assert sent.changes == 4
    one = kind.methods["watch_one"].response
    for frame, change in zip(frames, changes, strict=True):
        assert one.FromString(single(frame).data) == one(change=change)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"is_current": True, "resume_token": "token"},
        {"soft_reset": True},
        {"hard_reset": True},
        {"snapshot_size": 0},
        {"snapshot_size": 2**40},
    ],
)
def test_messages_without_changes(fields):
    names = {"soft_reset": "is_soft_reset", "hard_reset": "is_hard_reset"}
    response = KINDS["regions"].methods["watch"].response
    expected = response(
        **{"snapshot_size": -1, **{names.get(name, name): v for name, v in fields.items()}}
    )
    assert response.FromString(message(**fields).data) == expected


def test_page_tokens_are_sent_even_if_empty():
    response = KINDS["regions"].methods["watch"].response
    for tokens in (PageTokens(), PageTokens("", "n"), PageTokens("p", "n")):
        found = response.FromString(message(is_current=True, page_tokens=tokens).data)
        assert found.HasField("page_token_change")
        change = found.page_token_change
        assert (change.prev_page_token, change.next_page_token) == tokens
    assert not response.FromString(message(is_current=True).data).HasField("page_token_change")


def test_nothing_else_makes_a_response():
    """Published clients reconnect without end to a server that forgets snapshot_size once."""
    folder = Path(simulator.services.meta.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "message" or path.stem == "changesets", path
