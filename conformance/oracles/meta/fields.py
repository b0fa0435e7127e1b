"""The field tables of the meta API: what each message holds and how a field may be spelled.

Only names and types matter to a judge of values; numbers belong to the wire contract. Message
names are the short ones (`Region`, `Meta`, `Timestamp` is a scalar here). Sources: seed 003, the
resource messages; the published goten types for `Meta` and what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal["string", "name", "bool", "int32", "int64", "enum", "timestamp", "message"]
"""`name` is a string that holds the name of a resource, its own or another's."""

Shape = Literal["one", "list", "map"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a message.

    Attributes:
        name: in snake case.
        type: of the value, of the elements of a list, of the values of a map (keys are strings).
        shape: one value, a list or a map.
        message: which message, for fields of type `message`.
        kind: plural of the kind whose names it holds, for fields of type `name`.
        enum: number by name, for fields of type `enum`.
    """

    name: str
    type: FieldType
    shape: Shape = "one"
    message: str = ""
    kind: str = ""
    enum: Mapping[str, int] | None = None

    @property
    def has_presence(self) -> bool:
        """Whether the field can be absent: single messages and timestamps can."""
        return self.shape == "one" and self.type in ("message", "timestamp")

    @property
    def zero(self) -> Any:
        """The proto3 default of a field without presence, a new value at each call."""
        if self.shape != "one":
            return [] if self.shape == "list" else {}
        if self.type == "bool":
            return False
        return "" if self.type in ("string", "name") else 0

    @property
    def spellings(self) -> tuple[str, ...]:
        """Snake case, lower camel case and kebab case, without repetition."""
        return tuple(dict.fromkeys((self.name, camel(self.name), self.name.replace("_", "-"))))


Table = Mapping[str, Field]
"""The fields of one message, by their snake case names, in the order of the document."""


def camel(name: str) -> str:
    """A snake case name in lower camel case, as protobuf's JSON spells it."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _table(*fields: Field) -> Table:
    return {field.name: field for field in fields}


def _strings(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name, type="string") for name in names)


def _name(name: str, kind: str) -> Field:
    return Field(name=name, type="name", kind=kind)


def _message(name: str, message: str, shape: Shape = "one") -> Field:
    return Field(name=name, type="message", message=message, shape=shape)


def _bools(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name, type="bool") for name in names)


LIFECYCLE_STATES = {"UNDEFINED": 0, "ACTIVE": 1, "DELETING": 2}

_METADATA = _message("metadata", "Meta")

TABLES: Mapping[str, Table] = {
    "Deployment": _table(_name("name", "deployments"), _name("service", "services"), _METADATA),
    "Region": _table(
        _name("name", "regions"),
        *_strings("title", "domain"),
        _message("location", "RegionLocation"),
        *_bools("is_default"),
        _message("connectivity_scores", "RegionConnectivityPreference", "list"),
        _METADATA,
    ),
    "Resource": _table(
        _name("name", "resources"),
        *_strings("plural_name", "fqn"),
        *_bools("is_regional"),
        _METADATA,
    ),
    "Service": _table(
        _name("name", "services"),
        *_strings("display_name", "current_version"),
        Field(name="all_versions", type="string", shape="list"),
        _METADATA,
    ),
    "RegionLocation": _table(*_strings("continent", "country", "agglomeration", "city", "cloud")),
    "RegionConnectivityPreference": _table(
        _name("dest", "regions"), Field(name="score", type="int32")
    ),
    "Meta": _table(
        *(Field(name=n, type="timestamp") for n in ("create_time", "update_time", "delete_time")),
        *_strings("uuid"),
        Field(name="tags", type="string", shape="list"),
        Field(name="labels", type="string", shape="map"),
        Field(name="annotations", type="string", shape="map"),
        Field(name="generation", type="int64"),
        *_strings("resource_version"),
        _message("owner_references", "OwnerReference", "list"),
        Field(name="shards", type="int64", shape="map"),
        _message("syncing", "SyncingMeta"),
        _message("lifecycle", "Lifecycle"),
        _message("services", "ServicesInfo"),
    ),
    "OwnerReference": _table(
        *_strings("kind", "version", "name", "region"),
        *_bools("controller", "requires_owner_reference", "unset_on_delete"),
    ),
    "SyncingMeta": _table(
        *_strings("owning_region"), Field(name="regions", type="string", shape="list")
    ),
    "Lifecycle": _table(
        Field(name="state", type="enum", enum=LIFECYCLE_STATES), *_bools("block_deletion")
    ),
    "ServicesInfo": _table(
        *_strings("owning_service"),
        Field(name="allowed_services", type="string", shape="list"),
    ),
}
"""The field table of every message, by its short name."""


def find(table: Table, spelling: str) -> Field | None:
    """The field that is spelled so in one of the three spellings, or None."""
    if spelling in table:
        return table[spelling]
    return next((field for field in table.values() if spelling in field.spellings), None)


def complete(message: str, partial: Mapping[str, Any]) -> dict[str, Any]:
    """A value of a message with every field that it always has: what is left out becomes zero.

    Nested messages are completed too; absent ones stay absent. `partial` is not changed.
    """
    data: dict[str, Any] = {}
    for field in TABLES[message].values():
        if field.name not in partial:
            if not field.has_presence:
                data[field.name] = field.zero
            continue
        value = partial[field.name]
        if field.type == "message" and field.shape == "list":
            data[field.name] = [complete(field.message, element) for element in value]
        elif field.type == "message":
            data[field.name] = complete(field.message, value)
        else:
            data[field.name] = value.copy() if field.shape != "one" else value
    return data
