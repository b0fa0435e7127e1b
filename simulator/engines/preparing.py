"""What the fast engines do before the physics: site, script, plans, inputs and memory of a case.

Cases of a sweep differ little. What is the same as in the case before is kept, not made anew:
telling that two schedules are equal costs far less than playing one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.microgrid import scenario_components as parts
from simulator.microgrid.site import Site, site_of

from .case import Case
from .memory import Ints, Memory
from .packing import Rows, head_of, pack, rows_of
from .plans import Plans, plans_of
from .script import Script, script_of

__all__ = ["Preparation", "Prepared"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prepared:
    """A case that only lacks its physics."""

    case: Case
    site: Site
    script: Script
    plans: Plans
    rows: Rows
    memory: Memory


@dataclass(slots=True)
class Preparation:
    """Prepares cases, and remembers the last one."""

    _memory: tuple[Any, Memory] | None = field(default=None, init=False)
    _script: tuple[Any, Script] | None = field(default=None, init=False)
    _rows: tuple[Any, Rows] | None = field(default=None, init=False)

    def prepare(
        self, case: Case, *, edges: Ints, kept: int = 0, with_rows: bool = True
    ) -> Prepared:
        """Return a case with its memory, see `pack`; with segments kept nothing is remembered.

        Raises:
            Unsupported: the scenario has a part that nothing simulates.
            InputError: an input cannot be built.
        """
        site = site_of(case.scenario, case.start_us)
        script = self._script_of(case, site)
        plans = plans_of(case, site, script)
        rows = self._rows_of(case, site)
        memory = self._memory_of(case, site, script, plans, rows, edges, kept, with_rows)
        return Prepared(case=case, site=site, script=script, plans=plans, rows=rows, memory=memory)

    def _memory_of(
        self,
        case: Case,
        site: Site,
        script: Script,
        plans: Plans,
        rows: Rows,
        edges: Ints,
        kept: int,
        with_rows: bool,
    ) -> Memory:
        """Return a fresh memory; what does not differ from the case before is copied."""
        if kept:
            return pack(
                case, site, script, plans, rows, edges=edges, kept=kept, with_rows=with_rows
            )
        head, _ = head_of(case, site, plans)
        head.seal()
        meta = case.scenario.meta
        key: tuple[Any, ...] = (
            id(script),
            id(rows),
            id(edges),
            with_rows,
            meta.control_s,
            meta.sharing,
        )
        key = (*key, head.m.tobytes(), len(head.w), [each.id for each in site.infos])
        if self._memory is None or self._memory[0] != key:
            memory = pack(case, site, script, plans, rows, edges=edges, kept=0, with_rows=with_rows)
            self._memory = (key, memory)
        pristine = self._memory[1]
        fresh = Memory()
        fresh.m, fresh.w = pristine.m.copy(), pristine.w.copy()
        fresh.w[: len(head.w)] = head.w
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
            self._rows = (key, rows_of(case, site.input_names))
        return self._rows[1]
