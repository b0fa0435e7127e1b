"""The served world as the meta API shows it: what is deployed where, and how it is doing.

Regions are sites, services the simulated APIs, deployments an API at a site, resources the kinds of
assets at the site. Faults, and dispatches that run, show in labels and annotations while they last.
Written when the world has come to rest with something changed, never because time has passed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.microgrid.scenario_base import from_us
from simulator.services.meta import KINDS, Registry, Stored, Upsert

if TYPE_CHECKING:
    from simulator.microgrid.faults import Fault
    from simulator.microgrid.record import Occurrence
    from simulator.microgrid.scenario import Meta, Scenario
    from simulator.server.site import Site

DOMAIN: Final = "gridproof.dev"
"""What the names of our services end with."""
_CONTINENTS: Final = ("Africa", "America", "Antarctica", "Asia", "Australia", "Europe")
_LONGEST_ID: Final = 30
_CUTS: Final = frozenset({"grid_outage", "breaker_trip"})
"""Faults that take the grid away from a site."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """An API that the server shows to the world."""

    name: str
    """Short name: `dispatch`."""
    title: str
    version: str
    """`v1`, as in its package."""
    devices: bool = False
    """Whether the devices of the site are its resources."""
    resources: tuple[str, ...] = ()
    """Its own kinds of resources, singular, in CamelCase."""


SERVED: Final = {
    "dispatch": Served(
        name="dispatch",
        title="Dispatches of microgrids",
        version="v1",
        devices=True,
        resources=("Dispatch",),
    ),
    "meta": Served(
        name="meta",
        title="Registry of deployments",
        version="v1alpha2",
        resources=("Deployment", "Region", "Resource", "Service"),
    ),
    "services": Served(
        name="services",
        title="Drivers, automations and systems",
        version="v1",
        resources=("Service",),
    ),
    "tasks": Served(name="tasks", title="Work orders", version="v3", resources=("Task", "Type")),
    "exchange": Served(
        name="exchange",
        title="Files and time series, shared",
        version="v1",
        resources=("Collaborative", "DataStore", "TimeSeriesDb"),
    ),
}
"""How the APIs show in the registry, by the name that `--services` knows."""


class WorldRegistry:
    """Keeps a registry true to a site.

    Args:
        registry: written to.
        served: the APIs that are deployed at the site.
    """

    def __init__(self, registry: Registry, served: Sequence[Served]) -> None:
        self._registry = registry
        self._served = served
        self._site: Site | None = None
        self._scenario: Scenario | None = None
        self._ours: dict[str, Stored | None] = {}
        self._shown: object = None
        self._running: list[Occurrence] = []
        self._latest: Occurrence | None = None

    def begin(self, site: Site, scenario: Scenario) -> None:
        """Show a site, and from now on what happens to it."""
        self._site, self._scenario = site, scenario
        self._running, self._latest = [], None
        self.restore()

    def restore(self) -> None:
        """Let the registry hold what the world says, and nothing else."""
        self._registry.clear()
        self._ours.clear()
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        """Write what has changed since the last time, as one revision; nothing if nothing has.

        A resource that someone else has written or removed meanwhile is left to them.
        """
        if self._site is None or self._scenario is None:
            return
        life = self._life(self._site)
        if life == self._shown:
            return
        self._shown = life
        upserts = [
            Upsert(message=message)
            for message in resources(self._scenario, self._served, life)
            if self._differs(message)
        ]
        self._registry.apply(upserts)
        for upsert in upserts:
            self._ours[upsert.message.name] = self._registry.get(upsert.message.name)

    def _differs(self, message: Any) -> bool:
        if message.name not in self._ours:
            return True
        stored = self._registry.get(message.name)
        if stored is None or stored is not self._ours[message.name]:
            return False
        shown, wanted = stored.message.metadata, message.metadata
        return dict(shown.labels) != dict(wanted.labels) or dict(shown.annotations) != dict(
            wanted.annotations
        )

    def _life(self, site: Site) -> Life:
        """Return what of the world's state the registry shows."""
        new: list[Occurrence] = []
        for occurrence in reversed(site.world.occurrences):
            if occurrence is self._latest:
                break
            new.append(occurrence)
        if new:
            self._latest = new[0]
        self._running = [each for each in (*self._running, *reversed(new)) if each.end_us is None]
        return Life(
            grid=_grid(site),
            faults=dict(site.world.faults),
            running=tuple((each.dispatch_id, each.index, each.type) for each in self._running),
            latest_us=None if self._latest is None else self._latest.start_us,
        )


@dataclass(frozen=True, kw_only=True)
class Life:
    """How a site is doing."""

    grid: str
    """`connected`, `outage` while faults or a stopped driver keep it away, `none` = an island that
    never has any."""
    faults: Mapping[int, Fault]
    """In force, by id."""
    running: tuple[tuple[int, int, str], ...]
    """Dispatches that run: id, which time it is, type."""
    latest_us: int | None
    """When the latest one started."""


def _grid(site: Site) -> str:
    world = site.world
    points = [
        each.id for each in world.scenario.components if each.category == "grid_connection_point"
    ]
    if not points:
        return "none"
    is_cut = any(fault.kind in _CUTS for fault in world.faults.values())
    return "outage" if is_cut or world.driving.is_stopped(points[0]) else "connected"


def resources(scenario: Scenario, served: Sequence[Served], life: Life) -> Iterator[Any]:
    """Yield what the registry holds for a site, in a fixed order, as messages of the meta API."""
    region = f"regions/{region_id(scenario.meta.name)}"
    yield _region(region, scenario, life)
    for api in served:
        service = f"services/{api.name}.{DOMAIN}"
        yield _message(
            "services",
            name=service,
            display_name=api.title,
            current_version=api.version,
            all_versions=[api.version],
        )
        yield _deployment(f"{region}/deployments/{api.name}", service, api, life)
        for singular in api.resources:
            yield _resource(service, api, singular)
        if api.devices:
            yield from _devices(service, api, scenario, life)


def region_id(name: str) -> str:
    """Return a legal region id that reads like the name of a site (seed 003, Region.name)."""
    plain = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
    if not plain[:1].isalpha():
        plain = f"site-{plain}".rstrip("-")
    short = plain[:_LONGEST_ID].rstrip("-")
    return short if len(short) > 1 else f"site-{short}"


def _region(name: str, scenario: Scenario, life: Life) -> Any:
    meta = scenario.meta
    kinds = Counter(fault.kind for fault in life.faults.values())
    return _message(
        "regions",
        name=name,
        title=meta.name,
        domain=f"{name.rpartition('/')[2]}.{DOMAIN}",
        location=_location(meta),
        is_default=True,
        labels={
            "microgrid_id": str(meta.microgrid_id),
            "state": "faulty" if kinds else "ok",
            "grid": life.grid,
        },
        annotations={
            "about": meta.description,
            "zone": meta.zone,
            **{f"fault/{kind}": str(count) for kind, count in kinds.items()},
        },
    )


def _location(meta: Meta) -> dict[str, str] | None:
    """Return what a scenario tells about where its site is: zone and calendar of holidays."""
    place, _, _ = meta.zone.partition("/")
    known = {
        "continent": place if place in _CONTINENTS else "",
        "country": getattr(meta.holidays, "country", ""),
    }
    return known if any(known.values()) else None


def _deployment(name: str, service: str, api: Served, life: Life) -> Any:
    labels, annotations = {"api": api.name}, {}
    if api.devices:
        labels["running"] = str(len(life.running))
        annotations = {f"dispatch/{id_}": kind for id_, _, kind in life.running}
        if life.latest_us is not None:
            annotations["latest_start"] = from_us(life.latest_us).isoformat().replace("+00:00", "Z")
    return _message(
        "deployments", name=name, service=service, labels=labels, annotations=annotations
    )


def _devices(service: str, api: Served, scenario: Scenario, life: Life) -> Iterator[Any]:
    """Yield a resource for each category of components, with the faults of its components."""
    for category in sorted({component.category for component in scenario.components}):
        ids = [each.id for each in scenario.components if each.category == category]
        hit = {
            f"component/{component_id}": ",".join(kinds)
            for component_id in ids
            if (kinds := _faults_of(component_id, life))
        }
        yield _resource(
            service,
            api,
            _camel(category),
            labels={"components": str(len(ids)), "state": "faulty" if hit else "ok"},
            annotations=hit,
        )


def _faults_of(component_id: int, life: Life) -> list[str]:
    return sorted(
        {fault.kind for fault in life.faults.values() if component_id in fault.component_ids}
    )


def _resource(service: str, api: Served, singular: str, **metadata: Mapping[str, str]) -> Any:
    return _message(
        "resources",
        name=f"{service}/resources/{singular}",
        plural_name=_plural(singular[:1].lower() + singular[1:]),
        fqn=f"{api.name}.{DOMAIN}/{singular}",
        is_regional=api.devices,
        **metadata,
    )


def _message(
    plural: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> Any:
    metadata = {"labels": dict(labels or {}), "annotations": dict(annotations or {})}
    return KINDS[plural].message(metadata=metadata, **fields)


def _camel(category: str) -> str:
    """Return `EvCharger` for `ev_charger`; an abbreviation stays one word."""
    return "".join(part.capitalize() for part in category.split("_"))


def _plural(word: str) -> str:
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"
