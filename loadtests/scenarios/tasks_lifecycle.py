"""L-TSK-1, lifecycle: authors create tasks, many claim from one queue, each task goes to one.

`--claimants` work in a closed loop: they list what is open, claim, and complete what they got.
Two who get the same task, or a task that is completed twice, break INT-ONCE; who comes too late
counts as `unary.ClaimTask.lost`. Run it with `gridproof load L-TSK-1` or as a locustfile.
"""

from loadtests import bootstrap

# isort: split
from loadtests.apis.tasks.claiming import Claimant, Lister, NotingAuthor
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.scenario import Roles, Scenario
from loadtests.stage import install

LOCUST = bootstrap.LOCUST_VERSION


class TaskAuthor(NotingAuthor):
    """Creates tasks."""


class TaskClaimant(Claimant):
    """Claims and completes tasks."""


class TaskLister(Lister):
    """Walks over all pages, again and again."""


def others(options: Options) -> Roles:
    """As many as were asked for."""
    return {TaskClaimant: options.claimants, TaskLister: options.walkers}


SCENARIO = Scenario(entry=find("L-TSK-1"), writer=TaskAuthor, others=others)
install(SCENARIO)
