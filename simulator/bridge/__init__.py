"""What the served site does of itself through its APIs: it opens tasks, and reports on its days.

The tasks API is a window on the site: what breaks opens a task, what is done mends it.

Conditions of the world create tasks through the same code as any client; completing one calls, once
its work time has passed on the world's clock, what people would have done to the device. The types
are those of `fixtures/data/task_types.yaml`. They stand in a tenant of their own, so that the other
tenants hold nothing but what clients put there.
"""

from simulator.bridge.bridge import TENANT, TaskBridge
from simulator.bridge.workshop import Redispatch

__all__ = ["TENANT", "Redispatch", "TaskBridge"]
