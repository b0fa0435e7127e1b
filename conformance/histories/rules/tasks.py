"""Rules for tasks and types one by one.

Nothing is ever removed in this API and states only go on, so much can be said without knowing what
others did meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from typing import Any

import grpc

from conformance.histories.history import Call
from conformance.histories.judging import Dialect, Found, Seen, rule
from conformance.histories.looks import Look, by_key, successions
from conformance.histories.rules import tasks_lists
from conformance.histories.rules.tasks_view import Asked, View
from conformance.oracles.tasks.errors import TRAILER, judge_details, leaks, read_details
from conformance.oracles.tasks.life import RANK, judge_history, judge_task
from conformance.oracles.tasks.model import STATES, WRITABLE, Task, differences
from conformance.oracles.tasks.values import same_json

ONE = {"state": "TSK-STA-002", "times": "TSK-STA-003", "completion": "TSK-CMP-002"}
"""Which requirement each code of a look at one task breaks."""


@rule(*ONE.values())
def looks(view: View) -> Found:
    """What holds for a task whenever it is shown."""
    for each in view.tasks:
        wrong = {violation.code: violation.text for violation in judge_task(each.value)}
        for code, id_ in ONE.items():
            yield Seen(id=id_, wrong=wrong.get(code, ""), where=(each.where,))


@rule("TSK-STA-001", "TSK-GET-001", "TSK-GET-006")
def histories(view: View) -> Found:
    """States go on from each look to every later one, and what never changes does not."""
    for before, after in successions(view.tasks, _progress):
        where = (before.where, after.where)
        if before.value.create_ns != after.value.create_ns:
            continue  # not the same one: somebody has begun anew
        found = judge_history([before.value, after.value])
        wrong = {violation.code: violation.text for violation in found}
        yield Seen(id="TSK-STA-001", wrong=wrong.get("backwards", ""), where=where)
        yield Seen(id="TSK-GET-001", wrong=wrong.get("changed", ""), where=where)
        if after.where.line.method == "GetTask":
            yield Seen(id="TSK-GET-006", wrong=wrong.get("backwards", ""), where=where)


def _progress(task: Task) -> tuple[int, int]:
    return RANK.get(task.state, -1), task.update_ns or 0


@rule("TSK-GET-006", "TSK-TYP-001")
def found(view: View) -> Found:
    """What was there is found for ever, as nothing removes it."""
    groups = by_key(view.looks)
    for method, id_ in (("GetTask", "TSK-GET-006"), ("GetType", "TSK-TYP-001")):
        for asked in view.of(method, ok=False):
            before = [
                each
                for each in groups.get(asked.request.name, ())
                if each.ended_us is not None and each.ended_us < asked.call.began_us
            ]
            same = before and before[0].where.line.caller == asked.call.line.caller
            if same and view.history.about.sole_writer and asked.call.code == "NOT_FOUND":
                text = f"{asked.request.name} was there, and is not found"
                yield Seen(id=id_, wrong=text, where=(before[0].where, asked.call))
        for asked in view.of(method):
            if len(groups.get(asked.request.name, ())) > 1:
                yield Seen(id=id_)


@rule("TSK-GET-001", "TSK-LST-013", "TSK-EVT-003", "TSK-TYP-002")
def versions(view: View) -> Found:
    """What was shown with one update time is one state."""
    groups: dict[tuple[object, int | None, int | None], Look[Any]] = {}
    for each in view.looks:
        value = each.value
        first = groups.setdefault((each.key, value.create_ns, value.update_ns), each)
        if first is each or type(first.value) is not type(value):
            continue
        changed = differences(first.value, value)
        text = "; ".join(
            f"{n}: {getattr(first.value, n)!r}, then {getattr(value, n)!r}" for n in changed
        )
        listed = each.where.line.method.startswith("List")
        id_ = "TSK-LST-013" if listed else "TSK-GET-001"
        if each.where.line.kind == "event":
            id_ = "TSK-EVT-003"
        elif not isinstance(value, Task) and not listed:
            id_ = "TSK-TYP-002"
        wrong = text and f"{value.name}: {text}"
        yield Seen(id=id_, wrong=wrong, where=(first.where, each.where))


SERVER_WRITTEN = ("create_ns", "update_ns", "completion_ns", "description", "recommended_action")


@rule(
    "TSK-CRT-001",
    "TSK-CRT-002",
    "TSK-CRT-003",
    "TSK-CRT-004",
    "TSK-CRT-007",
    "TSK-CRT-012",
    "TSK-CRT-013",
    "TSK-CRT-014",
    "TSK-CRT-015",
    "TSK-TYP-002",
    "TSK-TYP-005",
)
def created(view: View) -> Found:
    """What a creation answers, and what it has to refuse."""
    for asked in view.of("CreateTask", ok=None):
        where, request = (asked.call,), asked.request
        if not (request.parent and request.HasField("task") and request.task.type):
            text = "taken without parent, task or type" if asked.call.ok else ""
            yield Seen(id="TSK-CRT-004", wrong=text, where=where)
        if isinstance(asked.shown, Task):
            yield from _task(view, asked, asked.shown)
    names: dict[str, Call] = {}
    for asked in (*view.of("CreateTask"), *view.of("CreateType")):
        if asked.shown is None:
            continue
        id_ = "TSK-CRT-007" if _chosen(asked) else "TSK-CRT-002"
        known = names.setdefault(asked.shown.name, asked.call)
        again = known is not asked.call and view.history.about.sole_writer
        text = f"{asked.shown.name} was made twice" if again else ""
        if text or id_ == "TSK-CRT-002":
            yield Seen(id=id_, wrong=text, where=(known, asked.call))
    for asked in (*view.of("CreateTask", ok=False), *view.of("CreateType", ok=False)):
        if asked.call.code == "ALREADY_EXISTS":
            yield Seen(id="TSK-CRT-007")
    for asked in view.of("CreateType", ok=None):
        made = asked.request.type
        if made.sub_category and not made.category:
            text = "a sub-category without a category was taken" if asked.call.ok else ""
            yield Seen(id="TSK-TYP-005", wrong=text, where=(asked.call,))
        if asked.shown is not None:
            wanted = view.codec.type(made)
            other = [n for n in WRITABLE if getattr(wanted, n) != getattr(asked.shown, n)]
            text = f"{other[0]} is {getattr(asked.shown, other[0])!r}" if other else ""
            yield Seen(id="TSK-TYP-002", wrong=text, where=(asked.call,))


def _chosen(asked: Asked) -> str:
    return str(getattr(asked.request, "task_id", "") or getattr(asked.request, "type_id", ""))


def _task(view: View, asked: Asked, shown: Task) -> Found:
    where, request = (asked.call,), asked.request
    wanted = view.codec.task(request.task)
    prefix = f"{request.parent}/tasks/"
    right = shown.name == prefix + request.task_id if request.task_id else True
    right = right and shown.name.startswith(prefix) and shown.name != prefix
    text = f"named {shown.name!r}, asked {prefix}{request.task_id}"
    yield Seen(id="TSK-CRT-001", wrong="" if right else text, where=where)
    text = "" if shown.state == "NEW" else f"state {shown.state} of a new task"
    yield Seen(id="TSK-CRT-003", wrong=text, where=where)
    for name in ("metadata", "annotations"):
        sent, kept = getattr(wanted, name), getattr(shown, name)
        text = "" if same_json(sent or {}, kept or {}) else f"{name} {kept!r}, sent {sent!r}"
        yield Seen(id="TSK-CRT-012", wrong=text, where=where)
        if not sent:
            text = "" if sent == kept else f"{name} {kept!r}, sent {sent!r}"
            yield Seen(id="TSK-CRT-013", wrong=text, where=where)
    bare = shown.completion_ns is None and None not in (shown.create_ns, shown.update_ns)
    text = "a time is missing, or a completion time there"
    yield Seen(id="TSK-CRT-014", wrong="" if bare else text, where=where)
    apart = shown.update_ns != shown.create_ns
    text = f"created {shown.create_ns}, updated {shown.update_ns}"
    yield Seen(id="TSK-CRT-015", wrong=text if apart else "", where=where)


@rule(
    "TSK-CLM-001",
    "TSK-CLM-002",
    "TSK-CLM-003",
    "TSK-CLM-006",
    "TSK-CMP-001",
    "TSK-CMP-003",
)
def commanded(view: View) -> Found:
    """Claims and completions: what they answer, and in which states they may succeed at all."""
    for method, id_, state in (
        ("ClaimTask", "TSK-CLM-001", "IN_PROGRESS"),
        ("CompleteTask", "TSK-CMP-001", "COMPLETED"),
    ):
        done: dict[tuple[str, int | None], Call] = {}
        for asked in view.of(method):
            shown = asked.shown
            if not isinstance(shown, Task):
                continue
            text = "" if shown.state == state else f"state {shown.state} in the answer"
            yield Seen(id=id_, wrong=text, where=(asked.call,))
            known = done.setdefault((shown.name, shown.create_ns), asked.call)
            if known is not asked.call:
                # Whichever came first, the other one found the task claimed, or completed.
                twice = "TSK-CLM-002" if method == "ClaimTask" else "TSK-CMP-003"
                text = f"{method} of {shown.name} succeeded twice"
                yield Seen(id=twice, wrong=text, where=(known, asked.call))
    for before, after in successions(view.tasks, _progress):
        method, was, now = after.where.line.method, before.value, after.value
        where = (before.where, after.where)
        if was.create_ns != now.create_ns:
            continue
        if method == "ClaimTask":
            text = f"{was.name} was {was.state}, and was claimed"
            bad = was.state in ("IN_PROGRESS", "COMPLETED")
            id_ = "TSK-CLM-003" if was.state == "COMPLETED" else "TSK-CLM-002"
            yield Seen(id=id_, wrong=text if bad else "", where=where)
        if method == "CompleteTask" and was.state == "COMPLETED":
            text = f"{was.name} was completed already"
            yield Seen(id="TSK-CMP-003", wrong=text, where=where)
        if method in ("ClaimTask", "CompleteTask"):
            moved = (now.update_ns or 0) > (was.update_ns or 0)
            text = f"update time {was.update_ns}, then {now.update_ns}"
            if method == "ClaimTask":
                yield Seen(id="TSK-CLM-006", wrong="" if moved else text, where=where)
    yield from _refused(view)


def _refused(view: View) -> Found:
    """A command that was refused for the state of the task, though it was in the right one."""
    groups = by_key(view.tasks)
    rules = (
        ("ClaimTask", {"NEW"}, ("TSK-CLM-001", "TSK-CLM-002")),
        ("CompleteTask", set(STATES) - {"COMPLETED"}, ("TSK-CMP-001", "TSK-CMP-003")),
    )
    for method, allowed, (wrongly, rightly) in rules:
        for asked in view.of(method, ok=False):
            if asked.call.code != "FAILED_PRECONDITION":
                continue
            group = groups.get(asked.request.name, [])
            before = [
                e for e in group if e.ended_us is not None and e.ended_us < asked.call.began_us
            ]
            after = [
                e
                for e in group
                if e.began_us is not None and e.began_us > (asked.call.ended_us or e.began_us)
            ]
            later = [e for e in after if e.value.state in allowed]
            born = {e.value.create_ns for e in before if e.value.state in allowed}
            if method == "ClaimTask" and later and later[0].value.create_ns in born:
                text = f"{asked.request.name} was NEW, and the claim refused"
                yield Seen(id=wrongly, wrong=text, where=(asked.call, later[0].where))
            elif any(e.value.state not in allowed for e in before):
                yield Seen(id=rightly)


@rule("TSK-UPD-001", "TSK-UPD-008")
def updated(view: View) -> Found:
    """What an update of a type answers."""
    for asked in view.of("UpdateType"):
        if asked.shown is None:
            continue
        wanted, paths = view.codec.type(asked.request.type), asked.request.update_mask.paths
        chosen = [p for p in paths if p in WRITABLE]
        other = [p for p in chosen if getattr(wanted, p) != getattr(asked.shown, p)]
        text = f"{other[0]} is {getattr(asked.shown, other[0])!r} afterwards" if other else ""
        if chosen:
            yield Seen(id="TSK-UPD-001", wrong=text, where=(asked.call,))
    types = [each for each in view.looks if not isinstance(each.value, Task)]
    for before, after in successions(types, lambda shown: shown.update_ns or 0):
        one, other_ = before.value, after.value
        if one.create_ns != other_.create_ns and not view.history.about.sole_writer:
            continue
        text = f"{one.name}: created {one.create_ns}, then {other_.create_ns}"
        where = (before.where, after.where)
        wrong = text if one.create_ns != other_.create_ns else ""
        if not wrong and (other_.update_ns or 0) < (one.update_ns or 0):
            wrong = f"{one.name}: update time {one.update_ns}, then {other_.update_ns}"
        yield Seen(id="TSK-UPD-008", wrong=wrong, where=where)


OURS = re.compile(
    r"RST_STREAM|deserializ|serializ|stream removed|http2|transport|socket|compress|larger than",
    re.IGNORECASE,
)
"""What libraries of callers say where no answer of a server is the cause."""


@rule("TSK-ERR-001", "TSK-ERR-003", "TSK-ERR-004")
def refusals(view: View) -> Found:
    """How calls are refused."""
    for call in view.history.calls.get("tasks", ()):
        if call.ok or call.code in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
            continue
        bad = call.code in ("UNKNOWN", "INTERNAL") and not OURS.search(call.line.details)
        text = f"{call.method}: {call.code} {call.line.details[:200]}"
        yield Seen(id="TSK-ERR-001", wrong=text if bad else "", where=(call,))
        found = leaks(call.line.details)
        text = f"the message gives away {found!r}" if found else ""
        yield Seen(id="TSK-ERR-004", wrong=text, where=(call,))
        code = next((c for c in grpc.StatusCode if c.name == call.code), None)
        if not call.line.trailer or code is None:
            continue
        try:
            data = base64.b64decode(call.line.trailer + "==")
        except (binascii.Error, ValueError):
            continue
        found_ = judge_details(code, read_details([(TRAILER, data)]))
        wrong = [violation for violation in found_ if violation.code != "kind"]
        text = wrong[0].text if wrong else ""
        if view.profile.error_details_required:
            yield Seen(id="TSK-ERR-003", wrong=text, where=(call,))


@rule("TSK-EVT-004", "TSK-EVT-005")
def events(view: View) -> Found:
    """Events of one resource come in order, and all of the tenant that was asked for."""
    for feed in view.feeds:
        last: dict[str, tuple[int, int]] = defaultdict(lambda: (-1, -1))
        heard: set[int] = set()
        for frame, event in feed.events:
            where = (feed.stream.opened, frame)
            tenant = feed.request.tenant.removeprefix("tenants/")
            foreign = event.subject.startswith("tenants/") and not event.subject.startswith(
                f"tenants/{tenant}/"
            )
            text = f"an event of {event.subject} for {tenant}" if foreign else ""
            if tenant:
                yield Seen(id="TSK-EVT-005", wrong=text, where=where)
            sequence = event.sequence or 0
            if sequence in heard:
                continue  # sent again
            heard.add(sequence)
            moment = event.resource.update_ns or 0 if event.resource is not None else 0
            was = last[event.subject]
            if was[0] < 0:
                last[event.subject] = (sequence, moment)
                continue
            back = sequence < was[0] or (moment and moment < was[1])
            text = f"{event.subject}: number {sequence} of {moment} after {was[0]} of {was[1]}"
            yield Seen(id="TSK-EVT-004", wrong=text if back else "", where=where)
            last[event.subject] = (sequence, moment)


TASKS = Dialect(
    name="tasks",
    read=View,
    rules=(
        looks,
        histories,
        found,
        versions,
        created,
        commanded,
        updated,
        refusals,
        events,
        *tasks_lists.RULES,
    ),
    beyond={
        "TSK-AUT": "credentials are not in a history",
        "TSK-TPL": "what templates give is judged with templates made for it",
        "TSK-CMP": "what schemas mean is judged with schemas made for it",
    },
)
