"""What the judge asks of the meta API: gates, sessions with a hook, clean-up of a crashed run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.run.cleaning import clean
from conformance.run.settings import Settings
from conformance.running import Runner, Spec
from conformance.targets.budget import Budget
from conformance.targets.journal import Journal, Made
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_api import META, Caretaker
from conformance.targets.meta_session import Names
from conformance.targets.profile import MetaHook, MetaProfile, Services, Target
from conformance.tests.targets.hooks.test_exec_hook import CHILD
from conformance.tests.targets.meta_server import Registry, served

READS = Spec(node="x", ids=("META-GET-001",))
CHANGES = Spec(node="x", ids=("META-GET-007",))


@contextmanager
def runner(
    folder: Path, profile: MetaProfile | None = None, *, hook: bool = True, **fields: Any
) -> Iterator[Runner]:
    """A runner on the tiny endpoint, with its hook unless the profile says otherwise."""
    with served(Registry(capabilities=("mutate", "barrier"))) as (address, url):
        default = MetaProfile(hook=MetaHook(grpc=address) if hook else None)
        runner = Runner(
            Settings(
                **{
                    "run_id": "run-of-a-test",
                    "folder": folder,
                    "journal": folder / "journal",
                    "target": Target(
                        endpoint=address, http=url, services=Services(meta=profile or default)
                    ),
                    "depth": "staging",
                    "writes": True,
                    "seed": 1,
                    "selected": ("META-GET-001",),
                    "alone": True,
                    **fields,
                }
            )
        )
        try:
            yield runner
        finally:
            runner.close()


def nothing(meta: MetaTarget) -> None:
    meta.list("regions")


def state(runner: Runner, spec: Spec, body: Any = nothing) -> tuple[str, str]:
    outcome = runner.run(spec, body)
    return outcome.state, outcome.message


def test_rows_with_a_hook_need_one_that_can(tmp_path: Path) -> None:
    with runner(tmp_path) as found:
        assert state(found, CHANGES) == ("pass", "")
        soft = Spec(node="x", ids=("META-GET-001",), needs=("fault.soft",))
        assert state(found, soft) == ("not_applicable", "the hook has no capability fault.soft")
    with runner(tmp_path, hook=False) as found:
        assert state(found, READS) == ("pass", "")
        assert state(found, CHANGES) == (
            "not_applicable",
            "the profile declares no mutation hook",
        )


def test_without_writes_only_what_needs_the_hook_is_left_out(tmp_path: Path) -> None:
    with runner(tmp_path, writes=False, depth="smoke") as found:
        assert state(found, READS) == ("pass", "")
        assert state(found, CHANGES) == (
            "not_applicable",
            "writes not allowed (--allow-writes)",
        )


@pytest.mark.parametrize(
    ("need", "reason"),
    [
        ("auth", "the profile gives no credentials"),
        ("no_permission", "the profile names no identity no_permission"),
        ("sdk", "the profile is not sdk"),
        ("tls", "the profile declares no TLS"),
        ("full", "too costly for anything but profile full"),
    ],
)
def test_what_is_not_declared_is_not_asked_for(tmp_path: Path, need: str, reason: str) -> None:
    with runner(tmp_path) as found:
        spec = Spec(node="x", ids=("META-GET-001",), needs=(need,))
        assert state(found, spec) == ("not_applicable", reason)


def test_row_of_the_other_profile_is_not_asked_for(tmp_path: Path) -> None:
    spec = Spec(node="x", ids=("META-NAM-002",))
    with runner(tmp_path) as found:
        assert state(found, spec) == ("not_applicable", "only profile sdk demands it")
    with runner(tmp_path, MetaProfile(profile="sdk")) as found:
        assert state(found, spec) == ("pass", "")


def test_capabilities_of_the_profile_go_before_those_of_the_hook(tmp_path: Path) -> None:
    child = MetaHook(exec=(sys.executable, CHILD))
    profile = MetaProfile(hook=child, capabilities=("mutate", "atomic"))
    seen: list[Any] = []

    def body(meta: MetaTarget) -> None:
        seen.append((sorted(meta.capabilities), meta.hook.tag_key))
        meta.hook.apply([meta.fresh("regions")])

    with runner(tmp_path, profile) as found:
        assert state(found, CHANGES, body) == (
            "untestable",
            "the hook declares what it does not support: apply",
        )
    assert seen == [(["atomic", "mutate"], "x-child")]


def test_hook_that_does_not_work_is_untestable(tmp_path: Path) -> None:
    profile = MetaProfile(hook=MetaHook(exec=(sys.executable, CHILD, "dies")))
    with runner(tmp_path, profile) as found:
        verdict, message = state(found, CHANGES, lambda meta: meta.population("regions"))
    assert verdict == "untestable"
    assert "out of cheese" in message


def test_what_a_crashed_run_left_is_deleted_through_the_hook(tmp_path: Path) -> None:
    registry = Registry()
    names = ["regions/r1", "regions/r1/deployments/d1"]
    book = Journal(tmp_path)
    for name in names:
        registry.upsert({"name": name})
        book.created(Made(service="meta", parent=name.split("/")[-2], id=name))
    book.close()
    registry.upsert({"name": "regions/other"})
    with served(registry) as (address, _):
        profile = MetaProfile(hook=MetaHook(grpc=address))
        caretaker = Caretaker(
            Target(endpoint=address, services=Services(meta=profile)), budget := Budget()
        )
        caretaker.require()
        cleaned = clean(tmp_path, {"meta": caretaker}, budget)
        caretaker.close()
    assert (cleaned.residue, cleaned.calls) == (0, 4)
    assert list(registry.items) == ["regions/other"]


def test_what_cannot_be_deleted_is_counted(tmp_path: Path) -> None:
    registry = Registry()
    registry.upsert({"name": "regions/r1"})
    book = Journal(tmp_path)
    book.created(Made(service="meta", parent="regions", id="regions/r1"))
    book.close()
    with served(registry) as (address, _):
        caretaker = Caretaker(
            Target(endpoint=address, services=Services(meta=MetaProfile())), budget := Budget()
        )
        assert clean(tmp_path, {"meta": caretaker}, budget).residue == 1
        caretaker.close()


def test_report_tells_of_the_hook_but_nothing_secret() -> None:
    profile = MetaProfile(
        hook=MetaHook(exec=("hook", "--token=hush")),
        capabilities=("mutate",),
        metadata={"authorization": "Bearer hush"},
    )
    described = META.described(Target(services=Services(meta=profile)))
    assert described == {
        "profile": "doc",
        "http": None,
        "auth": True,
        "hook": "exec",
        "capabilities": ["mutate"],
    }
    assert "hush" not in repr(profile)


def test_names_are_legal_sorted_and_of_the_run() -> None:
    names, other = Names("a-run"), Names("b-run")
    made = [names.fresh("regions") for _ in range(12)]
    assert made == sorted(made)
    assert all(len(name.partition("/")[2]) <= 30 for name in made)
    resource = names.fresh("resources", "services/x")
    assert resource.rpartition("/")[2].isalpha()
    assert names.owns(resource)
    assert not names.owns(other.fresh("regions"))
    assert not names.owns("regions/eu")
