"""The ledger in figures: how much is demanded in each section, by how much it is judged.

The README's tables are these (`gridproof requirements --format coverage`); a test keeps them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

import yaml

from conformance.requirements import LEVELS, Requirement, links

_HEAD = ("MUST", "SHOULD", "MAY", "checks", "faults", "not judged")
"""A row that is not judged has a reason in the ledger; faults are those seeded in naive servers."""


def render(chosen: Sequence[Requirement]) -> str:
    """One Markdown table for each API, a line for each section and one for the sum."""
    checks, mutants = links.checks(), links.mutants()
    apis = dict.fromkeys(row.service for row in chosen)
    return "\n".join(
        _table(api, [row for row in chosen if row.service == api], checks, mutants) for api in apis
    )


def sections() -> Mapping[str, Mapping[str, str]]:
    """What each group of each API's ledger is about."""
    text = (resources.files("conformance.requirements") / "sections.yaml").read_text("utf-8")
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return found


def _table(
    api: str,
    rows: Sequence[Requirement],
    checks: Mapping[str, Sequence[str]],
    mutants: Mapping[str, Sequence[str]],
) -> str:
    groups: dict[str, list[Requirement]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    lines = [f"| {api} | {' | '.join(_HEAD)} |", "| --- |" + " ---: |" * len(_HEAD)]
    lines += [
        _line(sections()[api][group], members, checks, mutants) for group, members in groups.items()
    ]
    lines.append(_line("**all**", rows, checks, mutants))
    return "\n".join(lines) + "\n"


def _line(
    title: str,
    rows: Iterable[Requirement],
    checks: Mapping[str, Sequence[str]],
    mutants: Mapping[str, Sequence[str]],
) -> str:
    rows = list(rows)
    figures = [sum(row.level == level for row in rows) for level in LEVELS]
    figures.append(len({each for row in rows for each in checks.get(row.id, ())}))
    figures.append(len({each for row in rows for each in mutants.get(row.id, ())}))
    figures.append(sum(row.untestable is not None for row in rows))
    return f"| {title} | {' | '.join(str(each or '') for each in figures)} |"
