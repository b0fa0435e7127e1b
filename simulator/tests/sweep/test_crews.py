import pytest
from distributed import LocalCluster

from simulator.sweep.base import read
from simulator.sweep.crews import cluster, local
from simulator.sweep.errors import SweepError, Unreachable
from simulator.sweep.plan import plan_of
from simulator.sweep.results import opened, table
from simulator.sweep.running import run_all
from simulator.sweep.variation import parse_all


def swept(crew):
    base = read("site.yaml")
    vary = parse_all(base, ["components.store.capacity_wh=4000,8000"])
    plan = plan_of(base, vary, "grid", 2)
    with opened(plan, None) as results:
        run_all(plan, results, crew, lambda done, failed: None)
        return table(plan, results.outcomes)


@pytest.mark.usefixtures("folder")
def test_cluster_finds_what_this_process_finds():
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=None,
        ) as scheduler,
        cluster(scheduler.scheduler_address) as crew,
        local(1) as alone,
    ):
        assert crew.size == 2
        assert swept(crew).equals(swept(alone))


def test_cluster_that_is_not_there_is_unreachable(monkeypatch):
    monkeypatch.setattr("simulator.sweep.crews.CONNECT_TIMEOUT_S", 0.3)
    with (
        pytest.raises(Unreachable, match="no Dask scheduler answers there"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_address_has_a_scheme():
    with pytest.raises(SweepError, match="such as tcp://host:8786"), cluster("host:8786"):
        pass
