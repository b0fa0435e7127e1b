"""Legal variants in masked updates."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.mutants import straight
from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Changes, Variant
from conformance.oracles.masks import PATHS, RULE_PATHS
from conformance.oracles.masks import masked as apply_mask
from conformance.oracles.model import DispatchView, RuleUpdate, Update


def no_change_if_empty(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """An empty mask changes nothing."""
    if not paths:
        return before
    return straight.masked(book, microgrid, before, update, paths)


def all_given_if_empty(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """An empty mask stands for all fields that are given."""
    if paths:
        return straight.masked(book, microgrid, before, update, paths)
    rule = update.rule or RuleUpdate()
    given = {
        "start_time": update.start_us is not None,
        "duration": update.duration_s is not None,
        "target": update.target is not None,
        "is_active": update.active is not None,
        "payload": update.payload is not None,
        "recurrence.freq": rule.freq is not None,
        "recurrence.interval": rule.interval is not None,
        "recurrence.end_criteria": rule.end_criteria,
    }
    lists = [path for path in RULE_PATHS if path not in given]
    given |= {path: bool(getattr(rule, path.removeprefix("recurrence."))) for path in lists}
    return apply_mask(before, update, [path for path, is_given in given.items() if is_given])


def unknown_ignored(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """Unknown and immutable paths have no effect."""
    if not paths:
        straight.check_mask(update, paths)
    known = [path for path in paths if path in (*PATHS, "recurrence")]
    if known:
        straight.check_mask(update, known)
    return apply_mask(before, update, known)


def no_bare_rule(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """The bare path `recurrence` is refused."""
    if "recurrence" in paths:
        raise Refuse("invalid", "update_mask: name the parts of recurrence")
    return straight.masked(book, microgrid, before, update, paths)


def values_needed(
    book: Book, microgrid: int, before: DispatchView, update: Update, paths: Sequence[str]
) -> DispatchView:
    """A masked field needs a value, except the duration, the flag and the lists."""
    rule = update.rule or RuleUpdate()
    missing = {
        "payload": update.payload is None,
        "recurrence.freq": rule.freq is None,
        "recurrence.interval": rule.interval is None,
        "recurrence.end_criteria": not rule.end_criteria,
    }
    for path in paths:
        if missing.get(path, False):
            raise Refuse("invalid", f"update_mask has {path}, but the update has no value")
    return straight.masked(book, microgrid, before, update, paths)


def _variant(id_: str, sentence: str, trait: str, changes: Changes, *near: str) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes, near=near)


VARIANTS = (
    _variant(
        "empty-mask-changes-nothing",
        "An update with an empty mask is accepted and changes nothing.",
        "A15",
        {"masked": no_change_if_empty},
        "DSP-UPD-013",
    ),
    _variant(
        "empty-mask-is-all",
        "An empty mask stands for all fields given.",
        "A15",
        {"masked": all_given_if_empty},
        "DSP-UPD-013",
    ),
    _variant(
        "unknown-paths-ignored",
        "Unknown and immutable mask paths have no effect.",
        "A16",
        {"masked": unknown_ignored},
        "DSP-UPD-010",
        "DSP-UPD-011",
        "DSP-UPD-012",
    ),
    _variant(
        "bare-recurrence-refused",
        "The mask path recurrence is refused.",
        "A17",
        {"masked": no_bare_rule},
        "DSP-UPD-018",
    ),
    _variant(
        "masked-values-needed",
        "A masked field that may be refused without value is refused.",
        "A30",
        {"masked": values_needed},
        "DSP-UPD-004",
        "DSP-UPD-005",
        "DSP-UPD-006",
    ),
)
