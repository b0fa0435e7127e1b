"""The pytest plugin: selects checks, runs each against the target, and hands on what came of it.

Load it with `-p conformance.plugin` and name the settings of the run in `GRIDPROOF_RUN`. With
pytest-xdist the leading process runs the background checks and collects, its workers judge.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import background
from conformance.outcome import Outcome
from conformance.run.settings import ENVIRONMENT, Settings
from conformance.running import Runner, Spec
from conformance.targets.apis import APIS

ENOUGH_CALLS = 1500
"""With these for each API a staging run exercises everything, in an order in which checks share
most."""

PROPERTY = "gridproof"
"""User property of a test report that holds the outcome."""


class Plugin:
    """State of one pytest process."""

    def __init__(self, settings: Settings, worker: int | None) -> None:
        self.settings = settings
        self.leads = worker is None
        self.runner = Runner(settings, worker=worker or 0)

    @pytest.hookimpl
    def pytest_sessionstart(self) -> None:
        """Start the background checks in the leading process."""
        if self.leads and not self.settings.alone:
            background.start(Runner(self.settings, worker=None))

    @pytest.hookimpl
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the checks of selected requirements, those in the background last."""
        selected = set(self.settings.selected)
        specs = {item.nodeid: self._spec(item) for item in items}
        kept = [item for item in items if selected & set(specs[item.nodeid].ids)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        ranks = self._ranks([specs[item.nodeid] for item in kept])
        items[:] = sorted(
            kept, key=lambda item: (specs[item.nodeid].lasts_s is not None, ranks[item.nodeid])
        )
        self.settings.collected.write_text(str(len(items)), encoding="utf-8")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run a check with a fresh adapter, and repeat it if it fails."""
        spec = self._spec(pyfuncitem)
        if spec.lasts_s is not None and not self.settings.alone:
            outcome = background.wait(self.settings.folder, spec)
        else:
            names = pyfuncitem._fixtureinfo.argnames
            others = {n: pyfuncitem.funcargs[n] for n in names if n not in APIS}
            name = next(n for n in names if n in APIS)
            outcome = self.runner.run(
                spec, lambda target: pyfuncitem.obj(**{name: target}, **others)
            )
        pyfuncitem.user_properties.append((PROPERTY, json.dumps(outcome.to_json())))
        if outcome.state == "not_applicable":
            pytest.skip(outcome.message)
        if outcome.state != "pass":
            pytest.fail(f"{outcome.state}: {outcome.message}", pytrace=False)
        return True

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """End the connections of this process."""
        self.runner.close()

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down the outcome; in the leading process only, which hears of all."""
        if not self.leads:
            return
        record = dict(report.user_properties).get(PROPERTY) if report.when == "call" else None
        if record is None and report.failed:
            record = json.dumps(_broken(report).to_json())
        if record is not None:
            with self.settings.results.open("a", encoding="utf-8") as file:
                file.write(f"{record}\n")

    def _ranks(self, specs: list[Spec]) -> dict[str, int]:
        """Where calls are too few, the first check of each requirement comes before any second."""
        apis = {self.runner.ledger[id_].service for id_ in self.settings.selected}
        most = self.settings.max_calls
        if most is None or most >= ENOUGH_CALLS * len(apis):
            return {spec.node: 0 for spec in specs}
        seen: Counter[str] = Counter()
        ranks = {}
        for spec in specs:
            ranks[spec.node] = min((seen[id_] for id_ in spec.ids), default=0)
            seen.update(spec.ids)
        return ranks

    @staticmethod
    def _spec(item: pytest.Item) -> Spec:
        return background.spec_of(item.nodeid, getattr(item, "obj", item))


class Fixtures:
    """A fixture for each API, by its name; the plugin puts a fresh adapter in its place."""


def _placeholder(name: str) -> Any:
    @pytest.fixture(name=name)
    def placeholder(self: Fixtures) -> None:
        """The API of the target."""

    return placeholder


for _name in APIS:
    setattr(Fixtures, _name, _placeholder(_name))


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings and register the state of this process."""
    path = os.environ.get(ENVIRONMENT)
    if path is None:
        raise pytest.UsageError(f"{ENVIRONMENT} does not name a run; use `gridproof conform`")
    workerinput: dict[str, Any] | None = getattr(config, "workerinput", None)
    worker = None if workerinput is None else int(workerinput["workerid"].removeprefix("gw"))
    config.pluginmanager.register(Plugin(Settings.read(Path(path)), worker), "gridproof")
    config.pluginmanager.register(Fixtures(), "gridproof-fixtures")


def _broken(report: pytest.TestReport) -> Outcome:
    """A test that ended outside of its body: a fixture, an import, or the process itself."""
    return Outcome(
        node=report.nodeid,
        ids=(),
        state="error",
        message=str(report.longrepr).strip().splitlines()[-1] if report.longrepr else "broken",
        failure={"traceback": str(report.longrepr)},
    )
