"""The ledger, the checks and the mutants name each other without gaps."""

import inspect

from conformance.background import check_functions, spec_of
from conformance.requirements import Requirement, links, load
from conformance.targets.apis import APIS


def unchecked() -> list[Requirement]:
    checks = links.checks()
    return [r for r in load() if r.id not in checks and not r.untestable]


def test_every_requirement_has_a_check_or_a_reason() -> None:
    assert [r.id for r in unchecked()] == []


def test_every_row_names_conditions_that_its_api_knows() -> None:
    for row in load():
        if row.service in APIS:
            assert set(row.conditions) <= APIS[row.service].needs | {"tls"}, row.id


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
