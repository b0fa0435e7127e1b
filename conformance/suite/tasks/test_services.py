"""Services, methods and requests (seed 001, Tasks and Types)."""

from __future__ import annotations

from conformance.failures import Refused
from conformance.judging import UNIMPLEMENTED, expect, observe, passive, requirement
from conformance.targets.tasks import TasksTarget
from conformance.targets.tasks_codec import PACKAGE
from conformance.targets.tasks_session import METHODS, NAMES, WRITES
from conformance.targets.wire import Wire

ALL = (*METHODS["tasks"], *METHODS["types"])
UNKNOWN_FIELD = b"\xfa\x3f\x07unknown"
"""Field 1023 with a text, which no message of the API has."""


def _answers(tasks: TasksTarget, method: str, service: str | None = None) -> bool:
    """Whether a method is there, as an empty request shows."""
    try:
        tasks.call_bytes(method, b"", service=service)
    except Refused as refusal:
        return refusal.code not in UNIMPLEMENTED
    return True


@requirement("TSK-SVC-001")
@passive
def test_every_method_answers(tasks: TasksTarget) -> None:
    missing = [m for m in ALL if (tasks.writes or m not in WRITES) and not _answers(tasks, m)]
    expect(not missing, "methods", got=f"{', '.join(missing)} unimplemented", wanted="all nine")


@requirement("TSK-SVC-002")
@passive
def test_names_of_the_services(tasks: TasksTarget) -> None:
    served = [
        f"{name}"
        for pair in NAMES
        for name, method in zip(pair, ("ListTasks", "ListTypes"), strict=True)
        if _answers(tasks, method, f"{PACKAGE}.{name}")
    ]
    observe(", ".join(served) or "others")


@requirement("TSK-SVC-003")
@passive
def test_unknown_fields_do_no_harm_to_lists(tasks: TasksTarget) -> None:
    for method in ("ListTasks", "ListTypes"):
        plain = tasks.request(method, parent=tasks.parent, page_size=1).SerializeToString()
        tasks.call_bytes(method, plain + UNKNOWN_FIELD)


@requirement("TSK-SVC-003")
def test_unknown_fields_change_no_answer(tasks: TasksTarget) -> None:
    plain = tasks.request("GetTask", name=tasks.fresh_task().name).SerializeToString()
    answers = [tasks.call_bytes("GetTask", data) for data in (plain, plain + UNKNOWN_FIELD)]
    shown = [tasks.codec.task(tasks.codec.message("Task").FromString(a)) for a in answers]
    expect(shown[0] == shown[1], "answer with an unknown field", got=shown[1], wanted=shown[0])


@requirement("TSK-SVC-004")
@passive
def test_there_is_one_answer(tasks: TasksTarget) -> None:
    for method in ("ListTasks", "ListTypes"):
        wire = Wire(tasks.caller.client, tasks.recorder, tasks.session.service_of(method))
        request = tasks.request(method, parent=tasks.parent, page_size=1)
        number = tasks.session.next_stream()
        call = wire.stream(method, request, number=number, deadline_s=tasks.profile.deadline)
        answers = list(call)
        expect(len(answers) == 1, f"answers of {method}", got=len(answers), wanted=1)


@requirement("TSK-SVC-004")
@passive
def test_contract_has_no_streams(tasks: TasksTarget) -> None:
    contract = tasks.codec.contract
    for service in contract.services:
        if service.startswith(f"{PACKAGE}."):
            streams = [
                m.name
                for m in contract.methods(service).values()
                if m.name in ALL and (m.client_streaming or m.server_streaming)
            ]
            expect(not streams, f"methods of {service}", got=f"{streams} stream", wanted="unary")
