"""Faults in masked updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants import straight
from conformance.mutants.book import Book
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.faults.validating import forgiving
from conformance.mutants.faults.writing import anywhere, not_once_started, showing
from conformance.oracles.masks import PATHS
from conformance.oracles.masks import masked as apply_mask
from conformance.oracles.model import SECOND_US, DispatchView, Rule, RuleUpdate, Update

Masked = Callable[[DispatchView, Update, Sequence[str]], DispatchView]

_LISTS = ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")


def masking(change: Masked, *, checked: bool = True) -> Changes:
    """Another way to apply a mask; unless `checked`, masks are not looked at first."""

    def masked(
        book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
    ) -> DispatchView:
        if checked:
            straight.check_mask(update, paths)
        return change(before, update, paths)

    return {"masked": masked}


def with_twins(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """All dispatches of a type are updated together."""
    after = straight.masked(book, microgrid, before, update, paths)
    for view in list(book.of(microgrid).values()):
        if view.type == before.type and view.id != before.id:
            book.put(microgrid, straight.masked(book, microgrid, view, update, paths))
    return after


def everything(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """All fields are taken over, whatever the mask says; a start and target only if given."""
    kept = [
        path
        for path in PATHS
        if not (path == "start_time" and update.start_us is None)
        and not (path == "target" and update.target is None)
    ]
    return apply_mask(before, update, kept)


def ignoring(*names: str) -> Masked:
    """These paths have no effect."""
    return lambda before, update, paths: apply_mask(
        before, update, [path for path in paths if path not in names]
    )


def only_if_given(*names: str) -> Masked:
    """These paths have no effect when their value is left out."""

    def masked(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
        rule = update.rule or RuleUpdate()
        given = {
            "duration": update.duration_s is not None,
            "recurrence.end_criteria": rule.end_criteria,
            **{f"recurrence.{name}": bool(getattr(rule, name)) for name in _LISTS},
        }
        return apply_mask(before, update, [p for p in paths if p not in names or given[p]])

    return masked


def merged_lists(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """New values are added to the lists of the rule."""
    after = apply_mask(before, update, paths)
    if after.rule is None or before.rule is None:
        return after
    masked = [name for name in _LISTS if f"recurrence.{name}" in paths]
    joined: dict[str, Any] = {
        name: tuple(sorted({*getattr(before.rule, name), *getattr(after.rule, name)}))
        for name in masked
    }
    return replace(after, rule=replace(after.rule, **joined))


def zero_for_none(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """A duration that is cleared becomes 0."""
    after = apply_mask(before, update, paths)
    return replace(after, duration_s=after.duration_s or 0) if "duration" in paths else after


def first_arm_stays(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """A rule that has a count keeps it when an until is set."""
    after = apply_mask(before, update, paths)
    if not (before.rule and after.rule) or before.rule.count is None or not after.rule.until_us:
        return after
    return replace(after, rule=replace(after.rule, count=before.rule.count, until_us=None))


def type_is_cleared(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """The paths `type` and `is_dry_run` reset what no update can hold."""
    rest = [path for path in paths if path not in ("type", "is_dry_run")]
    straight.check_mask(update, rest or ["duration"])
    after = apply_mask(before, update, rest)
    return replace(
        after,
        type="changed" if "type" in paths else after.type,
        dry_run=not after.dry_run if "is_dry_run" in paths else after.dry_run,
    )


def strange_is_everything(
    before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """A mask with an unknown path replaces all fields that are given."""
    known = {*PATHS, "recurrence", "type", "is_dry_run"}
    if paths and not set(paths) <= known:
        return replace(before, active=not before.active, duration_s=12_345)
    straight.check_mask(update, paths)
    return apply_mask(before, update, paths)


def path_by_path(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """Each path is stored before the next one is looked at."""
    after = before
    for path in paths:
        straight.check_mask(update, [path])
        after = apply_mask(after, update, [path])
        book.put(microgrid, after)
    straight.check_mask(update, paths)
    return after


def stored_but_not_answered(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """With an empty mask all given fields are stored, and the old state is answered."""
    if paths:
        straight.check_mask(update, paths)
        return apply_mask(before, update, paths)
    book.scratch["answer"] = before
    return replace(before, active=not before.active, duration_s=4_321)


def answer_of_empty_mask(book: Book, view: DispatchView, where: str) -> DispatchView:
    """The old state, once."""
    before: DispatchView = book.scratch.pop("answer", view) if where == "update" else view
    return before


def merged_payload(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """The keys of a new payload are added to the old ones."""
    after = apply_mask(before, update, paths)
    return replace(after, payload={**before.payload, **after.payload})


def no_new_rule(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """A one-shot stays one."""
    after = apply_mask(before, update, paths)
    return after if before.rule is not None else replace(after, rule=None)


def whole_seconds(before: DispatchView, at_us: int) -> int:
    """Update times have no fractions of a second."""
    return max(at_us - at_us % SECOND_US, before.update_us - before.update_us % SECOND_US)


def interval_of_the_first(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """Within a second only the first of two updates can set the interval."""
    quick = before.update_us > before.create_us and (
        straight.now_us(book) - before.update_us < SECOND_US
    )
    rest = [path for path in paths if not (quick and path == "recurrence.interval")]
    straight.check_mask(update, paths)
    return apply_mask(before, update, rest)


def interval_only(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """Any path of the rule takes over the whole rule given."""
    after = apply_mask(before, update, paths)
    if any(path.startswith("recurrence.") for path in paths):
        whole = apply_mask(before, update, [path for path in PATHS if path.startswith("rec")])
        return replace(after, rule=whole.rule or Rule(freq=0, interval=0))
    return after


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "mask-ignored",
        "An update takes over every field, whatever the mask says.",
        masking(everything),
        "DSP-UPD-001",
    ),
    _mutant(
        "twins-updated",
        "An update reaches every dispatch of the same type.",
        {"masked": with_twins},
        "DSP-UPD-001",
    ),
    _mutant(
        "mask-of-rule-takes-all",
        "A path into the rule takes over the whole rule given.",
        masking(interval_only),
        "DSP-UPD-001",
    ),
    _mutant(
        "path-payload-ignored",
        "The path payload has no effect.",
        masking(ignoring("payload")),
        "DSP-UPD-002",
    ),
    _mutant(
        "path-months-ignored",
        "The path recurrence.bymonths has no effect.",
        masking(ignoring("recurrence.bymonths")),
        "DSP-UPD-003",
    ),
    _mutant(
        "lists-merged",
        "Lists of the rule are merged with the old ones.",
        masking(merged_lists),
        "DSP-UPD-004",
    ),
    _mutant(
        "empty-lists-kept",
        "A list of the rule that is masked and empty stays as it was.",
        masking(only_if_given(*(f"recurrence.{name}" for name in _LISTS))),
        "DSP-UPD-004",
    ),
    _mutant(
        "duration-kept",
        "A duration that is masked and left out stays as it was.",
        masking(only_if_given("duration")),
        "DSP-UPD-005",
    ),
    _mutant(
        "duration-cleared-to-zero",
        "A duration that is masked and left out becomes 0.",
        masking(zero_for_none),
        "DSP-UPD-005",
    ),
    _mutant(
        "end-criteria-kept",
        "End criteria that are masked and left out stay as they were.",
        masking(only_if_given("recurrence.end_criteria")),
        "DSP-UPD-006",
    ),
    _mutant(
        "count-stays",
        "A rule with a count keeps it when an until is set.",
        masking(first_arm_stays),
        "DSP-UPD-007",
    ),
    _mutant(
        "past-start-by-update",
        "An update can move the start to the past.",
        forgiving("DSP-VAL-001", where="update"),
        "DSP-UPD-008",
    ),
    _mutant(
        "started-is-frozen",
        "A dispatch that has started cannot be updated.",
        {"find_to_change": not_once_started},
        "DSP-UPD-009",
    ),
    _mutant(
        "type-changeable",
        "The mask paths type and is_dry_run change what may never change.",
        masking(type_is_cleared, checked=False),
        "DSP-UPD-010",
    ),
    _mutant(
        "unknown-path-changes",
        "A mask with an unknown path changes other fields.",
        masking(strange_is_everything, checked=False),
        "DSP-UPD-011",
    ),
    _mutant(
        "mask-not-atomic",
        "The good paths of a mask are stored before a bad one is refused.",
        {"masked": path_by_path},
        "DSP-UPD-012",
    ),
    _mutant(
        "empty-mask-answers-old",
        "An update with an empty mask changes fields and answers the old state.",
        {"masked": stored_but_not_answered, "shown": answer_of_empty_mask},
        "DSP-UPD-013",
    ),
    _mutant(
        "update-time-kept",
        "Updates do not change the update time.",
        {"update_us": lambda before, at_us: before.update_us},
        "DSP-UPD-014",
        "DSP-FLT-013",
        "DSP-SRT-006",
    ),
    _mutant(
        "update-time-whole-seconds",
        "Two updates within a second have the same update time.",
        {"update_us": whole_seconds},
        "DSP-UPD-014",
    ),
    _mutant(
        "update-anywhere",
        "An update finds dispatches of every microgrid.",
        {"find_to_change": anywhere},
        "DSP-UPD-015",
    ),
    _mutant(
        "one-shots-stay",
        "Setting a frequency does not make a one-shot recur.",
        masking(no_new_rule),
        "DSP-UPD-017",
    ),
    _mutant(
        "payload-merged",
        "A new payload is merged with the old one.",
        masking(merged_payload),
        "DSP-UPD-019",
    ),
    _mutant(
        "bare-recurrence-ignored",
        "The mask path recurrence is accepted and has no effect.",
        masking(ignoring("recurrence")),
        "DSP-UPD-018",
    ),
    _mutant(
        "updates-mix",
        "Of two updates in quick succession the second keeps the interval of the first.",
        {"masked": interval_of_the_first},
        "DSP-UPD-020",
    ),
    _mutant(
        "update-answers-old",
        "The answer of an update shows the update time of the creation.",
        showing(lambda view: replace(view, update_us=view.create_us), "update"),
        "DSP-GET-001",
    ),
)
