"""A served site without a server: its world, its APIs and the bridge, its clock moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from simulator.bridge import TENANT
from simulator.microgrid.faults import Fault
from simulator.server.history import History
from simulator.server.settings import Settings

HOUR_US = 3_600_000_000
GRID, MAIN, ROOF, INVERTER, BATTERY, MACHINES, OFFICE = 1, 2, 4, 6, 7, 8, 9
"""Components of the scenario `upkeep`."""
NEW, IN_PROGRESS, COMPLETED = 1, 2, 3
SITES = Path(__file__).parents[3] / "fixtures" / "scenarios"


def scenario(folder: Path, name: str = "upkeep", **sections: Any) -> str:
    """Write a shipped scenario without faults and dispatches, sections replaced; return its path.

    `components` are laid over those of the scenario by their ids, `more` stand beside them.
    """
    plain = yaml.safe_load((SITES / f"{name}.yaml").read_text("utf-8"))
    over = {each["id"]: each for each in sections.pop("components", ())}
    beside = sections.pop("more", [])
    plain |= {"faults": [], "dispatches": [], **sections}
    plain["components"] = [each | over.get(each["id"], {}) for each in plain["components"]]
    plain["components"] += beside
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(plain, sort_keys=False), "utf-8")
    return str(path)


class Bridged:
    """A history and what tests do with it."""

    def __init__(self, name: str, **settings: Any) -> None:
        # Publishing telemetry of weeks takes long, and few tests are about it.
        chosen = {"services": ("services", "tasks"), **settings}
        self.history = History(Settings(factor=0.0, scenario=name, **chosen))
        self.tasks = self.history.tasks

    @property
    def world(self) -> Any:
        return self.history.site.world

    @property
    def bridge(self) -> Any:
        return self.history.bridge

    async def hours(self, hours: float) -> None:
        """Let time pass."""
        clock = self.history.clock
        await self.history.site.follow(clock.now_us() + round(hours * HOUR_US), clock.set)

    def break_(self, kind: str, *component_ids: int, **parameters: Any) -> None:
        """Let something go wrong."""
        self.history.site.inject(Fault(kind=kind, component_ids=component_ids, **parameters))

    def listed(self, state: int | None = None) -> list[Any]:
        """Return the tasks of the site, the oldest first."""
        found = self.tasks.tasks(TENANT)
        return [each for each in found if state is None or each.state == state]

    def ids(self, state: int | None = None) -> list[str]:
        return [each.name.rpartition("/")[2] for each in self.listed(state)]

    async def work(self, task_id: str, /, **given: Any) -> Any:
        """Claim and complete a task."""
        name = f"tenants/{TENANT}/tasks/{task_id}"
        await self.tasks.claim_task(name)
        return await self.tasks.complete_task(name, given)

    def events(self, name: str) -> list[Mapping[str, Any]]:
        return [each for each in self.world.events if each["event"] == name]

    def power(self, component_id: int) -> float:
        """Return the true power of a component now."""
        value = self.world.true_reading(component_id).power_w
        assert value is not None
        return float(value)

    def dump(self) -> bytes:
        """Return every event of the site's tenant, and every task, as bytes."""
        tenant = self.tasks.core.tenants.get(TENANT, "tenant")
        feed = tenant.log.subscribe(after=0, where=None)
        frames: Iterable[bytes] = (change.frame for change in feed.pending())
        return b"\n".join([*frames, *(stored.item for _, stored in tenant.tasks.items())])


@asynccontextmanager
async def bridged(name: str, **settings: Any) -> AsyncIterator[Bridged]:
    """A served site that is closed in the end."""
    made = Bridged(name, **settings)
    try:
        yield made
    finally:
        made.history.close()
