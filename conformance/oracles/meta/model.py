"""Plain values of the meta API (seed 003): resources, changes, watch messages, pages, kinds.

A resource is a dictionary with snake case names: scalars are always there (the proto3 zero if
unset), an absent message has no key, repeated fields are lists, maps dictionaries, a timestamp is
an int of nanoseconds since the epoch, an enum its number. No protobuf, so that recorded histories
are judged by the same code as live runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from conformance.oracles.meta.fields import TABLES, Table

Data = dict[str, Any]
"""One resource, complete or projected."""

ChangeKind = Literal["added", "modified", "current", "removed", "none"]
"""`none` is a change message in which no kind is set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of a watch.

    Attributes:
        kind: which arm of the oneof is set.
        name: of Modified and Removed as written beside the object, else the object's.
        data: the object as sent; None for removals.
        view_index: as sent, 0 where the message has none.
        previous_view_index: of Modified, else 0.
        object_name: the name inside the object, "" for removals and nameless objects.
    """

    kind: ChangeKind
    name: str
    data: Data | None
    view_index: int = 0
    previous_view_index: int = 0
    object_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One response of a collection watch.

    `page_tokens` is (previous, next), None if there is no page token change. `snapshot_size` is
    what the wire says: -1 is "no size check", 0 an unset field. `at_us` is when it was received.
    """

    changes: tuple[Change, ...] = ()
    is_current: bool = False
    page_tokens: tuple[str, str] | None = None
    resume_token: str = ""
    snapshot_size: int = -1
    soft_reset: bool = False
    hard_reset: bool = False
    at_us: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of List: items, tokens ("" for none), paging info (0 unless asked for)."""

    items: tuple[Data, ...]
    prev: str = ""
    next: str = ""
    offset: int = 0
    total: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One collection of a name pattern and what its ids look like, as regular expressions.

    `doc` is what seed 003 allows, or where it is silent what is safe to generate; `sdk` is what
    the published Go client can read.
    """

    collection: str
    doc: str
    sdk: str


REGION = Segment(
    collection="regions", doc=r"[a-z][a-z0-9-]{0,28}[a-z0-9]", sdk=r"[\w][\w.-]{0,127}"
)
DEPLOYMENT = Segment(
    collection="deployments", doc=r"[a-zA-Z0-9_.-]{1,128}", sdk=r"[a-zA-Z0-9_.-]{1,128}"
)
SERVICE = Segment(collection="services", doc=r"[a-zA-Z0-9-.]{1,128}", sdk=r"[a-zA-Z0-9-.]{1,128}")
RESOURCE = Segment(collection="resources", doc=r"[a-zA-Z]{1,128}", sdk=r"[a-zA-Z]{1,128}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One of the four resource kinds.

    Attributes:
        singular: `region`.
        plural: `regions`.
        message: `Region`, the name inside the package `ntt.meta.v1alpha2` and in the field tables.
        segments: of the name, parent first.
        name_view: fields that the NAME view shows.
    """

    singular: str
    plural: str
    message: str
    segments: tuple[Segment, ...]
    name_view: tuple[str, ...] = ("name",)

    @property
    def fields(self) -> Table:
        """The field table of the resource."""
        return TABLES[self.message]

    @property
    def service(self) -> str:
        """Full name of the gRPC service."""
        return f"ntt.meta.v1alpha2.{self.message}Service"

    @property
    def pattern(self) -> str:
        """For instance `regions/{region}/deployments/{deployment}`."""
        return "/".join(f"{s.collection}/{{{s.collection[:-1]}}}" for s in self.segments)

    @property
    def parent(self) -> str:
        """Plural of the kind that is the parent, "" without one."""
        return self.segments[0].collection if len(self.segments) > 1 else ""


KINDS: Mapping[str, Kind] = {
    kind.plural: kind
    for kind in (
        Kind(
            singular="deployment",
            plural="deployments",
            message="Deployment",
            segments=(REGION, DEPLOYMENT),
        ),
        Kind(singular="region", plural="regions", message="Region", segments=(REGION,)),
        Kind(
            singular="resource",
            plural="resources",
            message="Resource",
            segments=(SERVICE, RESOURCE),
        ),
        Kind(
            singular="service",
            plural="services",
            message="Service",
            segments=(SERVICE,),
            name_view=("name", "display_name"),
        ),
    )
}
"""The four kinds by their plurals."""
