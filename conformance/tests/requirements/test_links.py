"""The ledger, the checks and the mutants name each other without gaps."""

from conformance.background import check_functions, spec_of
from conformance.requirements import links, load


def test_every_requirement_has_a_check_or_a_reason() -> None:
    checks = links.checks()
    missing = [r.id for r in load() if r.id not in checks and not r.untestable]
    assert missing == []


def test_every_check_names_known_requirements_and_conditions() -> None:
    known = load().requirements
    conditions = {"simulated_site", "second_identity", "auth_key", "sign_secret", "tls", "full"}
    for node, function in check_functions():
        spec = spec_of(node, function)
        assert spec.ids, f"{node} judges nothing"
        assert set(spec.ids) <= set(known), node
        assert set(spec.needs) <= conditions, node


def test_every_mutant_names_known_requirements() -> None:
    assert set(links.mutants()) <= set(load().requirements)
