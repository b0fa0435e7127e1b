"""The simulated site over time: the event loop, and everything that happens to it from outside.

At each event the continuous states are settled in closed form, then something changes, then powers
are solved anew; events at the same instant are solved once, after the last of them. Between events
nothing runs: readings evaluate the segment in progress. Only one owner may call a world at a time.
"""

from collections import deque
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from .agenda import Agenda, Class, Happening
from .breakdowns import Breakdowns
from .dispatch import Dispatch
from .driving import Driving
from .effect import Effect
from .faults import Conditions, Fault
from .feed import Feed
from .governor import Governor
from .inputs import build
from .lifecycle import Lifecycle
from .meter_full import FullMeter
from .midnight import Midnight
from .obis import registers
from .profile import Build, rows
from .record import ComponentInfo, Occurrence, Record
from .recorder import Recorder
from .repairs import Repairs
from .running import Admit, Running
from .selection import Selection, select
from .sessions import Sessions
from .site import site_of
from .telemetry import Distortion, Reading, read
from .units import NEVER_US, S_PER_H, S_PER_US
from .watch import Watch

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["World"]

_KEPT = 10_000
"""Events and occurrences that an unrecorded world remembers."""


class World:
    """A site with its dispatches and faults, standing at one instant.

    With `end_us` the run covers `[start_us, end_us)` and is recorded; without, the world goes on
    and remembers only registers and its latest events, unless `record` says otherwise. `columns`:
    those of the segments that are kept beside their moments, None = all. `inputs` replaces the
    scenario's own profiles. Schedule and faults of the scenario are in force from the start.

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
        record: bool | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        if end_us is not None and end_us <= start_us:
            raise ValueError(f"a run ends after its start, {end_us} is not after {start_us}")
        self.scenario = scenario
        self.seed = seed
        self.start_us = start_us
        self.end_us = end_us
        self.now_us = start_us
        """Up to here everything has happened."""
        self._site = site_of(scenario, start_us)
        self._keep = end_us is not None if record is None else record
        self._recorder = Recorder(self._site, start_us, keep=self._keep, names=columns)
        self.events: MutableSequence[dict[str, Any]] = self._memory()
        """The event log, in order; bounded when unrecorded."""
        self.occurrences: MutableSequence[Occurrence] = self._memory()
        """In order of their starts; bounded when unrecorded."""
        self.observers: list[Callable[[Mapping[str, Any]], None]] = []
        """Told each entry of the event log, in the middle of the world's work: they may note it,
        not act on the world."""
        self._agenda = Agenda(start_us)
        self._governor = Governor(scenario, self._site, self, keep=self._keep)
        self._life = Lifecycle(
            self._agenda, self, until_inclusive=scenario.meta.until_inclusive, end_us=end_us
        )
        self._breakdowns = Breakdowns(
            self._agenda,
            self,
            self._site.graph.nodes,
            self._site.graph.behind,
            self.true_reading,
            distortion := Distortion(seed, self._site.errors),
        )
        # The segment in progress began here; what follows was true then.
        self._since_us = start_us
        self._stale_plan = self._stale = self._stale_shadow = True
        self._stale_devices = False
        self._wake_us = NEVER_US
        self._timer = Happening(self._agenda, Class.DEVICE, 0, self._wake)
        self._steps = 0
        stream = rows(inputs or partial(build, scenario), self._site.input_names, start_us, end_us)
        self._feed = Feed(self._site, stream, self._agenda, self)
        sessions = Sessions(
            scenario, self._site, self._agenda, self, seed=seed, start_us=start_us, end_us=end_us
        )
        Midnight(scenario, self._site, self._agenda, self, end_us)
        self.driving = Driving(
            scenario,
            self._site,
            self,
            breakdowns=self._breakdowns,
            feed=self._feed,
            sessions=sessions,
            errors=distortion.errors,
        )
        """What drivers do to their devices."""
        self.repairs = Repairs(
            self._site, self, self._breakdowns, distortion, self.driving, self.true_reading
        )
        """What brings broken devices back."""
        self.watch = Watch(scenario, self._site, self._agenda, self, self._breakdowns, self.driving)
        """Notices conditions once it was told to."""
        for entry in scenario.faults:
            self._breakdowns.add(entry.to_fault())
        for dispatch in sorted(scenario.schedule(), key=lambda each: each.id):
            self._life.put(dispatch, start_us)
        self._happen(start_us)

    def _memory(self) -> MutableSequence[Any]:
        return [] if self._keep else deque(maxlen=_KEPT)

    # Time

    def advance(self, to_us: int, pause: Callable[[], bool] | None = None) -> None:
        """Let everything happen that is due up to and including an instant.

        How often this is called makes no difference to anything but `now_us`. Stops sooner, at the
        first event after which `pause` says so. ValueError for an instant in the past, or after the
        end of the run.
        """
        if to_us < self.now_us:
            raise ValueError(f"the world stands at {self.now_us} and does not go back to {to_us}")
        if self.end_us is not None and to_us > self.end_us:
            raise ValueError(f"the run ends at {self.end_us}, before {to_us}")
        queue = self._agenda.queue
        while queue and queue[0][0] <= to_us:
            self._happen(queue[0][0])
            if pause is not None and pause():
                return
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
        if self.watch.is_on:
            self.watch.look()
        # A device event that comes after something else is not worth a place in the queue: it
        # will be looked at again then.
        wake_us, timer = self._wake_us, self._timer
        if wake_us < NEVER_US and not timer.callbacks and (not queue or wake_us <= queue[0][0]):
            self._timer = agenda.again(wake_us, timer)

    def _wake(self, _event: Event) -> None:
        """A state of charge is reached, or the controller's cycle is due."""
        self._settle()
        if self._governor.may_resume(self.now_us):
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
        self._recorder.settle(now_us, t, t / S_PER_H)
        governor = self._governor
        if governor.plan.is_accounted:
            governor.book(t)
        if governor.shadow.dry:
            governor.shadow.settle(now_us)
            self._stale_shadow = True
        self._since_us = now_us

    def _solve(self) -> None:
        site, governor = self._site, self._governor
        if self._stale_plan:
            governor.arbitrate(self._life.running.values(), self._breakdowns.conditions)
            self._recorder.follow()
            self._stale_plan = False
        if self._stale:
            self._feed.serve(governor.decide(self._feed.wanted_w, self.now_us))
        else:
            for device in site.devices:
                if not device.is_steady:
                    device.resume()
        self._stale = self._stale_devices = False
        for node in site.nodes:
            node.solve()
        self._wake_us = governor.wake_us(self._feed.load_w, self.now_us)
        if self._timer.callbacks:
            self._agenda.cancel(self._timer)

    def _solve_shadow(self) -> None:
        self._stale_shadow = False
        self._governor.rehearse(
            self._life.running.values(),
            self._breakdowns.conditions,
            self._feed.wanted_w,
            self._since_us,
            self.now_us,
        )

    # Dispatches

    def put(self, dispatch: Dispatch) -> None:
        """Create or update a dispatch, effective now."""
        self._life.put(dispatch, self.now_us)
        self._happen(self.now_us)

    def remove(self, dispatch_id: int) -> None:
        """Delete a dispatch, effective now; KeyError if the world does not know it."""
        self._life.remove(dispatch_id, self.now_us)
        self._happen(self.now_us)

    def admit(self, admit: Admit | None) -> None:
        """Let a dispatch have effect only as far as a function says; None = always (the default).

        Takes effect now, also on what runs.
        """
        self._life.admit(admit)
        self._happen(self.now_us)

    # What the parts ask of the world (see their `Host`)

    def log(self, event: str, **details: Any) -> None:
        """Append to the event log at the current instant."""
        entry = {"t_us": self.now_us, "event": event, **details}
        self.events.append(entry)
        for observer in self.observers:
            observer(entry)

    def touch(self, *, dry_run: bool) -> None:
        """Settle up to now, because what is in force changes."""
        if dry_run:
            self._governor.shadow.settle(self.now_us)
        else:
            self._settle()
            self._stale = self._stale_plan = True
        self._stale_shadow = True

    def disturb(self) -> None:
        """Settle up to now, because powers change."""
        self._settle()
        self._stale = True

    def close(self, occurrence: Occurrence) -> None:
        """Take note that an occurrence has ended."""
        self.watch.note(occurrence)

    def act(self) -> None:
        """Let what was changed from outside take effect now."""
        self._happen(self.now_us)

    def shade(self, conditions: Conditions) -> None:
        """Let faults take away from the inputs."""
        self._feed.shade(conditions.by_component)

    def no_show(self, component_id: int) -> float:
        """Return the probability that a vehicle stays away from a charging point."""
        return self._breakdowns.conditions.of(component_id).no_show

    def open(self, occurrence: Occurrence) -> None:
        """Take a new occurrence into the record."""
        self.occurrences.append(occurrence)

    def latch(self, running: Running) -> None:
        """Keep the state that a latching switch sets."""
        self._governor.latch(running)

    def select(self, dispatch: Dispatch) -> Selection:
        """Resolve the target of a dispatch."""
        site = self._site
        return select(dispatch.target, site.graph, site.device_of, site.devices)

    def acting(self, selection: Selection, effect: Effect) -> Selection:
        """Return what of a selection an effect can do something with."""
        return selection.for_effect(effect, self._site.devices)

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
        return self._breakdowns.distort(self.true_reading(component_id))

    def registers(self, component_id: int) -> Mapping[str, float]:
        """Return the registers of a meter now, by OBIS code; KeyError for anything else.

        Empty when nothing arrives from it.
        """
        return self._registers(self.reading(component_id))

    def _registers(self, reading: Reading) -> Mapping[str, float]:
        return registers(
            reading,
            voltage_v=self.scenario.voltage_v,
            line_ohm=self._site.line_ohm[reading.component_id],
            per_phase=self.scenario.meta.phase_accounting == "per_phase",
            frequency_hz=self.driving.frequency_hz(self.seed, reading.t_us),
        )

    def true_reading(self, component_id: int) -> Reading:
        """Return what a component would report now if nothing bent its readings; KeyError as above.

        The truth is for reports and tests; what acts on the site knows `reading` alone.
        """
        t = (self.now_us - self._since_us) * S_PER_US
        return read(self._site, component_id, self.now_us, t)

    def finish(self) -> Record:
        """End the run, at its end or where an endless world stands, and return its record."""
        if self.end_us is not None:
            self.advance(self.end_us)
        self._settle()
        self._governor.shadow.settle(self.now_us)
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
            shadow=self._governor.shadow.rows,
            totals=recorder.totals(),
            registers={
                node.component_id: self._registers(self.true_reading(node.component_id))
                for node in self._site.nodes
                if isinstance(node, FullMeter)
            },
            events=list(self.events),
            occurrences=list(self.occurrences),
            metadata=recorder.metadata(self.scenario, steps=self._steps),
        )
