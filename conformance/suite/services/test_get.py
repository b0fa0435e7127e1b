"""GetService: the service itself, absent ones, read masks (seed 004)."""

from __future__ import annotations

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    Refused,
    attempt,
    expect,
    explore,
    observe,
    passive,
    refused,
    requirement,
)
from conformance.oracles.services.masks import masked
from conformance.oracles.services.model import Service
from conformance.strategies.services import mask_paths
from conformance.suite.services.reading import between_equal, some
from conformance.targets.services import ServicesTarget, brief


@requirement("SVC-GET-001")
def test_get_shows_what_was_made(services: ServicesTarget) -> None:
    services.make()
    made = services.make()
    shown = services.get(made.id)
    wanted = (made.id, services.recipe().type)
    expect(
        (shown.id, shown.type) == wanted, "id and type", got=(shown.id, shown.type), wanted=wanted
    )
    expect(shown == made, "service after Create", got=shown, wanted=made)


@requirement("SVC-GET-001")
@passive
def test_get_shows_the_id_that_was_asked_for(services: ServicesTarget) -> None:
    id_ = some(services).id
    expect(services.get(id_).id == id_, "id in the answer", wanted=id_)


@requirement("SVC-GET-002")
@passive
def test_unknown_id(services: ServicesTarget) -> None:
    refused(lambda: services.get(services.fresh_id()), ABSENT, "Get of an unknown id")


@requirement("SVC-GET-003")
@passive
def test_empty_id(services: ServicesTarget) -> None:
    refused(lambda: services.get(""), BAD_ARGUMENT, "Get without an id")


@requirement("SVC-GET-004")
@passive
def test_mask_leaves_what_it_names(services: ServicesTarget) -> None:
    id_ = some(services).id

    def body(paths: list[str]) -> None:
        shown, whole = between_equal(services, id_, lambda: services.get(id_, mask=paths))
        wanted = masked(whole, paths)
        expect(shown == wanted, "service under a mask", got=shown, wanted=wanted)

    directed = [{"paths": ["type", "last_inactive_time"]}, {"paths": ["id"]}]
    explore(body, examples=15, directed=directed, paths=mask_paths())


@requirement("SVC-GET-005")
@passive
def test_mask_without_paths(services: ServicesTarget) -> None:
    id_ = some(services).id
    shown, whole = between_equal(services, id_, lambda: services.get(id_, mask=[]))
    observe(_all_or_nothing(shown, whole, "mask without paths"), trait="S2")


@requirement("SVC-GET-006")
@passive
def test_unknown_path(services: ServicesTarget) -> None:
    id_ = some(services).id
    paths = ["id", "no_such_field"]
    answer = attempt(lambda: between_equal(services, id_, lambda: services.get(id_, mask=paths)))
    if isinstance(answer, Refused):
        expect(answer.code in BAD_ARGUMENT, "refusal", got=answer.code, wanted=BAD_ARGUMENT)
        observe("refused", trait="S3")
        return
    shown, whole = answer
    wanted = masked(whole, paths)
    expect(shown == wanted, "service under the known path", got=shown, wanted=wanted)
    observe("ignored", trait="S3")


@requirement("SVC-GET-007")
@passive
def test_star(services: ServicesTarget) -> None:
    id_ = some(services).id
    answer = attempt(lambda: between_equal(services, id_, lambda: services.get(id_, mask=["*"])))
    if isinstance(answer, Refused):
        expect(answer.code in BAD_ARGUMENT, "refusal", got=answer.code, wanted=BAD_ARGUMENT)
        observe("refused", trait="S4")
    else:
        observe(_all_or_nothing(*answer, "mask *"), trait="S4")


@requirement("SVC-GET-008")
@passive
def test_reading_changes_nothing(services: ServicesTarget) -> None:
    id_ = some(services).id

    def reads() -> None:
        services.get(id_)
        services.list(size=1)
        services.metadata()

    before = services.get(id_)
    reads()
    after = services.get(id_)
    if before != after and not services.owns(id_):
        # Somebody else may have changed it: reads that change it do so each time.
        _, after = between_equal(services, id_, reads)
        before = services.get(id_)
    expect(before == after, "service after it was read", got=brief(after), wanted=brief(before))


def _all_or_nothing(shown: Service, whole: Service, what: str) -> str:
    expect(
        shown in (whole, Service()), f"service under a {what}", got=shown, wanted="all or nothing"
    )
    return "everything" if shown == whole else "nothing"
