"""The discrete part of a run, known before any physics: what is in force when, and who visits.

No dispatch, vehicle or input depends on the state of a battery, so the life cycle and the sessions
of the microgrid are played alone, on their own event queue, and what they change is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import numpy as np

from simulator.microgrid.agenda import Agenda
from simulator.microgrid.charger import Charger
from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.effect import Effect
from simulator.microgrid.lifecycle import Lifecycle
from simulator.microgrid.record import Occurrence
from simulator.microgrid.running import Running
from simulator.microgrid.selection import Selection, select
from simulator.microgrid.sessions import Sessions
from simulator.microgrid.site import Site

from . import columns as k
from .case import Case
from .memory import Floats

__all__ = ["Change", "Script", "Visit", "script_of"]


@dataclass(frozen=True, slots=True)
class Force:
    """A dispatch in force: the running one, and the power that it asks for now."""

    running: Running
    power_w: float


@dataclass(frozen=True, slots=True)
class Change:
    """From a moment on, other dispatches are in force."""

    t_us: int
    running: tuple[Force, ...]
    latched: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A vehicle comes (with what it brings along) or leaves (`stay` is None)."""

    t_us: int
    device: int
    stay: Floats | None


@dataclass(frozen=True, eq=False)
class Script:
    """Everything discrete that happens in a run, in order."""

    distinct: tuple[Change, ...]
    """What is in force, every set of it once."""
    changes: tuple[tuple[int, int, dict[int, int]], ...]
    """Moment, which of them is in force from then on, and the occurrence of each of its
    dispatches by position; the first one at the start of the run."""
    visits: tuple[Visit, ...]
    events: tuple[dict[str, Any], ...]
    """The log as far as it is known; those that leave come without their energies."""
    occurrences: tuple[Occurrence, ...]

    @cached_property
    def wanted_wh(self) -> tuple[float, ...]:
        """What each of the vehicles that leave wanted."""
        return tuple(each["wanted_wh"] for each in self.events if each["event"] == "EV_LEFT")


def script_of(case: Case, site: Site) -> Script:
    """Play the discrete part of a case for a site that was built from its scenario."""
    player = _Player(case, site)
    return player.play()


class _Player:
    """Host of life cycle and sessions."""

    def __init__(self, case: Case, site: Site) -> None:
        self.now_us = case.start_us
        self._case = case
        self._site = site
        self._agenda = Agenda(case.start_us)
        self._latched: dict[int, bool] = {}
        self._events: list[dict[str, Any]] = []
        self._occurrences: list[Occurrence] = []
        self._changes: list[Change] = []
        self._visits: list[Visit] = []
        self._touched = True
        self._life = Lifecycle(
            self._agenda,
            self,
            until_inclusive=case.scenario.meta.until_inclusive,
            end_us=case.end_us,
        )
        Sessions(
            case.scenario,
            site,
            self._agenda,
            self,
            seed=case.seed,
            start_us=case.start_us,
            end_us=case.end_us,
        )
        if case.schedule is None:
            for dispatch in sorted(case.dispatches, key=lambda each: each.id):
                self._life.put(dispatch, case.start_us)

    def play(self) -> Script:
        queue, end_us = self._agenda.queue, self._case.end_us
        self._happen(self.now_us)
        for dispatch in self._case.schedule or ():
            # As `reference.py`: one after the other.
            self._life.put(dispatch, self.now_us)
            self._happen(self.now_us)
        while queue and queue[0][0] <= end_us:
            self._happen(queue[0][0])
        self._life.finish(end_us)
        distinct, changes = _told_apart(self._changes, self._occurrences)
        return Script(
            distinct=distinct,
            changes=changes,
            visits=tuple(self._visits),
            events=tuple(self._events),
            occurrences=tuple(self._occurrences),
        )

    def _happen(self, t_us: int) -> None:
        queue = self._agenda.queue
        self.now_us = t_us
        while queue and queue[0][0] == t_us:
            self._agenda.step()
        if self._touched:
            self._touched = False
            running = tuple(Force(each, each.power_w) for each in self._life.running.values())
            self._changes.append(Change(t_us, running, tuple(sorted(self._latched.items()))))

    # What the life cycle asks of its host

    def log(self, event: str, **details: Any) -> None:
        """Write to the log; vehicles are noticed here, too."""
        self._events.append({"t_us": self.now_us, "event": event, **details})
        if event == "EV_ARRIVED":
            place = self._site.device_of[details["component_id"]]
            charger = self._site.devices[place]
            assert isinstance(charger, Charger)
            self._visits.append(Visit(self.now_us, place, _stay(charger)))
        elif event == "EV_LEFT":
            place = self._site.device_of[details["component_id"]]
            self._visits.append(Visit(self.now_us, place, None))

    def touch(self, *, dry_run: bool) -> None:
        """Note that what is in force changes."""
        self._touched = True

    def disturb(self) -> None:
        """Powers change; visits say so themselves."""

    def close(self, occurrence: Occurrence) -> None:
        """An occurrence is over; its account is filled in later."""

    def no_show(self, component_id: int) -> float:
        """Nobody stays away: that would be a fault, and those are not covered."""
        return 0.0

    def open(self, occurrence: Occurrence) -> None:
        """Take a new occurrence into the record."""
        self._occurrences.append(occurrence)

    def latch(self, running: Running) -> None:
        """Keep the state that a latching switch sets."""
        effect = running.effect
        if effect.kind != "switch" or not effect.latch:
            return
        ids = [self._site.devices[i].component_id for i in running.selection.devices]
        if running.selection.site:
            ids.append(0)
        self._latched.update(dict.fromkeys(ids, effect.on))

    def select(self, dispatch: Dispatch) -> Selection:
        """Resolve the target of a dispatch."""
        site = self._site
        return select(dispatch.target, site.graph, site.device_of, site.devices)

    def acting(self, selection: Selection, effect: Effect) -> Selection:
        """Return what of a selection an effect can do something with."""
        return selection.for_effect(effect, self._site.devices)


def _told_apart(
    changes: Sequence[Change], occurrences: Sequence[Occurrence]
) -> tuple[tuple[Change, ...], tuple[tuple[int, int, dict[int, int]], ...]]:
    """Return the distinct sets of what is in force, and when each of them is.

    Of the starts of what is in force only their order counts.
    """
    row_of = {id(each): i for i, each in enumerate(occurrences)}
    distinct: dict[Any, tuple[int, Change]] = {}
    found = []
    for change in changes:
        starts = sorted({each.running.start_us for each in change.running})
        key = (
            tuple(
                (each.running.dispatch_id, each.power_w, starts.index(each.running.start_us))
                for each in change.running
            ),
            change.latched,
        )
        place, _ = distinct.setdefault(key, (len(distinct), change))
        rows = {e.running.dispatch_id: row_of[id(e.running.occurrence)] for e in change.running}
        found.append((change.t_us, place, rows))
    return tuple(change for _, change in distinct.values()), tuple(found)


def _stay(charger: Charger) -> Floats:
    """Return what a vehicle brings along."""
    vehicle = charger.vehicle
    assert vehicle is not None
    battery = vehicle.battery
    stay = np.full(k.N_STAY, nan)
    stay[k.V_STORED] = battery.energy_wh
    stay[k.V_CAPACITY] = battery.capacity_wh
    stay[k.V_TAPER] = battery.e_taper_high
    stay[k.V_CHARGE_W] = battery.charge_w
    stay[k.V_E_C] = battery.e_c
    stay[k.V_GOAL] = vehicle.goal_wh
    stay[k.V_FLOOR] = vehicle.floor_w
    stay[k.V_LEFT_S] = vehicle.left_s
    return stay
