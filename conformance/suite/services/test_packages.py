"""Full names of the service: the current one, the older one, and reflection (seed 004)."""

from __future__ import annotations

import grpc

from conformance.judging import Refused, expect, not_applicable, observe, passive, requirement
from conformance.suite.services.reading import TRIES, some
from conformance.targets.services import ServicesTarget
from conformance.targets.services_codec import PULLS, UNARY, service_name
from conformance.targets.services_session import GENERATIONS
from fixtures.contracts import ContractError, from_reflection


def answering(services: ServicesTarget) -> list[str]:
    """The generations under whose name the service answers anything but UNIMPLEMENTED."""
    found = []
    for generation in GENERATIONS:
        try:
            services.as_generation(generation).metadata()
        except Refused as refusal:
            if refusal.code is grpc.StatusCode.UNIMPLEMENTED:
                continue
        found.append(generation)
    return found


@requirement("SVC-PKG-001")
@passive
def test_one_of_the_names_answers(services: ServicesTarget) -> None:
    found = answering(services)
    expect(found, "full names that answer", got="none", wanted="one of both")
    observe("both" if len(found) == 2 else found[0], trait="S25")


@requirement("SVC-PKG-002")
@passive
def test_both_names_answer_alike(services: ServicesTarget) -> None:
    found = answering(services)
    if "v1" not in found:
        not_applicable("the server does not answer under the current name")
    expect("v0" in found, "the older full name", got="UNIMPLEMENTED", wanted="an answer")
    request = services.request("GetService", id=some(services).id).SerializeToString()
    for _ in range(TRIES):
        first, older, last = (
            services.as_generation(name).call_bytes("GetService", request)
            for name in ("v1", "v0", "v1")
        )
        if older in (first, last):
            return
        if first == last:
            break
    expect(False, "GetService under the older full name", got=older, wanted=last)


@requirement("SVC-PKG-003")
@passive
def test_reflection_lists_the_methods(services: ServicesTarget) -> None:
    name = service_name(services.generation)
    services.session.client.budget.spend()
    try:
        contract = from_reflection(services.session.client.channel, name)
    except grpc.RpcError as error:
        expect(
            error.code() is grpc.StatusCode.UNIMPLEMENTED,
            "reflection",
            got=error.code(),
            wanted="an answer, or UNIMPLEMENTED",
        )
        observe("no reflection")
        return
    except ContractError as error:
        expect(False, "reflection", got=str(error), wanted=name)
        return
    methods = set(contract.methods(name))
    expect(methods == {*UNARY, *PULLS}, "methods by reflection", got=sorted(methods))
    observe("reflection")
