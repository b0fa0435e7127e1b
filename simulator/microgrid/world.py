"""The simulated site over time: the event loop, and everything that happens to it from outside.

At each event the continuous states are settled in closed form, then something changes, then powers
are solved anew; events at the same instant are solved once, after the last of them. Between events
nothing runs: readings evaluate the segment in progress. Only one owner may call a world at a time.
"""

from collections import deque
from collections.abc import Mapping, MutableSequence
from functools import partial
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from .accounts import book
from .agenda import Agenda, Class
from .arbitration import Base, Plan, arbitrate
from .breakdowns import Breakdowns
from .controller import Sharing, cycle_us, decide, impose, review_s
from .dispatch import Dispatch
from .faults import Fault
from .feed import Feed
from .inputs import build
from .lifecycle import Lifecycle
from .profile import Build, rows
from .record import ComponentInfo, Occurrence, Record
from .recorder import Recorder
from .running import Running
from .selection import Selection, select
from .shadow import ShadowBook
from .site import site_of
from .telemetry import Reading, read
from .units import S_PER_H, S_PER_US, US_PER_S

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["World"]

_KEPT = 10_000
"""Events and occurrences that an unrecorded world remembers."""
_EDGES = frozenset({"taper", "window"})


class World:
    """A site with its dispatches and faults, standing at one instant.

    With `end_us` the run covers `[start_us, end_us)` and is recorded; without, the world goes on
    and remembers only registers and its latest events. `inputs` replaces the scenario's own
    profiles. The schedule and the faults of the scenario are in force from the start.

    Raises:
        GraphError, Unsupported: the site cannot be simulated.
        InputError: a profile cannot be built.
    """

    def __init__(
        self,
        scenario: "Scenario",
        *,
        seed: int,
        start_us: int,
        end_us: int | None = None,
        inputs: Build | None = None,
    ) -> None:
        if end_us is not None and end_us <= start_us:
            raise ValueError(f"a run ends after its start, {end_us} is not after {start_us}")
        meta, base = scenario.meta, scenario.base_strategy
        self.scenario = scenario
        self.seed = seed
        self.start_us = start_us
        self.end_us = end_us
        self.now_us = start_us
        """Up to here everything has happened."""
        self._site = site_of(scenario)
        self._recorder = Recorder(self._site, keep=end_us is not None)
        self.events: MutableSequence[dict[str, Any]] = self._memory()
        """The event log, in order; bounded when unrecorded."""
        self.occurrences: MutableSequence[Occurrence] = self._memory()
        """In order of their starts; bounded when unrecorded."""
        self._agenda = Agenda(start_us)
        self._control_us = meta.control_s * US_PER_S
        self._sharing = Sharing(strategy=meta.sharing, exponent=meta.sharing_exponent)
        self._add_equal = meta.arbitration == "sum"
        self._base = Base(
            balance=base.kind == "self_consumption",
            reserve_soc=base.reserve_soc or 0.0,
            grid_charge=base.grid_charge,
        )
        self._latched: dict[int, bool] = {}
        self._shadow = ShadowBook(
            self._site.devices,
            self._base,
            self._sharing,
            add_equal=self._add_equal,
            keep=end_us is not None,
        )
        self._life = Lifecycle(
            self._agenda, self, until_inclusive=meta.until_inclusive, end_us=end_us
        )
        self._breakdowns = Breakdowns(
            self._agenda, self, self._site.graph.nodes, self._true_reading
        )
        self._conflicts: tuple[int, ...] = ()
        self._plan = self._arbitrate()
        # The segment in progress began here; what follows was true then.
        self._since_us = start_us
        self._stale_plan = self._stale = self._stale_shadow = True
        self._stale_devices = self._confined = False
        self._decided_us = start_us
        self._is_shared = len(self._site.storages) > 1
        self._wake_us: int | None = None
        self._timer: Event | None = None
        self._outside = False
        self._steps = 0
        stream = rows(inputs or partial(build, scenario), self._site.input_names, start_us, end_us)
        self._feed = Feed(self._site, stream, self._agenda, self)
        for entry in scenario.faults:
            self._breakdowns.add(entry.to_fault())
        for dispatch in sorted(scenario.schedule(), key=lambda each: each.id):
            self._life.put(dispatch, start_us)
        self._happen(start_us)

    def _memory(self) -> MutableSequence[Any]:
        return [] if self.end_us is not None else deque(maxlen=_KEPT)

    # Time

    def advance(self, to_us: int) -> None:
        """Let everything happen that is due up to and including an instant.

        How often this is called makes no difference to anything but `now_us`. ValueError for an
        instant in the past, or after the end of the run.
        """
        if to_us < self.now_us:
            raise ValueError(f"the world stands at {self.now_us} and does not go back to {to_us}")
        if self.end_us is not None and to_us > self.end_us:
            raise ValueError(f"the run ends at {self.end_us}, before {to_us}")
        queue = self._agenda.queue
        while queue and queue[0][0] <= to_us:
            self._happen(queue[0][0])
        self.now_us = to_us

    def next_event_us(self) -> int | None:
        """Return when something happens next, as far as is known now; None = nothing ahead."""
        return self._agenda.next_us()

    def _happen(self, t_us: int) -> None:
        """Process everything due at one instant, then solve if anything changed."""
        agenda = self._agenda
        queue = agenda.queue
        self.now_us = t_us
        while queue and queue[0][0] == t_us:
            agenda.step()
            self._steps += 1
        if self._stale or self._stale_devices:
            self._solve()
        if self._stale_shadow:
            self._solve_shadow()
        # A device event that comes after something else is not worth a place in the queue: it
        # will be looked at again then.
        wake_us = self._wake_us
        if wake_us is not None and self._timer is None and (not queue or wake_us <= queue[0][0]):
            self._timer = agenda.at(wake_us, Class.DEVICE, 0, self._wake)

    def _wake(self, _event: Event) -> None:
        """A state of charge is reached, or the controller's cycle is due."""
        self._timer = None
        self._settle()
        if self._is_shared and self.now_us - self._decided_us < US_PER_S:
            # Batteries that reach their limits one after the other must not make the controller
            # decide ever faster: they go on with what they were told.
            self._stale_devices = True
        else:
            self._stale = True

    # Settle and solve

    def _settle(self) -> None:
        """Advance every state from its last time to now and book the segment."""
        since_us, now_us = self._since_us, self.now_us
        if now_us <= since_us:
            return
        t = (now_us - since_us) * S_PER_US
        self._recorder.settle(since_us, now_us, t, t / S_PER_H)
        if self._plan.is_accounted:
            site = self._site
            book(self._plan, site.storages, site.generators, site.grid.p, t)
        if self._shadow.dry:
            self._shadow.settle(now_us)
            self._stale_shadow = True
        self._since_us = now_us

    def _solve(self) -> None:
        site, now_us = self._site, self.now_us
        if self._stale_plan:
            self._plan = self._arbitrate()
            impose(self._plan, site.storages, site.generators)
            self._feed.serve(outage=self._plan.outage)
            self._stale_plan = False
        plan = self._plan
        if self._stale:
            self._decided_us = now_us
            self._confined = decide(
                plan, site.storages, site.generators, self._feed.load_w, self._sharing
            )
        else:
            for storage in site.storages:
                storage.resume()
        self._stale = self._stale_devices = False
        for node in site.nodes:
            node.solve()
        hit_s = inf
        tapering = False
        for storage in site.storages:
            if storage.hit_s < hit_s:
                hit_s = storage.hit_s
            if storage.terms:
                tapering = True
            cause = storage.cause if storage.cause in _EDGES else ""
            if storage.edge != cause:
                storage.edge = cause
                if cause:
                    edge = f"{cause}_{'high' if storage.request_w > 0.0 else 'low'}"
                    self.log("THRESHOLD", component_id=storage.component_id, reason=edge)
        if self._confined or self._outside:
            self._check_limits(site.grid.p)
        wake_us = None if hit_s == inf else now_us + max(ceil(hit_s * US_PER_S), 1)
        if self._control_us and (tapering or self._is_shared):
            after_s = review_s(
                plan,
                site.storages,
                site.generators,
                self._feed.load_w,
                self._sharing,
                confined=self._confined,
            )
            due_us = cycle_us(now_us, after_s, self._control_us)
            if due_us is not None and (wake_us is None or due_us < wake_us):
                wake_us = due_us
        self._wake_us = wake_us
        if self._timer is not None:
            self._agenda.cancel(self._timer)
            self._timer = None

    def _arbitrate(self) -> Plan:
        plan = arbitrate(
            [each for each in self._life.running.values() if not each.dry_run],
            self._site.devices,
            self._breakdowns.conditions,
            self._base,
            self._latched,
            add_equal=self._add_equal,
        )
        for component_id in plan.conflicts:
            if component_id not in self._conflicts:
                self.log("LIMIT_CONFLICT", component_id=component_id or self._site.graph.root)
        self._conflicts = plan.conflicts
        return plan

    def _solve_shadow(self) -> None:
        self._stale_shadow = False
        self._shadow.settle(self.now_us)
        self._shadow.solve(
            self._life.running,
            self._breakdowns.conditions,
            self._site.storages,
            self._site.generators,
            self._feed.load_w,
            (self.now_us - self._since_us) * S_PER_US,
        )

    def _check_limits(self, power: float) -> None:
        slack = 1e-6 + 1e-9 * abs(power)
        excess = max(power - self._plan.site_high_w, self._plan.site_low_w - power)
        outside = excess > slack
        if outside != self._outside:
            self._outside = outside
            self.log("SITE_LIMIT_EXCEEDED" if outside else "SITE_LIMIT_KEPT", power_w=power)

    # Dispatches

    def put(self, dispatch: Dispatch) -> None:
        """Create or update a dispatch, effective now."""
        self._life.put(dispatch, self.now_us)
        self._happen(self.now_us)

    def remove(self, dispatch_id: int) -> None:
        """Delete a dispatch, effective now; KeyError if the world does not know it."""
        self._life.remove(dispatch_id, self.now_us)
        self._happen(self.now_us)

    # What the parts ask of the world (see their `Host`)

    @property
    def storage_count(self) -> int:
        """How many battery inverters there are."""
        return len(self._site.storages)

    def log(self, event: str, **details: Any) -> None:
        """Append to the event log at the current instant."""
        self.events.append({"t_us": self.now_us, "event": event, **details})

    def touch(self, *, dry_run: bool) -> None:
        """Settle up to now, because what is in force changes."""
        if dry_run:
            self._shadow.settle(self.now_us)
        else:
            self._settle()
            self._stale = self._stale_plan = True
        self._stale_shadow = True

    def disturb(self) -> None:
        """Settle up to now, because powers change."""
        self._settle()
        self._stale = True

    def open(self, occurrence: Occurrence) -> None:
        """Take a new occurrence into the record."""
        self.occurrences.append(occurrence)

    def latch(self, running: Running) -> None:
        """Keep the state that a latching switch sets."""
        effect = running.effect
        if effect.kind != "switch" or not effect.latch:
            return
        devices = self._site.devices
        ids = [devices.storages[i].ids[0] for i in running.selection.storages]
        ids += [devices.generators[i].ids[0] for i in running.selection.generators]
        for component_id in ids:
            self._shadow.latched[component_id] = effect.on
            if not running.dry_run:
                self._latched[component_id] = effect.on

    def select(self, dispatch: Dispatch) -> Selection:
        """Resolve the target of a dispatch."""
        site = self._site
        return select(dispatch.target, site.graph, site.storage_of, site.generator_of)

    # Faults

    def inject(self, fault: Fault) -> int:
        """Let something go wrong, now or at its start; return the id to clear it with.

        Raises:
            FaultError: it names components that the site does not have.
        """
        fault_id = self._breakdowns.add(fault)
        self._happen(self.now_us)
        return fault_id

    def clear(self, fault_id: int) -> None:
        """End a fault, or take back one that is still to come; KeyError for an unknown id."""
        self._breakdowns.clear(fault_id)
        self._happen(self.now_us)

    @property
    def faults(self) -> Mapping[int, Fault]:
        """The faults in force by id."""
        return self._breakdowns.active

    # Telemetry and results

    @property
    def components(self) -> tuple[ComponentInfo, ...]:
        """Every component of the site, by ascending id."""
        return self._site.infos

    def reading(self, component_id: int) -> Reading:
        """Return what a component reports now; KeyError if the site does not have it."""
        return self._breakdowns.distort(self._true_reading(component_id))

    def _true_reading(self, component_id: int) -> Reading:
        t = (self.now_us - self._since_us) * S_PER_US
        return read(self._site, component_id, self.now_us, t)

    def finish(self) -> Record:
        """End the run, at its end or where an endless world stands, and return its record."""
        if self.end_us is not None:
            self.advance(self.end_us)
        self._settle()
        self._shadow.settle(self.now_us)
        self._life.finish(self.now_us)
        recorder = self._recorder
        return Record(
            scenario=self.scenario,
            seed=self.seed,
            start_us=self.start_us,
            end_us=self.now_us,
            components=self._site.infos,
            segments=recorder.columns(),
            tapers=recorder.tapers,
            shadow=self._shadow.rows,
            totals=recorder.totals(),
            events=list(self.events),
            occurrences=list(self.occurrences),
            metadata=recorder.metadata(self.scenario, steps=self._steps),
        )
