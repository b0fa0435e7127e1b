"""What a run came to, before it is judged: figures, violations, faults, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtests.catalogue import Entry, find
from loadtests.histogram import Histogram
from loadtests.memory import TOO_SHORT, Growth, MemoryLog
from loadtests.metrics import CLIENT_GROWTH, CORES, GAP, LEFT, SERVER_GROWTH, jitter
from loadtests.plan import Plan
from loadtests.stats import Totals
from loadtests.thresholds import Measured
from loadtests.timeline import Timeline
from loadtests.watching import SAVED_VIOLATIONS

INTEGRITY = "integrity."
BEHIND_US = 1_000_000
"""Where one change in ten comes later than this, streams do not keep up."""
RATIOS = {"slow.deliver_ratio", "churn.deliver_ratio"}
"""Single figures that are made of latencies."""


@dataclass(kw_only=True)
class Outcome:
    """The collected result of a run; the conductor fills it.

    Attributes:
        plan: what was run.
        started: when, ISO 8601 UTC.
        measured_s: how much of the window was really measured.
        totals: sums over all processes.
        timeline: distributions by second of the run and metric.
        lateness: heartbeat distributions by process, because one late process is enough.
        violations: the first ones of each code, with the last messages of their streams.
        lagging: streams that were still catching up at the end, with their distance in changes.
        faults: our own errors.
        stopped: why the run ended before its time; empty if it did not.
        clock_is_uncertain: clocks of the machines drifted apart.
        residue: objects, or lists of them, that could not be removed or read.
        streams: opened and closed.
        nodes: what the processes told about themselves.
        watched: streams that there should have been.
        notes: what has to be said about the run, one sentence each.
        parts: outcomes of the scenarios that were played together; empty for one alone.
        window_s: when the measured time began and ended, on the monotonic clock.
        client: memory of our processes; `server` that of the target, as far as it can be seen.
        streams_left: that the target had more after the run than before; None if it is not told.
    """

    plan: Plan
    started: str
    measured_s: float = 0.0
    totals: Totals = field(default_factory=Totals)
    timeline: Timeline = field(default_factory=Timeline)
    lateness: dict[str, Histogram] = field(default_factory=dict)
    violations: list[dict[str, Any]] = field(default_factory=list)
    lagging: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    stopped: str = ""
    clock_is_uncertain: bool = False
    residue: int = 0
    streams: Counter[str] = field(default_factory=Counter)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    watched: int = 0
    notes: tuple[str, ...] = ()
    parts: tuple[Outcome, ...] = ()
    window_s: tuple[float, float] = (0.0, 0.0)
    client: MemoryLog = field(default_factory=MemoryLog)
    server: MemoryLog = field(default_factory=MemoryLog)
    streams_left: int | None = None

    def add_second(self, second: int, source: str, flushed: Mapping[str, Any]) -> None:
        """Add what a process flushed."""
        self.totals.add(flushed)
        for name, data in flushed["distributions"].items():
            histogram = Histogram.from_json(data)
            self.timeline.add(second, name, histogram)
            if name.startswith("harness.lateness"):
                self.lateness.setdefault(f"{source} {name}", Histogram()).merge(histogram)

    def find(self, code: str, words: str, scope: int, at_us: int) -> None:
        """Add a violation that shows only over all processes."""
        self.totals.counts[f"{INTEGRITY}{code}"] += 1
        what = {"code": code, "text": words, "stream": "", "scope": scope}
        self.add_violation({**what, "at_us": at_us, "last": []})

    def add_violation(self, violation: Mapping[str, Any]) -> None:
        """Keep a violation if it is among the first of its code."""
        same = sum(1 for kept in self.violations if kept["code"] == violation["code"])
        if same < SAVED_VIOLATIONS:
            self.violations.append(dict(violation))

    @property
    def entry(self) -> Entry:
        """The scenario that was played."""
        return find(self.plan.scenario)

    @property
    def integrity(self) -> dict[str, int]:
        """Violations by code, every code that was found."""
        return {
            name.removeprefix(INTEGRITY): count
            for name, count in sorted(self.totals.counts.items())
            if name.startswith(INTEGRITY)
        }

    @property
    def offered(self) -> int:
        """Writes that were due in the measured window."""
        return self.totals.counts["offered.write"]

    @property
    def is_saturated(self) -> bool:
        """Whether the target could not keep up with the offered rate."""
        return self.totals.counts["achieved"] < 0.98 * self.offered

    @property
    def is_behind(self) -> bool:
        """Whether changes piled up that our streams did not come to read."""
        return bool(self.lagging) or any(
            (histogram.percentile(90) or 0) > BEHIND_US
            for name, histogram in self.totals.distributions.items()
            if name.startswith("deliver.") and not name.endswith(".stalled")
        )

    @property
    def lateness_p99_us(self) -> int:
        """The p99 lateness of the process that was latest."""
        return max((h.percentile(99) or 0 for h in self.lateness.values()), default=0)

    @property
    def is_client_saturated(self) -> bool:
        """Whether our own processes were too late to be believed about latencies."""
        return self.lateness_p99_us > self.plan.options.max_lateness * 1e6

    def measured(self) -> Measured:
        """The figures that thresholds are judged on."""
        untrusted = {}
        if self.is_client_saturated:
            late_ms = self.lateness_p99_us / 1000
            reason = f"the client was saturated ({late_ms:.0f} ms late at p99)"
            families = {name.split(".")[0] for name in self.totals.distributions}
            families = families - {"harness", "batch"} | RATIOS
            untrusted = dict.fromkeys(families, reason)
        if self.clock_is_uncertain:
            untrusted["deliver"] = "the clocks of the machines are uncertain"
        for name in (CLIENT_GROWTH, SERVER_GROWTH):
            if self.is_behind:
                untrusted[name] = "streams were behind, and what is not read yet fills memory"
        intervals = {}
        for name, growth in self.growths().items():
            if growth is None:
                untrusted[name] = "it was not measured"
            elif growth.slope is None:
                untrusted[name] = TOO_SHORT
            else:
                # What may be history may be none: it is neither held against a server nor for it.
                intervals[name] = (growth.slope.low - growth.history, growth.slope.high)
        return Measured(
            distributions=self.totals.distributions,
            scalars=self.scalars(),
            untrusted=untrusted,
            intervals=intervals,
        )

    def growths(self) -> dict[str, Growth | None]:
        """How the memory of the client and of the server grew, by the names of the figures."""
        return {
            CLIENT_GROWTH: self.client.growth(self.window_s),
            SERVER_GROWTH: self.server.growth(self.window_s),
        }

    def scalars(self) -> dict[str, float]:
        """Single figures by name; rates are per second, shares from 0 to 1."""
        counts, seconds = self.totals.counts, self.measured_s
        found: dict[str, float] = {}
        if made := counts["calls"] + counts["dropped"]:
            found["failures"] = (counts["failed"] + counts["dropped"]) / made
            found["dropped"] = counts["dropped"] / made
        if seconds > 0:
            found["offered_per_s"] = self.offered / seconds
            found["achieved_per_s"] = counts["achieved"] / seconds
            found["deliveries_per_s"] = counts["changes"] / seconds
            found["messages_per_s"] = counts["messages"] / seconds
            found["bytes_per_s"] = counts["bytes"] / seconds
            found["walks_per_s"] = counts["walks"] / seconds
            found["exports_per_s"] = counts["exports"] / seconds
            found["records_per_s"] = counts["records"] / seconds
            if claims := counts["claims"] + counts["claims.lost"]:
                found["claims_per_s"] = counts["claims"] / seconds
                found["lost_claims_per_s"] = (claims - counts["claims"]) / seconds
        if seconds > 0:
            # Parts share their locust processes, and each of them counts all.
            used_us = counts["cpu_us.locust"] / max(1, len(self.parts)) + counts["cpu_us.engine"]
            found[CORES] = used_us / 1e6 / seconds
        if counts["cpu_us.engine"] and counts["messages"]:
            found["cpu.engine_us_per_message"] = counts["cpu_us.engine"] / counts["messages"]
        for name, gaps in self.totals.distributions.items():
            if name.startswith(GAP) and gaps.is_enough_for(99):
                spread_us = (gaps.percentile(99) or 0) - (gaps.percentile(50) or 0)
                found[jitter(name)] = spread_us / 1000
        for special in (*self.parts, self):
            found |= special._churn() | special._resumed() | special._slow()
        for name, growth in self.growths().items():
            if growth and growth.slope:
                found[name] = growth.slope.value
        if self.streams_left is not None:
            found[LEFT] = float(self.streams_left)
        found |= {f"{INTEGRITY}{code}": float(count) for code, count in self.integrity.items()}
        return found

    def _churn(self) -> dict[str, float]:
        counts, seconds = self.totals.counts, self.measured_s
        opened = counts["flaps"] or (counts["openings"] if self.entry.behaviour.cycles else 0)
        if not opened or seconds <= 0:
            return {}
        ratio = self._disturbance() if counts["flaps"] else None
        found = {"churn.open_rate": opened / seconds}
        return found if ratio is None else {**found, "churn.deliver_ratio": ratio}

    def _resumed(self) -> dict[str, float]:
        counts, behaviour = self.totals.counts, self.entry.behaviour
        kinds: tuple[str, ...] = ("resumed", "replayed") if behaviour.cuts else ()
        kinds = ("resumed", "replayed", "resets", "hard") if behaviour.storms else kinds
        kinds = ("resets",) if behaviour.stalls else kinds
        found = {f"resume.{kind}": float(counts[f"resume.{kind}"]) for kind in kinds}
        if behaviour.storms and (resumed := counts["resume.resumed"]):
            found["resume.hard_share"] = counts["resume.hard"] / resumed
        return found

    def _slow(self) -> dict[str, float]:
        counts = self.totals.counts
        if not self.entry.behaviour.stalls:
            return {}
        found = {
            f"slow.{how}": float(counts[f"slow.{how}"])
            for how in ("stalled", "reset", "ended", "delivered")
        }
        ratio = self._disturbance()
        return found if ratio is None else {**found, "slow.deliver_ratio": ratio}

    def _disturbance(self) -> float | None:
        """How many times longer deliveries took in the disturbed part than in the quiet one."""
        name = f"deliver.{self.entry.stream}"
        quiet = self.totals.distributions.get(f"{name}.quiet")
        during = self.totals.distributions.get(name)
        # The quiet third of a short run is too short for a p99.
        for percent in (99, 90):
            if quiet and during and quiet.is_enough_for(percent) and during.is_enough_for(percent):
                return (during.percentile(percent) or 0) / (quiet.percentile(percent) or 1)
        return None
