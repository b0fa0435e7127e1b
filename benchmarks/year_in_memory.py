"""A year at one minute with ten columns kept, in the reference engine: prints resident MB.

`python -m benchmarks.year_in_memory`; started by `bench_engines.py` as a process of its own. The
compiled engine keeps the same, but importing numba alone takes more memory than all of this.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.whole_site import inputs, site
from simulator.engines import Case
from simulator.engines.reference import record

COLUMNS = (
    *("c1.in_wh", "c1.out_wh", "c2.load_w", "c3.p_w", "c4.soc_end"),
    *("c5.p_w", "c6.p_w", "c7.soc_end", "c8.p_w", "c8.soc_end"),
)


def main() -> None:
    """Run it."""
    scenario = site()
    case = Case(
        scenario=scenario,
        start_us=scenario.meta.start_us,
        end_us=scenario.meta.end_us,
        seed=1,
        inputs=inputs(60),
    )
    found = record(case, columns=COLUMNS)
    assert len(found.segments["c1.in_wh"]) > 500_000
    print(_most_mb())


def _most_mb() -> float:
    """Return the largest resident size of this program.

    Not `ru_maxrss`: Linux counts what stood in the process before it began to run this program.
    """
    status = Path("/proc/self/status").read_text("ascii", "replace")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise SystemExit("the largest resident size is told by Linux alone")
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
