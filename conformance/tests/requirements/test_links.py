"""The ledger, the checks and the mutants name each other without gaps."""

import inspect

from conformance.background import check_functions, spec_of
from conformance.requirements import links, load
from conformance.targets.apis import APIS


def test_every_requirement_has_a_check_or_a_reason() -> None:
    checks = links.checks()
    missing = [r.id for r in load() if r.id not in checks and not r.untestable]
    assert missing == []


def test_every_check_names_known_requirements_and_conditions() -> None:
    known = load().requirements
    for node, function in check_functions():
        spec = spec_of(node, function)
        assert spec.ids, f"{node} judges nothing"
        assert set(spec.ids) <= set(known), node
        (service,) = {known[id_].service for id_ in spec.ids}
        assert set(spec.needs) <= APIS[service].needs | {"tls", "full"}, node
        assert service in inspect.signature(function).parameters, f"{node}: fixture {service}"


def test_every_mutant_names_known_requirements() -> None:
    assert set(links.mutants()) <= set(load().requirements)
