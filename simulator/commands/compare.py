"""`gridproof compare`: what differs between finished simulations, as table and plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fixtures.terminal import Exit, fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.outcome.compare import Row, Run


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="DIR DIR …", help="--out directories of simulate.")
    ],
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the differences.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show what differs between finished runs; the first one is the reference."""
    from simulator.outcome.compare import (
        CompareError,
        comparison,
        dispatch_rows,
        read_runs,
        site_rows,
    )

    if len(runs) < 2:
        fail(Exit.USAGE, "expected at least two directories to compare")
    try:
        finished = read_runs(runs)
    except CompareError as error:
        fail(Exit.USAGE, str(error))
    site = [row for row in site_rows(finished) if row.differs]
    dispatches = [row for row in dispatch_rows(finished) if row.differs]
    if plot is not None:
        _draw(finished, site, dispatches, plot)
    if as_json:
        import json

        print(json.dumps(comparison(finished), indent=2, ensure_ascii=False, allow_nan=False))
        return
    _print(finished, site, dispatches, same=comparison(finished)["same_stretch"])


def _draw(runs: Sequence[Run], site: Sequence[Row], dispatches: Sequence[Row], path: Path) -> None:
    """Draw energies; money, ratios and powers have other scales."""
    from simulator.outcome.plots import draw_comparison

    delivered = [row for row in dispatches if row.figure.endswith(" delivered")]
    try:
        draw_comparison(runs, [*(row for row in site if row.unit == "kWh"), *delivered], path)
    except OSError as error:
        fail(Exit.USAGE, f"--plot: cannot write {path}: {error.strerror or error}")


def _print(
    runs: Sequence[Run], site: Sequence[Row], dispatches: Sequence[Row], *, same: bool
) -> None:
    from rich.table import Table

    from fixtures.terminal import say
    from simulator.outcome.terminal import console

    if not same:
        say("the runs cover different stretches of time: totals differ for that reason alone")
    out = console()
    for title, rows in (("site", site), ("dispatches", dispatches)):
        if not rows:
            out.print(f"{title}: no difference")
            continue
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column(title)
        for run in runs:
            table.add_column(run.name, justify="right", overflow="fold")
        for run in runs[1:]:
            table.add_column(f"{run.name} - {runs[0].name}", justify="right", overflow="fold")
        for row in rows:
            first = row.values[0]
            changes = [
                "" if first is None or value is None else f"{value - first:+,.3f}"
                for value in row.values[1:]
            ]
            shown = ["-" if value is None else f"{value:,.3f}" for value in row.values]
            unit = f" ({row.unit})" if row.unit else ""
            table.add_row(row.figure + unit, *shown, *changes)
        out.print(table)
        out.print()
