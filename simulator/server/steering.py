"""What the control API may do to a host: its clock, its world, its streams."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fixtures.documents.names import nearest
from simulator.microgrid.faults import KINDS, Fault, FaultError
from simulator.server.settings import SettingsError
from simulator.services.control import FaultState, ReadingState
from simulator.services.errors import Code, ServiceError, invalid, shown

if TYPE_CHECKING:
    from simulator.server.host import Host


class HostSteering:
    """Implements `services.control.Steering` on a host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._moving = asyncio.Lock()

    def now_us(self) -> int:
        """Return the world's time."""
        return self._host.history.clock.now_us()

    def factor(self) -> float:
        """Return simulated seconds per second; 0 if the clock is moved by hand."""
        return self._host.history.clock.factor

    def mode(self) -> str:
        """Return `real`, `scaled` or `manual`."""
        return self._host.history.clock.mode.value

    def run(self, factor: float) -> None:
        """Change the clock's factor; 0 stops it."""
        history = self._host.history
        history.clock.run(factor)
        # What is planned may be due sooner now.
        history.timers.sooner()

    async def advance(self, to_us: int) -> None:
        """Move a manual clock; returns when everything due has happened."""
        async with self._moving:
            history = self._host.history
            site = history.site

            def show(t_us: int) -> None:
                if history.site is not site:
                    raise ServiceError(Code.ABORTED, "the world was reset meanwhile")
                try:
                    history.clock.set(max(t_us, history.clock.peek_us()))
                except ValueError as error:
                    raise ServiceError(Code.ABORTED, str(error)) from None

            await site.follow(to_us, show)

    def reset(self, scenario: str | None, seed: int | None, start_us: int | None) -> None:
        """Begin a new history; streams end with UNAVAILABLE."""
        try:
            self._host.history.restart(scenario, seed, start_us)
        except SettingsError as error:
            raise invalid(str(error)) from None
        self._host.streams.end_all(ServiceError(Code.UNAVAILABLE, "the world was reset"))

    def history(self) -> tuple[str, int, int]:
        """Return scenario, seed and start of the present history."""
        history = self._host.history
        return history.name, history.seed, history.start_us

    def inject(
        self,
        kind: str,
        component_ids: Sequence[int],
        parameters: Mapping[str, Any],
        since_us: int | None,
        duration_s: float | None,
    ) -> FaultState:
        """Let something go wrong."""
        fault = _fault(kind, component_ids, parameters, since_us, duration_s)
        try:
            fault_id = self._host.history.site.inject(fault)
        except FaultError as error:
            raise invalid(str(error)) from None
        return _state(fault_id, fault, self.now_us() if since_us is None else since_us)

    def clear(self, fault_id: int) -> bool:
        """End a fault; False if there is none of that id."""
        return self._host.history.site.clear(fault_id)

    def faults(self) -> list[FaultState]:
        """Return the faults in force and to come."""
        return [_state(*each) for each in self._host.history.site.faults()]

    async def barrier(self, timeout_s: float) -> int:
        """Return the number of streams once each was handed everything so far."""
        self._catch_up()
        return await self._host.streams.barrier(timeout_s)

    async def settle(self, api: str, timeout_s: float) -> int:
        """Return once the streams of an API that are read have everything; how many are not."""
        self._catch_up()
        return await self._host.streams.settle(api, timeout_s)

    def drop_streams(self, api: str, reason: ServiceError) -> int:
        """End streams of an API, or all; returns how many."""
        mounted = (each.dialect.api for each in self._host.apis)
        apis = list(dict.fromkeys([*mounted, *self._host.settings.services]))
        if api and api not in apis:
            near = nearest(api, apis)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(apis)}"
            raise invalid(f"service: no API {shown(api)}, {hint}")
        return self._host.streams.end_all(reason, api)

    def readings(self, component_ids: Sequence[int]) -> list[ReadingState]:
        """Return what components measure now; none named means all."""
        history = self._host.history
        categories = {each.id: each.category for each in history.scenario.components}
        if unknown := [each for each in component_ids if each not in categories]:
            text = f"component_ids: the site has no component {unknown[0]}"
            raise ServiceError(Code.NOT_FOUND, text)
        history.site.catch_up(self.now_us())
        return [
            ReadingState(component_id=each, category=categories[each], **history.site.reading(each))
            for each in component_ids or sorted(categories)
        ]

    def counters(self) -> Mapping[str, Any]:
        """Return the fields of Stats by name."""
        return asdict(self._host.stats())

    def _catch_up(self) -> None:
        """Let everything happen, and show, that is due by now."""
        site = self._host.history.site
        site.catch_up(self.now_us())
        site.rest()


def _fault(
    kind: str,
    component_ids: Sequence[int],
    parameters: Mapping[str, Any],
    since_us: int | None,
    duration_s: float | None,
) -> Fault:
    if kind not in KINDS:
        near = nearest(kind, KINDS)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(KINDS)}"
        raise invalid(f"fault.kind: there is no {shown(kind)}, {hint}")
    known = KINDS[kind].parameters
    for name, value in parameters.items():
        if name not in known:
            hint = f"only {', '.join(known)}" if known else "none"
            raise invalid(f"fault.parameters.{name[:60]}: {kind} takes {hint}")
        if isinstance(value, bool) or not isinstance(
            value, str if name == "fallback" else int | float
        ):
            raise invalid(f"fault.parameters.{name}: {shown(value)} is of another type")
    try:
        return Fault(
            kind=kind,
            component_ids=tuple(component_ids),
            start_us=since_us,
            duration_s=duration_s,
            **parameters,
        )
    except FaultError as error:
        raise invalid(str(error)) from None


def _state(fault_id: int, fault: Fault, since_us: int) -> FaultState:
    return FaultState(
        id=fault_id,
        kind=fault.kind,
        component_ids=fault.component_ids,
        parameters={name: getattr(fault, name) for name in KINDS[fault.kind].parameters},
        since_us=since_us,
    )
