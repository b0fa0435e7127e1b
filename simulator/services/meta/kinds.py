"""The four kinds of resources, as data: names, message classes and methods.

Everything in this package is written once for any kind. What the contract cannot tell stands in
a table here: the patterns of names, what the view NAME shows, and which fields hold names of
other resources (seed 003, resource definitions; published Go client).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fixtures.contracts import Method, load

CONTRACT: Final = load("meta")
PACKAGE: Final = "ntt.meta.v1alpha2"
API: Final = "meta.edgelq.com"

# Protobuf classes of a private pool have no static types; Any keeps that at this edge.
View: Final[Any] = CONTRACT.enum("goten.types.View")
WatchType: Final[Any] = CONTRACT.enum("goten.types.WatchType")


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """One kind of resources. There is one object for each, compared by identity."""

    title: str
    """As in message and method names: `Region`."""
    singular: str
    plural: str
    pattern: str
    """Of names: collections and ids in turns, `regions/{region}/deployments/{deployment}`."""
    message: type[Any]
    service: str
    """Full name of the gRPC service."""
    name_view: tuple[str, ...]
    """The fields that the view NAME shows."""
    references: tuple[tuple[str, str], ...] = ()
    """Paths of fields that hold names, and the plural of the kind that they name."""
    methods: Mapping[str, Method]
    """By `get`, `batch_get`, `list`, `watch_one` and `watch`."""

    @property
    def parent_pattern(self) -> str:
        """Pattern of the parent's name; empty for kinds without parent."""
        return self.pattern.rpartition("/")[0].rpartition("/")[0]

    def permission(self, verb: str) -> str:
        """Full name of the permission for `get`, `batchGet`, `list` or `watch` (seed 003)."""
        return f"services/{API}/permissions/{self.plural}.{verb}"

    def __repr__(self) -> str:
        return f"Kind({self.plural})"


def _kind(
    title: str,
    pattern: str,
    *,
    name_view: tuple[str, ...] = ("name",),
    references: tuple[tuple[str, str], ...] = (),
) -> Kind:
    *_, plural, _ = pattern.split("/")
    service = f"{PACKAGE}.{title}Service"
    methods = CONTRACT.methods(service)
    names = {
        "get": f"Get{title}",
        "batch_get": f"BatchGet{title}s",
        "list": f"List{title}s",
        "watch_one": f"Watch{title}",
        "watch": f"Watch{title}s",
    }
    return Kind(
        title=title,
        singular=title.lower(),
        plural=plural,
        pattern=pattern,
        message=CONTRACT.message(f"{PACKAGE}.{title}"),
        service=service,
        name_view=name_view,
        references=references,
        methods=MappingProxyType({verb: methods[name] for verb, name in names.items()}),
    )


DEPLOYMENTS: Final = _kind(
    "Deployment",
    "regions/{region}/deployments/{deployment}",
    references=(("service", "services"),),
)
REGIONS: Final = _kind(
    "Region", "regions/{region}", references=(("connectivity_scores.dest", "regions"),)
)
RESOURCES: Final = _kind("Resource", "services/{service}/resources/{resource}")
SERVICES: Final = _kind("Service", "services/{service}", name_view=("name", "display_name"))

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.plural: kind for kind in (DEPLOYMENTS, REGIONS, RESOURCES, SERVICES)}
)
"""All kinds by plural."""
