"""Where absent values stand (seed 003, order_by; order of the published client)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    advise,
    by_depth,
    expect,
    not_applicable,
    requirement,
)
from conformance.oracles.meta.model import KINDS, Data
from conformance.oracles.meta.order import value_under
from conformance.oracles.meta.paths import resolve
from conformance.suite.meta.ordering import RANK, mixed
from conformance.suite.meta.reading import everything, kinds, seen
from conformance.targets.meta import MetaTarget

ONE_PAGE = 50
FEW_LABELS = 2
KEY = re.compile("[A-Za-z_][A-Za-z0-9_]*")
PATHS = (f"metadata.labels.{RANK}", "metadata.create_time", "metadata.labels.tier")


@requirement("META-ORD-009")
def test_absent_values_come_first_ascending(meta: MetaTarget) -> None:
    judged = 0
    for plural in kinds(at_most=2):
        own = ("location.country",) if plural == "regions" else ()
        for path in (*own, *_label_paths(meta, plural), *PATHS):
            if judged and by_depth(full=False, staging=True):
                return
            for up, down in _both_ways(meta, plural, path):
                judged += _expect_placed(plural, path, up, down)
    if not judged:
        not_applicable("no resource lacks what others have")


def _label_paths(meta: MetaTarget, plural: str) -> list[str]:
    """Paths of a few labels that are there and can be written as a path."""
    items = next((items for _, items in seen(meta, plural) if len(items) > 1), [])
    keys = {key for item in items for key in item.get("metadata", {}).get("labels", {})}
    return [f"metadata.labels.{key}" for key in sorted(keys) if KEY.fullmatch(key)][:FEW_LABELS]


def _both_ways(
    meta: MetaTarget, plural: str, path: str
) -> Iterator[tuple[Sequence[Data], Sequence[Data]]]:
    """Lists by a path, ascending and descending: of what is made, and of what is there."""
    try:
        if meta.depth == "full" and "mutate" in meta.capabilities:
            population = mixed(meta, plural)
            up, down = (everything(meta, population, order=path + d) for d in ("", " desc"))
            yield up, down
        for parent, items in seen(meta, plural):
            if len(items) > 1:
                pages = (
                    meta.list(plural, parent=parent, size=ONE_PAGE, order=path + d).items
                    for d in ("", " desc")
                )
                up_page, down_page = pages
                yield up_page, down_page
                break
    except Refused as refusal:
        if refusal.code not in BAD_ARGUMENT:
            raise  # else whether that path can be sorted by is another requirement's


def _expect_placed(plural: str, path: str, up: Sequence[Data], down: Sequence[Data]) -> bool:
    """Judge where absent values stand; whether there were such, and others."""
    resolved = resolve(path, KINDS[plural].message)
    gone_up, gone_down = (
        [value_under(item, resolved) is None for item in items] for items in (up, down)
    )
    if not (any(gone_up) and not all(gone_up) and any(gone_down) and not all(gone_down)):
        return False
    first = _is_sorted([not gone for gone in gone_up]) and _is_sorted(gone_down)
    last = _is_sorted(gone_up) and _is_sorted([not gone for gone in gone_down])
    what = f"absent {path} among {plural}"
    wanted = "first ascending, last descending"
    expect(first or last, what, got=f"ascending {gone_up}, descending {gone_down}", wanted=wanted)
    advise(first, what, got="last ascending, first descending", wanted=wanted)
    return True


def _is_sorted(flags: Sequence[bool]) -> bool:
    return list(flags) == sorted(flags)
