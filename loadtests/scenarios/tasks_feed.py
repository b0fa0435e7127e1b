"""L-TSK-2, event feed: every event comes once and in order, also to feeds that are cut and resume.

Authors create, claim and complete tasks at a rate of their own (open model). In each second
`--cut-share` of the feeds is cut; they come back at once with the number of their last event.
Run it with `gridproof load L-TSK-2` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.catalogue import find
from loadtests.scenario import Scenario
from loadtests.stage import install
from loadtests.users import EngineHost, Subscriber, Writer

LOCUST = bootstrap.LOCUST_VERSION


class TaskAuthor(Writer):
    """Creates, claims and completes tasks."""


class FeedSubscriber(Subscriber):
    """Follows one feed in a greenlet, over all cuts."""


class FeedEngine(EngineHost):
    """Hosts the asyncio process that follows instead."""


SCENARIO = Scenario(
    entry=find("L-TSK-2"), writer=TaskAuthor, reader=FeedSubscriber, engine=FeedEngine
)
install(SCENARIO)
