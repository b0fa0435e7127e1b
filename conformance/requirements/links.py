"""Which checks judge a requirement, and which mutants it kills: derived, never written down."""

from __future__ import annotations

from collections.abc import Mapping


def checks() -> Mapping[str, tuple[str, ...]]:
    """Node ids of the checks by requirement id."""
    from conformance.background import check_functions, spec_of

    found: dict[str, tuple[str, ...]] = {}
    for node, function in check_functions():
        for id_ in spec_of(node, function).ids:
            found[id_] = (*found.get(id_, ()), node)
    return found


def mutants() -> Mapping[str, tuple[str, ...]]:
    """Ids of the mutants by the requirement ids that are expected to catch them."""
    from conformance.mutants.catalogue import MUTANTS

    found: dict[str, tuple[str, ...]] = {}
    for mutant in MUTANTS:
        for id_ in mutant.kills:
            found[id_] = (*found.get(id_, ()), mutant.id)
    return found
