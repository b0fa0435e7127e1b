"""Names of collections: unknown, empty, repeated on streams, and aliases (seed 004, name)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    passive,
    refused,
    requirement,
)
from conformance.suite.services.reading import NOWHERE, some
from conformance.targets.services import Pull, ServicesTarget, brief
from conformance.targets.services_codec import PULLS


@requirement("SVC-NAM-001")
@passive
def test_unknown_names_are_refused_by_reads(services: ServicesTarget) -> None:
    name = services.fresh_id()
    for method, call in {
        "Get": lambda: services.get(services.fresh_id(), name=name),
        "List": lambda: services.list(name=name),
        "Metadata": lambda: services.metadata(name=name),
    }.items():
        refused(call, NOWHERE, f"{method} of a collection that does not exist")


@requirement("SVC-NAM-001")
def test_unknown_names_are_refused_by_writes(services: ServicesTarget) -> None:
    name, recipe = services.fresh_id(), services.recipe()
    for method, call in {
        "Create": lambda: services.create(id=services.fresh_id(), type=recipe.type, name=name),
        "Start": lambda: services.start(services.fresh_id(), name=name),
        "Configure": lambda: services.configure(services.fresh_id(), recipe.config, name=name),
        "Stop": lambda: services.stop(services.fresh_id(), name=name),
        "Delete": lambda: services.delete(services.fresh_id(), name=name),
    }.items():
        refused(call, NOWHERE, f"{method} in a collection that does not exist")


@requirement("SVC-NAM-002")
@passive
def test_unknown_names_end_pulls(services: ServicesTarget) -> None:
    name, patience_s = services.fresh_id(), services.profile.deadline
    for method in PULLS:
        with _opened(services, method, name) as pull:
            status = pull.ended(patience_s)
            expect(
                status in NOWHERE,
                f"end of {method} of a collection that does not exist",
                got=status.name if status else f"open after {patience_s:g} s",
                wanted=NOWHERE,
            )


@requirement("SVC-NAM-003")
@passive
def test_empty_name(services: ServicesTarget) -> None:
    answer = attempt(lambda: services.list(size=1, name=""))
    if isinstance(answer, Refused):
        legal = NOWHERE | BAD_ARGUMENT
        expect(answer.code in legal, "List without a name", got=answer.code, wanted=legal)
    observe("refused" if isinstance(answer, Refused) else "default collection", trait="S1")


@requirement("SVC-NAM-004")
@passive
def test_changes_repeat_the_name(services: ServicesTarget) -> None:
    shown = some(services)
    names = [services.name]
    if services.profile.aliases.get(services.name):
        names.append(services.alias)
    for name in by_depth(full=names, staging=names[-1:]):
        for method in PULLS:
            with _opened(services, method, name, id=shown.id) as pull:
                change = pull.next_change(what="a first change")
                expect(change.name == name, f"name on {method}", got=change.name, wanted=name)


@requirement("SVC-NAM-004")
def test_later_changes_repeat_the_name(services: ServicesTarget) -> None:
    made = services.make()
    name = services.alias if services.profile.aliases.get(services.name) else services.name
    with services.pull(made.id, name=name) as one, services.pull_all(name=name) as all_:
        services.start(made.id)
        for pull in (one, all_):
            pull.holds(lambda changes: len(changes) > 1)
            names = {change.name for change in pull.changes}
            expect(names == {name}, f"names on {pull.method}", got=names, wanted={name})


@requirement("SVC-NAM-005")
def test_aliases_reach_the_same_services(services: ServicesTarget) -> None:
    alias = services.alias
    made = services.make(name=alias)
    for name in (services.name, alias):
        shown = services.get(made.id, name=name)
        expect(shown == made, f"service by {name}", got=brief(shown), wanted=brief(made))
    observe(f"{alias} is {services.name}")


def _opened(
    services: ServicesTarget, method: str, name: str, id: str = ""
) -> AbstractContextManager[Pull[Any]]:
    """A pull of this method; without an id one of a service that does not exist."""
    if method == "PullService":
        return services.pull(id or services.fresh_id(), name=name, ready=False)
    pull = services.pull_all if method == "PullServices" else services.pull_metadata
    return pull(name=name, ready=False)
