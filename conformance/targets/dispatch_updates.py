"""Which mask paths an update of a dispatch stands for."""

from __future__ import annotations

from conformance.oracles.model import RuleUpdate, Update

LISTS = ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")

RULE_PATHS = tuple(f"recurrence.{part}" for part in ("freq", "interval", "end_criteria", *LISTS))
"""All parts of a rule, as the published clients name them."""


def masked(update: Update) -> list[str]:
    """The paths of the fields that the update has, `target` for either generation's name."""
    paths = {
        "start_time": update.start_us,
        "duration": update.duration_s,
        "target": update.target,
        "is_active": update.active,
        "payload": update.payload,
    }
    return [path for path, value in paths.items() if value is not None] + (
        _rule_paths(update.rule) if update.rule is not None else []
    )


def _rule_paths(rule: RuleUpdate) -> list[str]:
    present = {
        "freq": rule.freq is not None,
        "interval": rule.interval is not None,
        "end_criteria": rule.end_criteria or rule.count is not None or rule.until_us is not None,
        **{name: bool(getattr(rule, name)) for name in LISTS},
    }
    return [f"recurrence.{name}" for name, has in present.items() if has]
