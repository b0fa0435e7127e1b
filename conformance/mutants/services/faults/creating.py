"""Faults in making services."""

from __future__ import annotations

from conformance.mutants.services import living, straight
from conformance.mutants.services.book import Code, Collection, Config, Refuse, State
from conformance.mutants.services.making import fault


def trimmed(state: State, text: str, now_ns: int) -> State:
    """Two spaces in a row become one."""
    return living.configured(state, " ".join(text.split(" ")).replace("  ", " ").strip(), now_ns)


def same_id(collection: Collection, given: State) -> str:
    """Every generated id is the same text, which replaces the service before."""
    if not given["id"] and collection.ids == "generated":
        collection.records.pop("generated", None)
        return "generated"
    return straight.new_id(collection, given)


def random_kind(collection: Collection, given: State) -> str:
    """A service of a kind gets a random id."""
    if not given["id"] and collection.ids == "kind":
        return f"{given['type']}-{len(collection.records)}"
    return straight.new_id(collection, given)


def invented_id(collection: Collection, given: State) -> str:
    """A missing id is made up where callers have to give one."""
    return straight.new_id(collection, given) if given["id"] else "made-up"


def any_type(collection: Collection, type_: str) -> None:
    """Any type will do, and none."""


def typed(collection: Collection, type_: str) -> None:
    """Any type will do, as long as there is one."""
    if not type_:
        straight.check_type(collection, type_)


def believes(given: State, id_: str, now_ns: int) -> State:
    """What only the server tells is taken from the request."""
    return {**given, "active": False, "id": id_, "last_inactive_time": now_ns, "config_raw": ""}


def active_at_once(given: State, id_: str, now_ns: int) -> State:
    """A new service is active whatever was asked for."""
    return {**living.created(given, id_, now_ns), "active": True, "last_active_time": now_ns}


def wrong_type(given: State, id_: str, now_ns: int) -> State:
    """The type is upper case."""
    return {**living.created(given, id_, now_ns), "type": given["type"].upper()}


def configured_at_birth(given: State, id_: str, now_ns: int) -> State:
    """Every service tells a time of configuration."""
    return {**living.created(given, id_, now_ns), "last_config_time": now_ns}


def always_loads(config: Config | None) -> bool:
    """Loads also what has no configuration, and never ends."""
    return True


def replaced_and_refused(collection: Collection, id_: str) -> None:
    """A create under an existing id is refused, but stops the service that is there."""
    record = collection.records.get(id_)
    if record is not None:
        record.state = {**record.state, "config_raw": "", "error": "stopped"}
    straight.check_new(collection, id_)


def gave_up(state: State, now_ns: int) -> State:
    """A load that succeeds leaves the service inactive."""
    return {**living.succeeded(state, now_ns), "active": False}


def early_end(state: State, now_ns: int) -> State:
    """The end of a load lies before its begin."""
    begin = state["last_loading_start_time"] or now_ns
    return {**living.succeeded(state, now_ns), "last_loading_end_time": begin - 1_000_000}


def cut_id(collection: Collection, given: State) -> str:
    """Ids lose what comes after a slash."""
    return straight.new_id(collection, given).partition("/")[0]


def gone() -> None:
    """A create without a service is an internal error."""
    raise Refuse(Code.INTERNAL, "nil pointer")


MUTANTS = (
    fault(
        "create-active",
        "A new service is active without being asked.",
        {"created": active_at_once},
        "SVC-CRE-001",
    ),
    fault(
        "create-other-type",
        "A new service has another type.",
        {"created": wrong_type},
        "SVC-CRE-001",
    ),
    fault(
        "create-gives-up",
        "A service created as active ends inactive.",
        {"succeeded": gave_up},
        "SVC-CRE-002",
    ),
    fault("create-trims", "Configurations lose spaces.", {"configured": trimmed}, "SVC-CRE-003"),
    fault("create-same-id", "Generated ids repeat.", {"new_id": same_id}, "SVC-CRE-004"),
    fault(
        "create-kind-random", "One kind has many services.", {"new_id": random_kind}, "SVC-CRE-005"
    ),
    fault(
        "create-refused-touches",
        "A refused create changes the service that is there.",
        {"check_new": replaced_and_refused},
        "SVC-CRE-006",
    ),
    fault(
        "create-any-type",
        "A service needs no type.",
        {"check_type": any_type},
        "SVC-CRE-007",
        "SVC-CRE-009",
    ),
    fault("create-unknown-type", "Any type can be made.", {"check_type": typed}, "SVC-CRE-009"),
    fault(
        "create-believes",
        "What only the server tells is taken from the request.",
        {"created": believes},
        "SVC-CRE-010",
    ),
    fault("create-invents-id", "A missing id is made up.", {"new_id": invented_id}, "SVC-CRE-011"),
    fault(
        "create-config-time",
        "A service without configuration tells a time of one.",
        {"created": configured_at_birth},
        "SVC-CRE-013",
    ),
    fault(
        "create-loads-nothing",
        "A service without configuration is loading.",
        {"loads": always_loads},
        "SVC-CRE-014",
    ),
    fault(
        "create-early-end", "A load ends before it begins.", {"succeeded": early_end}, "SVC-CRE-015"
    ),
    fault(
        "create-nil",
        "A create without a service is an internal error.",
        {"missing_service": gone},
        "SVC-CRE-016",
    ),
    fault("create-cuts-id", "Ids are cut at a slash.", {"new_id": cut_id}, "SVC-CRE-017"),
)
