"""Worker processes: reused, ended at a limit, and gone when their owner is."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from simulator.services.texts.workers import Stopped, Workers

RUNAWAY = {"do": "check", "text": '{"pattern": "^(a+)+$"}', "value": "a" * 40 + "!"}
CHEAP = {"do": "render", "source": "{{.n}}", "data": {"n": 1}}
ROOT = Path(__file__).parents[4]


def children():
    return {each.pid for each in psutil.Process().children()}


async def until_there_are_only(known):
    """A thread may hold the last reference a moment longer."""
    for _ in range(200):
        if children() == known:
            return
        await asyncio.sleep(0.05)
    assert children() == known


async def test_a_process_is_started_when_needed_and_used_again():
    before = children()
    workers = Workers(1)
    assert children() == before
    assert await workers.run(CHEAP) == {"result": "1"}
    started = children() - before
    assert await workers.run(CHEAP) == {"result": "1"}
    assert len(started) == 1
    assert children() - before == started
    workers.close()
    assert children() == before


async def test_a_runaway_is_stopped_and_the_next_job_gets_a_fresh_process():
    workers = Workers(1)
    with pytest.raises(Stopped):
        await workers.run(RUNAWAY)
    assert await workers.run(CHEAP) == {"result": "1"}
    workers.close()


async def test_the_wall_clock_stops_what_uses_no_processor_time():
    workers = Workers(1, wall_s=0.2)
    await workers.run(CHEAP)
    (pid,) = (each.pid for each in workers._all)
    psutil.Process(pid).suspend()
    with pytest.raises(Stopped):
        await workers.run(CHEAP)
    assert not psutil.pid_exists(pid)
    workers.close()


async def test_closed_workers_take_no_job():
    workers = Workers(1)
    workers.close()
    workers.close()
    with pytest.raises(Stopped):
        await workers.run(CHEAP)


async def test_workers_end_with_the_object():
    before = children()
    workers = Workers(1)
    await workers.run(CHEAP)
    del workers
    await until_there_are_only(before)


def test_a_worker_ends_when_its_owner_is_killed():
    program = (
        "import asyncio, os, signal\n"
        "from simulator.services.texts.workers import Workers\n"
        "workers = Workers(1)\n"
        f"asyncio.run(workers.run({CHEAP!r}))\n"
        "print(*(each.pid for each in workers._all), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    (pid,) = map(int, ended.stdout.split())
    if psutil.pid_exists(pid):
        psutil.Process(pid).wait(10)
    assert not psutil.pid_exists(pid)


async def test_closing_ends_what_runs():
    before = children()
    workers = Workers(1)
    await workers.run(CHEAP)
    running = asyncio.create_task(workers.run(RUNAWAY))
    await asyncio.sleep(0.05)
    workers.close()
    with pytest.raises(Stopped):
        await running
    assert children() == before


async def test_the_last_reference_may_be_held_by_a_thread():
    before = children()
    workers = Workers(1)
    await workers.run(CHEAP)
    running = asyncio.create_task(workers.run(RUNAWAY))
    await asyncio.sleep(0.05)
    running.cancel()
    del workers
    with pytest.raises(asyncio.CancelledError):
        await running
    del running
    await until_there_are_only(before)
