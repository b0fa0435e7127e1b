"""Refusals: their statuses, what they tell, and what they keep to themselves (AIP-193)."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import grpc

from conformance.context import current
from conformance.judging import (
    HIDDEN,
    Refused,
    attempt,
    by_depth,
    expect,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.tasks.errors import fields_of_request, judge_details, leaks
from conformance.oracles.tasks.model import Task
from conformance.suite.tasks.families import same
from conformance.suite.tasks.refusals import Wrong, wrong_reads, wrong_writes
from conformance.suite.tasks.telling import feed_if_any, once
from conformance.targets.tasks import TasksTarget, rich

INVALID = grpc.StatusCode.INVALID_ARGUMENT
FEW = 6

CUT: Mapping[str, Any] = {"metadata": {"n": "1"}, "annotations": {"a": "b"}}
"""What tasks hold whose creation is cut short."""

FRAGILE: Sequence[Mapping[str, Any]] = (
    {"filter": "type = 'x' AND (((((((((("},
    {"filter": "create_time > '9999-99-99T99:99:99Z'"},
    {"filter": "metadata.rank = 1e999"},
    {"token": "\u0000\uffff"},
    {"order": "," * 100},
    {"order": "metadata"},
    {"parent": "tenants/\u0000"},
    {"parent": "tenants/" + "a" * 10_000},
    {"filter": "name = '\\"},
)
"""Queries that careless code breaks on."""

DEEP = 2_000

FRAGILE_TYPES: Sequence[tuple[str, str]] = (
    ("input_schema", '{"not": ' * DEEP + "true" + "}" * DEEP),
    ("input_schema", f'{{"const": {"[" * DEEP}{"]" * DEEP}}}'),
    ("description_template", f"{{{{{'(' * DEEP}1{')' * DEEP}}}}}"),
    ("description_template", "{{if true}}" * DEEP + "{{end}}" * DEEP),
    ("input_schema", '{"pattern": "' + "(" * DEEP + ")" * DEEP + '"}'),
    ("input_schema", '{"minimum": 1e999, "maximum": ' + "9" * 5_000 + "}"),
)
"""Texts of types that careless code breaks on."""


def _statuses(wrong: Sequence[Wrong]) -> None:
    for one in wrong:
        refusal = one.refusal()
        what = f"{one.method} with {one.what}"
        if refusal is not None:  # what has to be refused at all, other requirements say
            said = f"{refusal.code.name}: {refusal.details}"
            expect(refusal.code in one.codes, what, got=said, wanted=frozenset(one.codes))


def _fields(api: TasksTarget, wrong: Sequence[Wrong]) -> None:
    for one in wrong:
        refusal = one.refusal()
        if refusal is None or refusal.code is not INVALID or len(one.codes) > 1:
            continue  # the status is another requirement's, or open
        what = f"fields of the refusal of {one.method} with {one.what}"
        named = rich(refusal).fields
        expect(named, what, got="none", wanted="BadRequest with field violations")
        known = [field.name for field in api.request(one.method).DESCRIPTOR.fields]
        strange = fields_of_request(named, known)
        expect(not strange, what, got=strange, wanted=f"below {', '.join(known)}")


def _details(wrong: Sequence[Wrong]) -> None:
    for one in wrong:
        refusal = one.refusal()
        if refusal is None:
            continue
        for violation in judge_details(refusal.code, rich(refusal)):
            if violation.code == "kind" and len(one.codes) > 1:
                continue  # which status it is, and so what belongs to it, is open
            what = f"details of the refusal of {one.method} with {one.what}"
            expect(False, what, got=violation.text, wanted="ErrorInfo, and each kind once")


def _silent(api: TasksTarget, refusals: Sequence[Refused | None]) -> None:
    secrets = [token for token in api.profile.auth.tokens.values() if len(token) > 5]
    for refusal in refusals:
        if refusal is None:
            continue
        details = rich(refusal)
        told = [refusal.details, details.message, *(text for _, text in details.violations)]
        for text in told:
            found = leaks(text, secrets)
            expect(not found, f"message of {refusal.code.name}", got=found, wanted="no such thing")


@requirement("TSK-ERR-001")
@passive
def test_statuses_of_wrong_reads(tasks: TasksTarget) -> None:
    _statuses(sampled(wrong_reads(tasks), FEW))


@requirement("TSK-ERR-001")
def test_statuses_of_wrong_writes(tasks: TasksTarget) -> None:
    _statuses(sampled(wrong_writes(tasks), FEW))


@requirement("TSK-ERR-001")
@passive
def test_strange_queries_break_nothing(tasks: TasksTarget) -> None:
    for query in sampled(FRAGILE, 3):
        attempt(partial(tasks.list_tasks, size=1, **query))


@requirement("TSK-ERR-001")
def test_strange_types_break_nothing(tasks: TasksTarget) -> None:
    for field, text in sampled(FRAGILE_TYPES, 2):
        attempt(partial(tasks.create_type, **{field: text}))


@requirement("TSK-ERR-001")
def test_missing_data_break_nothing(tasks: TasksTarget) -> None:
    named = tasks.fresh_type(recommended_action_template='{{index .Metadata "a" "b"}}')
    for metadata in ({}, None, {"n": None}, {"a": "text"}, {"a": {"b": [1.0]}}):
        attempt(partial(tasks.create_task, named, metadata=metadata))


@requirement("TSK-ERR-002")
@passive
def test_refused_reads_name_their_fields(tasks: TasksTarget) -> None:
    _fields(tasks, sampled(wrong_reads(tasks), FEW))


@requirement("TSK-ERR-002")
def test_refused_writes_name_their_fields(tasks: TasksTarget) -> None:
    _fields(tasks, sampled(wrong_writes(tasks), FEW))


@requirement("TSK-ERR-003")
@passive
def test_refused_reads_have_details(tasks: TasksTarget) -> None:
    _details(sampled(wrong_reads(tasks), FEW))


@requirement("TSK-ERR-003")
def test_refused_writes_have_details(tasks: TasksTarget) -> None:
    _details(sampled(wrong_writes(tasks), FEW))


@requirement("TSK-ERR-004")
@passive
def test_refused_reads_give_nothing_away(tasks: TasksTarget) -> None:
    refusals = [one.refusal() for one in sampled(wrong_reads(tasks), FEW)]
    for query in sampled(FRAGILE, 2):
        call = partial(tasks.list_tasks, size=1, **query)
        refusals.append(Wrong(what="", method="ListTasks", call=call, codes=()).refusal())
    _silent(tasks, refusals)


@requirement("TSK-ERR-004")
def test_refused_writes_give_nothing_away(tasks: TasksTarget) -> None:
    _silent(tasks, [one.refusal() for one in sampled(wrong_writes(tasks), FEW)])


@requirement("TSK-ERR-005")
def test_creation_cut_short_is_whole_or_absent(tasks: TasksTarget) -> None:
    type = tasks.fresh_type()
    began = time.monotonic()
    whole = tasks.create_task(type, **CUT)
    usual_s = time.monotonic() - began
    draws = random.Random(current().seed_here)
    names = [tasks.absent("tasks") for _ in range(by_depth(full=16, staging=6))]
    with feed_if_any(tasks) as feed:
        for name in names:
            _cut_short(tasks, type.name, name, max(0.001, usual_s * draws.uniform(0.1, 1.1)))
        # What was still under way has been kept, or given up, by then.
        time.sleep(max(tasks.profile.quiet, 4 * usual_s))
        kept = {name: task for name in names if (task := _found(tasks, name)) is not None}
        events = once(feed.settled()) if feed else []
    for name, task in kept.items():
        shown = replace(task, name=whole.name, create_ns=whole.create_ns, update_ns=whole.update_ns)
        same(shown, whole, f"{name}, whose creation was cut short, but for name and times")
    subjects = [event.subject for event in events if event.type == "TaskCreated"]
    for name in names if feed else ():
        got, wanted = subjects.count(name), int(name in kept)
        what = f"events of {name}, whose creation was cut short"
        expect(got == wanted, what, got=got, wanted=wanted)


def _cut_short(api: TasksTarget, type: str, name: str, deadline_s: float) -> None:
    try:
        api.create_task(type, id=name.rpartition("/")[2], deadline_s=deadline_s, **CUT)
    except Refused as refusal:
        late = {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
        said = f"{refusal.code.name}: {refusal.details}"
        expect(refusal.code in late, "a creation with a short deadline", got=said, wanted=late)


def _found(api: TasksTarget, name: str) -> Task | None:
    try:
        return api.get_task(name)
    except Refused as refusal:
        if refusal.code not in HIDDEN:
            raise
        return None
