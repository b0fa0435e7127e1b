"""CreateService: ids, types, configurations, and what a new service shows (seed 004)."""

from __future__ import annotations

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    refused,
    requirement,
)
from conformance.oracles.services.model import SECOND_NS, Service, State
from conformance.strategies.services import ODD_IDS, config_gaps, config_text, id_texts
from conformance.suite.services.reading import ANY_REFUSAL, BAD_REQUEST
from conformance.targets.services import ServicesTarget, brief

FORGED = Service(
    error="forged",
    loading=True,
    failed_attempts=7,
    last_active_time=1000 * SECOND_NS,
    last_loading_start_time=1000 * SECOND_NS,
    last_loading_end_time=1000 * SECOND_NS,
    last_error_time=1000 * SECOND_NS,
    next_attempt_time=1000 * SECOND_NS,
)
"""What only a server tells, as no server would tell it."""


@requirement("SVC-CRE-001")
def test_new_service_is_inactive(services: ServicesTarget) -> None:
    id_, type_ = services.fresh_id(), services.recipe().type
    made = services.make(id=id_)
    for shown in (made, services.get(id_)):
        got, wanted = (shown.id, shown.type), (id_, type_)
        expect(got == wanted, "id and type", got=got, wanted=wanted)
        expect(shown.state == State.INACTIVE, "state", got=brief(shown), wanted="inactive")
        expect(
            shown.last_active_time is None,
            "last_active_time of a service that never was active",
            got=shown.last_active_time,
            wanted="absent",
        )


@requirement("SVC-CRE-002")
def test_service_created_as_active_ends_active(services: ServicesTarget) -> None:
    made = services.make(active=True, settled=False)
    expect(made.active, "active in the answer of Create", got=made.active, wanted=True)
    settled = services.settle(made.id)
    right = settled.state == State.ACTIVE and not settled.error
    expect(right, "settled service", got=brief(settled), wanted="active, without an error")


@requirement("SVC-CRE-003")
def test_configuration_is_kept_byte_for_byte(services: ServicesTarget) -> None:
    recipe = services.recipe()

    def body(words: str, gap: str) -> None:
        text = config_text(recipe.config, words, gap)
        made = services.create(id=services.fresh_id(), type=recipe.type, config_raw=text)
        for shown in (made, services.get(made.id)):
            expect(shown.config_raw == text, "config_raw", got=shown.config_raw, wanted=text)
        services.delete(made.id)

    explore(
        body,
        examples=8,
        directed=[{"words": "Zähler 電力 🔋", "gap": "  \n\t "}, {"words": "", "gap": ""}],
        words=id_texts(20),
        gap=config_gaps(),
    )


@requirement("SVC-CRE-004")
def test_generated_ids_are_new(services: ServicesTarget) -> None:
    name = services.collection("generated")
    count = by_depth(full=20, staging=5)
    ids = [services.make(name=name, id="").id for _ in range(count)]
    expect(all(ids), "generated ids", got=ids, wanted="none that is empty")
    expect(len(set(ids)) == count, "generated ids", got=ids, wanted=f"{count} different ones")


@requirement("SVC-CRE-005")
def test_a_kind_has_one_service(services: ServicesTarget) -> None:
    name = services.collection("kind")
    recipe = services.recipe(policy="kind")
    there = {item.id: item for item in services.list_all(name=name)}
    if recipe.type in there:
        shown = there[recipe.type]
        expect(shown.type == recipe.type, "type of the only one", got=shown.type, wanted=shown.id)
    else:
        made = services.make(name=name, id="")
        expect(made.id == recipe.type, "id of the only one", got=made.id, wanted=recipe.type)
    refused(lambda: services.make(name=name, id=""), ANY_REFUSAL, "Create of a second one")


@requirement("SVC-CRE-006")
def test_existing_id(services: ServicesTarget) -> None:
    made, recipe = services.make(active=True), services.recipe()
    text = config_text(recipe.config, "another", " ")
    try:
        fresh = services.create(id=made.id, type=recipe.type, config_raw=text)
    except Refused as refusal:
        expect(refusal.code in ANY_REFUSAL, "refusal", got=refusal.code, wanted=ANY_REFUSAL)
        after = services.get(made.id)
        expect(after == made, "service after the refusal", got=brief(after), wanted=brief(made))
        observe("refused", trait="S5")
        return
    shown = services.get(made.id)
    expect(shown == fresh, "service that replaced another", got=brief(shown), wanted=brief(fresh))
    observe("replaced", trait="S5")


@requirement("SVC-CRE-007")
def test_missing_type(services: ServicesTarget) -> None:
    refused(lambda: services.create(id=services.fresh_id()), ANY_REFUSAL, "Create without a type")


@requirement("SVC-CRE-008")
def test_what_a_refused_create_leaves(services: ServicesTarget) -> None:
    id_, before = services.fresh_id(), services.metadata()
    refused(
        lambda: services.create(id=id_, type=services.fresh_id()),
        ANY_REFUSAL,
        "Create of an unknown type",
    )
    try:
        left = services.get(id_)
    except Refused as refusal:
        expect(refusal.code.name == "NOT_FOUND", "Get afterwards", got=refusal.code)
        observe("nothing", trait="S6")
        return
    right = left.state == State.ERROR
    expect(right, "record that was left", got=brief(left), wanted="inactive, with an error")
    counted = services.metadata().total_error_count
    more = counted > before.total_error_count
    expect(more, "total_error_count", got=counted, wanted=f"more than {before.total_error_count}")
    observe("a record with an error", trait="S6")


@requirement("SVC-CRE-009")
def test_unknown_type(services: ServicesTarget) -> None:
    refused(
        lambda: services.create(id=services.fresh_id(), type=services.fresh_id()),
        ANY_REFUSAL,
        "Create of an unknown type",
    )


@requirement("SVC-CRE-010")
def test_what_only_the_server_tells(services: ServicesTarget) -> None:
    recipe = services.recipe()
    try:
        made = services.create(FORGED, id=services.fresh_id(), type=recipe.type)
    except Refused as refusal:
        expect(refusal.code in BAD_ARGUMENT, "refusal", got=refusal.code, wanted=BAD_ARGUMENT)
        return
    for shown in (made, services.get(made.id)):
        taken = [
            name
            for name in Service.__slots__
            if getattr(FORGED, name) and getattr(shown, name) == getattr(FORGED, name)
        ]
        expect(not taken, "fields taken from the request", got=taken, wanted="none")


@requirement("SVC-CRE-011")
def test_missing_id(services: ServicesTarget) -> None:
    name = services.collection("required")
    before = {item.id for item in services.list_all(name=name)}
    recipe = services.recipe(policy="required")
    refused(lambda: services.create(type=recipe.type, name=name), ANY_REFUSAL, "Create without id")
    after = {item.id for item in services.list_all(name=name)}
    made = {id_ for id_ in after - before if id_ in ("", recipe.type)}
    expect(not made, "services made without an id", got=made, wanted="none")


@requirement("SVC-CRE-012", needs=["bad"])
def test_text_that_cannot_be_parsed(services: ServicesTarget) -> None:
    id_ = services.fresh_id()
    try:
        made = services.make("bad", id=id_)
    except Refused as refusal:
        expect(refusal.code in BAD_REQUEST, "refusal", got=refusal.code, wanted=BAD_REQUEST)
        listed = {item.id for item in services.mine(services.list_all())}
        expect(id_ not in listed, "service that was refused", got="listed", wanted="none")
        observe("refused", trait="S7")
        return
    right = made.state == State.ERROR and not made.config_raw and made.last_error_time
    expect(right, "service", got=made, wanted="an error, its time, and no config_raw")
    observe("a service with an error", trait="S7")


@requirement("SVC-CRE-013")
def test_without_configuration(services: ServicesTarget) -> None:
    made = services.make(configured=False)
    for shown in (made, services.get(made.id)):
        got = (shown.config_raw, shown.last_config_time)
        expect(got == ("", None), "config_raw and last_config_time", got=got, wanted=("", None))


@requirement("SVC-CRE-014")
def test_active_without_configuration_never_loads(services: ServicesTarget) -> None:
    id_ = services.fresh_id()
    with services.pull_all(updates_only=True) as pull:
        made = services.make(id=id_, active=True, configured=False, settled=False)
        if made.state == State.ERROR:
            not_applicable("the type needs a configuration")
        pull.holds(lambda changes: any(change.id == id_ for change in changes))
        pull.heard_for(0.5)
        states = [change.new for change in pull.changes if change.id == id_ and change.new]
    for shown in (made, services.get(id_), *states):
        right = shown.active and not shown.loading
        expect(right, "state", got=brief(shown), wanted="active, not loading")


@requirement("SVC-CRE-015")
def test_times_come_in_order(services: ServicesTarget) -> None:
    made = services.make(active=True)
    names = (
        "last_inactive_time",
        "last_active_time",
        "last_loading_start_time",
        "last_loading_end_time",
    )
    times = [getattr(made, name) for name in names]
    expect(None not in times, "times of an active service", got=times)
    expect(times == sorted(times), "order of times", got=times, wanted=", ".join(names))
    config = made.last_config_time
    between = config is not None and times[1] <= config <= times[2]
    expect(between, "last_config_time", got=config, wanted=f"from {times[1]} to {times[2]}")


@requirement("SVC-CRE-016")
def test_create_without_a_service(services: ServicesTarget) -> None:
    made = services.make()
    request = services.request("CreateService")
    refused(lambda: services.call("CreateService", request), BAD_REQUEST, "Create of nothing")
    after = services.get(made.id)
    expect(after == made, "another service afterwards", got=brief(after), wanted=brief(made))


@requirement("SVC-CRE-017")
def test_ids_are_kept(services: ServicesTarget) -> None:
    def body(text: str) -> None:
        id_ = services.fresh_id(text)
        made = services.make(id=id_)
        expect(made.id == id_, "id in the answer", got=made.id, wanted=id_)
        shown = services.get(id_)
        expect(shown.id == id_, "id by Get", got=shown.id, wanted=id_)
        listed = {item.id for item in services.list_all()}
        expect(id_ in listed, "ids by List", got=f"{len(listed)} others", wanted=id_)
        services.delete(id_)

    directed = [{"text": text} for text in ODD_IDS]
    explore(body, examples=10, directed=directed, text=id_texts())
