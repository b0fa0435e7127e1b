"""Every option of a load run, once: its type, default, bound and help.

The command line of `gridproof load`, the arguments of a plain `locust -f` and the plan that the
master sends to its workers are all made from this one dataclass.
"""

from __future__ import annotations

import math
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from loadtests.catalogue import Entry
from loadtests.errors import UsageError

AMOUNTS = (
    "subscribers",
    "rate",
    "microgrids",
    "max_inflight",
    "walkers",
    "population",
    "flaps",
    "chunk",
    "padding",
    "storms",
    "cut_share",
    "claimants",
)
"""Options that say how much of what; in a mixture they are those of its parts."""

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
ENGINE_FROM = 50
"""From this many subscribers on the engine reads the streams unless told otherwise."""


def seconds(text: str) -> float:
    """A length of time: a number with us, ms, s, m or h; seconds without a unit.

    Raises:
        ValueError: not a length of time.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m|h)?\s*", text)
    if not match:
        raise ValueError(f"{text!r} is not a length of time such as 60s, 2m or 500ms")
    return float(match[1]) * UNITS[match[2] or "s"]


def _option(
    default: Any,
    text: str,
    *,
    kind: Any = str,
    least: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    metadata = {"help": text, "kind": kind, "least": least, "choices": choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is asked to do. Lengths of time are in seconds, rates per second."""

    endpoint: str | None = _option(None, "HOST:PORT of the gRPC endpoint; L-DX: URL of GraphQL")
    target: str | None = _option(None, "target profile (YAML)")
    subscribers: int = _option(100, "streams to keep open", kind=int, least=0)
    rate: float = _option(20.0, "writes per second in total", kind=float, least=0)
    duration: float = _option(60.0, "how long is measured", kind=seconds, least=0.1)
    warmup: float = _option(5.0, "load before the measured time, not counted", kind=seconds)
    drain: float = _option(30.0, "how long a stream may take to catch up", kind=seconds)
    plane: str = _option(
        "auto",
        f"who reads the streams; auto: engine from {ENGINE_FROM} subscribers on",
        choices=("auto", "greenlet", "engine"),
    )
    verify: str = _option(
        "full", "how much of each event is checked", choices=("full", "marks", "off")
    )
    microgrids: int = _option(
        0, "microgrids, or parents, to spread over; 0: two to four by size", kind=int, least=0
    )
    arrivals: str = _option("constant", "gaps between writes", choices=("constant", "poisson"))
    seed: int = _option(0, "seed of arrivals and of what is written", kind=int)
    max_inflight: int = _option(16, "writes in flight at most", kind=int, least=1)
    drop_after: float = _option(10.0, "a write this late is given up", kind=seconds)
    timeout: float = _option(10.0, "deadline of a unary call", kind=seconds, least=0.1)
    streams_per_connection: int = _option(100, "streams that share a connection", kind=int, least=1)
    small_window: bool = _option(False, "small flow-control windows", kind=bool)
    walkers: int = _option(0, "concurrent walks over all pages", kind=int, least=0)
    population: int = _option(0, "objects created beforehand", kind=int, least=0)
    flaps: float = _option(
        0.0, "streams opened and cancelled, or exports made, per second", kind=float, least=0
    )
    chunk: int = _option(0, "changes in a message at most; 0: mixed", kind=int, least=0)
    padding: int = _option(0, "bytes that every written object carries besides", kind=int, least=0)
    storms: int = _option(0, "how often all streams are cut at once", kind=int, least=0)
    cut_share: float = _option(
        0.0, "share of the streams that is cut in each second, 0 to 1", kind=float, least=0
    )
    claimants: int = _option(
        0, "users that claim and complete tasks, in a closed loop", kind=int, least=0
    )
    stall: float = _option(10.0, "for how long a stalled reader does not read", kind=seconds)
    hook: str | None = _option(
        None, "HOST:PORT of the mutation hook of an API that only reads; else the profile's"
    )
    fail: tuple[str, ...] = _option(
        (), "what has to hold, as METRIC[.PERCENTILE] OP VALUE or a file of such lines", kind=list
    )
    baseline: str | None = _option(None, "summary.json of an earlier run to compare with")
    max_regression: float = _option(
        1.3, "how many times worse than the baseline", kind=float, least=1
    )
    waive: tuple[str, ...] = _option((), "integrity code that does not fail the run", kind=list)
    max_lateness: float = _option(
        0.02, "client lateness (p99) beyond which latencies are not judged", kind=seconds
    )
    report: str | None = _option(None, "directory for the reports")
    services: str | None = _option(
        None, "L-ALL-1: APIs to load, a,b; else those of the profile, or all"
    )
    share: float = _option(
        1.0, "L-ALL-1: part of the load of each scenario, above 0 up to 1", kind=float, least=0.01
    )
    server_pid: int | None = _option(
        None, "process on this machine whose memory is the server's", kind=int, least=1
    )
    run_id: str | None = _option(None, "id carried by everything the run creates")
    lifeline: bool = _option(False, "end the run when standard input closes", kind=bool)

    @property
    def reads_in_engine(self) -> bool:
        """Whether an asyncio child process reads the streams."""
        if self.plane == "auto":
            return self.subscribers >= ENGINE_FROM
        return self.plane == "engine"

    @property
    def grids(self) -> int:
        """Over how many microgrids the run spreads; at least two, so that leaks would show."""
        return self.microgrids or min(4, max(2, self.subscribers // 10))

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a message or a report."""
        return {
            option.name: list(value) if isinstance(value, tuple) else value
            for option in fields(self)
            for value in [getattr(self, option.name)]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Options:
        """The options that `to_json` described."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**values)

    def to_args(self) -> list[str]:
        """As arguments for a locust command line."""
        args: list[str] = []
        for option in fields(self):
            flag, value = flag_of(option.name), getattr(self, option.name)
            if option.metadata["kind"] is bool:
                args += [flag] if value else []
            elif option.metadata["kind"] is list:
                args += [part for item in value for part in (flag, item)]
            elif value is not None:
                args += [flag, repr(value) if isinstance(value, float) else str(value)]
        return args


def flag_of(name: str) -> str:
    """The command-line flag of an option."""
    return "--" + name.replace("_", "-")


def add_arguments(parser: ArgumentParser) -> None:
    """Register every option on locust's parser; None stands for the scenario's default."""
    group = parser.add_argument_group("gridproof options")
    for option in fields(Options):
        meta, flag = option.metadata, flag_of(option.name)
        text = meta["help"].replace("%", "%%")
        if meta["kind"] is bool:
            group.add_argument(flag, action="store_true", default=None, help=text)
        elif meta["kind"] is list:
            group.add_argument(flag, action="append", default=None, help=text)
        else:
            group.add_argument(flag, type=str, default=None, help=text)


def from_namespace(namespace: Namespace, entry: Entry) -> Options:
    """The options of a parsed locust command line.

    Raises:
        UsageError: a value is not of its type or beyond its bound.
    """
    names = [option.name for option in fields(Options)]
    return resolve({name: getattr(namespace, name, None) for name in names}, entry)


def resolve(given: Mapping[str, Any], entry: Entry) -> Options:
    """Fill in the scenario's defaults and check every value; None means not given.

    Raises:
        UsageError: names the option, the value and what was expected.
    """
    values: dict[str, Any] = {}
    for option in fields(Options):
        value = given.get(option.name)
        if value is None:
            value = entry.defaults.get(option.name, option.default)
        values[option.name] = _checked(option.name, value, option.metadata)
    if not any(values[name] for name in ("rate", "subscribers", "walkers", "flaps")):
        raise UsageError("there is nothing to do: --rate and --subscribers are 0")
    _check_scope(values, entry)
    for name in ("cut_share", "share"):
        if values[name] > 1:
            raise UsageError(f"{flag_of(name)} {values[name]:g}: expected at most 1")
    return Options(**values)


def _check_scope(values: Mapping[str, Any], entry: Entry) -> None:
    """Refuse what means nothing for a mixture, and what means something only for one."""
    defaults = {option.name: option.default for option in fields(Options)}
    for name in AMOUNTS if entry.parts else ("services", "share"):
        if values[name] != entry.defaults.get(name, defaults[name]):
            reason = (
                f"{entry.id} takes that of each of its scenarios; --share scales them"
                if entry.parts
                else f"{entry.id} is played alone"
            )
            raise UsageError(f"{flag_of(name)}: {reason}")


def _checked(name: str, value: Any, meta: Mapping[str, Any]) -> Any:
    flag, kind = flag_of(name), meta["kind"]
    if value is None:
        return None
    if kind is list:
        return tuple(value)
    if isinstance(value, str) and kind is not str:
        value = _converted(flag, value, kind)
    if meta["choices"] and value not in meta["choices"]:
        raise UsageError(f"{flag} {value!r}: expected one of {', '.join(meta['choices'])}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{flag} {value}: expected a finite number")
    least = 0 if kind is seconds and meta["least"] is None else meta["least"]
    if least is not None and value < least:
        raise UsageError(f"{flag} {value}: expected at least {least}")
    return value


def _converted(flag: str, value: str, kind: Any) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        wanted = {int: "a whole number", float: "a number"}.get(kind)
        text = f"{value!r} is not {wanted}" if wanted else str(error)
        raise UsageError(f"{flag}: {text}") from None
