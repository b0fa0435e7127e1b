"""The scenarios by their stable names, without importing any of them (locust would come along).

CI refers to the ids; the aliases are for people. Sizes are those of a laptop run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.documents.names import nearest
from loadtests.course import Behaviour
from loadtests.errors import UsageError
from loadtests.metrics import (
    DISPATCH,
    DISPATCH_CODES,
    DISPATCH_STREAM,
    EXCHANGE,
    GAP,
    HARNESS,
    META,
    META_CODES,
    META_STREAM,
    RESETS,
    SCALARS,
    SERVICES,
    STALLS,
    TASKS,
    jitter,
    of,
    slow,
    unary,
)

SCENARIOS_DIR = Path(__file__).parent / "scenarios"

PLAIN = Behaviour()
TASK_TYPES = "its tasks, completed, and a type for each tenant: this API deletes nothing"
RECORDS = "the records of its assets, unless the profile allows a database of its own"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A scenario: what CI and people call it, what it loads, and what it measures.

    Attributes:
        id: stable name.
        alias: for people.
        api: which API, by its name in `loadtests.apis`.
        stream: of the metrics of its streams, for instance `deliver.dispatch`.
        file: the scenario module.
        summary: a line for people.
        behaviour: what its streams do beside being read.
        defaults: of the options, where they differ from the general ones.
        distributions, scalars: what thresholds may name.
        codes: integrity codes that it judges.
        leaves: what a run leaves behind because it cannot be removed, for people.
        is_disruptive: other users of the target would notice.
        needs_writes: there is nothing to see without somebody who writes.
        flaps_overlap: as many streams may be open for `flaps` as there are calls in flight.
        parts: ids of the scenarios that are played together; empty for one that is played alone.
    """

    id: str
    alias: str
    api: str
    stream: str
    file: str
    summary: str
    behaviour: Behaviour = PLAIN
    defaults: Mapping[str, Any] = field(default_factory=dict)
    distributions: tuple[str, ...] = ()
    scalars: tuple[str, ...] = SCALARS
    codes: tuple[str, ...] = ()
    leaves: str = ""
    is_disruptive: bool = False
    needs_writes: bool = False
    flaps_overlap: bool = False
    parts: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[str, ...]:
        """All single figures: those named, and those that follow from its distributions."""
        return (*self.scalars, *(jitter(n) for n in self.distributions if n.startswith(GAP)))

    @property
    def path(self) -> Path:
        """The scenario module, which is a plain locustfile too."""
        return SCENARIOS_DIR / self.file


ALONE = (
    Entry(
        id="L-DSP-1",
        alias="dispatch-fanout",
        api="dispatch",
        stream="dispatch",
        file="dispatch_fanout.py",
        summary="dispatch: every change reaches every subscriber, once, in order, and how fast",
        defaults={"subscribers": 100, "rate": 20.0},
        distributions=(*DISPATCH, *DISPATCH_STREAM),
        codes=DISPATCH_CODES,
    ),
    Entry(
        id="L-DSP-2",
        alias="dispatch-paging",
        api="dispatch",
        stream="dispatch",
        file="dispatch_paging.py",
        summary="dispatch: lists walked page by page during writes show untouched items once",
        defaults={"subscribers": 0, "rate": 20.0, "walkers": 5, "population": 400},
        distributions=(*DISPATCH, "walk.dispatch"),
        scalars=(*SCALARS, "walks_per_s"),
        codes=("INT-PAGE", "INT-CONV"),
    ),
    Entry(
        id="L-DSP-3",
        alias="dispatch-churn",
        api="dispatch",
        stream="dispatch",
        file="dispatch_churn.py",
        summary="dispatch: streams opened and cancelled at a rate, beside steady ones",
        defaults={"subscribers": 20, "rate": 10.0, "flaps": 20.0},
        distributions=(*DISPATCH, *DISPATCH_STREAM, "open.flap", "deliver.dispatch.quiet"),
        scalars=(*SCALARS, "churn.open_rate", "churn.deliver_ratio"),
        codes=DISPATCH_CODES,
        is_disruptive=True,
    ),
    Entry(
        id="L-DSP-4",
        alias="dispatch-slow-reader",
        api="dispatch",
        stream="dispatch",
        file="dispatch_slow.py",
        summary="dispatch: readers that stall harm nobody else (L-META-5 for dispatch)",
        behaviour=Behaviour(stalls=True),
        defaults={"subscribers": 20, "rate": 50.0, "padding": 8192},
        distributions=(*DISPATCH, *DISPATCH_STREAM, *slow("dispatch")),
        scalars=(*SCALARS, *STALLS),
        codes=DISPATCH_CODES,
        is_disruptive=True,
    ),
    Entry(
        id="L-META-1",
        alias="meta-snapshot",
        api="meta",
        stream="meta_stateless",
        file="meta_snapshot.py",
        summary="meta: watches opened, read to the end of their snapshot, cancelled, opened anew",
        behaviour=Behaviour(cycles=True),
        defaults={
            "subscribers": 4,
            "rate": 0.0,
            "flaps": 8.0,
            "population": 1000,
            "chunk": 100,
            "microgrids": 1,
        },
        distributions=(*HARNESS, *of("meta_stateless", "open", "sync", "gap", "batch")),
        scalars=(*SCALARS, "churn.open_rate"),
        codes=META_CODES,
    ),
    Entry(
        id="L-META-2",
        alias="meta-stateless",
        api="meta",
        stream="meta_stateless",
        file="meta_stateless.py",
        summary="meta: stateless watches with mixed filters follow changes and agree with List",
        defaults={"subscribers": 100, "rate": 50.0, "population": 200},
        distributions=(*META, *of("meta_stateless", *META_STREAM)),
        codes=META_CODES,
    ),
    Entry(
        id="L-META-3",
        alias="meta-stateful",
        api="meta",
        stream="meta_stateful",
        file="meta_stateful.py",
        summary="meta: stateful watches with mixed windows and orders; every index has to fit",
        defaults={"subscribers": 50, "rate": 20.0, "population": 200},
        distributions=(*META, *of("meta_stateful", *META_STREAM)),
        codes=META_CODES,
    ),
    Entry(
        id="L-META-4",
        alias="meta-resume-storm",
        api="meta",
        stream="meta_stateless",
        file="meta_storm.py",
        summary="meta: all streams are cut at once and resume with their tokens; nothing is lost",
        behaviour=Behaviour(storms=True),
        defaults={"subscribers": 100, "rate": 50.0, "population": 200, "storms": 3},
        distributions=(
            *META,
            *of("meta_stateless", *META_STREAM, "resume"),
            "unary.Upsert.storm",
            "unary.Delete.storm",
        ),
        scalars=(*SCALARS, *RESETS),
        codes=META_CODES,
        is_disruptive=True,
    ),
    Entry(
        id="L-META-5",
        alias="meta-slow-reader",
        api="meta",
        stream="meta_stateless",
        file="meta_slow.py",
        summary="meta: readers that stall harm nobody else and end in a documented way",
        behaviour=Behaviour(stalls=True),
        defaults={"subscribers": 20, "rate": 50.0, "population": 100, "padding": 4096},
        distributions=(*META, *of("meta_stateless", *META_STREAM), *slow("meta_stateless")),
        scalars=(*SCALARS, *STALLS, "resume.resets"),
        codes=META_CODES,
        is_disruptive=True,
        needs_writes=True,
    ),
    Entry(
        id="L-SVC-1",
        alias="services-pull",
        api="services",
        stream="services",
        file="services_pull.py",
        summary="services: pulls of collections, services and counts agree with List and Get",
        defaults={"subscribers": 50, "rate": 10.0, "population": 8},
        distributions=(
            *SERVICES,
            *of("service", "open", "deliver", "gap", "batch"),
            *of("service_metadata", "open", "gap", "batch"),
        ),
        codes=META_CODES,
    ),
    Entry(
        id="L-SVC-2",
        alias="services-slow-reader",
        api="services",
        stream="services",
        file="services_slow.py",
        summary="services: readers that stall harm nobody else (L-META-5 for services)",
        behaviour=Behaviour(stalls=True),
        defaults={"subscribers": 20, "rate": 50.0, "population": 8, "padding": 4096},
        distributions=(*SERVICES, *slow("services")),
        scalars=(*SCALARS, *STALLS),
        codes=META_CODES,
        is_disruptive=True,
        needs_writes=True,
    ),
    Entry(
        id="L-TSK-1",
        alias="tasks-lifecycle",
        api="tasks",
        stream="tasks",
        file="tasks_lifecycle.py",
        summary="tasks: of many who claim, one gets each task, and completes it once",
        defaults={
            "subscribers": 0,
            "rate": 20.0,
            "walkers": 1,
            "claimants": 20,
            "population": 100,
            "microgrids": 1,
        },
        distributions=(
            *TASKS,
            *unary("ClaimTask.lost", "ListTasks"),
            *of("tasks", "walk", "wait"),
        ),
        scalars=(*SCALARS, "walks_per_s", "claims_per_s", "lost_claims_per_s"),
        codes=("INT-ONCE", "INT-PROTO", "INT-PAGE", "INT-CONV"),
        leaves=TASK_TYPES,
    ),
    Entry(
        id="L-TSK-2",
        alias="tasks-feed",
        api="tasks",
        stream="tasks",
        file="tasks_feed.py",
        summary="tasks: every event reaches every subscriber, also those that are cut and resume",
        behaviour=Behaviour(cuts=True),
        defaults={"subscribers": 50, "rate": 20.0, "cut_share": 0.01, "microgrids": 2},
        distributions=(
            *TASKS,
            *of("tasks", "open", "deliver", "gap", "spread", "lag", "resume"),
        ),
        scalars=(*SCALARS, "resume.resumed", "resume.replayed"),
        codes=DISPATCH_CODES,
        leaves=TASK_TYPES,
    ),
    Entry(
        id="L-DX-1",
        alias="exchange-query",
        api="exchange",
        stream="exchange",
        file="exchange_query.py",
        summary="exchange: what was published is found by pages, once and unaltered",
        defaults={
            "subscribers": 0,
            "rate": 20.0,
            "max_inflight": 20,
            "walkers": 3,
            "population": 500,
            "microgrids": 1,
        },
        distributions=(
            *EXCHANGE,
            *unary("SqlQuery", "LastValues", "Query"),
            *of("exchange", "walk"),
        ),
        scalars=(*SCALARS, "walks_per_s", "records_per_s"),
        codes=("INT-PAGE", "INT-DUP", "INT-VALUE", "INT-FOREIGN", "INT-PROTO", "INT-CONV"),
        leaves=RECORDS,
    ),
    Entry(
        id="L-DX-2",
        alias="exchange-export",
        api="exchange",
        stream="exchange",
        file="exchange_export.py",
        summary="exchange: exports are notified, and their files hold what was published",
        defaults={
            "subscribers": 0,
            "rate": 5.0,
            "max_inflight": 5,
            "flaps": 5.0,
            "population": 2000,
            "microgrids": 1,
            "duration": 30.0,
        },
        distributions=(
            *EXCHANGE,
            *unary("Query", "Export", "File"),
            *of("exchange", "open", "deliver", "file"),
        ),
        scalars=(*SCALARS, "exports_per_s", "records_per_s"),
        codes=(
            "INT-GAP",
            "INT-PAGE",
            "INT-DUP",
            "INT-VALUE",
            "INT-FOREIGN",
            "INT-PROTO",
            "INT-FEED",
            "INT-CONV",
        ),
        leaves=RECORDS,
        flaps_overlap=True,
    ),
)


def _mixed(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


_SOAKED = tuple(entry for entry in ALONE if not entry.is_disruptive)
ENTRIES = (
    *ALONE,
    Entry(
        id="L-ALL-1",
        alias="soak",
        api="",
        stream="",
        file="soak.py",
        summary="all APIs at once at a part of their load, for long: does anything leak?",
        defaults={"duration": 1800.0, "share": 0.3},
        distributions=_mixed(*(entry.distributions for entry in _SOAKED)),
        scalars=_mixed(*(entry.scalars for entry in _SOAKED)),
        codes=_mixed(*(entry.codes for entry in _SOAKED)),
        parts=tuple(entry.id for entry in _SOAKED),
    ),
)


def find(name: str) -> Entry:
    """The scenario with this id or alias, in any case.

    Raises:
        UsageError: there is none; names the nearest one and all of them.
    """
    wanted = name.lower()
    for entry in ENTRIES:
        if wanted in (entry.id.lower(), entry.alias):
            return entry
    names = [known for entry in ENTRIES for known in (entry.id.lower(), entry.alias)]
    near = nearest(wanted, names, cutoff=0.4)
    ids = {alias: entry.id for entry in ENTRIES for alias in (entry.id.lower(), entry.alias)}
    hint = f"; did you mean {ids[near]}?" if near else "."
    known = ", ".join(f"{entry.id} ({entry.alias})" for entry in ENTRIES)
    raise UsageError(f"no load scenario {name!r}{hint} There are {known}")
