"""The adapter of the meta API over both transports, on a tiny endpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from conformance.failures import NotApplicable, Refused
from conformance.recorder import Recorder
from conformance.report.exchange import readable
from conformance.targets import journal
from conformance.targets.api import Surroundings
from conformance.targets.budget import Budget
from conformance.targets.hooks.model import HookRefused
from conformance.targets.journal import Journal
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_api import connect
from conformance.targets.meta_session import ENOUGH
from conformance.targets.profile import Identity, MetaHook, MetaProfile, Services, Target
from conformance.tests.targets.meta_server import Registry, served

TOKEN = "Bearer secret"


@contextmanager
def target(
    folder: Path, registry: Registry | None = None, *, hook: bool = True, **fields: Any
) -> Iterator[MetaTarget]:
    registry = registry or Registry()
    with served(registry) as (address, url):
        profile = MetaProfile(
            hook=MetaHook(grpc=address) if hook else None,
            metadata={"authorization": TOKEN},
            quiet=0.01,
            **fields,
        )
        session = connect(
            Surroundings(
                target=Target(
                    endpoint=address,
                    http=url,
                    identities={"no_permission": Identity(metadata={"authorization": "Bearer x"})},
                    services=Services(meta=profile),
                ),
                budget=Budget(),
                journal=Journal(folder / "journal"),
                run_id="run-of-a-test",
                writes=True,
                depth="staging",
            )
        )
        try:
            yield MetaTarget(session, Recorder())
        finally:
            session.close()


@pytest.fixture
def meta(tmp_path: Path) -> Iterator[MetaTarget]:
    with target(tmp_path, Registry(token=TOKEN)) as found:
        yield found


@pytest.mark.parametrize("rest", [False, True], ids=["grpc", "rest"])
def test_reads_are_the_same_over_both_transports(meta: MetaTarget, rest: bool) -> None:
    population = meta.population("deployments", 4)
    api = meta.over_rest() if rest else meta
    assert [api.get(name) for name in population.names] == list(population.items)
    missing = f"{population.parent}/deployments/nothing"
    found, absent = api.batch("deployments", [population.names[0], missing])
    assert (found, absent) == ([population.items[0]], [missing])
    first = api.list("deployments", **population.scope, info=True)
    assert (len(first.items), first.next, first.total) == (3, "r.e.O.3", 4)
    second = api.list("deployments", **population.scope, token=first.next)
    assert (*first.items, *second.items) == population.items
    with pytest.raises(Refused) as refused:
        api.get(missing)
    assert refused.value.code is grpc.StatusCode.NOT_FOUND


def test_population_lives_below_a_parent_of_its_own_and_carries_the_label(
    meta: MetaTarget,
) -> None:
    resources = meta.population("resources", 3)
    assert resources.parent is not None
    assert all(name.startswith(f"{resources.parent}/resources/Gp") for name in resources.names)
    regions = meta.population("regions", 5)
    assert regions.filter.startswith('metadata.labels.gridproof_set = "')
    assert {i["metadata"]["labels"]["gridproof_run"] for i in regions.items} == {"run-of-a-test"}
    listed = meta.list("regions", **regions.scope, size=100)
    assert listed.items == regions.items


def test_everything_made_is_deleted_and_journalled(tmp_path: Path) -> None:
    registry = Registry()
    with target(tmp_path, registry) as meta:
        meta.population("resources", 3)
        meta.hook.upsert(meta.fresh("regions", title="x"))
        assert len(registry.items) == 5
        assert len(journal.read(tmp_path / "journal")[1]) == 5
        meta.close()
    assert registry.items == {}
    created, left = journal.read(tmp_path / "journal")
    assert (len(created), left) == (5, set())


@pytest.mark.parametrize("rest", [False, True], ids=["grpc", "rest"])
def test_watch_shows_snapshot_and_changes(meta: MetaTarget, rest: bool) -> None:
    population = meta.population("regions", 3)
    api = meta.over_rest() if rest else meta
    with api.watch("regions", filter=population.filter, type="stateless") as watch:
        (snapshot,) = watch.snapshot(5)
        assert [change.data for change in snapshot.changes] == list(population.items)
        assert snapshot.is_current
        assert (snapshot.snapshot_size, snapshot.resume_token) == (-1, "t1")
        meta.hook.upsert({**population.items[0], "title": "new"})
        meta.hook.delete(population.names[1])
        changes = [message.changes[0] for message in (watch.first(5), watch.first(5))]
        assert [(c.kind, c.name) for c in changes] == [
            ("current", population.names[0]),
            ("removed", population.names[1]),
        ]
        assert watch.next(0.01) is None
        assert watch.status is None
    assert watch.ended(5) is grpc.StatusCode.CANCELLED


@pytest.mark.parametrize("framing", ["result", "bare", "array"])
def test_rest_streams_in_three_framings(tmp_path: Path, framing: str) -> None:
    with target(tmp_path, Registry(framing=framing)) as meta:
        data = meta.fresh("regions", title="ü")
        meta.hook.upsert(data)
        with meta.over_rest().watch_one(data["name"]) as watch:
            change = watch.first(5)
            assert (change.kind, change.data and change.data["title"]) == ("added", "ü")
            assert watch.ended(5) is grpc.StatusCode.OK


@pytest.mark.parametrize("rest", [False, True], ids=["grpc", "rest"])
def test_refused_watch_ends_with_its_status(meta: MetaTarget, rest: bool) -> None:
    api = meta.over_rest() if rest else meta
    with api.watch_one("regions/none") as watch, pytest.raises(Refused) as refused:
        watch.first(5)
    assert refused.value.code is grpc.StatusCode.NOT_FOUND


def test_unread_watch_stays_unread(meta: MetaTarget) -> None:
    with meta.watch("regions", reading=False) as watch:
        assert watch.next(0.05) is None
        watch.read()
        assert watch.changeset(5)[-1].is_current


def test_tag_travels_under_the_key_that_the_hook_names(tmp_path: Path) -> None:
    registry = Registry()
    with target(tmp_path, registry) as meta:
        for api in (meta, meta.over_rest()):
            with api.watch("regions", tag="mine") as watch:
                watch.snapshot(5)
        assert meta.hook.fault("soft_reset", tag="mine", after_chunks=1) == 1
    tagged = [m for name, m in registry.asked if "atch" in name and m.get("x-tag") == "mine"]
    assert len(tagged) == 2
    assert registry.faults == [{"fault": "soft_reset", "tag": "mine", "after_chunks": 1}]


def test_other_callers_send_other_metadata(meta: MetaTarget) -> None:
    for api in (meta.without_credentials(), meta.as_identity("no_permission")):
        with pytest.raises(Refused) as refused:
            api.list("regions")
        assert refused.value.code is grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(NotApplicable, match="no identity watch_only"):
        meta.as_identity("watch_only")


def test_passive_population_is_what_is_there(tmp_path: Path) -> None:
    registry = Registry()
    for parent, count in (("regions/a", 1), ("regions/b", 4)):
        registry.upsert({"name": parent})
        for number in range(count):
            registry.upsert({"name": f"{parent}/deployments/d{number}"})
    with target(tmp_path, registry, hook=False) as meta:
        population = meta.population("deployments")
        assert (population.parent, len(population.items)) == ("regions/b", 4)
        assert (population.filter, population.owned) == ("", False)
        with pytest.raises(NotApplicable, match="shows only 2 regions"):
            meta.population("regions", least=3)
        with pytest.raises(NotApplicable, match="no mutation hook"):
            meta.hook.upsert(meta.fresh("regions"))


def test_passive_population_among_many_is_named(tmp_path: Path) -> None:
    registry = Registry()
    for number in range(60):
        registry.upsert({"name": f"services/s{number:02d}"})
    with target(tmp_path, registry, hook=False) as meta:
        population = meta.population("services")
    assert len(population.items) == 50
    assert population.filter.startswith('name IN ("services/s00", ')


def test_shared_population_is_made_once_and_stays_to_the_end(tmp_path: Path) -> None:
    registry = Registry()
    with target(tmp_path, registry) as meta:
        first = meta.population("regions", 3, shared=True)
        other = MetaTarget(meta.session, Recorder())
        assert other.population("regions", 3, shared=True) is first
        assert readable(other.recorder.steps())
        other.close()
        meta.close()
        assert sorted(registry.items) == first.names
    assert not registry.items


def test_what_checks_leave_is_removed_together(tmp_path: Path) -> None:
    registry = Registry()
    with target(tmp_path, registry) as meta:
        used = meta.session.client.budget.used
        for _ in range(3):
            check = MetaTarget(meta.session, Recorder())
            check.hook.upsert(check.fresh("regions"))
            check.close()
        assert len(registry.items) == 3
        # Three writes; nothing was removed yet.
        assert meta.session.client.budget.used == used + 3
        check = MetaTarget(meta.session, Recorder())
        check.hook.apply([check.fresh("regions") for _ in range(ENOUGH)])
        check.close()
        assert not registry.items
        assert meta.session.client.budget.used == used + 5


def test_new_resources_are_listed_without_barrier_where_that_shows_them(tmp_path: Path) -> None:
    with target(tmp_path, Registry()) as meta:
        meta.population("regions", 3)
        methods = [step["method"] for step in meta.recorder.steps()]
    assert [m for m in methods if m in ("apply", "barrier")] == ["apply"]


def test_without_barrier_lists_are_asked(tmp_path: Path) -> None:
    with target(tmp_path, Registry(capabilities=("mutate",))) as meta:
        assert len(meta.population("regions", 4).items) == 4
        lists = [s for s in meta.recorder.steps() if s["method"] == "ListRegions"]
        assert lists
        with pytest.raises(NotApplicable, match="no capability atomic"):
            meta.hook.apply([])


def test_only_names_of_the_run_are_written(meta: MetaTarget) -> None:
    for write in (
        lambda: meta.hook.delete("regions/eu"),
        lambda: meta.hook.upsert({"name": "regions/eu"}),
        lambda: meta.hook.upsert(meta.fresh("regions", is_default=True)),
    ):
        with pytest.raises(ValueError, match=r"not of this run|default"):
            write()


def test_refusal_of_the_hook_is_untestable_and_tells_why(meta: MetaTarget) -> None:
    name = meta.fresh("regions")["name"]
    with pytest.raises(HookRefused, match="refuses delete: NOT_FOUND") as refused:
        meta.hook.delete(name)
    assert refused.value.code == "NOT_FOUND"


def test_record_is_readable_over_both_transports(meta: MetaTarget) -> None:
    meta.hook.upsert(meta.fresh("services", display_name="Ä"))
    meta.over_rest().list("services", size=2)
    with meta.over_rest().watch("services") as watch:
        watch.snapshot(5)
    lines = "\n".join(readable(meta.recorder.steps()))
    assert "⇢ hook upsert" in lines
    assert '→ GET /v1alpha2/services {"query": [["pageSize", "2"]]}' in lines
    assert "→ POST /v1alpha2/services:watch (stream 1)" in lines
    assert '← stream 1: {"result": ' in lines
    assert "secret" not in lines


def test_raw_bytes_reach_any_method(meta: MetaTarget) -> None:
    with pytest.raises(Refused) as refused:
        meta.call_raw("regions", "CreateRegion", b"")
    assert refused.value.code is grpc.StatusCode.UNIMPLEMENTED
    assert meta.call_raw("regions", "ListRegions", b"") == b""
