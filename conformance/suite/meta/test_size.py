"""Size checks of stateless watches (seed 003, snapshot_size)."""

from __future__ import annotations

from conformance.judging import by_depth, expect, requirement, sampled
from conformance.suite.meta.changing import ground
from conformance.suite.meta.stateless import begins, count_of, following, tag_of, until_shown
from conformance.suite.meta.watching import patience
from conformance.targets.meta import MetaTarget

SIZE = "send_snapshot_size"


@requirement("META-SZ-001", needs=["mutate", "fault.size"])
def test_a_size_is_what_the_client_holds(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=5), tag_of(meta)
    inside = held.labelled("inside", "in")
    meta.hook.change([held.altered(item, inside="in") for item in held.items[:3]])
    meta.hook.barrier()
    with (
        following(held, chunk=2, tag=tag) as whole,
        following(held, chunk=2, tag=f"{tag}-part", filter=inside) as part,
    ):
        for watch in (whole, part):
            watch.snapshot()
        for step in range(by_depth(full=3, staging=2)):
            for watch, tagged in ((whole, tag), (part, f"{tag}-part")):
                meta.hook.fault(SIZE, tag=tagged)
                until_shown(watch, SIZE, step + 1)
            if step == 0:
                held.remove(held.items[0])
                held.alter(held.items[1], inside="out")
            held.fence(whole, part, inside="in")


@requirement("META-SZ-002", needs=["mutate", "fault.size"])
def test_sizes_come_between_changesets(meta: MetaTarget) -> None:
    held = ground(meta, count=6)
    hard = "fault.hard" in meta.capabilities
    for after in sampled((1, 0), 1):
        tag = tag_of(meta)
        meta.hook.fault(SIZE, tag=tag, after_chunks=after)
        with following(held, chunk=2, tag=tag) as watch:
            watch.snapshot()
            until_shown(watch, SIZE)
            meta.hook.fault(SIZE, tag=tag, after_chunks=1)
            meta.hook.change([held.altered(item, f"size {after}") for item in held.items])
            held.fence(watch)
            until_shown(watch, SIZE, 2)
            if hard:
                meta.hook.fault("hard_reset", tag=tag)
                meta.hook.fault(SIZE, tag=tag, after_chunks=after)
                until_shown(watch, "hard_reset")
                watch.snapshot()
                held.fence(watch)


@requirement("META-SZ-003", needs=["mutate", "fault.size"])
def test_the_size_of_an_empty_view_is_zero(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=2), tag_of(meta)
    inside = held.labelled("inside", "in")
    with (
        following(held, tag=f"{tag}-whole") as whole,
        following(held, filter=inside, tag=tag) as empty,
    ):
        whole.snapshot()
        empty.snapshot()
        meta.hook.fault(SIZE, tag=f"{tag}-whole")
        until_shown(whole, SIZE)  # so the hook can do it
        meta.hook.fault(SIZE, tag=tag)
        while not count_of(empty, SIZE) and begins(empty, patience(meta)) is not None:
            pass
        sizes = [m.snapshot_size for m in empty.messages if m.snapshot_size >= 0]
        expect(0 in sizes, "size check of an empty view", got=sizes or "none", wanted=0)
        wrong = [size for size in sizes if size > 0]
        expect(not wrong, "size check of an empty view", got=wrong, wanted=0)
        held.fence(empty, inside="in")
