"""Counters of a server at one moment, for people, monitors and load tests."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stats:
    """What a server is doing."""

    open_streams: int
    pending_changes: int
    """Changes that open streams were not handed yet, summed over the streams."""
    overflows: int
    """Streams ended because their readers fell behind."""
    changes_committed: int
    loop_lag_ms: float
    """How late the event loop was, at worst, within the last seconds."""
    rss_bytes: int
    calls: Mapping[str, int]
    """Calls by method path."""

    def readable(self) -> dict[str, str]:
        """Return the counters as a status page shows them."""
        return {
            "open streams": str(self.open_streams),
            "pending changes": str(self.pending_changes),
            "streams that fell behind": str(self.overflows),
            "changes committed": str(self.changes_committed),
            "loop lag": f"{self.loop_lag_ms:.1f} ms",
            "memory": f"{self.rss_bytes / 2**20:.0f} MiB",
            "calls": str(sum(self.calls.values())),
        }


def prometheus(stats: Stats) -> str:
    """Return the counters in the text format of Prometheus."""
    return "\n".join(_lines(stats)) + "\n"


def _lines(stats: Stats) -> Iterator[str]:
    for name, kind, text, value in (
        ("open_streams", "gauge", "Streams open now.", stats.open_streams),
        ("pending_changes", "gauge", "Changes not handed to streams yet.", stats.pending_changes),
        ("overflows_total", "counter", "Streams ended for being too slow.", stats.overflows),
        ("changes_committed_total", "counter", "Changes committed.", stats.changes_committed),
        ("loop_lag_seconds", "gauge", "Lateness of the event loop.", stats.loop_lag_ms / 1000),
        ("resident_memory_bytes", "gauge", "Resident memory.", stats.rss_bytes),
    ):
        yield f"# HELP gridproof_{name} {text}"
        yield f"# TYPE gridproof_{name} {kind}"
        yield f"gridproof_{name} {value}"
    yield "# HELP gridproof_calls_total Calls by method."
    yield "# TYPE gridproof_calls_total counter"
    for path, count in sorted(stats.calls.items()):
        yield f'gridproof_calls_total{{method="{path}"}} {count}'


def resident_bytes() -> int:
    """Return the memory that this process holds now; its peak where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
