"""`gridproof scenarios`: what ships with the tool, a line each."""

from __future__ import annotations

from typing import Annotated

import typer


def scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print the shipped sites and scenarios; each can be copied and edited."""
    import json

    from simulator.microgrid.scenario_file import find, load_scenario, shipped_names

    rows = []
    for name in shipped_names():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name,
                "description": scenario.meta.description,
                "components": len(scenario.components),
                "dispatches": len(scenario.dispatches),
                "days": round((scenario.meta.end_us - scenario.meta.start_us) / 86.4e9, 3),
                "file": str(find(name)),
            }
        )
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.table import Table

    from simulator.outcome.terminal import console

    table = Table(box=None, pad_edge=False)
    for title in ("name", "components", "dispatches", "days", "description"):
        right = title in ("components", "dispatches", "days")
        table.add_column(title, justify="right" if right else "left", no_wrap=title == "name")
    for row in rows:
        table.add_row(
            str(row["name"]),
            str(row["components"]),
            str(row["dispatches"]),
            f"{row['days']:g}",
            str(row["description"]),
        )
    out = console()
    out.print(table)
    out.print(f"\nEach is a YAML file to copy from: {rows[0]['file']}" if rows else "")
