"""Names of what the scenarios measure, which thresholds and reports use.

A distribution is FAMILY.STREAM or unary.METHOD; a single figure has a name of its own.
"""

from __future__ import annotations

HARNESS = ("harness.lateness", "harness.lateness.engine")
CLIENT_GROWTH = "memory.client_mb_per_h"
SERVER_GROWTH = "memory.server_mb_per_h"
"""MB per hour; each has an interval in which it lies, and both ends have to keep a bound."""
LEFT = "streams.left"
"""Streams that a server has after the run and did not have before."""
GAP = "gap."
CORES = "cpu.client_cores"
"""Processor seconds of our processes per second."""
SCALARS = (
    CORES,
    CLIENT_GROWTH,
    SERVER_GROWTH,
    LEFT,
    "failures",
    "offered_per_s",
    "achieved_per_s",
    "dropped",
    "deliveries_per_s",
    "messages_per_s",
    "bytes_per_s",
    "cpu.engine_us_per_message",
)


def unary(*methods: str) -> tuple[str, ...]:
    """Both timings of each of these methods."""
    return tuple(f"unary.{method}{suffix}" for method in methods for suffix in ("", ".service"))


def jitter(gap: str) -> str:
    """The figure that tells how uneven the gaps of a stream are: their p99 less their p50, in ms.

    It means something only where writes come at constant gaps.
    """
    return f"jitter_ms.{gap.removeprefix(GAP)}"


def slow(stream: str) -> tuple[str, ...]:
    """The deliveries that a run with stalled readers tells apart."""
    return (f"deliver.{stream}.quiet", f"deliver.{stream}.stalled")


def of(stream: str, *families: str) -> tuple[str, ...]:
    """These families of metrics, of a stream."""
    return tuple(f"{family}.{stream}" for family in families)


DISPATCH = (
    *unary(
        "CreateMicrogridDispatch",
        "UpdateMicrogridDispatch",
        "DeleteMicrogridDispatch",
        "ListMicrogridDispatches",
    ),
    *HARNESS,
)
DISPATCH_STREAM = of("dispatch", "deliver", "open", "gap", "spread", "lag")
DISPATCH_CODES = ("INT-GAP", "INT-DUP", "INT-ORD", "INT-FOREIGN", "INT-CONV", "INT-FEED")
META = (*unary("Upsert", "Delete"), *HARNESS)
META_STREAM = ("open", "sync", "deliver", "gap", "batch", "spread", "lag")
META_CODES = ("INT-PROTO", *DISPATCH_CODES)
RESETS = ("resume.resumed", "resume.replayed", "resume.resets", "resume.hard", "resume.hard_share")
SERVICES = (
    *unary(
        "CreateService",
        "ConfigureService",
        "ConfigureService.busy",
        "StartService",
        "StopService",
        "DeleteService",
    ),
    *HARNESS,
    *of("services", "open", "deliver", "gap", "batch", "spread", "lag"),
)
TASKS = (*unary("CreateTask", "ClaimTask", "CompleteTask"), *HARNESS)
EXCHANGE = (*unary("Publish", "Publish.inlined"), *HARNESS)
STALLS = ("slow.deliver_ratio", "slow.stalled", "slow.reset", "slow.ended", "slow.delivered")
