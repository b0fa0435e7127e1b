"""L-META-1, snapshot: watches are opened, read to is_current, cancelled, opened anew.

`--population` resources under parents of the run, at most `--chunk` of them in a message;
`--subscribers` openers in turn, `--flaps` openings per second in all. Judged: `sync` and `batch`,
the wire rules, and that every snapshot is what List shows.
Run it with `gridproof load L-META-1` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.catalogue import find
from loadtests.scenario import Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber

LOCUST = bootstrap.LOCUST_VERSION


class WatchOpener(Subscriber):
    """Opens a watch, reaches is_current, cancels."""


class WatchEngine(EngineHost):
    """Hosts the asyncio process that watches instead."""


SCENARIO = Scenario(entry=find("L-META-1"), reader=WatchOpener, engine=WatchEngine)
install(SCENARIO)
