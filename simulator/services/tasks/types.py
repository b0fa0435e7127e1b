"""Types of tasks: what may be created and updated, and what an update changes.

Follows seed 001, CreateType and UpdateType, with AIP-133, AIP-134 and AIP-161 where that is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.services import instants
from simulator.services.errors import shown
from simulator.services.tasks import refusals
from simulator.services.tasks.core import Core
from simulator.services.tasks.names import Name, name_of
from simulator.services.tasks.refusals import Violations, collected
from simulator.services.tasks.resources import TYPE, WRITABLE, StoredType, encoded
from simulator.services.tasks.texts import SchemaInvalid, TemplateSyntax
from simulator.services.tasks.validation import check_id, check_name, check_parent
from simulator.services.tasks.wire import Type
from simulator.store import BadMask, masks

SYNTAX: Final = "TEMPLATE_SYNTAX"
_IGNORED: Final = ("name", "create_time", "update_time")
"""What an update may name, without effect."""


@dataclass(frozen=True, kw_only=True)
class NewType:
    """A type that is asked for."""

    tenant: str
    id: str
    """Empty: the server chooses."""
    message: Any


@dataclass(frozen=True, kw_only=True)
class Update:
    """A change of a type that is asked for."""

    tenant: str
    id: str
    message: Any
    paths: tuple[str, ...]
    """The writable fields that it replaces."""


def read_new_type(core: Core, request: Any) -> NewType:
    """Return which type a request asks for.

    Raises:
        ServiceError: INVALID_ARGUMENT; also for templates and schemas that are none.
    """
    with collected() as violations:
        tenant = check_parent(request.parent, violations)
        check_id(request.type_id, "type_id", core.policy, violations)
        if request.HasField("type"):
            _check_content(core, request.type, violations)
        else:
            violations.missing("type")
    return NewType(tenant=tenant, id=request.type_id, message=request.type)


def read_update(core: Core, request: Any) -> Update:
    """Return which type a request changes, and in which fields.

    Raises:
        ServiceError: INVALID_ARGUMENT; no type, no mask, or a path that is no field of a type.
    """
    name = Name(tenant="", id="")
    with collected() as violations:
        if request.HasField("type"):
            name = check_name(request.type.name, "type.name", TYPE, core.policy, violations)
        else:
            violations.missing("type")
        paths = _paths(core, request, violations)
    return Update(tenant=name.tenant, id=name.id, message=request.type, paths=paths)


def create(core: Core, asked: NewType) -> StoredType:
    """Keep a new type and return it.

    Raises:
        ServiceError: NOT_FOUND, ALREADY_EXISTS.
    """
    tenant = core.tenants.get(asked.tenant, "parent")
    id = asked.id or next(core.ids)
    name = name_of(tenant.id, TYPE.plural, id)
    if id in tenant.types:
        raise refusals.exists(TYPE.noun, name)
    message = Type(name=name)
    masks.apply(masks.parse(WRITABLE, Type.DESCRIPTOR), asked.message, message)
    now_us = tenant.next_us()
    stored = _stored(message, create_us=now_us, update_us=now_us)
    tenant.commit(id, stored, "TypeCreated")
    return stored


def update(core: Core, asked: Update) -> StoredType:
    """Replace some fields of a type, all or none, and return it; tasks keep their texts.

    Raises:
        ServiceError: NOT_FOUND; INVALID_ARGUMENT: the type would not be one that can be created.
    """
    tenant = core.tenants.get(asked.tenant, "type.name")
    old = tenant.type(asked.id)
    message = Type()
    message.CopyFrom(old.message)
    masks.apply(masks.parse(asked.paths, Type.DESCRIPTOR), asked.message, message)
    message.DiscardUnknownFields()
    if message == old.message:
        return old
    with collected() as violations:
        _check_content(core, message, violations)
    stored = _stored(message, create_us=old.create_us, update_us=tenant.next_us())
    tenant.commit(asked.id, stored, "TypeUpdated")
    return stored


def _stored(message: Any, *, create_us: int, update_us: int) -> StoredType:
    message.DiscardUnknownFields()
    instants.write(message.create_time, create_us)
    instants.write(message.update_time, update_us)
    return StoredType(
        message=message, item=encoded(message), create_us=create_us, update_us=update_us
    )


def _paths(core: Core, request: Any, violations: Violations) -> tuple[str, ...]:
    """Return the writable fields that an update names, without those that it cannot touch."""
    paths = request.update_mask.paths
    if not paths:
        if core.policy.update_mask_optional:
            return tuple(
                field.name for field, _ in request.type.ListFields() if field.name in WRITABLE
            )
        violations.missing("update_mask")
        return ()
    if "*" in paths:
        if len(paths) > 1:
            violations.add("update_mask", "'*' stands for all fields and must stand alone")
        return WRITABLE
    return _known(paths, violations)


def _known(paths: Sequence[str], violations: Violations) -> tuple[str, ...]:
    known: list[str] = []
    for index, path in enumerate(paths):
        try:
            known += masks.parse([path], Type.DESCRIPTOR).paths
        except BadMask as error:
            violations.add(f"update_mask.paths[{index}]", str(error))
    return tuple(path for path in known if path.partition(".")[0] not in _IGNORED)


def _check_content(core: Core, type: Any, violations: Violations) -> None:
    """Check what a type says, as a whole."""
    for field in ("description_template", "recommended_action_template"):
        _check_template(core, getattr(type, field), f"type.{field}", violations)
    try:
        core.engine.check_schema(type.input_schema)
    except TemplateSyntax as error:
        violations.add("type.input_schema", str(error), SYNTAX)
    except SchemaInvalid as error:
        violations.add("type.input_schema", str(error))
    _check_links(core, type.links, violations)
    _check_category(core, type, violations)


def _check_links(core: Core, links: Sequence[Any], violations: Violations) -> None:
    names: set[str] = set()
    for index, link in enumerate(links):
        field = f"type.links[{index}]"
        if not link.name:
            violations.missing(f"{field}.name")
        elif link.name in names:
            violations.add(f"{field}.name", f"{shown(link.name)} is the name of another link")
        names.add(link.name)
        if not link.uri_template:
            violations.missing(f"{field}.uri_template")
        _check_template(core, link.uri_template, f"{field}.uri_template", violations)


def _check_template(core: Core, source: str, field: str, violations: Violations) -> None:
    try:
        core.engine.check_template(source)
    except TemplateSyntax as error:
        violations.add(field, str(error), SYNTAX)


def _check_category(core: Core, type: Any, violations: Violations) -> None:
    category, sub = type.category, type.sub_category
    if not sub:
        return
    if not category:
        violations.add("type.sub_category", "needs a category")
        return
    known = core.policy.categories.get(category)
    if known is not None and sub not in known:
        violations.add(
            "type.sub_category",
            f"{shown(sub)} is not of category {category}, which has {', '.join(sorted(known))}",
        )
