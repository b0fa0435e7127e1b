"""`python -m benchmarks [NAME …]`: run benchmarks, print a table, write `.bench/results.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.harness import Result

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)
RESULTS = Path(".bench") / "results.json"


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, or all; 0 when every wanted ratio holds, 2 for an unknown name."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    results: list[Result] = []
    for name in names or NAMES:
        print(f"running {name} …", file=sys.stderr, flush=True)
        results += import_module(f"benchmarks.bench_{name}").run()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    show(results)
    return 0 if all(result.holds for result in results) else 1


def show(results: Sequence[Result]) -> None:
    """Print results as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("benchmark", "figure", "against", "ratio", "wanted", "holds")
    for result in results:
        table.add_row(
            result.name,
            f"{result.value:,.4g} {result.unit}",
            result.against,
            f"{result.ratio:,.3g}",
            f"{result.wanted:,.3g}",
            "yes" if result.holds else "NO",
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
