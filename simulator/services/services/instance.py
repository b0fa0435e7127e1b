"""One service at work: its config, its driver, and the load that is under way.

A load waits as its knobs say, in the world's time, and is tried again after failures if its config
has it so. One without delay is over before its caller reads the reply, which shows it loading all
the same (seed 004: loading happens in the background). Nothing here checks whether an operation
may be asked for; `collection` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.services.instants import SECOND_US
from simulator.services.services import states
from simulator.services.services.kinds import Config, Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.services.services.policy import Policy
    from simulator.services.services.states import State
    from simulator.services.services.stored import Stored
    from simulator.services.timers import Timer, Timers


@dataclass(kw_only=True, eq=False)
class _Load:
    """Attempts to apply one config."""

    config: Config
    attempt: int = 0
    timer: Timer | None = None


class Instance:
    """A service of a type that exists, or of none (`kind` is None): such a one never runs.

    Args:
        number: tells it from others under the same id.
        state: what it is at first; not committed here.
        kind: its type.
        commit: keeps a new state, made at an instant, and tells everyone.
        timers: where attempts wait.
        policy: the readings of open questions.
    """

    def __init__(
        self,
        number: int,
        state: State,
        kind: Kind | None,
        *,
        commit: Callable[[Instance, State, int], Stored],
        timers: Timers,
        policy: Policy,
    ) -> None:
        self.number = number
        self.state = state
        self.kind = kind
        self.config: Config | None = None
        """The config that was accepted last."""
        self.unreadable = kind is None
        """Whether it cannot run before another config was accepted."""
        self._commit_to = commit
        self._timers = timers
        self._policy = policy
        self._driver: Driver | None = None if kind is None else kind.driver(state.id)
        self._load: _Load | None = None
        self._gone = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens to it by itself: no load is under way."""
        return self._load is None and not self.state.loading

    def commit(self, state: State, now_us: int) -> Stored:
        """Make a state the present one."""
        self.state = state
        return self._commit_to(self, state, now_us)

    def begin(self, state: State, now_us: int) -> Stored:
        """Commit a state in which a load may have begun, and see to that load.

        Returns what was committed first, whatever came of the load by now.
        """
        committed = self.commit(state, now_us)
        if state.loading and self.config is not None:
            self._load = _Load(config=self.config)
            self._attempt(self._load, now_us)
        return committed

    def configured(self, config: Config, now_us: int) -> State:
        """Accept a config; returns the state that `begin` is to be called with."""
        self.config = config
        self.unreadable = False
        return states.configured(self.state, config.raw, now_us, self._policy)

    def started(self, now_us: int) -> State:
        """Activate; returns the state that `begin` is to be called with.

        Without any config the driver's default is applied at once, without loading.
        """
        begun = states.started(self.state, now_us, loads=self.config is not None)
        if self.config is None and self._driver is not None and self.kind is not None:
            try:
                self._driver.apply(self.kind.default)
            except LoadFailed as error:
                self._driver.stop()
                return states.failed(begun, _text(error), now_us, 1, self._policy)
        return begun

    def refused(self, error: str, now_us: int) -> State:
        """Take a first config that cannot be read; returns the state to be committed."""
        self.unreadable = True
        if self.state.active and self._driver is not None:
            self._driver.stop()
        return states.unreadable(self.state, error, now_us)

    def stop(self, now_us: int) -> Stored:
        """Deactivate."""
        if self._policy.load_notices_stop or self.state.retrying:
            self._drop_load()
        self._load = None
        if self._driver is not None:
            self._driver.stop()
        return self.commit(states.stopped(self.state, now_us, self._policy), now_us)

    def remove(self) -> None:
        """Let go of the world, after `stop` if it was active."""
        self.forget()
        if self._driver is not None:
            self._driver.remove()

    def forget(self) -> None:
        """Let nothing happen any more; the world is not told."""
        self._drop_load()
        self._gone = True

    def _drop_load(self) -> None:
        if self._load is not None and self._load.timer is not None:
            self._load.timer.cancel()
        self._load = None

    def _attempt(self, load: _Load, now_us: int) -> None:
        delay_us = round(load.config.knobs.load_delay_s * SECOND_US)
        if delay_us:
            load.timer = self._timers.at(now_us + delay_us, lambda due: self._finish(load, due))
        else:
            self._finish(load, now_us)

    def _finish(self, load: _Load, now_us: int) -> None:
        """End an attempt that has taken its time."""
        if self._gone or self._driver is None:
            return
        if load is not self._load:
            # It was stopped and did not notice: its end passes for that of whatever loads now.
            if self.state.loading:
                self.commit(states.unloaded(self.state, now_us), now_us)
            return
        load.attempt += 1
        try:
            if load.config.knobs.fails(load.attempt):
                text = f"fault: attempt {load.attempt} fails on request"
                raise LoadFailed(text, fatal=load.config.knobs.fatal)
            self._driver.apply(load.config.value)
        except LoadFailed as error:
            # What is applied may have stopped its own service, which ended this load.
            if load is self._load:
                self._failed(load, error, now_us)
            return
        if load is self._load:
            self._load = None
            failures = load.attempt - 1
            self.commit(states.loaded(self.state, now_us, failures, self._policy), now_us)

    def _failed(self, load: _Load, error: LoadFailed, now_us: int) -> None:
        retry = load.config.knobs.retry
        exhausted = retry is not None and 0 < retry.max_attempts <= load.attempt
        if retry is None or error.fatal or exhausted:
            self._load = None
            if self._driver is not None:
                self._driver.stop()
            ended = states.failed(self.state, _text(error), now_us, load.attempt, self._policy)
            self.commit(ended, now_us)
            return
        next_us = now_us + retry.delay_us(load.attempt)
        load.timer = self._timers.at(next_us, lambda due: self._attempt(load, due))
        waiting = states.retrying(
            self.state, _text(error), now_us, next_us, load.attempt, self._policy
        )
        self.commit(waiting, now_us)


def _text(error: LoadFailed) -> str:
    return str(error) or "the config cannot be applied"
