"""Ties a scenario to locust: options, users, phases, exit code. Each scenario calls `install`.

The main process (alone, or locust's master) leads with a conductor; every process that drives
load has a node. With the web UI runs can be repeated; without it the process ends with its run.
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.select import select
from locust import User, events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from fixtures.terminal import Exit, say
from loadtests import tables
from loadtests.catalogue import Entry
from loadtests.conductor import Conductor
from loadtests.ensemble import Ensemble
from loadtests.errors import LoadError
from loadtests.exposed import ServerView
from loadtests.meeting import Meeting
from loadtests.node import NOTE, Node
from loadtests.options import Options, add_arguments, from_namespace
from loadtests.outcome import Outcome
from loadtests.plan import Plan
from loadtests.preflight import RUN_SEPARATOR, Checked, check_all, new_id
from loadtests.report import files, summary
from loadtests.report.text import text
from loadtests.scenario import Scenario
from loadtests.verdict import judge_run

SPAWN_RATE = 100.0
"""Users started per second; locust warns above."""
END_LIMIT_S = 60.0
OVERHEAD_S = 120.0
"""What barriers and clean-up may take, for the time at which a process ends by itself."""


ORPHAN_LIMIT_S = 15.0
"""How long a worker that was told to end waits for its master to end the run first."""


_listening: list[tuple[Any, Any]] = []
"""Locust's hooks and the listener of the installed scenario on each."""


def install(*scenarios: Scenario, entry: Entry | None = None) -> None:
    """Make the importing module a locustfile of this scenario, or of several played together.

    A scenario may be built from another one: the one installed last is played.

    Args:
        scenarios: what is played.
        entry: what several are together.
    """
    for hook, listener in _listening:
        hook.remove_listener(listener)
    stage = Stage(entry or scenarios[0].entry, scenarios)
    _listening[:] = [
        (events.init_command_line_parser, _add_arguments),
        (events.init, stage.begin),
        (events.test_start, stage.start),
        (events.test_stop, stage.stop),
        (events.quitting, stage.quit),
    ]
    for hook, listener in _listening:
        hook.add_listener(listener)


def _add_arguments(parser: ArgumentParser, **_: Any) -> None:
    add_arguments(parser)


class Stage:
    """The life of a locust process that plays a scenario, or the parts of one."""

    def __init__(self, entry: Entry, scenarios: Sequence[Scenario]) -> None:
        self._entry = entry
        self._scenarios = {scenario.entry.id: scenario for scenario in scenarios}
        self._node: Node | None = None
        self._ensemble: Ensemble | None = None
        self._users: dict[str, int] = {}
        self._options = Options()
        self._checked: Checked | None = None
        self._run_over = Event()
        self._is_ending = False
        self._signals = 0

    def begin(self, environment: Environment, runner: Runner, **_: Any) -> None:
        """Locust is set up: check everything that can be checked before there is load."""
        if not isinstance(runner, MasterRunner):
            self._node = Node(environment)
        if isinstance(runner, WorkerRunner):
            # Ctrl-C reaches the whole group; the master ends the run and then its workers.
            gevent.signal_handler(
                signal.SIGINT, lambda: gevent.spawn_later(ORPHAN_LIMIT_S, runner.quit)
            )
            return
        runner.register_message(NOTE, self._take_note)
        try:
            self._prepare(environment)
        except LoadError as error:
            say(f"gridproof: {error}")
            sys.exit(int(error.exit))
        gevent.spawn(tables.tend, environment)
        gevent.signal_handler(signal.SIGINT, self._signalled, environment)
        if self._options.lifeline:
            gevent.spawn(self._end_with_parent, environment)

    def start(self, environment: Environment, **_: Any) -> None:
        """A run begins; on the main process it is led."""
        if self._checked is None:
            return
        given = self._options.run_id if self._ensemble is None else None
        runs = given.split(RUN_SEPARATOR) if given else [new_id(p) for p in self._checked.parts]
        plans = self._plans(runs)
        meeting = Meeting(len(plans))
        conductors = [
            Conductor(
                environment,
                self._scenarios[plan.scenario],
                plan,
                meeting=meeting,
                users=self._users[plan.part] if plan.part else None,
            )
            for plan in plans
        ]
        whole = replace(
            plans[0],
            run=RUN_SEPARATOR.join(runs),
            scenario=self._entry.id,
            options=self._options,
        )
        self._run_over.clear()
        view = ServerView(self._checked.target, self._options)
        self._ensemble = Ensemble(whole, conductors, view)
        gevent.spawn(self._lead, environment, self._ensemble)

    def _plans(self, runs: Sequence[str]) -> list[Plan]:
        assert self._checked is not None
        found = []
        for run, part in zip(runs, self._checked.parts, strict=True):
            options = part.options
            planned_s = options.warmup + options.duration + options.drain + options.drop_after
            plan = Plan(
                run=run,
                scenario=part.entry.id,
                options=options,
                target=self._checked.target,
                deadline_s=planned_s + 2 * options.timeout + OVERHEAD_S,
                part=part.name,
                share=1 / len(runs),
            )
            found.append(plan)
        return found

    def stop(self, environment: Environment, **_: Any) -> None:
        """The users of a run have been stopped: whatever they left open is closed now."""
        for run in self._node.runs.values() if self._node else ():
            run.streams.cancel_all()

    def quit(self, environment: Environment, **_: Any) -> None:
        """The process is about to end, perhaps in the middle of a run: leave nothing behind."""
        self._is_ending = True
        self._interrupt()
        if self._node:
            self._node.abandon()

    def _prepare(self, environment: Environment) -> None:
        parsed: Any = environment.parsed_options
        if parsed.run_time and parsed.duration is None:
            parsed.duration = str(parsed.run_time)
        # The conductor decides when the run is over, not locust's timer.
        parsed.run_time = None
        if parsed.num_users is not None and parsed.subscribers is None:
            parsed.subscribers = str(parsed.num_users)
        self._checked = check_all(from_namespace(parsed, self._entry), self._entry)
        self._options = self._checked.options
        nodes = max(1, parsed.expect_workers) if parsed.master else 1
        roles: dict[type[User], int] = {}
        for part in self._checked.parts:
            of_part = self._scenarios[part.entry.id].roles(part.options, nodes)
            self._users[part.name] = sum(of_part.values())
            roles |= of_part
        for user_class, count in roles.items():
            user_class.fixed_count = count
        environment.user_classes[:] = [user for user, count in roles.items() if count]
        parsed.num_users = sum(roles.values())
        parsed.spawn_rate = parsed.spawn_rate or SPAWN_RATE

    def _lead(self, environment: Environment, ensemble: Ensemble) -> None:
        outcome = ensemble.lead()
        self._judge(environment, outcome)
        self._run_over.set()
        if not self._is_ending:
            assert environment.runner is not None
            if environment.web_ui:
                environment.runner.stop()
            else:
                environment.runner.quit()

    def _judge(self, environment: Environment, outcome: Outcome) -> None:
        assert self._checked is not None
        try:
            code = report_on(outcome, self._checked, self._entry)
        except Exception as error:
            say(f"gridproof: cannot report: {type(error).__name__}: {error}")
            code = Exit.ERROR
        environment.process_exit_code = int(code)

    def _interrupt(self) -> None:
        """End a run that is going on and wait until it has left nothing behind."""
        if self._ensemble and not self._run_over.is_set():
            self._ensemble.interrupt()
            self._run_over.wait(END_LIMIT_S)

    def _signalled(self, environment: Environment) -> None:
        """Ctrl-C: end the run cleanly; a second time at once."""
        self._signals += 1
        if self._signals > 1 and environment.runner:
            environment.runner.quit()
        self._end(environment)

    def _end(self, environment: Environment) -> None:
        """End the run, if there is one, and then the process."""
        if self._is_ending:
            return
        self._is_ending = True
        self._interrupt()
        assert environment.runner is not None
        environment.runner.quit()
        web_ui: Any = environment.web_ui  # partly typed
        if web_ui:
            web_ui.stop()

    def _end_with_parent(self, environment: Environment) -> None:
        """End when standard input closes, which happens when the front end is gone."""
        # A reading thread would keep the interpreter from ending, so wait on the loop instead.
        while select([0], [], [])[0] and os.read(0, 4096):
            continue
        self._end(environment)

    def _take_note(self, environment: Environment, msg: Any, **_: Any) -> None:
        if self._ensemble:
            self._ensemble.take_note(msg.node_id, msg.data)


def report_on(outcome: Outcome, checked: Checked, entry: Entry) -> Exit:
    """Judge a run, write its report or show its summary, and return the exit code."""
    options = outcome.plan.options
    verdict = judge_run(outcome, entry, checked.expressions, checked.baseline)
    data = summary.build(outcome, verdict, entry)
    if options.report:
        files.write(Path(options.report), data, outcome)
    if not options.lifeline:
        print(text(data), flush=True)
    return verdict.exit
