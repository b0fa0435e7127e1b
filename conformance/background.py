"""Checks that only take long: they start with the session and are judged at its end.

They run as threads of the process that leads the session; whoever gets to judge one waits for the
file in which its outcome is left.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conformance import suite
from conformance.judging import NOTES
from conformance.outcome import Outcome
from conformance.running import Runner, Spec

PATIENCE_S = 45.0
"""How much longer than announced a background check may take."""


def spec_of(node: str, function: Any) -> Spec:
    """What the decorators of `judging` have written on a check function."""
    return Spec(node=node, **getattr(function, NOTES, {"ids": ()}))


def check_functions() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every check of the suite as node id and function, without running pytest."""
    for module in pkgutil.walk_packages(suite.__path__, f"{suite.__name__}."):
        if not module.name.rpartition(".")[2].startswith("test_"):
            continue
        loaded = importlib.import_module(module.name)
        path = module.name.removeprefix(f"{suite.__name__}.").replace(".", "/") + ".py"
        for name, value in vars(loaded).items():
            if name.startswith("test_") and callable(value):
                yield f"{path}::{name}", value


def start(runner: Runner) -> list[threading.Thread]:
    """Start every selected background check in a thread of its own."""
    threads: list[threading.Thread] = []
    for node, function in check_functions():
        spec = spec_of(node, function)
        if spec.lasts_s is None or not set(spec.ids) & set(runner.settings.selected):
            continue
        runner.connect(spec)
        thread = threading.Thread(target=_run, args=(runner, spec, function), daemon=True)
        thread.start()
        threads.append(thread)
    return threads


def wait(folder: Path, spec: Spec) -> Outcome:
    """The outcome of a background check, once it is there."""
    path = _file(folder, spec.node)
    deadline = time.monotonic() + (spec.lasts_s or 0.0) + PATIENCE_S
    while not path.exists():
        if time.monotonic() > deadline:
            return Outcome(
                node=spec.node,
                ids=spec.ids,
                state="error",
                message=f"the background check took more than {spec.lasts_s} s",
            )
        time.sleep(0.1)
    return Outcome.from_json(json.loads(path.read_text(encoding="utf-8")))


def _run(runner: Runner, spec: Spec, function: Callable[..., None]) -> None:
    try:
        outcome = runner.run(spec, function)
    except Exception as error:  # a thread has nobody to raise to; the judge shows it as ours
        outcome = Outcome(
            node=spec.node,
            ids=spec.ids,
            state="error",
            message=f"{type(error).__name__}: {error}",
        )
    path = _file(runner.settings.folder, spec.node)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(outcome.to_json()), encoding="utf-8")
    os.replace(draft, path)


def _file(folder: Path, node: str) -> Path:
    return folder / ("background-" + re.sub(r"\W+", "-", node) + ".json")
