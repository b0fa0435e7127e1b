"""Updates of types by mask (seed 001, UpdateType; AIP-134)."""

from __future__ import annotations

from functools import partial
from typing import Any

import grpc

from conformance.judging import (
    ABSENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.tasks.model import WRITABLE, Type
from conformance.strategies.tasks import BAD_TEMPLATES
from conformance.suite.laws.masks import versions_grow
from conformance.suite.tasks.families import INVALID, same
from conformance.suite.tasks.updating import (
    FULL,
    OTHER,
    cleared,
    expect_fields,
    masks,
    merged,
    updated,
    values,
    without_trace,
)
from conformance.targets.tasks import TasksTarget

UNKNOWN_PATHS = (
    "nope",
    "links.0.name",
    "type.display_name",
    "display_name.x",
    "links.name",
    "description",
)


class _Kept:
    """A type and how it was shown last."""

    def __init__(self, api: TasksTarget) -> None:
        self.api = api
        self.type = api.create_type(**FULL)

    def change(self, sent: dict[str, Any], paths: list[str]) -> None:
        """Update it by a mask."""
        self.type = updated(self.api, self.type, paths, sent)


@requirement("TSK-UPD-001")
def test_update_changes_its_mask_alone(tasks: TasksTarget) -> None:
    kept = _Kept(tasks)
    directed: list[dict[str, Any]] = [
        {"sent": dict(OTHER), "paths": ["display_name"]},
        {"sent": dict(FULL), "paths": ["links", "description_template"]},
        *({"sent": dict(OTHER), "paths": [field]} for field in WRITABLE),
        {"sent": dict(FULL), "paths": list(WRITABLE)},
    ]
    explore(kept.change, examples=30, directed=directed, sent=values(), paths=masks())


@requirement("TSK-UPD-001")
def test_updates_at_once_keep_to_their_masks(tasks: TasksTarget) -> None:
    for field in by_depth(full=("category", "links", "input_schema"), staging=("category",)):
        before = tasks.create_type(**FULL)
        paths = ("display_name", field, "recommended_action_template")
        calls = [partial(tasks.update_type, before.name, [p], **{p: OTHER[p]}) for p in paths]
        answers = tasks.together(calls)
        done = [p for p, each in zip(paths, answers, strict=True) if not isinstance(each, Refused)]
        wanted = merged(before, OTHER, done)
        expect_fields(tasks.get_type(before.name), wanted, f"type after updates at once of {done}")


@requirement("TSK-UPD-002")
def test_field_that_is_not_set_is_cleared(tasks: TasksTarget) -> None:
    kept = _Kept(tasks)
    # The sub-category first: it cannot stand without its category.
    for field in ("sub_category", *(f for f in WRITABLE if f != "sub_category")):
        kept.change({}, [field])
        got = getattr(kept.type, field)
        expect(got == cleared(field), f"{field} after it was cleared", got=got, wanted="empty")


@requirement("TSK-UPD-003")
def test_update_needs_a_mask(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    for paths in (None, ()):
        what = "an update without mask" if paths is None else "an update with an empty mask"
        call = partial(tasks.update_type, before.name, paths, display_name="after")
        if not tasks.profile.update_mask_optional:
            without_trace(tasks, before, call, INVALID, what)
            continue
        # Where the mask is optional, what is set in the request is what is meant (AIP-134).
        answer = attempt(call)
        if isinstance(answer, Refused):
            expect(paths is not None, what, got=answer.code, wanted="accepted, as declared")
            same(tasks.get_type(before.name), before, f"{before.name} after {what}")
        else:
            expect_fields(answer, {"display_name": "after"}, f"answer to {what}")
            before = answer


@requirement("TSK-UPD-004")
def test_star_replaces_everything(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    after = updated(tasks, before, ["*"], OTHER)
    what = "creation time after an update of everything"
    expect(after.create_ns == before.create_ns, what, got=after.create_ns, wanted=before.create_ns)
    bare = updated(tasks, after, ["*"], {"display_name": "bare", "category": "gridproof"})
    expect(not bare.links, "links that were left out of an update of everything", got=bare.links)


@requirement("TSK-UPD-005")
def test_unknown_paths_are_invalid(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    for path in sampled(UNKNOWN_PATHS, 3):
        for paths in ([path], ["display_name", path]):
            call = partial(tasks.update_type, before.name, paths, **OTHER)
            without_trace(tasks, before, call, INVALID, f"an update of {', '.join(paths)}")


@requirement("TSK-UPD-006")
def test_paths_of_the_server_are_ignored(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    for name, paths in (
        ("one", ["create_time", "display_name"]),
        ("two", ["display_name", "update_time"]),
        ("three", ["create_time", "update_time", "display_name"]),
    ):
        sent: dict[str, Any] = {"display_name": name, "create_time": 10**9, "update_time": 10**9}
        after = updated(tasks, before, paths, sent)
        for field in ("create_ns", "update_ns"):
            got = getattr(after, field)
            what = f"{field} after an update of {', '.join(paths)}"
            expect(got != 10**9, what, got="what was sent", wanted="the server's")
        before = after
    only = tasks.update_type(before.name, ["create_time"], create_time=10**9)
    expect_fields(only, {f: getattr(before, f) for f in (*WRITABLE, "create_ns")},
                  "answer to an update of create_time alone")  # fmt: skip


@requirement("TSK-UPD-007")
def test_type_has_to_exist(tasks: TasksTarget) -> None:
    name = tasks.absent("types")
    call = partial(tasks.update_type, name, ["display_name"], display_name="x")
    refused(call, ABSENT, "update of an unknown type")
    refused(partial(tasks.get_type, name), ABSENT, "the type after that")


@requirement("TSK-UPD-008")
def test_update_moves_the_update_time(tasks: TasksTarget) -> None:
    versions: list[Type] = [tasks.create_type(**FULL)]
    for field in sampled(WRITABLE, 3):
        versions.append(updated(tasks, versions[-1], [field], OTHER))
    versions_grow([type.update_ns or 0 for type in versions], "update_time")
    made = {type.create_ns for type in versions}
    expect(len(made) == 1 and None not in made, "create_time over several updates", got=made,
           wanted="the same")  # fmt: skip


@requirement("TSK-UPD-009")
def test_writing_back_changes_nothing(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    sent = {field: getattr(before, field) for field in WRITABLE}
    for paths in (list(WRITABLE), ["sub_category", "links"], ["*"]):
        after = tasks.update_type(before.name, paths, **sent)
        fields = {f: getattr(before, f) for f in ("name", *WRITABLE, "create_ns")}
        expect_fields(after, fields, f"answer to {', '.join(paths)} written back")
        same(tasks.get_type(before.name), after, "the type after that")
    moved = after.update_ns != before.update_ns
    observe(f"writing back {'moves' if moved else 'leaves'} the update time")


@requirement("TSK-UPD-010")
def test_refused_update_changes_nothing(tasks: TasksTarget) -> None:
    before = tasks.create_type(**FULL)
    wrong: tuple[dict[str, Any], ...] = (
        {"display_name": "after", "description_template": BAD_TEMPLATES[0]},
        {"display_name": "after", "input_schema": "no JSON"},
        {"display_name": "after", "category": ""},
        {"links": [{"name": "b", "uri_template": "{{"}], "display_name": "after"},
    )
    for sent in sampled(wrong, 2):
        paths = list(sent)
        answer = attempt(partial(tasks.update_type, before.name, paths, **sent))
        if isinstance(answer, Refused):
            bad = answer.code is grpc.StatusCode.INVALID_ARGUMENT
            what = f"an update with {sent}"
            expect(bad, what, got=answer.code, wanted=INVALID)
            same(tasks.get_type(before.name), before, f"the type after {what}")
        else:
            before = answer  # whether it has to be refused is the business of creations
