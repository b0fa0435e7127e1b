"""The summary of a run as text for people; needs nothing but the summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loadtests.memory import TOO_SHORT
from loadtests.metrics import LEFT

PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")


def text(summary: Mapping[str, Any]) -> str:
    """The summary as Markdown, which reads well on a terminal too."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    verdict, scalars = summary["verdict"], summary["scalars"]
    yield f"# {summary['scenario']} on {summary['target']}: {verdict['name']}"
    yield ""
    for reason in (*verdict["errors"], *verdict["bad"], *verdict["inconclusive"]):
        yield f"- {reason}"
    options, integrity = summary["options"], summary["integrity"]
    yield from (f"- {note}" for note in summary["notes"])
    where = f" on {integrity['streams']} streams" if integrity["streams"] else ""
    yield f"- integrity: {integrity['total'] or 'no'} violations{where}"
    yield (
        f"- offered {scalars.get('offered_per_s', 0):.1f} writes/s, "
        f"achieved {scalars.get('achieved_per_s', 0):.1f}/s, "
        f"dropped {scalars.get('dropped', 0):.2%}, failed {scalars.get('failures', 0):.2%}"
    )
    if integrity["streams"]:
        yield f"- delivered {scalars.get('deliveries_per_s', 0):.1f} changes/s over all streams"
    if scalars.get("walks_per_s"):
        yield f"- {scalars['walks_per_s']:.1f} walks over all pages per second"
    if "claims_per_s" in scalars:
        yield (
            f"- {scalars['claims_per_s']:.1f} tasks claimed per second, "
            f"{scalars['lost_claims_per_s']:.1f} claims lost to somebody else"
        )
    if "churn.open_rate" in scalars:
        yield f"- {scalars['churn.open_rate']:.1f} streams opened and cancelled per second"
    for name in ("churn.deliver_ratio", "slow.deliver_ratio"):
        if name in scalars:
            yield f"- deliveries of the others took {scalars[name]:.2f} times as long as before"
    if "slow.stalled" in scalars:
        stalled, ended, reset, full = (
            f"{scalars[f'slow.{how}']:.0f}" for how in ("stalled", "ended", "reset", "delivered")
        )
        yield f"- {stalled} streams stalled: {ended} ended, {reset} reset, {full} delivered in full"
    if scalars.get("resume.resumed"):
        hard = scalars.get("resume.hard")
        anew = "" if hard is None else f"{hard:.0f} of them by a whole new snapshot, "
        yield (
            f"- {scalars['resume.resumed']:.0f} streams resumed, {anew}"
            f"{scalars['resume.replayed']:.0f} changes were delivered again"
        )
    yield from _memory(summary)
    yield (
        f"- {summary['measured_s']:g} s measured, plane {summary['plane']}, "
        f"verified {summary['verify']}, seed {summary['seed']}, {options['arrivals']} arrivals"
    )
    yield from _flags(summary["flags"])
    yield from _parts(summary["parts"])
    yield ""
    yield "| metric | count | p50 | p90 | p99 | p99.9 | max | |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for name, found in summary["metrics"].items():
        values = " | ".join(_number(found[label]) for label in PERCENTILES)
        yield f"| {name} | {found['count']} | {values} | {found['unit']} |"
    if summary["thresholds"]:
        yield ""
        yield "| threshold | result | measured | |"
        yield "| --- | --- | ---: | --- |"
        for item in summary["thresholds"]:
            yield (
                f"| `{item['expression']}` | {item['result']} | {item['measured']} "
                f"| {item['reason']} |"
            )


def _memory(summary: Mapping[str, Any]) -> Iterator[str]:
    """How memory grew, where a run was long enough or had to tell."""
    judged = {item["expression"].partition("_")[0] for item in summary["thresholds"]}
    for name, found in summary["memory"].items():
        if found and found["mb_per_h"] is not None:
            is_judged = f"memory.{name}" in judged or not summary["parts"]
            yield (
                f"- memory of the {name}: {found['mb']:.1f} MB in the end, growing by "
                f"{found['mb_per_h']:.2f} MB/h ({found['low']:.2f} to {found['high']:.2f})"
                + _history(found["history"])
                + ("" if is_judged else "; not judged, as it has to keep what was written")
            )
        elif summary["parts"]:
            yield f"- memory of the {name}: " + (
                f"{found['mb']:.1f} MB; {TOO_SHORT}" if found else "not measured: not exposed"
            )
    left = summary["scalars"].get(LEFT)
    if left or (summary["parts"] and left is not None):
        yield f"- the server has {left:.0f} streams more than before the run"


def _history(mb_per_h: float) -> str:
    if not mb_per_h:
        return ""
    return f", of which {mb_per_h:.0f} may be history of what was committed, until that is full"


def _parts(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not parts:
        return
    yield ""
    yield "| part | streams | offered/s | achieved/s | delivered/s | failed | violations |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for part in parts:
        yield (
            f"| {part['scenario']} | {part['streams']} | {part['offered_per_s']:.1f} "
            f"| {part['achieved_per_s']:.1f} | {part['deliveries_per_s']:.1f} "
            f"| {part['failures']:.2%} | {part['violations']} |"
        )


def _flags(flags: Mapping[str, bool]) -> Iterator[str]:
    if flags["saturated"]:
        yield "- saturated: the target did not keep up with the offered rate"
    if flags["client_saturated"]:
        yield "- client saturated: latencies are not to be trusted, the load side was too late"
    if flags["clock_uncertain"]:
        yield "- clocks uncertain: deliver latencies across machines are not to be trusted"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
