"""What the fast engines do before the physics: site, script, plans, inputs and memory of a case.

Cases of a sweep differ little. What is the same as in the case before is kept, not made anew:
telling that two schedules are equal costs far less than playing one. Where nothing but numbers of
storages differs, next to everything is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulator.microgrid import scenario_components as parts
from simulator.microgrid.record import ComponentInfo
from simulator.microgrid.site import Site, site_of

from .case import Case
from .coverage import uncovered_in_lanes, uncovered_plans
from .memory import Ints, Memory
from .packing import Rows, head_of, pack, rows_of
from .plans import Plans, plans_of
from .script import Script, script_of
from .varying import infos_with, numbers_apart, state_with

__all__ = ["Frame", "Preparation", "Variant"]

Frame = tuple[Any, ...]
"""Equal for cases in which the same happens at the same moments to the same devices."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Variant:
    """A case with what tells it from others of its sweep."""

    case: Case
    site: Site
    """Numbers of storages in it may be those of another variant."""
    infos: tuple[ComponentInfo, ...]
    """Its own components."""
    script: Script
    plans: Plans
    rows: Rows
    head: Memory
    """Its own state only."""
    apart: tuple[str, ...]
    """What of it cannot be run side by side with others, a phrase each."""

    def frame(self, edges: Ints) -> Frame:
        """Return what it has in common with cases that can be run side by side."""
        meta = self.case.scenario.meta
        return (
            *(id(self.script), id(self.rows.t_us), id(edges), meta.control_s, meta.sharing),
            *(self.head.m.tobytes(), len(self.head.w), tuple(each.id for each in self.site.infos)),
        )

    def memory(self, edges: Ints, *, kept: int = 0, with_rows: bool = True) -> Memory:
        """Return its memory, see `pack`."""
        memory = pack(
            self.case,
            self.site,
            self.script,
            self.plans,
            self.rows,
            edges=edges,
            kept=kept,
            with_rows=with_rows,
        )
        memory.w[: len(self.head.w)] = self.head.w
        return memory


@dataclass(slots=True)
class Preparation:
    """Prepares cases, and remembers the last one."""

    check: Callable[[Case], None]
    """Raises if an engine does not cover a case; not asked where only numbers differ."""
    _variant: Variant | None = field(default=None, init=False)
    _memory: tuple[Frame, Variant, Memory] | None = field(default=None, init=False)
    _script: tuple[Any, Script] | None = field(default=None, init=False)
    _rows: tuple[Any, Rows] | None = field(default=None, init=False)

    def variant(self, case: Case) -> Variant:
        """Return a case with its state.

        Raises:
            Unsupported: the scenario has a part that nothing simulates.
            InputError: an input cannot be built.
            EngineError: the engine does not cover it.
        """
        before = self._variant
        ids = None if before is None else numbers_apart(case, before.case)
        if before is None or ids is None:
            self._variant = self._anew(case)
        else:
            state = state_with(ids, case.scenario, before.site, before.head.w)
            self._variant = replace(
                before,
                case=case,
                infos=infos_with(ids, case.scenario, before.infos),
                head=Memory.sealed(before.head.m, state),
            )
        return self._variant

    def _anew(self, case: Case) -> Variant:
        self.check(case)
        site = site_of(case.scenario, case.start_us)
        script = self._script_of(case, site)
        plans = plans_of(case, site, script)
        rows = self._rows_of(case, site)
        head, _ = head_of(case, site, plans)
        head.seal()
        return Variant(
            case=case,
            site=site,
            infos=site.infos,
            script=script,
            plans=plans,
            rows=rows,
            head=head,
            apart=(*uncovered_in_lanes(case), *uncovered_plans(plans)),
        )

    def memory(self, variant: Variant, edges: Ints, *, with_rows: bool = True) -> Memory:
        """Return a fresh memory; what does not differ from the case before is copied."""
        key = (*variant.frame(edges), id(variant.rows), with_rows)
        if self._memory is None or self._memory[0] != key:
            # The variant keeps alive what its frame knows by identity.
            self._memory = (key, variant, variant.memory(edges, with_rows=with_rows))
        pristine = self._memory[2]
        fresh = Memory.sealed(pristine.m.copy(), pristine.w.copy())
        fresh.w[: len(variant.head.w)] = variant.head.w
        return fresh

    def _script_of(self, case: Case, site: Site) -> Script:
        scenario = case.scenario
        key = (
            case.start_us,
            case.end_us,
            case.seed,
            scenario.meta.until_inclusive,
            scenario.meta.zone,
            scenario.meta.holidays,
            scenario.connections,
            tuple((each.id, each.category, each.type_number) for each in scenario.components),
            tuple(each for each in scenario.components if isinstance(each, parts.EvCharger)),
            scenario.voltage_v,
            case.schedule,
            scenario.dispatches,
        )
        if self._script is None or self._script[0] != key:
            self._script = (key, script_of(case, site))
        return self._script[1]

    def _rows_of(self, case: Case, site: Site) -> Rows:
        scenario = case.scenario
        key = (
            case.start_us,
            case.end_us,
            case.inputs,
            scenario.folder,
            scenario.meta.zone,
            scenario.meta.holidays,
            scenario.inputs,
            site.input_names,
        )
        if self._rows is None or self._rows[0] != key:
            rows = rows_of(case, site.input_names)
            if self._rows is not None and np.array_equal(rows.t_us, self._rows[1].t_us):
                # Other values at the same moments.
                rows = Rows(self._rows[1].t_us, rows.values)
            self._rows = (key, rows)
        return self._rows[1]
