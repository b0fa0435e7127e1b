"""Ties a scenario to locust: options, users, phases, exit code. Each scenario calls `install`.

The main process (alone, or locust's master) leads with a conductor; every process that drives
load has a node. With the web UI runs can be repeated; without it the process ends with its run.
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.select import select
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from fixtures.terminal import Exit, say
from loadtests import apis, marks
from loadtests.catalogue import Entry
from loadtests.conductor import Conductor
from loadtests.errors import LoadError
from loadtests.node import NOTE, Node
from loadtests.options import Options, add_arguments, from_namespace
from loadtests.outcome import Outcome
from loadtests.plan import Plan
from loadtests.preflight import Checked, check_all
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


def install(scenario: Scenario) -> None:
    """Make the importing module a locustfile of this scenario.

    A scenario may be built from another one: the one installed last is played.
    """
    for hook, listener in _listening:
        hook.remove_listener(listener)
    stage = Stage(scenario)
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
    """The life of a locust process that plays a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._node: Node | None = None
        self._conductor: Conductor | None = None
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
        gevent.signal_handler(signal.SIGINT, self._signalled, environment)
        if self._options.lifeline:
            gevent.spawn(self._end_with_parent, environment)

    def start(self, environment: Environment, **_: Any) -> None:
        """A run begins; on the main process a conductor leads it."""
        if self._checked is None:
            return
        options, target = self._options, self._checked.target
        is_first = self._conductor is None
        prefix = apis.PREFIXES[self._scenario.entry.api]
        run = (is_first and options.run_id) or marks.new_run_id(prefix, options.grids)
        planned_s = options.warmup + options.duration + options.drain + options.drop_after
        plan = Plan(
            run=run,
            scenario=self._scenario.entry.id,
            options=options,
            target=target,
            deadline_s=planned_s + 2 * options.timeout + OVERHEAD_S,
        )
        self._run_over.clear()
        self._conductor = Conductor(environment, self._scenario, plan)
        gevent.spawn(self._lead, environment, self._conductor)

    def stop(self, environment: Environment, **_: Any) -> None:
        """The users of a run have been stopped: whatever they left open is closed now."""
        if self._node and self._node.run:
            self._node.run.streams.cancel_all()

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
        entry = self._scenario.entry
        self._checked = check_all(from_namespace(parsed, entry), entry)
        options = self._options = self._checked.options
        nodes = max(1, parsed.expect_workers) if parsed.master else 1
        roles = self._scenario.roles(options, nodes)
        for user_class, count in roles.items():
            user_class.fixed_count = count
        environment.user_classes[:] = [user for user, count in roles.items() if count]
        parsed.num_users = sum(roles.values())
        parsed.spawn_rate = parsed.spawn_rate or SPAWN_RATE

    def _lead(self, environment: Environment, conductor: Conductor) -> None:
        outcome = conductor.lead()
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
            code = report_on(outcome, self._checked, self._scenario.entry)
        except Exception as error:
            say(f"gridproof: cannot report: {type(error).__name__}: {error}")
            code = Exit.ERROR
        environment.process_exit_code = int(code)

    def _interrupt(self) -> None:
        """End a run that is going on and wait until it has left nothing behind."""
        if self._conductor and not self._run_over.is_set():
            self._conductor.interrupt()
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
        if self._conductor:
            self._conductor.take_note(msg.node_id, msg.data)


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
