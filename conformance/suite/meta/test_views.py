"""What views and masks show of a resource (seed 003, View; published projection)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from conformance.judging import (
    advise,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.fields import camel
from conformance.oracles.meta.model import Data
from conformance.oracles.meta.views import PathError, covers, mask_paths, projections, readings_of
from conformance.strategies.meta_queries import BAD_MASKS, masks
from conformance.suite.meta.filtering import Own, bad, leaves, some
from conformance.suite.meta.reading import everything, names
from conformance.targets.meta import MetaTarget

Mask = Sequence[str]

FLAT: Mapping[str, Sequence[Mask]] = {
    "deployments": (["service"], ["service", "metadata"]),
    "regions": (["title"], ["domain", "connectivity_scores"], ["location", "is_default"]),
    "resources": (["fqn"], ["plural_name", "is_regional"], ["metadata"]),
    "services": (["current_version"], ["all_versions", "metadata"], ["display_name"]),
}
"""Masks of fields of the resource itself, by kind."""

ENOUGH = 5
"""Resources of a kind that are looked at one by one; so many differ in whatever masks name."""

META_PATHS: Sequence[Mask] = (
    ["metadata.labels.tier"],
    ["metadata.create_time", "metadata.tags"],
    ["metadata.labels", "metadata.labels.k"],
    ["metadata.lifecycle.state"],
)
NESTED: Mapping[str, Sequence[Mask]] = {
    "deployments": META_PATHS,
    "regions": (
        ["location.city"],
        ["connectivity_scores.score"],
        ["location", "location.city"],
        *META_PATHS,
    ),
    "resources": META_PATHS,
    "services": META_PATHS,
}
"""Masks of fields of messages and of keys of maps, by kind."""


def _owns(meta: MetaTarget) -> list[Own]:
    return some(meta, *by_depth(full=(), staging=("services", "regions")))


def _judged(listed: Own, *, view: str | None = None, mask: Mask | None = None) -> set[str]:
    """The readings by which Get shows the resources so; fails where there is none."""
    left: set[str] = set()

    def judge() -> None:
        left.clear()
        meta, kind = listed.meta, listed.kind
        known = sampled(listed.population.names, 1)[:ENOUGH]
        full, _ = meta.batch(kind.plural, known, view="FULL")
        for data in full:
            shown = meta.get(data["name"], view=view, mask=mask)
            found = readings_of(shown, data, kind, view=view, mask=mask)
            wanted = next(iter(projections(data, kind, view=view, mask=mask).values()))
            what = f"{data['name']} by view {view or 'not given'} and mask {mask or 'not given'}"
            expect(found, what, got=_unlike(shown, wanted), wanted=_unlike(wanted, shown))
            common = left.intersection(found) if left else set(found)
            if not common and view in ("BASIC", "DETAIL"):
                common = {"between"}  # Where little is set, that looks like less.
            left.clear()
            left.update(common)
            expect(left, what, got=f"another reading: {found}", wanted="one for all resources")

    listed.steady(judge)
    return left


def _unlike(data: Data, other: Data) -> str:
    """The fields in which one resource differs from another, for people."""
    unlike = {key: value for key, value in data.items() if other.get(key) != value}
    return f"{unlike}" if unlike else "nothing else"


@requirement("META-VMK-001")
def test_full_view_ignores_the_mask(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        _judged(listed, view="FULL")
        kind = listed.kind.plural
        for mask in sampled((*FLAT[kind], *NESTED[kind]), 1):
            _judged(listed, view="FULL", mask=mask)
            for show in (_batched, _listed):
                listed.steady(partial(_same, listed, show, {"view": "FULL"}, {"mask": mask}))


Shows = Callable[..., list[Data]]


def _got(listed: Own, **how: Any) -> list[Data]:
    return [listed.meta.get(name, **how) for name in listed.population.names]


def _batched(listed: Own, **how: Any) -> list[Data]:
    return listed.meta.batch(listed.kind.plural, listed.population.names, **how)[0]


def _listed(listed: Own, **how: Any) -> list[Data]:
    return everything(listed.meta, listed.population, **how)


def _same(listed: Own, show: Shows, how: dict[str, Any], more: dict[str, Any]) -> None:
    plain, also = show(listed, **how), show(listed, **how, **more)
    expect(plain == also, f"{listed.kind.plural} by {how} and {more}", got=also, wanted=plain)


@requirement("META-VMK-002")
def test_name_view_shows_names(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        left = _judged(listed, view="NAME")
        if listed.kind.plural == "services":
            reading = sorted(left, reverse=True)[0]
            observe(reading, trait="M7")
            whole = reading == "with display name"
            advise(whole, "NAME view of services", got=reading, wanted="the display name, too")


@requirement("META-VMK-003")
def test_name_view_with_a_mask_shows_both(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        kind = listed.kind.plural
        for mask in sampled((*FLAT[kind], *NESTED[kind]), 1):
            _judged(listed, view="NAME", mask=mask)


@requirement("META-VMK-004")
def test_whole_resources_are_shown_by_default(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        _judged(listed)


@requirement("META-VMK-005")
def test_mask_alone_decides(meta: MetaTarget) -> None:
    left: set[str] = set()
    for listed in _owns(meta):
        for mask in sampled(FLAT[listed.kind.plural], 1):
            found = _judged(listed, mask=mask)
            left = left & found if left else found
            expect(left, f"mask {mask}", got=sorted(found), wanted="one reading for all masks")
    reading = next(r for r in ("mask and name", "mask", "full") if r in left)
    observe(reading, trait="M5")
    advise(reading != "full", "a mask without a view", got="the whole resource", wanted="the mask")


@requirement("META-VMK-006")
def test_views_between_name_and_full(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        for view in sampled(("BASIC", "DETAIL"), 1):
            found = _judged(listed, view=view)
            known = [r for r in ("as unspecified", "as name", "between") if r in found]
            if known:
                observe(known[0], trait="M6")
        name = listed.population.names[0]
        shown = [listed.meta.get(name, view=view) for view in ("NAME", "BASIC", "DETAIL", "FULL")]
        if not all(covers(more, less) for less, more in pairwise(shown)):
            observe(f"views of {listed.kind.plural} do not each show what the one before shows")


@requirement("META-VMK-007")
def test_masks_of_unknown_fields(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        meta, kind, known = listed.meta, listed.kind, listed.population.names
        for path in sampled([path for path in BAD_MASKS if _is_wrong(listed, path)], 3):
            for mask in ([path], ["name", path]):
                what = f"mask {mask} of {kind.plural}"
                bad(partial(meta.get, known[0], mask=mask), f"Get with {what}")
                if by_depth(full=False, staging=True):
                    break
                bad(partial(meta.batch, kind.plural, known[:2], mask=mask), f"BatchGet with {what}")
                below = listed.population.parent
                bad(partial(meta.list, kind.plural, parent=below, mask=mask), f"List with {what}")


def _is_wrong(listed: Own, path: str) -> bool:
    """Whether no server has to know a path."""
    try:
        mask_paths([path], listed.kind)
    except PathError as error:
        return error.demanded
    return False


@requirement("META-VMK-008")
def test_nested_masks_show_exactly_these(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        for mask in sampled(NESTED[listed.kind.plural], 1):
            # With a view there is one reading only.
            _judged(listed, view="NAME", mask=mask)
            _judged(listed, mask=mask)


@requirement("META-VMK-008")
def test_drawn_masks_show_exactly_these(meta: MetaTarget) -> None:
    cases = st.sampled_from(_owns(meta)).flatmap(
        lambda listed: st.tuples(st.just(listed), masks(listed.kind))
    )

    def body(case: tuple[Own, list[str]]) -> None:
        listed, mask = case
        snake = [path.text for path in mask_paths(mask, listed.kind)]
        _judged(listed, view="NAME", mask=snake)
        _judged(listed, mask=snake)

    explore(body, case=cases, examples=by_depth(full=30, staging=0))


@requirement("META-VMK-009")
def test_masks_in_lower_camel_case(meta: MetaTarget) -> None:
    asked = 0
    for listed in _owns(meta):
        spelled = [field for field in listed.kind.fields if "_" in field]
        paths = [*spelled, "metadata.create_time", "metadata.resource_version"]
        for path in sampled(paths, 2):
            if "." not in path and not any(item[path] for item in listed.items):
                continue  # Shown or not, it looks the same.
            asked += 1
            other = {"mask": [camel(path)]}
            listed.steady(partial(_alike, listed, {"mask": [path]}, other))
    if not asked:
        not_applicable("no hook is declared, and nothing is set that has two spellings")


def _alike(listed: Own, how: dict[str, Any], other: dict[str, Any]) -> None:
    known = listed.population.names[: by_depth(full=3, staging=1)]
    plain, also = (
        [listed.meta.get(name, view="NAME", **h) for name in known] for h in (how, other)
    )
    expect(plain == also, f"{listed.kind.plural} by {other}", got=also, wanted=plain)


@requirement("META-VMK-011")
def test_hidden_fields_filter_and_order(meta: MetaTarget) -> None:
    for listed in _owns(meta):
        shown = tuple(f"{name} " for name in listed.kind.name_view)
        hidden = [leaf for leaf in leaves(listed) if not leaf.text.startswith(shown)]
        texts = [leaf.text for leaf in hidden] or ["metadata.generation >= 0"]
        ways = ({"view": "NAME"}, {"mask": ["name"], "view": "NAME"})
        for text in sampled(texts, 1)[:4]:
            path = text.partition(" ")[0]
            for how in ways[: by_depth(full=2, staging=1)]:
                both = listed.population.both(text)
                listed.steady(partial(_finds_alike, listed, how, {"filter": both}))
                for order in by_depth(full=(path, f"{path} desc"), staging=(f"{path} desc",)):
                    listed.steady(partial(_finds_alike, listed, how, {"order": order}))


def _finds_alike(listed: Own, how: dict[str, Any], query: dict[str, str]) -> None:
    all_shown = names(_listed(listed, **query))
    found = names(_listed(listed, **query, **how))
    expect(found == all_shown, f"{query} with {how}", got=found, wanted=all_shown)
