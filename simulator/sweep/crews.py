"""Who does the runs: this process, processes of this machine, or a Dask cluster.

All of them stand behind `concurrent.futures.Executor`.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from .errors import SweepError, Unreachable
from .work import release

CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Crew:
    """Workers that take jobs."""

    executor: Executor
    size: int
    """How many runs they do at a time."""


class InProcess(Executor):
    """Does every call at once, where it is submitted: for a single worker."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn`; the future is finished when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def available_cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local(workers: int) -> Iterator[Crew]:
    """Yield so many processes of this machine; they end with the block, and with this process."""
    if workers == 1:
        yield Crew(executor=InProcess(), size=1)
        return
    # Processes are started afresh: forking one that runs threads may deadlock.
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare
    )
    try:
        yield Crew(executor=executor, size=workers)
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Crew]:
    """Yield the workers of the Dask scheduler at an address such as `tcp://host:8786`.

    Raises:
        SweepError: dask.distributed is missing here, or gridproof or its version there.
        Unreachable: no scheduler answers, or it has no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise SweepError("--dask needs dask.distributed: pip install gridproof[dask]") from None
    if "://" not in address:
        raise SweepError(f"--dask: found {address!r}, expected an address such as tcp://host:8786")
    for name in ("distributed", "tornado"):  # they log what is told here in one sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        # Any: the package is not typed throughout, and its calls stay within this function.
        connect: Any = Client
        client = connect(address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except ValueError as error:
        raise SweepError(f"--dask: {address}: {error}") from None
    except OSError as error:
        raise Unreachable(f"{address}: no Dask scheduler answers there: {error}") from None
    with contextlib.closing(client):
        threads = client.nthreads()
        if not threads:
            raise Unreachable(f"{address}: the Dask scheduler has no workers")
        _compare_releases(client, address)
        yield Crew(executor=client.get_executor(pure=False), size=sum(threads.values()))


def _compare_releases(client: Any, address: str) -> None:
    """Results must not depend on the worker, so all have to be of one version."""
    try:
        found: dict[str, str] = client.run(release)
    except ImportError as error:
        raise SweepError(f"--dask: the workers of {address} lack gridproof: {error}") from None
    for worker, other in sorted(found.items()):
        if other != release():
            raise SweepError(f"--dask: {worker} has gridproof {other}, here is {release()}")


def _prepare() -> None:
    """Make a worker process leave interrupts to its parent, and end when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None  # only called in workers

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
